#!/usr/bin/python3
"""Runs the examples that need prepared data or an engine to compare with: the Debian graph against SQLite, the sentence encoder, what
learns, the agents of the gallery and the programs of the paper against numpy.

usage: run.py BUILD_FOLDER

The Debian graph is this machine's own where apt has an index, the shipped excerpt otherwise and on the reference backend. The encoder
runs with seeded random weights of the real names and shapes.
"""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLES = os.path.join(ROOT, "examples")
PYTHON = "/usr/bin/python3"


def run(*command):
    done = subprocess.run([PYTHON, *command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    print("".join("    " + line + "\n" for line in (done.stdout + done.stderr).splitlines()[-12:]), end="")
    return done.returncode == 0


def debian_whole(binary):
    listing = subprocess.run(["apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages", "Origin: Debian"],
                             capture_output=True, text=True)
    if not any(os.path.exists(name) for name in listing.stdout.split()):
        print("    apt has no index here: the shipped excerpt stands for the whole graph")
        return debian_excerpt(binary, "cpu")
    return run(os.path.join(EXAMPLES, "debian/check.py"), binary)


def debian_excerpt(binary, backend):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("edges.tsv", "needs.tsv", "size.tsv"):
            with open(os.path.join(EXAMPLES, "debian/excerpt", name), "rb") as source, open(os.path.join(folder, name), "wb") as copy:
                copy.write(source.read())
        return run(os.path.join(EXAMPLES, "debian/check.py"), binary, folder, "--backend", backend)


def minilm(binary):
    with tempfile.TemporaryDirectory() as folder:
        return (run(os.path.join(EXAMPLES, "minilm/prepare.py"), folder, "--random", "7")
                and run(os.path.join(EXAMPLES, "minilm/check.py"), binary, folder))


def main():
    binary = os.path.join(os.path.abspath(sys.argv[1]), "bin/tl")
    results = [("debian, whole", debian_whole(binary)), ("debian, excerpt, cpu", debian_excerpt(binary, "cpu")),
               ("debian, excerpt, reference", debian_excerpt(binary, "reference")), ("minilm", minilm(binary)), ("learning", run(os.path.join(ROOT, "tests/examples/learning.py"), sys.argv[1])),
               ("agents", run(os.path.join(ROOT, "tests/examples/agents.py"), sys.argv[1])),
               ("paper", run(os.path.join(ROOT, "tests/examples/paper.py"), sys.argv[1]))]
    for name, right in results:
        if not right:
            print(f"FAIL {name}")
    failed = sum(not right for _, right in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
