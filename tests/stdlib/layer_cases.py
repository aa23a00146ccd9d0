"""std.nn.depth, std.nn.fork, std.nn.bdh, std.nn.blt, std.multimodal, and the layers of std.attention, std.linattn, std.ssm and std.moe that came with them."""
import numpy as np

from attention_cases import attention, chosen, delta, duality, rotated, seen, steps
from core_cases import gelu, sigmoid, silu, softmax
from harness import case


def lnorm(x, eps=1e-5):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)


@case("attention/rope_scaled")
def rope_scaled(random):
    x = random.normal(size=(5, 16))
    def corner(turns):
        return 16 * np.log(256 / (turns * 2 * np.pi)) / (2 * np.log(10000))
    low, high = max(np.floor(corner(32)), 0), min(np.ceil(corner(1)), 15)
    out = x.copy()
    for n in range(8):
        ramp = np.clip((n - low) / (high - low), 0, 1)
        rate = 10000.0**(-2 * n / 16) * (ramp / 4 + 1 - ramp)
        z = (x[:, 2 * n] + 1j * x[:, 2 * n + 1]) * np.exp(1j * (np.arange(5) + 3) * rate)
        out[:, 2 * n], out[:, 2 * n + 1] = z.real, z.imag
    return "Y[p,d] = rope_scaled(X[p,d]; start = 3, factor = 4, trained = 256)", {"X": x}, {"Y": out}


def llama_table(half, base=500000.0, factor=8, low=1, high=4, trained=8192):
    rates = []
    for n in range(half):
        rate = base**(-n / half)
        wave = 2 * np.pi / rate
        if wave > trained / low:
            rate /= factor
        elif wave >= trained / high:
            smooth = (trained / wave - low) / (high - low)
            rate = (1 - smooth) * rate / factor + smooth * rate
        rates.append(rate)
    return np.array(rates)


@case("attention/llama_rates")
def llama_rates(random):
    expected = llama_table(32)
    return "S[i] = llama_rates(; half = 32)\nY[i] = log(S[i])", {"X": np.zeros(1)}, {"Y": np.log(expected)}


@case("attention/rope_by")
def rope_by(random):
    x, rate = random.normal(size=(2, 5, 8)), random.uniform(size=4)
    out = x.copy()
    for n in range(4):
        z = (x[..., n] + 1j * x[..., n + 4]) * np.exp(1j * np.arange(5) * rate[n])
        out[..., n], out[..., n + 4] = z.real, z.imag
    return "Y[b,p,d] = rope_by(X[b,p,d], R[i])", {"X": x, "R": rate}, {"Y": out}


@case("attention/chunk_overlap")
def chunk_overlap(random):
    expected = {(p, q) for c in range(0, 13, 3) for p in range(c, min(c + 5, 13)) for q in range(c, p + 1)}
    return "S(p,q) <- chunk_overlap(; length = 13, chunk = 5, stride = 3)", {"X": np.zeros(1)}, {"S(p,q)": expected}


@case("attention/prefix_mask")
def prefix_mask(random):
    expected = {(p, q) for p in range(7) for q in range(7) if q <= p or max(p, q) < 3}
    return "S(p,q) <- prefix_mask(; length = 7, prefix = 3)", {"X": np.zeros(1)}, {"S(p,q)": expected}


@case("attention/attend_masked")
def attend_masked(random):
    q, k, v = random.normal(size=(2, 5, 4)), random.normal(size=(2, 5, 4)), random.normal(size=(2, 5, 3))
    mask = (random.uniform(size=(5, 5)) < 0.5) | np.eye(5, dtype=bool)
    given = {"Q": q, "K": k, "V": v, "S": [tuple(map(int, row)) for row in np.argwhere(mask)]}
    return "Y[b,p,e] = attend_masked(Q[b,p,k], K[b,q,k], V[b,q,e], S(p,q))", given, {"Y": attention(q, k, v, mask)}


@case("linattn/kda_matrix")
def kda_matrix(random):
    given = steps(random)
    return "Y[t,h,v] = kda_matrix(Q[t,h,k], K[t,h,k], V[t,h,v], B[t,h], G[t,h,k])", given, {"Y": delta(given, np.exp(given["G"]), 0.5)}


@case("linattn/kda_chunk")
def kda_chunk(random):
    given = steps(random)
    statements = "Y[t,h,v] = kda_chunk(Q[t,h,k], K[t,h,k], V[t,h,v], B[t,h], G[t,h,k]; chunk = 4)"
    return statements, given, {"Y": delta(given, np.exp(given["G"]), 0.5)}


