#!/usr/bin/python3
"""Writes the sources that have planted faults: each is the compiler's own file, with every fault behind a test of which one is chosen.

usage: plant.py OUTPUT_FOLDER      writes the sources
       plant.py --list             their names, for CMake
       plant.py --check            whether every fault finds its place

The environment variable TL_PLANT, which only the program `tl-planted` looks at, chooses a fault by its number; without it the program is tl.
"""
import os
import sys

from faults import FAULTS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADER = """#include <cstdlib>
namespace tl::tests {
inline bool isPlanted(int fault) {
  static const char *chosen = std::getenv("TL_PLANT");
  return chosen && std::atoi(chosen) == fault;
}
} // namespace tl::tests
#line 1 "%s"
"""


def files():
    return sorted({fault.file for fault in FAULTS})


def misplaced():
    """What is wrong with a fault: its place has to stand in its file exactly once."""
    for fault in FAULTS:
        path = os.path.join(ROOT, fault.file)
        count = 0
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                count = file.read().count(fault.old)
        if count != 1:
            yield f"'{fault.name}': its place stands {count} times in {fault.file}; say it anew in tests/planted"


def planted(name):
    """The text of a file with all its faults."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        text = file.read()
    for number, fault in enumerate(FAULTS, 1):
        if fault.file == name:
            text = text.replace(fault.old, fault.new.replace("OLD", fault.old).replace("PLANTED", f"::tl::tests::isPlanted({number})"))
    return HEADER % name + text


def main():
    if sys.argv[1] == "--list":
        print(";".join(files()), end="")
        return
    wrong = list(misplaced())
    for line in wrong:
        print("FAIL " + line)
    if sys.argv[1] == "--check":
        print(f"{len(FAULTS) - len(wrong)} passed, {len(wrong)} failed")
    if wrong or sys.argv[1] == "--check":
        sys.exit(bool(wrong))
    for name in files():
        path, text = os.path.join(sys.argv[1], name), planted(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)


if __name__ == "__main__":
    main()
