#!/usr/bin/python3
"""Drives `tl repl` through a pipe and through a pseudo-terminal.

usage: run.py BUILD_FOLDER [--seed N] [--full]

Random lines, good and broken, must never end a session: an answer to the last query shows that it lives.
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests/oracle"), os.path.join(ROOT, "tests/repl")]
import mutate  # noqa: E402
from terminal import Terminal  # noqa: E402

ENDLESS = "Y = sum[i,j,k]((i j k) % 7), i < 9000, j < 9000, k < 9000"


def piped(text, *arguments, seconds=60):
    done = subprocess.run([BINARY, "repl", *arguments], input=text.encode("utf-8", "surrogateescape"), capture_output=True, timeout=seconds)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def contains(text, *parts):
    for part in parts:
        assert part in text, f"'{part}' is not in: {text[-2000:]}"


def test_statements_and_queries():
    code, out, err = piped("Parent(Ann, Bob)\nParent(Bob, Cid)\nG(x, z) <- Parent(x, y),\n  Parent(y, z)\nG(x, z)?\nX = [1,\n 2]; Y[i] = 2 X[i]\nY?\nG(Ann, Cid)?\n")
    assert (code, err) == (0, ""), (code, err)
    contains(out, "Ann", "1 row", "Y: i64[i=2]" if "i=2" in out else "Y", "2  4", "true")


def test_errors_change_nothing():
    code, out, err = piped("X = [1, 2]\nY[i] = rleu(X[i])\nX = [1\n\nX?\n:undo\nX?\n")
    assert code == 0
    contains(err, "no function is called 'rleu'", "^^^^", "expected ']'")
    contains(out, "1  2")


def test_redefinition():
    code, out, err = piped("X = [1, 2]\nY[i] = 2 X[i]\nZ = Y[i] Y[i]\nZ?\nX = [2, 2]\nZ?\nP(A)\nP(B)\nP(A)\nP(x)?\n:undo\n:undo\nP(x)?\n:drop P\n:list\n")
    assert code == 0, err
    contains(out, "Z = 20", "replaced X", "Z = 32", "computed anew: Y, Z", "2 rows", "1 row")
    assert "P(" not in out.split("1 row")[-1], out


def test_commands():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "saved.tl")
        text = f"X = [1, 2, 3]\nR(x, y) <- E(x, y)\nE(A, B)\nS(x) <- R(x, _)\n:type\n:shape X\n:explain\n:plan S(x)\n:time\nX?\n:mem\n:help\n:set rows 3\n:set backend reference\nS(x)?\n" \
               f":set nothing 1\n:nonsense\n:save {path}\n:reset\nX?\n:load {path}\n:list\n:load missing.tl\n:save /no/such/folder/x.tl\n:quit\nX?\n"
        code, out, err = piped(text)
        assert code == 0, err
        contains(out, "X[integer]: i64", "X[3]: i64", "S(x) <-", " ms", "MB in use", ":undo", "is none of", "there is no command ':nonsense'", "saved 4 statements", "missing.tl", "/no/such/folder")
        contains(err, "nothing defines 'X'")
        done = subprocess.run([BINARY, "check", path], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_long_answers():
    code, out, err = piped("Y[i,j] = i * j, i < 500, j < 500\nY?\nP(i) <- i < 300\nP(i)?\nZ[i] = 1.5 i, i < 20\nZ?\n")
    assert code == 0, err
    contains(out, "…", "min 0, mean", "max 249001", "300 rows", "max 28.5")
    assert out.count("\n") < 200, out.count("\n")


def test_definitions_go_on_over_lines():
    code, out, err = piped("def twice(A[i]) -> B[i] {\n  B[i] = 2 A[i]\n}\nX = [1, 2]\nY[i] = twice(X[i])\nY?\ntl> X?\n")
    assert code == 0, err
    contains(out, "2  4", "1  2")


def test_why_and_plot():
    code, out, err = piped("P(A, B)\nP(B, C)\nR(x, y) <- P(x, y)\nR(x, z) <- R(x, y), P(y, z)\n:why R(A, C)\n:why R(C, A)\nX = [1, 2, 3]\nY = X[i] X[i]\n:why Y\n:why R(x, C)\n:why\n"
                           "S[i] = sin(0.1 i), i < 300\n:plot S\nM[i,j] = (i - j)^2, i < 40, j < 200\n:plot M\nT[i,j,k] = i + j + k, i < 2, j < 3, k < 4\n:plot T\n:plot T[1,j,k]\n:plot P\n:plot Nope\n:plot\nX?\n")
    assert code == 0, err
    contains(out, "R(A,C)", "P(A,B)", "P(B,C)", "':why' needs", "█", "S: -1 to 1, _ right 300" if "_ right 300" in out else "right 300", "down 40", "only tensors with one or two indices", "':plot' needs", "1  2  3")
    contains(err, "a constant in every position", "Nope")
    curve = out[out.index(":plot") if ":plot" in out else 0:]
    assert max(len(line) for line in curve.splitlines() if "█" in line) <= 90


def test_seed():
    """Other draws with another seed, the same ones with the same."""
    code, out, err = piped("U[i] = uniform(), i < 3\n:set seed 1\nU?\n:set seed 2\nU?\n:set seed 1\nU?\n")
    assert code == 0, err
    draws = re.findall(r"^ *(0\.\d+ .*)$", out, re.M)
    assert len(draws) == 3 and draws[0] == draws[2] != draws[1], out


def random_session(state, programs, lines):
    """At least `lines` lines, good and broken, of several programs; each ends with an empty line that closes what is open."""
    made = []
    while len(made) < lines:
        text = mutate.mutate(state.choice(programs), state, programs)
        part = [line for line in text.splitlines() if not re.match(r'\s*"', line)]
        for _ in range(state.randrange(4)):
            command = state.choice([":undo", ":type", ":list", ":reset", ":set rows 2", ":drop X", ":explain", ":nonsense", ":time", ":", ": :", "tl> X?", "\x00", "}", ":why X", ":plot X", ":why R(A, x)", ":plot Y[0]"])
            part.insert(state.randrange(len(part) + 1), command)
        made += part + ["", ":reset"]
    return made


def test_random_lines(total=2000):
    programs, done, number = mutate.seeds(), 0, 0
    while done < total:
        lines = random_session(random.Random(f"{SEED} repl {number}"), programs, min(250, total - done))
        code, out, err = piped("\n".join(lines) + "\n\n:reset\nAlive = 41 + 1\nAlive?\n", "--timeout", "5", "--max-memory", "1G", seconds=600)
        assert code == 0 and "Alive = 42" in out, f"seed {SEED} {number}, exit {code}:\n" + "\n".join(lines) + f"\n{out[-500:]}\n{err[-800:]}"
        done, number = done + len(lines), number + 1
    print(f"{done} random lines")


def session(home, colour="never", size=(24, 80)):
    return Terminal([BINARY, "repl", "--color", colour], home, size)


def test_terminal():
    with tempfile.TemporaryDirectory() as home:
        terminal = session(home)
        terminal.wait("tl> ")
        terminal.send("Weight = [1, 2]\n")
        terminal.wait("tl> ")
        terminal.send("Y[i] = Wei\t[i] * 3\n")  # Tab completes the name
        terminal.wait("tl> ")
        terminal.send("Y?\n")
        terminal.wait("3  6")
        terminal.wait("tl> ")
        terminal.send("Z = [1,\n")
        terminal.wait("..> ")
        terminal.send("5]\n")
        terminal.wait("tl> ")
        terminal.send("Z?\n")
        terminal.wait("1  5")
        terminal.wait("tl> ")
        terminal.send("\x10\x10\n")  # two lines up in the history: `5]` is wrong by itself
        terminal.wait("closes nothing")
        terminal.wait("tl> ")
        # The history draws prompts as well; a key that comes before the editor has the terminal again is the terminal's.
        time.sleep(1)
        terminal.send("\x04")
        assert terminal.end() == 0
        assert os.path.exists(os.path.join(home, ".tl_history"))


def test_interrupt():
    with tempfile.TemporaryDirectory() as home:
        terminal = session(home)
        terminal.wait("tl> ")
        terminal.send("X = [7, 8]\n")
        terminal.wait("tl> ")
        terminal.send(ENDLESS + "\n")
        terminal.wait("tl> ")
        for _ in range(2):
            terminal.send("Y?\n")
            terminal.wait("Y?")
            time.sleep(1.5)
            terminal.send("\x03")
            terminal.wait("interrupted")
            terminal.wait("tl> ")
        terminal.send("half a li\x03")
        time.sleep(0.5)
        terminal.send("\n")
        terminal.wait("tl> ")
        terminal.send("X?\n")
        terminal.wait("7  8")
        terminal.send(":quit\n")
        assert terminal.end() == 0


def test_editing_at_a_terminal():
    """Undo, indices completed at their place, pictures, and programs that are saved and run."""
    with tempfile.TemporaryDirectory() as home:
        terminal = session(home)

        def enter(line, *wanted):
            terminal.wait("tl> ")
            terminal.send(line + "\n")
            for text in wanted:
                terminal.wait(text)

        enter("Price[product, day] = 2.0, product < 3, day < 4")
        enter("T[product] = Price[product, d\t]")  # Tab: the index of that place
        enter("T?", "8  8  8")
        enter("T[product] = 1, product < 3", "replaced T")
        enter("T?", "1  1  1")
        enter(":undo")
        enter("T?", "8  8  8")
        enter(":plot Price", "down 3")
        enter(":save kept.tl", "saved 2 statements")
        enter(":why T[1]", "T[1]")
        terminal.wait("tl> ")
        terminal.send(":quit\n")
        assert terminal.end() == 0
        done = subprocess.run([BINARY, "check", os.path.join(home, "kept.tl")], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_pages():
    with tempfile.TemporaryDirectory() as home:
        terminal = session(home, size=(12, 60))
        terminal.wait("tl> ")
        terminal.send("P(i) <- i < 35\n")
        terminal.wait("tl> ")
        terminal.send("P(i)?\n")
        first = terminal.wait("-- Enter: more")
        assert first.count("\n") <= 12, first
        terminal.send("\n")
        terminal.wait("-- Enter: more")
        terminal.send("q\n")
        terminal.wait("tl> ")
        terminal.send("P(i)?\n")
        for _ in range(8):
            before = terminal.wait("-- Enter: more") if "35 rows" not in terminal.seen else ""
            terminal.send("\n")
            while terminal.read(0.6):
                pass
            if "35 rows" in terminal.seen:
                break
        terminal.wait("35 rows")
        terminal.wait("tl> ")
        terminal.send("P(i)?\n")
        terminal.wait("-- Enter: more")
        terminal.send("\x03")  # an interrupt ends the answer, not the session
        terminal.wait("tl> ")
        terminal.send("X = 5\n")
        terminal.wait("tl> ")
        terminal.send("X?\n")
        terminal.wait("X = 5")
        terminal.send(":quit\n")
        assert terminal.end() == 0


def test_colour():
    with tempfile.TemporaryDirectory() as home:
        terminal = session(home, colour="always")
        terminal.wait("tl> ")
        terminal.send("Y[i] = relu(X[i]) + 2.5, i < 3\n")
        for word in ("\x1b[36mY\x1b[0m[i] ", "\x1b[34mrelu\x1b[0m(", "\x1b[33m2.5\x1b[0m"):
            terminal.wait(word)
        terminal.send(":quit\n")
        assert terminal.end() == 0

def main():
    global BINARY, SEED
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("TL_SEED", time.time())) % 1000000)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    BINARY, SEED = os.path.join(os.path.abspath(options.build), "bin/tl"), options.seed
    print(f"seed {SEED}")
    passed = failed = 0
    for name, check in sorted(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            check(10000) if options.full and name == "test_random_lines" else check()
            passed += 1
        except (AssertionError, subprocess.TimeoutExpired, OSError) as error:
            failed += 1
            print(f"FAIL {name}: {type(error).__name__}: {error}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
