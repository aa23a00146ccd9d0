"""Builds the module against the library of this tree: `pip install ./frontend/python`.

TL_PREFIX names a folder where tl is installed (`cmake --install build --prefix FOLDER`); without it the tree is built and
installed into a folder of this build.
"""
import os
import shutil
import subprocess
import sys

import pybind11
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def prefix(folder):
    if given := os.environ.get("TL_PREFIX"):
        return os.path.abspath(given)
    build = os.environ.get("TL_BUILD", os.path.join(ROOT, "build"))
    subprocess.check_call([os.path.join(ROOT, "x"), "build", "tl", "tl_archive"])
    installed = os.path.join(folder, "prefix")
    subprocess.check_call(["cmake", "--install", build, "--prefix", installed])
    return installed


class Build(build_ext):
    def build_extension(self, extension):
        folder = os.path.abspath(self.build_temp)
        os.makedirs(folder, exist_ok=True)
        out = os.path.join(folder, "module")
        subprocess.check_call(["cmake", "-S", HERE, "-B", out, "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_COMPILER=clang++-22",
                               f"-DCMAKE_PREFIX_PATH={prefix(folder)}", f"-Dpybind11_DIR={pybind11.get_cmake_dir()}",
                               f"-DPYTHON_EXECUTABLE={sys.executable}"])
        subprocess.check_call(["cmake", "--build", out])
        target = self.get_ext_fullpath(extension.name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        built = [name for name in os.listdir(out) if name.startswith("_tensorlogic") and name.endswith(".so")]
        shutil.copyfile(os.path.join(out, built[0]), target)
        # The modules `std.*` come with the package.
        library = os.path.join(os.path.dirname(target), "stdlib")
        shutil.copytree(os.path.join(ROOT, "stdlib"), library, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.md"))


setup(ext_modules=[Extension("tensorlogic._tensorlogic", sources=[])], cmdclass={"build_ext": Build})
