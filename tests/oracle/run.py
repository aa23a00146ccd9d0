#!/usr/bin/python3
"""Random programs against independent engines: equations against plain enumeration, einsum against numpy, Datalog against
a naive evaluator and SQLite, recursions against direct loops and Dijkstra, derivatives against differences, mutated programs between the backends.

usage: run.py BUILD_FOLDER [--full] [--seed N] [--suite NAME]

Prints the seed; `--seed N` replays it. Without --full a small slice is drawn.
"""
import argparse
import itertools
import math
import os
import random
import sqlite3
import subprocess
import sys
import time

import numpy as np

import embedding
import mutate
import proofs
from engine import BACKENDS, run
from draws import check_draws
from equations import check_equations
from gradients import check_gradient_cases, check_gradients
from forms import check_forms
from linalg import check_linalg
from recursion import check_fixpoints, check_indices, check_scans

# --- Einsum: programs of several equations, each a sum of products over random index patterns.

def einsum_case(random_state):
    """(program, files, expected by query)."""
    # Some programs are large enough for products that are multiplied block by block.
    isLarge = random_state.random() < 0.25
    names = "ijk" if isLarge else "ijklm"
    extents = {name: random_state.randint(20, 45) if isLarge else random_state.choice([0, 1, 2, 3, 4, 5, 7]) if random_state.random() < 0.1 else random_state.randint(1, 6)
               for name in names}
    program, files, expected = "", [], []
    for equation in range(5 if isLarge else 12):
        terms, code, total = [], [], None
        left = random_state.sample(names, random_state.randint(0, 3))
        for term in range(random_state.randint(1, 2)):
            operands = []
            for _ in range(random_state.randint(1, 4)):
                operands.append(random_state.choices(names, k=random_state.randint(1, 3)))
            covered = {name for operand in operands for name in operand}
            missing = [name for name in left if name not in covered]
            if missing:
                operands.append(missing)
            arrays, text = [], []
            for operand in operands:
                name = f"T{len(files)}"
                array = np.random.default_rng(random_state.getrandbits(32)).integers(-4, 5, [extents[i] for i in operand]) / 4
                files.append((name + ".npy", array))
                program += f'{name} = "{name}.npy"\n'
                arrays.append(array)
                text.append(f"{name}[{','.join(operand)}]")
            terms.append(" ".join(text))
            value = np.einsum(",".join("".join(operand) for operand in operands) + "->" + "".join(left), *arrays)
            total = value if total is None else total + value
        function = random_state.choice(["", "", "relu", "tanh", "step"])
        if function:
            value = {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "step": lambda x: (x > 0).astype(float)}[function](total)
            body = f"{function}({' + '.join(terms)})"
        else:
            value, body = total, " + ".join(terms)
        head = f"Y{equation}[{','.join(left)}]" if left else f"Y{equation}"
        program += f"{head} = {body}\n"
        expected.append((f"Y{equation}", value))
    program += "".join(f"{name}?\n" for name, _ in expected)
    return program, files, expected


def check_einsum(binary, random_state):
    program, files, expected = einsum_case(random_state)
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend, files)
        if wrong:
            return program, f"{backend}: {wrong}"
        for answer, (name, value) in zip(answers, expected):
            actual = np.array(answer["data"], float).reshape(np.shape(value)) if np.size(answer["data"]) == np.size(value) else None
            if actual is None or not np.allclose(actual, value, rtol=1e-9, atol=1e-9):
                return program, f"{backend}: {name} is {answer['data']}, numpy says {np.asarray(value).tolist()}"
    return None


# --- Datalog: random positive and stratified programs, evaluated naively in Python and by SQLite where it can.

