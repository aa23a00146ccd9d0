#!/usr/bin/python3
"""Trains the examples of examples/learning and compares their steps with numpy from the same initial values.

usage: learning.py BUILD_FOLDER
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EXAMPLES = os.path.join(ROOT, "examples/learning")
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/learn")]

import reference  # noqa: E402
from characters import NAMES as CHARACTER_NAMES, Characters  # noqa: E402
from digit_sum import NAMES as DIGIT_NAMES, DigitSum  # noqa: E402
from small_networks import Invention, RuleWeights, Words  # noqa: E402

BINARY = ""


def tl(folder, name, *options):
    done = subprocess.run([BINARY, "run", name, "--format", "json", *options], cwd=folder, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=280)
    if done.returncode != 0 or "error" in done.stderr:
        raise AssertionError(f"{name}: exit {done.returncode}: {done.stderr[-800:]}")
    return [json.loads(line).get("data") for line in done.stdout.splitlines()]


def prepare(folder, name):
    script = os.path.join(EXAMPLES, name + "_prepare.py")
    subprocess.run([sys.executable, script, folder], check=True, stdin=subprocess.DEVNULL)


def load(folder, *names):
    return [np.load(os.path.join(folder, name + ".npy")) for name in names]


def program(folder, name, learn):
    """Copies the program with another `learn` statement, or with none, and queries for what it begins with."""
    with open(os.path.join(EXAMPLES, name + ".tl"), encoding="utf-8") as file:
        text = re.sub(r"^learn .*$", learn, file.read(), flags=re.MULTILINE)
    with open(os.path.join(folder, name + ".tl"), "w", encoding="utf-8") as file:
        file.write(text)


def start_of(folder, name, parameters, dtype):
    with open(os.path.join(EXAMPLES, name + ".tl"), encoding="utf-8") as file:
        kept = [line for line in file.read().splitlines() if not re.match(r"learn |[A-Z]\w*(\[.*\])?\?$", line)]
    with open(os.path.join(folder, "start.tl"), "w", encoding="utf-8") as file:
        file.write("\n".join(kept + [parameter + "?" for parameter in parameters]) + "\n")
    return {parameter: np.array(value) for parameter, value in zip(parameters, tl(folder, "start.tl", "--dtype", dtype))}


def losses(folder):
    with open(os.path.join(folder, "m.jsonl"), encoding="utf-8") as file:
        return np.array([json.loads(line)["loss"] for line in file])


def compare(folder, name, model, parameters, steps, dtype="f64", tolerance=1e-8, examples=0, variable=None):
    """Losses of `steps` steps of adam, in batches of 8 when there is a variable, against numpy, which computes in f64."""
    start = start_of(folder, name, parameters, dtype)
    batch = 8 if variable else None
    wanted, _ = reference.train(start, model.loss_and_gradients, reference.Adam(0.003), steps, batch=batch, examples=examples)
    program(folder, name, f"learn Loss by adam(lr = 0.003), steps = {steps}" + (f", batch = {variable}: 8" if variable else ""))
    tl(folder, name + ".tl", "--dtype", dtype, "--metrics", "m.jsonl")
    error = float(np.max(np.abs(losses(folder) - wanted) / np.maximum(1, np.abs(wanted))))
    print(f"{name}, {steps} steps in {dtype}: loss from {wanted[0]:.3f} to {wanted[-1]:.3f}, off by at most {error:.1e}")
    assert error <= tolerance, f"{name}: losses differ by {error} from those of numpy"
    assert wanted[-1] < wanted[0], "the reference does not learn"


def characters():
    """The short text, so that the answers are known whatever is installed."""
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(EXAMPLES, "characters_prepare.py")
        subprocess.run([sys.executable, script, folder, os.path.join(EXAMPLES, "genesis.txt")], check=True)
        model = Characters(load(folder, "text")[0])
        compare(folder, "characters", model, CHARACTER_NAMES, 200, examples=model.windows, variable="w")
        compare(folder, "characters", model, CHARACTER_NAMES, 50, "f32", 1e-4, examples=model.windows, variable="w")
        program(folder, "characters", "learn Loss by adam(lr = 0.003), steps = 500, batch = w: 16, warmup = 50, schedule = cosine")
        after, = tl(folder, "characters.tl")
        print(f"characters: loss on later text {after:.3f} after 500 steps, at most 2.3 wanted")
        assert after <= 2.3, after


def digit_sum():
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, "digit_sum")
        images, shown, sums = load(folder, "train_images", "pairs", "sums")
        compare(folder, "digit_sum", DigitSum(images, shown, sums), DIGIT_NAMES, 100, examples=len(shown), variable="p")
        shutil.copy(os.path.join(EXAMPLES, "digit_sum.tl"), folder)
        begin = time.monotonic()
        accuracy, = tl(folder, "digit_sum.tl")
        took = time.monotonic() - begin
        print(f"digit_sum: {accuracy:.3f} of the digits right in {took:.0f} s, learnt from sums alone; at least 0.95 wanted")
        assert accuracy >= 0.95 and took < 300, accuracy


def rows(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return [tuple(line.split()) for line in file]


def words():
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, "words")
        number = {word: k for k, (word,) in enumerate(rows(folder, "words.txt"))}
        pairs = [(number[x], number[y]) for x, y in rows(folder, "isa.tsv")]
        compare(folder, "words", Words(pairs), Words.names, 50)
        shutil.copy(os.path.join(EXAMPLES, "words.tl"), folder)
        right, twice = tl(folder, "words.tl")
        print(f"words: {right:.3f} of the links, {twice:.3f} of those two steps up, of {len(number)} words; at least 0.95, 0.5 wanted")
        assert right >= 0.95 and twice >= 0.5, (right, twice)


def fitting(folder):
    """For every pair that is asked, which of the six rules fit it, and what is told."""
    parent, brother, sister, married, asked, told = (set(rows(folder, name + ".tsv")) for name in
                                                     ("parent", "brother", "sister", "married", "asked", "told"))
    people = {person for pair in parent | married | asked for person in pair}

    def fits(x, z):
        above = [y for y in people if (y, x) in parent]
        return (any((z, y) in brother for y in above), any((z, y) in parent for y in above), (z, x) in brother,
                any((y, z) in married for y in above), any((w, y) in sister and (w, z) in married for y in above for w in people), True)

    return np.array([fits(*pair) for pair in sorted(asked)]), np.array([pair in told for pair in sorted(asked)])


def rule_weights():
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, "rule_weights")
        compare(folder, "rule_weights", RuleWeights(*fitting(folder)), RuleWeights.names, 100)
        shutil.copy(os.path.join(EXAMPLES, "rule_weights.tl"), folder)
        chances, = tl(folder, "rule_weights.tl")
        print("rule_weights: the rules hold with", " ".join(f"{chance:.2f}" for chance in chances))
        assert min(chances[0], chances[4]) > 0.8 and max(chances[k] for k in (1, 2, 3, 5)) < 0.2, chances


def invention():
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, "invention")
        holds, known, kinds = load(folder, "holds", "known", "kinds")
        compare(folder, "invention", Invention(holds, known), Invention.names, 100)
        shutil.copy(os.path.join(EXAMPLES, "invention.tl"), folder)
        done = subprocess.run([BINARY, "run", "invention.tl", "--format", "json"], cwd=folder, capture_output=True, text=True, check=True)
        found, share = (json.loads(line) for line in done.stdout.splitlines())
        pure = sum(max(np.bincount(kinds[[x for x, a in found["rows"] if a == kind]], minlength=4)) for kind in {a for _, a in found["rows"]})
        print(f"invention: {pure} of {len(kinds)} people in the kind that most of theirs are in, {share['data']:.3f} of what was not told follows")
        assert pure == len(kinds) and share["data"] > 0.88, (pure, share)


def digits():
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, "digits")
        for name, wanted in (("digits_mlp.tl", 0.93), ("digits_cnn.tl", 0.90)):
            shutil.copy(os.path.join(EXAMPLES, name), folder)
            accuracy = tl(folder, name)[0]
            print(f"{name}: {accuracy:.3f} of the test images right, at least {wanted} wanted")
            assert accuracy >= wanted, accuracy


def main():
    global BINARY
    BINARY = os.path.join(os.path.abspath(sys.argv[1]), "bin/tl")
    failed = 0
    for check in (characters, digit_sum, words, rule_weights, invention, digits):
        try:
            check()
        except (AssertionError, subprocess.SubprocessError, OSError, ValueError) as error:
            print(f"FAIL {check.__name__}: {type(error).__name__} {error}")
            failed += 1
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
