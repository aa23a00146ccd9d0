"""std.nn.lora, std.nn.blt, std.interp, std.memory, std.diffusion, std.calm, std.opt, std.rl.set, std.search.mcts."""
import math

import numpy as np

from core_cases import softmax
from harness import case


def adapters(random):
    return {"X": random.normal(size=(2, 5)), "W": random.normal(size=(4, 5)), "A": random.normal(size=(3, 5)), "B": random.normal(size=(4, 3))}


@case("nn.lora/lora")
def lora(random):
    given = adapters(random)
    x, w, a, b = given.values()
    return "Y[e,o] = lora(X[e,i], W[o,i], A[r,i], B[o,r]; scale = 2)", given, {"Y": x @ (w + 2 * b @ a).T}


@case("nn.lora/merge")
def merge(random):
    given = adapters(random)
    _, w, a, b = given.values()
    return "Y[o,i] = merge(W[o,i], A[r,i], B[o,r]; scale = 2)", given, {"Y": w + 2 * b @ a}


@case("nn.blt/patch_starts")
def patch_starts(random):
    h = random.uniform(0, 3, size=12)
    expected = h > 1.3354
    expected[:2] = True
    return "Y[p] = patch_starts(H[p])", {"H": h}, {"Y": expected}


@case("nn.blt/patch_numbers")
def patch_numbers(random):
    start = np.array([1, 1, 0, 0, 1, 0, 1, 1, 0])
    return "Y[p] = patch_numbers(S[p])", {"S": start}, {"Y": np.cumsum(start) - 1}


@case("nn.blt/patch_lengths")
def patch_lengths(random):
    patch = np.array([0, 1, 1, 1, 2, 2, 3, 4, 4])
    return "Y[j] = patch_lengths(P[p])", {"P": patch}, {"Y": np.bincount(patch, minlength=9)}


@case("interp/logit_lens")
def logit_lens(random):
    h, w, u = random.normal(size=(3, 4)), random.normal(size=4), random.normal(size=(6, 4))
    normed = w * h / np.sqrt((h**2).mean(1, keepdims=True) + 1e-6)
    return "Y[p,v] = logit_lens(H[p,d], W[d], U[v,d])", {"H": h, "W": w, "U": u}, {"Y": softmax(normed @ u.T)}


@case("interp/topk_sae")
def topk_sae(random):
    x, we, be, wd, bd = (random.normal(size=s) for s in ((5, 4), (7, 4), 7, (4, 7), 4))
    pre = (x - bd) @ we.T + be
    z = np.zeros_like(pre)
    for row, values in zip(z, pre):
        best = np.argsort(-values)[:3]
        row[best] = np.maximum(values[best], 0)
    statements = "(Z[e,f], Y[e,d]) = topk_sae(X[e,d], A[f,d], B[f], C[d,f], D[d]; k = 3)"
    return statements, {"X": x, "A": we, "B": be, "C": wd, "D": bd}, {"Z": z, "Y": z @ wd.T + bd}


@case("interp/sae_loss")
def sae_loss(random):
    x, y, z = random.normal(size=(3, 4)), random.normal(size=(3, 4)), random.normal(size=(3, 6))
    expected = ((x - y)**2).sum(1) + 0.01 * np.abs(z).sum(1)
    return "L[e] = sae_loss(X[e,d], Y[e,d], Z[e,f]; sparsity = 0.01)", {"X": x, "Y": y, "Z": z}, {"L": expected}


@case("interp/steer")
def steer(random):
    h, g, v = random.normal(size=(5, 4)), np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0, 0]]), random.normal(size=(2, 4))
    return "Y[p,d] = steer(H[p,d], G[p,c], V[c,d]; strength = 0.5)", {"H": h, "G": g, "V": v}, {"Y": h + g @ v / 2}


@case("memory/memory_hop")
def memory_hop(random):
    u, m, c, h = random.normal(size=4), random.normal(size=(6, 4)), random.normal(size=(6, 4)), random.normal(size=(4, 4))
    return "Y[d] = memory_hop(U[d], M[i,d], C[i,d], H[d,e])", {"U": u, "M": m, "C": c, "H": h}, {"Y": h @ u + softmax(m @ u) @ c}


@case("memory/retrieve")
def retrieve(random):
    q, keys = random.normal(size=4), random.normal(size=(8, 4))
    near = keys @ q / np.linalg.norm(keys, axis=1)
    expected = np.isin(np.arange(8), np.argsort(-near)[:3])
    return "Y[i] = retrieve(Q[d], K[i,d]; k = 3)", {"Q": q, "K": keys}, {"Y": expected}


@case("diffusion/masked_loss")
def masked_loss(random):
    x, t = random.normal(size=(2, 5, 4)), random.integers(0, 4, size=(2, 5))
    mask, rate = random.integers(0, 2, size=(2, 5)), np.array([0.3, 0.8])
    each = -np.log(np.take_along_axis(softmax(x), t[..., None], -1)[..., 0])
    return ("L = masked_loss(X[b,p,v], T[b,p], M[b,p], R[b])", {"X": x, "T": t, "M": mask, "R": rate},
            {"L": (mask * each / rate[:, None]).sum() / 10})


@case("diffusion/surest")
def surest(random):
    p, mask = softmax(random.normal(size=(8, 5))), np.array([1, 0, 1, 1, 0, 1, 1, 0])
    order = sorted(np.flatnonzero(mask), key=lambda n: -p[n].max())[:3]
    return "Y[p] = surest(P[p,v], M[p]; count = 3)", {"P": p, "M": mask}, {"Y": np.isin(np.arange(8), order)}


