#!/usr/bin/python3
"""Bad input: each case has its exit code and words that the message must contain; nothing may crash.

usage: run.py BUILD_FOLDER
"""
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np


def npy(path, keep=None):
    np.save(path, np.arange(6.0).reshape(2, 3))
    if keep is not None:
        with open(path, "r+b") as file:
            file.truncate(keep)


def safetensors(path, header, size):
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"\0" * size)


def overlapping(path):
    entry = {"dtype": "F32", "shape": [2]}
    safetensors(path, {"a": dict(entry, data_offsets=[0, 8]), "b": dict(entry, data_offsets=[4, 12])}, 12)


def write(content):
    def writer(path):
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
    return writer


# name, program, files {name: writer}, exit code, words of the message, extra arguments
CASES = [
    ("syntax error", "Y[i] = W[i,j X[j]\n", {}, 1, ["1:", "']'"], []),
    ("unknown name, with a suggestion", "Weight = [1, 2]\nY[i] = Wieght[i]\nY?\n", {}, 1, ["2:8", "'Wieght'", "'Weight'"], ["--strict"]),
    ("unknown function", "X = [1, 2]\nY[i] = rleu(X[i])\nY?\n", {}, 1, ["2:8", "'rleu'", "'relu'"], []),
    ("arity clash", "Parent(A, B)\nP(x) <- Parent(x)\nP(x)?\n", {}, 1, ["'Parent'", "2", "1"], []),
    ("two sizes for one index", "W = [[1, 2, 3], [4, 5, 6]]\nX = [1, 2, 3, 4]\nY[i] = W[i,j] X[j]\nY?\n", {}, 1,
     ["'j'", "3", "4", "'W'", "'X'", "3:"], []),
    ("unbound variable", "Node(1)\nP(x, y) <- Node(x)\nP(x,y)?\n", {}, 1, ["'y'", "2:"], []),
    ("unstratified negation", "Node(1)\nP(x) <- Node(x), not Q(x)\nQ(x) <- Node(x), not P(x)\nP(x)?\n", {}, 1, ["'P'", "'Q'", "not"], []),
    ("missing file", 'X = "none.npy"\nX?\n', {}, 3, ["none.npy", "1:"], []),
    ("--safe: a file outside of the folder", 'X = "../x.npy"\nX?\n', {}, 1, ["1:5", "'../x.npy'", "outside", "--safe"], ["--safe"]),
    ("--safe: an absolute path", '"/tmp/x.npy" = X\nX = [1]\n', {}, 1, ["1:1", "'/tmp/x.npy'", "outside"], ["--safe"]),
    ("--safe: a text beside a tokenizer", 'X = "tokenizer.json:../x.txt"\nX?\n', {}, 1, ["1:5", "'tokenizer.json:../x.txt'", "outside"], ["--safe"]),
    ("--safe: a link out of the folder", 'domain D = "link/hosts"\nP(x) <- Q(x)\ntensor Q(x: D): bool\nP(x)?\n',
     {"link": lambda path: os.symlink("/etc", path)}, 1, ["1:12", "outside"], ["--safe"]),
    ("--safe: a C function", 'extern "libm.so.6:cbrt" cube(x)\nY = cube(8)\nY?\n', {}, 1, ["1:8", "'cube'", "--safe"], ["--safe"]),
    ("--safe: a file within the folder", 'X = "a/../x.npy"\nX?\n', {"x.npy": npy}, 3, ["a/../x.npy"], ["--safe"]),
    ("truncated npy", 'X = "x.npy"\nX?\n', {"x.npy": lambda path: npy(path, 140)}, 3, ["x.npy", "byte"], []),
    ("truncated npy header", 'X = "x.npy"\nX?\n', {"x.npy": lambda path: npy(path, 20)}, 3, ["x.npy", "byte"], []),
    ("safetensors with overlapping tensors", 'X = "x.safetensors:a"\nX?\n', {"x.safetensors": overlapping}, 3, ["overlap", "'a'", "'b'"], []),
    ("csv line with a wrong field count", 'E = "e.csv"\nE(x,y)?\n', {"e.csv": write("1,2\n3,4\n5,6,7\n")}, 3, ["e.csv", "line 3", "3 fields", "2"], []),
    ("csv with bad UTF-8", 'E = "e.csv"\nE(x,y)?\n', {"e.csv": write(b"a,b\n\xff,c\n")}, 3, ["e.csv", "UTF-8"], []),
    ("10^6 nested brackets", "Y = " + "(" * 10**6 + "1" + ")" * 10**6 + "\nY?\n", {}, 1, ["nest", "1,000"], []),
    ("10^6 nested lists", "Y = " + "[" * 10**6 + "1" + "]" * 10**6 + "\nY?\n", {}, 1, ["nest", "1,000"], []),
    ("10^5 minus signs", "Y = " + "-" * 10**5 + "1\nY?\n", {}, 1, ["nest"], []),
    ("tensor of 10^15 elements", "tensor Y[i: 100000, j: 100000, k: 100000]: f32\nY[i,j,k] = 1\nY?\n", {}, 4, ["'Y'", "2^48"], []),
    ("tensor beyond the memory cap", "tensor Y[i: 100000, j: 100000]: f32\nY[i,j] = 1\nY?\n", {}, 4, ["memory", "Y"], ["--max-memory", "1G"]),
    ("product that leaves 64 bits", "tensor Y[i: 4294967296, j: 4294967296, k: 4294967296]: f32\nY[i,j,k] = 1\nY?\n", {}, 4, ["'Y'"], []),
    ("invalid UTF-8 in the program", b'P("\xff\xfe")\nP(x)?\n', {}, 1, ["UTF-8"], []),
    ("no such program", None, {}, 3, ["no such file"], []),
    ("diverging real recursion", "E(0, 0)\nP[x,y] = E(x,y) + 2 P[x,z] E(z,y)\nP[0,0]?\n", {}, 5, [":2:1:", "'P'", "does not converge"], []),
    ("singular matrix", "A = [[1, 2], [2, 4]]\nY[i,j] = inverse(A[i,j])\nY?\n", {}, 5, [":2:1:", "'A'", "singular"], []),
    ("integer beyond 32 bits", "N2(2000000000)\nN2(y) <- N2(x), y = x + x\nN2(x)?\n", {}, 4, [":2:1:", "'N2'", "32 bits"], []),
    ("relation beyond the memory cap",
     "".join(f"N({n})\n" for n in range(3000)) + "P(x,y,z) <- N(x), N(y), N(z)\nC = P(x,y,z)\nC?\n", {}, 4, [":3001:1:", "memory", "'P'"], ["--max-memory", "64M"]),
]


