"""std.attention, std.linattn, std.ssm, std.moe."""
import numpy as np

from core_cases import sigmoid, silu, softmax
from harness import case


def seen(count, causal=True, window=0, sink=0):
    p, q = np.indices((count, count))
    mask = q <= p if causal else np.ones((count, count), bool)
    return mask & ((p - q < window) | (q < sink)) if window else mask


def attention(q, k, v, mask):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    return softmax(np.where(mask, scores, -np.inf)) @ v


def rotated(x, pairs, base=10000.0, start=0):
    """Rotates the coordinate pairs of the last axis as complex numbers."""
    out = x.copy()
    for n, (a, b) in enumerate(pairs):
        turn = np.exp(1j * (np.arange(x.shape[-2]) + start) * base**(-2 * n / x.shape[-1]))
        z = (x[..., a] + 1j * x[..., b]) * turn
        out[..., a], out[..., b] = z.real, z.imag
    return out


def heads(random, shape=(2, 5)):
    return {"Q": random.normal(size=(*shape, 4)), "K": random.normal(size=(*shape, 4)), "V": random.normal(size=(*shape, 3))}


@case("attention/attend")
def attend(random):
    given = heads(random)
    q, k, v = given.values()
    statements = """
Y[b,p,e] = attend(Q[b,p,k], K[b,q,k], V[b,q,e])
Z[b,p,e] = attend(Q[b,p,k], K[b,q,k], V[b,q,e]; causal = 0)
W[b,p,e] = attend(Q[b,p,k], K[b,q,k], V[b,q,e]; window = 2)
S[b,p,e] = attend(Q[b,p,k], K[b,q,k], V[b,q,e]; window = 2, sink = 1)
"""
    return statements, given, {"Y": attention(q, k, v, seen(5)), "Z": attention(q, k, v, seen(5, causal=False)),
                               "W": attention(q, k, v, seen(5, window=2)), "S": attention(q, k, v, seen(5, window=2, sink=1))}


@case("attention/attend_groups")
def attend_groups(random):
    q, k, v = random.normal(size=(6, 5, 4)), random.normal(size=(2, 5, 4)), random.normal(size=(2, 5, 3))
    expected = attention(q, np.repeat(k, 3, 0), np.repeat(v, 3, 0), seen(5))
    return "Y[h,p,e] = attend_groups(Q[h,p,k], K[g,q,k], V[g,q,e]; group = 3)", {"Q": q, "K": k, "V": v}, {"Y": expected}


@case("attention/attend_biased")
def attend_biased(random):
    given = heads(random) | {"B": random.normal(size=(5, 5))}
    q, k, v, b = given.values()
    scores = np.where(seen(5), q @ np.swapaxes(k, -1, -2) / 2 + b, -np.inf)
    return "Y[b,p,e] = attend_biased(Q[b,p,k], K[b,q,k], V[b,q,e], B[p,q])", given, {"Y": softmax(scores) @ v}


@case("attention/mha")
def mha(random):
    x = random.normal(size=(2, 5, 6))
    w = {name: random.normal(size=(3, 2, 6)) for name in ("WQ", "WK", "WV", "WO")}
    q, k, v = (np.einsum("hkd,bpd->bhpk", w[name], x) for name in ("WQ", "WK", "WV"))
    expected = np.einsum("hed,bhpe->bpd", w["WO"], attention(q, k, v, seen(5)))
    return "Y[b,p,d] = mha(X[b,p,d], WQ[h,k,d], WK[h,k,d], WV[h,e,d], WO[h,e,d])", {"X": x} | w, {"Y": expected}


@case("attention/cross_attend")
def cross_attend(random):
    text, q, k, v = random.normal(size=(3, 2)), random.normal(size=(3, 4)), random.normal(size=(5, 4)), random.normal(size=(5, 2))
    statements = """
Y[p,d] = cross_attend(T[p,d], Q[p,k], K[q,k], V[q,d], 0.5)
Z[p,d] = cross_attend(T[p,d], Q[p,k], K[q,k], V[q,d], 0)
"""
    given = {"T": text, "Q": q, "K": k, "V": v}
    return statements, given, {"Y": text + np.tanh(0.5) * attention(q, k, v, True), "Z": text}


@case("attention/rope")
def rope(random):
    x = random.normal(size=(2, 5, 6))
    pairs = [(0, 1), (2, 3), (4, 5)]
    statements = "Y[b,p,d] = rope(X[b,p,d])\nZ[b,p,d] = rope(X[b,p,d]; base = 500, start = 7)"
    return statements, {"X": x}, {"Y": rotated(x, pairs), "Z": rotated(x, pairs, 500.0, 7)}


@case("attention/rope_halves")
def rope_halves(random):
    x = random.normal(size=(2, 5, 6))
    pairs = [(0, 3), (1, 4), (2, 5)]
    statements = "Y[b,p,d] = rope_halves(X[b,p,d])\nZ[b,p,d] = rope_halves(X[b,p,d]; base = 500, start = 7)"
    return statements, {"X": x}, {"Y": rotated(x, pairs), "Z": rotated(x, pairs, 500.0, 7)}


