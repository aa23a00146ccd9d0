"""Programs of derivatives as text: what `tl explain --gradient` prints must run and give the numbers of dLoss/dX?."""
import json
import os
import random
import subprocess
import tempfile

import numpy as np

import gradients
from engine import flat

# What the manual says cannot be printed yet: reads past an end, what a step of a recursion computes for itself, symbols.
# Linear algebra that leaves matrices out.
UNPRINTABLE = ("returns", "layers-scan", "symbols", "solve-some", "inverse-some", "cholesky-some", "matrix-in-a-scan")


TOGETHER = 6  # cases in one program


def program_of(cases, seed):
    """The cases with their names marked, and the derivatives by all of their data."""
    program = queries = ""
    for number, case in enumerate(cases):
        state = np.random.default_rng(random.Random(f"{seed} {case['name']}").getrandbits(32))
        arrays = {name: state.uniform(low, high, shape) for name, (shape, low, high) in case["data"].items()}
        program += gradients.copy_of(case, arrays, f"_c{number}")
        queries += "".join(f"dLoss_c{number}/d{name}_c{number}?\n" for name in arrays)
    return program + queries


def answers(binary, text, folder):
    path = os.path.join(folder, "case.tl")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([binary, "run", path, "--format", "json", "--dtype", "f64"], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        return None, done.stderr[:400]
    return [flat(json.loads(line)["data"]) for line in done.stdout.splitlines()], None


def printed(binary, program, folder):
    """(the program of derivatives, None), (None, None) when it cannot be printed yet, or (None, what is wrong)."""
    done = subprocess.run([binary, "explain", os.path.join(folder, "case.tl"), "--gradient", "--dtype", "f64"],
                          capture_output=True, text=True, timeout=60)
    if done.returncode == 0:
        return done.stdout, None
    return None, None if "cannot be printed yet" in done.stderr else done.stderr[:400]


def check_gradient_text(binary, state):
    """Cases of several constructs, or a random program; one without a finite loss says nothing."""
    is_random = state.random() < 0.3
    known = [case for case in gradients.all_cases() if case["name"] not in UNPRINTABLE]
    cases = [gradients.random_case(state)] if is_random else state.sample(known, TOGETHER)
    with tempfile.TemporaryDirectory() as folder:
        program = program_of(cases, state.getrandbits(32))
        expected, wrong = answers(binary, program, folder)
        if wrong:
            return None if is_random else (program, wrong)
        if not np.all(np.isfinite(np.concatenate(expected))):
            return None
        text, wrong = printed(binary, program, folder)
        if text is None:
            if not wrong and not is_random:
                wrong = "cannot be printed"
            return (program, wrong) if wrong else None
        actual, wrong = answers(binary, text, folder)
        if wrong or not all(np.allclose(a, e, rtol=1e-9, atol=1e-9) for a, e in zip(actual, expected)):
            return text, wrong or f"{actual}, expected {expected}"
    return None
