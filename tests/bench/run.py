#!/usr/bin/python3
"""Times programs and prints and stores one JSON row per case.

usage: run.py [BUILD_FOLDER] [--only NAME ...] [--threads N ...] [--repeat N] [--peer] [--results FILE]

Outputs are compared with the known answers before times are. `ms` is the median of the process time (user and system),
which a busy machine changes least; `wall_ms` the median of the wall clock; `load` the load of the machine meanwhile. Rows
are appended to BUILD_FOLDER/bench.jsonl, or to FILE. `--peer` also runs DuckDB on the same work, in turns with tl, and
`ratio` is then the median of tl's time over DuckDB's, pair by pair; DuckDB is installed into BUILD_FOLDER/peer with pip.
"""
import argparse
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


def sample(command, answer, options):
    """Milliseconds and peak of one run, or what is wrong with it, and the numbers that it printed."""
    run, failure = timed(command, options.limit)
    if failure is not None:
        return None, failure, None
    found = cases.numbers(run[0])
    if answer is not None and found != answer:
        return None, f"printed {found}, expected {answer}", None
    return run[1:], None, found


def measure(commands, answer, options):
    """A row for each command, which take turns. Where the answer is not known, all must print the same."""
    samples = {name: [] for name in commands}
    rows = {}
    for _ in range(options.repeat):
        for name in reversed(commands):
            if name in rows:
                continue
            run, failure, found = sample(commands[name], answer, options)
            if failure is not None:
                rows[name] = {"error": failure}
                continue
            answer = found
            samples[name].append(run)
    for name in commands:
        if name not in rows:
            middle = [statistics.median(column) for column in zip(*samples[name])]
            rows[name] = {"ms": round(middle[0], 1), "wall_ms": round(middle[1], 1),
                          "peak_mb": round(max(run[2] for run in samples[name]), 1)}
    pairs = list(zip(*samples.values()))
    if len(commands) == 2 and len(pairs) == options.repeat:
        rows["cpu"]["ratio"] = round(statistics.median(ours[0] / theirs[0] for ours, theirs in pairs), 3)
    return rows


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def store(row, options):
    line = json.dumps(row)
    print(line, flush=True)
    with open(options.results or os.path.join(options.build, "bench.jsonl"), "a", encoding="utf-8") as file:
        file.write(line + "\n")


def peer_python(build):
    """A Python that has DuckDB."""
    folder = os.path.join(build, "peer")
    python = os.path.join(folder, "bin", "python")
    if subprocess.run([python, "-c", "import duckdb"], capture_output=True).returncode if os.path.exists(python) else True:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "duckdb"], check=True)
    return python


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build"))
    parser.add_argument("--only", nargs="*", choices=sorted(cases.CASES), default=list(cases.CASES))
    parser.add_argument("--threads", nargs="*", type=int, default=[1])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120, help="seconds before a run is given up")
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--results", help="a file to append the rows to")
    parser.add_argument("--option", action="append", default=[], help="a further option of tl, as --option=--join=rows")
    return parser.parse_args()


def main():
    options = parsed()
    python = peer_python(options.build) if options.peer else None
    folder = os.path.join(options.build, "bench")
    failed = 0
    for name in options.only:
        program, rows, answer = cases.prepare(name, folder)
        for threads in options.threads:
            commands = {"cpu": [os.path.join(options.build, "bin/tl"), "run", program, "--format", "json",
                                "--threads", str(threads), *options.option]}
            peer = cases.peer(name, folder, threads) if options.peer else None
            if peer:
                commands["duckdb"] = [python, *peer]
            for backend, figures in measure(commands, answer, options).items():
                row = {"name": name, "backend": backend, "threads": threads, "size": rows, **figures,
                       "load": round(os.getloadavg()[0], 1), "commit": commit()}
                failed += backend == "cpu" and "error" in row
                store(row, options)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
