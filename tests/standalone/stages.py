#!/usr/bin/python3
"""Every stage that `tl build --emit` writes, read back, gives the answers of the program.

usage: stages.py BUILD_FOLDER [--full]     (--full: every test program)

tl and plan are read by `tl run`. The code of the kernels (llvm, asm, obj) is put into the executable in place of the code that
`tl build` made for it: LLVM's own tools make objects of it, and a compiler that `--cc` names exchanges them when it links.
ptx is read back in tests/gpu, where there is something that runs it.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TL = os.path.join(os.path.abspath(sys.argv[1]), "bin", "tl")
LLVM = "/usr/lib/llvm-22/bin"
FULL = "--full" in sys.argv
SAMPLE = ["rules", "products", "scans", "fixpoints", "gather", "selection"]

# Links with $KERNELS in place of what it is given; fails when it was given none.
LINKER = """#!/usr/bin/python3
import os, sys
given = [os.environ["KERNELS"] if os.path.basename(word) == "kernels0.o" else word for word in sys.argv[1:]]
assert given != sys.argv[1:], "no kernels among " + " ".join(given)
os.execvp("cc", ["cc"] + given)
"""


def run(command, folder=ROOT, **environment):
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, stdin=subprocess.DEVNULL, env={**os.environ, **environment})


def made(command, **environment):
    done = run(command, **environment)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}: {done.stderr[:800]}"
    return done.stdout


def check_text_stages(program, wanted, work):
    file = os.path.join(work, "stage.mlir")
    for stage in ("tl", "plan"):
        made([TL, "build", program, "--emit=" + stage, "-o", file])
        assert made([TL, "run", file, "--format", "json"]) == wanted, f"other answers from stage {stage}"


def renamed(path, names, numbered):
    """The functions of the object under the names that an executable calls them by."""
    pairs = [word for name, number in zip(names, numbered) for word in ("--redefine-sym", f"{name}={number}")]
    made([f"{LLVM}/llvm-objcopy", *pairs, path])
    return path


def functions(path):
    """The functions that an object offers, by address."""
    rows = [row.split() for row in made([f"{LLVM}/llvm-nm", "-n", "--defined-only", "--extern-only", path]).splitlines()]
    return [row[-1] for row in rows if len(row) == 3 and row[1] == "T"]


def objects(program, work):
    """The kernels as object files, by stage; none for a program without kernels."""
    paths = {stage: os.path.join(work, stage + ".o") for stage in ("obj", "asm", "llvm")}
    done = run([TL, "build", program, "--emit=obj", "-o", paths["obj"]])
    if "no kernels" in done.stderr:
        return {}
    assert done.returncode == 0, done.stderr
    numbered = functions(paths["obj"])
    assert numbered and all(re.fullmatch(r"tlKernel\d+", name) for name in numbered), numbered
    text = os.path.join(work, "kernels")
    made([TL, "build", program, "--emit=asm", "-o", text + ".s"])
    made([f"{LLVM}/clang", "-c", text + ".s", "-o", paths["asm"]])
    made([TL, "build", program, "--emit=llvm", "-o", text + ".ll"])
    made([f"{LLVM}/llc", "-mcpu=native", "--fp-contract=off", "--relocation-model=pic", "-filetype=obj", text + ".ll", "-o", paths["llvm"]])
    for stage in ("asm", "llvm"):
        names = functions(paths[stage])
        assert len(names) == len(numbered), (names, numbered)
        renamed(paths[stage], names, numbered)
    return paths


def check_machine_stages(program, wanted, work):
    linker, target = os.path.join(work, "linker"), os.path.join(work, "program")
    for stage, path in objects(program, work).items():
        made([TL, "build", program, "-O", "2", "--cc", linker, "-o", target], KERNELS=path)
        done = run([target, "--format", "json"], os.path.dirname(program))
        assert (done.returncode, done.stdout) == (0, wanted), f"other answers from stage {stage}: {done.stderr}{done.stdout[:300]}"


def check_wrong_code_is_noticed(work):
    """The exchanged object is what runs: with another one the answers are others."""
    program, other, path = (os.path.join(work, name) for name in ("one.tl", "other.tl", "other.o"))
    for file, operator in ((program, "+"), (other, "-")):
        with open(file, "w") as text:
            text.write(f"X = [1.0, 2.0, 3.0]\nY[i] = X[i] {operator} 0.5\nY?\n")
    made([TL, "build", other, "--emit=obj", "-o", path])
    made([TL, "build", program, "-O", "2", "--cc", os.path.join(work, "linker"), "-o", os.path.join(work, "program")], KERNELS=path)
    assert json.loads(made([os.path.join(work, "program"), "--format", "json"]))["data"] == [0.5, 1.5, 2.5]


def check_broken_stages(work):
    """Files that are no stage are refused; options that a stage does not have as well."""
    program, file = os.path.join(ROOT, "tests/programs/products.tl"), os.path.join(work, "stage.mlir")
    made([TL, "build", program, "--emit=plan", "-o", file])
    with open(file) as stage:
        text = stage.read()
    for broken in (text[::-1].replace("x0", "11x0", 1)[::-1], text[:len(text) // 2], text.replace("tl.program", "tl.progarm", 1)):
        with open(file, "w") as stage:
            stage.write(broken)
        done = run([TL, "run", file])
        assert done.returncode in (1, 3) and done.stderr, f"exit {done.returncode}: {done.stderr}"
    for options in (["--emit=asm", "--cpu", "x86-64-v2"], ["--emit=llvm", "--gpu", "sm_80"], ["--gpu", "sm_80"], ["--emit=ptx", "--backend", "reference"], ["--backend", "cuda"]):
        done = run([TL, "build", program, "-o", os.path.join(work, "none"), *options])
        assert done.returncode == 2 and done.stderr, f"{options}: exit {done.returncode}: {done.stderr}"


def programs():
    found = sorted(glob.glob(os.path.join(ROOT, "tests/programs/*.tl")))
    return [path for path in found if FULL or os.path.basename(path)[:-3] in SAMPLE]


def main():
    passed = failed = 0

    def check(name, function, *arguments):
        nonlocal passed, failed
        try:
            function(*arguments)
            passed += 1
        except (AssertionError, OSError, KeyError, ValueError) as error:
            failed += 1
            print(f"FAIL {name}: {error!r}"[:1500])

    with tempfile.TemporaryDirectory() as work:
        with open(os.path.join(work, "linker"), "w") as file:
            file.write(LINKER)
        os.chmod(os.path.join(work, "linker"), 0o755)
        check("other code", check_wrong_code_is_noticed, work)
        check("broken stages", check_broken_stages, work)
        for program in programs():
            wanted = run([TL, "run", program, "--format", "json"])
            if wanted.returncode == 0:
                check(program, check_text_stages, program, wanted.stdout, work)
                check(program, check_machine_stages, program, wanted.stdout, work)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
