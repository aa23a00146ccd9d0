#!/usr/bin/python3
"""Writes images of handwritten digits (8 x 8 points, the UCI set that scikit-learn bundles) as files for digits_*.tl.

usage: digits_prepare.py FOLDER

A fifth of them, in an order that is always the same, is for testing.
"""
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
TESTED = 360


def load():
    """Images with values from 0 to 1, and their digits. A line of the file has the digit and one letter for each point."""
    with open(os.path.join(HERE, "digits.txt"), encoding="utf-8") as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    points = np.array([[ord(letter) - ord("a") for letter in image] for _, image in lines], dtype=np.float32)
    return points.reshape(-1, 8, 8) / 16, np.array([int(digit) for digit, _ in lines], dtype=np.int64)


def parts():
    """(images, digits) to learn from, and to test with."""
    images, labels = load()
    order = np.random.default_rng(0).permutation(len(labels))
    chosen = order[:TESTED], order[TESTED:]
    return tuple((images[rows], labels[rows]) for rows in reversed(chosen))


def main():
    for part, (images, labels) in zip(("train", "test"), parts()):
        np.save(os.path.join(sys.argv[1], part + "_images.npy"), images)
        np.save(os.path.join(sys.argv[1], part + "_labels.npy"), labels)


if __name__ == "__main__":
    main()
