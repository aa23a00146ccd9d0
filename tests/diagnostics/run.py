#!/usr/bin/python3
"""Checks the messages of programs with mistakes.

usage: run.py BUILD_FOLDER

Each tests/diagnostics/<id>.tl carries `//! text` at the end of every line at fault: `tl check` must report an error or
warning on that line whose text contains the words, and nothing else. `//? text` asks for a label on that line, `//help: text`
anywhere for a hint. Every row of Diagnostics.def needs such a file or a line in elsewhere.txt that says what tests it.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PLACE = re.compile(r"^(.*?):(\d+):(\d+): (error|warning): (.*)$")


def ids():
    with open(os.path.join(ROOT, "frontend/source/Diagnostics.def"), encoding="utf-8") as file:
        return re.findall(r"^TL_DIAGNOSTIC\((\w+),", file.read(), re.M)


def problems(binary, path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    done = subprocess.run([binary, "check", path], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    reported = [match.groups() for match in map(PLACE.match, done.stderr.split("\n")) if match]
    expected = [(number, line.split("//!", 1)[1].strip()) for number, line in enumerate(lines, 1) if "//!" in line]
    if not expected:
        yield "has no '//!' line"
    if done.returncode not in (0, 1, 3):
        yield f"exit {done.returncode}: {done.stderr[-300:]}"
    for number, text in expected:
        if not any(int(line) == number and text in message for _, line, _, _, message in reported):
            yield f"line {number}: no message with '{text}'; got: {done.stderr.strip()[:500]}"
    for _, line, _, _, message in reported:
        if not any(int(line) == number for number, _ in expected):
            yield f"line {line}: unexpected message '{message}'"
    for number, line in enumerate(lines, 1):
        for mark in ("//?", "//help:"):
            if mark in line and line.split(mark, 1)[1].strip() not in done.stderr:
                yield f"line {number}: '{line.split(mark, 1)[1].strip()}' is not in the output: {done.stderr.strip()[:500]}"


def main():
    binary = os.path.join(sys.argv[1], "bin/tl")
    passed = failed = 0
    with open(os.path.join(HERE, "elsewhere.txt"), encoding="utf-8") as file:
        elsewhere = {line.split()[0] for line in file if line.strip() and not line.startswith("#")}
    files = {name[:-3] for name in os.listdir(HERE) if name.endswith(".tl")}
    for name in ids():
        if not any(file == name or file.startswith(name + "-") for file in files) and name not in elsewhere:
            print(f"FAIL {name}: no tests/diagnostics/{name}.tl")
            failed += 1
    for name in sorted(files):
        wrong = list(problems(binary, os.path.join(HERE, name + ".tl")))
        for line in wrong:
            print(f"FAIL {name}.tl: {line}")
        passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
