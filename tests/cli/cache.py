#!/usr/bin/python3
"""Checks the cache of machine code: warm runs, many processes, killed processes.

usage: cache.py BUILD_FOLDER
"""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

BINARY = os.path.join(os.path.abspath(sys.argv[1]), "bin/tl")


def text(number):
    return f"X = [1, 2, 3]\nY[i] = {number} X[i] + exp(X[i] - X[i])\nY?\n"


def answer(number):
    return [str(number * x + 1) for x in (1, 2, 3)]


def numbers(text):
    return text.split("\n", 1)[1].split()


def start(folder, number):
    name = f"{number}.tl"
    with open(name, "w", encoding="utf-8") as file:
        file.write(text(number))
    return subprocess.Popen([BINARY, name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=dict(os.environ, TL_CACHE=folder))


def output(process):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return numbers(out)


def tl(*arguments, folder):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, TL_CACHE=folder))


def entries(folder):
    return sorted(name for name in os.listdir(folder) if name.endswith(".tlobject"))


def test_warm_runs_add_nothing():
    for _ in range(2):
        assert output(start("cache", 2)) == answer(2)
        assert len(entries("cache")) == 1
    assert output(start("cache", 3)) == answer(3)
    assert len(entries("cache")) == 2


def test_show_and_clear():
    output(start("cache", 2))
    shown = tl("cache", folder="cache")
    assert shown.returncode == 0 and shown.stdout.startswith("cache: 1 files, "), shown.stdout
    cleared = tl("cache", "clear", folder="cache")
    assert cleared.returncode == 0 and cleared.stdout.startswith("removed 1 files, "), cleared.stdout
    assert entries("cache") == []
    assert tl("cache", folder="").returncode == 2


def test_off():
    with open("p.tl", "w", encoding="utf-8") as file:
        file.write(text(2))
    assert numbers(tl("p.tl", "--no-cache", folder="cache").stdout) == answer(2)
    assert numbers(tl("p.tl", folder="").stdout) == answer(2)
    assert not os.path.exists("cache")


def test_a_folder_that_cannot_be_written():
    with open("cache", "w", encoding="utf-8") as file:
        file.write("a file")
    assert output(start("cache", 2)) == answer(2)


def test_broken_entries():
    output(start("cache", 2))
    name = os.path.join("cache", entries("cache")[0])
    with open(name, "rb") as file:
        whole = file.read()
    for broken in (b"", whole[:100], whole[:-1], whole[:200] + bytes(100) + whole[300:], os.urandom(len(whole))):
        with open(name, "wb") as file:
            file.write(broken)
        assert output(start("cache", 2)) == answer(2)


def test_many_processes_some_killed():
    draw = random.Random(4)
    for _ in range(12):
        running = [(number, start("cache", number)) for number in (2, 3, 2)]
        time.sleep(draw.random() * 0.15)
        running[0][1].send_signal(signal.SIGKILL)
        running[0][1].communicate()
        for number, process in running[1:]:
            assert output(process) == answer(number)
    assert len(entries("cache")) == 2


def main():
    passed = failed = 0
    for name, check in sorted(globals().items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                check()
                passed += 1
            except (AssertionError, subprocess.TimeoutExpired, OSError) as error:
                failed += 1
                print(f"FAIL {name}: {type(error).__name__}: {error}")
            os.chdir("/")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
