#!/usr/bin/python3
"""Trains both networks on the digits and asks that they are right about the test part as often as such networks are.

usage: digits_check.py TL [--backend NAME]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
WANTED = {"digits_mlp.tl": 0.93, "digits_cnn.tl": 0.90}


def main():
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, os.path.join(HERE, "digits_prepare.py"), folder], check=True)
        for name, wanted in WANTED.items():
            shutil.copy(os.path.join(HERE, name), folder)
            done = subprocess.run([sys.argv[1], "run", os.path.join(folder, name), "--format", "json", *sys.argv[2:]],
                                  capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
            accuracy = json.loads(done.stdout.splitlines()[0])["data"] if done.returncode == 0 else 0
            print(f"{name}: {accuracy:.3f} of the test images right, at least {wanted} wanted {done.stderr[-300:]}")
            failed = failed or accuracy < wanted
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
