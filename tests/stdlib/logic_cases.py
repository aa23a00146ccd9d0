"""std.logic, std.graph, std.prob, std.info."""
import itertools

import numpy as np

from harness import case


def edges(random, nodes=8, count=12, acyclic=False):
    """Distinct pairs without loops, upwards only when acyclic, that touch the last node."""
    every = [(a, b) for a in range(nodes) for b in range(nodes) if (a < b if acyclic else a != b)]
    picked = [every[k] for k in random.choice(len(every), size=count, replace=False)]
    return sorted({*picked, (0, nodes - 1)})


def matrix(pairs, nodes=8):
    m = np.zeros((nodes, nodes), dtype=int)
    for a, b in pairs:
        m[a, b] = 1
    return m


def paths(pairs):
    reach = matrix(pairs)
    for middle in range(8):
        reach |= np.outer(reach[:, middle], reach[middle])
    return reach


def pairs_of(m):
    return {(int(a), int(b)) for a, b in np.argwhere(m)}


@case("logic/closure")
def closure(random):
    e = edges(random)
    return "P(x, y) <- closure(E(x, y))", {"E": e}, {"P(x,y)": pairs_of(paths(e))}


@case("logic/reachable")
def reachable(random):
    e = edges(random)
    expected = {3} | {b for a, b in pairs_of(paths(e)) if a == 3}
    return "R(x) <- reachable(S(x), E(x, y))", {"E": e, "S": [(3,)]}, {"R(x)": {(x,) for x in expected}}


@case("logic/same_generation")
def same_generation(random):
    e = edges(random, acyclic=True)
    down = matrix(e)
    same = down.T @ down > 0
    while True:
        more = same | (down.T @ same @ down > 0)
        if (more == same).all():
            break
        same = more
    return "S(x, y) <- same_generation(E(x, y))", {"E": e}, {"S(x,y)": pairs_of(same)}


@case("logic/reduction")
def reduction(random):
    e = edges(random, acyclic=True)
    around = matrix(e) @ paths(e) > 0
    return "D(x, y) <- reduction(E(x, y))", {"E": e}, {"D(x,y)": {p for p in map(tuple, e) if not around[p]}}


@case("logic/pareto")
def pareto(random):
    gain, cost = random.integers(0, 5, size=9), random.integers(0, 5, size=9)
    beaten = {x for x in range(9) for y in range(9)
              if gain[y] >= gain[x] and cost[y] <= cost[x] and (gain[y] > gain[x] or cost[y] < cost[x])}
    given = {"I": [(x,) for x in range(9)], "G": gain, "C": cost}
    return "F(x) <- pareto(I(x), G[x], C[x])", given, {"F(x)": {(x,) for x in range(9) if x not in beaten}}


def distances(pairs, start, length):
    far = np.full(8, np.inf)
    far[start] = 0
    for _ in range(8):
        for a, b in pairs:
            far[b] = min(far[b], far[a] + length(a, b))
    return np.where(np.isinf(far), np.nan, far)


@case("graph/bfs")
def bfs(random):
    e = edges(random)
    return "Y[x] min= bfs(S(x), E(x, y))", {"E": e, "S": [(0,)]}, {"Y": distances(e, 0, lambda a, b: 1)}


@case("graph/shortest")
def shortest(random):
    e, length = edges(random), random.uniform(size=(8, 8))
    return "Y[x] min= shortest(S(x), E(x, y), L[x, y])", {"E": e, "S": [(0,)], "L": length}, {"Y": distances(e, 0, lambda a, b: length[a, b])}


@case("graph/critical_path")
def critical_path(random):
    e, length = edges(random, acyclic=True), random.uniform(size=(8, 8))
    ready = np.zeros(8)
    for b in range(8):
        ready[b] = max([0] + [ready[a] + length[a, b] for a, c in e if c == b])
    given = {"E": e, "N": [(n,) for n in range(8)], "L": length}
    return "Y[x] = critical_path(N(x), E(x, y), L[x, y])", given, {"Y": ready}


@case("graph/within")
def within(random):
    e = edges(random)
    expected = {(x,) for x, far in enumerate(distances(e, 0, lambda a, b: 1)) if far <= 2}
    return "Y(x) <- within(S(x), E(x, y); steps = 2)", {"E": e, "S": [(0,)]}, {"Y(x)": expected}


@case("graph/components")
def components(random):
    e = edges(random, count=3)
    label = np.arange(8)
    for _ in range(8):
        for a, b in e:
            label[a] = label[b] = min(label[a], label[b])
    return "Y[x] = components(N(x), E(x, y))", {"E": e, "N": [(n,) for n in range(8)]}, {"Y": label}


@case("graph/degree")
def degree(random):
    e = edges(random)
    return "Y[x] = degree(E(x, y))", {"E": e}, {"Y": matrix(e).sum(1)}


@case("graph/pagerank")
def pagerank(random):
    e = edges(random)
    m = matrix(e).astype(float)
    out = m.sum(1, keepdims=True)
    step = np.where(out > 0, m / np.maximum(out, 1), 1 / 8)
    expected = np.linalg.solve(np.eye(8) - 0.85 * step.T, np.full(8, 0.15 / 8))
    return "Y[x] = pagerank(N(x), E(x, y))", {"E": e, "N": [(n,) for n in range(8)]}, {"Y": expected}


@case("prob/normalize")
def normalize(random):
    x = random.uniform(size=(3, 4))
    return "Y[a,i] = normalize(X[a,i])", {"X": x}, {"Y": x / x.sum(1, keepdims=True)}


