"""Random recursions and index forms with known answers: scans, real fixpoints, shortest paths, affine indices, gathers, symbols."""
import heapq
import itertools
import json

import numpy as np

from engine import compare


def numbers(state, shape, low=-8, high=8):
    return np.array([state.randint(low, high) / 4 for _ in range(int(np.prod(shape)))]).reshape(shape)


def literal(name, array):
    return f"{name} = {json.dumps(np.asarray(array).tolist())}\n"


def finish(binary, program, expected):
    return compare(binary, program + "".join(f"{name}?\n" for name, _, _ in expected), expected)


def check_scans(binary, state):
    """Ascending, descending, two tensors in step, vectors with a matrix, a lag of two, a virtual index."""
    n, m = state.randint(1, 7), state.randint(1, 4)
    r, g, u, w = numbers(state, [n]), state.choice([0.5, -0.25, 1]), numbers(state, [n, m]), numbers(state, [m, m]) / 2
    program = literal("R", r) + f"Gamma = {g}\n" + literal("U", u) + literal("W", w)
    down = np.zeros(n + 1)
    for t in reversed(range(n)):
        down[t] = r[t] + g * down[t + 1]
    up, a, b = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    up[0], a[0] = 1, 1
    hidden = np.zeros([n + 1, m])
    for t in range(n):
        up[t + 1] = g * up[t] + r[t]
        a[t + 1] = a[t] + b[t] * r[t]
        b[t + 1] = a[t] - g * b[t]
        hidden[t + 1] = np.tanh(w @ hidden[t] + u[t])
    b = np.append(b, a[n] - g * b[n])  # B[t+1] covers every t that A has
    lag = np.zeros(n + 2)
    lag[0] = lag[1] = 1
    for t in range(n):
        lag[t + 2] = lag[t + 1] + g * lag[t] * r[t]
    lines = {"D": "D[t] = R[t] + Gamma D[t+1]", "X": "X[0] = 1\nX[t+1] = Gamma X[t] + R[t]", "A": "A[0] = 1\nB[0] = 0\nA[t+1] = A[t] + B[t] R[t]\nB[t+1] = A[t] - Gamma B[t]",
             "H": "H[t+1,i] = tanh(W[i,j] H[t,j] + U[t,i])", "L": "L[0] = 1\nL[1] = 1\nL[t+2] = L[t+1] + Gamma L[t] R[t]",
             "V": "V[i,*t+1] = tanh(W[i,j] V[j,*t] + U[t,i])", "S": "S[t] = V[i,*t] W[i,i]"}
    values = {"D": down[:n], "X": up, "A": a, "H": hidden, "L": lag, "V": hidden[n], "S": hidden @ np.diag(w)}
    # Q's first equation ends a step, or several, before the others of its recursion.
    until, p, q = state.randint(0, n), np.zeros(n + 1), np.zeros(n + 1)
    for t in range(n):
        p[t + 1] = p[t] + q[t] + r[t]
        q[t + 1] = (0.5 * p[t] - q[t] if t < until else 0) + 0.25 * r[t]
    lines["P"] = f"P[t+1] = P[t] + Q[t] + R[t]\nQ[t+1] = 0.5 P[t] - Q[t], t < {until}\nQ[t+1] = 0.25 R[t]"
    values["P"] = p
    order = list(lines.values())
    state.shuffle(order)
    return finish(binary, program + "\n".join(order) + "\n", [(k, values[k], lines[k]) for k in lines] + [("B", b, lines["A"]), ("Q", q, lines["P"])])


