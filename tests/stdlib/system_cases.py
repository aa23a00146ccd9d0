"""What completes systems that other cases begin: std.core, std.logic, std.search, std.diffusion.cache, std.rl, std.agent, std.info."""
import math

import numpy as np

from harness import case


@case("core/dropout")
def dropout(random):
    x, u = random.normal(size=(3, 4)), random.uniform(size=(3, 4))
    return "Y[e,d] = dropout(X[e,d], U[e,d]; rate = 0.3)", {"X": x, "U": u}, {"Y": np.where(u < 0.3, 0, x / 0.7)}


@case("logic/why")
def why(random):
    edges = [(0, 1), (1, 2), (2, 0), (2, 3), (4, 3), (3, 5), (6, 7)]

    def reach(x):
        found = {x}
        while more := {v for u, v in edges if u in found} - found:
            found |= more
        return found
    asked = [(0, 5), (4, 5), (5, 0)]
    expected = {(x, y, u, v) for x, y in asked for u, v in edges if u in reach(x) and y in reach(v)}
    return "B(x,y,u,v) <- why(E(u,v), A(x,y))", {"E": edges, "A": asked}, {"B(x,y,u,v)": expected}


@case("search.mcts/constrained_backup")
def constrained_backup(random):
    depth, paths = np.array([0, 1, 1, 2, 2]), [[0, 1, 3], [0, 2], [0, 1, 4], [0, 1, 3], [0, 2], [0, 1]]
    won, q = [-1, 1, -0.5, 1, -1, 0.5], np.zeros(5)
    for path, value in zip(paths, won):
        for n in path:
            add = value * max((depth[n] + 1) / len(path), 0.4)
            if q[n] * add >= 0:
                q[n] += add
            elif add > 0:
                q[n] = add
    given = {"P": np.array([[n in path for n in range(5)] for path in paths], float), "D": depth, "L": np.array([len(path) for path in paths]), "V": np.array(won)}
    return "Y[n] = constrained_backup(P[k,n], D[n], L[k], V[k]; least = 0.4)", given, {"Y": q}


@case("diffusion.cache/elastic_commit")
def elastic_commit(random):
    conf = np.array([0.99, 0.3, 0.95, 0.91, 0.2, 0.97])
    low = np.array([0.99, 0.3, 0.6, 0.5, 0.2, 0.97])
    given = {"C": conf, "L": low, "W": [(1,), (2,), (3,), (4,)]}
    return "Y(p) <- elastic_commit(C[p], W(p))\nZ(p) <- elastic_commit(L[p], W(p))", given, {"Y(p)": {(2,), (3,)}, "Z(p)": {(2,)}}


@case("rl.loss/policy_entropy")
def policy_entropy(random):
    p, mask = random.dirichlet(np.ones(5), size=(3, 4)), random.integers(0, 2, size=(3, 4))
    p[0, 0], mask[0, 0] = [1, 0, 0, 0, 0], 1
    each = -np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0).sum(-1)
    return "Y = policy_entropy(P[i,t,v], M[i,t])", {"P": p, "M": mask}, {"Y": each[mask > 0].mean()}


@case("rl.reward/unsolved")
def unsolved(random):
    solved, tried = np.array([9, 5, 0, 0, 18]), np.array([10, 10, 4, 0, 20])
    return "Y[x] = unsolved(S[x], T[x])", {"S": solved, "T": tried}, {"Y": [0, 1, 1, 1, 0]}


@case("rl.reward/shaped")
def shaped(random):
    r, phi = random.normal(size=(5, 2)), random.normal(size=(5, 2))
    expected = r + 0.9 * np.vstack([phi[1:], np.zeros((1, 2))]) - phi
    return "Y[t,e] = shaped(R[t,e], P[t,e]; gamma = 0.9)", {"R": r, "P": phi}, {"Y": expected}


@case("rl.reward/trainable")
def trainable(random):
    a, length = random.normal(size=(3, 4)), random.integers(1, 10, size=(3, 4))
    return "Y[x,i] = trainable(A[x,i], L[x,i]; limit = 6)", {"A": a, "L": length}, {"Y": [[not (v < 0 and n >= 6) for v, n in zip(*rows)] for rows in zip(a, length)]}


@case("agent.delethink/window_cost")
def window_cost(random):
    expected = [sum(sum(range(1, 9)) for end in range(8, n + 1, 2)) for n in (8, 12, 40)]
    return "Y[i] = window_cost(N[i]; window = 8, stride = 2)", {"N": np.array([8, 12, 40])}, {"Y": expected}


@case("agent.memsearcher/workspace")
def workspace(random):
    question, report, seen = random.normal(size=(2, 3)), random.normal(size=(2, 4, 2)), random.normal(size=(2, 4, 1))
    before = [np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], 1) for x in (report, seen)]
    expected = np.concatenate([np.repeat(question[:, None], 4, 1), *before], -1)
    return "Y[i,k,c] = workspace(Q[i,q], R[i,k,m], S[i,k,o])", {"Q": question, "R": report, "S": seen}, {"Y": expected}


