#!/usr/bin/python3
"""Mutated programs: whatever is written, tl neither crashes nor hangs, and both backends say the same.

usage: mutate.py BUILD_FOLDER [--full] [--seed N] [--count N] [--keep FOLDER]

Tokens, lines and bytes of the programs of tests/programs, tests/conformance and examples/quickstart.tl are deleted,
doubled, swapped and replaced. A signal, exit 70, more than 10 s of computing, or different answers of the backends is a failure.
"""
import argparse
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOKEN = re.compile(r'"[^"\n]*"|[A-Za-z_][A-Za-z_0-9\']*|\d+(?:\.\d+)?|<-|:-|max=|min=|avg=|\*=|\+=|!=|<=|>=|\s+|.', re.S)
SPICE = ["+", "-", "*", "/", "%", "^", "=", "<", "<=", "!=", ",", ".", ";", "?", "(", ")", "[", "]", "{", "}", "<-", "max=", "min=", "avg=", "*=", "+=",
         "not ", "i", "j", "x", "t", "*t", "i+1", "i-1", "2*i", "i/2", "i%2", "0", "1", "-1", "2.5", "1e300", "99999999999", "2147483648", "A", "X",
         "sum[i]", "max[j]", "argmax[j]", "count[i]", "relu(", "softmax(", "sqrt(", "_", "\n", " ", "//", "/*", '"', "::", "..", "...", "domain ", "tensor ",
         "const ", "def ", "import ", "learn ", "embed ", "param ", "concat(", "size(i)", "X[i,j]", "R(x,y)", "'", "\x00", "é", "(i <= j)", ", i < j", "4:8", "i."]
ANSWER_LIMIT = 4


def seeds():
    """The unmutated programs, with the folder their files lie in."""
    paths = sorted(glob.glob(os.path.join(ROOT, "tests/programs/**/*.tl"), recursive=True)) + [os.path.join(ROOT, "examples/quickstart.tl")]
    found = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            found.append("".join(line for line in file if not line.startswith("//")))
    with open(os.path.join(ROOT, "tests/conformance/cases.json"), encoding="utf-8") as file:
        for case in json.load(file):
            found.append(case["program"] + "\n" + "".join(query["query"] + "?\n" for query in case["queries"]))
    return found


KINDS = {"upper": re.compile(r"[A-Z]\w*'*$"), "lower": re.compile(r"[a-z]\w*'*$"), "number": re.compile(r"\d"), "operator": re.compile(r"[-+*/%^<>!]|<=|>=|!="),
         "assign": re.compile(r"max=|min=|avg=|\*=|\+=|=$")}
NUMBERS = ["0", "1", "2", "3", "-1", "0.5", "7", "-2.25"]
OPERATORS = {"operator": ["+", "-", "*", "/", "%", "^", "<", "<=", "!=", ">"], "assign": ["=", "+=", "max=", "min=", "avg=", "*="]}


def kind_of(token):
    return next((kind for kind, pattern in KINDS.items() if pattern.match(token)), None)


def swap_alike(text, state):
    """One to three tokens become others of their kind, so that most results still parse and many still mean something."""
    for _ in range(state.choice([1, 1, 2, 3])):
        pieces = TOKEN.findall(text)
        places = [(place, kind_of(token)) for place, token in enumerate(pieces) if kind_of(token)]
        if not places:
            return text
        at, kind = state.choice(places)
        alike = OPERATORS.get(kind) or [pieces[place] for place, other in places if other == kind] + (NUMBERS if kind == "number" else [])
        pieces[at] = state.choice(alike)
        text = "".join(pieces)
    return text


