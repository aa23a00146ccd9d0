#!/usr/bin/python3
"""Runs every test and closes with `N passed, N failed`.

usage: run.py [--build FOLDER] [--only PART ...] [--full]

Parts: units (GoogleTest), lit (IR and command line), programs (tl programs with their answers), conformance,
diagnostics, mistakes (seeded faults: place, name and fix of the message), cli (options, exit codes, streams, the time of a check), repl
(the interactive session), lsp (the language server, by a scripted editor), embedding (the library, installed and used outside the tree),
python (the Python module, where it can be built), standalone (built executables and libraries,
stages read back, doctor, completions, installing), docs (programs in the manual and the README, and the commands of the README), library (`tl doc` shows all of it), plots (pictures of answers), models (tokenizers, and models from their usual files), house (layout and
dependency rules), stdlib (the library against numpy), gpu (the cuda backend on the PTX emulator), fuzz (mutated programs and files), oracle (random programs against independent
engines), planted (whether the oracles find planted faults), examples.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COUNT = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL, **options)


def show(done):
    for line in (done.stdout + done.stderr).splitlines()[-80:]:
        print("   ", line)


def counted(command):
    """Runs a script that closes with the plain counting line."""
    done = run(command)
    counts = COUNT.findall(done.stdout)
    passed, failed = map(int, counts[-1]) if counts else (0, 1)
    if done.returncode != 0 and failed == 0:
        failed = 1
    if failed:
        show(done)
    for line in done.stdout.splitlines():
        if line.startswith("skipped: "):
            print(f"  {line}")
    return passed, failed


def units(build, full):
    passed = failed = 0
    for program in sorted(glob.glob(os.path.join(ROOT, build, "bin", "*_tests"))):
        done = run([program, "--gtest_brief=1"])
        ok = re.search(r"\[  PASSED  \] (\d+) test", done.stdout)
        bad = re.search(r"^ *(\d+) FAILED TESTS?", done.stdout, re.M)
        passed += int(ok.group(1)) if ok else 0
        wrong = int(bad.group(1)) if bad else int(done.returncode != 0 or not ok)
        failed += wrong
        if wrong:
            print(f"  {os.path.basename(program)}: {wrong} failed, exit {done.returncode}")
            show(done)
    return (passed, failed) if passed or failed else (0, 1)


def lit(build, full):
    done = run(["/usr/lib/llvm-22/bin/lit", "-sv", "-j2", "tests/"],
               env=dict(os.environ, TL_BUILD=os.path.join(ROOT, build)))
    passed = re.search(r"Passed *: (\d+)", done.stdout)
    bad = sum(int(n) for n in re.findall(r"(?:Failed|Unresolved|Timed Out|Unexpectedly Passed) *: (\d+)", done.stdout))
    if bad or done.returncode != 0 or not passed:
        show(done)
    return int(passed.group(1)) if passed else 0, max(bad, int(done.returncode != 0))


def programs(build, full):
    files = sorted(glob.glob("tests/programs/*.tl", root_dir=ROOT) +
                   glob.glob("examples/*.tl", root_dir=ROOT) + glob.glob("examples/paper/*.tl", root_dir=ROOT) + glob.glob("examples/tour/*.tl", root_dir=ROOT) + glob.glob("examples/gallery/*.tl", root_dir=ROOT) + ["examples/debian/excerpt/debian.tl"] + glob.glob("stdlib/**/*.tl", root_dir=ROOT, recursive=True))
    files.remove("stdlib/optim.tl")  # what `learn` instantiates; tests/learn compares it with numpy
    return counted([os.path.join(ROOT, build, "bin/tl"), "test"] + files)


def conformance(build, full):
    passed = failed = 0
    for backend in ("cpu", "reference"):
        p, f = counted([sys.executable, "tests/conformance/check.py", os.path.join(ROOT, build, "bin/tl"), "--backend", backend])
        passed, failed = passed + p, failed + f
    return passed, failed


def seed():
    """A fresh slice for every commit, the same one whenever that commit is tested."""
    commit = run(["git", "rev-parse", "HEAD"]).stdout.strip()
    return str(int(commit[:8] or "0", 16))


def oracle(build, full):
    return counted([sys.executable, "tests/oracle/run.py", os.path.join(ROOT, build), "--seed", seed()] + (["--full"] if full else []))


def mistakes(build, full):
    return counted([sys.executable, "tests/diagnostics/mistakes.py", build, "--seed", seed(), "--count", "300" if full else "100"])


def planted(build, full):
    """Building a compiler full of faults takes a while; a slice only sees to it that they still find their places."""
    folder = "tests/planted/"
    return counted([sys.executable, folder + "run.py", build, "--seed", seed()] if full else [sys.executable, folder + "plant.py", "--check"])


def script(*paths):
    def part(build, full):
        results = [counted([sys.executable, path, os.path.join(ROOT, build)] + (["--full"] if full else [])) for path in paths]
        return tuple(map(sum, zip(*results)))
    return part


PARTS = {
    "units": units,
    "lit": lit,
    "programs": programs,
    "conformance": conformance,
    "diagnostics": script("tests/diagnostics/run.py"),
    "mistakes": mistakes,
    "cli": script("tests/cli/run.py", "tests/cli/check_time.py", "tests/cli/cache.py"),
    "repl": script("tests/repl/run.py", "tests/repl/screens.py"),
    "lsp": script("tests/lsp/run.py"),
    "embedding": script("tests/embedding/run.py"),
    "standalone": script("tests/standalone/run.py", "tests/standalone/stages.py", "tests/standalone/large.py"),
    "python": script("tests/python/run.py"),
    "docs": script("tests/docs/run.py", "tests/docs/readme.py"),
    "library": script("tests/docs/library.py"),
    "plots": script("tests/plots/run.py"),
    "models": script("tests/models/run.py"),
    "house": script("tests/house/run.py"),
    "learn": script("tests/learn/run.py"),
    "stdlib": script("tests/stdlib/run.py"),
    "hostile": script("tests/hostile/run.py"),
    "fuzz": script("tests/fuzz/run.py"),
    "gpu": script("tests/gpu/run.py"),
    "oracle": oracle,
    "planted": planted,
    "examples": script("tests/examples/run.py"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", nargs="*", choices=sorted(PARTS))
    parser.add_argument("--full", action="store_true", help="whole figures of the oracles and fuzzers, not a seeded slice")
    options = parser.parse_args()
    os.environ["TL_SEED"] = seed()
    passed = failed = 0
    for name in options.only or PARTS:
        start = time.monotonic()
        p, f = PARTS[name](options.build, options.full)
        print(f"{name}: {p} passed, {f} failed in {time.monotonic() - start:.1f} s", flush=True)
        passed, failed = passed + p, failed + f
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
