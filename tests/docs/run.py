#!/usr/bin/python3
"""Runs the programs in the reference manual and the README.

usage: run.py BUILD_FOLDER

A block fenced with ```tl is a program with its answers: `tl test` must pass on every backend. A block fenced with
```tl error must fail `tl check` with exit 1, with an error on each line that ends in `//! words` whose text contains them.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENTS = ["grammar/LANGUAGE.md", "README.md"]
PLACE = re.compile(r"^(.*?):(\d+):(\d+): error: (.*)$")
COUNT = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)


def blocks(document):
    """Yields (line of the fence, its words after the backticks, text) for every fenced block."""
    with open(os.path.join(ROOT, document), encoding="utf-8") as file:
        lines = file.read().split("\n")
    opened = None
    for number, line in enumerate(lines, 1):
        if not line.startswith("```"):
            continue
        if opened is None:
            opened = number
        else:
            yield opened, lines[opened - 1][3:].strip(), "\n".join(lines[opened:number - 1]) + "\n"
            opened = None
    if opened is not None:
        yield opened, "unclosed", ""


def call(binary, verb, path):
    return subprocess.run([binary, verb, path], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def problems_of_program(binary, path, text):
    if "//=" not in text:
        yield "has no '//=' line"
    done = call(binary, "test", path)
    counts = COUNT.findall(done.stdout)
    if done.returncode != 0 or not counts or int(counts[-1][0]) == 0 or int(counts[-1][1]) != 0:
        yield f"exit {done.returncode}: {(done.stdout + done.stderr).strip()[:800]}"


def problems_of_error(binary, path, text):
    expected = [(number, line.split("//!", 1)[1].strip()) for number, line in enumerate(text.split("\n"), 1) if "//!" in line]
    if not expected or not all(words for _, words in expected):
        yield "has no '//! words' line"
    done = call(binary, "check", path)
    if done.returncode != 1:
        yield f"exit {done.returncode}, expected 1: {done.stderr.strip()[:300]}"
    reported = [(int(match[2]), match[4]) for match in map(PLACE.match, done.stderr.split("\n")) if match]
    for number, words in expected:
        if not any(line == number and words in message for line, message in reported):
            yield f"line {number}: no error with '{words}'; got: {done.stderr.strip()[:500]}"


CHECKS = {"tl": problems_of_program, "tl error": problems_of_error}


def main():
    binary = os.path.join(sys.argv[1], "bin/tl")
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for document in DOCUMENTS:
            for line, kind, text in blocks(document):
                if kind == "unclosed":
                    wrong = ["the block is not closed"]
                elif kind in CHECKS:
                    path = os.path.join(folder, "block.tl")
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(text)
                    wrong = list(CHECKS[kind](binary, path, text))
                else:
                    continue
                for problem in wrong:
                    print(f"FAIL {document}:{line}: {problem}")
                passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