def run(binary, arguments, folder):
    return subprocess.run([binary, "run"] + arguments, cwd=folder, capture_output=True, text=True, errors="replace",
                          timeout=60, stdin=subprocess.DEVNULL)


def check(binary, name, program, files, status, words, extra):
    with tempfile.TemporaryDirectory() as folder:
        for file, writer in files.items():
            writer(os.path.join(folder, file))
        if program is not None:
            write(program)(os.path.join(folder, "case.tl"))
        start = time.monotonic()
        try:
            done = run(binary, ["case.tl"] + extra, folder)
        except subprocess.TimeoutExpired:
            return "no answer in 60 s"
        if done.returncode != status:
            return f"exit {done.returncode}, expected {status}: {done.stderr.strip()[:400]}"
        if "error: " not in done.stderr:
            return f"no error message: {done.stderr.strip()[:400]}"
        for word in words:
            if word not in done.stderr:
                return f"'{word}' is not in: {done.stderr.strip()[:400]}"
        if len(done.stderr) > 20000:
            return f"{len(done.stderr)} bytes of messages"
        if time.monotonic() - start > 20:
            return f"took {time.monotonic() - start:.1f} s"
    return None


LONG_FIXPOINT = "Next(0, 1)\nCount(x) <- Next(x, _)\nCount(y) <- Count(x), y = x + 1, y < 2000000000\nN = Count(x)\nN?\n"


def interrupted(binary, backend, arguments, send):
    """Ctrl-C or the clock in a long fixpoint: stops soon, with its own exit code."""
    with tempfile.TemporaryDirectory() as folder:
        write(LONG_FIXPOINT)(os.path.join(folder, "case.tl"))
        process = subprocess.Popen([binary, "run", "case.tl", "--backend", backend] + arguments, cwd=folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        if send:
            time.sleep(1.0)
            process.send_signal(signal.SIGINT)
        start = time.monotonic()
        try:
            _, stderr = process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            return "did not stop in 15 s"
        expected = 130 if send else 4
        if process.returncode != expected:
            return f"exit {process.returncode}, expected {expected}: {stderr.strip()[:300]}"
        if send and time.monotonic() - start > 5:
            return f"took {time.monotonic() - start:.1f} s to stop"
    return None


def main():
    binary = os.path.join(os.path.abspath(sys.argv[1]), "bin/tl")
    results = [(case[0], check(binary, *case)) for case in CASES]
    for backend in ("cpu", "reference"):
        results.append((f"Ctrl-C in a long fixpoint ({backend})", interrupted(binary, backend, [], True)))
        results.append((f"--timeout in a long fixpoint ({backend})", interrupted(binary, backend, ["--timeout", "1"], False)))
    failed = [(name, wrong) for name, wrong in results if wrong]
    for name, wrong in failed:
        print(f"FAIL {name}: {wrong}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
