#!/usr/bin/python3
"""Random programs against independent engines: equations against plain enumeration, einsum against numpy, Datalog against
a naive evaluator and SQLite, recursions against direct loops and Dijkstra, derivatives against differences, mutated programs between the backends.

usage: run.py BUILD_FOLDER [--full] [--seed N] [--suite NAME] [--minutes M]

Prints the seed; `--seed N` replays it. Without --full a small slice is drawn; with --minutes all suites in turn until the time is over.
"""
import argparse
import itertools
import os
import random
import subprocess
import sys
import time

import mutate
from suites import SUITES

MUTANTS = (150, 5000)


def cases(options):
    """(suite, number) of every program to draw: a slice, all of them, or one of each suite in turn until the time is over."""
    names = [name for name in SUITES if options.suite in (None, name)]
    if not options.minutes:
        for name in names:
            yield from ((name, number) for number in range(SUITES[name].whole if options.full else SUITES[name].some))
        return
    end = time.monotonic() + 60 * options.minutes
    for number in itertools.count():
        for name in names:
            if time.monotonic() > end:
                return
            if number % SUITES[name].every == 0:
                yield name, number


def problem(binary, seed, name, number):
    """(program, what is wrong), or None."""
    try:
        return SUITES[name].check(binary, random.Random(f"{seed} {name} {number}"))
    except subprocess.TimeoutExpired:
        return "", "no answer in 60 s"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--suite", choices=SUITES, help="this suite alone, without the mutants")
    parser.add_argument("--minutes", type=float, default=0, help="without the mutants")
    options = parser.parse_args()
    binary = os.path.join(os.path.abspath(options.build), "bin/tl")
    print(f"seed {options.seed}")
    passed = failed = 0
    for name, number in cases(options):
        wrong = problem(binary, options.seed, name, number)
        passed, failed = passed + (not wrong), failed + bool(wrong)
        if wrong and failed <= 5:
            print(f"FAIL {name} {number} (seed {options.seed}): {wrong[1]}\n" + "".join("    " + line + "\n" for line in wrong[0].splitlines()[:60]), flush=True)
    mutants = (0, 0) if options.suite or options.minutes else mutate.run(options.build, options.seed, MUTANTS[options.full])
    passed, failed = passed + mutants[0], failed + mutants[1]
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
