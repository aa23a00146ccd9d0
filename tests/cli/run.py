#!/usr/bin/python3
"""Checks the command line: exit codes, options, formats, what goes to which stream.

usage: run.py BUILD_FOLDER
"""
import json
import os
import pty
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.join(os.path.abspath(sys.argv[1]), "bin/tl")
FAMILY = "Parent(Ann, Bob)\nParent(Bob, Cid)\nGrand(x, z) <- Parent(x, y), Parent(y, z)\nGrand(x, z)?\n"
VECTOR = "X = [1, 2, 3]\nY[i] = 2 X[i]\nY?\n"
ENDLESS = "Y = sum[i,j,k]((i j k) % 7), i < 4000, j < 4000, k < 4000\nY?\n"


def tl(*arguments, text=None, **options):
    return subprocess.run([BINARY, *arguments], input=text, capture_output=True, text=True, timeout=60, **options)


def program(text, name="p.tl"):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def write_npy(path, values):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }" % len(values)
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack("<%df" % len(values), *values))


def on_terminal(*arguments, **environment):
    """What a terminal shows on standard error."""
    master, slave = pty.openpty()
    variables = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    variables.update({"TERM": "xterm"}, **environment)
    with subprocess.Popen([BINARY, *arguments], stdout=subprocess.DEVNULL, stderr=slave, env=variables) as process:
        os.close(slave)
        shown = b""
        while True:
            try:
                block = os.read(master, 4096)
            except OSError:
                break
            if not block:
                break
            shown += block
        process.wait()
    os.close(master)
    return shown.decode()


def expect(actual, wanted):
    assert actual == wanted, f"got {actual!r}, expected {wanted!r}"


def contains(text, *words):
    for word in words:
        assert word in text, f"no {word!r} in {text!r}"


def test_a_derivative_that_is_zero_everywhere():
    done = tl("run", program("W = [1.0, 2.0]\nV = [3.0, 4.0]\nLoss = W[i]^2 + step(V[i])\ndLoss/dV?\n"))
    expect(done.returncode, 0)
    contains(done.stdout, "0  0")
    contains(done.stderr, "warning: 'V' does not influence 'Loss', so the derivative is 0")


def test_exit_codes():
    expect(tl("run", program(VECTOR)).returncode, 0)
    expect(tl("run", program("X = [1\nX?\n")).returncode, 1)
    expect(tl("check", program("X = [1, 2]\nY[i] = X[i,j]\nY?\n")).returncode, 1)
    expect(tl("run", "p.tl", "--nonsense").returncode, 2)
    expect(tl().returncode, 2)
    expect(tl("run", "missing.tl").returncode, 3)
    expect(tl("run", program('X = "missing.npy"\nX?\n')).returncode, 3)
    expect(tl("run", program("A[i,j] = 1, i < 30000, j < 30000\nY[i] = A[i,j]\nY?\nA?\n"), "--max-memory", "10M").returncode, 4)
    expect(tl("run", program("X = 2 X + 1\nX?\n")).returncode, 5)
    expect(tl("test", program(VECTOR + "//= [1, 2, 3]\n")).returncode, 5)


def test_time_limit():
    done = tl("run", program(ENDLESS), "--backend", "reference", "--timeout", "0.3")
    expect(done.returncode, 4)
    contains(done.stderr, "--timeout")


