"""The oracles by name: each check draws a program and says what is wrong with the answers."""
from collections import namedtuple

from chains import check_chains
from datalog import check_closure, check_datalog, check_demand, check_embedding, check_many_proofs, check_proofs, check_worlds
from draws import check_draws
from einsum import check_einsum
from equations import check_equations
from forms import check_forms
from generation import check_generation
from gradient_text import check_gradient_text
from gradients import check_gradient_cases, check_gradients
from library_gradients import check_library_gradients
from joins import check_joins
from linalg import check_linalg
from recursion import check_fixpoints, check_indices, check_scans
from second_gradients import check_second_gradients
from world_gradients import check_tensor_worlds, check_world_gradients

# `check(binary, random_state)` gives (program, what is wrong) or None; `some` programs in a slice, `whole` with --full, and in a run of
# limited time every so manieth round.
Suite = namedtuple("Suite", "check some whole every", defaults=(1,))

SUITES = {
    "einsum": Suite(check_einsum, 15, 840),
    "datalog": Suite(check_datalog, 30, 500),
    "demand": Suite(check_demand, 20, 500),
    "worlds": Suite(check_worlds, 15, 300),
    "world gradients": Suite(check_world_gradients, 10, 200),
    "tensor worlds": Suite(check_tensor_worlds, 6, 100),
    "proofs": Suite(check_proofs, 10, 100),
    "thousand proofs": Suite(check_many_proofs, 1, 5, 50),
    "embedding": Suite(check_embedding, 10, 200),
    "closure": Suite(check_closure, 6, 100),
    "joins": Suite(check_joins, 3, 60, 3),
    "chains": Suite(check_chains, 15, 600),
    "equations": Suite(check_equations, 40, 2000),
    "scans": Suite(check_scans, 10, 300),
    "generation": Suite(check_generation, 15, 400),
    "fixpoints": Suite(check_fixpoints, 20, 500),
    "indices": Suite(check_indices, 10, 300),
    "linalg": Suite(check_linalg, 10, 300),
    "forms": Suite(check_forms, 10, 300),
    "draws": Suite(check_draws, 6, 200),
    "gradients": Suite(check_gradients, 8, 1000),
    "second gradients": Suite(check_second_gradients, 6, 400),
    "gradient cases": Suite(check_gradient_cases, 1, 3, 50),
    "library gradients": Suite(check_library_gradients, 1, 4, 50),
    "gradient text": Suite(check_gradient_text, 10, 300),
}
