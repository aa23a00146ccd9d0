#!/usr/bin/python3
"""Compares minilm.tl with numpy on prepared data, then with one weight set to zero.

usage: check.py TL_BINARY FOLDER [--backend NAME]

FOLDER is what prepare.py wrote. Prints the smallest cosine over the sentences and the time a sentence; exit 1 when a
cosine is below 0.99999 or the changed weight does not change the answer as in numpy.
"""
import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np

import reference

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "minilm.tl")


def run(binary, folder, extra):
    shutil.copy(PROGRAM, folder)
    start = time.perf_counter()
    done = subprocess.run([binary, "run", os.path.join(folder, "minilm.tl"), "--format", "json", "--threads", "1"] + extra,
                          capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(done.stderr)
    return np.array(json.loads(done.stdout)["data"]), seconds


def cosines(lhs, rhs):
    return (lhs * rhs).sum(-1) / np.linalg.norm(lhs, axis=-1) / np.linalg.norm(rhs, axis=-1)


def zero_one_weight(folder):
    """Sets one large weight of the first query projection to zero, in place in the file."""
    path = os.path.join(folder, "model.safetensors")
    with open(path, "r+b") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        entry = json.loads(file.read(size))["encoder.layer.0.attention.output.dense.weight"]
        file.seek(8 + size + entry["data_offsets"][0])
        values = np.frombuffer(file.read(384 * 384 * 4), "<f4")
        position = int(np.abs(values).argmax())
        file.seek(8 + size + entry["data_offsets"][0] + 4 * position)
        file.write(struct.pack("<f", 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--backend", default="cpu")
    options = parser.parse_args()
    extra = ["--backend", options.backend]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("model.safetensors", "tokens.npy", "lengths.npy"):
            shutil.copy(os.path.join(options.folder, name), folder)
        before, seconds = run(options.binary, folder, extra)
        expected = reference.encode_all(folder)
        lowest = cosines(before, expected).min()
        print(f"{len(expected)} sentences, smallest cosine {lowest:.8f}, {seconds / len(expected) * 1e3:.1f} ms a sentence with start-up")
        zero_one_weight(folder)
        after, _ = run(options.binary, folder, extra)
        change = np.abs((after - before) - (reference.encode_all(folder) - expected)).max()
        moved = np.abs(after - before).max()
        print(f"one weight zeroed: answers move by up to {moved:.2e}, differently from numpy by up to {change:.2e}")
    if lowest < 0.99999 or not moved > 10 * change:
        sys.exit("check.py: the answers are not numpy's")


if __name__ == "__main__":
    main()
