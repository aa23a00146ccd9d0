"""std.agent, and what came later to std.search, std.graph, std.logic, std.memory and std.interp."""
import itertools

import numpy as np

from core_cases import gelu, sigmoid
from harness import case


def tuples(rows):
    return [tuple(map(int, row)) for row in rows]


@case("agent.env/vec_env")
def vec_env(random):
    given = {"N": random.integers(0, 4, size=(4, 3)), "R": random.normal(size=(4, 3)), "D": np.array([0, 0, 0, 1]), "S": np.array([0, 1, 2]), "A": random.integers(0, 3, size=(9, 3))}
    following, reward, done, start, act = given.values()
    state, states, gains = start.copy(), [], []
    for t in range(9):
        states.append(state)
        gains.append(reward[state, act[t]])
        moved = following[state, act[t]]
        state = np.where(done[moved], start, moved)
    return "(X[t,e], G[t,e]) = vec_env(N[s,a], R[s,a], D[s], S[e], A[t,e])", given, {"X": np.stack(states + [state]), "G": np.stack(gains)}


@case("agent.env/run_policy")
def run_policy(random):
    given = {"N": random.integers(0, 4, size=(4, 3)), "R": random.normal(size=(4, 3)), "D": np.array([0, 0, 0, 1]), "S": np.array([0, 1, 2]), "P": random.integers(0, 3, size=4)}
    following, reward, done, start, policy = given.values()
    state, states, gains = start.copy(), [], []
    for t in range(6):
        states.append(state)
        gains.append(reward[state, policy[state]])
        moved = following[state, policy[state]]
        state = np.where(done[moved], start, moved)
    return "(X[t,e], G[t,e]) = run_policy(N[s,a], R[s,a], D[s], S[e], P[s]; steps = 6)", given, {"X": np.stack(states + [state]), "G": np.stack(gains)}


@case("agent.env/group_search")
def group_search(random):
    guess, width, guesses, sums = np.array([10, 20, 5]), np.array([16, 16, 30]), [], []
    for t in range(7):
        guesses.append(guess)
        sums.append(guess.sum())
        guess = guess + np.sign(48 - guess.sum()) * np.ceil(width / 2**(t + 1)).astype(int)
    return "(G[t,k], S[t]) = group_search(48, A[k], W[k]; rounds = 7)", {"A": guesses[0], "W": width}, {"G": np.stack(guesses), "S": sums}


@case("agent.delethink/chunk_begin")
def chunk_begin(random):
    return "B[c] = chunk_begin()", {"X": np.zeros(1)}, {"B": [0, 8192, 8192 + 4096, 8192 + 2 * 4096, 8192 + 3 * 4096]}


@case("agent.delethink/chunk_state")
def chunk_state(random):
    tokens, begins = list(range(30)), [0, 12, 17, 22]
    expected = {(c, n) for c, b in enumerate(begins) for n in tokens[:b][:3] + tokens[:b][-7:]}
    return "S(c,n) <- chunk_state(T(n), B[c]; tail = 7, head = 3)", {"T": [(n,) for n in tokens], "B": np.array(begins)}, {"S(c,n)": expected}


@case("agent.delethink/thinking_cost")
def thinking_cost(random):
    lengths = np.array([3, 12, 13, 40])
    whole, chunked = [], []
    for n in lengths:
        whole.append(sum(range(1, n + 1)))
        cost = inside = 0
        for _ in range(n):
            inside = inside + 1 if inside < 12 else 5 + 1
            cost += inside
        chunked.append(cost)
    return "(W[i], C[i]) = thinking_cost(N[i]; chunk = 12, tail = 5)", {"N": lengths}, {"W": whole, "C": chunked}


@case("agent.memsearcher/turn_context")
def turn_context(random):
    q, m = random.integers(0, 9, size=(2, 3)), random.integers(0, 9, size=(2, 4, 2))
    expected = [[np.concatenate([q[i], m[i, k - 1] if k else [0, 0]]) for k in range(4)] for i in range(2)]
    return "C[i,k,c] = turn_context(Q[i,q], M[i,k,m])", {"Q": q, "M": m}, {"C": expected}


