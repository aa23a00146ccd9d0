#!/usr/bin/python3
"""Runs the conformance cases: each must give the right answer or, when listed in unsupported.txt, end in "not supported yet".

usage: check.py TL_BINARY [--backend NAME]
"""
import argparse
import json
import os
import sys

import run as conformance

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--backend", default="cpu")
    options = parser.parse_args()
    with open(os.path.join(HERE, "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    with open(os.path.join(HERE, "unsupported.txt"), encoding="utf-8") as file:
        unsupported = {line.strip() for line in file if line.strip() and not line.startswith("#")}
    passed = failed = 0
    for case in cases:
        wrong = conformance.run_case(os.path.abspath(options.binary), case, ["--backend", options.backend])
        if case["name"] in unsupported:
            right = len(wrong) == 1 and "exit 1" in wrong[0] and "not supported yet" in wrong[0]
            wrong = [] if right else wrong or ["passes now: take it off the list of unsupported cases"]
        passed, failed = passed + (not wrong), failed + bool(wrong)
        for line in wrong:
            print(f"FAIL {case['name']}: {line}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