@case("agent.env/mind_search")
def mind_search(random):
    start, width, bold, mind, target = np.array([10, 30, 5]), np.array([32, 16, 32]), np.array([1, 0.5, 2]), np.array([1, 0, 1]), 27
    rows, heard, guess = [], [], start.astype(float)
    for t in range(6):
        rows.append(guess)
        heard.append(guess.mean())
        step = np.ceil(bold * width / 2**(t + 1) / np.where(mind > 0, 3, 1))
        guess = guess + np.sign(target - heard[-1]) * step
    given = {"T": np.array(float(target)), "S": start, "W": width, "B": bold, "M": mind}
    return "(Y[t,k], H[t]) = mind_search(T, S[k], W[k], B[k], M[k]; rounds = 6, mean = 1)", given, {"Y": rows, "H": heard}


@case("info/median")
def median(random):
    odd, even = random.normal(size=7), random.normal(size=8)
    return "Y = median(A[i])\nZ = median(B[i])", {"A": odd, "B": even}, {"Y": np.median(odd), "Z": np.median(even)}


@case("info/combined")
def combined(random):
    p = random.uniform(size=5)
    half = -np.log(p).sum()
    return "Y = combined(P[i])", {"P": p}, {"Y": math.exp(-half) * sum(half**j / math.factorial(j) for j in range(5))}


@case("info.pid/emergence_capacity")
def emergence_capacity(random):
    x = random.integers(0, 2, size=(4, 60))
    x[0, 1:] = (x[1, :-1] + x[2, :-1]) % 2

    def synergy(a, b):
        p = np.zeros((2, 2, 4))
        for t in range(59):
            p[a[t], b[t], 2 * a[t + 1] + b[t + 1]] += 1 / 59
        y = p.sum((0, 1))

        def learnt(q):
            marginal = q.sum(1)
            return np.array([sum(q[v, k] * np.log2(q[v, k] / (marginal[v] * y[k])) for v in range(len(q)) if q[v, k] > 0) for k in range(4)])
        one, other, both = learnt(p.sum(1)), learnt(p.sum(0)), learnt(p.reshape(4, 4))
        return both.sum() - one.sum() - other.sum() + np.minimum(one, other).sum()
    expected = np.median([synergy(x[i], x[j]) for i in range(4) for j in range(i)])
    return "Y = emergence_capacity(X[k,t])", {"X": x}, {"Y": expected}


@case("search.sample/speculate")
def speculate(random):
    slow, fast = random.dirichlet(np.ones(4), size=6), random.dirichlet(np.ones(4), size=6)
    slow[4], word, u = fast[4], random.integers(0, 4, size=6), random.uniform(size=6)
    fits = [u[t] * fast[t, word[t]] < slow[t, word[t]] for t in range(6)]
    count = fits.index(False) if False in fits else 6
    over = np.maximum(slow - fast, 0)
    rest = [o / o.sum() if o.sum() > 0 else s for o, s in zip(over, slow)]
    return "(Y, R[t,v]) = speculate(S[t,v], F[t,v], W[t], U[t])", {"S": slow, "F": fast, "W": word, "U": u}, {"Y": count, "R": rest}


@case("search.sample/vote_among")
def vote_among(random):
    score, weight = random.normal(size=(4, 6, 5)), random.uniform(size=(4, 6))
    expected = np.zeros((4, 5))
    for x, i in np.ndindex(4, 6):
        answer = score[x, i].argmax()
        expected[x, answer] += weight[x, i] * (answer != 3)
    given = {"S": score, "W": weight, "C": [(0,), (1,), (2,), (4,)]}
    return "A[x,i] = argmax[a](S[x,i,a])\nY[x,a] = vote_among(A[x,i], W[x,i], C(a))", given, {"Y": expected}


@case("search.mcts/grow")
def grow(random):
    rounds, deepest, weight = 40, 4, 0.7
    nexts, reward = random.integers(0, 12, size=(12, 3)), random.uniform(size=12)
    state, up, children, visits, total, before = [2], [-1], {0: []}, [0], [0.0], [[0] * (rounds + 1)]
    sums = [[0.0] * (rounds + 1)]
    for k in range(rounds):
        node, path = 0, [0]
        while len(children[node]) == 3 and len(path) <= deepest:
            node = max(children[node], key=lambda m: total[m] / visits[m] + weight * np.sqrt(np.log(max(visits[node], 1)) / visits[m]))
            path.append(node)
        action = len(children[node]) % 3
        state.append(int(nexts[state[node], action]))
        up.append(node)
        children[node].append(k + 1)
        children[k + 1] = []
        visits.append(0)
        total.append(0.0)
        for n in path + [k + 1]:
            visits[n] += 1
            total[n] += reward[state[-1]]
        before.append(visits + [0] * (rounds - k - 1))
        sums.append(total + [0] * (rounds - k - 1))
    given = {"N": nexts, "R": reward}
    text = f"(S[n], U[n], V[k,n], T[k,n]) = grow(N[s,a], R[s], 2; rounds = {rounds}, deepest = {deepest}, weight = {weight})"
    return text, given, {"S": state, "U": up, "V": before, "T": sums}