@case("diffusion/guide")
def guide(random):
    c, u = random.normal(size=(3, 4)), random.normal(size=(3, 4))
    return "Y[p,v] = guide(C[p,v], U[p,v]; strength = 1.5)", {"C": c, "U": u}, {"Y": u + 2.5 * (c - u)}


@case("calm/energy_loss")
def energy_loss(random):
    x, y = random.normal(size=(4, 3)), random.normal(size=(6, 3))
    far = np.mean([np.linalg.norm(a - b) for a in x for b in y])
    apart = np.sum([np.linalg.norm(a - b) for a in x for b in x]) / 12
    return "L = energy_loss(X[i,d], Y[j,d])", {"X": x, "Y": y}, {"L": 2 * far - apart}


@case("calm/brier")
def brier(random):
    """The mean over all pairs of samples is 2 p(y) - p.p for every truth y, weighted by the pair's probability."""
    p = np.array([0.5, 0.3, 0.2])
    a, b, y = (part.ravel() for part in np.indices((3, 3, 3)))
    statements = "S[n] = brier(A[n], B[n], Y[n])\nM[Y[n]] = P[A[n]] P[B[n]] S[n]"
    return statements, {"A": a, "B": b, "Y": y, "P": p}, {"M": 2 * p - (p * p).sum()}


@case("calm/floored_kl")
def floored_kl(random):
    m, s = random.normal(size=(3, 4)), random.normal(size=(3, 4)) / 2
    each = (m**2 + np.exp(2 * s) - 1 - 2 * s) / 2
    return "L[e] = floored_kl(M[e,d], S[e,d])", {"M": m, "S": s}, {"L": np.maximum(each, 0.5).sum(1)}


@case("opt/cosine_schedule")
def cosine_schedule(random):
    def rate(n):
        return (n + 1) / 8 if n < 8 else 0.1 + 0.9 * (1 + math.cos(math.pi * min((n - 8) / 42, 1))) / 2
    step = np.arange(0, 60, 3)
    statements = "Y[i] = cosine_schedule(S[i]; peak = 0.5, warmup = 8, total = 50, least = 0.1)"
    return statements, {"S": step}, {"Y": [0.5 * rate(n) for n in step]}


@case("opt/wsd_schedule")
def wsd_schedule(random):
    def rate(n):
        return (n + 1) / 8 if n < 8 else 1 if n < 40 else max(0, (50 - n) / 10)
    step = np.arange(0, 60, 3)
    statements = "Y[i] = wsd_schedule(S[i]; peak = 0.5, warmup = 8, total = 50, decay = 10)"
    return statements, {"S": step}, {"Y": [0.5 * rate(n) for n in step]}


@case("rl.set/polychromic")
def polychromic(random):
    r, sign = random.integers(0, 2, size=(4, 6)), random.integers(0, 5, size=(4, 6))
    expected = [row.mean() * len(set(signs)) / 6 for row, signs in zip(r, sign)]
    return "F[s] = polychromic(R[s,i], S[s,i])", {"R": r, "S": sign}, {"F": expected}


@case("rl.set/mass_balance")
def mass_balance(random):
    """A finite difference: logits move by p (R - S) where drawn and by -p S elsewhere."""
    logits, right, drawn = random.normal(size=9), np.arange(9) < 4, np.isin(np.arange(9), [0, 2, 5, 7])
    p, reward, step = softmax(logits), np.where(np.arange(9) < 4, 1.0, -1.0), 1e-6
    mean = (reward * p)[drawn].sum()
    push = np.where(drawn, p * (reward - mean), -p * mean)
    change = (softmax(logits + step * push)[right].sum() - softmax(logits - step * push)[right].sum()) / (2 * step)
    statements = "C = mass_balance(P[v], R[v], D[v])"
    return statements, {"P": p, "R": right.astype(int), "D": drawn.astype(int)}, {"C": change}


def tree(random):
    parent = {n: int(random.integers(0, n)) for n in range(1, 9)}
    return parent, [(n, m) for n, m in parent.items()]


@case("search.mcts/uct")
def uct(random):
    parent, pairs = tree(random)
    visits, value = np.array([40, 10, 7, 5, 3, 1, 1, 0, 0]), random.normal(size=9)
    expected = [0.0] * 9
    for n in range(9):
        if visits[n]:
            above = visits[parent[n]] if n else 1
            expected[n] = value[n] / visits[n] + 2 * math.sqrt(math.log(max(above, 1)) / visits[n])
    return "Y[n] = uct(V[n], N[n], P(n, m))", {"V": value, "N": visits, "P": pairs}, {"Y": expected}


@case("search.mcts/frontier")
def frontier(random):
    parent, pairs = tree(random)
    quality, entropy, depth = random.normal(size=9), random.uniform(size=9), np.zeros(9)
    for n in range(1, 9):
        depth[n] = depth[parent[n]] + 1
    above = np.array([0.0] + [quality[parent[n]] for n in range(1, 9)])
    statements = "Y[n] = frontier(Q[n], H[n], D[n], P(n, m); a = 0.4, b = 0.3, c = 0.2, deepest = 8)"
    return statements, {"Q": quality, "H": entropy, "D": depth, "P": pairs}, {"Y": 0.4 * np.tanh(above) + 0.3 * entropy + 0.2 * np.sqrt(depth / 8)}


@case("search.mcts/backup")
def backup(random):
    parent, pairs = tree(random)
    value = random.normal(size=9)
    expected = value.copy()
    for n in range(8, 0, -1):
        expected[parent[n]] += expected[n]
    return "Y[n] = backup(V[n], P(n, m), N(n))", {"V": value, "P": pairs, "N": [(n,) for n in range(9)]}, {"Y": expected}