def mutate(text, state, others):
    """Tokens of one kind exchanged, or one to four wilder edits of tokens, lines or bytes."""
    if state.random() < 0.65:
        return swap_alike(text, state)
    for _ in range(state.choice([1, 1, 1, 2, 2, 3, 4])):
        unit = state.choice(["token"] * 6 + ["line"] * 3 + ["byte"])
        pieces = TOKEN.findall(text) if unit == "token" else text.splitlines(True) if unit == "line" else list(text)
        if not pieces:
            return text
        at = state.randrange(len(pieces))
        edit = state.choice(["delete", "double", "swap", "copy", "spice", "spice", "replace", "replace", "borrow"])
        if edit == "delete":
            del pieces[at]
        elif edit == "double":
            pieces.insert(at, pieces[at])
        elif edit == "swap":
            other = state.randrange(len(pieces))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif edit == "copy":
            pieces[at] = state.choice(pieces)
        elif edit == "spice":
            pieces.insert(at, state.choice(SPICE))
        elif edit == "replace":
            pieces[at] = state.choice(SPICE)
        else:
            lines = state.choice(others).splitlines(True)
            pieces.insert(at, "\n" + state.choice(lines) if lines else "")
        text = "".join(pieces)
    return text


def same(left, right):
    """Equal answers; reals are equal up to rounding."""
    if isinstance(left, dict):
        return isinstance(right, dict) and left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) or isinstance(right, float):
        return isinstance(right, (int, float)) and isinstance(left, (int, float)) and abs(left - right) <= 1e-6 * max(1, abs(left), abs(right))
    return left == right


def processor_seconds(process):
    """What a running process has computed so far."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(binary, path, arguments):
    """(exit code, standard output, standard error); the code is None after 10 s of computing, or two minutes in which it computes less:
    a machine with other work is no fault of the program."""
    command = [binary, *arguments, path, "--timeout", "5", "--max-memory", "1G", "--dtype", "f64"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        for _ in range(12):
            try:
                output, errors = process.communicate(timeout=10)
                return process.returncode, output, errors.decode("utf-8", "replace")
            except subprocess.TimeoutExpired:
                if processor_seconds(process) >= 10:
                    break
        process.kill()
    return None, b"", ""


def broken(code):
    return code is None or code < 0 or code == 70 or code >= 128 or code not in (0, 1, 2, 3, 4, 5)


def judge(binary, path, check):
    """(what is wrong with this program or None, whether both backends answered)."""
    results = {}
    if check:
        code, _, errors = start(binary, path, ["check"])
        if broken(code):
            return f"check: {'no end' if code is None else f'exit {code}'}: {errors.strip()[:400]}", False
    for backend in ("reference", "cpu"):
        code, output, errors = start(binary, path, ["run", "--format", "json", "--backend", backend])
        if broken(code):
            return f"{backend}: {'no end' if code is None else f'exit {code}'}: {errors.strip()[:400]}", False
        results[backend] = (code, output, errors)
        if code == 1 and backend == "reference" and not check:
            return None, False
    (left, left_out, left_error), (right, right_out, right_error) = results["reference"], results["cpu"]
    if ANSWER_LIMIT in (left, right):
        return None, False
    if left != right:
        return f"reference exits {left}, cpu exits {right}: {(left_error + right_error).strip()[:400]}", False
    if left == 0 and not same(*[[json.loads(line) for line in text.decode().splitlines()] for text in (left_out, right_out)]):
        return f"reference answers {left_out.decode()[:300]}\n  cpu answers {right_out.decode()[:300]}", True
    return None, left == 0


def run(build, seed, count, keep=None):
    binary = os.path.join(os.path.abspath(build), "bin/tl")
    programs, passed, failed, answered = seeds(), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.tl")
        for number in range(count):
            state = random.Random(f"{seed} mutate {number}")
            text = mutate(state.choice(programs), state, programs)
            with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
            wrong, compared = judge(binary, path, number % 4 == 0)
            answered += compared
            passed, failed = passed + (not wrong), failed + bool(wrong)
            if wrong:
                if keep:
                    with open(os.path.join(keep, f"{seed}-{number}.tl"), "w", encoding="utf-8") as file:
                        file.write(text)
                if failed <= 8 or keep:
                    print(f"FAIL mutate {number} (seed {seed}): {wrong}")
                    print("" if keep else "".join("    " + line + "\n" for line in text.splitlines()[:40]), flush=True)
    print(f"{answered} of {count} programs were answered by both backends")
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--count", type=int)
    parser.add_argument("--keep", help="folder that gets the failing programs")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    passed, failed = run(options.build, options.seed, options.count or (5000 if options.full else 150), options.keep)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
