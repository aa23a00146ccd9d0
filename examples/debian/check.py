#!/usr/bin/python3
"""Compares debian.tl with SQLite on the same graph, and measures it.

usage: check.py TL_BINARY [FOLDER] [--backend NAME]

FOLDER is what extract.py wrote; without one the graph is extracted from this machine's apt index. Every answer of the program
is compared with a recursive SQL query. Prints seconds and peak memory of tl.
"""
import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = """
create table edge (x text, y text, primary key (x, y)) without rowid;
create table need (x text, y text, primary key (x, y)) without rowid;
create table size (x text primary key, kib integer) without rowid;
"""
CLOSURE = """
create table {name} (x text, y text, primary key (x, y)) without rowid;
insert into {name} with recursive reach(x, y) as (
  select x, y from {edge} union select reach.x, {edge}.y from reach join {edge} on reach.y = {edge}.x)
select x, y from reach;
"""
QUERIES = {
    "Edges": "select count(*) from edge",
    "Closure": "select count(*) from depends",
    "Sure": "select count(*) from needs",
    "Pairs": "select count(*) from depends a join depends b on a.x = b.y and a.y = b.x where a.x <> a.y",
    "Groups": """select count(distinct first) from (select a.x, min(min(a.y), a.x) first from depends a
                 join depends b on a.x = b.y and a.y = b.x where a.x <> a.y group by a.x)""",
    "Largest": """select max(members) from (select count(*) + 1 members from depends a
                  join depends b on a.x = b.y and a.y = b.x where a.x <> a.y group by a.x)""",
    "Total": "select sum(kib) from depends join size on depends.y = size.x",
    "NeedsLibc": "select count(*) from needs where y = 'libc6'",
    'Depends(x,"python3-numpy")': "select x from depends where y = 'python3-numpy' order by x",
    'Depends("coreutils",y)': "select y from depends where x = 'coreutils' order by y",
    'Weight["gimp"]': "select coalesce(sum(kib), 0) from depends join size on depends.y = size.x where depends.x = 'gimp'",
}


def load(database, folder):
    database.executescript(SCHEMA)
    for table, name in (("edge", "edges.tsv"), ("need", "needs.tsv"), ("size", "size.tsv")):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            database.executemany(f"insert into {table} values (?, ?)", (line.rstrip("\n").split("\t") for line in file))
    database.executescript(CLOSURE.format(name="depends", edge="edge"))
    database.executescript(CLOSURE.format(name="needs", edge="need"))


def run(binary, folder, extra):
    with tempfile.TemporaryDirectory() as temporary:
        for name in ("edges.tsv", "needs.tsv", "size.tsv"):
            os.symlink(os.path.join(os.path.abspath(folder), name), os.path.join(temporary, name))
        program = shutil.copy(os.path.join(HERE, "debian.tl"), temporary)
        start = time.perf_counter()
        done = subprocess.run([binary, "run", program, "--format", "json"] + extra, capture_output=True, text=True)
        seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(done.stderr)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return [json.loads(line) for line in done.stdout.splitlines()], seconds, peak / 1024


def compare(database, answers):
    for answer in answers:
        rows = database.execute(QUERIES[answer["query"]]).fetchall()
        if answer["kind"] == "relation":
            right = sorted(answer["rows"]) == sorted([list(row) for row in rows])
            shown = f"{len(answer['rows'])} rows"
        else:
            right, shown = answer["data"] == rows[0][0], answer["data"]
        yield answer["query"], right, shown, len(rows) if answer["kind"] == "relation" else rows[0][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--backend", default="cpu")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or temporary
        if not options.folder:
            subprocess.run([os.path.join(HERE, "extract.py"), folder], check=True)
        answers, seconds, peak = run(os.path.abspath(options.binary), folder, ["--backend", options.backend])
        with sqlite3.connect(":memory:") as database:
            load(database, folder)
            results = list(compare(database, answers))
    for query, right, shown, expected in results:
        print(f"{'ok  ' if right else 'FAIL'} {query}: {shown}" + ("" if right else f", SQLite says {expected}"))
    print(f"tl took {seconds:.2f} s and {peak:.0f} MiB")
    failed = sum(not right for _, right, _, _ in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