@case("agent.memsearcher/turn_loss")
def turn_loss(random):
    lp, mask, a = -random.uniform(size=(3, 4, 5)), (random.uniform(size=(3, 4, 5)) < 0.6) * 1.0, random.normal(size=3)
    rows = [(-a[i] * lp[i, k, t]) for i, k, t in np.argwhere(mask > 0)]
    return "Y = turn_loss(L[i,k,t], M[i,k,t], A[i])", {"L": lp, "M": mask, "A": a}, {"Y": np.mean(rows)}


def words(random):
    logits, target = random.normal(size=(2, 4, 5)), random.integers(0, 5, size=(2, 4))
    each = np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, target[..., None], -1)[..., 0]
    one = np.array([[0, 1, 1, 0], [0, 0, 0, 1]])
    two = np.array([[0, 0, 0, 1], [1, 0, 0, 0]])
    return {"L": logits, "T": target, "M": one, "E": two}, each, one, two


@case("agent.early/iwm_loss")
def iwm_loss(random):
    given, each, one, _ = words(random)
    del given["E"]
    return "Y = iwm_loss(L[e,p,v], T[e,p], M[e,p])", given, {"Y": each[one > 0].mean()}


@case("agent.early/sr_loss")
def sr_loss(random):
    given, each, one, two = words(random)
    expected = 0.7 * each[(one + two) > 0].mean() + 0.3 * each[two > 0].mean()
    return "Y = sr_loss(L[e,p,v], T[e,p], M[e,p], E[e,p]; imitation = 0.3)", given, {"Y": expected}


WAITS = [(3, 1), (3, 2), (1, 0), (2, 0), (4, 2), (5, 4)]


@case("agent.async/join")
def join(random):
    length = random.integers(1, 6, size=6)
    begin = np.zeros(6, int)
    for _ in range(6):
        for j, k in WAITS:
            begin[j] = max(begin[j], begin[k] + length[k])
    return ("(B[j], E[j]) = join(J(j), W(j,k), L[j])", {"J": [(j,) for j in range(6)], "W": WAITS, "L": length}, {"B": begin, "E": begin + length})


@case("agent.async/concurrency")
def concurrency(random):
    begin, end = np.array([0, 1, 1, 3]), np.array([1, 4, 3, 6])
    active = [((begin <= t) & (t < end)).sum() for t in range(end.max())]
    return "Y = concurrency(B[j], E[j]; capacity = 2)", {"B": begin, "E": end}, {"Y": np.mean(active) / 2}


@case("agent.async/async_reward")
def async_reward(random):
    right, formed, share = np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0]), random.uniform(size=4)
    expected = [r - 0.1 * (not f) + (0.2 * s if r else 0) for r, f, s in zip(right, formed, share)]
    return "Y[i] = async_reward(R[i], F[i], S[i])", {"R": right, "F": formed, "S": share}, {"Y": expected}


RESULTS = [("R1", "S1", "C4"), ("R2", "S2", "P7"), ("R3", "S3", "C9"), ("R2", "S3", "P8")]


@case("agent.world/report")
def report(random):
    return ("Y(s,c) <- report(R(i,s,c), O(i))", {"R": RESULTS, "O": [("R1",), ("R2",)]}, {"Y(s,c)": {(s, c) for i, s, c in RESULTS if i != "R3"}})


@case("agent.world/unsupported")
def unsupported(random):
    return ("Y(s) <- unsupported(S(s), R(s,c))", {"S": [("A",), ("B",), ("C",)], "R": [("A", "X"), ("C", "Y"), ("C", "Z")]}, {"Y(s)": {("B",)}})


@case("agent.world/world_add")
def world_add(random):
    given = {"K": [("A",), ("B",)], "F": [("C",), ("D",), ("E",)], "X": [("D", "B"), ("A", "E"), ("C", "D")]}
    return "Y(s) <- world_add(K(s), F(s), X(s,t))", given, {"Y(s)": {("A",), ("B",), ("C",)}}


@case("agent.world/tasks")
def tasks(random):
    given = {"O": [("Q1",), ("Q2",), ("Q3",)], "N": [("Q1", "A"), ("Q1", "B"), ("Q2", "A"), ("Q2", "Z")], "W": [("A",), ("B",)]}
    return "Y(q) <- tasks(O(q), N(q,s), W(s))", given, {"Y(q)": {("Q1",), ("Q3",)}}


