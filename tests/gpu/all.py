#!/usr/bin/python3
"""Device facts, limits and correctness on a GPU; see all.sh. Exit code 77 where there is no GPU, 1 where a result is wrong."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

from cases import ROOT, UNSUPPORTED, agree, numbers, prepare, programs, suites

# Seconds after which no further program is begun, so that the call stays below 10 minutes.
DEADLINE = 480


class Results:
    def __init__(self, path):
        self.path = path
        self.wrong = 0
        open(path, "w", encoding="utf-8").close()

    def add(self, **row):
        text = json.dumps(row)
        print(text, flush=True)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def verdict(self, program, outcome, started, detail=""):
        self.wrong += outcome == "wrong"
        self.add(row="program", program=os.path.relpath(program, ROOT), outcome=outcome, detail=detail[-300:],
                 seconds=round(time.monotonic() - started, 3))


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=ROOT, timeout=300)


def measure(results, bench):
    """The rows of the measurements; whether there is a device."""
    done = run(bench)
    for line in done.stdout.splitlines():
        results.add(**json.loads(line))
    if done.returncode != 0:
        print(f"all.sh: {done.stderr.strip()}", file=sys.stderr)
    return done.returncode


def compare(results, binary, folder):
    """Generated data: the cuda backend against the cpu backend."""
    for program in programs():
        started = time.monotonic()
        path = prepare(program, folder)
        wanted = run(binary, "run", "--format", "json", path)
        found = run(binary, "run", "--format", "json", "--backend", "cuda", path)
        if UNSUPPORTED.search(found.stderr):
            results.verdict(program, "unsupported", started, UNSUPPORTED.search(found.stderr)[0])
        else:
            results.verdict(program, "right" if agree(numbers(found), numbers(wanted)) else "wrong", started, found.stderr)


def answer(results, binary, begun):
    """The suites with their written answers."""
    for program in suites(full=True):
        started = time.monotonic()
        if started - begun > DEADLINE:
            results.add(row="stopped", reason="out of time", next=os.path.relpath(program, ROOT))
            return
        done = run(binary, "test", "--backend", "cuda", program)
        missing = UNSUPPORTED.search(done.stdout + done.stderr)
        outcome = "unsupported" if missing else "right" if done.returncode == 0 else "wrong"
        results.verdict(program, outcome, started, missing[0] if missing else "" if outcome == "right" else done.stdout + done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tl", required=True)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--results", required=True)
    options = parser.parse_args()
    begun = time.monotonic()
    results = Results(options.results)
    status = measure(results, options.bench)
    if status != 0:
        sys.exit(status)
    with tempfile.TemporaryDirectory() as folder:
        compare(results, options.tl, folder)
    answer(results, options.tl, begun)
    results.add(row="done", wrong=results.wrong, seconds=round(time.monotonic() - begun, 1))
    sys.exit(1 if results.wrong else 0)


if __name__ == "__main__":
    main()
