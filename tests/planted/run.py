#!/usr/bin/python3
"""Do the oracles find wrong answers? Each fault of faults.py is chosen in turn, and every oracle of its subject has to notice it.

usage: run.py BUILD_FOLDER [--seed N] [--cases N] [--only TEXT] [--all] [--built] [--full]

Builds `tl-planted`, unless `--built` says that it is there. An oracle gets N random programs for a fault (100, or fewer of slow ones) and stops at the first that it says is wrong.
Passes when at least 9 of 10 faults are found, by at least 9 of 10 of the oracles that they are the subject of, for every oracle with ten
faults or more, and when none is reported without a fault. `--all` runs the oracles that a fault is no subject of, too.
"""
import argparse
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests/oracle"), HERE]
from faults import FAULTS  # noqa: E402
from suites import SUITES  # noqa: E402

NEEDED = 0.9
SLOW = {"gradients": 60, "gradient cases": 1, "library gradients": 3, "joins": 10}


def notices(oracle, binary, seed, cases):
    """The number of programs until the oracle says that something is wrong, or None."""
    for number in range(min(cases, SLOW.get(oracle, cases))):
        try:
            wrong = SUITES[oracle].check(binary, random.Random(f"{seed} {oracle} {number}"))
        except subprocess.TimeoutExpired:
            wrong = True
        if wrong:
            return number + 1
    return None


def is_sound(binary, seed):
    """Without a fault the planted compiler passes a slice of everything."""
    os.environ.pop("TL_PLANT", None)
    wrong = [oracle for oracle in SUITES if notices(oracle, binary, seed, 3)]
    for oracle in wrong:
        print(f"FAIL {oracle} reports a fault where none is planted")
    return not wrong


def hunt(options, binary):
    """{oracle: [found or not, for every fault that is its subject]}, and for every fault whether some oracle found it."""
    by_oracle, found = {}, []
    for number, fault in enumerate(FAULTS, 1):
        if options.only and options.only not in fault.name:
            continue
        os.environ["TL_PLANT"] = str(number)
        told = {}
        for oracle in SUITES if options.all else fault.subject:
            told[oracle] = notices(oracle, binary, options.seed, options.cases)
            if oracle in fault.subject:
                by_oracle.setdefault(oracle, []).append(told[oracle] is not None)
        found.append(any(told.values()))
        shown = ", ".join(f"{oracle} {'MISSES' if count is None else count}" for oracle, count in told.items() if count or oracle in fault.subject)
        print(f"{number:2} {fault.name}: {shown}", flush=True)
    return by_oracle, found


def verdicts(by_oracle, found):
    """(text, whether enough is found)"""
    yield f"{sum(found)} of {len(found)} faults are found", sum(found) >= NEEDED * len(found)
    pairs = [hit for hits in by_oracle.values() for hit in hits]
    yield f"{sum(pairs)} of {len(pairs)} times the oracle of the subject finds it", sum(pairs) >= NEEDED * len(pairs)
    for oracle, hits in by_oracle.items():
        # Of few faults one may be missed.
        yield f"{oracle} finds {sum(hits)} of {len(hits)}", sum(hits) >= min(NEEDED * len(hits), len(hits) - (len(hits) > 4))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--only", default="", help="faults with this text in their names")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--built", action="store_true")
    parser.add_argument("--full", action="store_true", help="as without it: the test is always whole")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    if not options.built:
        done = subprocess.run(["ninja", "-C", build, "--quiet", "tl-planted"], capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stdout[-3000:] + done.stderr[-1000:] + "0 passed, 1 failed")
            sys.exit(1)
    binary = os.path.join(build, "bin/tl-planted")
    os.environ["TL_CACHE"] = ""  # code made under one fault is not for another
    print(f"seed {options.seed}")
    results = [is_sound(binary, options.seed)]
    for text, is_enough in verdicts(*hunt(options, binary)):
        print(("" if is_enough else "FAIL ") + text)
        results.append(is_enough)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
