#!/usr/bin/python3
"""Builds the Python module against an installed tl and checks what it promises.

usage: run.py BUILD_FOLDER [--full]

--full also installs it with pip into a fresh environment. Skipped, and said so, where pybind11 or Python's headers are missing;
single cases are skipped without torch or IPython.
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCE = os.path.join(ROOT, "frontend/python")


def missing():
    """What is not there; empty when the module can be built."""
    if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
        return "Python's headers (Debian's python3-dev) are not installed"
    try:
        import pybind11
    except ImportError:
        return "pybind11 (Debian's python3-pybind11 and pybind11-dev, or pip) is not installed"
    return "" if os.path.isdir(pybind11.get_cmake_dir()) else "pybind11 has no files for CMake"


def call(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=580, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def build(build_folder, folder):
    """A folder with the package `tensorlogic`."""
    import pybind11

    prefix, out = os.path.join(folder, "prefix"), os.path.join(folder, "module")
    call(["cmake", "--install", build_folder, "--prefix", prefix])
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    call(["cmake", "-S", SOURCE, "-B", out, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_COMPILER=clang++-22", f"-DCMAKE_PREFIX_PATH={prefix}",
          f"-Dpybind11_DIR={pybind11.get_cmake_dir()}", f"-DPYTHON_EXECUTABLE={sys.executable}", *launcher])
    call(["cmake", "--build", out])
    package = os.path.join(folder, "site", "tensorlogic")
    shutil.copytree(os.path.join(SOURCE, "tensorlogic"), package)
    for module in glob.glob(os.path.join(out, "_tensorlogic*.so")):
        shutil.copy(module, package)
    shutil.copytree(os.path.join(ROOT, "stdlib"), os.path.join(package, "stdlib"))
    return os.path.dirname(package), prefix


def install(prefix, folder):
    """`pip install` into a fresh environment; the one line of README runs there."""
    call([sys.executable, "-m", "venv", "--system-site-packages", os.path.join(folder, "venv")])
    python = os.path.join(folder, "venv/bin/python")
    call([python, "-m", "pip", "install", "-q", "--no-build-isolation", SOURCE], env={**os.environ, "TL_PREFIX": prefix})
    shown = call([python, "-c", "import tensorlogic as tl; print(tl.run('Y[i] = W[i,j] X[j]', W=[[1., 2.], [3., 4.]], X=[1., 1.]).numpy())"], cwd=folder)
    assert shown.split() == ["[3.", "7.]"], shown


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    if reason := missing():
        print(f"skipped: the Python module: {reason}")
        print("0 passed, 0 failed")
        return
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            site, prefix = build(os.path.abspath(options.build), folder)
            if options.full:
                install(prefix, folder)
                passed += 1
        except (RuntimeError, AssertionError) as error:
            print(f"FAIL {error}\n0 passed, 1 failed")
            sys.exit(1)
        sys.path[:0] = [site, os.path.dirname(os.path.abspath(__file__))]
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(unittest.defaultTestLoader.loadTestsFromName("cases"))
        for test, reason in result.skipped:
            print(f"skipped: {test}: {reason}")
        wrong = len(result.failures) + len(result.errors)
        passed, failed = passed + result.testsRun - wrong - len(result.skipped), failed + wrong
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