@case("ssm/ssd_chunk")
def ssd_chunk(random):
    given, expected = duality(random)
    return "Y[t,d] = ssd_chunk(A[t], B[t,n], C[t,n], X[t,d]; chunk = 4)", given, {"Y": expected}


@case("ssm/from_attention")
def from_attention(random):
    given = {"X": random.normal(size=(6, 4)), "Q": random.normal(size=(3, 4)), "K": random.normal(size=(3, 4)), "V": random.normal(size=(2, 4)), "A": -random.uniform(size=6)}
    x, q, k, v, a = given.values()
    expected = np.zeros((6, 2))
    for t in range(6):
        for s in range(t + 1):
            expected[t] += np.exp(a[s + 1:t + 1].sum()) * ((q @ x[t]) @ (k @ x[s])) * (v @ x[s])
    return "Y[t,e] = from_attention(X[t,d], Q[n,d], K[n,d], V[e,d], A[t])", given, {"Y": expected}


def mamba_weights(random, width=3, inner=4, states=2):
    return {"Win": random.normal(size=(inner, width)), "Wz": random.normal(size=(inner, width)), "Conv": random.normal(size=(3, inner)),
            "Wdt": random.normal(size=(inner, inner)) / 4, "Bdt": random.normal(size=inner), "Wb": random.normal(size=(states, inner)),
            "Wc": random.normal(size=(states, inner)), "A": -random.uniform(0.1, 2, size=(inner, states)), "Skip": random.normal(size=inner),
            "Wout": random.normal(size=(width, inner))}


def mamba_layer(x, w):
    u, z = x @ w["Win"].T, x @ w["Wz"].T
    u = silu(sum(np.vstack([np.zeros((k, u.shape[1])), u])[:len(u)] * w["Conv"][k] for k in range(len(w["Conv"]))))
    dt = np.logaddexp(0, u @ w["Wdt"].T + w["Bdt"])
    b, c, out, h = u @ w["Wb"].T, u @ w["Wc"].T, [], 0
    for t in range(len(x)):
        h = np.exp(dt[t][:, None] * w["A"]) * h + dt[t][:, None] * b[t] * u[t][:, None]
        out.append(h @ c[t] + w["Skip"] * u[t])
    return (np.stack(out) * silu(z)) @ w["Wout"].T


MAMBA = "Win[i,d], Wz[i,d], Conv[k,i], Wdt[i,j], Bdt[i], Wb[n,i], Wc[n,i], A[i,n], Skip[i], Wout[d,i]"


@case("ssm/mamba")
def mamba(random):
    given = {"X": random.normal(size=(6, 3))} | mamba_weights(random)
    return f"Y[t,d] = mamba(X[t,d], {MAMBA})", given, {"Y": mamba_layer(given["X"], given)}


@case("moe/route_group")
def route_group(random):
    s, b = random.normal(size=(7, 8)), random.normal(size=8) / 4
    p = sigmoid(s)
    expected = np.zeros((7, 8))
    for row in range(7):
        groups = (p[row] + b).reshape(4, 2)
        kept = np.argsort(-groups.sum(1), kind="stable")[:2]
        allowed = [2 * g + i for g in kept for i in range(2)]
        best = sorted(allowed, key=lambda e: -(p[row] + b)[e])[:3]
        expected[row, best] = 2 * p[row, best] / p[row, best].sum()
    return "Y[p,e] = route_group(S[p,e], B[e]; k = 3, size = 2, keep = 2, scale = 2)", {"S": s, "B": b}, {"Y": expected}


def expert_inputs(random):
    s = random.normal(size=(7, 5))
    gate = softmax(np.where(chosen(s, 2) > 0, s, -np.inf))
    return {"X": random.normal(size=(7, 4)), "G": gate, "W1": random.normal(size=(5, 3, 4)), "W3": random.normal(size=(5, 3, 4)), "W2": random.normal(size=(5, 4, 3))}


@case("moe/shared_experts")
def shared_experts(random):
    given = {"X": random.normal(size=(7, 4)), "W1": random.normal(size=(3, 4)), "W3": random.normal(size=(3, 4)), "W2": random.normal(size=(4, 3)), "R": random.normal(size=(7, 4))}
    x, w1, w3, w2, r = given.values()
    return "Y[p,o] = shared_experts(X[p,i], W1[f,i], W3[f,i], W2[o,f], R[p,o])", given, {"Y": r + (silu(x @ w1.T) * (x @ w3.T)) @ w2.T}


