"""Runs one program on one backend and compares its answers with expected arrays."""
import json
import os
import resource
import subprocess
import tempfile

import numpy as np

BACKENDS = ("cpu", "reference")
SECONDS = 60  # of computing; a machine with other work may take ten times as long


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(binary, program, backend, files=(), options=()):
    """(answers, None), or (None, what went wrong)."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.tl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(program)
        for name, content in files:
            if isinstance(content, str):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(content)
            else:
                np.save(os.path.join(folder, name), content)
        done = subprocess.run([binary, "run", path, "--format", "json", "--dtype", "f64", "--backend", backend, *options],
                              capture_output=True, text=True, timeout=10 * SECONDS, stdin=subprocess.DEVNULL, preexec_fn=limit)
    if done.returncode != 0:
        return None, f"exit {done.returncode}: {done.stderr.strip()[:600]}"
    return [json.loads(line) for line in done.stdout.splitlines()], None


def plain(cell):
    """A JSON cell as a number; NaN stands for an absent element, so that absence is compared too."""
    return float("nan") if cell is None else float(cell)


def flat(data):
    return [cell for part in data for cell in flat(part)] if isinstance(data, list) else [plain(data)]


def differs(answer, expected):
    """What is wrong with a tensor answer, or None; elements agree to 1e-9."""
    expected = np.asarray(expected, float)
    if list(answer["shape"]) != list(expected.shape):
        return f"shape {answer['shape']}, expected {list(expected.shape)}: {expected.tolist()}"
    actual = np.array(flat(answer["data"])).reshape(expected.shape)
    if not np.allclose(actual, expected, rtol=1e-9, atol=1e-9, equal_nan=True):
        return f"{answer['data']}, expected {expected.tolist()}"
    return None


def compare(binary, program, expected, files=(), options=()):
    """The first disagreement of a backend with `expected` (query name, array, line of the program), or None."""
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend, files, options)
        if wrong:
            return program, f"{backend}: {wrong}"
        if len(answers) != len(expected):
            return program, f"{backend}: {len(answers)} answers, expected {len(expected)}"
        for answer, (name, value, line) in zip(answers, expected):
            wrong = differs(answer, value)
            if wrong:
                return program, f"{backend}: {line}\n  {name} is {wrong}"
    return None