def test_interrupt():
    process = subprocess.Popen([BINARY, "run", program(ENDLESS), "--backend", "reference"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=20)
    expect((process.returncode, out), (130, ""))
    contains(error, "interrupted")


def test_suggestions():
    contains(tl("rnu", "p.tl").stderr, "did you mean 'tl run'?")
    done = tl("run", program(VECTOR), "--fromat", "json")
    expect(done.returncode, 2)
    contains(done.stderr, "there is no option '--fromat'", "did you mean '--format'?")
    contains(tl("run", "p.tl", "--backend", "gpu").stderr, "--backend")


def test_help_and_version():
    contains(tl("--help").stdout, "Examples", "Exit codes")
    for verb in ("run", "check", "test", "explain"):
        done = tl(verb, "--help")
        expect((done.returncode, done.stderr), (0, ""))
        contains(done.stdout, "Example", "--backend")
    assert re.fullmatch(r"tl \d+\.\d+(\.\d+)?\n", tl("--version").stdout)


def test_defines():
    done = tl("run", program("const T = 1\nY = T + 1\nY?\n"), "-D", "T=41", "--format", "json")
    expect(json.loads(done.stdout)["data"], 42)
    write_npy("x.npy", [1, 2, 4])
    done = tl("run", program("Y[i] = 2 X[i]\nY?\nX?\n"), "-D", "X=x.npy", "--format", "json")
    expect((done.returncode, done.stderr), (0, ""))
    expect([json.loads(line)["data"] for line in done.stdout.splitlines()], [[2, 4, 8], [1, 2, 4]])
    expect(tl("run", program("X?\n"), "-D", "X=x.npy").stderr, "")
    write_npy("half.npy", [0.5, 1.25])
    done = tl("run", program("X?\nY = X\nY?\n"), "-D", "X=half.npy", "--format", "json")
    expect([json.loads(line)["data"] for line in done.stdout.splitlines()], [[0.5, 1.25], [0.5, 1.25]])
    with open("edges.tsv", "w", encoding="utf-8") as file:
        file.write("a\tb\nb\tc\n")
    done = tl("run", program("P(x, z) <- Edge(x, y), Edge(y, z)\nP(x, z)?\n"), "-D", "Edge=edges.tsv", "--format", "tsv")
    expect((done.returncode, done.stderr), (0, ""))
    contains(done.stdout, "a\tc")


def test_seed():
    name = program("X[i] = uniform(), i < 4\nparam W[i: 3] ~ normal()\nX?\nW?\n")

    def drawn(*options, file=name):
        done = tl("run", file, "--format", "json", *options)
        expect((done.returncode, done.stderr), (0, ""))
        return [json.loads(line)["data"] for line in done.stdout.splitlines()]

    # The same on every run, backend, level and number of threads; another for another seed.
    for options in ((), ("--seed", "0"), ("--threads", "3", "-O", "3"), ("-O", "0")):
        expect(drawn(*options), drawn())
    assert all(abs(a - b) < 1e-6 for pair in zip(drawn(), drawn("--backend", "reference")) for a, b in zip(*pair))
    assert drawn("--seed", "1")[0] != drawn()[0] and drawn("--seed", "1")[1] != drawn()[1]
    # Edits elsewhere, another order of the statements and more elements leave it alone.
    weights, values, _ = drawn(file=program("W?\nA[i] = uniform(), i < 9\nparam W[i: 5] ~ normal()\nX[i] = uniform(), i < 6\nX?\nA?\n", "edited.tl"))
    expect((values[:4], weights[:3]), tuple(drawn()))
    expect(tl("run", name, "--seed", "many").returncode, 2)


def test_bad_defines():
    for define, words in (("T", "NAME=VALUE"), ("T=hello", "neither a number nor a file"), ("Q=3", "no 'Q'")):
        done = tl("run", program("Y = T\nconst T = 1\nY?\n"), "-D", define)
        expect(done.returncode, 2)
        contains(done.stderr, words)
    expect(tl("run", program("Y[i] = X[i]\nY?\n"), "-D", "X=missing.npy").returncode, 3)


def test_strict():
    name = program("Q(1)\nP(x) <- Q(x), Unknown(x)\nP(x)?\n")
    relaxed, strict = tl("run", name), tl("run", name, "--strict")
    expect((relaxed.returncode, strict.returncode), (0, 1))
    contains(relaxed.stderr, "warning: nothing defines 'Unknown'")
    contains(strict.stderr, "error: nothing defines 'Unknown'")
    expect(strict.stdout, "")


def test_formats():
    name = program(FAMILY + "Grand(Ann, Cid)?\n" + VECTOR, "mixed.tl")
    answers = [json.loads(line) for line in tl("run", name, "--format", "json").stdout.splitlines()]
    expect(answers[0], {"query": "Grand(x,z)", "kind": "relation", "columns": ["x", "z"], "rows": [["Ann", "Cid"]]})
    expect(answers[1], {"query": "Grand(Ann,Cid)", "kind": "truth", "value": True})
    expect((answers[2]["kind"], answers[2]["shape"], answers[2]["data"]), ("tensor", [3], [2, 4, 6]))
    contains(tl("run", name, "--format", "tsv").stdout, "Ann\tCid\n", "2\t6\n")
    contains(tl("run", name).stdout, "1 row", "2  4  6")
    done = tl("run", program(VECTOR), "--format", "npy")
    expect((done.returncode, done.stdout), (0, "Y\t./0.npy\n"))
    with open("0.npy", "rb") as file:
        expect(file.read(6), b"\x93NUMPY")
    expect(tl("run", name, "--format", "npy").returncode, 2)


def test_writes():
    done = tl("run", program('X = [1, 2]\nY[i] = 2 X[i]\n"o.npz:A" = X\n"o.npz:B" = Y\n"y.tsv" = Y\n'))
    expect((done.returncode, done.stdout, done.stderr), (0, "", ""))
    with zipfile.ZipFile("o.npz") as archive:
        expect(sorted(archive.namelist()), ["A.npy", "B.npy"])
    with open("y.tsv", encoding="utf-8") as file:
        expect(file.read(), "0\t2\n1\t4\n")
    back = tl("run", program('B = "o.npz:B"\nZ[i] = B[i]\nZ?\n'), "--format", "json")
    expect(json.loads(back.stdout)["data"], [2, 4])


def test_written_parts():
    text = ('X = [[1, 2, 3], [4, 5, 6]]\nP(Ann, 1); P(Bob, 2); P(Ann, 3)\n"row.npy" = X[1,j]\n"column.tsv" = X[i,0]\n'
            '"ann.tsv" = P(Ann, x)\n')
    done = tl("run", program(text))
    expect((done.returncode, done.stdout, done.stderr), (0, "", ""))
    back = tl("run", program('R = "row.npy"\nR?\n'), "--format", "json")
    expect(json.loads(back.stdout)["data"], [4, 5, 6])
    with open("column.tsv", encoding="utf-8") as file:
        expect(file.read(), "0\t1\n1\t4\n")
    with open("ann.tsv", encoding="utf-8") as file:
        expect(file.read(), "1\n3\n")


def test_half_floats():
    """Stored in 16 bits, added up in 32: 1000 times 1 is 1000 and not 256."""
    text = ("One[i] = 1.0 + 0.0 i, i < 1000\nSum = One[i]\nEdge(x, y) <- x < 1000, y = 0\nIn[y] = Edge(x, y) One[x]\n"
            "Third = 1.0 / 3\nSum?\nIn?\nThird?\n")
    for backend in ("cpu", "reference"):
        for dtype, third in (("bf16", 0.333984375), ("f16", 0.333251953125), ("f32", 1 / 3), ("f64", 1 / 3)):
            done = tl("run", program(text), "--dtype", dtype, "--backend", backend, "--format", "json")
            expect((done.returncode, done.stderr), (0, ""))
            answers = [json.loads(line)["data"] for line in done.stdout.splitlines()]
            expect(answers[:2], [1000, [1000]])
            expect(abs(answers[2] - third) < 1e-7, True)


def test_arrays_as_relations():
    write_npy("mask.npy", [0, 1, 0, 2])
    done = tl("run", program('Mask(i) = "mask.npy"\nMask(0)\nMask?\nN = Mask(i)\nN?\nMask[i]?\n'), "--format", "json")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    expect([answers[0]["rows"], answers[1]["data"], answers[2]["data"]], [[[0], [1], [3]], 3, [1, 1, 0, 1]])
    with open("more.tsv", "w", encoding="utf-8") as file:
        file.write("0\t10\n3\t5\n")
    done = tl("run", program('W[i] = "mask.npy"\nW[i] += "more.tsv"\nW?\n'), "--format", "json")
    expect((json.loads(done.stdout)["data"], done.stderr), ([10, 1, 0, 7], ""))


def test_external_functions():
    done = tl("run", program('extern "libm.so.6" hypot(x, y)\nY = hypot(3, 4)\nY?\n'), "--format", "json")
    expect(json.loads(done.stdout)["data"], 5)
    done = tl("run", program('extern "libnothere.so" f(x)\nY = f(3)\nY?\n'))
    expect(done.returncode, 3)
    contains(done.stderr, "p.tl:1:8", "libnothere.so", "cannot be opened")
    done = tl("run", program('extern "libm.so.6" not_there(x)\nY = not_there(3)\nY?\n'))
    expect(done.returncode, 3)
    contains(done.stderr, "has no function 'not_there'")


def test_standard_input():
    expect(tl("run", "-", "--format", "tsv", text=VECTOR).stdout, tl("run", program(VECTOR), "--format", "tsv").stdout)
    expect(tl("-", text=VECTOR).returncode, 0)
    contains(tl("-", text="X = [1\n").stderr, "standard input:1:7: error:")


def test_verb_may_be_left_out():
    expect(tl(program(VECTOR), "--format", "json").stdout, tl("run", "p.tl", "--format", "json").stdout)


def test_streams():
    done = tl("run", program("X = [1]\nY[i] = X[i] + Unknown[i]\nY?\n"), "--format", "json")
    contains(done.stderr, "warning: nothing defines 'Unknown'")
    expect(len([json.loads(line) for line in done.stdout.splitlines()]), 1)
    expect(tl("run", program("X = [1\n")).stdout, "")


def test_colour():
    name = program("X = [1\nX?\n")
    contains(on_terminal("run", name), "\x1b[")
    for shown in (on_terminal("run", name, NO_COLOR="1"), on_terminal("run", name, "--color", "never")):
        assert "\x1b[" not in shown, shown
    assert "\x1b[" not in tl("run", name).stderr
    contains(tl("run", name, "--color", "always").stderr, "\x1b[")


def test_progress():
    shown = on_terminal("run", program(ENDLESS), "--backend", "reference", "--timeout", "1.6", "--color", "never")
    contains(shown, "running for 1 s", "MB in use", "--timeout")
    last = shown.rindex("running for")
    assert shown.find("\r\x1b[2K", last) > last, "the line is not erased"
    assert "running" not in on_terminal("run", program(VECTOR))
    done = tl("run", program(ENDLESS), "--backend", "reference", "--timeout", "1.3")
    assert "running" not in done.stderr


def test_update():
    name = program(FAMILY + VECTOR)
    expect(tl("test", "--update", name).returncode, 0)
    with open(name, encoding="utf-8") as file:
        first = file.read()
    contains(first, "//= {(Ann, Cid)}", "//= [2, 4, 6]")
    expect(tl("test", "--update", name).returncode, 0)
    with open(name, encoding="utf-8") as file:
        expect(file.read(), first)
    done = tl("test", name)
    expect((done.returncode, done.stdout.splitlines()[-1].split(",")[1]), (0, " 0 failed"))


def test_explain():
    name = program(VECTOR + FAMILY)
    expect(tl("explain", name).returncode, 0)
    for stage, words in (("checked", "Y[i]"), ("tl", "tl.program"), ("plan", "plan."), ("llvm", "define"), ("asm", ".text")):
        done = tl("explain", name, "--stage", stage)
        expect((done.returncode, done.stderr), (0, ""))
        contains(done.stdout, words)
    contains(tl("explain", name, "--plan").stdout, "for each row of Parent(y, z), found by column 1")


def test_fmt():
    name = program("Y[ i ]=2*X[i ]// twice\nX=[1,2];\nY ?\n")
    formatted = "Y[i] = 2 * X[i]  // twice\nX = [1, 2]\nY?\n"
    done = tl("fmt", "--check", name)
    expect((done.returncode, done.stdout, done.stderr), (5, name + "\n", ""))
    expect(tl("fmt", "-", text="Y[ i ]=2*X[i ]// twice\nX=[1,2];\nY ?").stdout, formatted)
    done = tl("fmt", name)
    expect((done.returncode, done.stdout, done.stderr), (0, "", ""))
    with open(name, encoding="utf-8") as file:
        expect(file.read(), formatted)
    expect(tl("fmt", "--check", name).returncode, 0)
    expect(tl("fmt", program("X = [1\n")).returncode, 1)
    with open("p.tl", encoding="utf-8") as file:
        expect(file.read(), "X = [1\n")
    done = tl("fmt", "missing.tl")
    expect(done.returncode, 3)
    contains(done.stderr, "missing.tl")


def test_fmt_keeps_random_programs():
    """What still parses after a mutation means the same formatted; formatting again changes nothing."""
    seed = int(os.environ.get("TL_SEED", time.time()))
    print(f"seed {seed}")
    sys.path.insert(0, os.path.join(ROOT, "tests/oracle"))
    import mutate
    programs, kept = mutate.seeds(), 0
    for number in range(150):
        state = random.Random(f"{seed} fmt {number}")
        text = mutate.mutate(state.choice(programs), state, programs)
        if "\0" in text:
            continue
        done = tl("fmt", "-", text=text)
        assert done.returncode in (0, 1), (text, done.returncode, done.stderr)
        if done.returncode == 0:
            kept += 1
            expect(tl("fmt", "-", text=done.stdout).stdout, done.stdout)
    assert kept > 20, f"only {kept} programs parse"


def test_json_messages():
    name = program("W = [[1, 2, 3], [4, 5, 6]]\nX = [1, 2, 3, 4]\nY[i] = W[i,j] X[j]\nZ[i] = rleu(X[i])\nY?\nZ?\n")
    for verb in (["run"], ["check"], ["explain"], ["test", "--backend", "reference"]):
        done = tl(*verb, name, "--error-format", "json")
        messages = [json.loads(line) for line in done.stderr.splitlines()]
        expect([message["id"] for message in messages], ["UnknownFunction"])
        expect((messages[0]["file"], messages[0]["range"]["begin"]), (name, {"line": 4, "column": 8, "offset": 70}))
        expect((messages[0]["fix"]["replacement"], messages[0]["severity"]), ("relu", "error"))
        assert messages[0]["fix"]["applicability"] in ("certain", "likely")
    name = program("W = [[1, 2, 3], [4, 5, 6]]\nX = [1, 2, 3, 4]\nY[i] = W[i,j] X[j]\nY?\n")
    message = json.loads(tl("check", name, "--error-format", "json").stderr)
    expect((message["id"], len(message["labels"]), message["fix"]), ("ExtentClash", 4, None))
    done = tl("fmt", "missing.tl", "--error-format", "json")
    expect((json.loads(done.stderr)["range"], done.returncode), (None, 3))
    with open("p.tl", "wb") as file:
        file.write(b"X = \xff\n")
    done = tl("run", "p.tl", "--error-format", "json")
    expect(json.loads(done.stderr)["id"], "InvalidText")


def test_errors():
    listed = tl("errors")
    expect(listed.returncode, 0)
    contains(listed.stdout, "ExtentClash", "one index with two sizes")
    contains(tl("errors", "ExtentClash").stdout, "Wrong:", "Right:")
    done = tl("errors", "ExtentClsh")
    expect(done.returncode, 2)
    contains(done.stderr, "did you mean 'ExtentClash'?")


def test_query_driven():
    rules = "Path(x, y) <- Edge(x, y)\nPath(x, z) <- Edge(x, y), Path(y, z)\n"
    name = program("Edge(A, B); Edge(B, C)\n" + rules + "Path(A, x)?\nPath?\n")
    full = tl("explain", name).stdout
    contains(full, "least fixpoint of Path:")
    expect(tl("run", name, "--query-driven").stdout, tl("run", name).stdout)
    name = program("Edge(A, B); Edge(B, C)\n" + rules + "Path(A, x)?\n")
    expect(tl("explain", name).stdout, tl("explain", name, "--query-driven").stdout)
    contains(tl("explain", name).stdout, "demand Path.bf(asked1,y) <- demand Path.bf(asked1,x), Edge(x,y)")
    contains(tl("explain", name, "--no-query-driven").stdout, "least fixpoint of Path:")
    # 2,000 nodes in one ring: the closure has 4,000,000 rows, what is asked for 2,000.
    ring = "".join(f"Edge({n}, {(n + 1) % 2000})\n" for n in range(2000))
    for recursion in ("Edge(x, y), Path(y, z)", "Path(x, y), Edge(y, z)", "Path(x, y), Path(y, z)"):
        name = program(ring + f"Path(x, y) <- Edge(x, y)\nPath(x, z) <- {recursion}\nPath(7, x)?\n")
        done = tl("run", name, "--format", "json", "--max-memory", "24M")
        expect((done.returncode, done.stderr), (0, ""))
        expect(len(json.loads(done.stdout)["rows"]), 2000)


def test_why():
    name = program("Parent(Ann, Bob); Parent(Bob, Cid); Parent(Cid, Dan)\nBanned(Dan)\nAncestor(x, y) <- Parent(x, y)\n"
                   "Ancestor(x, z) <- Ancestor(x, y), Parent(y, z), not Banned(z)\n"
                   "A = [[1, 2], [3, 4]]\nB = [[5, -6], [7, 8]]\nC[i,k] = relu(A[i,j] B[j,k])\nBest[i] max= A[i,j]\n")
    done = tl("why", name, "Ancestor(Ann, Cid)")
    expect((done.returncode, done.stderr), (0, ""))
    expect(done.stdout.splitlines()[0].split("    ")[0], "Ancestor(Ann,Cid)")
    contains(done.stdout, "by Ancestor(x,z) <- Ancestor(x,y), Parent(y,z), not Banned(z)  (p.tl:4)", "not Banned(Cid)", "Parent(Bob,Cid)    given")
    contains(tl("why", name, "Ancestor(Ann, Cid)", "--format", "dot").stdout, "digraph proof", "0 -> 1")
    proof = json.loads(tl("why", name, "Ancestor(Ann, Cid)", "--format", "json").stdout)
    expect((proof["fact"], proof["height"], len(proof["proof"])), ("Ancestor(Ann,Cid)", 2, 4))
    expect(proof["proof"][0]["binding"], {"x": "Ann", "y": "Bob", "z": "Cid"})
    done = tl("whynot", name, "Ancestor(Ann, Dan)")
    expect((done.returncode, done.stderr), (0, ""))
    contains(done.stdout, "Ancestor(Ann,Dan) does not hold", "only this fails: not Banned(Dan)", "only this fails: Parent(Ann,Dan)")
    expect(tl("why", name, "Ancestor(Ann, Dan)").returncode, 5)
    expect(tl("whynot", name, "Ancestor(Ann, Cid)").returncode, 5)
    expect(tl("whynot", name, "Ancestor(Ann, Zoe)").returncode, 0)
    element = json.loads(tl("why", name, "C[0,1]", "--format", "json").stdout)
    expect((element["value"], element["count"]), (10, 2))
    expect([part["value"] for part in element["contributions"]], [16, -6])
    expect(element["contributions"][0]["reads"], {"A[0,1]": 2, "B[1,1]": 8})
    contains(tl("why", name, "C[0,1]", "--most", "1").stdout, "C[0,1] = 10", "and 1 more, together -6")
    expect(json.loads(tl("why", name, "Best[1]", "--format", "json").stdout)["contributions"][0]["value"], 4)
    expect(tl("why", name, "Ancestor(Ann, x)").returncode, 1)
    expect(tl("why", name, "C[0,9]").returncode, 2)
    expect(tl("why", name, "Nothing(Ann)").returncode, 5)


def test_long_answers():
    facts = "".join(f"N({n})\n" for n in range(1000))
    name = program(facts + "P(x, y) <- N(x), N(y)\nP(x, y)?\n")
    for layout in ("tsv", "json", "text"):
        start = time.monotonic()
        done = tl("run", name, "--format", layout, *(["--full"] if layout == "text" else []))
        expect(done.returncode, 0)
        assert time.monotonic() - start < 15, f"{layout} took {time.monotonic() - start:.1f} s"
        if layout == "tsv":
            expect(done.stdout.count("\n") >= 1000000, True)


def test_closed_output():
    done = subprocess.run(f"{BINARY} run {program(FAMILY)} > /dev/full", shell=True, capture_output=True, text=True)
    expect(done.returncode, 3)
    contains(done.stderr, "standard output")
    start = time.monotonic()
    facts = "".join(f"N({n})\n" for n in range(2000))
    done = subprocess.run(f"{BINARY} run {program(facts + 'P(x, y) <- N(x), N(y)' + chr(10) + 'P(x, y)?' + chr(10))} --format tsv | head -n 1",
                          shell=True, capture_output=True, text=True)
    expect((done.stdout, done.stderr), ("0\t0\n", ""))
    assert time.monotonic() - start < 15


def test_modules():
    os.makedirs("mine/deep")
    os.makedirs("library")
    program("def twice(X) -> Y { Y = 2 X }\n", "mine/deep/numbers.tl")
    program("def three() -> Y { Y = 3 }\n", "library/numbers.tl")
    name = program("import mine.deep.numbers\nimport std.numbers\nY = twice(three())\nY?\n//= 6\n")
    for arguments, environment in ((["--stdlib", "library"], {}), ([], {"TL_STDLIB": "library"}), (["--stdlib", "library"], {"TL_STDLIB": "none"})):
        for verb in ("run", "check", "test", "explain"):
            done = tl(verb, name, *arguments, env=os.environ | environment)
            expect((done.returncode, done.stderr), (0, ""))
    contains(tl("explain", name, "--stdlib", "library").stdout, "Y = 2 * three.Y")
    # The library that comes with tl.
    expect(tl("run", "-", text="import std.core\nX = [1, 2]\nX?\n").returncode, 0)
    done = tl("run", name)
    expect(done.returncode, 1)
    contains(done.stderr, "there is no module 'std.numbers'")


def test_query_constants():
    done = tl("run", program("Parent(Ann, Bob)\nParent(Bob, Cid)\nParent(1, x)?\nParent(Bob, x)?\n"), "--format", "json")
    expect([json.loads(line)["rows"] for line in done.stdout.splitlines()], [[], [["Cid"]]])


SPARSE = """Source(0)
Length[x, y] = "roads.facts"
Near[x, y] = "near.facts"
Height = [1, 2, 3, 4]
Edge(x, y) <- Length[x, y]
Far(x, y) <- Length[x, y] > 6
Distance[x] min= 0, Source(x)
Distance[y] min= Distance[x] + Length[x, y], Length[x, y]
Out[x] = Length[x, y]
Climb[x] = Length[x, y] Height[y] / 2, y < 4
Best[x] max= Length[x, y], Edge(x, y)
Capped[x] = relu(6 - Length[x, y]), Edge(x, y)
Both = Length[x, y] Near[x, y]
Count = count[x, y](Length[x, y])
"""


# Whether a table is kept as its rows shows in no answer.
def test_sparse_tables():
    with open("roads.facts", "w", encoding="utf-8") as file:
        file.write("0\t1\t5\n0\t2\t20\n1\t2\t7\n3\t0\t-2\n2\t3\t1\n")
    with open("near.facts", "w", encoding="utf-8") as file:
        file.write("1\t2\t2\n2\t2\t9\n3\t3\t1\n")
    text = SPARSE + "".join(name + "?\n" for name in "Far Distance Out Climb Best Capped Both Count Length".split())
    answers = {tl("run", program(text), "--format", "json", "--tables", tables, "--backend", backend, "--joins", joins).stdout
               for tables in ("dense", "sparse", "auto") for backend in ("cpu", "reference") for joins in ("auto", "multiway")}
    expect(len(answers), 1)
    expect(answers.pop().count("\n"), 9)


# 40 billion elements, of which 3,000 are given.
def test_tables_over_large_domains():
    draw = random.Random(3)
    roads = {(draw.randrange(1000), draw.randrange(1000)): draw.randrange(1, 50) for _ in range(3000)}
    roads = {(a * 200, b * 200 + 7): length for (a, b), length in roads.items()}
    with open("roads.facts", "w", encoding="utf-8") as file:
        file.writelines(f"{a}\t{b}\t{length}\n" for (a, b), length in roads.items())
    text = 'Length[x, y] = "roads.facts"\nV[i] = i % 10, i < 200000\nLong(x, y) <- Length[x, y] > 47\n'
    text += "Total = Length[x, y]\nWeighted = Length[x, y] V[y] / 2\nSquares = sum[x, y](Length[x, y]^2), Long(x, y)\n"
    done = tl("run", program(text + "Long?\nTotal?\nWeighted?\nSquares?\n"), "--format", "json", "--max-memory", "400M", "--dtype", "f64")
    expect(done.returncode, 0)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    expect(answers[0]["rows"], sorted([a, b] for (a, b), length in roads.items() if length > 47))
    expect(answers[1]["data"], sum(roads.values()))
    expect(answers[2]["data"], sum(length * (b % 10) for (a, b), length in roads.items()) / 2)
    expect(answers[3]["data"], sum(length * length for length in roads.values() if length > 47))
    whole = tl("run", program(text + "Length?\n"), "--max-memory", "400M")
    expect(whole.returncode, 4)
    contains(whole.stderr, "Length")
    with open("roads.facts", "a", encoding="utf-8") as file:
        file.write("\t".join(map(str, max(roads))) + "\t3\n")
    twice = tl("run", program(text + "Total?\n"))
    expect(twice.returncode, 3)
    contains(twice.stderr, "roads.facts' line", "the same indices come twice")


CHAIN = "".join(f"Edge({n}, {n + 1})\n" for n in range(30)) + """Path(x, y) <- Edge(x, y)
Path(x, z) <- Path(x, y), Edge(y, z)
Path(0, 30)?
"""


def test_profile():
    done = tl("run", program(CHAIN), "--no-query-driven", "--profile", "--trace", "trace.json")
    expect((done.returncode, done.stdout), (0, "Path(0,30) = true\n"))
    contains(done.stderr, "rows out", "p.tl:31 Path", "p.tl:32 Path", "recursion 1")
    with open("trace.json", encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    rules = [event for event in events if event["name"] == "p.tl:32 Path"]
    expect([event["args"]["rows out"] for event in rules], list(range(29, -1, -1)))
    expect([event["args"]["round"] for event in rules], list(range(1, 31)))
    expect(sum(event["args"]["rows out"] for event in events if event["name"].endswith("Path")), 30 * 31 // 2)
    expect(tl("run", "p.tl", "--profile", "--backend", "reference").returncode, 2)


def test_counting_in_threads():
    draw = random.Random(6)
    edges = {(draw.randrange(300), 100000 + draw.randrange(300)) for _ in range(5000)}
    edges |= {(a, b - 100000) for a, b in edges} | {(b, a) for a, b in edges}
    with open("edge.facts", "w", encoding="utf-8") as file:
        file.writelines(f"{a}\t{b}\n" for a, b in edges)
    after = {}
    for a, b in edges:
        after[a] = after.get(a, 0) | 1 << b
    triangles = sum(bin(after[a] & after.get(b, 0)).count("1") for a, b in edges)
    text = 'Edge = "edge.facts"\nN = Edge(x, y) Edge(y, z) Edge(x, z)\nN?\n'
    for threads in ("1", "2", "3"):
        for joins in ("auto", "pairwise", "multiway"):
            done = tl("run", program(text), "--threads", threads, "--joins", joins, "--format", "json")
            expect(json.loads(done.stdout)["data"], triangles)


def test_memory_of_a_recursion():
    draw = random.Random(5)
    facts = "".join(f"{draw.randrange(4000)}\t{draw.randrange(4000)}\n" for _ in range(9000))
    with open("edge.facts", "w", encoding="utf-8") as file:
        file.write(facts)
    text = 'Edge = "edge.facts"\nPath(x, y) <- Edge(x, y)\nPath(x, z) <- Path(x, y), Edge(y, z)\nPath(0, 1)?\n'
    done = tl("run", program(text), "--max-memory", "12M", "--no-query-driven")
    expect(done.returncode, 4)
    assert re.search(r"relation 'Path' with \d+ rows needs \d+ MiB more, .*, in round \d+", done.stderr), done.stderr


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
            except (AssertionError, subprocess.TimeoutExpired, OSError, ValueError, KeyError, IndexError) as error:
                failed += 1
                print(f"FAIL {name}: {type(error).__name__}: {error}")
            os.chdir("/")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