@case("attention/soft_cap")
def soft_cap(random):
    x = random.normal(size=(3, 4)) * 100
    return "Y[a,b] = soft_cap(X[a,b])", {"X": x}, {"Y": 50 * np.tanh(x / 50)}


@case("attention.cache/decode")
def decode(random):
    given = heads(random)
    full = attention(*given.values(), seen(5))
    statements = "\n".join(f"Y{n}[b,e] = decode(Q[b,{n},k], K[b,n,k], V[b,n,e], {n + 1})" for n in range(5))
    return statements, given, {f"Y{n}": full[:, n] for n in range(5)}


@case("attention.cache/streaming_keep")
def streaming_keep(random):
    is_text, time = random.uniform(size=20) < 0.6, np.arange(20)
    texts = np.flatnonzero(is_text)
    expected = set(texts[:2]) | set(texts[-3:]) | {n for n in range(20) if not is_text[n] and 20 - time[n] < 8}
    given = {"Text": [(n,) for n in texts], "Image": [(n,) for n in np.flatnonzero(~is_text)], "Time": time}
    return ("Keep(n) <- streaming_keep(Text(n), Image(n), Time[n]; now = 20, sink = 2, window = 3, span = 8)", given,
            {"Keep(n)": {(int(n),) for n in expected}})


@case("attention.cache/contiguous")
def contiguous(random):
    keep = np.array([1, 0, 1, 1, 0, 0, 1])
    return "P[n] = contiguous(Keep(n))", {"Keep": [(n,) for n in np.flatnonzero(keep)]}, {"P": keep * (np.cumsum(keep) - 1)}


def latent(random):
    given = {"Qn": random.normal(size=(4, 3, 5)), "Qr": random.normal(size=(4, 3, 2)), "C": random.normal(size=(4, 6)), "Kr": random.normal(size=(4, 2)),
             "Wk": random.normal(size=(3, 5, 6)), "Wv": random.normal(size=(3, 2, 6))}
    keys, values = np.einsum("hkc,qc->hqk", given["Wk"], given["C"]), np.einsum("hvc,qc->hqv", given["Wv"], given["C"])
    queries = np.concatenate([given["Qn"], given["Qr"]], -1).transpose(1, 0, 2)
    keys = np.concatenate([keys, np.broadcast_to(given["Kr"], (3, 4, 2))], -1)
    return given, attention(queries, keys, values, seen(4)).transpose(1, 0, 2)


@case("attention.mla/mla")
def mla(random):
    given, expected = latent(random)
    return "Y[p,h,v] = mla(Qn[p,h,k], Qr[p,h,r], C[q,c], Kr[q,r], Wk[h,k,c], Wv[h,v,c])", given, {"Y": expected}


@case("attention.mla/mla_absorbed")
def mla_absorbed(random):
    given, expected = latent(random)
    return "Y[p,h,v] = mla_absorbed(Qn[p,h,k], Qr[p,h,r], C[q,c], Kr[q,r], Wk[h,k,c], Wv[h,v,c])", given, {"Y": expected}


def steps(random):
    k = random.normal(size=(6, 2, 4))
    return {"Q": random.normal(size=(6, 2, 4)), "K": k / np.linalg.norm(k, axis=-1, keepdims=True), "V": random.normal(size=(6, 2, 3)),
            "B": random.uniform(0.1, 0.9, size=(6, 2)), "G": -random.uniform(size=(6, 2, 4))}


def delta(given, decay, scale=1.0, erase=True):
    """S <- (I - beta k k^T) Diag(decay) S + beta k v^T, as matrices."""
    out = np.zeros((6, 2, 3))
    for h in range(2):
        s = np.zeros((4, 3))
        for t in range(6):
            k, v, b = given["K"][t, h], given["V"][t, h], given["B"][t, h] if erase else 1.0
            s = (np.eye(4) - erase * b * np.outer(k, k)) @ np.diag(decay[t, h]) @ s + b * np.outer(k, v)
            out[t, h] = given["Q"][t, h] @ s * scale
    return out


@case("linattn/linear_attention")
def linear_attention(random):
    given = steps(random)
    expected = delta(given, np.ones((6, 2, 4)), erase=False)
    return "Y[t,h,v] = linear_attention(Q[t,h,k], K[t,h,k], V[t,h,v])", given, {"Y": expected}


@case("linattn/delta_rule")
def delta_rule(random):
    given = steps(random)
    return "Y[t,h,v] = delta_rule(Q[t,h,k], K[t,h,k], V[t,h,v], B[t,h])", given, {"Y": delta(given, np.ones((6, 2, 4)))}


