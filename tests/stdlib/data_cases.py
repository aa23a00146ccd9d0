"""std.bio, std.info.*, std.quant.formats, and what came later to std.calm, std.diffusion, std.fit, std.prob and std.rl."""
import itertools
import math

import numpy as np

from core_cases import sigmoid, silu
from harness import case


@case("bio/log_norm")
def log_norm(random):
    x = random.integers(0, 9, size=(4, 6)) + 0.0
    return "Y[c,g] = log_norm(X[c,g])", {"X": x}, {"Y": np.log10(1 + 1e4 * x / x.sum(1, keepdims=True))}


@case("bio/cell_sentence")
def cell_sentence(random):
    x = random.integers(0, 4, size=(4, 8))
    expected = -np.ones((4, 5))
    for c in range(4):
        genes = [g for g in np.argsort(-x[c], kind="stable") if x[c, g] > 0][:5]
        expected[c, :len(genes)] = genes
    return "(S[c,r], L[c]) = cell_sentence(X[c,g]; most = 5)", {"X": x}, {"S": expected, "L": (x > 0).sum(1)}


@case("bio/inverse_rank")
def inverse_rank(random):
    place, y = random.integers(0, 20, size=(3, 8)), np.maximum(random.normal(1, 1, size=(3, 8)), 0)
    known = y > 0
    slope, offset = np.polyfit(np.log10(1 + place[known]), y[known], 1)
    return "(A, B) = inverse_rank(P[c,g], Y[c,g])", {"P": place, "Y": y}, {"A": slope, "B": offset}


@case("bio/dual_context")
def dual_context(random):
    low, neutral = random.uniform(size=7), random.uniform(size=7)
    order = sorted(range(7), key=lambda d: neutral[d] - low[d])
    return "(G[d], P[d]) = dual_context(L[d], N[d])", {"L": low, "N": neutral}, {"G": low - neutral, "P": [order.index(d) for d in range(7)]}


@case("info.frechet/moments")
def moments(random):
    f = random.normal(size=(9, 3))
    return "(M[d], C[d,e]) = moments(F[n,d])", {"F": f}, {"M": f.mean(0), "C": np.cov(f.T)}


@case("info.frechet/root")
def root(random):
    a = random.normal(size=(4, 4))
    r = a @ a.T
    return "Y[d,e] = root(S[d,e])", {"S": r @ r}, {"Y": r}


@case("info.frechet/frechet")
def frechet(random):
    f, g = random.normal(size=(20, 3)), random.normal(1, 2, size=(15, 3))
    s, t = np.cov(f.T), np.cov(g.T)
    # The trace of the root of the product, from its own (real, positive) eigenvalues.
    cross = np.sqrt(np.linalg.eigvals(s @ t).real).sum()
    expected = ((f.mean(0) - g.mean(0))**2).sum() + np.trace(s) + np.trace(t) - 2 * cross
    return "Y = frechet(F[n,d], G[m,d])", {"F": f, "G": g}, {"Y": expected}


def joint(x, y):
    table = np.zeros((max(x) + 1, max(y) + 1))
    np.add.at(table, (x, y), 1 / len(x))
    return table


def information(x, y):
    p = joint(x, y)
    independent = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    return (p[p > 0] * np.log2(p[p > 0] / independent[p > 0])).sum()


@case("info.pid/lagged")
def lagged(random):
    x, y = random.integers(0, 3, size=(2, 30))
    return "Y[a,b] = lagged(A[t], B[t]; lag = 2, values = 3)", {"A": x, "B": y}, {"Y": joint(x[:-2], y[2:])}


@case("info.pid/tdmi")
def tdmi(random):
    x, y = random.integers(0, 3, size=(2, 30))
    return "Y = tdmi(A[t], B[t]; values = 3)", {"A": x, "B": y}, {"Y": information(x[:-1], y[1:])}


@case("info.pid/practical")
def practical(random):
    x = random.integers(0, 2, size=(3, 40))
    v = x.sum(0) % 2
    expected = information(v[:-1], v[1:]) - sum(information(row[:-1], v[1:]) for row in x)
    return "Y = practical(V[t], X[k,t])", {"V": v, "X": x}, {"Y": expected}


