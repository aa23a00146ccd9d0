"""std.nn.presets: models whose layers are of several kinds, with the shapes of their checkpoints, word by word in numpy."""
import numpy as np

from attention_cases import attention, chosen, seen
from core_cases import sigmoid, silu, softmax
from harness import case
from preset_cases import normal, rms

D, V, P, FEED, EXPERTS, HEADS = 8, 11, 5, 6, 6, 2
PLAIN, TURNED, VALUE, LATENT, LOW = 4, 2, 3, 5, 7      # sizes of latent attention
SIZE, RANK = 4, 3                                      # a head of the recurrent layers, its low rank
INNER, STATES, STEP, TAPS = 6, 2, 3, 4                 # sizes of Mamba



def turned_pairs(x, rate):
    """x[p, d]: the pairs 2i and 2i+1 turn by p rate[i]."""
    turn = (x[:, 0::2] + 1j * x[:, 1::2]) * np.exp(1j * np.outer(np.arange(len(x)), rate))
    return np.stack([turn.real, turn.imag], -1).reshape(x.shape)


def yarn(half, base, factor, trained, fast, slow):
    def place(turns):
        return half * np.log(trained / (turns * 2 * np.pi)) / np.log(base)
    low, high = max(np.floor(place(fast)), 0), min(np.ceil(place(slow)), 2 * half - 1)
    ramp = np.clip((np.arange(half) - low) / max(high - low, 0.001), 0, 1)
    return base**-(np.arange(half) / half) * (ramp / factor + 1 - ramp)


@case("attention/yarn_rates")
def yarn_rates(random):
    return "S[i] = yarn_rates(; half = 32)\nY[i] = log(S[i])", {"X": np.zeros(1)}, {"Y": np.log(yarn(32, 10000, 40, 4096, 32, 1))}


@case("attention/rope_pairs_by")
def rope_pairs_by(random):
    x, rate = random.normal(size=(2, 5, 8)), random.uniform(size=4)
    return "Y[b,p,d] = rope_pairs_by(X[b,p,d], R[i])", {"X": x, "R": rate}, {"Y": np.stack([turned_pairs(part, rate) for part in x])}


def swiglu(n, w1, w3, w2):
    return (silu(n @ w1.T) * (n @ w3.T)) @ w2.T


def feed_weights(random, dense, sparse):
    """The first layers feed forward, the others have experts beside a shared one."""
    return {"F1": normal(random, dense, FEED, D), "F3": normal(random, dense, FEED, D), "F2": normal(random, dense, D, FEED), "Wg": random.normal(size=(sparse, EXPERTS, D)),
            "Bias": normal(random, sparse, EXPERTS), "E1": normal(random, sparse, EXPERTS, FEED, D), "E3": normal(random, sparse, EXPERTS, FEED, D),
            "E2": normal(random, sparse, EXPERTS, D, FEED), "S1": normal(random, sparse, FEED, D), "S3": normal(random, sparse, FEED, D), "S2": normal(random, sparse, D, FEED)}


def routed(n, w, x, count, members, keep, scale):
    """Experts of row x: each word chooses `count` among the best `keep` groups of `members`."""
    out = swiglu(n, w["S1"][x], w["S3"][x], w["S2"][x])
    for p, word in enumerate(n):
        score = sigmoid(w["Wg"][x] @ word)
        biased = score + w["Bias"][x]
        groups = [range(g, g + members) for g in range(0, EXPERTS, members)]
        best = sorted(groups, key=lambda group: -sum(sorted(biased[list(group)])[-2:]))[:keep]
        own = sorted((e for group in best for e in group), key=lambda e: -biased[e])[:count]
        for e in own:
            out[p] += scale * score[e] / score[own].sum() * swiglu(word, w["E1"][x, e], w["E3"][x, e], w["E2"][x, e])
    return out


def feed(x, w, l, dense, **choice):
    n = rms(x, choice.pop("eps")) * w["G2"][l]
    return swiglu(n, w["F1"][l], w["F3"][l], w["F2"][l]) if l < dense else routed(n, w, l - dense, **choice)


def latent_heads(q, kva, gain, wkvb, turn, sharp, eps):
    """q[p, h, plain + turned], kva[p, latent + turned] -> the values that each head reads, side by side."""
    latent = rms(kva[:, :LATENT], eps) * gain
    kv = (latent @ wkvb.T).reshape(len(q), HEADS, PLAIN + VALUE)
    key = turn(kva[:, LATENT:])
    out = []
    for h in range(HEADS):
        queries = np.hstack([q[:, h, :PLAIN], turn(q[:, h, PLAIN:])]) * sharp
        out.append(attention(queries, np.hstack([kv[:, h, :PLAIN], key]), kv[:, h, PLAIN:], seen(len(q))))
    return np.hstack(out)


