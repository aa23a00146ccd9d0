#!/usr/bin/python3
"""Writes what is a kind of what for words.tl: words.txt, isa.tsv, and twice.tsv, the pairs two steps apart.

usage: words_prepare.py FOLDER

The words are those below 'mammal' in WordNet 3.0, at most 4 steps down, where it is installed (Debian package wordnet-base), and
else those of words.tsv, a part of them.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WORDNET = "/usr/share/wordnet/data.noun"
DEEPEST = 4


def wordnet():
    """(word, what it is a kind of), each word once."""
    names, above = {}, {}
    with open(WORDNET, encoding="utf-8") as file:
        for line in file:
            if line.startswith("  "):
                continue
            fields = line.split(" | ")[0].split()
            words = int(fields[3], 16)
            names[fields[0]] = fields[4].lower()
            pointers = fields[4 + 2 * words:]
            above[fields[0]] = [pointers[k + 1] for k in range(1, len(pointers) - 3, 4) if pointers[k] == "@"][:1]
    below = {}
    for synset, parents in above.items():
        for parent in parents:
            below.setdefault(parent, []).append(synset)
    pairs, seen = [], {"mammal"}
    level = [next(synset for synset, name in names.items() if name == "mammal")]
    for _ in range(DEEPEST):
        following = []
        for parent in level:
            for synset in sorted(below.get(parent, []), key=names.get):
                if names[synset] not in seen:
                    seen.add(names[synset])
                    pairs.append((names[synset], names[parent]))
                    following.append(synset)
        level = following
    return pairs


def excerpt():
    with open(os.path.join(HERE, "words.tsv"), encoding="utf-8") as file:
        return [tuple(line.split()) for line in file if not line.startswith("#")]


def main():
    pairs = wordnet() if os.path.exists(WORDNET) else excerpt()
    above = dict(pairs)
    for name, lines in (("words.txt", sorted({word for pair in pairs for word in pair})),
                        ("isa.tsv", ["\t".join(pair) for pair in pairs]),
                        ("twice.tsv", [f"{word}\t{above[parent]}" for word, parent in pairs if parent in above])):
        with open(os.path.join(sys.argv[1], name), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
