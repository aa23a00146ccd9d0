#!/usr/bin/python3
"""Executables of the large examples give the answers of `tl run` and start in less than 10 ms.

usage: large.py BUILD_FOLDER [--full] [--minilm FOLDER] [--debian FOLDER]

The sentence encoder (90 MB of weights) has seeded random weights unless FOLDER is what examples/minilm/prepare.py wrote from the real
ones. Debian's dependencies are the shipped excerpt unless FOLDER is what examples/debian/extract.py wrote from an index of apt.
A start is the time in which the executable opens its data and lists its inputs, the best of 30; the work is not part of it. Arrays stay
where the executable is mapped: they are read when something is computed from them.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLES = os.path.join(ROOT, "examples")
LIMIT = 0.010


def call(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}: {done.stderr[:1000]}"
    return done.stdout


def same(left, right):
    """Whether two lists of answers are one, symbol for symbol and bit for bit."""
    return [json.loads(line) for line in left.splitlines()] == [json.loads(line) for line in right.splitlines()]


def start(target):
    times = []
    for _ in range(30):
        before = time.monotonic()
        call(target, "--inputs", env={})
        times.append(time.monotonic() - before)
    return min(times)


def check(name, program, folder):
    """Built where its data lie, then moved away from them: it carries all of them."""
    shutil.copy(program, folder)
    program = os.path.join(folder, os.path.basename(program))
    wanted = call(TL, "run", program, "--format", "json")
    with tempfile.TemporaryDirectory() as elsewhere:
        target = os.path.join(elsewhere, name)
        before = time.monotonic()
        call(TL, "build", program, "-o", target)
        built = time.monotonic() - before
        assert same(call(target, "--format", "json", env={}, cwd=elsewhere), wanted), f"{name}: other answers than tl run"
        best = start(target)
        print(f"  {name}: built in {built:.1f} s, {os.path.getsize(target) / 2**20:.1f} MiB, starts in {best * 1000:.1f} ms")
        assert best < LIMIT, f"{name}: the best start of 30 takes {best * 1000:.1f} ms"


def check_quickstart(folder, options):
    shutil.copytree(os.path.join(EXAMPLES, "data"), os.path.join(folder, "data"))
    check("quickstart", os.path.join(EXAMPLES, "quickstart.tl"), folder)


def check_debian(folder, options):
    source = options.debian or os.path.join(EXAMPLES, "debian/excerpt")
    for file in ("edges.tsv", "needs.tsv", "size.tsv"):
        shutil.copy(os.path.join(source, file), folder)
    check("debian", os.path.join(EXAMPLES, "debian/debian.tl" if options.debian else "debian/excerpt/debian.tl"), folder)


def check_minilm(folder, options):
    if options.minilm:
        for file in ("model.safetensors", "tokens.npy", "lengths.npy"):
            shutil.copy(os.path.join(options.minilm, file), folder)
    else:
        call(sys.executable, os.path.join(EXAMPLES, "minilm/prepare.py"), folder, "--random", "7")
    check("minilm", os.path.join(EXAMPLES, "minilm/minilm.tl"), folder)


def main():
    global TL
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--minilm")
    parser.add_argument("--debian")
    options = parser.parse_args()
    TL = os.path.join(os.path.abspath(options.build), "bin/tl")
    passed = failed = 0
    for one in (check_quickstart, check_debian, check_minilm):
        with tempfile.TemporaryDirectory() as folder:
            try:
                one(folder, options)
                passed += 1
            except (AssertionError, OSError, ValueError) as error:
                failed += 1
                print(f"FAIL {one.__name__}: {error}"[:1500])
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