DEEPSEEK = ("Tok[p], Word[v,d], G1[l,d], Wqa[l,r,d], Gq[l,r], Wqb[l,o,r], Wkva[l,c,d], Gkv[l,b], Wkvb[l,o',b], Wo[l,d,o''], G2[l,d], F1[y,j,d], F3[y,j,d], F2[y,d,j], Wg[x,e,d], "
            "Bias[x,e], E1[x,e,f,d], E3[x,e,f,d], E2[x,e,d,f], S1[x,f',d], S3[x,f',d], S2[x,d,f'], G[d], Head[v,d], Rate[i]")
DEEPSEEK_SIZES = {"layers": 3, "dense": 1, "plain": PLAIN, "turned": TURNED, "value": VALUE, "latent": LATENT, "chosen": 2, "members": 2, "keep": 2}


def deepseek_weights(random, layers=3, dense=1):
    return {"Tok": random.integers(0, V, size=P), "Word": normal(random, V, D), "G1": normal(random, layers, D), "Wqa": normal(random, layers, LOW, D), "Gq": normal(random, layers, LOW),
            "Wqb": normal(random, layers, HEADS * (PLAIN + TURNED), LOW), "Wkva": normal(random, layers, LATENT + TURNED, D), "Gkv": normal(random, layers, LATENT),
            "Wkvb": normal(random, layers, HEADS * (PLAIN + VALUE), LATENT), "Wo": normal(random, layers, D, HEADS * VALUE), "G2": normal(random, layers, D)} | \
        feed_weights(random, dense, layers - dense) | {"G": normal(random, D), "Head": normal(random, V, D)}


def deepseek_logits(w, tokens, rate, sharp):
    x = w["Word"][tokens]
    for l in range(len(w["G1"])):
        n = rms(x, 1e-6) * w["G1"][l]
        q = ((rms(n @ w["Wqa"][l].T, 1e-6) * w["Gq"][l]) @ w["Wqb"][l].T).reshape(len(x), HEADS, PLAIN + TURNED)
        x = x + latent_heads(q, n @ w["Wkva"][l].T, w["Gkv"][l], w["Wkvb"][l], lambda part: turned_pairs(part, rate), sharp, 1e-6) @ w["Wo"][l].T
        x = x + feed(x, w, l, len(w["F1"]), count=2, members=2, keep=2, scale=2.5, eps=1e-6)
    return (rms(x, 1e-6) * w["G"]) @ w["Head"].T


def sizes(options):
    return ", ".join(f"{key} = {value}" for key, value in options.items())


@case("nn.presets/deepseek")
def deepseek(random):
    w, rate = deepseek_weights(random), np.array([0.7])
    return f"Y[p,v] = deepseek({DEEPSEEK}; {sizes(DEEPSEEK_SIZES)}, sharp = 1.5)", w | {"Rate": rate}, {"Y": deepseek_logits(w, w["Tok"], rate, 1.5)}


JAMBA = ("Tok[p], Full(l), Moe(l), Word[v,d], G1[l,d], Win[m,c,d], Conv[m,i,z,j], Bconv[m,i], Wx[m,c',i], Gdt[m,r], Gb[m,n], Gc[m,n], Wdt[m,i,r], Bdt[m,i], Alog[m,i,n], Skip[m,i], "
         "Wout[m,d,i], Wq[a,o,d], Wk[a,o',d], Wv[a,o',d], Wo[a,d,o], G2[l,d], Wg[x,e,d], E1[x,e,f,d], E3[x,e,f,d], E2[x,e,d,f], F1[y,f',d], F3[y,f',d], F2[y,d,f'], G[d], Head[v,d]")
JAMBA_SIZES = {"layers": 8, "size": 4, "group": 2, "inner": INNER, "rank": STEP, "states": STATES, "taps": TAPS, "chosen": 2}