@case("info.pid/pair_synergy")
def pair_synergy(random):
    a, b = random.integers(0, 2, size=(2, 40))
    a[1:] = a[:-1] ^ b[:-1]
    now, later = 2 * a[:-1] + b[:-1], (2 * a + b)[1:]
    least = 0
    for y in set(later):
        share = (later == y).mean()
        def specific(s):
            return sum(((s == v) & (later == y)).mean() / share * np.log2(((s == v) & (later == y)).mean() / (s == v).mean() / share)
                       for v in set(s[later == y]))
        least += share * min(specific(a[:-1]), specific(b[:-1]))
    expected = information(now, later) - information(a[:-1], later) - information(b[:-1], later) + least
    return "Y = pair_synergy(A[t], B[t])", {"A": a, "B": b}, {"Y": expected}


@case("info.pid/coalition")
def coalition(random):
    x = random.integers(0, 2, size=(3, 60))
    v = np.concatenate([[0], (x.sum(0) % 2)[:-1]])
    past = {n: sum(x[k] * 2**i for i, k in enumerate(n))[:-1] for n in [(0, 1), (0, 2), (1, 2), (0, 1, 2)]}
    whole = information(past[0, 1, 2], v[1:])
    expected = whole - max(information(past[n], v[1:]) for n in past if len(n) == 2)
    statements = "(I, G) = coalition(X[0,t], X[1,t], X[2,t], V[t])"
    return statements, {"X": x, "V": v}, {"I": whole, "G": expected}


@case("info.pid/shuffle_null")
def shuffle_null(random):
    x, shift = random.integers(0, 3, size=(3, 9)), np.array([0, 4, 7])
    return "Y[k,t] = shuffle_null(X[k,t], S[k])", {"X": x, "S": shift}, {"Y": [np.roll(row, -s) for row, s in zip(x, shift)]}


@case("info.eval/choice_logprob")
def choice_logprob(random):
    lp, length = -random.uniform(1, 9, size=(6, 4)), random.integers(1, 9, size=(6, 4))
    statements = "Y[x] = choice_logprob(L[x,c], N[x,c])\nZ[x] = choice_logprob(L[x,c], N[x,c]; normalized = 1)"
    return statements, {"L": lp, "N": length}, {"Y": lp.argmax(1), "Z": (lp / length).argmax(1)}


@case("info.eval/exact_match")
def exact_match(random):
    a, k = random.integers(0, 2, size=(2, 8, 2))
    return "Y[x] = exact_match(A[x,p], K[x,p])", {"A": a, "K": k}, {"Y": (a == k).all(1)}


@case("info.eval/average_at_k")
def average_at_k(random):
    r = random.integers(0, 2, size=(5, 4))
    return "Y = average_at_k(R[x,i])", {"R": r}, {"Y": r.mean()}


@case("info.eval/bootstrap")
def bootstrap(random):
    x, draw = random.normal(size=6), random.integers(0, 6, size=(4, 6))
    return "Y[b] = bootstrap(X[i], D[b,j])", {"X": x, "D": draw}, {"Y": x[draw].mean(1)}


def nearest(values, x):
    """The nearest of all numbers of a format, ties to the even code: the table lists magnitudes in the order of their codes."""
    out = []
    for value in x:
        distance = np.abs(values - abs(value))
        best = np.flatnonzero(distance == distance.min())
        out.append(math.copysign(values[best[np.argmin(best % 2)]], value))
    return np.array(out)


def table(bits, least, exponents, codes):
    """All magnitudes of a format, from its bit patterns."""
    values = []
    for exponent in range(exponents):
        for fraction in range(2**bits):
            lead = 0 if exponent == 0 else 1
            values.append((lead + fraction / 2**bits) * 2.0**(least + max(exponent - 1, 0)))
    return np.array(values[:codes])


def probes(values, random):
    """Every number, every midpoint between two, and something to either side."""
    middles = (values[1:] + values[:-1]) / 2
    x = np.concatenate([values, middles, middles * (1 + 1e-6), middles * (1 - 1e-6)])
    return x * random.choice([-1, 1], size=len(x))


@case("quant.formats/e4m3")
def e4m3(random):
    values = table(3, -6, 16, 127)
    x = np.concatenate([probes(values, random), [460.0, 1e6, -1e6]])
    return "Y[i] = e4m3(X[i])", {"X": x}, {"Y": nearest(values, np.clip(x, -448, 448))}


