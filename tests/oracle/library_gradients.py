#!/usr/bin/python3
"""Derivatives of every definition of the library, by every real argument, against central differences.

usage: library_gradients.py TL_BINARY [NAME ...]

Programs and data are those that tests/stdlib compares with numpy, so each definition has one. The loss is a weighted sum of the
results. Losses of moved data, in copies of the program, give the differences.
"""
import glob
import importlib
import os
import random
import re
import sys

import numpy as np

import gradients
from engine import run

STDLIB = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "stdlib")
sys.path.insert(0, STDLIB)
import harness  # noqa: E402

# Derivatives that are meant to differ from differences: what hands a derivative through a rounding or holds a factor constant, and
# what rounds so finely, or decides so often, that moved data crosses steps.
DIFFERENT = {"quant/fake_quantize", "rl.loss/cispo", "quant.formats/bf16", "quant.formats/e4m3", "quant.formats/e5m2",
             "quant.formats/fp16", "quant.formats/round_to", "quant.formats/scaled_step", "agent.env/mind_search", "search.sample/speculate"}
TOGETHER = 12


def load_cases():
    for path in sorted(glob.glob(os.path.join(STDLIB, "*_cases.py"))):
        importlib.import_module(os.path.basename(path)[:-3])
    return harness.CASES


def is_real(value):
    return not isinstance(value, list) and np.issubdtype(np.asarray(value).dtype, np.floating)


def is_free(array):
    """Which elements can move without leaving a kink: not whole numbers, which are masks and ends of ranges, nor equals, which are ties."""
    values, place, count = np.unique(array, return_inverse=True, return_counts=True)
    return (array != np.round(array)) & (count == 1)[place].reshape(array.shape)


class Case:
    """One case of the library: its data and a loss over its results; None for `data` when nothing of it has a derivative."""

    def __init__(self, name, seed):
        self.name = name
        self.random = np.random.default_rng(random.Random(f"{seed} {name}").getrandbits(32))
        self.statements, inputs, expected = harness.CASES[name](np.random.default_rng(harness.SEED))
        self.module = name.split("/")[0]
        self.fixed = {key: value for key, value in inputs.items() if not is_real(value)}
        self.data = {key: np.asarray(value, dtype=float) for key, value in inputs.items() if is_real(value)}
        self.weights, self.loss = {}, []
        for query, value in expected.items():
            if isinstance(value, set) or not re.fullmatch(r"[A-Z]\w*'*", query):
                continue
            value = np.asarray(value, dtype=float)
            indices = ",".join(f"i{axis}" for axis in range(value.ndim))
            self.weights["Weight" + query] = np.where(np.isfinite(value), self.random.uniform(0.5, 1.5, value.shape), 0)
            place = f"[{indices}]" if indices else ""
            self.loss.append(f"Loss += (Weight{query}{place} > 0) (Weight{query}{place} {query}{place})")

    def has_derivative(self):
        return bool(self.loss and self.data)

    def text(self, data, mark):
        lines = []
        for key, value in self.fixed.items():
            if isinstance(value, list):
                lines += [f"{key}({', '.join(map(str, row))})" for row in value]
            else:
                lines.append(f"{key} = {integers(value)}")
        lines += [f"{key} = {gradients.literal(value)}" for key, value in {**data, **self.weights}.items()]
        return gradients.marked("\n".join([*lines, self.statements.strip(), *self.loss]) + "\n", mark)


def integers(array):
    array = np.asarray(array)
    return "[" + ", ".join(map(integers, array)) + "]" if array.ndim else str(int(array))


def build(case, number, step):
    directions = [{name: case.random.normal(size=array.shape) * is_free(array) for name, array in case.data.items()}
                  for _ in range(gradients.DIRECTIONS)]
    mark = f"_c{number}"
    program = case.text(case.data, mark)
    for which, direction in enumerate(directions):
        for side, (place, _) in gradients.STENCIL.items():
            moved = {name: array + place * step * direction[name] for name, array in case.data.items()}
            program += case.text(moved, f"{mark}{side}{which}")
    program += "".join(f"dLoss{mark}/d{name}{mark}?\n" for name in case.data)
    program += "".join(f"Loss{mark}{side}{which}?\n" for which in range(gradients.DIRECTIONS) for side in gradients.STENCIL)
    return program, directions


def check_together(binary, names, seed, backend, step):
    """(name, what is wrong) of each case that fails."""
    cases = [Case(name, seed) for name in names]
    built = [build(case, number, step) for number, case in enumerate(cases)]
    imports = "".join(f"import std.{module}\n" for module in sorted({case.module for case in cases}))
    answers, wrong = run(binary, imports + "".join(program for program, _ in built), backend)
    if wrong and len(names) > 1:
        half = len(names) // 2
        return [failure for part in (names[:half], names[half:]) for failure in check_together(binary, part, seed, backend, step)]
    if wrong:
        return [(names[0], wrong)]
    failures, position = [], 0
    for case, (_, directions) in zip(cases, built):
        count = len(case.data) + len(gradients.STENCIL) * gradients.DIRECTIONS
        problem = gradients.judge(answers[position:position + count], case.data, directions, step)
        position += count
        if problem:
            failures.append((case.name, problem))
    return failures


def failures_of(binary, state, wanted=(), backends=("cpu", "reference")):
    """(name, what is wrong) of every definition whose derivative is wrong. A second, smaller step is for where the first crosses a kink."""
    seed = state.getrandbits(32)
    names = [name for name in wanted or sorted(load_cases()) if name not in DIFFERENT and Case(name, seed).has_derivative()]
    failures = []
    for backend in backends:
        for begin in range(0, len(names), TOGETHER):
            first = check_together(binary, names[begin:begin + TOGETHER], seed, backend, gradients.STEPS[0])
            again = [name for name, _ in first]
            failures += [(name, f"{backend}: {wrong}") for name, wrong in
                         (check_together(binary, again, seed, backend, gradients.STEPS[1]) if again else [])]
    return failures


def check_library_gradients(binary, state):
    """Every third definition, another third from seed to seed; each on one of the backends."""
    names = [name for name in sorted(load_cases()) if name not in DIFFERENT]
    first = state.randrange(3)
    failures = failures_of(binary, state, names[first::3], (state.choice(["cpu", "cpu", "reference"]),))
    return ("", "; ".join(f"{name}, {wrong}" for name, wrong in failures)) if failures else None


if __name__ == "__main__":
    load_cases()
    found = failures_of(sys.argv[1], random.Random(1), sys.argv[2:], ("cpu",))
    for name, wrong in found:
        print(f"FAIL {name}: {wrong[:1500]}")
    print(len(found), "wrong")
