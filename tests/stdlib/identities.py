"""Forms of one layer that must agree in f64: to 1e-12, far closer than the oracles look."""
import numpy

from attention_cases import heads, latent, steps
from harness import SEED, answers, array
from layer_cases import dragon, duality, expert_inputs

CLOSE = 1e-12


def kda(random):
    count = 150  # two whole chunks of 64 and a part
    k = random.normal(size=(count, 2, 8))
    given = {"Q": random.normal(size=(count, 2, 8)), "K": k / numpy.linalg.norm(k, axis=-1, keepdims=True), "V": random.normal(size=(count, 2, 5)),
             "B": random.uniform(0.1, 0.9, size=(count, 2)), "G": -random.uniform(0, 0.3, size=(count, 2, 8))}
    forms = [f"{name} = {form}(Q[t,h,k], K[t,h,k], V[t,h,v], B[t,h], G[t,h,k])" for name, form in [("Y[t,h,v]", "kda"), ("Z[t,h,v]", "kda_matrix"), ("W[t,h,v]", "kda_chunk")]]
    return "linattn/kda", "\n".join(forms), given, ["Y", "Z", "W"]


def gated(random):
    """A decay that is the same for every channel makes KDA the gated delta rule."""
    given = steps(random)
    given["G"] = numpy.repeat(given["G"][:, :, :1], 4, -1)
    text = "Y[t,h,v] = gated_delta(Q[t,h,k], K[t,h,k], V[t,h,v], B[t,h], G[t,h,0])\nO[t,h,v] = kda(Q[t,h,k], K[t,h,k], V[t,h,v], B[t,h], G[t,h,k])\nZ[t,h,v] = 2 O[t,h,v]"
    return "linattn/gated_delta", text, given, ["Y", "Z"]


def latent_attention(random):
    given, _ = latent(random)
    call = "(Qn[p,h,k], Qr[p,h,r], C[q,c], Kr[q,r], Wk[h,k,c], Wv[h,v,c])"
    return "attention.mla/mla", f"Y[p,h,v] = mla{call}\nZ[p,h,v] = mla_absorbed{call}", given, ["Y", "Z"]


def experts(random):
    text = """Y[p,o] = experts(X[p,i], G[p,e], W1[e,f,i], W3[e,f,i], W2[e,o,f])
(S[p,e], L[e]) = dispatch(G[p,e])
Z[p,o] = grouped_experts(X[p,i], G[p,e], S[p,e], W1[e,f,i], W3[e,f,i], W2[e,o,f]; capacity = 7)"""
    return "moe/experts", text, expert_inputs(random), ["Y", "Z"]


def cache(random):
    text = "import std.attention\nY[p,b,e] = attend(Q[b,p,k], K[b,q,k], V[b,q,e])\n" + "\n".join(
        f"Z[{n},b,e] = decode(Q[b,{n},k], K[b,n,k], V[b,n,e], {n + 1})" for n in range(5))
    return "attention.cache/decode", text, heads(random), ["Y", "Z"]


def state_space(random):
    given, _ = duality(random)
    call = "(A[t], B[t,n], C[t,n], X[t,d]"
    return "ssm/ssd", f"Y[t,d] = ssd{call})\nZ[t,d] = ssd_dual{call})\nW[t,d] = ssd_chunk{call}; chunk = 4)", given, ["Y", "Z", "W"]


def neurons(random):
    given, _ = dragon(random)
    call = "(V[p,d], E[h,d,n], Ev[h,d,n], D[h,n,d])"
    return "nn.bdh/bdh_block", f"Y[p,d] = bdh_block{call}\nZ[p,d] = bdh_step{call}", given, ["Y", "Z"]


def image_text(random):
    """A layer that sees image and text in one stream, and causal attention over the same stream."""
    given = {"T": random.normal(size=(3, 4)), "I": random.normal(size=(2, 4)), "W": numpy.eye(4), "S": numpy.zeros((5, 4))}
    given["S"][:2], given["S"][2:] = given["I"], given["T"]
    text = """import std.attention
A[z,d] = concat_stream(T[p,d], I[q,i], W[d,i])
Y[z,d] = attend(A[z,d], A[q,d], A[q,d])
Z[z,d] = attend(S[z,d], S[q,d], S[q,d])"""
    return "multimodal/concat_stream", text, given, ["Y", "Z"]


ALL = [kda, gated, latent_attention, experts, cache, state_space, neurons, image_text]


def check(binary, identity, options=()):
    """What is wrong with one identity, or nothing."""
    name, text, given, forms = identity(numpy.random.default_rng(SEED))
    try:
        values = [array(answer) for answer in answers(binary, name, text, given, forms, options)]
    except AssertionError as error:
        return str(error)
    for form, value in zip(forms[1:], values[1:]):
        gap = numpy.abs(value - values[0]).max()
        if not gap <= CLOSE * max(1.0, numpy.abs(values[0]).max()):
            return f"{forms[0]} and {form} differ by {gap}"
    return None
