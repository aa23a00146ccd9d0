#!/usr/bin/python3
"""The long run: fuzzers, oracles and mutated programs in turn, with fresh seeds, until the time is over.

usage: run.py BUILD_FOLDER [--minutes 60] [--seed N] [--keep FOLDER] [--only TEXT]

Prints every failure with the command that replays it. What was tried adds up in tests/gauntlet/ledger.tsv, which is committed.
"""
import argparse
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LEDGER = os.path.join(HERE, "ledger.tsv")
sys.path.insert(0, os.path.join(ROOT, "tests/fuzz"))
import run as fuzz  # noqa: E402

SLICE = 20  # seconds of one fuzzer at a time


def script(path, *arguments):
    return lambda build, seed, keep: [sys.executable, os.path.join(ROOT, path), build, "--seed", str(seed), *arguments]


def fuzzer(target):
    return lambda build, seed, keep: [os.path.join(build, "bin/tl-fuzz"), target, "--seconds", str(SLICE), "--seed", str(seed)] + (["--keep", keep] if keep else [])


CHECKS = {f"fuzz {target}": fuzzer(target) for target in fuzz.RUNS}
CHECKS["oracles"] = script("tests/oracle/run.py", "--minutes", "3")
CHECKS["mutated programs"] = lambda build, seed, keep: script("tests/oracle/mutate.py", "--count", "150")(build, seed, keep) + (["--keep", keep] if keep else [])
CHECKS["mistakes"] = script("tests/diagnostics/mistakes.py", "--count", "100")


def read_ledger():
    if not os.path.exists(LEDGER):
        return {}
    with open(LEDGER, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    return {name: [int(tried), int(failed)] for name, tried, failed in rows}


def write_ledger(totals):
    with open(LEDGER + ".new", "w", encoding="utf-8") as file:
        file.write("check\ttried\tfailed\n" + "".join(f"{name}\t{tried}\t{failed}\n" for name, (tried, failed) in sorted(totals.items())))
    os.replace(LEDGER + ".new", LEDGER)


def attempt(command):
    """(tried, failed); shows what failed."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, cwd=ROOT)
    counts = re.findall(r"^(\d+) passed, (\d+) failed$", done.stdout, re.M)
    passed, failed = map(int, counts[-1]) if counts else (0, 1)
    if failed:
        print(" ".join(command) + "\n" + done.stdout[-8000:] + done.stderr[-2000:], flush=True)
    return passed + failed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", help="folder that gets the failing inputs")
    parser.add_argument("--only", default="", help="checks with this text in their names")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chosen = [name for name in CHECKS if options.only in name]
    end, totals, all_tried, all_failed = time.monotonic() + 60 * options.minutes, read_ledger(), 0, 0
    for step in range(10**9):
        if time.monotonic() > end:
            break
        name = chosen[step % len(chosen)]
        tried, failed = attempt(CHECKS[name](os.path.abspath(options.build), options.seed + step, options.keep))
        row = totals.setdefault(name, [0, 0])
        row[0], row[1] = row[0] + tried, row[1] + failed
        all_tried, all_failed = all_tried + tried, all_failed + failed
        write_ledger(totals)
    print(f"{all_tried - all_failed} passed, {all_failed} failed")
    sys.exit(1 if all_failed else 0)


if __name__ == "__main__":
    main()
