"""What the checks of models share: running tl, and files of weights."""
import json
import os
import struct
import subprocess

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


backend = []  # options that every program is run with


class Failure(Exception):
    """What is wrong, in words."""


def run(binary, folder, text, *options):
    path = os.path.join(folder, "case.tl")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return subprocess.run([binary, "run", path, "--format", "json", *backend, *options], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)


def answers(done):
    if done.returncode:
        raise Failure(f"exit {done.returncode}: {done.stderr[:1500]}")
    return [json.loads(line)["data"] for line in done.stdout.splitlines()]


def expect(actual, wanted, what):
    if actual != wanted:
        raise Failure(f"{what}: tl says {actual}, expected {wanted}")


def save(path, tensors):
    header, offset = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + 4 * array.size]}
        offset += 4 * array.size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(numpy.ascontiguousarray(array, numpy.float32).tobytes())


def program(name, extra="", generates=True):
    """A program of examples/models; without its generation it reads the prompt only."""
    with open(os.path.join(ROOT, "examples/models", name), encoding="utf-8") as file:
        lines = file.read().split("\n")
    return "\n".join(line for line in lines if generates or not line.startswith(("Tok[p+1] = argmax", "Given"))) + extra


def generated(logits_of, prompt, length):
    text = list(prompt)
    while len(text) < length:
        text.append(int(logits_of(text)[-1].argmax()))
    return text