@case("quant.formats/e5m2")
def e5m2(random):
    values = table(2, -14, 31, 124)
    x = np.concatenate([probes(values, random), [1e9, -1e9]])
    return "Z[i] = e5m2(X[i])\nY[i] = sign(Z[i]) log(1 + abs(Z[i]) 65536)", {"X": x}, {"Y": scaled(nearest(values, np.clip(x, -57344, 57344)))}


def scaled(x):
    """Spreads numbers of all sizes, so that the comparison sees small ones."""
    return np.sign(x) * np.log(1 + np.abs(x) * 65536)


@case("quant.formats/fp16")
def fp16(random):
    codes = np.arange(0, 2**16, dtype=np.uint16).view(np.float16)
    values = np.unique(np.abs(codes[np.isfinite(codes)].astype(float)))
    x = probes(values, random)[random.permutation(4 * len(values) - 3)[:4000]]
    with np.errstate(over="ignore"):
        expected = x.astype(np.float16).astype(float)
    return "Z[i] = fp16(X[i])\nY[i] = sign(Z[i]) log(1 + abs(Z[i]) 65536)", {"X": x[np.isfinite(expected)]}, {"Y": scaled(expected[np.isfinite(expected)])}


@case("quant.formats/bf16")
def bf16(random):
    x = np.float32(random.normal(size=3000) * 10.0**random.integers(-12, 12, size=3000))
    bits = x.view(np.uint32).astype(np.uint64)
    tie = np.concatenate([(bits & 0xFFFF0000) | 0x8000, bits]).astype(np.uint32)  # half of them exactly between two numbers
    rounded = ((tie.astype(np.uint64) + 0x7FFF + ((tie >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)
    given = tie.view(np.float32).astype(float)
    return "Z[i] = bf16(X[i])\nY[i] = Z[i] / abs(X[i])", {"X": given}, {"Y": rounded.astype(float) / np.abs(given)}


@case("quant.formats/round_to")
def round_to(random):
    values = table(1, -2, 7, 14)
    x = probes(values, random)
    return "Y[i] = round_to(X[i]; bits = 1, least = -2, largest = 12)", {"X": x}, {"Y": nearest(values, x)}


@case("quant.formats/fp8_gemm")
def fp8_gemm(random):
    x, w, values = random.normal(size=(3, 8)), random.normal(size=(6, 8)), table(3, -6, 16, 127)
    def coded(part):
        scale = np.abs(part).max() / 448
        return nearest(values, (part / scale).ravel()).reshape(part.shape) * scale
    xq, wq = x.copy(), w.copy()
    for g in range(0, 8, 4):
        for p in range(3):
            xq[p, g:g + 4] = coded(x[p, g:g + 4])
        for o in range(0, 6, 4):
            wq[o:o + 4, g:g + 4] = coded(w[o:o + 4, g:g + 4])
    return "Y[p,o] = fp8_gemm(X[p,i], W[o,i]; block = 4)", {"X": x, "W": w}, {"Y": xq @ wq.T}


@case("quant.formats/scaled_step")
def scaled_step(random):
    w, g = random.normal(size=6), random.normal(size=6) * 1000
    half = g.astype(np.float16).astype(float)
    statements = "Y[i] = scaled_step(W[i], G[i])\nZ[i] = scaled_step(W[i], 1000 G[i])"
    return statements, {"W": w, "G": g}, {"Y": w - 0.1 * half / 1024, "Z": w}


def autoencoder(random):
    given = {"X": random.normal(size=(4, 6)), "W1": random.normal(size=(5, 6)), "Wm": random.normal(size=(3, 5)), "Ws": random.normal(size=(3, 5)) / 4, "N": random.normal(size=(4, 3))}
    h = silu(given["X"] @ given["W1"].T)
    mean, log = h @ given["Wm"].T, h @ given["Ws"].T
    return given, mean, log, mean + np.exp(log) * given["N"]


@case("calm/ae_encode")
def ae_encode(random):
    given, mean, log, z = autoencoder(random)
    return "(M[e,d], L[e,d], Z[e,d]) = ae_encode(X[e,i], W1[h,i], Wm[d,h], Ws[d,h], N[e,d])", given, {"M": mean, "L": log, "Z": z}


@case("calm/ae_decode")
def ae_decode(random):
    z, w1, w2 = random.normal(size=(4, 3)), random.normal(size=(5, 3)), random.normal(size=(2, 7, 5))
    return "Y[e,k,v] = ae_decode(Z[e,d], W1[h,d], W2[k,v,h])", {"Z": z, "W1": w1, "W2": w2}, {"Y": np.tensordot(silu(z @ w1.T), w2, (1, 2))}


@case("calm/ae_loss")
def ae_loss(random):
    logits, word = random.normal(size=(4, 2, 7)), random.integers(0, 7, size=(4, 2))
    mean, log = random.normal(size=(4, 3)), random.normal(size=(4, 3)) / 4
    total = 0
    for e in range(4):
        for k in range(2):
            total += np.log(np.exp(logits[e, k]).sum()) - logits[e, k, word[e, k]]
        total += 0.01 * np.maximum((mean[e]**2 + np.exp(2 * log[e]) - 1 - 2 * log[e]) / 2, 0.5).sum()
    given = {"L": logits, "W": word, "M": mean, "S": log}
    return "Y = ae_loss(L[e,k,v], W[e,k], M[e,d], S[e,d]; weight = 0.01)", given, {"Y": total / 4}


@case("calm/energy_head")
def energy_head(random):
    given = {"H": random.normal(size=4), "U": random.uniform(-0.5, 0.5, size=(6, 4)), "W": random.normal(size=(4, 4)), "V": random.normal(size=(4, 4)), "O": random.normal(size=(3, 4))}
    h, u, w, v, o = given.values()
    inner = u @ w.T + h
    return "Y[i,o] = energy_head(H[d], U[i,d], W[d,e], V[d,e], O[o,d])", given, {"Y": (inner + silu(inner @ v.T) * inner) @ o.T}


@case("calm/brier_n")
def brier_n(random):
    a, b, y = random.integers(0, 2, size=(3, 50, 4))
    expected = [np.mean([np.array_equal(p[:n], q[:n]) + np.array_equal(r[:n], q[:n]) - 1.0 * np.array_equal(p[:n], r[:n]) for p, r, q in zip(a, b, y)]) for n in range(1, 5)]
    return "Y[k] = brier_n(A[e,k], B[e,k], T[e,k])", {"A": a, "B": b, "T": y}, {"Y": expected}


@case("calm/brierlm")
def brierlm(random):
    s = random.uniform(0.1, 1, size=4)
    statements = "Y = brierlm(S[n])\nT[n] = S[n] - 0.5\nZ = brierlm(T[n])"
    return statements, {"S": s}, {"Y": s.prod()**0.25, "Z": 0}


@case("calm/temperature_weights")
def temperature_weights(random):
    first, second = np.array([5, 1, 2, 0, 3]), np.array([1, 0, 1, 1, 0])
    ways = np.array([math.comb(c, 3) for c in first])
    statements = "Y[v] = temperature_weights(A[v]; n = 3)\nZ[v] = temperature_weights(B[v]; n = 3)"
    return statements, {"A": first, "B": second}, {"Y": ways / ways.sum(), "Z": second / 3}


@case("diffusion/mask_rate")
def mask_rate(random):
    t = random.uniform(size=5)
    return "Y[b] = mask_rate(T[b])", {"T": t}, {"Y": 0.999 * t + 0.001}


@case("diffusion/mask_noise")
def mask_noise(random):
    w, u, r = random.integers(0, 9, size=(3, 5)), random.uniform(size=(3, 5)), random.uniform(size=3)
    mask = u < r[:, None]
    return "(M[b,p], S[b,p]) = mask_noise(W[b,p], U[b,p], R[b]; hidden = 9)", {"W": w, "U": u, "R": r}, {"M": mask, "S": np.where(mask, 9, w)}


@case("diffusion/unmask_step")
def unmask_step(random):
    p, mask = random.dirichlet(np.ones(4), size=7), np.array([1, 0, 1, 1, 0, 1, 1])
    seen = np.where(mask, 9, 2)
    surest = sorted(np.flatnonzero(mask), key=lambda n: -p[n].max())[:3]
    expected, left = seen.copy(), mask.copy()
    for n in surest:
        expected[n], left[n] = p[n].argmax(), 0
    return "(S[p], M[p]) = unmask_step(P[p,v], X[p], K[p]; count = 3)", {"P": p, "X": seen, "K": mask}, {"S": expected, "M": left}


def attention_maps(random, layers=4, queries=3, keys=5):
    return random.dirichlet(np.ones(keys), size=(layers, queries))


@case("diffusion.cache/elastic_probe")
def elastic_probe(random):
    s = attention_maps(random)
    known = [0, 2, 3]
    return "Y[l] = elastic_probe(S[l,q,k], K(k))", {"S": s, "K": [(k,) for k in known]}, {"Y": [known[layer.max(0)[known].argmax()] for layer in s]}


@case("diffusion.cache/elastic_drift")
def elastic_drift(random):
    old, new, most = attention_maps(random), attention_maps(random), np.array([1, 0, 4, 2])
    expected = [a[:, k] @ b[:, k] / np.linalg.norm(a[:, k]) / np.linalg.norm(b[:, k]) for a, b, k in zip(old, new, most)]
    return "Y[l] = elastic_drift(A[l,q,k], B[l,q,k], M[l])", {"A": old, "B": new, "M": most}, {"Y": expected}


@case("diffusion.cache/elastic_fresh")
def elastic_fresh(random):
    same = np.array([0.95, 0.99, 0.5, 0.97, 0.3, 0.9])
    statements = "F(l) <- elastic_fresh(S[l])\nN(l) <- elastic_fresh(S[l]; gamma = 0)\nA(l) <- elastic_fresh(S[l]; gamma = 1)"
    return statements, {"S": same}, {"F(l)": {(3,), (4,), (5,)}, "N(l)": set(), "A(l)": {(1,), (2,), (3,), (4,), (5,)}}


@case("diffusion.cache/elastic_update")
def elastic_update(random):
    old, new = random.normal(size=(2, 3, 4, 2))
    expected = old.copy()
    expected[2], expected[:, 1] = new[2], new[:, 1]
    return "Y[l,p,d] = elastic_update(A[l,p,d], B[l,p,d], F(l), T(p))", {"A": old, "B": new, "F": [(2,)], "T": [(1,)]}, {"Y": expected}


@case("fit/precision_law")
def precision_law(random):
    n, d, w, a, k = np.array([1e6, 1e9]), np.array([1e8, 1e10]), np.array([4, 16]), np.array([8, 8]), np.array([3, 16])
    effective = n * (1 - np.exp(-w / 2.6745)) * (1 - np.exp(-a / 2.2102)) * (1 - np.exp(-k / 0.9578))
    return "Y[i] = precision_law(N[i], D[i], W[i], A[i], K[i])", {"N": n, "D": d, "W": w, "A": a, "K": k}, {"Y": 4299 * effective**-0.4965 + 18060 * d**-0.4965 + 2.7648}


@case("fit/post_training_cost")
def post_training_cost(random):
    n, d, p = np.array([1e6, 1e7]), np.array([1e10, 1e11]), np.array([4, 3])
    return "Y[i] = post_training_cost(N[i], D[i], P[i])", {"N": n, "D": d, "P": p}, {"Y": 0.0598 * d**0.5068 / n**0.3439 * np.exp(-p / 0.5907)}


@case("prob/factor_marginal")
def factor_marginal(random):
    f, m = random.uniform(size=(2, 3, 4)), random.uniform(size=(2, 4))
    return "Y[b,x] = factor_marginal(F[b,x,y], M[b,y])", {"F": f, "M": m}, {"Y": np.stack([a @ b for a, b in zip(f, m)])}


@case("prob/bp")
def bp(random):
    unary, pair = random.uniform(0.2, 1, size=(5, 3)), random.uniform(0.2, 1, size=(3, 3))
    pair = pair + pair.T
    edges = [(0, 1), (1, 2), (1, 3), (3, 4)]
    total = np.zeros((5, 3))
    for state in itertools.product(range(3), repeat=5):
        weight = np.prod([unary[v, x] for v, x in enumerate(state)]) * np.prod([pair[state[v], state[w]] for v, w in edges])
        for v, x in enumerate(state):
            total[v, x] += weight
    given = {"E": edges + [(w, v) for v, w in edges], "U": unary, "P": pair}
    return "Y[v,x] = bp(E(v,w), U[v,x], P[x,y]; rounds = 5)", given, {"Y": total / total.sum(1, keepdims=True)}


@case("prob/gibbs")
def gibbs(random):
    unary, pair, u = random.uniform(0.2, 1, size=(5, 2)), np.array([[2, 1], [1, 3]]), random.uniform(size=(6, 5))
    state, states = np.zeros(5, int), []
    states.append(state.copy())
    for sweep in range(6):
        for parity in (0, 1):
            for t in range(parity, 5, 2):
                weight = unary[t] * (pair[state[t - 1]] if t else 1) * (pair[state[t + 1]] if t < 4 else 1)
                state[t] = u[sweep, t] < weight[1] / weight.sum()
        states.append(state.copy())
    return "Y[s,t] = gibbs(U[t,x], P[x,y], R[s,t])", {"U": unary, "P": pair, "R": u}, {"Y": states}


@case("rl.reward/verify")
def verify(random):
    a, k = random.integers(0, 3, size=(4, 5)), random.integers(0, 3, size=4)
    return "Y[x,i] = verify(A[x,i], K[x])", {"A": a, "K": k}, {"Y": a == k[:, None]}


@case("rl.reward/informative")
def informative(random):
    r = np.array([[1, 1, 1], [0, 1, 0], [0, 0, 0], [0.5, 0.5, 0.4]])
    return "Y[x] = informative(R[x,i])", {"R": r}, {"Y": [0, 1, 0, 1]}


@case("rl.reward/hero_weight")
def hero_weight(random):
    s = random.normal(size=(5, 4)) * random.uniform(size=(5, 1))
    dev = s.std(1)
    return "Y[x] = hero_weight(S[x,i])", {"S": s}, {"Y": 0.4 + 2.6 * sigmoid(6 * (dev - dev.mean()))}


@case("rl.dpo/prm")
def prm(random):
    logit, right, mask = random.normal(size=(3, 4)), random.integers(0, 2, size=(3, 4)), np.array([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]])
    each = -np.where(right > 0, np.log(sigmoid(logit)), np.log(1 - sigmoid(logit)))
    return "Y = prm(L[e,s], R[e,s], M[e,s])", {"L": logit, "R": right, "M": mask}, {"Y": each[mask > 0].mean()}


@case("rl.loss/reinforce")
def reinforce(random):
    lp, a = -random.uniform(size=(3, 4)), random.normal(size=3)
    return "Y[i,t] = reinforce(L[i,t], A[i])", {"L": lp, "A": a}, {"Y": -(lp.T * a).T}


@case("rl.loss/sequence_sum")
def sequence_sum(random):
    loss, mask = random.normal(size=(3, 4)), random.integers(0, 2, size=(3, 4))
    return "Y = sequence_sum(L[i,t], M[i,t])", {"L": loss, "M": mask}, {"Y": np.mean([row[m > 0].sum() / 4 for row, m in zip(loss, mask)])}


@case("rl.loss/value_clip")
def value_clip(random):
    v, o, r = random.normal(size=(3, 3, 4))
    near = np.clip(v, o - 0.3, o + 0.3)
    return "Y[i,t] = value_clip(V[i,t], O[i,t], R[i,t]; clip = 0.3)", {"V": v, "O": o, "R": r}, {"Y": np.maximum((v - r)**2, (near - r)**2) / 2}


@case("rl.loss/kl_reward")
def kl_reward(random):
    score, new, ref, length = random.normal(size=3), -random.uniform(size=(3, 4)), -random.uniform(size=(3, 4)), [4, 2, 1]
    mask, expected = np.zeros((3, 4)), np.zeros((3, 4))
    for i, n in enumerate(length):
        mask[i, :n] = 1
        expected[i, :n] = -0.2 * (new[i, :n] - ref[i, :n])
        expected[i, n - 1] += score[i]
    return "Y[i,t] = kl_reward(S[i], N[i,t], R[i,t], M[i,t]; beta = 0.2)", {"S": score, "N": new, "R": ref, "M": mask}, {"Y": expected}
