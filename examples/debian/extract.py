#!/usr/bin/python3
"""Extracts the dependency graph of every Debian package from the machine's own apt index.

usage: extract.py FOLDER [--excerpt PACKAGE ...]

Writes into FOLDER
  edges.tsv       package, dependency: one line for every named alternative of Depends and Pre-Depends
  needs.tsv       package, dependency: only from groups with a single alternative
  size.tsv        package, installed size in KiB
Virtual packages stand for themselves (they have no edges of their own and size 0). --excerpt keeps the packages named and
those they can reach, so that the result is closed under dependency.
"""
import argparse
import os
import re
import subprocess
import sys


def index_text():
    """The package index of Debian's own suites, decompressed by apt itself."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages", "Origin: Debian"],
        capture_output=True, text=True, check=True)
    names = sorted(set(listing.stdout.split()))
    if not names:
        sys.exit("extract.py: apt has no package index: run 'apt-get update' as root")
    return "".join(
        subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", name], capture_output=True, text=True, check=True).stdout
        for name in names)


def paragraphs(text):
    for block in text.split("\n\n"):
        fields = {}
        for line in block.split("\n"):
            if line[:1] not in ("", " ") and ": " in line:
                key, value = line.split(": ", 1)
                fields[key] = value
        if "Package" in fields:
            yield fields


def groups(fields):
    """Dependency groups as lists of alternatives, names only."""
    for key in ("Pre-Depends", "Depends"):
        for group in filter(None, (part.strip() for part in fields.get(key, "").split(","))):
            yield [re.split(r"[\s:(\[]", alternative.strip(), maxsplit=1)[0] for alternative in group.split("|")]


def load():
    edges, needs, sizes = {}, {}, {}
    for fields in paragraphs(index_text()):
        name = fields["Package"]
        # A later suite (security, updates) replaces the earlier entry of the same name.
        sizes[name] = int(fields.get("Installed-Size", "0"))
        edges[name], needs[name] = set(), set()
        for alternatives in groups(fields):
            edges[name].update(alternatives)
            if len(alternatives) == 1:
                needs[name].update(alternatives)
    return edges, needs, sizes


def excerpt(edges, roots):
    keep, frontier = set(), list(roots)
    while frontier:
        name = frontier.pop()
        if name not in keep:
            keep.add(name)
            frontier.extend(edges.get(name, ()))
    return keep


def write(path, rows):
    temporary = path + ".part"
    with open(temporary, "w", encoding="utf-8") as file:
        file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--excerpt", nargs="+", metavar="PACKAGE")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    edges, needs, sizes = load()
    keep = excerpt(edges, options.excerpt) if options.excerpt else set(edges) | {d for ds in edges.values() for d in ds}

    def pairs(graph):
        return ((name, other) for name in sorted(graph) if name in keep for other in sorted(graph[name]))

    write(os.path.join(options.folder, "edges.tsv"), pairs(edges))
    write(os.path.join(options.folder, "needs.tsv"), pairs(needs))
    write(os.path.join(options.folder, "size.tsv"), ((name, sizes[name]) for name in sorted(sizes) if name in keep))
    print(f"{len(keep)} packages, {sum(len(edges.get(n, ())) for n in keep)} edges")


if __name__ == "__main__":
    main()
