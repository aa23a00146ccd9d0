"""Derivatives of recursions whose states are not all kept: against those that keep them, and against numpy."""
import json

import numpy as np

GATED = """param W[i: {n}, j: {n}] ~ normal(0, 0.3)
param V[i: {n}] ~ normal(0, 0.3)
X[t] = sin(0.1 t), t < {steps}
Gate[t,i] = sig(W[i,j] H[*t,j] + X[t])
Mix[t,i.] = softmax(Gate[t,i] V[i])
H[*t+1,i] = 0.9 Gate[t,i] H[*t,i] + Mix[t,i] tanh(V[i] X[t])
Y[t] = 0.1 H[*t,i] V[i]
Loss = (Y[t] - 0.3)^2 + H[i] V[i]
"""
QUERIES = "Loss?\ndLoss/dW?\ndLoss/dV?\ndLoss/dX?\n"

LONG = """A[i] = 0.5 + i / 4000, i < 4000
X[t] = sin(0.1 t), t < 4000
H[*t+1,i] = tanh(A[i] H[*t,i] + X[t])
Loss = H[i]^2
Loss?
dLoss/dA?
dLoss/dX?
"""


def numbers(done):
    return [np.array(json.loads(line)["data"]) for line in done.stdout.splitlines()]


def segments_give_the_same_derivatives(run):
    """A step with a gate, a softmax and products, over a whole number of segments and with steps left."""
    for steps in (2500, 2537):
        program = GATED.format(n=9, steps=steps) + QUERIES
        kept = numbers(run(program))
        for backend in ("cpu", "reference"):
            again = numbers(run(program, "--max-memory", "1400K", backend=backend))
            for left, right in zip(kept, again, strict=True):
                assert np.allclose(left, right, rtol=1e-9, atol=1e-12), (steps, backend, np.abs(left - right).max())


def segments_learn_the_same(run):
    program = GATED.format(n=9, steps=2500) + "learn Loss by sgd(lr = 0.001), steps = 3\nW?\nV?\nLoss?\n"
    for left, right in zip(numbers(run(program)), numbers(run(program, "--max-memory", "1400K")), strict=True):
        assert np.allclose(left, right, rtol=1e-9, atol=1e-12), np.abs(left - right).max()


def by_hand():
    scale, drive = 0.5 + np.arange(4000) / 4000, np.sin(0.1 * np.arange(4000))
    states = [np.zeros(4000)]
    for value in drive:
        states.append(np.tanh(scale * states[-1] + value))
    back, by_scale, by_drive = 2 * states[-1], np.zeros(4000), np.zeros(4000)
    for step in reversed(range(4000)):
        inner = back * (1 - states[step + 1] ** 2)
        by_scale += inner * states[step]
        by_drive[step] = inner.sum()
        back = inner * scale
    return [np.array((states[-1] ** 2).sum()), by_scale, by_drive]


def long_recursions_stay_below_the_memory(run):
    """4,000 states of 4,000 f64 are 122 MiB, and so are their derivatives."""
    for options in ((), ("--max-memory", "24M")):
        for found, expected in zip(numbers(run(LONG, *options)), by_hand(), strict=True):
            assert np.allclose(found, expected, rtol=1e-9, atol=1e-9), (options, np.abs(found - expected).max())