@case("moe/dispatch")
def dispatch(random):
    gate = expert_inputs(random)["G"]
    slots, load = -np.ones((7, 5)), np.zeros(5)
    for p in range(7):
        for e in range(5):
            if gate[p, e] > 0:
                slots[p, e] = load[e]
                load[e] += 1
    return "(S[p,e], L[e]) = dispatch(G[p,e])", {"G": gate}, {"S": slots, "L": load}


@case("moe/grouped_experts")
def grouped_experts(random):
    given = expert_inputs(random)
    x, gate, w1, w3, w2 = given.values()
    expected = np.zeros((7, 4))
    for p, e in np.argwhere(gate > 0):
        expected[p] += gate[p, e] * w2[e] @ (silu(w1[e] @ x[p]) * (w3[e] @ x[p]))
    statements = "(S[p,e], L[e]) = dispatch(G[p,e])\nY[p,o] = grouped_experts(X[p,i], G[p,e], S[p,e], W1[e,f,i], W3[e,f,i], W2[e,o,f]; capacity = 7)"
    return statements, given, {"Y": expected}


@case("nn.depth/layer_router")
def layer_router(random):
    given = {"H": random.normal(size=(10, 4)), "W1": random.normal(size=(5, 4)), "B1": random.normal(size=5), "W2": random.normal(size=(3, 5)), "B2": random.normal(size=3)}
    h, w1, b1, w2, b2 = given.values()
    windows = [h[s:s + 4].mean(0) for s in range(0, 10, 4)]
    scores = np.mean([w2 @ gelu(w1 @ w + b1) + b2 for w in windows], axis=0)
    return "Y[c] = layer_router(H[p,d], W1[h,d], B1[h], W2[c,h], B2[c]; width = 4)", given, {"Y": softmax(scores)}


@case("nn.depth/route3")
def route3(random):
    h = random.normal(size=(3, 4))
    statements = "\n".join(f"C{n} = {row}\nY{n}[p,d] = route3(C{n}[c], H[p,d], exp(H[p,d]), sin(H[p,d]))" for n, row in enumerate(["[0.5, 0.3, 0.2]", "[0.1, 0.8, 0.1]", "[0.1, 0.2, 0.7]"]))
    return statements, {"H": h}, {"Y0": h, "Y1": np.exp(h), "Y2": np.sin(h)}


def forks(random, count=5, budget=8):
    x, w, cum = random.normal(size=(count, 4)), random.normal(size=(2, 4)), -random.uniform(size=count)
    original = np.array([1, 1, 0, 1, 1])
    score = np.maximum(np.log(sigmoid(lnorm(x) @ w.T)), -20) + cum[:, None]
    ranked = sorted(((-(score[r, j] + 1e6 * (original[r] and j)), r, j) for r in range(count) for j in range(2)))
    kept = sorted((r, j) for _, r, j in ranked[:budget])
    return {"X": x, "W": w, "Cum": cum, "Original": original}, score, np.array([r for r, _ in kept]), np.array([1 - j for _, j in kept])


@case("nn.fork/fork_scores")
def fork_scores(random):
    given, score, _, _ = forks(random)
    return "S[r,j] = fork_scores(X[r,d], W[j,d], Cum[r])", given, {"S": score}


@case("nn.fork/fork_topk")
def fork_topk(random):
    given, score, came, fork = forks(random)
    return "(F[s], K[s]) = fork_topk(S[r,j], Original[r]; budget = 8)", {"S": score, "Original": given["Original"]}, {"F": came, "K": fork}


@case("nn.fork/fork_streams")
def fork_streams(random):
    given, score, came, fork = forks(random)
    mark = random.normal(size=4)
    expected = given["X"][came] + fork[:, None] * mark
    inputs = {"X": given["X"], "S": score, "F": came, "K": fork, "M": mark}
    return "(Y[s,d], C[s]) = fork_streams(X[r,d], S[r,j], F[s], K[s], M[d])", inputs, {"Y": expected, "C": score[came, 1 - fork]}


@case("nn.fork/bubble_block")
def bubble_block(random):
    given = {"X": random.normal(size=(5, 3)), "Q": random.normal(size=(5, 4)), "K": random.normal(size=(5, 4)), "V": random.normal(size=(5, 3)), "C": -random.uniform(size=5)}
    x, q, k, v, c = given.values()
    expected = x.copy()
    for s in range(5):
        weights = softmax(q[s] @ k[:s + 1].T / 2 + c[:s + 1])
        expected[s] += np.exp(c[s]) * (weights * np.exp(c[:s + 1])) @ v[:s + 1]
    return "Y[s,d] = bubble_block(X[s,d], Q[s,k], K[s',k], V[s',d], C[s'])", given, {"Y": expected}


