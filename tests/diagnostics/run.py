#!/usr/bin/python3
"""Checks the messages of programs with mistakes.

usage: run.py BUILD_FOLDER

Each tests/diagnostics/<id>.tl carries `//! text` at the end of every line at fault: `tl check` must report an error or
warning on that line whose text contains the words, and nothing else. `//? text` asks for a label on that line, `//help: text`
anywhere for a hint. Of every row that `tl errors` explains, the wrong program gives its message and the right one none. Every row of Diagnostics.def needs such a file or a line in elsewhere.txt that says what tests it.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PLACE = re.compile(r"^(.*?):(\d+):(\d+): (error|warning): (.*)$")


def ids():
    with open(os.path.join(ROOT, "frontend/source/Diagnostics.def"), encoding="utf-8") as file:
        return re.findall(r"^TL_DIAGNOSTIC\((\w+),", file.read(), re.M)


def problems(binary, path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    done = subprocess.run([binary, "check", path], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
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


def spelled_out(text):
    """The bytes of an example: `{1001 x (}` is that many characters, `{byte E9}` that byte."""
    text = re.sub(r"\{(\d+) x (.)\}", lambda match: int(match[1]) * match[2], text)
    return b"".join(bytes.fromhex(part) if place % 2 else part.encode() for place, part in enumerate(re.split(r"\{byte (\w\w)\}", text)))


def wrong_explanation(binary, folder, row):
    """What is wrong with the explanation of one id, or nothing."""
    path = os.path.join(folder, "example.tl")
    for text in (row["wrong"], row["right"]):
        with open(path, "wb") as file:
            file.write(spelled_out(text))
        done = subprocess.run([binary, "run", path, "--error-format", "json"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        found = {json.loads(line)["id"] for line in done.stderr.splitlines()}
        if found != ({row["id"]} if text == row["wrong"] else set()):
            return f"the {'wrong' if text == row['wrong'] else 'right'} program gives {sorted(found)}, exit {done.returncode}"
    return None


def check_explanations(binary):
    done = subprocess.run([binary, "errors", "--json"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for row in map(json.loads, done.stdout.splitlines()):
            wrong = wrong_explanation(binary, folder, row)
            if wrong:
                print(f"FAIL tl errors {row['id']}: {wrong}")
            passed, failed = passed + (not wrong), failed + bool(wrong)
    return passed, failed


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
    explained = check_explanations(binary)
    passed, failed = passed + explained[0], failed + explained[1]
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
