#!/usr/bin/python3
"""Times programs and prints and stores one JSON row per case.

usage: run.py [BUILD_FOLDER] [--only NAME ...] [--threads N ...] [--repeat N] [--peer]

Outputs are compared with the known answers before times are. `ms` is the median of the process time (user and system),
which a busy machine changes least; `wall_ms` the median of the wall clock. Rows are appended to BUILD_FOLDER/bench.jsonl.
`--peer` also runs DuckDB, when `pip install duckdb` has been done for this Python.
"""
import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
from datalog import cases  # noqa: E402


def timed(command, limit):
    """One run: output, milliseconds of the processors and of the clock, peak MB; None when it fails."""
    with tempfile.TemporaryFile("w+") as output:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - start > limit:
                child.kill()
                os.wait4(child.pid, 0)
                child.returncode = -9
                return None, f"no answer within {limit} s"
            time.sleep(0.002)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        output.seek(0)
        text = output.read()
    if child.returncode != 0:
        return None, text.strip()
    return (text, 1000 * (usage.ru_utime + usage.ru_stime), 1000 * wall, usage.ru_maxrss / 1024), None


def measure(command, answer, options):
    samples = []
    for _ in range(options.repeat):
        sample, failure = timed(command, options.limit)
        if failure is None and cases.numbers(sample[0]) != answer:
            failure = f"printed {cases.numbers(sample[0])}, expected {answer}"
        if failure is not None:
            return {"error": failure}
        samples.append(sample[1:])
    middle = [statistics.median(column) for column in zip(*samples)]
    return {"ms": round(middle[0], 1), "wall_ms": round(middle[1], 1), "peak_mb": round(max(s[2] for s in samples), 1)}


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def store(row, options):
    line = json.dumps(row)
    print(line, flush=True)
    with open(os.path.join(options.build, "bench.jsonl"), "a", encoding="utf-8") as file:
        file.write(line + "\n")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build"))
    parser.add_argument("--only", nargs="*", choices=sorted(cases.CASES), default=list(cases.CASES))
    parser.add_argument("--threads", nargs="*", type=int, default=[1])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120, help="seconds before a run is given up")
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--option", action="append", default=[], help="a further option of tl, as --option=--join=rows")
    return parser.parse_args()


def main():
    options = parsed()
    if options.peer and not importlib.util.find_spec("duckdb"):
        sys.exit("run.py: --peer needs duckdb for this Python: pip install duckdb")
    folder = os.path.join(options.build, "bench")
    failed = 0
    for name in options.only:
        program, rows, answer = cases.prepare(name, folder)
        for threads in options.threads:
            runs = {"cpu": [os.path.join(options.build, "bin/tl"), "run", program, "--format", "json", "--threads", str(threads),
                            *options.option]}
            peer = cases.peer(name, folder, threads) if options.peer else None
            if peer:
                runs["duckdb"] = [sys.executable, *peer]
            for backend, command in runs.items():
                row = {"name": name, "backend": backend, "threads": threads, "size": rows, **measure(command, answer, options),
                       "commit": commit()}
                failed += backend == "cpu" and "error" in row
                store(row, options)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
