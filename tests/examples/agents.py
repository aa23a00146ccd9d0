#!/usr/bin/python3
"""The agents of the gallery from several seeds: the best values equal value iteration in numpy, and what the learnt policy is worth, computed here from its
probabilities and the maze, is at least 0.95 of the best.

usage: agents.py BUILD_FOLDER
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIZE, GOAL, GAMMA = 5, 24, 0.9
WALLS = {(1, 1), (1, 2), (1, 3), (3, 0), (3, 1), (3, 3)}
WAYS = [(1, 0), (-1, 0), (0, 1), (0, -1)]
SEEDS = range(5)


def maze():
    """Where each action leads from each free cell."""
    free = [(x, y) for y in range(SIZE) for x in range(SIZE) if (x, y) not in WALLS]
    leads = {}
    for x, y in free:
        moved = [(x + i, y + j) for i, j in WAYS]
        leads[SIZE * y + x] = [SIZE * v + u if (u, v) in free else SIZE * y + x for u, v in moved]
    return leads


def values(leads, weights):
    """What a policy is worth from each cell; the best policy where there are no weights."""
    value = np.zeros(SIZE * SIZE)
    for _ in range(2000):
        new = np.zeros_like(value)
        for s, nexts in leads.items():
            if s != GOAL:
                gains = [GAMMA * (1 if r == GOAL else value[r]) for r in nexts]
                new[s] = max(gains) if weights is None else weights[s] @ gains
        value = new
    return value


def check(binary, path, seed):
    """What is wrong, or nothing."""
    done = subprocess.run([binary, "run", path, "--format", "json", "--seed", str(seed)], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    if done.returncode:
        return f"exit {done.returncode}: {done.stderr[:500]}"
    answers = {answer["query"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    leads = maze()
    best, given = values(leads, None), answers["Best"]["data"]
    for s in leads:
        if s != GOAL and not abs(given[s] - best[s]) < 1e-5:
            return f"the best value of {s} is {given[s]}, expected {best[s]}"
    share = values(leads, np.array(answers["Pi"]["data"])).sum() / best.sum()
    if not share >= 0.95:
        return f"the policy is worth {share:.4f} of the best"
    if not abs(share - answers["Share"]["data"]) < 1e-3:
        return f"the policy is worth {share:.4f} of the best, tl says {answers['Share']['data']}"
    return None


def main():
    binary = os.path.join(os.path.abspath(sys.argv[1]), "bin/tl")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "agents.tl")
        with open(os.path.join(ROOT, "examples/gallery/agents.tl"), encoding="utf-8") as source, open(path, "w", encoding="utf-8") as copy:
            copy.write(source.read() + "Pi?\nShare?\n")
        for seed in SEEDS:
            if wrong := check(binary, path, seed):
                failed += 1
                print(f"FAIL seed {seed}: {wrong}")
    print(f"{len(SEEDS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
