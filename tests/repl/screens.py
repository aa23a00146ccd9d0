#!/usr/bin/python3
"""Drives `tl repl` at a terminal of 30 lines of 72 characters and compares what the terminal shows after every step.

usage: screens.py BUILD_FOLDER [--seed N] [--full] [--update]

The screens are in screens.txt; --update writes it anew: read the difference before you keep it. After them come random lines, programs
that are right as well as mutated ones, 10,000 with --full: whatever is typed, the session goes on and its terminal stays usable.
"""
import argparse
import os
import random
import re
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/oracle")]
import mutate  # noqa: E402
from terminal import Terminal  # noqa: E402

PROMPT, MORE = "tl> ", "..> "
TAB, LEFT, RIGHT, UP, HOME, END = "\t", "\x02", "\x06", "\x10", "\x01", "\x05"  # the keys of Emacs
ENDLESS = "Slow = sum[i,j,k]((i j k) % 7), i < 9000, j < 9000, k < 9000"

# (what the step shows, keys, text before the cursor when it is done)
STEPS = [
    ("a statement", "Weight[item] = item + 1, item < 4\n", PROMPT),
    ("a name is completed", "Cost[item] = 2 Wei" + TAB, "= 2 Weight"),
    ("an index is completed", "[it" + TAB, "Weight[item"),
    ("the statement is entered", "]\n", PROMPT),
    ("a query", "Cost?\n", PROMPT),
    ("names that go on in several ways are listed", "We" + TAB + HOME + "\x0b" + "Weather = 3\n" + "T = Wea" + TAB + END + " + We" + TAB + TAB, "T = Weather + We"),
    ("one more letter decides", "i" + TAB + "[2]\nT?\n", PROMPT),
    ("a statement goes on over lines", "M = [[1, 2],\n", MORE),
    ("and ends", "[3, 4]]\n", PROMPT),
    ("a query of a matrix", "M?\n", PROMPT),
    ("a correction in the middle of a line", "R = M[0,0] + M[1,1]" + LEFT * 7 + "\x08* 10 ", "R = M[0,0] * 10 "),
    ("the line is entered from its middle", "\nR?\n", PROMPT),
    ("a line from the history", UP + UP, PROMPT + "R = M[0,0] * 10  M[1,1]"),
    ("the line is thrown away", HOME + "\x0b", PROMPT),
    ("an error has a place", "S[i] = rleu(M[i,j])\n", PROMPT),
    ("a line longer than the screen", "Long = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14 + 15 + 16", "+ 16"),
    ("and its answer", "\nLong?\n", PROMPT),
    ("a computation without an end", ENDLESS + "\n", PROMPT),
    ("relations", "Edge(A, B)\nEdge(B, C)\nPath(x, y) <- Edge(x, y)\nPath(x, z) <- Path(x, y), Edge(y, z)\nPath(A, y)?\n", PROMPT),
    ("a definition is replaced", "Weight[item] = 1, item < 4\nCost?\n", PROMPT),
    ("and taken back", ":undo\nCost?\n", PROMPT),
    ("a picture", "Wave[i] = sin(0.2 i), i < 64\n:plot Wave\n", PROMPT),
    ("why a row is there", ":why Path(A, C)\n", PROMPT),
]


class Session:
    def __init__(self, home, size=(30, 72), *options):
        self.terminal = Terminal([BINARY, "repl", "--color", "never", *options], home, size)

    def start(self):
        return self.terminal.settle(PROMPT)

    def type(self, keys, until):
        """Line by line, each when the one before is done, as a person types."""
        *whole, last = keys.split("\n")
        for line in whole:
            self.terminal.send(line + "\n")
            screen = self.terminal.settle(until if line is whole[-1] and not last else "> ")
        if last:
            self.terminal.send(last)
            screen = self.terminal.settle(until)
        return screen

    def interrupted(self, keys):
        """Ctrl-C while a query is computed."""
        self.terminal.send(keys)
        self.terminal.wait(keys.strip())
        time.sleep(1.5)
        self.terminal.send("\x03")
        self.terminal.wait("interrupted")
        return self.terminal.settle(PROMPT)


def played(home):
    """The screens by the names of their steps."""
    session = Session(home)
    screens = {"the start": session.start()}
    for name, keys, until in STEPS:
        screens[name] = session.type(keys, until)
        if name == "a computation without an end":
            screens["is interrupted"] = session.interrupted("Slow?\n")
            screens["and the state is kept"] = session.type("Weight?\n", PROMPT)
    session.terminal.send(":quit\n")
    code = session.terminal.end()
    assert code == 0, f"exit {code}"
    return screens