@case("agent.swe/selfplay_score")
def selfplay_score(random):
    after, before = random.integers(0, 2, size=(5, 8)), np.array([1, 0, 0, 1, 1, 0, 0, 0])
    expected = [a[before == 0].mean() + a[before == 1].mean() for a in after]
    return "Y[i] = selfplay_score(A[i,j], B[j])", {"A": after, "B": before}, {"Y": expected}


@case("agent.swe/all_pass")
def all_pass(random):
    after = np.array([[1, 1, 1], [1, 0, 1]])
    return "Y[i] = all_pass(A[i,j])", {"A": after}, {"Y": [1, 0]}


TREE = [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 2), (7, 6), (8, 0)]
NODES = [(n,) for n in range(9)]


def walk(node):
    yield node, False
    for child in sorted(n for n, m in TREE if m == node):
        yield from walk(child)
        yield node, True


@case("search.journey/dfs_trace")
def dfs_trace(random):
    steps = list(walk(0))
    expected = {"V(s,n)": {(s, n) for s, (n, _) in enumerate(steps)}, "B(s)": {(s,) for s, (_, back) in enumerate(steps) if back}}
    return "(V(s,n), B(s)) = dfs_trace(N(n), P(n,m))", {"N": NODES, "P": TREE}, expected


@case("search.journey/journey")
def journey(random):
    steps = [(s, n) for s, (n, _) in enumerate(walk(0))]
    end = next(s for s, n in steps if n in (5, 7))
    return "Y(s,n) <- journey(V(s,n), R(n))", {"V": steps, "R": [(5,), (7,)]}, {"Y(s,n)": {(s, n) for s, n in steps if s <= end}}


def tree(random):
    parent = dict(TREE)
    visits = np.array([20, 8, 7, 3, 0, 2, 4, 1, 4])
    value = random.normal(size=9)
    of = np.array([visits[parent[n]] if n in parent else 0 for n in range(9)])
    return parent, value, visits, of


@case("search.mcts/path_uct")
def path_uct(random):
    _, value, visits, of = tree(random)
    length = np.arange(9)
    expected = [v / max(c, 1) + 1.8 * np.sqrt(np.log(max(o, 1)) / max(c, 1)) - 3 * n / 12 for v, c, o, n in zip(value, visits, of, length)]
    return ("Y[n] = path_uct(V[n], C[n], P(n,m), L[n]; layers = 12)", {"V": value, "C": visits, "P": TREE, "L": length}, {"Y": expected})


@case("search.mcts/tree_advantage")
def tree_advantage(random):
    parent, value, _, _ = tree(random)
    expected = [value[n] - np.mean([value[k] for k in parent if parent[k] == parent[n]]) if n in parent else 0 for n in range(9)]
    return "Y[n] = tree_advantage(V[n], P(n,m))", {"V": value, "P": TREE}, {"Y": expected}


@case("search.mcts/decayed_backup")
def decayed_backup(random):
    parent, value, _, _ = tree(random)
    depth = {0: 0}
    for n, m in TREE:
        depth[n] = depth[m] + 1
    leaves, expected = [n for n in range(9) if n not in parent.values()], np.zeros(9)
    for leaf in leaves:
        node = leaf
        while True:
            expected[node] += value[leaf] * max((depth[node] + 1) / (depth[leaf] + 1), 0.4)
            if node == 0:
                break
            node = parent[node]
    given = {"V": value, "D": np.array([depth[n] for n in range(9)]), "L": [(n,) for n in leaves], "P": TREE, "N": NODES}
    return "Y[n] = decayed_backup(V[n], D[n], L(n), P(n,m), N(n); least = 0.4)", given, {"Y": expected}


@case("search.mcts/surest_wrong")
def surest_wrong(random):
    logp, length = -random.uniform(1, 9, size=6), random.integers(1, 9, size=6)
    wrong = [1, 3, 4]
    best = min(wrong, key=lambda n: -logp[n] / length[n])
    return "Y(n) <- surest_wrong(L[n], C[n], W(n))", {"L": logp, "C": length, "W": [(n,) for n in wrong]}, {"Y(n)": {(best,)}}


