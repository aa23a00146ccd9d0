#!/usr/bin/python3
"""Checks the layout: dependency rule, file length, headers, generated code, wording.

usage: run.py BUILD_FOLDER
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAYERS = ["runtime", "ir", "passes", "backend", "frontend"]
INCLUDE = re.compile(r'^#include ["<]([^">]+)[">]', re.M)
TOP = {"CMakeLists.txt", "grammar", "frontend", "ir", "passes", "backend", "runtime", "stdlib", "examples", "tests",
       "README.md", "LICENSE", "x"}


def tracked():
    done = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    return sorted(name for name in done.stdout.split("\n") if name and os.path.exists(os.path.join(ROOT, name)))


def text(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def sources(files):
    return [name for name in files if name.endswith((".h", ".cpp")) and name.split("/")[0] in LAYERS]


def dependency_rule(files, build):
    """runtime < ir < passes < backend < frontend: include leftwards only."""
    for name in sources(files):
        here = LAYERS.index(name.split("/")[0])
        for target in INCLUDE.findall(text(name)):
            folder = target.split("/")[0]
            if folder in LAYERS and LAYERS.index(folder) > here:
                yield f"{name} includes {target}"


def ir_sees_only_runtime_core(files, build):
    for name in sources(files):
        if name.startswith("ir/"):
            for target in INCLUDE.findall(text(name)):
                if target.startswith("runtime/") and not re.fullmatch(r"runtime/(core/)?\w+\.(h|def)", target):
                    yield f"{name} includes {target}"


def runtime_is_free_of_llvm(files, build):
    for name in sources(files):
        if name.startswith("runtime/"):
            for target in INCLUDE.findall(text(name)):
                if target.startswith(("mlir", "llvm", "antlr4")):
                    yield f"{name} includes {target}"


def only_the_parser_sees_antlr(files, build):
    for name in sources(files):
        if not (name.startswith("frontend/parse/") and (name.endswith(".cpp") or "Grammar" in name)):
            for target in INCLUDE.findall(text(name)):
                if "antlr4" in target or target.startswith("TensorLogic"):
                    yield f"{name} includes {target}"


def only_the_command_line_sees_cli11(files, build):
    for name in sources(files):
        if not name.startswith("frontend/cli/") and "CLI/CLI.hpp" in text(name):
            yield f"{name} includes CLI11"


def reference_links_no_optimiser(files, build):
    """No object of the reference backend or below mentions a symbol of the passes or of another backend."""
    for archive in ("libtl_backend_reference.a",):
        found = [os.path.join(folder, archive) for folder, _, names in os.walk(build) if archive in names]
        if not found:
            yield f"{archive} is not built"
            continue
        done = subprocess.run(["nm", "-C", "-u", found[0]], capture_output=True, text=True)
        for line in done.stdout.split("\n"):
            if re.search(r"tl::(passes|plan|backend::(cpu|Cpu))", line):
                yield f"{archive} needs {line.strip()}"
    links = subprocess.run(["ninja", "-C", build, "-t", "query", "bin/tl_reference_tests"], capture_output=True, text=True).stdout
    if "libtl_backend_reference.a" not in links:
        yield "bin/tl_reference_tests, which links the reference backend alone, is not built"
    for library in ("libtl_passes", "libtl_backend_cpu", "libtl_plan"):
        if library in links:
            yield f"a program on the reference backend links {library}"


def files_are_short(files, build):
    for name in files:
        if name.endswith((".h", ".cpp", ".td", ".py", ".tl", ".g4")) and "/data/" not in name:
            lines = text(name).count("\n")
            if lines > 600:
                yield f"{name} has {lines} lines, the limit is 600"


def top_level_is_fixed(files, build):
    for name in sorted({file.split("/")[0] for file in files}):
        if name not in TOP and not name.startswith("."):
            yield f"'{name}' does not belong at the top level"


def wording(files, build):
    banned = re.compile(r"\bTODO\b(?!.*\bwhen\b)|\bFIXME\b|\bXXX\b|/work/|/root/")
    for name in files:
        if name == "tests/house/run.py" or name.endswith((".json", ".tsv", ".npy")) or "/data/" in name:
            continue
        try:
            for number, line in enumerate(text(name).split("\n"), 1):
                if banned.search(line):
                    yield f"{name}:{number}: {line.strip()[:100]}"
        except UnicodeDecodeError:
            continue


def folders_have_a_readme(files, build):
    for folder in ["runtime", "ir", "passes", "backend", "frontend", "grammar", "stdlib", "examples", "tests"]:
        name = folder + "/README.md"
        if name not in files:
            yield f"{name} is missing"
        elif len([line for line in text(name).split("\n") if not line.startswith("|")]) > 31:
            yield f"{name} has more than 30 lines beside its tables"


def programs_are_formatted(files, build):
    """The library and the examples are in the layout of `tl fmt`."""
    names = [name for name in files if name.endswith(".tl") and name.split("/")[0] in ("stdlib", "examples")]
    done = subprocess.run([os.path.join(build, "bin/tl"), "fmt", "--check", *names], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        yield f"tl fmt --check ends with {done.returncode}: {(done.stdout + done.stderr).strip()[:500]}"


CHECKS = [dependency_rule, ir_sees_only_runtime_core, runtime_is_free_of_llvm, only_the_parser_sees_antlr,
          only_the_command_line_sees_cli11, reference_links_no_optimiser, files_are_short, top_level_is_fixed, wording,
          folders_have_a_readme, programs_are_formatted]


def main():
    files = tracked()
    passed = failed = 0
    for check in CHECKS:
        wrong = list(check(files, sys.argv[1]))
        for line in wrong:
            print(f"FAIL {check.__name__}: {line}")
        passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
