#!/usr/bin/python3
"""Checks what tl makes to be used without tl: executables and libraries, the installed tree.

usage: run.py BUILD_FOLDER [--full]     (--full: every test program, the release)
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(sys.argv[1])
TL = os.path.join(BUILD, "bin", "tl")
FULL = "--full" in sys.argv
SAMPLE = ["rules", "products", "scans", "fixpoints", "guards", "gather", "linear_algebra", "selection", "virtual", "query_driven",
          "closures", "lattices"]
CLOSURE = """Reach(x, y) <- Edge(x, y)
Reach(x, z) <- Reach(x, y), Edge(y, z)
Edge = "edges.tsv"
Edge(Base, A)
Reach(x, y)?
Reach(A, x)?
"""
NETWORK = """X = "x.npy"
W = "w.npy"
Y[i] = relu(W[i,j] X[j])
"y.npy" = Y
Y?
Y[0]?
"""


def run(command, folder=None, text=None, env=None):
    return subprocess.run(command, capture_output=True, text=True, cwd=folder or ROOT, input=text or "", env=env)


def answers(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def built(program, target, *options):
    done = run([TL, "build", program, "-o", target, *options])
    assert done.returncode == 0, f"tl build {program} {options}: exit {done.returncode}: {done.stderr}"


def same_answers(left, right, what):
    assert left.returncode == right.returncode == 0, f"{what}: exits {left.returncode}, {right.returncode}: {left.stderr}{right.stderr}"
    assert left.stdout == right.stdout, f"{what}: {left.stdout[:300]} is not {right.stdout[:300]}"


def programs():
    found = sorted(glob.glob(os.path.join(ROOT, "tests/programs/*.tl")))
    if FULL:
        return found + sorted(glob.glob(os.path.join(ROOT, "examples/tour/*.tl")) + glob.glob(os.path.join(ROOT, "examples/paper/*.tl")))
    return [name for name in found if os.path.basename(name)[:-3] in SAMPLE]


def check_executables(work):
    """Every program, built and run in an empty environment, gives the answers of tl run to the bit."""
    for program in programs():
        folder = os.path.dirname(program)
        wanted = run([TL, "run", program, "--format", "json"], folder)
        if wanted.returncode != 0:
            continue
        target = os.path.join(work, "program")
        built(program, target)
        same_answers(wanted, run([target, "--format", "json"], folder, env={}), program)


def check_formats(work):
    """Text, tsv and threads as tl run has them; a program is small and starts in less than 10 ms."""
    program = os.path.join(ROOT, "examples/quickstart.tl")
    target = os.path.join(work, "quickstart")
    built(program, target)
    for options in (["--format", "text"], ["--format", "tsv"], ["--full", "--threads", "1"]):
        same_answers(run([TL, "run", program, *options]), run([target, *options]), f"quickstart {options}")
    times = []
    for _ in range(30):
        start = time.monotonic()
        run([target])
        times.append(time.monotonic() - start)
    assert min(times) < 0.010, f"the best start of 30 takes {min(times) * 1000:.1f} ms"
    needed = run(["ldd", target]).stdout
    assert not re.search("LLVM|MLIR|antlr", needed), needed
    assert os.path.getsize(target) < 3 << 20, f"{os.path.getsize(target)} bytes"


def check_inputs(work):
    """Other data when it runs: files, standard input, new symbols; what does not fit is said."""
    with open(os.path.join(work, "edges.tsv"), "w") as file:
        file.write("A\tB\nB\tC\n")
    with open(os.path.join(work, "closure.tl"), "w") as file:
        file.write(CLOSURE)
    with open(os.path.join(work, "other.tsv"), "w") as file:
        file.write("A\tNew\nNew\tNewer\n")
    program, target = os.path.join(work, "closure.tl"), os.path.join(work, "closure")
    built(program, target)
    same_answers(run([TL, "run", program, "--format", "json"]), run([target, "--format", "json"]), "closure")
    misfit = run([target, "-D", "Edge=other.tsv"], work)
    assert misfit.returncode == 1 and "'New'" in misfit.stderr, misfit.stderr
    built(program, target, "--input", "Edge")
    wanted = run([TL, "run", program, "-D", "Edge=" + os.path.join(work, "other.tsv"), "--format", "json"])
    same_answers(wanted, run([target, "-D", "Edge=other.tsv", "--format", "json"], work), "closure of other data")
    with open(os.path.join(work, "other.tsv")) as file:
        piped = run([target, "-D", "Edge=-", "--format", "json"], "/", text=file.read())
    same_answers(wanted, piped, "closure of standard input")
    assert run([target], "/").returncode == 3
    assert "Edge(symbol, symbol)" in run([target, "--inputs"]).stdout
    for options, code in ((["-D", "Egde=x.tsv"], 2), (["--fomrat", "json"], 2), (["--threads", "0"], 2), (["-D", "Edge=none.tsv"], 3)):
        done = run([target, *options], work)
        assert done.returncode == code and done.stderr, f"{options}: exit {done.returncode}: {done.stderr}"
    assert run([TL, "build", program, "-o", target, "--input", "Reach"]).returncode == 2


def write_network(work):
    numpy.save(os.path.join(work, "x.npy"), numpy.array([1, 2, 3], "f4"))
    numpy.save(os.path.join(work, "w.npy"), numpy.arange(6, dtype="f4").reshape(2, 3) - 2)
    with open(os.path.join(work, "network.tl"), "w") as file:
        file.write(NETWORK)
    return os.path.join(work, "network.tl")


def check_arrays(work):
    """Arrays are replaced by others of their shape, and files are written where it runs."""
    program, target = write_network(work), os.path.join(work, "network")
    built(program, target)
    same_answers(run([TL, "run", program, "--format", "json"]), run([target, "--format", "json"], work), "network")
    numpy.save(os.path.join(work, "other.npy"), numpy.array([3, 1, 0.5]))
    done = run([target, "-D", "X=other.npy", "--format", "json"], work)
    wanted = numpy.maximum(0, (numpy.arange(6).reshape(2, 3) - 2) @ [3, 1, 0.5])
    assert numpy.allclose(answers(done)[0]["data"], wanted), done.stdout + done.stderr
    assert numpy.allclose(numpy.load(os.path.join(work, "y.npy")), wanted)
    numpy.save(os.path.join(work, "wide.npy"), numpy.zeros(4, "f4"))
    misfit = run([target, "-D", "X=wide.npy"], work)
    assert misfit.returncode == 1 and "[4]" in misfit.stderr and "[3]" in misfit.stderr, misfit.stderr


HOST = r"""
#include "network.h"
#include "closure.h"
#include <stdio.h>
#include <string.h>
int main(void) {
  const float x[3] = {3, 1, 0.5f};
  const char *edges[] = {"A", "P", "P", "Q"};
  network *net = network_create(0);
  closure *rules = closure_create(0);
  if (!net || network_set_X(net, x) || network_run(net)) return 1;
  const float *y = network_elements(net, 0);
  printf("%g %g rank %zu extent %zu\n", y[0], y[1], network_rank(net, 0), network_extent(net, 0, 0));
  if (closure_run(rules) != 3 || !strlen(closure_message(rules))) return 2;
  if (closure_set_Edge(rules, edges, 2) || closure_run(rules)) return 3;
  for (size_t row = 0; row < closure_extent(rules, 1, 0); ++row) printf("%s ", closure_cell(rules, 1, row, 0));
  printf("\n%s", closure_json(rules, 1));
  if (network_set_file(net, "X", "wide.npy") != 1 || network_set_file(net, "Z", "x.npy") != 2) return 4;
  network_destroy(net);
  closure_destroy(rules);
  return 0;
}
"""


def check_libraries(work):
    """Two libraries in one C program, and in one C++ program, through their headers alone."""
    write_network(work)
    numpy.save(os.path.join(work, "wide.npy"), numpy.zeros(4, "f4"))
    check_inputs(work)
    built(os.path.join(work, "network.tl"), os.path.join(work, "libnetwork.so"), "--shared")
    built(os.path.join(work, "closure.tl"), os.path.join(work, "libclosure.so"), "--shared", "--input", "Edge")
    os.remove(os.path.join(work, "edges.tsv"))
    for compiler, name in (("cc", "host.c"), ("g++", "host.cpp")):
        with open(os.path.join(work, name), "w") as file:
            file.write(HOST.replace("= network_elements", "= (const float *)network_elements"))
        done = run([compiler, "-Wall", "-Werror", name, "-o", "host", "-L.", "-lnetwork", "-lclosure", "-Wl,-rpath," + work], work)
        assert done.returncode == 0, done.stderr
        done = run([os.path.join(work, "host")], work)
        assert done.returncode == 0, f"exit {done.returncode}: {done.stdout}{done.stderr}"
        first, second, third = done.stdout.splitlines()
        assert first == "0 6.5 rank 1 extent 2", first
        assert second.split() == ["P", "Q"] and json.loads(third)["rows"] == [["P"], ["Q"]], done.stdout


def check_refusals(work):
    """No compiler, no runtime, no such processor: said, with what helps."""
    program = os.path.join(ROOT, "examples/quickstart.tl")
    target = os.path.join(work, "never")
    done = run([TL, "build", program, "-o", target, "--cc", "no-such-cc"])
    assert done.returncode == 3 and "no-such-cc" in done.stderr, done.stderr
    done = run([TL, "build", program, "-o", target, "--cpu", "z80"])
    assert done.returncode == 2 and "z80" in done.stderr, done.stderr
    done = run([TL, "build", program, "-o", os.path.join(work, "no", "folder")])
    assert done.returncode == 3, done.stderr
    assert not os.path.exists(target)
    built(program, target, "--cpu", "x86-64-v2") if os.uname().machine == "x86_64" else None


def check_doctor(work):
    """What it finds; a missing library is an error."""
    done = run([TL, "doctor"])
    assert done.returncode == 0 and "compiles and runs" in done.stdout, done.stdout
    found = {entry["subject"]: entry for entry in answers(run([TL, "doctor", "--format", "json"]))}
    assert found["library"]["state"] == "good" and found["threads"]["found"].isdigit(), found
    done = run([TL, "doctor", "--stdlib", "/nowhere"])
    assert done.returncode == 1 and "! library" in done.stdout, done.stdout
    assert re.match(r"tl \d+\.\d+\.\d+\n$", run([TL, "--version"]).stdout)


def options_of(verb):
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", run([TL, verb, "--help"]).stdout.split("Examples:")[0].split("Options:")[1]))


def check_descriptions(work):
    """Completions and the manual page have every verb and option of --help, and their readers take them."""
    verbs = re.findall(r"^  (\w+) ", run([TL, "--help"]).stdout.split("Subcommands:")[1].split("Examples")[0], re.M)
    scripts = {shell: run([TL, "completions", shell]).stdout for shell in ("bash", "zsh", "fish")}
    page = run([TL, "manual"]).stdout
    for verb in verbs:
        assert f"tl {verb}" in page.replace("\\", ""), verb
        for shell, script in scripts.items():
            assert verb in script, (shell, verb)
    for option in options_of("run") - {"--help"}:
        assert option in scripts["bash"] and option in scripts["zsh"] and "-l " + option[2:] in scripts["fish"], option
        assert option.replace("-", "\\-") in page, option
    file = os.path.join(work, "tl.bash")
    with open(file, "w") as script:
        script.write(scripts["bash"])
    ask = f"source {file}; COMP_WORDS=(tl run --format j); COMP_CWORD=3; _tl; echo ${{COMPREPLY[@]}}; COMP_WORDS=(tl ru); COMP_CWORD=1; _tl; echo ${{COMPREPLY[@]}}"
    assert run(["bash", "-c", ask], work).stdout.split() == ["json", "run"], run(["bash", "-c", ask], work)
    if shutil.which("man"):
        with open(os.path.join(work, "tl.1"), "w") as file:
            file.write(page)
        done = run(["man", "--warnings", "-l", os.path.join(work, "tl.1")], env=dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="100"))
        assert done.returncode == 0 and not done.stderr and "--query-driven" in done.stdout, done.stderr


def check_prefix(prefix, work):
    """An installed tree, in an environment without anything: modules, examples, and building."""
    tl = os.path.join(prefix, "bin/tl")
    environment = {"PATH": "/usr/bin:/bin"}
    with open(os.path.join(work, "uses.tl"), "w") as file:
        file.write("import std.core\nY = 2\nY?\n")
    done = run([tl, os.path.join(work, "uses.tl")], env=environment)
    assert done.returncode == 0 and "Y = 2" in done.stdout, done.stdout + done.stderr
    assert run([tl, "doctor"], env=environment).returncode == 0
    target = os.path.join(work, "installed")
    done = run([tl, "build", os.path.join(prefix, "share/doc/tl/examples/quickstart.tl"), "-o", target], env=environment)
    assert done.returncode == 0, done.stderr
    assert run([target], env={}).returncode == 0
    assert os.path.exists(os.path.join(prefix, "share/man/man1/tl.1"))


def check_installing(work):
    """What cmake --install puts somewhere works there."""
    prefix = os.path.join(work, "prefix")
    run(["ninja", "-C", BUILD, "--quiet", "tl_docs"])
    done = run(["cmake", "--install", BUILD, "--prefix", prefix])
    if "libtl.a" in done.stderr:  # the embedding archive is not built: everything else must be there
        done = run(["cmake", "-DCMAKE_INSTALL_PREFIX=" + prefix, "-P", os.path.join(BUILD, "runtime/cmake_install.cmake")])
        done = run(["cmake", "-DCMAKE_INSTALL_PREFIX=" + prefix, "-P", os.path.join(BUILD, "frontend/packaging/cmake_install.cmake")])
    assert done.returncode == 0, done.stderr
    check_prefix(prefix, work)


def check_release(work):
    """The Debian package, unpacked into an empty folder, works with nothing but libc and the like."""
    done = run([os.path.join(ROOT, "x"), "release"])
    assert done.returncode == 0, done.stderr[-2000:]
    package = sorted(glob.glob(os.path.join(ROOT, "build-release/packages/*.deb")))[-1]
    assert run(["dpkg-deb", "-x", package, os.path.join(work, "root")]).returncode == 0
    prefix = os.path.join(work, "root/usr")
    needed = run(["ldd", os.path.join(prefix, "bin/tl")]).stdout
    assert not re.search("LLVM|MLIR|antlr", needed), needed
    check_prefix(prefix, work)


CHECKS = [check_executables, check_formats, check_inputs, check_arrays, check_libraries, check_refusals, check_doctor,
          check_descriptions, check_installing] + ([check_release] if FULL else [])


def main():
    passed = failed = 0
    for check in CHECKS:
        with tempfile.TemporaryDirectory() as work:
            try:
                check(work)
                passed += 1
            except Exception as error:
                failed += 1
                print(f"FAIL {check.__name__}: {error!r}"[:1500])
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
