#!/usr/bin/python3
"""Writes a text as numbers for characters.tl: text.npy to learn from, later.npy, its last tenth, to be asked about.

usage: characters_prepare.py FOLDER [TEXT_FILE]

Without a file it is the first book of the King James Bible where the program 'bible' (Debian package bible-kjv) is installed,
and else genesis.txt, its first six chapters.
"""
import os
import re
import shutil
import subprocess
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ALPHABET = "\n abcdefghijklmnopqrstuvwxyz,.:;?!'()-"


def read_text():
    if len(sys.argv) > 2:
        name = sys.argv[2]
    elif shutil.which("bible"):
        done = subprocess.run(["bible", "-f", "gen1:1-gen50:26"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
        return re.sub(r"^[A-Za-z0-9]+:[0-9]+ ", "", done.stdout, flags=re.MULTILINE)
    else:
        name = os.path.join(HERE, "genesis.txt")
    with open(name, encoding="utf-8") as file:
        return file.read()


def main():
    numbers = np.array([ALPHABET.index(letter) for letter in read_text().lower() if letter in ALPHABET], dtype=np.int64)
    end = len(numbers) * 9 // 10
    np.save(os.path.join(sys.argv[1], "text.npy"), numbers[:end])
    np.save(os.path.join(sys.argv[1], "later.npy"), numbers[end:])


if __name__ == "__main__":
    main()