@case("nn.fork/fork_positions")
def fork_positions(random):
    token = np.array([0, 0, 1, 2, 2, 2, 3])
    return "Y[s] = fork_positions(T[s])", {"T": token}, {"Y": np.cumsum(1 / np.bincount(token)[token])}


@case("nn.fork/fork_readout")
def fork_readout(random):
    token, x, cum = np.array([0, 0, 1, 2, 2, 2, 3]), random.normal(size=(7, 3)), -random.uniform(size=7)
    expected = np.stack([np.average(x[token == t], axis=0, weights=np.exp(cum[token == t])) for t in range(4)])
    return "Y[t,d] = fork_readout(X[s,d], C[s], T[s]; tokens = 4)", {"X": x, "C": cum, "T": token}, {"Y": expected}


def dragon(random):
    given = {"V": random.normal(size=(5, 3)), "E": random.normal(size=(2, 3, 4)), "Ev": random.normal(size=(2, 3, 4)), "D": random.normal(size=(2, 4, 3))}
    v, e, ev, d = given.values()
    x = np.maximum(np.einsum("hdn,pd->hpn", e, v), 0)
    r = rotated(x, [(0, 1), (2, 3)])
    a = lnorm(np.einsum("hpq,qd->hpd", np.tril(r @ r.transpose(0, 2, 1), -1), v))
    y = lnorm(np.einsum("hnd,hpn->pd", d, x * np.maximum(np.einsum("hdn,hpd->hpn", ev, a), 0)))
    return given, lnorm(v + y)


@case("nn.bdh/bdh_block")
def bdh_block(random):
    given, expected = dragon(random)
    return "Y[p,d] = bdh_block(V[p,d], E[h,d,n], Ev[h,d,n], D[h,n,d])", given, {"Y": expected}


@case("nn.bdh/bdh_step")
def bdh_step(random):
    given, expected = dragon(random)
    return "Y[p,d] = bdh_step(V[p,d], E[h,d,n], Ev[h,d,n], D[h,n,d])", given, {"Y": expected}


@case("nn.blt/next_entropy")
def next_entropy(random):
    p = random.dirichlet(np.ones(5), size=4)
    p[0] = [1, 0, 0, 0, 0]
    return "Y[p] = next_entropy(P[p,v])", {"P": p}, {"Y": -(p * np.log(np.where(p > 0, p, 1))).sum(1)}


@case("nn.blt/rising_starts")
def rising_starts(random):
    h = random.uniform(0, 2, size=12)
    expected = [1, 1] + [int(h[p] - h[p - 1] > 0.5) for p in range(2, 12)]
    return "Y[p] = rising_starts(H[p])", {"H": h}, {"Y": expected}


@case("nn.blt/patch_attend")
def patch_attend(random):
    patch = np.array([0, 1, 1, 2, 2, 2, 3])
    given = {"H": random.normal(size=(7, 4)), "P": patch, "Wq": random.normal(size=(3, 4)), "Wk": random.normal(size=(3, 4)), "Wv": random.normal(size=(4, 4))}
    h, _, wq, wk, wv = given.values()
    expected = []
    for j in range(4):
        own = h[patch == j]
        top = own.max(0)
        expected.append(top + softmax((wq @ top) @ (wk @ own.T) / np.sqrt(3)) @ (own @ wv.T))
    return "Y[j,d] = patch_attend(H[p,d], P[p], Wq[k,d], Wk[k,d], Wv[d,e])", given, {"Y": np.stack(expected + 3 * [np.zeros(4)])}


@case("nn.blt/ngram_hash")
def ngram_hash(random):
    text = random.integers(0, 256, size=9)
    expected = []
    for p in range(9):
        total = 0
        for n in range(4):
            total = total * 1000003 + int(text[p - 3 + n]) if p >= 3 else 0
        wrapped = (total + 2**63) % 2**64 - 2**63
        expected.append(wrapped % 500)
    return "Y[p] = ngram_hash(T[p]; n = 4, buckets = 500)", {"T": text}, {"Y": expected}


@case("multimodal/patch_embed")
def patch_embed(random):
    image, w = random.normal(size=(6, 4, 2)), random.normal(size=(5, 2, 2, 2))
    expected = np.zeros((3, 2, 5))
    for a in range(3):
        for b in range(2):
            expected[a, b] = np.tensordot(w, image[2 * a:2 * a + 2, 2 * b:2 * b + 2], 3)
    return "Y[a,b,d] = patch_embed(X[x,y,c], W[d,u,v,c])", {"X": image, "W": w}, {"Y": expected}


