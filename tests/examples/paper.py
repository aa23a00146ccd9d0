#!/usr/bin/python3
"""Recomputes the programs of examples/paper with numpy, without looking at their equations' text, and compares.

usage: paper.py BUILD_FOLDER
"""
import itertools
import json
import os
import subprocess
import sys

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "examples/paper")


def sig(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def lnorm(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def grid(function, *extents):
    return np.array(np.fromfunction(function, extents), float)


def perceptron():
    return [float(np.dot([0.2, 1.9, -0.7, 3], [0, 1, 1, 0]) > 0)]


def rules():
    parents = {("Bob", "Dee"), ("Cal", "Dee"), ("Dee", "Eve")}
    closure = parents | {(a, d) for a, b in parents for c, d in parents if b == c}
    return [{("Ann", "Dee")}, 2, closure]


def multilayer_perceptron():
    first = np.array([[0.5, -1, 0.25], [1, 0.5, -0.5], [-0.75, 0.25, 1]])
    second = np.array([[1, -1, 0.5], [0.5, 0.5, 0.5], [-1, 2, 0]])
    return [sig(second @ sig(first @ [1, 2, -1]))]


def recurrent_network():
    state = np.zeros(2)
    for u in np.array([[1, 0, -1], [0.5, 1, 2]]).T:
        state = sig(np.array([[0.5, -0.3], [0.2, 0.1]]) @ state + np.array([[1, 0.5], [-1, 0.25]]) @ u)
    return [state]


def convolution():
    image = grid(lambda x, y, c: (3 * x + 5 * y + 2 * c) % 7, 6, 6, 2)
    kernel = grid(lambda x, y, c: (x + 2 * y + c) % 3 - 1, 2, 2, 2)
    features = np.array([[max(0, (image[x:x + 2, y:y + 2] * kernel).sum()) for y in range(5)] for x in range(5)])
    blocks = [[features[x:x + 2, y:y + 2] for y in range(0, 5, 2)] for x in range(0, 5, 2)]
    return [features, [[b.sum() for b in row] for row in blocks], [[b.max() for b in row] for row in blocks]]


def graph_network():
    adjacency = np.zeros((4, 4))
    for a, b in ((0, 1), (0, 2), (2, 3)):
        adjacency[a, b] = adjacency[b, a] = 1
    embedding = np.array([[1, -1], [0.5, 2], [-1, 1], [0.25, -0.5]])
    for weights in np.array([[[1, 0.5], [-0.5, 1]], [[0.5, 0.5], [1, -1]]]):
        message = np.maximum(embedding @ weights.T, 0)
        embedding = np.maximum(0.5 * adjacency @ message + embedding, 0)
    scores = embedding @ [1, -0.5]
    return [sig(scores), sig(embedding @ embedding.T), sig(scores.sum())]


def transformer():
    tokens = [2, 0, 4, 1]
    table = grid(lambda t, d: np.sin(1 + 3 * t + 2 * d), 5, 4)
    position = np.array([[np.sin(p / 10000 ** (d / 4)) if d % 2 == 0 else np.cos(p / 10000 ** ((d - 1) / 4)) for d in range(4)] for p in range(4)])
    stream = table[tokens] + position
    mask = np.where(np.tril(np.ones((4, 4))) > 0, 0, -np.inf)
    for b in range(2):
        heads = []
        for h in range(2):
            query = stream @ grid(lambda k, d: np.sin(b + 2 * h + 3 * k + d), 2, 4).T
            key = stream @ grid(lambda k, d: np.cos(b + 2 * h + 3 * k - d), 2, 4).T
            value = stream @ grid(lambda v, d: np.sin(b - h + v + 2 * d), 2, 4).T
            heads.append(softmax(query @ key.T / np.sqrt(2) + mask) @ value)
        middle = lnorm(np.concatenate(heads, -1) @ grid(lambda d, m: np.cos(b + d + m), 4, 4).T + stream)
        hidden = np.maximum(middle @ grid(lambda f, d: np.sin(b + f - d), 8, 4).T, 0)
        stream = lnorm(hidden @ grid(lambda d, f: np.cos(b - d + f), 4, 8).T + middle)
    return [softmax(stream @ grid(lambda t, d: np.cos(2 * t + d), 5, 4).T)]


def kernel_machine():
    x = np.array([[1, 0], [0, 1], [1, 1], [-1, 0.5]])
    weights = np.array([0.5, 1, 0.25, 0.75]) * [1, -1, 1, -1]
    polynomial = (x @ x.T) ** 2
    gauss = np.exp(-((x[:, None] - x[None]) ** 2).sum(-1) / 2)
    return [polynomial, gauss, sig(polynomial @ weights + 0.1), sig(gauss @ weights + 0.1)]


def graphical_model():
    rain, sprinkler = [0.8, 0.2], [[0.6, 0.99], [0.4, 0.01]]
    wet = [[[1, 0.2], [0.1, 0.01]], [[0, 0.8], [0.9, 0.99]]]
    joint = {(r, s, w): rain[r] * sprinkler[s][r] * wet[w][s][r] for r, s, w in itertools.product(range(2), repeat=3)}
    marginal = [sum(p for (_, _, w), p in joint.items() if w == value) for value in range(2)]
    posterior = sum(p for (r, _, w), p in joint.items() if r == w == 1) / marginal[1]
    return [sum(joint.values()), marginal, marginal, posterior, max(p for (_, _, w), p in joint.items() if w == 1)]


def belief_propagation():
    phi = np.exp(np.eye(3))
    local = grid(lambda v, x: np.exp(np.sin(2 * v + 3 * x)), 5, 3)
    belief = np.zeros((5, 3))
    for states in itertools.product(range(3), repeat=5):
        weight = np.prod([local[v, s] for v, s in enumerate(states)]) * np.prod([phi[a, b] for a, b in zip(states, states[1:])])
        for v, s in enumerate(states):
            belief[v, s] += weight
    return [belief / belief.sum(1, keepdims=True)]


def embedding_space():
    count = np.zeros((4, 4))
    count[0, 3] = 2
    return [[1, 0, 1, 0], count, count > 0]


def tucker():
    matrix = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
    triples = [(0, 1, 2), (3, 1, 0), (2, 2, 2), (1, 0, 3)]
    return [sum(matrix[i, 0] * matrix[j, 0] * matrix[k, 0] for i, j, k in triples), set(triples)]


def agrees(answer, expected):
    if answer["kind"] == "relation":
        return {tuple(row) for row in answer["rows"]} == expected
    actual = np.array(answer["data"], float)
    return actual.shape == np.shape(expected) and np.allclose(actual, np.array(expected, float), rtol=1e-4, atol=1e-4)


def main():
    binary = os.path.join(os.path.abspath(sys.argv[1]), "bin/tl")
    passed = failed = 0
    for name in sorted(os.listdir(FOLDER)):
        if not name.endswith(".tl"):
            continue
        done = subprocess.run([binary, "run", os.path.join(FOLDER, name), "--format", "json"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        expected = globals()[name[:-3]]()
        right = done.returncode == 0 and len(answers) == len(expected) and all(map(agrees, answers, expected))
        passed, failed = passed + right, failed + (not right)
        if not right:
            print(f"FAIL {name}: {done.stderr[:300]} {[a.get('data', a.get('rows')) for a in answers]}, numpy says {expected}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
