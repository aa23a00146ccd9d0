#!/usr/bin/python3
"""Checks `learn` against numpy, and what a training run leaves behind: checkpoints, metrics, curves.

usage: run.py BUILD_FOLDER [--full]
"""
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import numpy as np  # noqa: E402

import draws  # noqa: E402
import models  # noqa: E402
import reference  # noqa: E402
import segments  # noqa: E402

BINARY = ""


def tl(folder, program, *options, backend="cpu", check=True, dtype="f64"):
    with open(os.path.join(folder, "p.tl"), "w", encoding="utf-8") as file:
        file.write(program)
    done = subprocess.run([BINARY, "run", "p.tl", "--format", "json", "--dtype", dtype, "--backend", backend, *options],
                          cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    if check and done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr[-600:]}\n{program}")
    return done


def answers(done):
    return [np.array(json.loads(line)["data"]) for line in done.stdout.splitlines()]


def losses(folder):
    with open(os.path.join(folder, "m.jsonl"), encoding="utf-8") as file:
        return [json.loads(line)["loss"] for line in file]


def compare(model, learn, optimizer, backend="cpu", steps=200, tolerance=1e-8, **how):
    """Every loss and every final parameter of a run against the same run in numpy."""
    wanted, final = reference.train(dict(model.start), model.loss_and_gradients, optimizer, steps, examples=model.examples, **how)
    with tempfile.TemporaryDirectory() as folder:
        model.write(folder)
        program = model.program + f"learn Loss by {learn}, steps = {steps}\n" + "".join(f"{name}?\n" for name in model.parameters)
        done = tl(folder, program, "--metrics", "m.jsonl", backend=backend)
        error = np.max(np.abs(np.array(losses(folder)) - wanted) / np.maximum(1, np.abs(wanted)))
        for name, value in zip(model.parameters, answers(done)):
            error = max(error, np.max(np.abs(value - final[name]) / np.maximum(1, np.abs(final[name]))))
    assert error <= tolerance, f"{learn} on {backend}: error {error}"
    assert wanted[-1] < wanted[0], "the reference does not learn"


def optimizers_agree_with_numpy():
    mlp, regression = models.Mlp(), models.SoftmaxRegression()
    compare(mlp, "sgd(lr = 0.05, decay = 0.001)", reference.Sgd(0.05, 0.001))
    compare(regression, "momentum(lr = 0.2)", reference.Momentum(0.2))
    compare(mlp, "adam(lr = 0.01)", reference.Adam(0.01))
    compare(regression, "adam(lr = 0.01, beta1 = 0.8, decay = 0.01)", reference.Adam(0.01, 0.8, decay=0.01))
    compare(mlp, "adamw(lr = 0.01)", reference.AdamW(0.01))
    compare(regression, "lion(lr = 0.002, decay = 0.1)", reference.Lion(0.002, decay=0.1))


def backends_agree():
    compare(models.Mlp(), "adam(lr = 0.01)", reference.Adam(0.01), backend="reference", steps=15)
    compare(models.SoftmaxRegression(), "sgd(lr = 0.5)", reference.Sgd(0.5), backend="reference", steps=15)


def schedules_clipping_and_batches_agree_with_numpy():
    mlp, regression = models.Mlp(), models.SoftmaxRegression()
    compare(mlp, "sgd(lr = 0.1), schedule = cosine, warmup = 20, floor = 0.1", reference.Sgd(0.1), schedule="cosine", warmup=20, floor=0.1)
    compare(mlp, "adam(lr = 0.02), schedule = linear, warmup = 10", reference.Adam(0.02), schedule="linear", warmup=10)
    compare(regression, "sgd(lr = 0.5), warmup = 30, clip = 0.2", reference.Sgd(0.5), warmup=30, clip=0.2)
    compare(mlp, "adam(lr = 0.01), batch = e: 16", reference.Adam(0.01), batch=16)
    compare(regression, "momentum(lr = 0.05), batch = e: 7, clip = 0.5, accumulate = 3", reference.Momentum(0.05), batch=7, clip=0.5, accumulate=3)
    compare(mlp, "sgd(lr = 0.05), batch = e: 9", reference.Sgd(0.05), batch=9, backend="reference", steps=12)


def training_program(steps, batch=True):
    mlp = models.Mlp()
    learn = f"learn Loss by adam(lr = 0.01), steps = {steps}, schedule = cosine" + (", batch = e: 16" if batch else "")
    return mlp, mlp.program + learn + "\nW1?\nB1?\nW2?\n"


