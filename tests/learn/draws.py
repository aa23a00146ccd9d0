"""Draws inside a training step: which numbers they are, by a generator written from the manual."""
import numpy as np

import reference


def walk(steps, seed=0, batches=1, statement=1, start=0.0):
    """W[i] of a loss W[i] normal() learnt by sgd(lr = 1)."""
    value = np.full(3, start)
    for step in range(steps):
        numbers = range(step * batches, (step + 1) * batches)
        value = value - np.mean([[reference.normal(seed, "D", 0, (i,), step=number, statement=statement) for i in range(3)]
                                 for number in numbers], axis=0)
    return value


WALK = """param W = [0.0, 0.0, 0.0]
D[i] = W[i] normal()
Loss = D[i]
learn Loss by sgd(lr = 1), steps = 7%s
W?
"""


def check_steps(tl, answers):
    """Every step, and every batch of an accumulated one, draws other numbers; the seed and the statement count."""
    for backend in ("cpu", "reference"):
        np.testing.assert_allclose(answers(tl(WALK % "", backend=backend))[0], walk(7), atol=1e-12)
    np.testing.assert_allclose(answers(tl(WALK % "", "--seed", "5"))[0], walk(7, seed=5), atol=1e-12)
    np.testing.assert_allclose(answers(tl(WALK % ", accumulate = 3"))[0], walk(7, batches=3), atol=1e-12)
    twice = (WALK % "").replace("W?", "learn Loss by sgd(lr = 1), steps = 2\nW?")
    np.testing.assert_allclose(answers(tl(twice))[0], walk(7) + walk(2, statement=2), atol=1e-12)


def check_queries(tl, answers):
    """A query and a validation draw as they do without learning."""
    program = (WALK % ", validate = Val, every = 1").replace("W?", "Noise?")
    program += "Noise[i] = normal(), i < 3\nVal = Noise[i]^2 + 0 W[0]\n"
    noise = [reference.normal(0, "Noise", 0, (i,)) for i in range(3)]
    np.testing.assert_allclose(answers(tl(program, "--metrics", "m.jsonl"))[0], noise, atol=1e-12)


REDRAWN = """param W = [0.0, 0.0, 0.0]
Noise[i] = normal(), i < 3
Loss = W[i] Noise[i]
learn Loss by sgd(lr = 1), steps = 4%s
W?
"""


def check_redraw(tl, answers):
    """What depends on no parameter is drawn once, and said to be; with `redraw` it is drawn in every step."""
    def noise(**step):
        return np.array([reference.normal(0, "Noise", 0, (i,), **step) for i in range(3)])

    once = tl(REDRAWN % "")
    assert "'Noise' is random and depends on no parameter" in once.stderr and "redraw = Noise" in once.stderr, once.stderr
    np.testing.assert_allclose(answers(once)[0], -4 * noise(), atol=1e-12)
    for name in ("Noise", "Loss"):
        anew = tl(REDRAWN % f", redraw = {name}")
        assert "random" not in anew.stderr, anew.stderr
        np.testing.assert_allclose(answers(anew)[0], -sum(noise(step=step) for step in range(4)), atol=1e-12)


DROPOUT = """X = "x.npy"
param W[i: 4] ~ normal(0, 1)
Mask[e,i] = bernoulli(0.5)
Kept[e,i] = X[e,i] Mask[e,i] bernoulli(0.75)
Loss = (Kept[e,i] W[i] - 1)^2
learn Loss by adam(lr = 0.05), steps = 30, batch = e: 5, redraw = Mask
W?
"""


def check_resume(tl, answers, folder):
    """A run that is taken up again draws what the undisturbed one draws, in batches too."""
    np.save(f"{folder}/x.npy", np.random.default_rng(2).normal(size=(12, 4)))
    whole = tl(DROPOUT).stdout
    tl(DROPOUT, "--checkpoint", "ck", "--steps", "11")
    assert tl(DROPOUT, "--resume", "ck").stdout == whole, "the continued run differs"
    for backend in ("reference",):
        np.testing.assert_allclose(answers(tl(DROPOUT, backend=backend))[0], answers(tl(DROPOUT))[0], atol=1e-12)
