#!/usr/bin/python3
"""Compares the standard library with numpy.

usage: run.py BUILD_FOLDER [--full] [NAME ...]

Each oracle is a case `module/definition` in one of the files *_cases.py here. Every public definition of every module needs a
case and a comment above it, and every test that a row of stdlib/README.md names must exist and pass: a case here, or a program of
examples/, which the part `programs` runs. --full runs the cases on the reference backend too.
"""
import argparse
import ast
import concurrent.futures
import glob
import importlib
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DEFINITION = re.compile(r"^def ([a-z]\w*)\(", re.M)
ROW = re.compile(r"^\| (R\d+) \| (.*?) \| (.*?) \|$", re.M)
ROWS = 101

sys.path.insert(0, HERE)
import harness  # noqa: E402


def modules():
    """Module name to text."""
    library = os.path.join(ROOT, "stdlib")
    found = {}
    for path in sorted(glob.glob(os.path.join(library, "**/*.tl"), recursive=True)):
        name = os.path.relpath(path, library)[:-3].replace(os.sep, ".")
        if name == "optim":  # what `learn` instantiates; tests/learn compares it with numpy
            continue
        with open(path, encoding="utf-8") as file:
            found[name] = file.read()
    return found


def undocumented(text):
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = DEFINITION.match(line)
        if match and not (number and lines[number - 1].startswith("///")):
            yield match[1]


def missing(texts):
    """Definitions without a case, a comment or, in their module, an answer."""
    for module, text in texts.items():
        for name in DEFINITION.findall(text):
            if f"{module}/{name}" not in harness.CASES:
                yield f"{module}/{name} has no oracle"
        for name in undocumented(text):
            yield f"{module}/{name} has no comment"
        if "//=" not in text:
            yield f"{module} has no answers"


def table():
    """What is wrong with the table of systems: a row is missing, or names a test that is not there."""
    with open(os.path.join(ROOT, "stdlib/README.md"), encoding="utf-8") as file:
        rows = ROW.findall(file.read())
    if len({identifier for identifier, _, _ in rows}) != ROWS:
        yield f"stdlib/README.md has {len(rows)} rows instead of {ROWS}"
    for identifier, system, tests in rows:
        named = re.findall(r"`([^`]+)`", tests)
        if not named and system != "not done":
            yield f"row {identifier} of stdlib/README.md names no test"
        for test in named if system != "not done" else []:
            if test.endswith(".tl"):
                if not os.path.exists(os.path.join(ROOT, "examples", test)):
                    yield f"row {identifier} of stdlib/README.md names {test}, which is not in examples"
            elif test not in harness.CASES:
                yield f"row {identifier} of stdlib/README.md names {test}, which is not a case"


def foreign():
    """Imports of the oracles beside numpy, Python's own library and each other."""
    paths = glob.glob(os.path.join(HERE, "*.py"))
    own = {os.path.basename(path)[:-3] for path in paths}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for node in ast.walk(ast.parse(file.read())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []
                for name in names:
                    if name.split(".")[0] not in own | {"numpy"} | set(sys.stdlib_module_names):
                        yield f"{os.path.basename(path)} imports {name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    binary = os.path.join(options.build, "bin/tl")
    for path in sorted(glob.glob(os.path.join(HERE, "*_cases.py"))):
        importlib.import_module(os.path.basename(path)[:-3])
    identities = importlib.import_module("identities")
    ways = [(), ("--backend", "reference")] if options.full else [()]
    work = [(name, way) for name in options.names or sorted(harness.CASES) for way in ways]
    failures = [] if options.names else list(missing(modules())) + list(table()) + list(foreign())
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(lambda job: harness.check(binary, *job), work)
        failures += [f"{name} {' '.join(way)}: {wrong}" for (name, way), wrong in zip(work, results) if wrong]
        forms = [] if options.names else [(form, way) for form in identities.ALL for way in ways]
        results = pool.map(lambda job: identities.check(binary, *job), forms)
        failures += [f"identity {form.__name__} {' '.join(way)}: {wrong}" for (form, way), wrong in zip(forms, results) if wrong]
    for failure in failures:
        print("FAIL", failure)
    print(f"{max(0, len(work) + len(forms) - len(failures))} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
