#!/usr/bin/python3
"""The cuda backend without a GPU: its kernels, run by the PTX emulator, against the cpu backend.

usage: run.py BUILD_FOLDER [--full]

1. Where there is no driver, `--backend cuda` says so, with exit code 2.
2. Every program of tests/gpu/programs gives what the cpu backend gives, thread order by several seeds.
3. What --emit=ptx writes, read back, gives the same.
4. Programs of the suites give their answers, or name the equation that the backend lacks. --full: all of them.
5. Faults planted in the PTX are found: by the emulator, or because a result differs.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

from cases import HERE, ROOT, TOLERANCES, UNSUPPORTED, agree, dtypes, numbers, prepare, programs, suites

# Programs of the suites that the backend has to run: more is better, fewer is an error.
LEAST_RUN = 18

# What is planted: the fault, a program, a pattern of its PTX, what stands in its place, and which of the occurrences.
FAULTS = [
    ("no barrier before what other warps left is read", "reductions.tl", r"bar\.sync\s+0;", "", 0),
    ("no barrier before shared memory is used again", "normalized.tl", r"bar\.sync\s+0;", "", 1),
    ("a barrier that some threads pass by", "reductions.tl", r"(@(%p\d+) bra\s+\S+;\s+shr\.u32[\s\S]*?)bar\.sync\s+0;", r"\1@\2 bar.sync 0;", 0),
    ("the wrong lane", "reductions.tl", r"(shfl\.sync\.bfly\.b32\s+%r\d+, %r\d+), 16,", r"\1, 8,", 0),
    ("every thread stores what one should", "reductions.tl", r"setp\.ne\.b32\s+(%p\d+), %r\d+, 0;\s+@\1 bra\s+\S+;", "", 0),
    ("teams past the last point", "map.tl", r"(setp\.gt\.u32\s+%p\d+, %r\d+), \d+;", r"\1, 4095;", 0),
    ("past the end of shared memory", "reductions.tl", r"st\.shared\.b32\s+\[(%rd\d+)\]", r"st.shared.b32 [\1+32]", 0),
    ("a skewed address", "reductions.tl", r"(ld\.shared\.v4\.b32\s+\{[^}]*\}, \[\S+?)\]", r"\1+4]", 0),
    ("strides that overlap", "reductions.tl", r"(add\.s64\s+%rd\d+, %rd\d+), 1024;", r"\1, 1020;", 0),
    ("a store one element off", "map.tl", r"st\.global\.b32\s+\[(%rd\d+)\]", r"st.global.b32 [\1+4]", 0),
    ("half an element off", "map.tl", r"(ld\.global\.nc\.b32\s+%r\d+, \[%rd\d+)\]", r"\1+2]", 0),
    ("copies that are not waited for", "products.tl", r"cp\.async\.wait_group\s+1;", "cp.async.wait_group 2;", 0),
    ("no barrier after the wait", "products.tl", r"(cp\.async\.wait_group\s+1;)\s+bar\.sync\s+0;", r"\1", 0),
    ("a slot that is filled while it is read", "products.tl", r"(fma\.rn\.f32[^;]*;\s+)bar\.sync\s+0;", r"\1", 0),
    ("a group that is not committed", "products.tl", r"cp\.async\.commit_group;", "", 1),
    ("a piece copied one element off", "products.tl", r"(cp\.async\.ca\.shared\.global\s+\[%rd\d+)\]", r"\1+4]", 0),
    ("no mask at the last row", "products.tl", r"(setp\.gt\.u64\s+%p\d+, %rd\d+), 69;", r"\1, 70;", 0),
    ("the wrong accumulator", "products.tl", r"(fma\.rn\.f32\s+%r\d+, %r\d+, %r\d+), %r\d+;", r"\1, %r9;", 5),
]

counts = {"passed": 0, "failed": 0}


def check(good, message):
    counts["passed" if good else "failed"] += 1
    if not good:
        print("FAIL", message)


class Runner:
    def __init__(self, build):
        self.build = build
        self.binary = os.path.join(build, "bin/tl")
        self.emulator = os.path.join(build, "emulator")

    def environment(self, **extra):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TL_EMULATOR")}
        return dict(clean, **extra)

    def run(self, *arguments, emulated=True, **extra):
        if emulated:
            extra["LD_LIBRARY_PATH"] = self.emulator
        return subprocess.run([self.binary, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=300,
                              stdin=subprocess.DEVNULL, env=self.environment(**extra))


def without_driver(runner):
    done = runner.run("run", "--backend", "cuda", os.path.join(HERE, "programs/constant.tl"), emulated=False)
    if done.returncode == 0:
        return  # there is a GPU: tests/gpu/all.sh is for it
    check(done.returncode == 2, f"without a driver the exit code is {done.returncode}, not 2")
    check("--backend cuda needs an NVIDIA GPU" in done.stderr and "--backend cpu runs everywhere" in done.stderr,
          f"without a driver the message is {done.stderr!r}")


def own_programs(runner, folder, full):
    for program in programs():
        path = prepare(program, folder)
        for dtype in TOLERANCES if full else dtypes(program):
            wanted = runner.run("run", "--format", "json", "--dtype", dtype, path)
            check(wanted.returncode == 0, f"{program} does not run on cpu: {wanted.stderr}")
            for seed in ("1", "2", "3") if full else ("1",):
                done = runner.run("run", "--format", "json", "--dtype", dtype, "--backend", "cuda", path, TL_EMULATOR_SEED=seed)
                if dtype not in dtypes(program) and UNSUPPORTED.search(done.stderr):
                    continue
                good = agree(numbers(done), numbers(wanted), TOLERANCES[dtype])
                check(good, f"{program} --dtype {dtype}, seed {seed}: {done.stderr.strip() or 'other numbers than cpu'}")


def stage_read_back(runner, folder):
    """What `tl build --emit=ptx` writes is what runs: the emulator reads it in place of what it is given."""
    for program in programs():
        path, ptx = prepare(program, folder), os.path.join(folder, "stage.ptx")
        done = runner.run("build", "--emit=ptx", "-o", ptx, path)
        if "no kernels" in done.stderr:
            continue
        check(done.returncode == 0, f"{program}: --emit=ptx: {done.stderr}")
        wanted = numbers(runner.run("run", "--format", "json", path))
        done = runner.run("run", "--format", "json", "--backend", "cuda", path, TL_EMULATOR_PTX=ptx)
        check(agree(numbers(done), wanted, TOLERANCES["f32"]), f"{program} from stage ptx: {done.stderr.strip() or 'other numbers than cpu'}")
        done = runner.run("build", "--emit=ptx", "--gpu", "sm_90a", path)
        check(done.returncode == 0 and ".target sm_90a" in done.stdout, f"{program}: --gpu sm_90a: {done.stderr}")


def run_suites(runner, full):
    files = suites(full)
    ran = 0
    for program in files:
        done = runner.run("test", "--backend", "cuda", program)
        if UNSUPPORTED.search(done.stdout + done.stderr):
            continue
        ran += 1
        check(done.returncode == 0, f"{program}: {(done.stdout + done.stderr).strip()[-400:]}")
    check(ran >= LEAST_RUN, f"the backend ran {ran} programs of the suites, not {LEAST_RUN}")
    print(f"  {ran} of {len(files)} programs of the suites run on the cuda backend")


def planted(runner, folder):
    """Every fault is one edit of the PTX that the compiler wrote."""
    caught = 0
    for fault, program, pattern, replacement, which in FAULTS:
        path = prepare(os.path.join(HERE, "programs", program), folder)
        text = runner.run("explain", "--stage", "ptx", path).stdout
        found = list(re.finditer(pattern, text))
        check(len(found) > which, f"'{fault}' has no place in {program}: '{pattern}'")
        if len(found) <= which:
            continue
        place = found[which]
        wrong = os.path.join(folder, "planted.ptx")
        with open(wrong, "w", encoding="utf-8") as file:
            file.write(text[:place.start()] + place.expand(replacement) + text[place.end():])
        wanted = numbers(runner.run("run", "--format", "json", path))
        done = runner.run("run", "--format", "json", "--backend", "cuda", path, TL_EMULATOR_PTX=wrong)
        check("the PTX is wrong" not in done.stderr, f"'{fault}' is no PTX: {done.stderr}")
        if agree(numbers(done), wanted):
            print(f"  not found: {fault}, in {program}")
        else:
            caught += 1
    check(caught * 10 >= 9 * len(FAULTS), f"{caught} of {len(FAULTS)} planted faults were found")
    print(f"  {caught} of {len(FAULTS)} planted faults found")


def one_call(runner, folder):
    """tests/gpu/all.sh says what it lacks, and takes no emulator for a GPU."""
    environment = runner.environment(TL=runner.binary, TL_GPU_BENCH=os.path.join(runner.build, "bin/tl-gpu-bench"))
    results = os.path.join(folder, "results.json")
    for library, message in (("", "--backend cuda needs an NVIDIA GPU"), (runner.emulator, "the device is an emulator")):
        done = subprocess.run([os.path.join(HERE, "all.sh"), results], capture_output=True, text=True, timeout=300,
                              env=dict(environment, LD_LIBRARY_PATH=library))
        if library == "" and done.returncode in (0, 1):
            continue  # there is a GPU
        check(done.returncode == 77 and message in done.stderr, f"all.sh: exit code {done.returncode}, {done.stderr!r}")
    with open(results, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    check([row["row"] for row in rows] == ["device"], f"all.sh measured an emulator: {rows}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    runner = Runner(os.path.abspath(options.build))
    without_driver(runner)
    with tempfile.TemporaryDirectory() as folder:
        own_programs(runner, folder, options.full)
        stage_read_back(runner, folder)
        planted(runner, folder)
        one_call(runner, folder)
    run_suites(runner, options.full)
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
