#!/usr/bin/python3
"""Writes pairs of handwritten digits and their sums for digit_sum.tl.

usage: digit_sum_prepare.py FOLDER

The digits are those of digits.txt.
"""
import os
import sys

import numpy as np

import digits_prepare

PAIRS = 4000


def main():
    folder = sys.argv[1]
    (images, labels), (test_images, test_labels) = digits_prepare.parts()
    shown = np.random.default_rng(1).integers(len(images), size=(PAIRS, 2))
    for name, array in (("train_images", images), ("test_images", test_images), ("test_labels", test_labels), ("pairs", shown),
                        ("sums", labels[shown].sum(axis=1))):
        np.save(os.path.join(folder, name + ".npy"), array)


if __name__ == "__main__":
    main()
