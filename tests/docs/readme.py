#!/usr/bin/python3
"""Does what the README says, in its order, and compares what is shown.

usage: readme.py BUILD_FOLDER [--full] [--root FOLDER]

In an indented block of the README a line that begins with `$ ` is a command, and the lines below it are what it shows: `...` stands for
lines that are left out, `N` for a number. A block fenced with ```tl is a program with its answers.

All of it runs in a copy of the tracked files. Without options the copy borrows the build, and the commands that take minutes are left
out; --full runs those as well and builds from nothing. --root runs everything inside an empty Debian 12, for instance one made by
`debootstrap --variant=minbase bookworm FOLDER`, as a new user would: packages that are missing are installed there, by the commands alone.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SLOW = ("./x test", "./x release")
PLACE = "/usr/src/tl"  # of the copy, inside a root of its own


def steps(text):
    """(number of the line, "program" or "command", text, the lines that it shows)."""
    fence, command = None, None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            if fence and fence[1] == "tl":
                yield fence[0], "program", "".join(fence[2]), []
            fence = None if fence else (number, line[3:].strip(), [])
        elif fence:
            fence[2].append(line + "\n")
        elif command and line.startswith("    ") and not line.startswith("    $ "):
            command[3].append(line[4:])
        else:
            if command:
                yield command
            command = (number, "command", line[6:], []) if line.startswith("    $ ") else None
    if command:
        yield command


def unmarked(text):
    """Lines of indented blocks that no command shows: they would not be checked."""
    block = False
    for number, line in enumerate(text.split("\n"), 1):
        isIndented = line.startswith("    ")
        if isIndented and not block and not line.startswith("    $ "):
            yield f"README.md:{number}: an indented block begins with a command: '    $ ...'"
        block = isIndented


def matches(shown, wanted):
    """Whether `shown` are the lines `wanted`, in which `...` is any number of lines."""
    if not wanted:
        return not shown
    if wanted[0] == "...":
        return any(matches(shown[skipped:], wanted[1:]) for skipped in range(len(shown) + 1))
    pattern = re.sub(r"\bN\b", r"\\d+", re.escape(wanted[0].rstrip()))
    return bool(shown) and re.fullmatch(pattern, shown[0].rstrip()) is not None and matches(shown[1:], wanted[1:])


class Place:
    """Where commands run: a copy of the tracked files, inside `root` when there is one."""

    def __init__(self, root, build):
        self.root = root
        self.folder = root + PLACE if root else tempfile.mkdtemp()
        os.makedirs(self.folder, exist_ok=True)
        names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        for name in filter(None, names):
            os.makedirs(os.path.dirname(os.path.join(self.folder, name)), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, name), os.path.join(self.folder, name))
        subprocess.run("git init -q . && git add -A && git -c user.name=tl -c user.email=tl@localhost commit -qm tl", shell=True, cwd=self.folder, check=True)
        if build:
            os.symlink(build, os.path.join(self.folder, "build"))

    def run(self, command):
        home = os.path.dirname(self.folder)
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp" if self.root else home, "LANG": "C.UTF-8"}
        words = ["chroot", self.root, "/bin/bash", "-c", f"cd {PLACE} && {command}"] if self.root else ["/bin/bash", "-c", command]
        return subprocess.run(words, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=5400)

    def leave(self):
        if not self.root:
            shutil.rmtree(self.folder)


def problem(place, kind, text, wanted):
    """What is wrong with a step; empty when nothing is."""
    if kind == "program":
        with open(os.path.join(place.folder, "readme.tl"), "w", encoding="utf-8") as file:
            file.write(text)
        done = place.run("build/bin/tl test readme.tl")
        return "" if done.returncode == 0 else done.stdout
    done = place.run(text)
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stdout[-2000:]}"
    # Of the work itself only what the README speaks of is compared.
    return "" if not wanted or matches(done.stdout.rstrip("\n").split("\n"), wanted) else f"shows\n{done.stdout[-2000:]}and not\n" + "\n".join(wanted)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--root")
    options = parser.parse_args()
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        text = file.read()
    wrong = list(unmarked(text))
    passed = 0
    runsAll = options.full or options.root
    place = Place(options.root, None if runsAll else os.path.abspath(options.build))
    # Programs run after the commands, of which the first builds tl.
    for number, kind, what, wanted in sorted(steps(text), key=lambda step: step[1] == "program"):
        if what in SLOW and not runsAll:
            continue
        fault = problem(place, kind, what, wanted)
        if fault:
            wrong.append(f"README.md:{number}: {what.splitlines()[0]}: {fault}")
        else:
            passed += 1
        if runsAll:
            print(f"README.md:{number}: {what.splitlines()[0]}: {'FAIL' if fault else 'good'}", flush=True)
    place.leave()
    for one in wrong:
        print("FAIL", one)
    print(f"{passed} passed, {len(wrong)} failed")
    sys.exit(1 if wrong or not passed else 0)


if __name__ == "__main__":
    main()