def check_fixpoints(binary, state):
    """Sum-product on an acyclic graph, a damped cyclic one, and shortest paths, from one node and between all; nodes are integers or
    symbols. Among many nodes few change in a round."""
    n, symbols = state.randint(2, 7) if state.random() < 0.7 else state.randint(20, 40), state.random() < 0.5
    node = [f"N{x}" if symbols else str(x) for x in range(n)]
    edges = [(x, y) for x, y in itertools.combinations(range(n), 2) if state.random() < min(0.6, 4 / n)] + [(x, x + 1) for x in range(n - 1)]
    edges = sorted(set(edges))
    weight = {edge: state.randint(1, 8) / 4 for edge in edges}
    back = {(state.randrange(n), state.randrange(n)): state.randint(1, 9) / 2 for _ in range(n)}
    program = ("domain Node = {" + ", ".join(node) + "}\ntensor Edge[x: Node, y: Node]: bool\ntensor Start[x: Node]: bool\n") if symbols else ""
    program += "".join(f"Edge({node[x]}, {node[y]})\nW[{node[x]},{node[y]}] = {v}\n" for (x, y), v in weight.items()) + f"Start({node[0]})\n"
    program += f"Start({node[-1]})\n" if state.random() < 0.5 else ""
    starts = {0} | ({n - 1} if program.count("Start(") > 1 else set())
    program += "".join(f"Road({node[x]}, {node[y]})\nC[{node[x]},{node[y]}] = {v}\n" for (x, y), v in back.items())
    program += f"Road({node[n - 1]}, {node[n - 1]})\n" + (f"C[{node[n - 1]},{node[n - 1]}] = 1\n" if (n - 1, n - 1) not in back else "")
    back.setdefault((n - 1, n - 1), 1.0)
    paths = np.zeros(n)
    for y in range(n):
        paths[y] = (y in starts) + sum(weight[x, y] * paths[x] for x in range(y) if (x, y) in weight)
    counts = np.linalg.solve(np.eye(n) - np.array([[0.25 * ((x, y) in back) / n for x in range(n)] for y in range(n)]), np.array([float(y in starts) for y in range(n)]))
    distance, queue = [float("nan")] * n, [(0.0, x) for x in starts]
    while queue:
        d, x = heapq.heappop(queue)
        if distance[x] == distance[x]:
            continue
        distance[x] = d
        for (a, b), v in back.items():
            if a == x:
                heapq.heappush(queue, (d + v, b))
    rules = {"P": "P[y] = Start(y)\nP[y] = W[x,y] P[x] Edge(x,y)", "Q": f"Q[y] = Start(y)\nQ[y] = {0.25 / n!r} Q[x] Road(x,y)",
             "D": "D[y] min= 0, Start(y)\nD[y] min= D[x] + C[x,y], Road(x,y)", "G": "G[y] max= 1, Start(y)\nG[y] max= G[x] W[x,y], Edge(x,y)"}
    best = np.full(n, np.nan)
    for y in range(n):
        found = [1.0] * (y in starts) + [best[x] * weight[x, y] for x in range(y) if (x, y) in weight and best[x] == best[x]]
        best[y] = max(found) if found else np.nan
    between = np.full([n, n], np.inf)
    for edge, v in back.items():
        between[edge] = v
    for middle in range(n):
        between = np.minimum(between, between[:, [middle]] + between[[middle], :])
    between = np.where(np.isinf(between), np.nan, between)
    rules["M"] = state.choice(["M[x,y] min= C[x,y], Road(x,y)\nM[x,z] min= M[x,y] + C[y,z], Road(y,z)", "M[x,y] min= C[x,y], Road(x,y)\nM[x,z] min= C[x,y] + M[y,z], Road(x,y)"])
    order = list(rules.values())
    state.shuffle(order)
    return finish(binary, program + "\n".join(order) + "\n", [(name, value, rules[name]) for name, value in
                                                               {"P": paths, "Q": counts, "D": distance, "G": best, "M": between}.items()])


def check_indices(binary, state):
    """Affine reads and writes, pooling, remainders, gathers and scatters; shapes are checked too."""
    n, m, k = state.randint(3, 9), state.randint(2, 6), state.randint(1, 3)
    x, f, image = numbers(state, [n]), numbers(state, [k]), numbers(state, [n, m])
    token = np.array([state.randrange(n) for _ in range(state.randint(1, 6))])
    weight, scale = numbers(state, token.shape), state.randint(2, 3)
    program = literal("X", x) + literal("F", f) + literal("Image", image) + literal("Tok", token) + literal("V", weight)
    filters = numbers(state, [2, 2])
    program += literal("K", filters)
    conv = np.array([sum(x[i + d] * f[d] for d in range(k)) for i in range(n - k + 1)])
    square = np.array([[np.sum(image[a:a + 2, b:b + 2] * filters) for b in range(m - 1)] for a in range(n - 1)])
    pool = np.full([(n - 1) // scale + 1, (m - 1) // scale + 1], -np.inf)
    for a, b in itertools.product(range(n), range(m)):
        pool[a // scale, b // scale] = max(pool[a // scale, b // scale], image[a, b])
    cycle = np.array([x[r::scale].sum() for r in range(min(scale, n))])
    scatter = np.zeros(token.max() + 1)
    np.add.at(scatter, token, weight)
    lag = np.zeros(n + 1)  # X[i-1] exists up to i = n
    lag[1:] = x
    cases = [("Conv", conv, "Conv[i] = X[i+d] F[d]"), ("Conv2", square, "Conv2[i,j] = Image[i+a,j+b] K[a,b]"),
             ("Diff", x[1:] - x[:-1], "Diff[i] = X[i+1] - X[i]"), ("Lag", lag, "Lag[i] = X[i-1]"), ("Odd", x[1::2], "Odd[i] = X[2*i+1]"), ("Even", x[::2], "Even[i] = X[2*i]"),
             ("Pool", pool, f"Pool[a/{scale},b/{scale}] max= Image[a,b]"), ("Cycle", cycle, f"Cycle[i%{scale}] = X[i]"), ("Part", x[1:3], "Part = X[1:3]"), ("Skip", x[0:n:2], f"Skip = X[0:{n}:2]"),
             ("Emb", image[token], "Emb[p,j] = Image[Tok[p],j]"), ("Dot", np.array(float(np.sum(image[token].sum(1) * weight))), "Dot = Image[Tok[p],j] V[p]"), ("Scat", scatter, "Scat[Tok[p]] = V[p]"),
             ("Up", np.repeat(x, scale), f"Up[i] = X[i/{scale}], i < {n * scale}"), ("Row", image[1], "Row[j] = Image[1,j]")]
    state.shuffle(cases)
    return finish(binary, program + "\n".join(line for _, _, line in cases) + "\n", cases)