def resuming_changes_no_bit():
    mlp, program = training_program(60)
    for backend in ("cpu", "reference"):
        with tempfile.TemporaryDirectory() as folder:
            mlp.write(folder)
            whole = tl(folder, program, "--checkpoint", "whole", backend=backend).stdout
            first = tl(folder, program, "--checkpoint", "ck", "--checkpoint-every", "7", "--timeout", "60", backend=backend).stdout
            assert first == whole, "checkpoints change the result"
            assert tl(folder, program, "--resume", "ck", backend=backend).stdout == whole, "a finished run changes when it is resumed"
            changed = tl(folder, program + "// other\n", "--resume", "ck", backend=backend, check=False)
            assert changed.returncode == 3 and "another program" in changed.stderr, changed.stderr


def checkpoint_is_complete(folder):
    """Reads the manifest and the tensors it names, and checks that every tensor is there with all its bytes."""
    with open(os.path.join(folder, "checkpoint.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    with open(os.path.join(folder, manifest["tensors"]), "rb") as file:
        content = file.read()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + size])
    assert set(header) - {"__metadata__"} == set(manifest["checksums"]), "a tensor is missing"
    assert max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__") == len(content) - 8 - size
    return manifest


def kills_lose_nothing(kills):
    draw = random.Random(17)
    mlp, program = training_program(400)
    with tempfile.TemporaryDirectory() as folder:
        mlp.write(folder)
        whole = tl(folder, program).stdout
        command = [BINARY, "run", "p.tl", "--format", "json", "--dtype", "f64", "--checkpoint", "ck", "--checkpoint-every", "1"]
        killed = 0
        while killed < kills:
            resume = ["--resume", "ck"] if os.path.exists(os.path.join(folder, "ck/checkpoint.json")) else []
            process = subprocess.Popen(command + resume, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
            before = killed
            deadline = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < deadline:
                # From the first checkpoint on; the time within a step is left to chance.
                if os.path.exists(os.path.join(folder, "ck/checkpoint.json")):
                    time.sleep(draw.uniform(0.02, 0.3))
                    process.send_signal(signal.SIGKILL)
                    killed += 1
                    break
                time.sleep(0.005)
            process.communicate()
            if os.path.exists(os.path.join(folder, "ck/checkpoint.json")):
                done = checkpoint_is_complete(os.path.join(folder, "ck"))["step"]
                if done >= 400:
                    subprocess.run(["rm", "-r", os.path.join(folder, "ck")], check=True)
            assert killed > before or process.returncode == 0, "training did not start"
        resume = ["--resume", "ck"] if os.path.exists(os.path.join(folder, "ck/checkpoint.json")) else []
        assert tl(folder, program, *resume).stdout == whole, "the continued run differs from the undisturbed one"


def interrupts_leave_a_checkpoint():
    mlp, program = training_program(1000000, batch=False)
    program = program.replace("steps = 1000000", "steps = 1000000, every = 1000000, validate = Loss")
    with tempfile.TemporaryDirectory() as folder:
        mlp.write(folder)
        with open(os.path.join(folder, "p.tl"), "w", encoding="utf-8") as file:
            file.write(program)
        process = subprocess.Popen([BINARY, "run", "p.tl", "--dtype", "f64", "--checkpoint", "ck", "--metrics", "m.jsonl"], cwd=folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (os.path.exists(os.path.join(folder, "m.jsonl")) and os.path.getsize(os.path.join(folder, "m.jsonl"))):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130, f"exit {process.returncode}: {errors}"
        manifest = checkpoint_is_complete(os.path.join(folder, "ck"))
        assert manifest["step"] > 0
        assert len(losses(folder)) == manifest["step"], "the metrics and the checkpoint disagree"


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def masked(data):
    value = crc32c(data)
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    with open(path, "rb") as file:
        content = file.read()
    while content:
        size, check = struct.unpack("<QI", content[:12])
        assert check == masked(content[:8]), "the checksum of a length"
        data = content[12:12 + size]
        assert struct.unpack("<I", content[12 + size:16 + size])[0] == masked(data), "the checksum of a record"
        yield data
        content = content[16 + size:]


def runs_leave_metrics_events_and_a_curve():
    mlp, program = training_program(12, batch=False)
    with tempfile.TemporaryDirectory() as folder:
        mlp.write(folder)
        program = program.replace("schedule = cosine", "schedule = cosine, validate = Loss, every = 4")
        tl(folder, program, "--metrics", "m.jsonl", "--tensorboard", "tb", "--loss-curve", "c.svg")
        with open(os.path.join(folder, "m.jsonl"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        assert [line["step"] for line in lines] == list(range(1, 13))
        assert [line["step"] for line in lines if "validation" in line] == [4, 8, 12]
        # A validation after step 4 sees the parameters that step 5 starts from.
        assert abs(lines[3]["validation"] - lines[4]["loss"]) < 1e-12
        events = list(records(os.path.join(folder, "tb", os.listdir(os.path.join(folder, "tb"))[0])))
        assert b"brain.Event:2" in events[0] and len(events) == 1 + 12 * 2 + 3, len(events)
        assert struct.pack("<f", lines[0]["loss"]) in events[1]
        with open(os.path.join(folder, "c.svg"), encoding="utf-8") as file:
            image = file.read()
        assert image.startswith("<svg") and image.count("<path") == 2 and image.endswith("</svg>\n")


def options_of_the_command_line_override():
    mlp, program = training_program(12, batch=False)
    with tempfile.TemporaryDirectory() as folder:
        mlp.write(folder)
        tl(folder, program, "--metrics", "m.jsonl", "--steps", "3", "-D", "lr=0.5")
        with open(os.path.join(folder, "m.jsonl"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        assert len(lines) == 3 and abs(lines[0]["rate"] - 0.5) < 1e-12, lines
        untouched = tl(folder, program, "-D", "beta3=0.5", check=False)
        assert untouched.returncode == 2 and "beta3" in untouched.stderr, untouched.stderr


def early_stop_keeps_the_best():
    """A validation loss that falls and rises again as W passes 1."""
    program = """param W = 0.0
V[e] = W, e < 1
Loss = (W - 3)^2
Val = (W - 1)^2
learn Loss by sgd(lr = 0.05), steps = 100, validate = Val, every = 1, patience = 3
W?
"""
    with tempfile.TemporaryDirectory() as folder:
        done = tl(folder, program, "--metrics", "m.jsonl")
        value, best = 0.0, None
        for _ in range(100):
            value -= 0.05 * 2 * (value - 3)
            if best is None or (value - 1) ** 2 < (best - 1) ** 2:
                best = value
        assert abs(answers(done)[0] - best) < 1e-12, (answers(done), best)
        assert len(losses(folder)) < 100


def statements_run_in_order():
    program = """param A = 1.0
param B = 1.0
LossA = (A - 3)^2
LossB = (B - A)^2
learn LossA by sgd(lr = 0.25), steps = 60
learn LossB by sgd(lr = 0.25), steps = 60
A?
B?
"""
    with tempfile.TemporaryDirectory() as folder:
        one, two = answers(tl(folder, program))
        # The second statement learns A too, as its loss reads it: A and B meet halfway between 3 and 1.
        assert abs(one - 2) < 1e-9 and abs(two - 2) < 1e-9, (one, two)


def what_is_learnt_without_param():
    program = """X = [[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]
Y = [1.0, 2.0, 0.0]
Loss = (Y[e] - W[i] X[e,i])^2
learn Loss by sgd(lr = 0.02), steps = 400
W?
"""
    with tempfile.TemporaryDirectory() as folder:
        done = tl(folder, program)
        assert np.allclose(answers(done)[0], np.linalg.lstsq([[1, 2], [3, -1], [0, 1]], [1, 2, 0], rcond=None)[0], atol=1e-9)
        assert "learns 'W'" in done.stderr and "warning" not in done.stderr, done.stderr


def nan_is_found_where_it_begins():
    program = """param W = 2.0
H = log(W)
Loss = H + W
learn Loss by sgd(lr = 1.0), steps = 20
W?
"""
    with tempfile.TemporaryDirectory() as folder:
        for backend in ("cpu", "reference"):
            done = tl(folder, program, "--check-nan", backend=backend, check=False)
            assert done.returncode == 5, (done.returncode, done.stderr)
            assert re.search(r"p\.tl:2:1: error: 'H' is nan in step 3", done.stderr), done.stderr
        plain = tl(folder, program, check=False)
        assert plain.returncode == 0 and "warning" in plain.stderr and "step 3" in plain.stderr, plain.stderr


def draws_belong_to_examples():
    """A batch of all examples, in another order, has the draws of the whole: weighted, their order matters."""
    for index, start in (("e", ""), ("p", "domain Person = {Zoe, Ann, Bob, Eve, Dan, Cid}\ntensor X[p: Person]\n")):
        program = start + f"""param W ~ normal(0, 2)
X = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
D[{index}] = (W - normal())^2 X[{index}]
Loss = D[{index}]
learn Loss by sgd(lr = 0.001), steps = 30%s
W?
"""
        with tempfile.TemporaryDirectory() as folder:
            for backend in ("cpu", "reference"):
                whole, = answers(tl(folder, program % "", backend=backend))
                batch, = answers(tl(folder, program % f", batch = {index}: 6", backend=backend))
                other, = answers(tl(folder, program % "", "--seed", "1", backend=backend))
                assert abs(whole - batch) < 1e-9 and abs(whole - other) > 1e-6, (whole, batch, other)


def parameters_keep_their_digits():
    """With `--dtype bf16` everything is stored short but what says otherwise: 0.1 of a percent a step is not lost."""
    program = """X = [[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]
Y = [1.0, 2.0, 0.0]
param W[i: 2]%s
W = [0.5, -1.0]
P[e] = W[i] X[e,i]
Loss = (Y[e] - P[e])^2
learn Loss by sgd(lr = 0.0005), steps = 4000
W?
P?
"""
    exact = np.linalg.lstsq([[1, 2], [3, -1], [0, 1]], [1, 2, 0], rcond=None)[0]
    with tempfile.TemporaryDirectory() as folder:
        for backend in ("cpu", "reference"):
            done = tl(folder, program % ": f32", dtype="bf16", backend=backend)
            assert [json.loads(line)["dtype"] for line in done.stdout.splitlines()] == ["f32", "bf16"]
            assert np.allclose(answers(done)[0], exact, atol=0.01), answers(done)
        short = answers(tl(folder, program % "", dtype="bf16"))[0]
        assert not np.allclose(short, exact, atol=0.01), "steps below half a digit should be lost"


def c_functions_are_learnt_through():
    """A C function of two parameters in a recursion; its derivatives against central differences."""
    source = """#include <math.h>
double mix(double x, double y) { return sin(x) * y; }
double mix_x(double x, double y) { return cos(x) * y; }
double mix_y(double x, double y) { (void)y; return sin(x); }
"""
    program = """extern "libmix.so" mix(x, y), dx = mix_x, dy = mix_y
extern "libmix.so" mix_x(x, y)
extern "libmix.so" mix_y(x, y)
W = [%.17g, %.17g]
H[0,i] = W[i]
H[t+1,i] = mix(H[t,i], W[j] W[j]) + W[i], t < 3
Loss = H[3,i]^2
Loss?
dLoss/dW?
"""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "mix.c"), "w", encoding="utf-8") as file:
            file.write(source)
        subprocess.run(["g++", "-x", "c", "-shared", "-fPIC", "-O1", "-o", "libmix.so", "mix.c", "-lm"], cwd=folder, check=True)
        point, step = np.array([0.4, -0.7]), 1e-5
        for backend in ("cpu", "reference"):
            def loss(at):
                return float(answers(tl(folder, program % tuple(at), backend=backend))[0])
            found = answers(tl(folder, program % tuple(point), backend=backend))[1]
            wanted = [(loss(point + step * row) - loss(point - step * row)) / (2 * step) for row in np.eye(2)]
            assert np.allclose(found, wanted, atol=1e-7), (backend, found, wanted)


def what_cannot_be_learnt_is_said():
    def message(program, exit_code=1):
        with tempfile.TemporaryDirectory() as folder:
            done = tl(folder, program, check=False)
            assert done.returncode == exit_code, (done.returncode, done.stderr)
            return done.stderr

    learn = "learn Loss by sgd, steps = 1%s\n"
    said = message('extern "libm.so.6" cbrt(x)\nparam W = 2.0\nLoss = cbrt(W)^2\n' + learn % "")
    assert "p.tl:4:1: error: the derivative of the C function 'cbrt' is not known" in said, said
    assert "'Loss' has 1 index" in message("param W = [1.0, 2.0]\nLoss[i] = W[i]^2\n" + learn % ""), "loss"
    assert "depends on nothing that can be learnt" in message("X = [1.0]\nLoss = X[i]\n" + learn % ""), "parameters"
    data = "param W = 1.0\nX = [1.0, 2.0, 3.0]\nLoss = (X[e] - W)^2\n"
    assert "has no index 'x'" in message(data + learn % ", batch = x: 2"), "batch index"
    assert "only 3 elements" in message(data + learn % ", batch = e: 4"), "batch size"


def progress_is_shown_on_a_terminal():
    import pty
    mlp, program = training_program(10000000, batch=False)
    with tempfile.TemporaryDirectory() as folder:
        mlp.write(folder)
        with open(os.path.join(folder, "p.tl"), "w", encoding="utf-8") as file:
            file.write(program)
        ours, theirs = pty.openpty()
        process = subprocess.Popen([BINARY, "run", "p.tl", "--dtype", "f64"], cwd=folder, stdout=subprocess.DEVNULL, stderr=theirs,
                                   stdin=subprocess.DEVNULL)
        os.close(theirs)
        shown, line = b"", re.compile(rb"step \d+ of 10000000, Loss [-+.e\d]+, [-+.e\d]+ steps/s, \d+ s left")
        try:
            while not line.search(shown):
                shown += os.read(ours, 4096)
        except OSError:  # the other end was closed
            pass
        process.send_signal(signal.SIGINT)
        os.close(ours)
        assert process.wait(timeout=60) == 130
        assert line.search(shown), shown[-300:]


def draws_change_from_step_to_step():
    with tempfile.TemporaryDirectory() as folder:
        def here(program, *options, **how):
            return tl(folder, program, *options, **how)

        draws.check_steps(here, answers)
        draws.check_queries(here, answers)
        draws.check_redraw(here, answers)
        draws.check_resume(here, answers, folder)


def parameters_start_as_they_say():
    program = """param W[i: 3, j: 2] ~ normal(1, 0.5)
param B[i: 3]
param A[i: 3] ~ ones()
Loss = (W[i,j] + B[i] + A[i])^2
learn Loss by sgd(lr = 0.1), steps = %d
W?
B?
A?
"""
    with tempfile.TemporaryDirectory() as folder:
        plain = "\n".join(line for line in program.splitlines() if not line.startswith("learn")) + "\n"
        w, b, a = answers(tl(folder, plain))
        assert np.std(w) > 0.01 and np.all(b == 0) and np.all(a == 1), (w, b, a)
        slope = 2 * (w + b[:, None] + a[:, None])
        learnt = answers(tl(folder, program % 1))
        wanted = (w - 0.1 * slope, b - 0.1 * slope.sum(axis=1), a - 0.1 * slope.sum(axis=1))
        for value, expected in zip(learnt, wanted):
            assert np.allclose(value, expected, atol=1e-9), (value, expected)


def printed_gradient_of_a_gather_runs():
    text = "Emb = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]\nTok = [2, 0, 2]\nV[p,d] = Emb[Tok[p],d]\nLoss = V[p,d]^2\ndLoss/dEmb?\n"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "gather.tl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        printed = subprocess.run([BINARY, "explain", path, "--gradient"], capture_output=True, text=True, timeout=60).stdout
        for program in (text, printed):
            (gradient,) = answers(tl(folder, program))
            assert np.array_equal(gradient, [[2, 4], [0, 0], [20, 24]]), gradient


def states_that_are_too_many_are_computed_again():
    with tempfile.TemporaryDirectory() as folder:
        def run(program, *options, backend="cpu"):
            return tl(folder, program, *options, backend=backend)

        segments.segments_give_the_same_derivatives(run)
        segments.segments_learn_the_same(run)
        segments.long_recursions_stay_below_the_memory(run)


def main():
    global BINARY
    BINARY = os.path.join(os.path.abspath(sys.argv[1]), "bin/tl")
    kills = 20 if "--full" in sys.argv else 4
    checks = [optimizers_agree_with_numpy, backends_agree, schedules_clipping_and_batches_agree_with_numpy, resuming_changes_no_bit,
              lambda: kills_lose_nothing(kills), interrupts_leave_a_checkpoint, runs_leave_metrics_events_and_a_curve,
              options_of_the_command_line_override, early_stop_keeps_the_best, statements_run_in_order, what_is_learnt_without_param,
              nan_is_found_where_it_begins, draws_belong_to_examples, draws_change_from_step_to_step,
              parameters_keep_their_digits, c_functions_are_learnt_through, what_cannot_be_learnt_is_said,
              progress_is_shown_on_a_terminal, parameters_start_as_they_say, printed_gradient_of_a_gather_runs,
              states_that_are_too_many_are_computed_again]
    failed = 0
    for check in checks:
        start = time.monotonic()
        try:
            check()
        except (AssertionError, subprocess.TimeoutExpired, OSError, KeyError, ValueError, IndexError) as error:
            print(f"FAIL {check.__name__}: {type(error).__name__} {error}")
            failed += 1
        if "--times" in sys.argv:
            print(f"{check.__name__}: {time.monotonic() - start:.1f} s")
    print(f"{len(checks) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