@case("multimodal/pixel_shuffle")
def pixel_shuffle(random):
    x = random.normal(size=(4, 6, 3))
    expected = x.reshape(2, 2, 3, 2, 3).transpose(0, 2, 1, 3, 4).reshape(2, 3, 12)
    return "Y[a,b,k] = pixel_shuffle(X[x,y,c])", {"X": x}, {"Y": expected}


@case("multimodal/concat_stream")
def concat_stream(random):
    t, i, w = random.normal(size=(3, 4)), random.normal(size=(5, 2)), random.normal(size=(4, 2))
    return "Y[z,d] = concat_stream(T[p,d], I[q,i], W[d,i])", {"T": t, "I": i, "W": w}, {"Y": np.vstack([i @ w.T, t])}


TAG, TILE = np.array([-1, 0, 2, 1, -1]), np.array([0, 0, 1, 1, 2, 2, 2])
TILES = [(p, q) for p in range(5) for q in range(7) if TAG[p] < 0 or TAG[p] == TILE[q]]


@case("multimodal/tile_mask")
def tile_mask(random):
    return "S(p,q) <- tile_mask(T[p], I[q])", {"T": TAG, "I": TILE}, {"S(p,q)": set(TILES)}


def crossed(random):
    given = {"T": random.normal(size=(5, 3)), "Q": random.normal(size=(5, 4)), "K": random.normal(size=(7, 4)), "V": random.normal(size=(7, 3)), "S": TILES}
    mask = np.zeros((5, 7), bool)
    mask[tuple(np.array(TILES).T)] = True
    return given, given["T"] + np.tanh(0.7) * attention(given["Q"], given["K"], given["V"], mask)


@case("multimodal/gated_cross")
def gated_cross(random):
    given, expected = crossed(random)
    statements = "Y[p,d] = gated_cross(T[p,d], Q[p,k], K[q,k], V[q,d], S(p,q), 0.7)\nZ[p,d] = gated_cross(T[p,d], Q[p,k], K[q,k], V[q,d], S(p,q), 0)"
    return statements, given, {"Y": expected, "Z": given["T"]}


@case("multimodal/hybrid_stream")
def hybrid_stream(random):
    given, expected = crossed(random)
    given["U"] = random.normal(size=(2, 3))
    return "Y[z,d] = hybrid_stream(T[p,d], U[u,d], Q[p,k], K[q,k], V[q,d], S(p,q), 0.7)", given, {"Y": np.vstack([given["U"], expected])}


@case("multimodal/fisher")
def fisher(random):
    a, b = random.normal(size=(4, 3)), random.normal(size=(5, 3))
    expected = a.T @ a / 4 + b.T @ b / 0.25
    assert (np.linalg.eigvalsh(expected - a.T @ a / 4) > 0).all()
    return "Y[t,u] = fisher(A[i,t], B[j,t]; noise_a = 2, noise_b = 0.5)", {"A": a, "B": b}, {"Y": expected}


@case("multimodal/uml_step")
def uml_step(random):
    s, e, x, y = random.normal(size=(2, 3)), random.normal(size=(3, 4)), random.normal(size=(5, 4)), random.normal(size=(5, 2))
    def loss(s):
        return ((x @ e.T @ s.T - y)**2).sum() / 5
    gradient = np.zeros_like(s)
    for place in np.ndindex(s.shape):
        moved = np.zeros_like(s)
        moved[place] = 1e-4
        gradient[place] = (loss(s + moved) - loss(s - moved)) / 2e-4
    return "N[o,h] = uml_step(S[o,h], E[h,i], X[b,i], Y[b,o])", {"S": s, "E": e, "X": x, "Y": y}, {"N": s - 0.1 * gradient}


@case("multimodal/interleave_loss")
def interleave_loss(random):
    t, v, a, b = random.uniform(size=4), random.normal(size=(3, 5)), random.normal(size=(3, 5)), random.normal(size=(3, 5))
    expected = t.mean() + 0.5 * ((v - (b - a))**2).sum(1).mean()
    return "Y = interleave_loss(T[p], V[q,d], A[q,d], B[q,d]; weight = 0.5)", {"T": t, "V": v, "A": a, "B": b}, {"Y": expected}


@case("multimodal/interleave_mask")
def interleave_mask(random):
    block = np.array([-1, 0, 0, -1, 1, 1, 1, -1])
    expected = {(p, q) for p in range(8) for q in range(8) if q <= p or (block[p] >= 0 and block[p] == block[q])}
    return "S(p,q) <- interleave_mask(B[p])", {"B": block}, {"S(p,q)": expected}
