"""The programs of tests/gpu/programs and their data, in plain Python: a machine with a GPU may have nothing else."""
import glob
import json
import math
import os
import random
import re
import shutil
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
UNSUPPORTED = re.compile(r"\S.* is not supported by the CUDA backend yet")


# Where functions of reals have to take care.
SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5, 1e-45, -1e-40, 3e38, -3e38, 88.7, 89.0, -87.5, -104.0, 1e-3, -20.0, 7.5,
           math.inf, -math.inf, math.nan]
TOLERANCES = {"f32": 2e-5, "f64": 1e-12, "bf16": 1e-2}


def dtypes(program):
    """The element types that a program is to be run with."""
    with open(program, encoding="utf-8") as file:
        found = re.search(r"^// dtypes: (.*)$", file.read(), re.M)
    return found[1].split() if found else ["f32"]


def programs():
    return sorted(glob.glob(os.path.join(HERE, "programs/*.tl")))


def suites(full):
    """The programs with answers of the repository; all of the library only if `full`."""
    patterns = ["tests/programs/*.tl", "examples/paper/*.tl", "examples/tour/*.tl"] + (["stdlib/**/*.tl"] if full else [])
    found = {file for pattern in patterns for file in glob.glob(os.path.join(ROOT, pattern), recursive=True)}
    return sorted(found - {os.path.join(ROOT, "stdlib/optim.tl")})  # what `learn` instantiates


def write_array(path, shape, kind, values):
    """A .npy file of f32 (`f4`) or i64 (`i8`)."""
    extents = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
    header = f"{{'descr': '<{kind}', 'fortran_order': False, 'shape': {extents}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack(f"<{len(values)}{'f' if kind == 'f4' else 'q'}", *values))


def prepare(program, folder):
    """Copies a program and writes the data that its first lines ask for, the same each time; its path."""
    with open(program, encoding="utf-8") as file:
        text = file.read()
    draw = random.Random(7)
    for entry in re.findall(r"^// data: (.*)$", text, re.M):
        for name, extents in re.findall(r"(\w+) ([\dx]+)", entry):
            shape = [int(extent) for extent in extents.split("x")]
            write_array(os.path.join(folder, name + ".npy"), shape, "f4", [draw.gauss(0, 1) for _ in range(math.prod(shape))])
    for name in re.findall(r"^// special: (\w+)$", text, re.M):
        write_array(os.path.join(folder, name + ".npy"), [len(SPECIAL)], "f4", SPECIAL)
    for name, length, bound in re.findall(r"^// integers: (\w+) (\d+) (\d+)$", text, re.M):
        write_array(os.path.join(folder, name + ".npy"), [int(length)], "i8", [draw.randrange(int(bound)) for _ in range(int(length))])
    return shutil.copy(program, folder)


def numbers(done):
    """The answers of a run with `--format json`, one after the other, absent ones None; None when it did not run."""
    if done.returncode != 0:
        return None
    flat = []

    def add(value):
        if isinstance(value, list):
            for element in value:
                add(element)
        else:
            flat.append(value if value is None else float(value))

    for line in done.stdout.splitlines():
        if line.strip():
            add(json.loads(line)["data"])
    return flat


def agree(found, wanted, tolerance=2e-5):
    def same(a, b):
        if a is None or b is None or math.isnan(a) or math.isnan(b):
            return (a is None) == (b is None) and (a is None or math.isnan(a) == math.isnan(b))
        return a == b or abs(a - b) <= tolerance * (1 + abs(b))

    return found is not None and wanted is not None and len(found) == len(wanted) and all(map(same, found, wanted))
