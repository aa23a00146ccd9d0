"""Datalog in embedding space: with orthonormal embeddings at T = 0 the closure, with few dimensions the error that theory says."""
import re

import numpy as np

from engine import BACKENDS, run


def vectors(random_state, symbols, dimensions, orthonormal):
    drawn = np.random.default_rng(random_state.getrandbits(32)).normal(size=(dimensions, symbols))
    return np.linalg.qr(drawn)[0].T if orthonormal else (drawn / np.linalg.norm(drawn, axis=0)).T


def check_exact(binary, random_state, program, expected):
    """Some or all relations of a program embedded with orthonormal vectors: nothing changes."""
    known = [name for name in "ABCPQR" if f"\n{name}(" in "\n" + program]  # a name that nothing defines has no positions
    embedded = random_state.sample(known, random_state.randint(min(2, len(known)), len(known)))
    # All in one database of triples, where a relation that is negated would depend on what it is negated in.
    pairs = [name for name in embedded if re.search(rf"^{name}\([^(),]*,[^(),]*\)", program, re.M)]
    triples = ""
    if "not " not in program and pairs and random_state.random() < 0.5:
        embedded, triples = pairs, ", triples = Facts"
    program = f"embed {', '.join(embedded)} by basis = Code, T = 0{triples}\nCode = \"Code.npy\"\n" + program
    code = vectors(random_state, 9, 12, True)
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend, [("Code.npy", code)])
        if wrong:
            return program, f"{backend}: {wrong}"
        for answer, name in zip(answers, "PQR"):
            actual = {tuple(row) for row in answer["rows"]}
            if actual != expected[name]:
                return program, f"{backend}: {name} lacks {sorted(expected[name] - actual)[:5]}, has too much {sorted(actual - expected[name])[:5]}"
    return None


def check_error(binary, random_state):
    """N members among random unit vectors of D dimensions: the score of the others has standard deviation sqrt(N / D)."""
    members, others = random_state.randint(20, 60), 400
    dimensions = random_state.choice([64, 128, 256])
    program = "".join(f"In({n})\n" for n in range(members))
    program += "embed In by basis = Code\nCode = \"Code.npy\"\nScore[x] = EmbIn[i] Code[x,i]\nScore?\n"
    answers, wrong = run(binary, program, "cpu", [("Code.npy", vectors(random_state, members + others, dimensions, False))])
    if wrong:
        return program, wrong
    scores = np.array(answers[0]["data"][members:])
    expected = (members / dimensions) ** 0.5
    if not 0.75 < scores.std() / expected < 1.3:
        return program, f"scores deviate by {scores.std()}, expected {expected}"
    return None
