"""Small models: their program, their data, and their loss with its gradients in numpy."""
import os

import numpy as np


def softmax_rows(scores):
    exponent = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponent / exponent.sum(axis=1, keepdims=True)


class SoftmaxRegression:
    """Twelve numbers to four classes, with weights given as literals."""
    program = """X = "x.npy"
T = "t.npy"
param W[i: 12, c: 4]
W = "w.npy"
param B[c: 4]
B = "b.npy"
Score[e,c] = X[e,i] W[i,c] + B[c]
LogP[e,c.] = logsoftmax(Score[e,c])
Loss = -T[e,c] LogP[e,c] / size(e)
"""
    parameters = ("W", "B")

    def __init__(self, examples=48, seed=3):
        draw = np.random.default_rng(seed)
        self.examples = examples
        self.x = draw.normal(size=(examples, 12))
        self.t = np.eye(4)[draw.integers(4, size=examples)]
        self.start = {"W": draw.normal(size=(12, 4)) * 0.3, "B": draw.normal(size=4) * 0.1}

    def write(self, folder):
        for name, value in (("x", self.x), ("t", self.t), *((name.lower(), value) for name, value in self.start.items())):
            np.save(os.path.join(folder, name + ".npy"), value)

    def loss_and_gradients(self, at, rows):
        x, t = (self.x, self.t) if rows is None else (self.x[rows], self.t[rows])
        p = softmax_rows(x @ at["W"] + at["B"])
        loss = -float(np.sum(t * np.log(p))) / len(x)
        back = (p - t) / len(x)
        return loss, {"W": x.T @ back, "B": back.sum(axis=0)}


class Mlp:
    """Six numbers through eight hidden ones to two, with the mean of the squares."""
    program = """X = "x.npy"
Y = "y.npy"
param W1[i: 6, j: 8]
W1 = "w1.npy"
param B1[j: 8]
B1 = "b1.npy"
param W2[j: 8, k: 2]
W2 = "w2.npy"
H[e,j] = tanh(X[e,i] W1[i,j] + B1[j])
P[e,k] = H[e,j] W2[j,k]
Loss = (P[e,k] - Y[e,k])^2 / size(e)
"""
    parameters = ("W1", "B1", "W2")

    def __init__(self, examples=40, seed=5):
        draw = np.random.default_rng(seed)
        self.examples = examples
        self.x = draw.normal(size=(examples, 6))
        self.y = np.stack([np.sin(self.x[:, 0]) + self.x[:, 1], self.x[:, 2] * self.x[:, 3]], axis=1)
        self.start = {"W1": draw.normal(size=(6, 8)) * 0.5, "B1": draw.normal(size=8) * 0.1, "W2": draw.normal(size=(8, 2)) * 0.5}

    def write(self, folder):
        for name, value in (("x", self.x), ("y", self.y), *((name.lower(), value) for name, value in self.start.items())):
            np.save(os.path.join(folder, name + ".npy"), value)

    def loss_and_gradients(self, at, rows):
        x, y = (self.x, self.y) if rows is None else (self.x[rows], self.y[rows])
        hidden = np.tanh(x @ at["W1"] + at["B1"])
        error = hidden @ at["W2"] - y
        back = 2 * error / len(x)
        inner = (back @ at["W2"].T) * (1 - hidden ** 2)
        return float(np.sum(error ** 2)) / len(x), {"W1": x.T @ inner, "B1": inner.sum(axis=0), "W2": hidden.T @ back}
