"""std.nn.presets and std.nn.hybrid: whole models with small random weights."""
import numpy as np

from attention_cases import attention, delta, seen
from core_cases import gelu, sigmoid, silu, softmax
from harness import case
from layer_cases import MAMBA, llama_table, lnorm, mamba_layer, mamba_weights

D, SIZE, F, V, L, P = 8, 4, 6, 11, 3, 5


def gelu_tanh(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


@case("core/gelu_tanh")
def gelu_tanh_case(random):
    x = random.normal(size=9) * 2
    assert np.abs(gelu_tanh(x) - gelu(x)).max() < 1e-3
    return "Y[i] = gelu_tanh(X[i])", {"X": x}, {"Y": gelu_tanh(x)}


def rms(x, eps):
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + eps)


def normal(random, *shape):
    return random.normal(size=shape) / np.sqrt(shape[-1])


def split(x):
    return x.reshape(len(x), -1, SIZE).transpose(1, 0, 2)


def merge(x):
    return x.transpose(1, 0, 2).reshape(x.shape[1], -1)


def halves(x, rates):
    turn = np.exp(1j * np.outer(np.arange(x.shape[1]), rates))
    z = (x[..., :SIZE // 2] + 1j * x[..., SIZE // 2:]) * turn
    return np.concatenate([z.real, z.imag], -1)


@case("nn.presets/gpt2")
def gpt2(random):
    w = {"Word": normal(random, V, D), "Place": normal(random, 9, D), "G1": normal(random, L, D), "B1": normal(random, L, D), "Wqkv": normal(random, L, D, 3 * D),
         "Bqkv": normal(random, L, 3 * D), "Wo": normal(random, L, D, D), "Bo": normal(random, L, D), "G2": normal(random, L, D), "B2": normal(random, L, D),
         "W1": normal(random, L, D, F), "C1": normal(random, L, F), "W2": normal(random, L, F, D), "C2": normal(random, L, D), "G": normal(random, D), "B": normal(random, D)}
    tok = random.integers(0, V, size=P)
    x = w["Word"][tok] + w["Place"][:P]
    for n in range(L):
        q, k, v = np.split((lnorm(x) * w["G1"][n] + w["B1"][n]) @ w["Wqkv"][n] + w["Bqkv"][n], 3, axis=1)
        x = x + merge(attention(split(q), split(k), split(v), seen(P))) @ w["Wo"][n] + w["Bo"][n]
        x = x + gelu_tanh((lnorm(x) * w["G2"][n] + w["B2"][n]) @ w["W1"][n] + w["C1"][n]) @ w["W2"][n] + w["C2"][n]
    statements = """Y[p,v] = gpt2(Tok[p], Word[v,d], Place[m,d], G1[l,d], B1[l,d], Wqkv[l,d,o], Bqkv[l,o], Wo[l,o,d], Bo[l,d], G2[l,d], B2[l,d], W1[l,d,f], C1[l,f],
  W2[l,f,d], C2[l,d], G[d], B[d]; layers = 3, size = 4, width = 8)"""
    return statements, {"Tok": tok} | w, {"Y": (lnorm(x) * w["G"] + w["B"]) @ w["Word"].T}


def decoder_weights(random, group):
    return {"Tok": random.integers(0, V, size=P), "Word": normal(random, V, D), "G1": normal(random, L, D), "Wq": normal(random, L, D, D), "Wk": normal(random, L, D // group, D),
            "Wv": normal(random, L, D // group, D), "Wo": normal(random, L, D, D), "G2": normal(random, L, D), "W1": normal(random, L, F, D), "W3": normal(random, L, F, D),
            "W2": normal(random, L, D, F), "G": normal(random, D), "Head": normal(random, V, D), "Rate": llama_table(SIZE // 2)}


def grouped(q, k, v, rates, group, mask=None, cap=None, scale=SIZE):
    q, k, v = halves(split(q), rates), np.repeat(halves(split(k), rates), group, 0), np.repeat(split(v), group, 0)
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(scale)
    scores = cap * np.tanh(scores / cap) if cap else scores
    return merge(softmax(np.where(seen(P) if mask is None else mask, scores, -np.inf)) @ v)


def llama_like(w, eps, bias=None):
    x = w["Word"][w["Tok"]]
    for n in range(L):
        h = rms(x, eps) * w["G1"][n]
        q, k, v = h @ w["Wq"][n].T, h @ w["Wk"][n].T, h @ w["Wv"][n].T
        if bias:
            q, k, v = q + bias["Bq"][n], k + bias["Bk"][n], v + bias["Bv"][n]
        x = x + grouped(q, k, v, w["Rate"], 2) @ w["Wo"][n].T
        h = rms(x, eps) * w["G2"][n]
        x = x + (silu(h @ w["W1"][n].T) * (h @ w["W3"][n].T)) @ w["W2"][n].T
    return (rms(x, eps) * w["G"]) @ w["Head"].T


@case("nn.presets/llama")
def llama(random):
    w = decoder_weights(random, 2)
    statements = """Y[p,v] = llama(Tok[p], Word[v,d], G1[l,d], Wq[l,o,d], Wk[l,o',d], Wv[l,o',d], Wo[l,d,o], G2[l,d], W1[l,f,d], W3[l,f,d], W2[l,d,f], G[d], Head[v,d], Rate[i];
  layers = 3, size = 4, group = 2)"""
    return statements, w, {"Y": llama_like(w, 1e-5)}


@case("nn.presets/qwen2")
def qwen2(random):
    w, bias = decoder_weights(random, 2), {"Bq": normal(random, L, D), "Bk": normal(random, L, D // 2), "Bv": normal(random, L, D // 2)}
    statements = """Y[p,v] = qwen2(Tok[p], Word[v,d], G1[l,d], Wq[l,o,d], Bq[l,o], Wk[l,o',d], Bk[l,o'], Wv[l,o',d], Bv[l,o'], Wo[l,d,o], G2[l,d], W1[l,f,d], W3[l,f,d],
  W2[l,d,f], G[d], Head[v,d], Rate[i]; layers = 3, size = 4, group = 2)"""
    return statements, w | bias, {"Y": llama_like(w, 1e-6, bias)}


@case("nn.presets/gemma2")
def gemma2(random):
    w = decoder_weights(random, 2)
    del w["Head"]
    w |= {"G3": normal(random, L, D), "G4": normal(random, L, D)}
    x = np.sqrt(D) * w["Word"][w["Tok"]]
    for n in range(L):
        h = rms(x, 1e-6) * (1 + w["G1"][n])
        mask = seen(P, window=2) if n % 2 == 0 else seen(P)
        a = grouped(h @ w["Wq"][n].T, h @ w["Wk"][n].T, h @ w["Wv"][n].T, w["Rate"], 2, mask, 50, 9) @ w["Wo"][n].T
        x = x + rms(a, 1e-6) * (1 + w["G2"][n])
        h = rms(x, 1e-6) * (1 + w["G3"][n])
        x = x + rms((gelu_tanh(h @ w["W1"][n].T) * (h @ w["W3"][n].T)) @ w["W2"][n].T, 1e-6) * (1 + w["G4"][n])
    logits = (rms(x, 1e-6) * (1 + w["G"])) @ w["Word"].T
    statements = """Y[p,v] = gemma2(Tok[p], Word[v,d], G1[l,d], Wq[l,o,d], Wk[l,o',d], Wv[l,o',d], Wo[l,d,o], G2[l,d], G3[l,d], W1[l,f,d], W3[l,f,d], W2[l,d,f], G4[l,d], G[d], Rate[i];
  layers = 3, size = 4, group = 2, scale = 9, window = 2)"""
    return statements, w, {"Y": 30 * np.tanh(logits / 30)}


@case("nn.presets/olmo2")
def olmo2(random):
    w = decoder_weights(random, 1) | {"Gq": normal(random, L, D), "Gk": normal(random, L, D)}
    x = w["Word"][w["Tok"]]
    for n in range(L):
        q, k = rms(x @ w["Wq"][n].T, 1e-6) * w["Gq"][n], rms(x @ w["Wk"][n].T, 1e-6) * w["Gk"][n]
        x = x + rms(grouped(q, k, x @ w["Wv"][n].T, w["Rate"], 1) @ w["Wo"][n].T, 1e-6) * w["G1"][n]
        x = x + rms((silu(x @ w["W1"][n].T) * (x @ w["W3"][n].T)) @ w["W2"][n].T, 1e-6) * w["G2"][n]
    statements = """Y[p,v] = olmo2(Tok[p], Word[v,d], Wq[l,o,d], Gq[l,o], Wk[l,o',d], Gk[l,o'], Wv[l,o',d], Wo[l,d,o], G1[l,d], W1[l,f,d], W3[l,f,d], W2[l,d,f], G2[l,d], G[d], Head[v,d],
  Rate[i]; layers = 3, size = 4, group = 1)"""
    return statements, w, {"Y": (rms(x, 1e-6) * w["G"]) @ w["Head"].T}


def feed(x, g, w1, w3, w2):
    h = rms(x, 1e-6) * g
    return (silu(h @ w1.T) * (h @ w3.T)) @ w2.T


def feed_weights(random, names, *lead):
    g, w1, w3, w2 = names
    return {g: normal(random, *lead, D), w1: normal(random, *lead, F, D), w3: normal(random, *lead, F, D), w2: normal(random, *lead, D, F)}


@case("nn.hybrid/ffn")
def ffn(random):
    w = {"X": random.normal(size=(P, D))} | feed_weights(random, ("G", "W1", "W3", "W2"))
    return "Y[t,d] = ffn(X[t,d], G[d], W1[f,d], W3[f,d], W2[d,f])", w, {"Y": w["X"] * 0 + feed(*w.values())}


@case("nn.hybrid/deepseek_block")
def deepseek_block(random):
    h, k, r, c, v, e = 2, 3, 4, 5, 3, 6
    w = {"X": random.normal(size=(P, D)), "G1": normal(random, D), "Wq": normal(random, h, k, D), "Wqr": normal(random, h, r, D), "Wc": normal(random, c, D), "Gc": normal(random, c),
         "Wkr": normal(random, r, D), "Wk": normal(random, h, k, c), "Wv": normal(random, h, v, c), "Wo": normal(random, D, h, v), "G2": normal(random, D), "Wg": random.normal(size=(e, D)) * 3,
         "Bias": normal(random, e), "W1": normal(random, e, F, D), "W3": normal(random, e, F, D), "W2": normal(random, e, D, F), "S1": normal(random, F, D), "S3": normal(random, F, D),
         "S2": normal(random, D, F)}
    from attention_cases import rotated
    n = rms(w["X"], 1e-6) * w["G1"]
    pairs = [(0, 1), (2, 3)]
    latent, kr = rms(n @ w["Wc"].T, 1e-6) * w["Gc"], rotated(n @ w["Wkr"].T, pairs)
    x = w["X"].copy()
    for i in range(h):
        q = np.hstack([n @ w["Wq"][i].T, rotated(n @ w["Wqr"][i].T, pairs)])
        x += attention(q, np.hstack([latent @ w["Wk"][i].T, kr]), latent @ w["Wv"][i].T, seen(P)) @ w["Wo"][:, i].T
    n = rms(x, 1e-6) * w["G2"]
    expected = x + (silu(n @ w["S1"].T) * (n @ w["S3"].T)) @ w["S2"].T
    for p in range(P):
        score = sigmoid(w["Wg"] @ n[p])
        biased = score + w["Bias"]
        best = max(range(3), key=lambda g: biased[2 * g] + biased[2 * g + 1])
        own = [2 * best, 2 * best + 1]
        for j in own:
            expected[p] += 2.5 * score[j] / score[own].sum() * w["W2"][j] @ (silu(w["W1"][j] @ n[p]) * (w["W3"][j] @ n[p]))
    statements = """Y[p,d] = deepseek_block(X[p,d], G1[d], Wq[h,k,d], Wqr[h,r,d], Wc[c,d], Gc[c], Wkr[r,d], Wk[h,k,c], Wv[h,v,c], Wo[d,h,v], G2[d], Wg[e,d], Bias[e], W1[e,f,d], W3[e,f,d],
  W2[e,d,f], S1[f,d], S3[f,d], S2[d,f])"""
    return statements, w, {"Y": expected}


def kda_weights(random, layers):
    h, k, v = 2, 4, 3
    return {"Wq": normal(random, layers, h, k, D), "Wk": normal(random, layers, h, k, D), "Wv": normal(random, layers, h, v, D), "Cq": normal(random, layers, 3, h, k),
            "Ck": normal(random, layers, 3, h, k), "Cv": normal(random, layers, 3, h, v), "Wb": normal(random, layers, h, D), "Wf": normal(random, layers, h, k, D),
            "Alog": normal(random, layers, h), "Dt": normal(random, layers, h, k), "Go": normal(random, layers, v), "Wg": normal(random, layers, h, v, D),
            "Wo": normal(random, layers, D, h, v)}


KDA = ("Wq[l,h,k,d], Wk[l,h,k,d], Wv[l,h,v,d], Cq[l,j,h,k], Ck[l,j,h,k], Cv[l,j,h,v], Wb[l,h,d], Wf[l,h,k,d], Alog[l,h], Dt[l,h,k], Go[l,v], Wg[l,h,v,d], Wo[l,d,h,v]")


def kda_mix(n, w, l):
    def conv(x, c):
        return silu(sum(np.concatenate([np.zeros((j, *x.shape[1:])), x])[:len(x)] * c[j] for j in range(len(c))))
    def unit(x):
        return x / np.linalg.norm(x, axis=-1, keepdims=True)
    q, k, v = (np.einsum("hkd,td->thk", w[name][l], n) for name in ("Wq", "Wk", "Wv"))
    given = {"Q": unit(conv(q, w["Cq"][l])), "K": unit(conv(k, w["Ck"][l])), "V": conv(v, w["Cv"][l]), "B": sigmoid(n @ w["Wb"][l].T)}
    decay = np.exp(-np.exp(w["Alog"][l])[:, None] * np.logaddexp(0, np.einsum("hkd,td->thk", w["Wf"][l], n) + w["Dt"][l]))
    out = rms(delta(given, decay, 0.5), 1e-6) * w["Go"][l] * sigmoid(np.einsum("hvd,td->thv", w["Wg"][l], n))
    return np.einsum("dhv,thv->td", w["Wo"][l], out)


@case("nn.hybrid/kda_mixer")
def kda_mixer(random):
    w = kda_weights(random, 1)
    n = random.normal(size=(1, 6, D))
    return f"Y[l,t,d] = kda_mixer(N[l,t,d], {KDA})", {"N": n} | w, {"Y": kda_mix(n[0], w, 0)[None]}


def head_attention(n, wq, wk, wv, wo, mask):
    q, k, v = (np.einsum("hkd,td->htk", m, n) for m in (wq, wk, wv))
    return np.einsum("dhv,htv->td", wo, attention(q, k, v, mask))


@case("nn.hybrid/kimi_linear")
def kimi_linear(random):
    layers, c = 4, 5
    w = {"G1": normal(random, layers, D)} | kda_weights(random, layers) | {"Mq": normal(random, layers, 2, 4, D), "Mc": normal(random, layers, c, D), "Gc": normal(random, layers, c),
         "Mk": normal(random, layers, 2, 4, c), "Mv": normal(random, layers, 2, 3, c), "Mo": normal(random, layers, D, 2, 3)} | feed_weights(random, ("G2", "W1", "W3", "W2"), layers)
    x = first = random.normal(size=(6, D))
    for l in range(layers):
        n = rms(x, 1e-6) * w["G1"][l]
        if l == 3:
            latent = rms(n @ w["Mc"][l].T, 1e-6) * w["Gc"][l]
            q, k, v = np.einsum("hkd,td->htk", w["Mq"][l], n), np.einsum("hkc,tc->htk", w["Mk"][l], latent), np.einsum("hvc,tc->htv", w["Mv"][l], latent)
            x = x + np.einsum("dhv,htv->td", w["Mo"][l], attention(q, k, v, seen(6)))
        else:
            x = x + kda_mix(n, w, l)
        x = x + feed(x, w["G2"][l], w["W1"][l], w["W3"][l], w["W2"][l])
    statements = f"""Full(l) <- l % 4 = 3, l < 4
Y[t,d] = kimi_linear(X[t,d], Full(l), G1[l,d], {KDA}, Mq[l,h,k,d], Mc[l,c,d], Gc[l,c], Mk[l,h,k,c], Mv[l,h,v,c], Mo[l,d,h,v], G2[l,d], W1[l,f,d], W3[l,f,d], W2[l,d,f]; layers = 4)"""
    return statements, {"X": first} | w, {"Y": x}


def stacked_mamba(random, layers):
    each = [mamba_weights(random, D) for _ in range(layers)]
    return each, {name: np.stack([one[name] for one in each]) for name in each[0]}


LAYERED = MAMBA.replace("[", "[l,")
HEADS = "Wq[l,h,k,d], Wk[l,h,k,d], Wv[l,h,v,d], Wo[l,d,h,v]"


def head_weights(random, layers):
    return {"Wq": normal(random, layers, 2, 4, D), "Wk": normal(random, layers, 2, 4, D), "Wv": normal(random, layers, 2, 3, D), "Wo": normal(random, layers, D, 2, 3)}


@case("nn.hybrid/jamba")
def jamba(random):
    layers, e = 4, 3
    each, stack = stacked_mamba(random, layers)
    w = {"G1": normal(random, layers, D)} | stack | head_weights(random, layers) | {"G2": normal(random, layers, D), "Wg": random.normal(size=(layers, e, D)),
         "W1": normal(random, layers, e, F, D), "W3": normal(random, layers, e, F, D), "W2": normal(random, layers, e, D, F), "F1": normal(random, layers, F, D),
         "F3": normal(random, layers, F, D), "F2": normal(random, layers, D, F)}
    x = first = random.normal(size=(P, D))
    for l in range(layers):
        n = rms(x, 1e-6) * w["G1"][l]
        x = x + (head_attention(n, *(w[name][l] for name in ("Wq", "Wk", "Wv", "Wo")), seen(P)) if l == 2 else mamba_layer(n, each[l]))
        n = rms(x, 1e-6) * w["G2"][l]
        if l % 2:
            out = np.zeros_like(x)
            for t in range(P):
                score = w["Wg"][l] @ n[t]
                best = np.argsort(-score)[:2]
                for j, gate in zip(best, softmax(score[best])):
                    out[t] += gate * w["W2"][l, j] @ (silu(w["W1"][l, j] @ n[t]) * (w["W3"][l, j] @ n[t]))
            x = x + out
        else:
            x = x + (silu(n @ w["F1"][l].T) * (n @ w["F3"][l].T)) @ w["F2"][l].T
    statements = f"""Full(l) <- l = 2
Moe(l) <- l < 4, l % 2 = 1
Y[t,d] = jamba(X[t,d], Full(l), Moe(l), G1[l,d], {LAYERED}, {HEADS}, G2[l,d], Wg[l,e,d], W1[l,e,f,d], W3[l,e,f,d], W2[l,e,d,f], F1[l,f,d], F3[l,f,d], F2[l,d,f]; layers = 4)"""
    return statements, {"X": first} | w, {"Y": x}


@case("nn.hybrid/samba")
def samba(random):
    layers = 2
    each, stack = stacked_mamba(random, layers)
    w = {"G1": normal(random, layers, D)} | stack | feed_weights(random, ("G2", "F1", "F3", "F2"), layers) | {"G3": normal(random, layers, D)} | head_weights(random, layers) | \
        feed_weights(random, ("G4", "W1", "W3", "W2"), layers)
    x = first = random.normal(size=(P, D))
    for l in range(layers):
        x = x + mamba_layer(rms(x, 1e-6) * w["G1"][l], each[l])
        x = x + feed(x, w["G2"][l], w["F1"][l], w["F3"][l], w["F2"][l])
        x = x + head_attention(rms(x, 1e-6) * w["G3"][l], *(w[name][l] for name in ("Wq", "Wk", "Wv", "Wo")), seen(P, window=2))
        x = x + feed(x, w["G4"][l], w["W1"][l], w["W3"][l], w["W2"][l])
    statements = f"""Y[t,d] = samba(X[t,d], G1[l,d], {LAYERED}, G2[l,d], F1[l,f,d], F3[l,f,d], F2[l,d,f], G3[l,d], {HEADS}, G4[l,d], W1[l,f,d], W3[l,f,d], W2[l,d,f]; blocks = 2, window = 2)"""
    return statements, {"X": first} | w, {"Y": x}
