#!/usr/bin/python3
"""Writes images of handwritten digits (8 x 8 points, the UCI set that scikit-learn bundles) as files for digits_*.tl.

usage: digits_prepare.py FOLDER

All 1797 of them where python3-sklearn is installed, and else the 600 of digits.txt. A part of them, in an order that is always the
same, is for testing.
"""
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def load():
    """Images with values from 0 to 1, and their digits."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        return excerpt()
    digits = load_digits()
    return digits.images.astype(np.float32) / 16, digits.target.astype(np.int64)


def excerpt():
    """A line has the digit and one letter for each point, 'a' for white to 'q' for black."""
    with open(os.path.join(HERE, "digits.txt"), encoding="utf-8") as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    points = np.array([[ord(letter) - ord("a") for letter in image] for _, image in lines], dtype=np.float32)
    return points.reshape(-1, 8, 8) / 16, np.array([int(digit) for digit, _ in lines], dtype=np.int64)


def parts():
    """(images, digits) to learn from, and to test with: every fifth."""
    images, labels = load()
    order = np.random.default_rng(0).permutation(len(labels))
    test = len(labels) // 5 // 10 * 10 if len(labels) < 1797 else 360
    chosen = order[:test], order[test:]
    return tuple((images[rows], labels[rows]) for rows in reversed(chosen))


def main():
    for part, (images, labels) in zip(("train", "test"), parts()):
        np.save(os.path.join(sys.argv[1], part + "_images.npy"), images)
        np.save(os.path.join(sys.argv[1], part + "_labels.npy"), labels)


if __name__ == "__main__":
    main()
