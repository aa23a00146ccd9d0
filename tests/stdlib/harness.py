"""What the oracles of the library share: named cases with seeded inputs and the values that numpy computes from them."""
import json
import os
import subprocess
import tempfile

import numpy

CASES = {}
SEED = 7
TOLERANCE = 1e-6
STEP = 1e-3


def case(name):
    """Registers `function(random)`, which gives (statements, inputs, expected) for the module and definition in the name.

    Inputs are arrays by name, or lists of tuples for relations; expected are arrays, or sets of tuples, by query.
    """
    def register(function):
        CASES[name] = function
        return function
    return register


def program(name, statements, inputs):
    module = name.split("/")[0]
    lines = [f"import std.{module}"]
    for key, value in inputs.items():
        if isinstance(value, list):
            lines += [f"{key}({', '.join(map(str, row))})" for row in value]
        else:
            lines.append(f'{key} = "{key}.npy"')
    return "\n".join(lines + [statements.strip()]) + "\n"


def answers(binary, name, statements, inputs, queries, options=()):
    """What tl says to the queries; raises with its messages when it fails."""
    text = program(name, statements, inputs) + "".join(query + "?\n" for query in queries)
    with tempfile.TemporaryDirectory() as folder:
        for key, value in inputs.items():
            if not isinstance(value, list):
                numpy.save(os.path.join(folder, key + ".npy"), value)
        path = os.path.join(folder, "case.tl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([binary, "run", path, "--format", "json", "--dtype", "f64", *options],
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.strip()[:2000]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def array(answer):
    def number(value):
        return float("nan") if value is None else float(value)
    def convert(data):
        return [convert(part) for part in data] if isinstance(data, list) else number(data)
    return numpy.array(convert(answer["data"]), dtype=float)


def is_equal(actual, expected):
    return actual.shape == expected.shape and numpy.allclose(actual, expected, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)


def compare(answer, expected):
    """What is wrong with one answer, or nothing; the comparison must also notice every element moved by a small step."""
    if isinstance(expected, set):
        rows = {tuple(row) for row in answer["rows"]}
        return None if rows == expected else f"rows {sorted(rows ^ expected)} differ"
    expected, actual = numpy.asarray(expected, dtype=float), array(answer)
    if not is_equal(actual, expected):
        return f"tl says {actual.tolist()}, numpy {expected.tolist()}"
    for place in numpy.ndindex(expected.shape):
        moved = actual.copy()
        moved[place] += STEP * max(1.0, abs(moved[place]))
        if is_equal(moved, expected) and not numpy.isnan(expected[place]):
            return f"the comparison does not notice an error at {place}"
    return None


def check(binary, name, options=()):
    """What is wrong in one case, or nothing."""
    statements, inputs, expected = CASES[name](numpy.random.default_rng(SEED))
    try:
        given = answers(binary, name, statements, inputs, expected, options)
    except AssertionError as error:
        return str(error)
    for (query, value), answer in zip(expected.items(), given):
        if wrong := compare(answer, value):
            return f"{query}?: {wrong}"
    return None
