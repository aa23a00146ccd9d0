#!/usr/bin/python3
"""Writes a family, made up from a fixed seed, for rule_weights.tl: parent.tsv, brother.tsv, sister.tsv, married.tsv, and what is told
of uncles, told.tsv, of the pairs in asked.tsv. One answer in ten is wrong.

usage: rule_weights_prepare.py FOLDER
"""
import os
import sys

import numpy as np

NOISE = 0.1
GENERATIONS, COUPLES = 4, 10


def family(draw):
    """(pairs by relation, whether a person is a man). Couples of a generation have one to three children; children of different
    couples marry."""
    parent, married, sibling, man = set(), set(), set(), {}
    people = iter(range(1000))
    couples = []
    for _ in range(COUPLES):
        wife, husband = next(people), next(people)
        man.update({wife: False, husband: True})
        couples.append((wife, husband))
    for _ in range(GENERATIONS - 1):
        girls, boys = [], []
        for couple in couples:
            children = [next(people) for _ in range(draw.integers(1, 4))]
            parent |= {(one, child) for one in couple for child in children}
            sibling |= {(a, b) for a in children for b in children if a != b}
            for child in children:
                man[child] = bool(draw.integers(2))
                (boys if man[child] else girls).append(child)
        married |= set(couples)
        draw.shuffle(girls)
        couples = list(zip(girls, boys))
    married |= set(couples)
    return {"parent": parent, "married": married, "brother": {(a, b) for a, b in sibling if man[a]},
            "sister": {(a, b) for a, b in sibling if not man[a]}}


def uncles(pairs):
    """uncle(x, z): z is the brother of a parent of x, or married to the sister of one."""
    found = set()
    for parent, x in pairs["parent"]:
        found |= {(x, z) for z, other in pairs["brother"] if other == parent}
        found |= {(x, husband) for sister, other in pairs["sister"] if other == parent
                  for wife, husband in pairs["married"] if wife == sister}
    return found


def main():
    draw = np.random.default_rng(4)
    pairs = family(draw)
    people = sorted({person for relation in pairs.values() for pair in relation for person in pair})
    right = uncles(pairs)
    others = [(x, z) for x in people for z in people if x != z and (x, z) not in right]
    near = {(x, z) for x, z in others if any((y, x) in pairs["parent"] and ((z, y) in pairs["parent"] or (y, z) in pairs["married"])
                                             for y in people) or (z, x) in pairs["brother"]}
    asked = sorted(right) + sorted(near) + [others[k] for k in draw.choice(len(others), 200, replace=False) if others[k] not in near]
    told = [pair for pair in asked if (pair in right) != (draw.random() < NOISE)]
    for name, rows in {**pairs, "asked": asked, "told": told}.items():
        with open(os.path.join(sys.argv[1], name + ".tsv"), "w", encoding="utf-8") as file:
            file.writelines(f"p{a}\tp{b}\n" for a, b in sorted(rows))


if __name__ == "__main__":
    main()
