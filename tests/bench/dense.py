#!/usr/bin/python3
"""Times dense programs beside the machine's limits, numpy and, where this Python has it, torch; one JSON row per case.

usage: dense.py [BUILD_FOLDER] [--only NAME ...] [--threads N] [--repeat N] [--option=OPTION ...]

All of one case is measured in turn, within one run. `ms` is the median processor time (user and system) over the threads used; `of_limit` the
time that the machine's limit allows over it, `of_peer` that of the best peer. Outputs are compared before times are. Rows are appended to
tests/bench/results/dense.jsonl.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build"))
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--option", action="append", default=[])
    parser.add_argument("--no-peer", action="store_true")
    return parser.parse_args()


OPTIONS = parsed()
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(OPTIONS.threads)

import numpy as np  # noqa: E402

sys.path.insert(0, HERE)
from tensors.cases import CASES  # noqa: E402

try:
    import torch
    torch.set_num_threads(OPTIONS.threads)
    torch.set_grad_enabled(False)
except ImportError:
    torch = None


def timed(function):
    """Median processor milliseconds of a call, and the result of one."""
    result = function()
    samples = []
    for _ in range(OPTIONS.repeat):
        start = time.process_time()
        function()
        samples.append(1e3 * (time.process_time() - start))
    return statistics.median(samples), np.asarray(result)


def tl(case, folder):
    """Milliseconds of the processors for a run, and the element asked for."""
    path = os.path.join(folder, "case.tl")
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(f'{name} = "{name}.npy"\n' for name in case["arrays"]) + case["text"])
    for name, array in case["arrays"].items():
        np.save(os.path.join(folder, name + ".npy"), array)
    done = subprocess.run([os.path.join(OPTIONS.build, "bin/tl"), "run", path, "--format", "json", "--repeat", str(OPTIONS.repeat + 2),
                           "--threads", str(OPTIONS.threads), *OPTIONS.option], capture_output=True, text=True)
    found = re.search(r"median of the processors ([0-9.]+) ms", done.stderr)
    if done.returncode != 0 or not found:
        raise RuntimeError(done.stderr)
    answer = json.loads(done.stdout)
    value = answer["value"] if "value" in answer else np.asarray(answer["data"]).reshape(-1)[0]
    return float(found[1]), float(value)


def limits():
    """GFLOP/s of f32 products and GB/s of a copy: the best that this process gets from numpy (with OpenBLAS, close to the machine's peak)."""
    a = np.ones((1536, 1536), np.float32)
    x, y = np.ones(1 << 24, np.float32), np.empty(1 << 24, np.float32)

    def best(function):
        samples = []
        for _ in range(5):
            start = time.process_time()
            function()
            samples.append(time.process_time() - start)
        return min(samples)
    return 2.0 * 1536 ** 3 / best(lambda: a @ a) / 1e9, 8.0 * (1 << 24) / best(lambda: np.copyto(y, x)) / 1e9


def main():
    gflops, bandwidth = limits()
    print(f"limits here: {gflops:.0f} GFLOP/s (the best of numpy's products), {bandwidth:.1f} GB/s (copy)", flush=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    results = os.path.join(HERE, "results")
    os.makedirs(results, exist_ok=True)
    failed = 0
    for name in OPTIONS.only or CASES:
        case = CASES[name]()
        with tempfile.TemporaryDirectory() as folder:
            milliseconds, value = tl(case, folder)
        limit = max(1e3 * case["flops"] / gflops / 1e9, 1e3 * case["bytes"] / bandwidth / 1e9)
        row = {"name": name, "backend": "cpu", "threads": OPTIONS.threads, "ms": milliseconds,
               "limit_ms": round(limit, 3), "of_limit": round(limit / milliseconds, 3)}
        if case["flops"]:
            row["gflops"] = round(case["flops"] / milliseconds / 1e6, 1)
        peers = {} if OPTIONS.no_peer else {"numpy": case["numpy"]}
        if torch and peers:
            peers["torch"] = case["torch"](torch)
        for peer, function in peers.items():
            row[peer + "_ms"], result = timed(function)
            wanted = float(case["answer"](result))
            if abs(value - wanted) > 1e-3 * max(1.0, abs(wanted)):
                row["error"] = f"{value} where {peer} has {wanted}"
                failed += 1
        if peers:
            row["of_peer"] = round(min(row[peer + "_ms"] for peer in peers) / milliseconds, 3)
        row["commit"] = commit
        line = json.dumps({key: round(v, 3) if isinstance(v, float) else v for key, v in row.items()})
        print(line, flush=True)
        with open(os.path.join(results, "dense.jsonl"), "a", encoding="utf-8") as file:
            file.write(line + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