@case("linattn/gated_delta")
def gated_delta(random):
    given = steps(random)
    decay = np.repeat(np.exp(given["G"][:, :, :1]), 4, -1)
    return "Y[t,h,v] = gated_delta(Q[t,h,k], K[t,h,k], V[t,h,v], B[t,h], G[t,h,0])", given, {"Y": delta(given, decay)}


@case("linattn/kda")
def kda(random):
    given = steps(random)
    return "Y[t,h,v] = kda(Q[t,h,k], K[t,h,k], V[t,h,v], B[t,h], G[t,h,k])", given, {"Y": delta(given, np.exp(given["G"]), 0.5)}


@case("ssm/selective_scan")
def selective_scan(random):
    given = {"U": random.normal(size=(6, 3)), "D": random.uniform(0.1, 1, size=(6, 3)), "A": -random.uniform(0.1, 2, size=(3, 4)),
             "B": random.normal(size=(6, 4)), "C": random.normal(size=(6, 4)), "S": random.normal(size=3)}
    u, d, a, b, c, s = given.values()
    x, out = np.zeros((3, 4)), []
    for t in range(6):
        x = np.exp(d[t][:, None] * a) * x + (d[t] * u[t])[:, None] * b[t]
        out.append(x @ c[t] + s * u[t])
    return "Y[t,d] = selective_scan(U[t,d], D[t,d], A[d,n], B[t,n], C[t,n], S[d])", given, {"Y": np.stack(out)}


def duality(random):
    given = {"A": -random.uniform(size=6), "B": random.normal(size=(6, 4)), "C": random.normal(size=(6, 4)), "X": random.normal(size=(6, 3))}
    a, b, c, x = given.values()
    h, out = np.zeros((4, 3)), []
    for t in range(6):
        h = np.exp(a[t]) * h + np.outer(b[t], x[t])
        out.append(c[t] @ h)
    return given, np.stack(out)


@case("ssm/ssd")
def ssd(random):
    given, expected = duality(random)
    return "Y[t,d] = ssd(A[t], B[t,n], C[t,n], X[t,d])", given, {"Y": expected}


@case("ssm/ssd_dual")
def ssd_dual(random):
    given, expected = duality(random)
    return "Y[t,d] = ssd_dual(A[t], B[t,n], C[t,n], X[t,d])", given, {"Y": expected}


def chosen(scores, k):
    mask = np.zeros_like(scores)
    np.put_along_axis(mask, np.argsort(-scores, axis=1, kind="stable")[:, :k], 1, 1)
    return mask


@case("moe/route_softmax")
def route_softmax(random):
    s = random.normal(size=(7, 5))
    return "Y[p,e] = route_softmax(S[p,e]; k = 2)", {"S": s}, {"Y": softmax(np.where(chosen(s, 2) > 0, s, -np.inf))}


@case("moe/route_sigmoid")
def route_sigmoid(random):
    s, b = random.normal(size=(7, 5)), random.normal(size=5)
    kept = sigmoid(s) * chosen(sigmoid(s) + b, 2)
    return "Y[p,e] = route_sigmoid(S[p,e], B[e]; scale = 2.5)", {"S": s, "B": b}, {"Y": 2.5 * kept / kept.sum(1, keepdims=True)}


@case("moe/experts")
def experts(random):
    x, s = random.normal(size=(7, 4)), random.normal(size=(7, 5))
    w1, w3, w2 = random.normal(size=(5, 3, 4)), random.normal(size=(5, 3, 4)), random.normal(size=(5, 4, 3))
    gate = softmax(np.where(chosen(s, 2) > 0, s, -np.inf))
    expected = np.zeros((7, 4))
    for e in range(5):  # gathered: every expert sees its own tokens only
        own = np.flatnonzero(gate[:, e])
        expected[own] += gate[own, e, None] * ((silu(x[own] @ w1[e].T) * (x[own] @ w3[e].T)) @ w2[e].T)
    statements = "Gate[p,e] = route_softmax(S[p,e]; k = 2)\nY[p,o] = experts(X[p,i], Gate[p,e], W1[e,f,i], W3[e,f,i], W2[e,o,f])"
    return statements, {"X": x, "S": s, "W1": w1, "W3": w3, "W2": w2}, {"Y": expected}


@case("moe/balance_loss")
def balance_loss(random):
    p = softmax(random.normal(size=(7, 5)))
    gate = p * chosen(p, 2)
    expected = 5 * ((gate > 0).mean(0) / 2 * p.mean(0)).sum()
    return "Y = balance_loss(P[p,e], G[p,e]; k = 2)", {"P": p, "G": gate}, {"Y": expected}


@case("moe/bias_update")
def bias_update(random):
    b, gate = random.normal(size=5), chosen(random.normal(size=(7, 5)), 2)
    load = gate.sum(0)
    return "Y[e] = bias_update(B[e], G[p,e]; rate = 0.1)", {"B": b, "G": gate}, {"Y": b + 0.1 * np.sign(load.mean() - load)}
