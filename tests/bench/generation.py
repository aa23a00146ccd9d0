#!/usr/bin/python3
"""Times the generation of a text by GPT-2 with its real shapes and random weights beside numpy and torch with a cache of keys and values.

usage: generation.py [BUILD_FOLDER] [--words N ...] [--given N] [--threads N] [--repeat N] [--layers N] [--vocabulary N] [--option=OPTION ...]

The text is in its own recursion: examples/models/gpt2.tl as it stands, with a given beginning. `ms` is what one more word costs, in milliseconds of the
processors: the difference between a text that goes on by N words and one that goes on by one, over N - 1. `limit_ms` is the time that reading the
weights once takes. The texts must be the same before times count. Rows are appended to tests/bench/results/generation.jsonl.
"""
import argparse
import json
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build"))
    parser.add_argument("--words", type=int, nargs="*", default=[32])
    parser.add_argument("--given", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--vocabulary", type=int, default=50257)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--option", action="append", default=[])
    return parser.parse_args()


OPTIONS = parsed()
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(OPTIONS.threads)

import numpy as np  # noqa: E402

try:
    import torch
    torch.set_num_threads(OPTIONS.threads)
    torch.set_grad_enabled(False)
except ImportError:
    torch = None

SIZE = 64
LAYER = {"ln_1.weight": (1,), "ln_1.bias": (1,), "attn.c_attn.weight": (1, 3), "attn.c_attn.bias": (3,), "attn.c_proj.weight": (1, 1), "attn.c_proj.bias": (1,),
         "ln_2.weight": (1,), "ln_2.bias": (1,), "mlp.c_fc.weight": (1, 4), "mlp.c_fc.bias": (4,), "mlp.c_proj.weight": (4, 1), "mlp.c_proj.bias": (1,)}


def weights():
    """Tensors under their usual names."""
    width, draw = OPTIONS.width, np.random.default_rng(5)
    shapes = {"wte.weight": (OPTIONS.vocabulary, width), "wpe.weight": (1024, width), "ln_f.weight": (width,), "ln_f.bias": (width,)}
    for layer in range(OPTIONS.layers):
        shapes |= {f"h.{layer}.{name}": tuple(width * times for times in sides) for name, sides in LAYER.items()}
    return {name: (0.05 * draw.standard_normal(shape, np.float32) + (".weight" in name and "ln_" in name)) for name, shape in shapes.items()}


def save(path, tensors):
    header, offset = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array, np.float32).tobytes())


def tl(folder, given, length):
    """Milliseconds of the processors for a run, and the text."""
    with open(os.path.join(ROOT, "examples/models/gpt2.tl"), encoding="utf-8") as file:
        lines = [line for line in file.read().split("\n") if not line.startswith(('Prompt =', '"tokenizer'))]
    path = os.path.join(folder, "case.tl")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + f"\nPrompt = {given}\n")
    constants = {"Layers": OPTIONS.layers, "Size": SIZE, "Width": OPTIONS.width, "Length": length}
    command = [os.path.join(OPTIONS.build, "bin/tl"), "run", path, "--format", "json", "--repeat", str(OPTIONS.repeat + 1), "--threads", str(OPTIONS.threads)]
    command += [part for name, value in constants.items() for part in ("-D", f"{name}={value}")]
    done = subprocess.run([*command, *OPTIONS.option], capture_output=True, text=True)
    found = re.search(r"median of the processors ([0-9.]+) ms", done.stderr)
    if done.returncode != 0 or not found:
        raise RuntimeError(done.stderr)
    return float(found[1]), json.loads(done.stdout)["data"]