def known(before, screen):
    """(lines scrolled away, lines that are as before): what a screen has in common with the one before it."""
    def common(shift):
        pairs = zip(before[shift:], screen)
        return next((count for count, (old, new) in enumerate(pairs) if old != new), min(len(before) - shift, len(screen)))
    shift = max(range(len(before) + 1), key=lambda shift: (common(shift), -shift))
    return (shift, common(shift)) if common(shift) > 1 else (0, 0)


def text_of(screens):
    """All lines of all screens; those that are as in the screen before are counted."""
    text, before = "", []
    for name, screen in screens.items():
        shift, same = known(before, screen)
        text += f"== {name}\n" + (f"({same} lines as before" + (f", {shift} scrolled away" if shift else "") + ")\n" if same else "")
        text += "".join(f"| {line}".rstrip() + "\n" for line in screen[same:])
        before = screen
    return text


def check_screens():
    with tempfile.TemporaryDirectory() as home:
        screens = text_of(played(home))
    path = os.path.join(HERE, "screens.txt")
    if UPDATE:
        with open(path, "w", encoding="utf-8") as file:
            file.write(screens)
    with open(path, encoding="utf-8") as file:
        wanted = file.read()
    for shown, meant in zip(re.split(r"^== ", screens, flags=re.M), re.split(r"^== ", wanted, flags=re.M)):
        assert shown == meant, f"shown:\n{shown}\nwanted:\n{meant}"
    assert screens == wanted, "not the same steps"


def lines_of(state, programs):
    """Lines of one program, right or mutated, with commands in between; keys that end a session or a process are left out."""
    program = state.choice(programs)
    text = program if state.random() < 0.5 else mutate.mutate(program, state, programs)
    lines = [line for line in text.splitlines() if not re.match(r'\s*"', line) and len(line) < 400]
    for _ in range(state.randrange(3)):
        lines.insert(state.randrange(len(lines) + 1), state.choice([":undo", ":type", ":list", ":set rows 3", ":explain", ":nonsense", "}", ":why X", ":plot X", "Y = 1" + TAB, UP, UP + UP, HOME + "(", "\x15", "X\x17Y"]))
    return [re.sub(r"[\x03\x04\x11-\x13\x1a\x1b\x1c\x7f]", "", line) for line in lines] + ["", "", ":reset"]


def check_random_lines():
    """Every 250 lines a new session; pages are left as they come."""
    total, typed, number, answers = 10000 if FULL else 400, 0, 0, 0
    programs = mutate.seeds()
    while typed < total:
        state, lines = random.Random(f"{SEED} terminal {number}"), []
        while len(lines) < 250:
            lines += lines_of(state, programs)
        with tempfile.TemporaryDirectory() as home:
            terminal = Session(home, (50, 100), "--timeout", "5", "--max-memory", "1G").terminal
            terminal.settle(PROMPT)
            seen = ""
            for line in lines:
                terminal.send(line + "\n")
                until = time.monotonic() + 60
                while time.monotonic() < until and (terminal.read(0.01) or not re.match(r"(tl|\.\.)> $", terminal.screen.line())):
                    if "-- Enter: more" in terminal.screen.line():
                        terminal.send("q\n")
                        terminal.read(0.2)
                    assert not terminal.isOver, f"seed {SEED} {number}: the session ended at {line!r}: {terminal.seen[-600:]}"
                seen, terminal.seen = seen + terminal.seen, ""
            terminal.send("\x15\n\n:reset\nAlive = 41 + 1\nAlive?\n")
            try:
                terminal.wait("Alive = 42")
                terminal.settle(PROMPT)
                terminal.send(":quit\n")
                assert terminal.end() == 0
            except AssertionError as error:
                raise AssertionError(f"seed {SEED} {number}: {error}\n" + "\n".join(lines)) from None
            answers += len(re.findall(r"^ *\d+ rows?\r|^[A-Z]\w* = |: [if]\d+\[|^(?:true|false)\r", seen, re.M))
        typed, number = typed + len(lines), number + 1
    print(f"{typed} lines at a terminal, {answers} answers among what came back")
    assert answers * 40 > typed, "hardly anything is answered: the lines are no programs"


def main():
    global BINARY, SEED, FULL, UPDATE
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("TL_SEED", time.time())) % 1000000)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    BINARY, SEED, FULL, UPDATE = os.path.join(os.path.abspath(options.build), "bin/tl"), options.seed, options.full, options.update
    passed = failed = 0
    for check in (check_screens, check_random_lines):
        try:
            check()
            passed += 1
        except (AssertionError, OSError) as error:
            failed += 1
            print(f"FAIL {check.__name__}: {type(error).__name__}: {error}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
