"""std.core and std.nn."""
import numpy as np

from harness import case


def erf(x):
    """Abramowitz and Stegun is too coarse here: the Taylor series, which converges for the small values that cases use."""
    total = term = x.copy()
    for n in range(1, 80):
        term = -term * x * x / n
        total = total + term / (2 * n + 1)
    return 2 / np.sqrt(np.pi) * total


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def silu(x):
    return x * sigmoid(x)


def gelu(x):
    return x * (1 + erf(x / np.sqrt(2))) / 2


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


@case("core/lse")
def lse(random):
    x = random.normal(size=(2, 3, 4)) * 30
    return "Y[a,b] = lse(X[a,b,i])", {"X": x}, {"Y": np.logaddexp.reduce(x, axis=-1)}


@case("core/logsig")
def logsig(random):
    x = random.normal(size=7) * 3
    return "Y[a] = logsig(X[a])", {"X": x}, {"Y": np.log(sigmoid(x))}


@case("core/one_hot")
def one_hot(random):
    x = random.integers(0, 5, size=(3, 2))
    return "Y[a,b,k] = one_hot(X[a,b]; classes = 5)", {"X": x}, {"Y": np.eye(5)[x]}


@case("core/place")
def place(random):
    x = random.integers(0, 4, size=(3, 6)).astype(float)
    return "Y[a,i] = place(X[a,i])", {"X": x}, {"Y": np.argsort(np.argsort(-x, axis=1, kind="stable"), axis=1, kind="stable")}


@case("core/largest")
def largest(random):
    x = random.integers(0, 4, size=(3, 6)).astype(float)
    order = np.argsort(-x, axis=1, kind="stable")[:, :3]
    expected = np.zeros_like(x)
    np.put_along_axis(expected, order, 1, 1)
    return "Y[a,i] = largest(X[a,i]; k = 3)", {"X": x}, {"Y": expected}


@case("core/segment_sum")
def segment_sum(random):
    x, s = random.normal(size=(8, 2)), np.array([2, 0, 1, 2, 2, 0, 1, 0])
    return "Y[s,d] = segment_sum(X[i,d], S[i])", {"X": x, "S": s}, {"Y": np.stack([x[s == k].sum(0) for k in range(3)])}


@case("core/segment_mean")
def segment_mean(random):
    x, s = random.normal(size=(8, 2)), np.array([2, 0, 1, 2, 2, 0, 1, 0])
    return "Y[s,d] = segment_mean(X[i,d], S[i])", {"X": x, "S": s}, {"Y": np.stack([x[s == k].mean(0) for k in range(3)])}


@case("core/cosine")
def cosine(random):
    a, b = random.normal(size=(3, 5)), random.normal(size=(3, 5))
    return "Y[p] = cosine(A[p,d], B[p,d])", {"A": a, "B": b}, {"Y": (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)}


@case("nn.norm/rms_norm")
def rms_norm(random):
    x, w = random.normal(size=(2, 3, 5)), random.normal(size=5)
    return "Y[b,p,d] = rms_norm(X[b,p,d], W[d]; eps = 0.01)", {"X": x, "W": w}, {"Y": w * x / np.sqrt((x**2).mean(-1, keepdims=True) + 0.01)}


@case("nn.norm/layer_norm")
def layer_norm(random):
    x, w, b = random.normal(size=(2, 3, 5)), random.normal(size=5), random.normal(size=5)
    expected = w * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) + b
    return "Y[b,p,d] = layer_norm(X[b,p,d], W[d], B[d])", {"X": x, "W": w, "B": b}, {"Y": expected}


@case("nn.norm/unit")
def unit(random):
    x = random.normal(size=(3, 5))
    return "Y[p,d] = unit(X[p,d])", {"X": x}, {"Y": x / np.linalg.norm(x, axis=1, keepdims=True)}


def dense(random):
    return {"X": random.normal(size=(2, 3, 4)), "W": random.normal(size=(5, 4)), "B": random.normal(size=5)}


@case("nn.mlp/linear")
def linear(random):
    given = dense(random)
    return "Y[b,p,o] = linear(X[b,p,i], W[o,i], B[o])", given, {"Y": given["X"] @ given["W"].T + given["B"]}


@case("nn.mlp/perceptron")
def perceptron(random):
    given = dense(random)
    return "Y[b,p,o] = perceptron(X[b,p,i], W[o,i], B[o])", given, {"Y": sigmoid(given["X"] @ given["W"].T + given["B"])}


@case("nn.mlp/mlp")
def mlp(random):
    given = dense(random) | {"V": random.normal(size=(2, 5)), "C": random.normal(size=2)}
    hidden = gelu(given["X"] @ given["W"].T + given["B"])
    return "Y[b,p,o] = mlp(X[b,p,i], W[h,i], B[h], V[o,h], C[o])", given, {"Y": hidden @ given["V"].T + given["C"]}


def gated(random, function):
    given = {"X": random.normal(size=(3, 4)), "W1": random.normal(size=(5, 4)), "W3": random.normal(size=(5, 4)), "W2": random.normal(size=(4, 5))}
    return given, (function(given["X"] @ given["W1"].T) * (given["X"] @ given["W3"].T)) @ given["W2"].T


@case("nn.mlp/swiglu")
def swiglu(random):
    given, expected = gated(random, silu)
    return "Y[p,o] = swiglu(X[p,i], W1[h,i], W3[h,i], W2[o,h])", given, {"Y": expected}


