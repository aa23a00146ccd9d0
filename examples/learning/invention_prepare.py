#!/usr/bin/python3
"""Writes who likes, helps and teaches whom for invention.tl. Behind it stand four kinds of people, which the program is not told;
kinds.npy has them to compare with.

usage: invention_prepare.py FOLDER
"""
import os
import sys

import numpy as np

PEOPLE, KINDS, RELATIONS = 48, 4, 3


def main():
    draw = np.random.default_rng(6)
    kinds = draw.permutation(np.arange(PEOPLE) % KINDS)
    chance = np.where(draw.random((RELATIONS, KINDS, KINDS)) < 0.4, 0.92, 0.06)
    holds = draw.random((RELATIONS, PEOPLE, PEOPLE)) < chance[:, kinds[:, None], kinds[None, :]]
    known = draw.random(holds.shape) < 0.7
    for name, array in (("holds", holds), ("known", known)):
        np.save(os.path.join(sys.argv[1], name + ".npy"), array.astype(np.float32))
    np.save(os.path.join(sys.argv[1], "kinds.npy"), kinds)


if __name__ == "__main__":
    main()