def weights(unary, pair):
    """Every assignment of a chain and its weight."""
    for states in itertools.product(range(unary.shape[1]), repeat=len(unary)):
        weight = np.prod([unary[t, x] for t, x in enumerate(states)])
        yield states, weight * np.prod([pair[x, y] for x, y in zip(states, states[1:])])


@case("prob/chain_marginals")
def chain_marginals(random):
    unary, pair = random.uniform(size=(5, 3)), random.uniform(size=(3, 3))
    expected = np.zeros((5, 3))
    for states, weight in weights(unary, pair):
        expected[np.arange(5), states] += weight
    return "Y[t,x] = chain_marginals(U[t,x], P[x,y])", {"U": unary, "P": pair}, {"Y": expected / expected.sum(1, keepdims=True)}


@case("prob/viterbi")
def viterbi(random):
    start, step, emit = random.uniform(size=3), random.uniform(size=(3, 3)), random.uniform(size=(4, 3))
    expected = np.zeros((4, 3))
    for t in range(4):
        for states, weight in weights(emit[:t + 1] * np.where(np.arange(t + 1)[:, None] == 0, start, 1), step):
            expected[t, states[-1]] = max(expected[t, states[-1]], weight)
    return "Y[t,x] = viterbi(S[x], T[x,y], E[t,x])", {"S": start, "T": step, "E": emit}, {"Y": expected}


@case("prob/polynomial_kernel")
def polynomial_kernel(random):
    x, z = random.normal(size=(3, 4)), random.normal(size=(2, 4))
    return "Y[i,j] = polynomial_kernel(X[i,d], Z[j,d]; power = 3)", {"X": x, "Z": z}, {"Y": (x @ z.T)**3}


@case("prob/gaussian_kernel")
def gaussian_kernel(random):
    x, z = random.normal(size=(3, 4)), random.normal(size=(2, 4))
    return "Y[i,j] = gaussian_kernel(X[i,d], Z[j,d]; width = 2)", {"X": x, "Z": z}, {"Y": np.exp(-((x[:, None] - z)**2).sum(-1) / 2)}


@case("prob/kernel_machine")
def kernel_machine(random):
    """Ridge regression in closed form: weights times labels are the dual coefficients."""
    x, y, z = random.normal(size=(6, 2)), random.choice([-1.0, 1.0], size=6), random.normal(size=(3, 2))
    def gram(a, b):
        return np.exp(-((a[:, None] - b)**2).sum(-1))
    dual = np.linalg.solve(gram(x, x) + 0.1 * np.eye(6), y)
    statements = "K[q,i] = gaussian_kernel(Z[q,d], X[i,d])\nF[q] = kernel_machine(A[i], Y[i], K[q,i], 0)"
    return statements, {"X": x, "Z": z, "A": dual * y, "Y": y}, {"F": gram(z, x) @ dual}


def bits(p):
    p = p[p > 0]
    return -(p * np.log2(p)).sum()


@case("info/entropy")
def entropy(random):
    p = random.dirichlet(np.ones(4), size=3)
    p[0] = [0, 0.5, 0.5, 0]
    return "Y[a] = entropy(P[a,i])", {"P": p}, {"Y": [bits(row) for row in p]}


@case("info/mutual_information")
def mutual_information(random):
    p = random.dirichlet(np.ones(12)).reshape(3, 4)
    return "Y = mutual_information(P[x,y])", {"P": p}, {"Y": bits(p.sum(1)) + bits(p.sum(0)) - bits(p)}


@case("info/specific_information")
def specific_information(random):
    p = random.dirichlet(np.ones(6), size=2).reshape(2, 3, 2)
    expected = np.zeros((2, 2))
    for s in range(2):
        for y in range(2):
            for v in range(3):
                expected[s, y] += p[s, v, y] / p[s, :, y].sum() * np.log2(p[s, v, y] / p[s, v].sum() / p[s, :, y].sum())
    return "Y[s,y] = specific_information(P[s,v,y])", {"P": p}, {"Y": expected}


@case("info/decompose")
def decompose(random):
    xor, both = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    for a, b in itertools.product(range(2), repeat=2):
        xor[a, b, a ^ b] = both[a, b, a & b] = 0.25
    statements = "(Rx, Sx) = decompose(X[a,b,y])\n(Ra, Sa) = decompose(A[a,b,y])"
    # Both sources of 'and' say the same about each outcome, so that what they share is what one of them says.
    shared = bits(both.sum((0, 1))) - bits(both.sum(1)) + bits(both.sum((1, 2)))
    return statements, {"X": xor, "A": both}, {"Rx": 0, "Sx": 1, "Ra": shared, "Sa": 0.5}


@case("info/pearson")
def pearson(random):
    x, y = random.normal(size=9), random.normal(size=9)
    return "Y = pearson(A[i], B[i])", {"A": x, "B": y}, {"Y": np.corrcoef(x, y)[0, 1]}


@case("info/hedges_g")
def hedges_g(random):
    x, y = random.normal(size=5) + 1, random.normal(size=8)
    pooled = np.sqrt((4 * x.var(ddof=1) + 7 * y.var(ddof=1)) / 11)
    return "Y = hedges_g(A[i], B[j])", {"A": x, "B": y}, {"Y": (1 - 3 / (4 * 11 - 1)) * (x.mean() - y.mean()) / pooled}