@case("search.beam/beam_step")
def beam_step(random):
    score, gain = random.normal(size=3), random.normal(size=(3, 4))
    total = (score[:, None] + gain).ravel()
    order = np.argsort(-total, kind="stable")[:5]
    return ("(B[r], F[r], T[r]) = beam_step(S[b], G[b,t]; width = 5)", {"S": score, "G": gain}, {"B": total[order], "F": order // 4, "T": order % 4})


@case("search.beam/beam")
def beam(random):
    start, gain = random.normal(size=4), random.normal(size=(4, 4))
    # As wide as there are sequences, the best beam is the best of all sequences.
    everything = max(itertools.product(range(4), repeat=4), key=lambda s: start[s[0]] + sum(gain[a, b] for a, b in zip(s, s[1:])))
    best = start[everything[0]] + sum(gain[a, b] for a, b in zip(everything, everything[1:]))
    beams, scores = [((t,), start[t]) for t in np.argsort(-start)[:2]], []
    scores.append([s for _, s in beams])
    for _ in range(3):
        beams = sorted([(seq + (t,), s + gain[seq[-1], t]) for seq, s in beams for t in range(4)], key=lambda pair: -pair[1])[:2]
        scores.append([s for _, s in beams])
    statements = """
(S[n,r], T[n,r], F[n,r]) = beam(A[t], G[s,t]; width = 2, steps = 3)
(S4[n,r], T4[n,r], F4[n,r]) = beam(A[t], G[s,t]; width = 4, steps = 3)
Best = S4[3,0]
"""
    return statements, {"A": start, "G": gain}, {"S": scores, "Best": best}


@case("search.beam/beam_path")
def beam_path(random):
    start, gain = random.normal(size=4), random.normal(size=(4, 4))
    everything = max(itertools.product(range(4), repeat=4), key=lambda s: start[s[0]] + sum(gain[a, b] for a, b in zip(s, s[1:])))
    statements = "(S[n,r], T[n,r], F[n,r]) = beam(A[t], G[s,t]; width = 4, steps = 3)\nP[n] = beam_path(T[n,r], F[n,r]; steps = 3)"
    return statements, {"A": start, "G": gain}, {"P": everything}


@case("search.beam/lookahead")
def lookahead(random):
    reward, following = random.normal(size=6), random.integers(0, 6, size=6)
    def after(state, steps):
        for _ in range(steps):
            state = following[state]
        return reward[state]
    statements = "Y[s] = lookahead(R[s], N[s]; steps = 3)\nZ[s] = lookahead(R[s], N[s]; steps = 0)"
    return statements, {"R": reward, "N": following}, {"Y": [after(s, 3) for s in range(6)], "Z": reward}


@case("search.ttc/difficulty_bin")
def difficulty_bin(random):
    solved = random.uniform(size=10)
    expected = np.zeros(10)
    for n, q in enumerate(np.argsort(solved, kind="stable")):
        expected[q] = n // 2
    return "Y[q] = difficulty_bin(S[q])", {"S": solved}, {"Y": expected}


@case("search.ttc/strategy_by_bin")
def strategy_by_bin(random):
    accuracy, bins = random.uniform(size=(9, 3)), np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    expected = [accuracy[bins == b].mean(0).argmax() for b in range(3)]
    return "Y[b] = strategy_by_bin(A[q,s], B[q]; bins = 3)", {"A": accuracy, "B": bins}, {"Y": expected}


@case("search.ttc/revise")
def revise(random):
    start, logp = random.normal(size=3), random.normal(size=(2, 3, 3))
    chains = list(itertools.product(range(3), repeat=3))
    expected = [start] + [[max(start[c[0]] + sum(logp[k, c[k], c[k + 1]] for k in range(n)) for c in chains if c[n] == a) for a in range(3)] for n in (1, 2)]
    return "Y[n,a] max= revise(S[a], L[n,a,c])", {"S": start, "L": logp}, {"Y": expected}


def pivots(p, a, b, least):
    if abs(p[b] - p[a]) < least:
        return []
    if b - a == 1:
        return [a]
    return pivots(p, a, (a + b) // 2, least) + pivots(p, (a + b) // 2, b, least)


@case("search.pts/pivotal")
def pivotal(random):
    p = np.clip(np.cumsum(random.choice([0, 0, 0.3, -0.3], size=21)) + 0.5, 0, 1)
    expected = {(a,) for a in pivots(p, 0, 20, 0.2)}
    return "Y(i) <- pivotal(P[i])", {"P": p}, {"Y(i)": expected}


@case("search.pts/pivotal_pairs")
def pivotal_pairs(random):
    gain = random.uniform(size=(4, 5))
    return "(C[i], R[i]) = pivotal_pairs(G[i,t])", {"G": gain}, {"C": gain.argmax(1), "R": gain.argmin(1)}


GRAPH = [(0, 5), (5, 1), (1, 2), (5, 2), (2, 6), (6, 3), (3, 4), (4, 7)]


def hops(seeds):
    found, level = {s: 0 for s in seeds}, 0
    while True:
        level += 1
        fresh = {y for x, y in GRAPH if x in found} - set(found)
        if not fresh:
            return found
        found |= dict.fromkeys(fresh, level)


@case("graph.rag/structural_score")
def structural_score(random):
    far = hops({0})
    expected = [1 / (1 + far[c]) if c in far and far[c] <= 3 else 0 for c in range(5)]
    vectors = random.normal(size=5)  # fewer than there are nodes
    given = {"S": [(0,)], "E": GRAPH, "C": [(c,) for c in range(5)], "V": vectors}
    return "Y[c] = structural_score(S(x), E(x,y), C(c); hops = 3)\nZ[c] = Y[c] + V[c]", given, {"Y": expected, "Z": expected + vectors}


@case("graph.rag/semantic_score")
def semantic_score(random):
    q, e = random.normal(size=4), random.normal(size=(6, 4))
    return "Y[c] = semantic_score(Q[d], E[c,d])", {"Q": q, "E": e}, {"Y": e @ q / np.linalg.norm(e, axis=1) / np.linalg.norm(q)}


@case("graph.rag/fuse")
def fuse(random):
    s, m, k = random.uniform(size=(3, 6))
    return "Y[c] = fuse(S[c], M[c], K[c])", {"S": s, "M": m, "K": k}, {"Y": 0.4 * s + 0.5 * m + 0.1 * k}


@case("graph.rag/hybrid_retrieve")
def hybrid_retrieve(random):
    fused, meaning, structure = random.uniform(size=8), random.normal(size=8), np.array([0, 0, 0.5, 0, 1, 0, 0, 0.3])
    found = np.isin(np.arange(8), np.argsort(-meaning)[:3]) | (structure > 0)
    order = sorted(np.flatnonzero(found), key=lambda c: -fused[c])
    place = [order.index(c) if found[c] else 0 for c in range(8)]
    return "(F[c], P[c]) = hybrid_retrieve(A[c], M[c], S[c]; k = 3)", {"A": fused, "M": meaning, "S": structure}, {"F": found, "P": place}


@case("graph.rag/merge_entities")
def merge_entities(random):
    edges, names = [(0, 1), (1, 2), (3, 4), (0, 3)], [(0, "A"), (1, "B"), (2, "C"), (3, "A"), (4, "D")]
    label = dict(names)
    expected = {(label[u], label[v]) for u, v in edges if label[u] != label[v]}
    return "Y(n,m) <- merge_entities(E(u,v), N(u,n))", {"E": edges, "N": names}, {"Y(n,m)": expected}


def embedding(random, count=5, width=7):
    return np.linalg.qr(random.normal(size=(width, count)))[0].T


@case("logic.embed/embed_rel")
def embed_rel(random):
    r, e = random.integers(0, 2, size=(5, 5)), embedding(random)
    expected = sum(np.outer(e[x], e[y]) for x, y in np.argwhere(r))
    return "Y[i,j] = embed_rel(R[x,y], E[x,i])", {"R": r, "E": e}, {"Y": expected}


@case("logic.embed/query_rel")
def query_rel(random):
    r, e = random.integers(0, 2, size=(5, 5)), embedding(random)
    return "Y[x,y] = query_rel(M[i,j], E[x,i])", {"M": e.T @ r @ e, "E": e}, {"Y": r}


@case("logic.embed/embed_rule")
def embed_rule(random):
    r, s, e = random.integers(0, 2, size=(5, 5)), random.integers(0, 2, size=(5, 5)), embedding(random)
    return "Y[i,j] = embed_rule(A[i,j], B[i,j])", {"A": e.T @ r @ e, "B": e.T @ s @ e}, {"Y": e.T @ (r @ s) @ e}


@case("logic.embed/cleanup")
def cleanup(random):
    r, e = random.integers(0, 3, size=(5, 5)), embedding(random)
    noisy = e.T @ (r + random.uniform(-0.3, 0.3, size=(5, 5))) @ e
    soft = sigmoid((e @ noisy @ e.T - 0.5) / 0.2)
    statements = "Y[i,j] = cleanup(M[i,j], E[x,i])\nZ[i,j] = cleanup(M[i,j], E[x,i]; temperature = 0.2)"
    return statements, {"M": noisy, "E": e}, {"Y": e.T @ (r > 0) @ e, "Z": e.T @ soft @ e}


@case("memory/trigger")
def trigger(random):
    h, w, d = random.normal(size=(6, 3)), random.normal(size=3), np.array([0, 1, 0, 0, 1, 1])
    return "Y[j] = trigger(H[j,d], W[d], D[j])", {"H": h, "W": w, "D": d}, {"Y": d * sigmoid(h @ w)}


@case("memory/weave")
def weave(random):
    x, latent = random.normal(size=(4, 3)), random.normal(size=(2, 3))
    return "Y[z,d] = weave(X[p,d], L[m,d])", {"X": x, "L": latent}, {"Y": np.vstack([x, latent])}


@case("memory/trigger_reward")
def trigger_reward(random):
    r, used = random.normal(size=5), random.uniform(size=5)
    return "Y[i] = trigger_reward(R[i], U[i]; rate = 0.4, price = 2)", {"R": r, "U": used}, {"Y": r - 2 * np.clip(used - 0.4, 0, None)}


@case("memory/revise_rules")
def revise_rules(random):
    given = {"O": [(0,), (1,), (2,)], "A": [(3,)], "F": np.array([2, 1, 1, 0]), "G": np.array([1, 1, 3, 0])}
    return "Y(r) <- revise_rules(O(r), A(r), F[r], G[r])", given, {"Y(r)": {(0,), (1,), (3,)}}


@case("interp/elicit_vote")
def elicit_vote(random):
    says = sorted(set(tuples(random.integers(0, 6, size=(20, 2)))))
    return "Y[w] = elicit_vote(S(i,w))", {"S": says}, {"Y": np.bincount([w for _, w in says], minlength=6)}


@case("interp/feature_score")
def feature_score(random):
    z, topic = np.maximum(random.normal(size=(9, 4)), 0), np.array([1, 0, 0, 1, 1, 0, 0, 0, 1])
    return "Y[f] = feature_score(Z[p,f], T[p])", {"Z": z, "T": topic}, {"Y": z[topic > 0].mean(0) * -np.log((z > 0).mean(0))}


@case("interp/steer_gate")
def steer_gate(random):
    z = random.uniform(size=(8, 3))
    expected = np.zeros((8, 3))
    for p in np.argsort(-z.max(1))[:3]:
        expected[p, z[p].argmax()] = 1
    return "Y[p,c] = steer_gate(Z[p,c]; tokens = 3)", {"Z": z}, {"Y": expected}


@case("agent.latent/latent_thought")
def latent_thought(random):
    x, w1, w2 = random.normal(size=3), random.normal(size=(4, 3)), random.normal(size=(3, 4))
    return "H[t,d] = latent_thought(X[d], A[h,d], B[d,h]; steps = 4)", {"X": x / 4, "A": w1 / 4, "B": w2 / 4}, {"H": thought(x / 4, w1 / 4, w2 / 4)}


def thought(x, w1, w2):
    states = [x]
    for _ in range(4):
        states.append(states[-1] + w2 @ gelu(w1 @ states[-1]))
    return states


@case("agent.latent/soft_backup")
def soft_backup(random):
    leaf, parent = random.normal(size=9), dict(TREE)
    depth = {0: 0}
    for n, m in TREE:
        depth[n] = depth[m] + 1

    def value(node):
        children = [n for n in parent if parent[n] == node]
        if not children:
            return leaf[node]
        below = np.array([value(n) for n in children])
        weights = np.exp(below / 0.5)
        return weights @ below / weights.sum()
    given = {"L": leaf, "P": TREE, "D": np.array([depth[n] for n in range(9)])}
    return "V[n] = soft_backup(L[n], P(n,m), D[n]; temperature = 0.5, deepest = 4)", given, {"V": [value(n) for n in range(9)]}
