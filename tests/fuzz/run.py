#!/usr/bin/python3
"""Mutated programs and data files: nothing crashes, hangs or leaks, and every target's properties hold (tests/fuzz/*Targets.cpp).

usage: run.py BUILD_FOLDER [--full] [--seed N]

Runs `tl-fuzz` on every target, a slice of the figures in seconds or with --full all of them. `tl-fuzz TARGET --seed S --first K --runs 1`
replays one input. tests/fuzz/cases/TARGET holds the smallest input of every failure there ever was; they are replayed first.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RUNS = {"parse": (1500, 500_000), "check": (300, 200_000), "npy": (4000, 100_000), "npz": (4000, 100_000), "safetensors": (4000, 100_000),
        "csv": (4000, 100_000), "tsv": (4000, 100_000), "facts": (4000, 100_000), "txt": (4000, 100_000)}


def run(binary, target, arguments):
    """(passed, failed); prints what failed."""
    done = subprocess.run([binary, target, *arguments], capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    counts = re.findall(r"^(\d+) passed, (\d+) failed$", done.stdout, re.M)
    passed, failed = map(int, counts[-1]) if counts else (0, 1)
    if failed:
        print(done.stdout[-6000:] + done.stderr[-1000:])
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("TL_SEED") or time.time()))
    options = parser.parse_args()
    binary = os.path.join(os.path.abspath(options.build), "bin/tl-fuzz")
    print(f"seed {options.seed}")
    passed = failed = 0
    for target, counts in RUNS.items():
        kept = sorted(glob.glob(os.path.join(HERE, "cases", target, "*")))
        for arguments in ([kept] if kept else []) + [["--runs", str(counts[options.full]), "--seed", str(options.seed)]]:
            p, f = run(binary, target, arguments)
            passed, failed = passed + p, failed + f
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