def datalog_case(random_state):
    """(rules, facts): base relations A B C (binary), derived P Q R in strata; every rule is range restricted."""
    size = random_state.randint(2, 9)
    facts = {name: {(random_state.randrange(size), random_state.randrange(size)) for _ in range(random_state.randint(0, 14))} for name in "ABC"}
    rules = []
    available = ["A", "B", "C"]
    for stratum, name in enumerate(["P", "Q", "R"]):
        for _ in range(random_state.randint(1, 3)):
            variables = "xyzw"[: random_state.randint(2, 4)]
            body = []
            for _ in range(random_state.randint(1, 3)):
                relation = random_state.choice(available + [name])
                body.append((relation, tuple(random_state.choice(variables) for _ in range(2)), False))
            bound = [v for literal in body for v in literal[1]]
            head = tuple(random_state.choice(bound) for _ in range(2))
            if random_state.random() < 0.4:
                body.append((random_state.choice(available), tuple(random_state.choice(bound) for _ in range(2)), True))
            compare = None
            if random_state.random() < 0.4:
                compare = (random_state.choice(["<", "<=", "!=", "="]), random_state.choice(bound), random_state.choice(bound + [str(random_state.randrange(size))]))
            rules.append((name, head, body, compare))
        # At least one rule of each relation does not read the relation itself.
        rules.append((name, ("x", "y"), [(random_state.choice(available), ("x", "y"), False)], None))
        available.append(name)
    return rules, facts


def datalog_text(rules, facts, order):
    lines = [f"{name}({x}, {y})" for name, rows in facts.items() for x, y in sorted(rows)]
    for name, head, body, compare in rules:
        literals = [("not " if negated else "") + f"{relation}({', '.join(arguments)})" for relation, arguments, negated in body]
        positive = [literal for literal in literals if not literal.startswith("not")]
        order.shuffle(positive)
        rest = [literal for literal in literals if literal.startswith("not")]
        if compare:
            rest.append(f"{compare[1]} {compare[0]} {compare[2]}")
        lines.append(f"{name}({', '.join(head)}) <- {', '.join(positive + rest)}")
    order.shuffle(lines)
    return "\n".join(lines) + "\n" + "".join(f"{name}(x, y)?\n" for name in "PQR")


OPERATORS = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "!=": lambda a, b: a != b, "=": lambda a, b: a == b}


def naive(rules, facts):
    known = {name: set(facts.get(name, ())) for name in "ABCPQR"}

    def solve(body, position, binding):
        if position == len(body):
            yield binding
            return
        relation, arguments, negated = body[position]
        if negated:
            if tuple(binding[v] for v in arguments) not in known[relation]:
                yield from solve(body, position + 1, binding)
            return
        for row in list(known[relation]):
            extended = dict(binding)
            if all(extended.setdefault(v, value) == value for v, value in zip(arguments, row)):
                yield from solve(body, position + 1, extended)

    for stratum in "PQR":
        changed = True
        while changed:
            changed = False
            for name, head, body, compare in rules:
                if name != stratum:
                    continue
                for binding in solve(body, 0, {}):
                    value = lambda term: binding[term] if term in binding else int(term)
                    if compare and not OPERATORS[compare[0]](value(compare[1]), value(compare[2])):
                        continue
                    row = tuple(binding[v] for v in head)
                    if row not in known[name]:
                        known[name].add(row)
                        changed = True
    return known


def check_datalog(binary, random_state):
    rules, facts = datalog_case(random_state)
    expected = naive(rules, facts)
    program = datalog_text(rules, facts, random_state)
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend)
        if wrong:
            return program, f"{backend}: {wrong}"
        for answer, name in zip(answers, "PQR"):
            actual = {tuple(row) for row in answer["rows"]}
            if actual != expected[name]:
                return program, f"{backend}: {name} lacks {sorted(expected[name] - actual)[:5]}, has too much {sorted(actual - expected[name])[:5]}"
    return None


# --- The same programs asked about single rows: demand on and off, on both backends, against the naive answers.

def bound_queries(random_state, expected, size):
    """[(text, rows or truth)] with a constant in some position."""
    queries = []
    for _ in range(random_state.randint(1, 4)):
        name, cells = random_state.choice("PQR"), [random_state.randrange(size + 1), random_state.randrange(size + 1)]
        form = random_state.choice(["bf", "fb", "bb"])
        rows = {row for row in expected[name] if all(form[k] == "f" or row[k] == cells[k] for k in range(2))}
        arguments = [str(cells[k]) if form[k] == "b" else "xy"[k] for k in range(2)]
        answer = bool(rows) if form == "bb" else {tuple(row[k] for k in range(2) if form[k] == "f") for row in rows}
        queries.append((f"{name}({', '.join(arguments)})?", answer))
    return queries


