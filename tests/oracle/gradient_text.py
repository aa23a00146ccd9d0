#!/usr/bin/python3
"""Programs of derivatives as text: what `tl explain --gradient` prints must run and give the numbers of dLoss/dX?.

usage: gradient_text.py TL_BINARY [FILTER]
"""
import json
import os
import random
import subprocess
import sys
import tempfile

import numpy as np

import gradients
from engine import flat


def program_of(case, seed):
    state = np.random.default_rng(random.Random(f"{seed} {case['name']}").getrandbits(32))
    arrays = {name: state.uniform(low, high, shape) for name, (shape, low, high) in case["data"].items()}
    data = "".join(f"{name} = {gradients.literal(array)}\n" for name, array in arrays.items())
    return data + case["text"] + "".join(f"dLoss/d{name}?\n" for name in arrays)


def answers(binary, text, folder):
    path = os.path.join(folder, "case.tl")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([binary, "run", path, "--format", "json", "--dtype", "f64"], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        return None, done.stderr[:400]
    return [flat(json.loads(line)["data"]) for line in done.stdout.splitlines()], None


def check(binary, case, seed):
    """None, 'unprintable' or (text, what is wrong)."""
    with tempfile.TemporaryDirectory() as folder:
        program = program_of(case, seed)
        expected, wrong = answers(binary, program, folder)
        if wrong:
            return program, wrong
        done = subprocess.run([binary, "explain", os.path.join(folder, "case.tl"), "--gradient", "--dtype", "f64"],
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            return "unprintable" if "cannot be printed yet" in done.stderr else (program, done.stderr[:400])
        actual, wrong = answers(binary, done.stdout, folder)
        if wrong or not all(np.allclose(a, e, rtol=1e-9, atol=1e-9) for a, e in zip(actual, expected)):
            return done.stdout, wrong or f"{actual}, expected {expected}"
    return None


def main():
    cases = [case for case in gradients.all_cases() if len(sys.argv) < 3 or sys.argv[2] in case["name"]]
    unprintable, failed = [], 0
    for case in cases:
        problem = check(os.path.abspath(sys.argv[1]), case, 1)
        if problem == "unprintable":
            unprintable.append(case["name"])
        elif problem:
            failed += 1
            print(f"FAIL {case['name']}: {problem[1]}\n{problem[0]}")
    print(f"not printed: {', '.join(unprintable)}")
    print(f"{len(cases) - failed - len(unprintable)} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
