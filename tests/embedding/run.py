#!/usr/bin/python3
"""Installs tl into a fresh folder, builds the examples and tests of the library outside the tree with g++ and with clang, runs them.

usage: run.py BUILD_FOLDER [--seed N]
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXPECTED = {
    "recommend": "Ann may like Book\nBob may like Pen\nBob may like Pen\n0.6225 0.2689\n"
                 "error: no function is called 'rleu'\n  more:1:8\n",
    "family": "Ann is an ancestor of Bob\nAnn is an ancestor of Cid\nAnn is an ancestor of Dot\n",
}


def call(command, **options):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **{"timeout": 580, **options})


def build(folder, prefix, compilers):
    """The folder with the built programs, or None and what went wrong."""
    out = os.path.join(folder, compilers[0])
    configured = call(["cmake", "-S", os.path.join(ROOT, "tests/embedding"), "-B", out, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_C_COMPILER={compilers[0]}",
                       f"-DCMAKE_CXX_COMPILER={compilers[1]}", "-G", "Ninja"])
    built = configured.returncode == 0 and call(["cmake", "--build", out])
    if not built or built.returncode != 0:
        return None, (configured.stdout + configured.stderr + (built.stdout + built.stderr if built else ""))[-2000:]
    return out, ""


def check(out, seed, full):
    passed = failed = 0
    for name, expected in EXPECTED.items():
        done = call([os.path.join(out, "examples", name)])
        ok = done.returncode == 0 and done.stdout == expected
        passed, failed = passed + ok, failed + (not ok)
        if not ok:
            print(f"FAIL {name}: exit {done.returncode}: {(done.stdout + done.stderr)[-800:]}")
    # The library is the same for both compilers, so random calls are split between them.
    calls = str((1000000 if full else 20000) // 2)
    for name, *arguments in (("promises", str(seed)), ("borrowed",), ("promises_c", os.path.join(ROOT, "stdlib")), ("random_calls", str(seed), calls),
                            ("gains", str(seed), "60" if full else "20"), ("incremental",), ("incremental", "1010", "8000")):
        done = call([os.path.join(out, name), *arguments], cwd=out, timeout=36000 if full else 580)
        counts = re.findall(r"^(\d+) passed, (\d+) failed$", done.stdout, re.M)
        p, f = map(int, counts[-1]) if counts else (0, 1)
        passed, failed = passed + p, failed + f
        if name == "incremental" and counts:
            print("  " + done.stdout.splitlines()[0])
        if f or done.returncode != 0:
            print(f"FAIL {name}: exit {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("TL_SEED", time.time())) % 1000000)
    parser.add_argument("--full", action="store_true", help="10^6 random calls instead of 20,000")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        prefix = os.path.join(folder, "prefix")
        installed = call(["cmake", "--install", options.build, "--prefix", prefix])
        if installed.returncode != 0:
            print("FAIL cmake --install: " + (installed.stdout + installed.stderr)[-800:])
            failed += 1
        for number, compilers in enumerate([("gcc", "g++"), ("clang-22", "clang++-22")] if not failed else []):
            out, wrong = build(folder, prefix, compilers)
            if not out:
                print(f"FAIL {compilers[1]}: {wrong}")
            p, f = check(out, options.seed + number, options.full) if out else (0, 1)
            passed, failed = passed + p, failed + f
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