def check_demand(binary, random_state):
    rules, facts = datalog_case(random_state)
    if random_state.random() < 0.5:  # facts of a relation that rules define, too
        name = random_state.choice("PQR")
        facts[name] = {(random_state.randrange(9), random_state.randrange(9)) for _ in range(3)}
    expected = naive(rules, facts)
    program = datalog_text(rules, facts, random_state)
    program = program[: program.rindex("P(x, y)?")]
    queries = bound_queries(random_state, expected, 9)
    program += "".join(text + "\n" for text, _ in queries)
    number = ""
    if random_state.random() < 0.4:  # an equation that asks for one row
        cell = random_state.randrange(9)
        number = sum(row[0] == cell for row in expected["R"])
        program += f"N = R({cell}, x)\nN?\n"
    for backend in BACKENDS:
        for option in ("--query-driven", "--no-query-driven"):
            answers, wrong = run(binary, program, backend, options=[option])
            if wrong:
                return program, f"{backend} {option}: {wrong}"
            for answer, (text, value) in zip(answers, queries):
                actual = answer["value"] if "value" in answer else {tuple(row) for row in answer["rows"]}
                if actual != value:
                    return program, f"{backend} {option}: {text} is {actual}, expected {value}"
            if number != "" and answers[-1]["data"] != number:
                return program, f"{backend} {option}: N is {answers[-1]['data']}, expected {number}"
    return None


# --- Probabilistic facts: every world is evaluated by itself, and the weights of those in which a row holds are added.

def check_worlds(binary, random_state):
    rules, facts = datalog_case(random_state)
    stored = sorted((name, row) for name, rows in facts.items() for row in rows)
    uncertain = [(fact, random_state.choice([0, 0.25, 0.5, 0.7, 1])) for fact in random_state.sample(stored, min(len(stored), random_state.randint(1, 5)))]
    expected = {name: {} for name in "PQR"}
    for holds in itertools.product([False, True], repeat=len(uncertain)):
        weight = math.prod(p if is_true else 1 - p for is_true, (_, p) in zip(holds, uncertain))
        world = {name: set(rows) for name, rows in facts.items()}
        for is_true, ((name, row), _) in zip(holds, uncertain):
            if not is_true:
                world[name].discard(row)
        known = naive(rules, world)
        for name in "PQR":
            for row in known[name]:
                expected[name][row] = expected[name].get(row, 0) + weight
    certain = {name: {row for row in rows if all(fact != (name, row) for fact, _ in uncertain)} for name, rows in facts.items()}
    program = datalog_text(rules, certain, random_state)
    program = program[: program.rindex("P(x, y)?")]
    program += "".join(f"{p} :: {name}({x}, {y})\n" for (name, (x, y)), p in uncertain)
    program += "".join(f"{name}[x,y]?\n{name}(x, y)?\n" for name in "PQR")
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend)
        if wrong:
            return program, f"{backend}: {wrong}"
        for name, answer, rows in zip("PQR", answers[::2], answers[1::2]):
            if answer["kind"] == "relation":  # nothing uncertain reaches it
                return program, f"{backend}: {name}[x,y] is a relation"
            actual = {(x, y): value for x, row in enumerate(answer["data"]) for y, value in enumerate(row) if value}
            wanted = {row: value for row, value in expected[name].items() if value}
            if actual.keys() != wanted.keys() or any(abs(actual[row] - wanted[row]) > 1e-9 for row in wanted):
                return program, f"{backend}: {name} is {actual}, expected {wanted}"
            if {tuple(row) for row in rows["rows"]} != set(wanted):
                return program, f"{backend}: {name} holds somewhere for {rows['rows']}, expected {sorted(wanted)}"
    return None


