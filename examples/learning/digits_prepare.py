#!/usr/bin/python3
"""Writes the digits of scikit-learn (python3-sklearn; 1797 images of 8 x 8 from the UCI set) as files for digits_*.tl.

usage: digits_prepare.py FOLDER

images.npy and labels.npy in a fixed random order; train.tsv and test.tsv list the rows of either part.
"""
import os
import sys

import numpy as np
from sklearn.datasets import load_digits

TEST = 360


def main():
    folder = sys.argv[1]
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    images, labels = digits.images[order].astype(np.float32) / 16, digits.target[order].astype(np.int64)
    for part, rows in (("test", slice(0, TEST)), ("train", slice(TEST, None))):
        np.save(os.path.join(folder, part + "_images.npy"), images[rows])
        np.save(os.path.join(folder, part + "_labels.npy"), labels[rows])


if __name__ == "__main__":
    main()