@case("nn.mlp/geglu")
def geglu(random):
    given, expected = gated(random, gelu)
    return "Y[p,o] = geglu(X[p,i], W1[h,i], W3[h,i], W2[o,h])", given, {"Y": expected}


def labelled(random):
    return {"X": random.normal(size=(2, 3, 4)), "T": random.integers(0, 4, size=(2, 3)), "M": np.array([[1, 0, 1], [1, 1, 0]])}


def entropies(given):
    return -np.log(np.take_along_axis(softmax(given["X"]), given["T"][..., None], -1)[..., 0])


@case("nn.loss/ce")
def ce(random):
    given = labelled(random)
    return "Y[b,p] = ce(X[b,p,v], T[b,p])", given, {"Y": entropies(given)}


@case("nn.loss/masked_ce")
def masked_ce(random):
    given = labelled(random)
    return "Y = masked_ce(X[b,p,v], T[b,p], M[b,p])", given, {"Y": entropies(given)[given["M"] > 0].mean()}


@case("nn.loss/perplexity")
def perplexity(random):
    given = labelled(random)
    return "Y = perplexity(X[b,p,v], T[b,p], M[b,p])", given, {"Y": np.exp(entropies(given)[given["M"] > 0].mean())}


@case("nn.loss/kl")
def kl(random):
    t, s = random.normal(size=(3, 5)), random.normal(size=(3, 5))
    p, q = softmax(t / 2), softmax(s / 2)
    return "Y[e] = kl(T[e,v], S[e,v]; temperature = 2)", {"T": t, "S": s}, {"Y": 4 * (p * np.log(p / q)).sum(1)}


@case("nn.loss/focal")
def focal(random):
    x, t, w = random.normal(size=(4, 3)), np.array([0, 2, 1, 2]), random.uniform(size=3)
    p = softmax(x)[np.arange(4), t]
    return "Y[e] = focal(X[e,v], T[e], W[v]; gamma = 1.5)", {"X": x, "T": t, "W": w}, {"Y": -w[t] * (1 - p)**1.5 * np.log(p)}


@case("nn.loss/bce")
def bce(random):
    x, t = random.normal(size=6), random.uniform(size=6)
    p = sigmoid(x)
    return "Y[e] = bce(X[e], T[e])", {"X": x, "T": t}, {"Y": -t * np.log(p) - (1 - t) * np.log(1 - p)}


@case("nn.loss/squared_error")
def squared_error(random):
    x, t = random.normal(size=6), random.normal(size=6)
    return "Y[e] = squared_error(X[e], T[e])", {"X": x, "T": t}, {"Y": (x - t)**2}


@case("nn.conv/conv2d")
def conv2d(random):
    x, f = random.normal(size=(5, 6, 2)), random.normal(size=(2, 3, 2, 3))
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 3), axis=(0, 1))
    return "Y[x,y,o] = conv2d(X[x,y,c], F[u,v,c,o])", {"X": x, "F": f}, {"Y": np.einsum("xycuv,uvco->xyo", windows, f)}


@case("nn.conv/pool_max")
def pool_max(random):
    x = random.normal(size=(4, 6, 2))
    return "Y[x,y,c] = pool_max(X[x,y,c])", {"X": x}, {"Y": x.reshape(2, 2, 3, 2, 2).max((1, 3))}


@case("nn.conv/pool_mean")
def pool_mean(random):
    x = random.normal(size=(4, 6, 2))
    return "Y[x,y,c] = pool_mean(X[x,y,c])", {"X": x}, {"Y": x.reshape(2, 2, 3, 2, 2).mean((1, 3))}


@case("nn.conv/short_conv")
def short_conv(random):
    x, w = random.normal(size=(6, 2)), random.normal(size=(3, 2))
    padded = np.concatenate([np.zeros((2, 2)), x])
    return "Y[t,d] = short_conv(X[t,d], W[k,d])", {"X": x, "W": w}, {"Y": sum(w[k] * padded[2 - k:8 - k] for k in range(3))}


@case("nn.rnn/rnn")
def rnn(random):
    x, w, u, b = random.normal(size=(5, 2, 3)), random.normal(size=(4, 3)), random.normal(size=(4, 4)), random.normal(size=4)
    h, states = np.zeros((2, 4)), []
    for step in x:
        h = np.tanh(step @ w.T + h @ u.T + b)
        states.append(h)
    return "Y[t,e,h] = rnn(X[t,e,i], W[h,i], U[h,g], B[h])", {"X": x, "W": w, "U": u, "B": b}, {"Y": np.stack(states)}


@case("nn.rnn/gru")
def gru(random):
    x, w, u = random.normal(size=(5, 2, 3)), random.normal(size=(3, 4, 3)), random.normal(size=(3, 4, 4))
    b, c = random.normal(size=(3, 4)), random.normal(size=(3, 4))
    h, states = np.zeros((2, 4)), []
    for step in x:
        given, back = [step @ w[a].T + b[a] for a in range(3)], [h @ u[a].T + c[a] for a in range(3)]
        r, z = sigmoid(given[0] + back[0]), sigmoid(given[1] + back[1])
        h = (1 - z) * np.tanh(given[2] + r * back[2]) + z * h
        states.append(h)
    return "Y[t,e,h] = gru(X[t,e,i], W[a,h,i], U[a,h,g], B[a,h], C[a,h])", {"X": x, "W": w, "U": u, "B": b, "C": c}, {"Y": np.stack(states)}