# --- Proofs are replayed.

def check_proofs(binary, random_state):
    rules, facts = datalog_case(random_state)
    return proofs.check(binary, random_state, datalog_text(rules, facts, random_state), facts, naive(rules, facts))


# --- The same programs on embeddings; negation is stratified and stays a condition.

def check_embedding(binary, random_state):
    if random_state.random() < 0.3:
        return embedding.check_error(binary, random_state)
    rules, facts = datalog_case(random_state)
    return embedding.check_exact(binary, random_state, datalog_text(rules, facts, random_state), naive(rules, facts))


# --- Transitive closure and reachability on larger random graphs against SQLite.

def check_closure(binary, random_state):
    nodes = random_state.randint(20, 120)
    edges = {(random_state.randrange(nodes), random_state.randrange(nodes)) for _ in range(random_state.randint(nodes, 3 * nodes))}
    form = random_state.choice(["Reach(x, y), Edge(y, z)", "Edge(x, y), Reach(y, z)", "Reach(x, y), Reach(y, z)"])
    program = "".join(f"Edge({x}, {y})\n" for x, y in sorted(edges))
    program += f"Reach(x, y) <- Edge(x, y)\nReach(x, z) <- {form}\nOneWay(x, y) <- Reach(x, y), not Reach(y, x)\nN = Reach(x, y)\nM = OneWay(x, y)\nN?\nM?\n"
    with sqlite3.connect(":memory:") as database:
        database.execute("create table edge (x, y)")
        database.executemany("insert into edge values (?, ?)", sorted(edges))
        database.executescript("""create table reach as with recursive r(x, y) as
          (select x, y from edge union select r.x, edge.y from r join edge on r.y = edge.x) select x, y from r""")
        count = database.execute("select count(*) from reach").fetchone()[0]
        oneway = database.execute("select count(*) from reach a where not exists (select 1 from reach b where b.x = a.y and b.y = a.x)").fetchone()[0]
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend)
        if wrong:
            return program, f"{backend}: {wrong}"
        actual = [answer["data"] for answer in answers]
        if actual != [count, oneway]:
            return program, f"{backend}: counts are {actual}, SQLite says {[count, oneway]}"
    return None


SUITES = {"einsum": (check_einsum, 15, 840), "datalog": (check_datalog, 30, 500), "demand": (check_demand, 20, 500), "worlds": (check_worlds, 15, 300), "proofs": (check_proofs, 10, 100), "embedding": (check_embedding, 10, 200), "closure": (check_closure, 6, 100), "equations": (check_equations, 40, 2000),
          "scans": (check_scans, 10, 300), "fixpoints": (check_fixpoints, 20, 500), "indices": (check_indices, 10, 300),
          "linalg": (check_linalg, 10, 300), "forms": (check_forms, 10, 300), "draws": (check_draws, 6, 200),
          "gradients": (check_gradients, 8, 400), "gradient cases": (check_gradient_cases, 1, 3)}
MUTANTS = (150, 5000)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--suite", choices=SUITES, help="this suite alone, without the mutants")
    options = parser.parse_args()
    binary = os.path.join(os.path.abspath(options.build), "bin/tl")
    print(f"seed {options.seed}")
    passed = failed = 0
    for name, (check, some, all_of_them) in SUITES.items():
        if options.suite not in (None, name):
            continue
        for number in range(all_of_them if options.full else some):
            try:
                wrong = check(binary, random.Random(f"{options.seed} {name} {number}"))
            except subprocess.TimeoutExpired:
                wrong = ("", "no answer in 60 s")
            passed, failed = passed + (not wrong), failed + bool(wrong)
            if wrong and failed <= 5:
                print(f"FAIL {name} {number} (seed {options.seed}): {wrong[1]}\n" + "".join("    " + line + "\n" for line in wrong[0].splitlines()[:60]))
    mutants = (0, 0) if options.suite else mutate.run(options.build, options.seed, MUTANTS[options.full])
    passed, failed = passed + mutants[0], failed + mutants[1]
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