def jamba_weights(random):
    m, full, half = 7, 1, 4
    return {"Tok": random.integers(0, V, size=P), "Word": normal(random, V, D), "G1": normal(random, 8, D), "Win": normal(random, m, 2 * INNER, D), "Conv": normal(random, m, INNER, 1, TAPS),
            "Bconv": normal(random, m, INNER), "Wx": normal(random, m, STEP + 2 * STATES, INNER), "Gdt": normal(random, m, STEP), "Gb": 1 + normal(random, m, STATES),
            "Gc": 1 + normal(random, m, STATES), "Wdt": normal(random, m, INNER, STEP), "Bdt": normal(random, m, INNER), "Alog": random.normal(size=(m, INNER, STATES)) / 2,
            "Skip": normal(random, m, INNER), "Wout": normal(random, m, D, INNER), "Wq": normal(random, full, D, D), "Wk": normal(random, full, D // 2, D),
            "Wv": normal(random, full, D // 2, D), "Wo": normal(random, full, D, D), "G2": normal(random, 8, D), "Wg": random.normal(size=(half, EXPERTS, D)),
            "E1": normal(random, half, EXPERTS, FEED, D), "E3": normal(random, half, EXPERTS, FEED, D), "E2": normal(random, half, EXPERTS, D, FEED), "F1": normal(random, half, FEED, D),
            "F3": normal(random, half, FEED, D), "F2": normal(random, half, D, FEED), "G": normal(random, D), "Head": normal(random, V, D)}


def conv(x, taps, bias=0):
    """A causal filter for each channel; the last tap is the present."""
    padded = np.vstack([np.zeros((taps.shape[1] - 1, x.shape[1])), x])
    return np.stack([(padded[t:t + taps.shape[1]] * taps.T).sum(0) for t in range(len(x))]) + bias


def jamba_mixer(n, w, m):
    u, z = np.split(n @ w["Win"][m].T, 2, axis=1)
    u = silu(conv(u, w["Conv"][m, :, 0], w["Bconv"][m]))
    step, b, c = np.split(u @ w["Wx"][m].T, [STEP, STEP + STATES], axis=1)
    step, b, c = rms(step, 1e-6) * w["Gdt"][m], rms(b, 1e-6) * w["Gb"][m], rms(c, 1e-6) * w["Gc"][m]
    delta, state, out = np.logaddexp(0, step @ w["Wdt"][m].T + w["Bdt"][m]), 0, []
    for t in range(len(n)):
        state = np.exp(-delta[t][:, None] * np.exp(w["Alog"][m])) * state + (delta[t] * u[t])[:, None] * b[t]
        out.append(state @ c[t] + w["Skip"][m] * u[t])
    return (np.stack(out) * silu(z)) @ w["Wout"][m].T


def plain_attention(n, w, a):
    def heads(x):
        return x.reshape(len(x), -1, SIZE).transpose(1, 0, 2)
    q, k, v = (heads(n @ w[name][a].T) for name in ("Wq", "Wk", "Wv"))
    out = attention(q, np.repeat(k, 2, 0), np.repeat(v, 2, 0), seen(len(n)))
    return out.transpose(1, 0, 2).reshape(len(n), -1) @ w["Wo"][a].T


def jamba_logits(w, tokens):
    x = w["Word"][tokens]
    for l in range(8):
        n = rms(x, 1e-6) * w["G1"][l]
        x = x + (plain_attention(n, w, 0) if l == 4 else jamba_mixer(n, w, l - (l > 4)))
        n = rms(x, 1e-6) * w["G2"][l]
        if l % 2 == 0:
            x = x + swiglu(n, w["F1"][l // 2], w["F3"][l // 2], w["F2"][l // 2])
            continue
        score = n @ w["Wg"][l // 2].T
        gate = softmax(score) * chosen(score, 2)
        x = x + sum(gate[:, [e]] * swiglu(n, *(w[name][l // 2, e] for name in ("E1", "E3", "E2"))) for e in range(EXPERTS))
    return (rms(x, 1e-6) * w["G"]) @ w["Head"].T


@case("nn.presets/jamba_model")
def jamba_model(random):
    w = jamba_weights(random)
    statements = f"Full(4)\nMoe(l) <- l < 8, l % 2 = 1\nY[p,v] = jamba_model({JAMBA}; {sizes(JAMBA_SIZES)})"
    return statements, w, {"Y": jamba_logits(w, w["Tok"])}


KIMI = ("Tok[p], Full(l), Word[v,d], G1[l,d], Wq[m,o,d], Wk[m,o,d], Wv[m,o,d], Cq[m,o,z,j], Ck[m,o,z,j], Cv[m,o,z,j], Alog[m,h], Wfa[m,r,d], Wfb[m,o,r], Dt[m,o], Wb[m,h,d], "
        "Wga[m,r,d], Wgb[m,o,r], Go[m,k], Wo[m,d,o], Mq[a,c,d], Mkva[a,c',d], Gkv[a,b], Mkvb[a,c'',b], Mo[a,d,o'], G2[l,d], F1[y,i,d], F3[y,i,d], F2[y,d,i], Wg[x,e,d], Bias[x,e], "
        "E1[x,e,f,d], E3[x,e,f,d], E2[x,e,d,f], S1[x,f',d], S3[x,f',d], S2[x,d,f'], G[d], Head[v,d]")
KIMI_SIZES = {"layers": 4, "dense": 1, "size": SIZE, "taps": TAPS, "plain": PLAIN, "turned": TURNED, "value": VALUE, "latent": LATENT, "chosen": 2, "members": EXPERTS}


def kimi_weights(random):
    m, wide = 3, HEADS * SIZE
    return {"Tok": random.integers(0, V, size=P), "Word": normal(random, V, D), "G1": normal(random, 4, D)} | {name: normal(random, m, wide, D) for name in ("Wq", "Wk", "Wv")} | \
        {name: normal(random, m, wide, 1, TAPS) for name in ("Cq", "Ck", "Cv")} | {"Alog": random.normal(size=(m, HEADS)) / 2, "Wfa": normal(random, m, RANK, D),
         "Wfb": normal(random, m, wide, RANK), "Dt": normal(random, m, wide), "Wb": normal(random, m, HEADS, D), "Wga": normal(random, m, RANK, D), "Wgb": normal(random, m, wide, RANK),
         "Go": 1 + normal(random, m, SIZE), "Wo": normal(random, m, D, wide), "Mq": normal(random, 1, HEADS * (PLAIN + TURNED), D), "Mkva": normal(random, 1, LATENT + TURNED, D),
         "Gkv": normal(random, 1, LATENT), "Mkvb": normal(random, 1, HEADS * (PLAIN + VALUE), LATENT), "Mo": normal(random, 1, D, HEADS * VALUE), "G2": normal(random, 4, D)} | \
        feed_weights(random, 1, 3) | {"G": normal(random, D), "Head": normal(random, V, D)}


def kimi_mixer(n, w, m):
    def heads(x):
        return x.reshape(len(x), HEADS, SIZE)
    def unit(x):
        return x / np.linalg.norm(x, axis=-1, keepdims=True)
    q, k, v = (heads(silu(conv(n @ w["W" + name][m].T, w["C" + name][m, :, 0]))) for name in "qkv")
    q, k = unit(q), unit(k)
    decay = np.exp(-np.exp(w["Alog"][m])[:, None] * np.logaddexp(0, heads(n @ w["Wfa"][m].T @ w["Wfb"][m].T + w["Dt"][m])))
    beta, gate = sigmoid(n @ w["Wb"][m].T), sigmoid(heads(n @ w["Wga"][m].T @ w["Wgb"][m].T))
    state, out = np.zeros((HEADS, SIZE, SIZE)), []
    for t in range(len(n)):
        state = decay[t][..., None] * state
        old = np.einsum("hk,hkv->hv", k[t], state)
        state = state + np.einsum("h,hk,hv->hkv", beta[t], k[t], v[t] - old)
        out.append(np.einsum("hk,hkv->hv", q[t], state) / np.sqrt(SIZE))
    return (rms(np.stack(out), 1e-5) * w["Go"][m] * gate).reshape(len(n), -1) @ w["Wo"][m].T


def kimi_logits(w, tokens):
    x = w["Word"][tokens]
    for l in range(4):
        n = rms(x, 1e-5) * w["G1"][l]
        if l == 3:
            q = (n @ w["Mq"][0].T).reshape(len(x), HEADS, PLAIN + TURNED)
            x = x + latent_heads(q, n @ w["Mkva"][0].T, w["Gkv"][0], w["Mkvb"][0], lambda part: part, 1, 1e-5) @ w["Mo"][0].T
        else:
            x = x + kimi_mixer(n, w, l)
        x = x + feed(x, w, l, 1, count=2, members=EXPERTS, keep=1, scale=2.446, eps=1e-5)
    return (rms(x, 1e-5) * w["G"]) @ w["Head"].T


@case("nn.presets/kimi_model")
def kimi_model(random):
    w = kimi_weights(random)
    return f"Full(3)\nY[p,v] = kimi_model({KIMI}; {sizes(KIMI_SIZES)})", w, {"Y": kimi_logits(w, w["Tok"])}