class Numpy:
    """One word after the other, with the keys and values of those before."""
    zeros = staticmethod(np.zeros)

    def __init__(self, w):
        # Both sides of a product as they lie in the file: rows of the vector times the matrix.
        self.w = w

    def norm(self, x, name):
        centred = x - x.mean()
        return centred / np.sqrt((centred * centred).mean() + np.float32(1e-5)) * self.w[name + ".weight"] + self.w[name + ".bias"]

    def linear(self, x, name):
        return x @ self.w[name + ".weight"] + self.w[name + ".bias"]

    def gelu(self, x):
        return 0.5 * x * (1 + np.tanh(np.float32(0.7978845608028654) * (x + np.float32(0.044715) * x * x * x)))

    def attend(self, q, keys, values):
        scores = np.einsum("hk,phk->hp", q, keys) / np.float32(SIZE ** 0.5)
        scores = np.exp(scores - scores.max(1, keepdims=True))
        return np.einsum("hp,phk->hk", scores / scores.sum(1, keepdims=True), values)

    def words(self, x):
        return self.w["wte.weight"] @ x

    def text(self, given, length):
        width = OPTIONS.width
        cache = self.zeros((OPTIONS.layers, 2, length, width // SIZE, SIZE), **self.kind())
        text = list(given)
        for p in range(length - 1):
            x = self.w["wte.weight"][text[p]] + self.w["wpe.weight"][p]
            for layer in range(OPTIONS.layers):
                name = f"h.{layer}."
                parts = self.linear(self.norm(x, name + "ln_1"), name + "attn.c_attn").reshape(3, -1, SIZE)
                cache[layer, 0, p], cache[layer, 1, p] = parts[1], parts[2]
                mixed = self.attend(parts[0], cache[layer, 0, :p + 1], cache[layer, 1, :p + 1]).reshape(-1)
                x = x + self.linear(mixed, name + "attn.c_proj")
                x = x + self.linear(self.gelu(self.linear(self.norm(x, name + "ln_2"), name + "mlp.c_fc")), name + "mlp.c_proj")
            if p + 1 >= len(text):
                text.append(int(self.words(self.norm(x, "ln_f")).argmax()))
        return text

    def kind(self):
        return {"dtype": np.float32}


class Torch(Numpy):
    """The same with torch's own functions; products read weights in the order that suits them."""

    def __init__(self, w):
        super().__init__({name: torch.from_numpy(np.ascontiguousarray(a)) for name, a in w.items()})
        self.turned = {name: a.t().contiguous() for name, a in self.w.items() if a.dim() == 2 and name.startswith("h.")}
        self.zeros = torch.zeros

    def norm(self, x, name):
        return torch.nn.functional.layer_norm(x, (OPTIONS.width,), self.w[name + ".weight"], self.w[name + ".bias"])

    def linear(self, x, name):
        return torch.nn.functional.linear(x, self.turned[name + ".weight"], self.w[name + ".bias"])

    def gelu(self, x):
        return torch.nn.functional.gelu(x, approximate="tanh")

    def attend(self, q, keys, values):
        k, v = keys.transpose(0, 1), values.transpose(0, 1)
        return ((q[:, None] @ k.transpose(1, 2)) / SIZE ** 0.5).softmax(-1) @ v

    def words(self, x):
        return torch.nn.functional.linear(x, self.w["wte.weight"])

    def kind(self):
        return {"dtype": torch.float32}


def cost(run, given, words):
    """Milliseconds of the processors for each word after the first, and the text."""
    def timed(length):
        samples = []
        for _ in range(OPTIONS.repeat):
            start = time.process_time()
            text = run(given, length)
            samples.append(1e3 * (time.process_time() - start))
        return statistics.median(samples), text
    short, _ = timed(len(given) + 1)
    whole, text = timed(len(given) + words)
    return (whole - short) / (words - 1), text


def bandwidth():
    """GB/s of reading: the best of a product of a long vector with itself."""
    x = np.ones(1 << 27, np.float32)
    samples = []
    for _ in range(5):
        start = time.process_time()
        x.dot(x)
        samples.append(time.process_time() - start)
    return x.nbytes / min(samples) / 1e9


def main():
    w = weights()
    speed = bandwidth()
    read = sum(a.nbytes for name, a in w.items() if not name.startswith("wpe"))
    limit = 1e3 * read / speed / 1e9
    print(f"limit here: {speed:.1f} GB/s (reading); {read / 1e6:.0f} MB of weights", flush=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    peers = {} if OPTIONS.no_peer else {"numpy": Numpy(w)} | ({"torch": Torch(w)} if torch else {})
    given = [int(word) for word in np.random.default_rng(7).integers(0, OPTIONS.vocabulary, OPTIONS.given)]
    os.makedirs(os.path.join(HERE, "results"), exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        save(os.path.join(folder, "model.safetensors"), w)
        for words in OPTIONS.words:
            short, _ = tl(folder, given, len(given) + 1)
            whole, text = tl(folder, given, len(given) + words)
            row = {"name": f"generation_{words}", "backend": "cpu", "threads": OPTIONS.threads, "ms": (whole - short) / (words - 1), "whole_ms": whole,
                   "limit_ms": limit}
            for name, peer in peers.items():
                row[name + "_ms"], wanted = cost(peer.text, given, words)
                if wanted != text:
                    row["error"] = f"{text} where {name} has {wanted}"
                    failed += 1
            if peers:
                row["of_peer"] = min(row[name + "_ms"] for name in peers) / row["ms"]
            row |= {"of_limit": limit / row["ms"], "load": os.getloadavg()[0], "commit": commit}
            line = json.dumps({key: round(v, 3) if isinstance(v, float) else v for key, v in row.items()})
            print(line, flush=True)
            with open(os.path.join(HERE, "results/generation.jsonl"), "a", encoding="utf-8") as file:
                file.write(line + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
