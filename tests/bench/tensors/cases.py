"""Dense workloads: programs in tl, what they cost at least, and the same in numpy and torch.

A case has `text`, the program; `arrays`, its data; `flops` and `bytes`, what it has to do at least; `answer`, its query in numpy (also the peer
`numpy`); and, where torch has a better way, `torch`.
"""
import numpy as np


def draw(*shape, seed=0):
    return np.random.default_rng(seed + len(shape)).standard_normal(shape).astype(np.float32)


def checked(name):
    """A query of few elements keeps printing and converting out of the time."""
    return f"Check = {name}\nCheck?\n"


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def gemm(m, n, k):
    a, b = draw(m, k, seed=1), draw(k, n, seed=2)
    return {"text": "C[m,n] = A[m,k] B[k,n]\nC[0,0]?\n", "arrays": {"A": a, "B": b}, "flops": 2.0 * m * n * k,
            "bytes": 4.0 * (m * n + m * k + k * n), "numpy": lambda: a @ b, "answer": lambda r: r[0, 0],
            "torch": lambda t: (lambda x, y: lambda: x @ y)(t.from_numpy(a), t.from_numpy(b))}


def gemv(n, k):
    a, x = draw(n, k, seed=1), draw(k, seed=2)
    return {"text": "Y[n] = A[n,k] X[k]\nY[0]?\n", "arrays": {"A": a, "X": x}, "flops": 2.0 * n * k, "bytes": 4.0 * n * k,
            "numpy": lambda: a @ x, "answer": lambda r: r[0],
            "torch": lambda t: (lambda u, v: lambda: u @ v)(t.from_numpy(a), t.from_numpy(x))}


def bmm(b, n):
    x, y = draw(b, n, n, seed=1), draw(b, n, n, seed=2)
    return {"text": "C[b,m,n] = A[b,m,k] B[b,k,n]\nC[0,0,0]?\n", "arrays": {"A": x, "B": y}, "flops": 2.0 * b * n ** 3,
            "bytes": 12.0 * b * n * n, "numpy": lambda: x @ y, "answer": lambda r: r[0, 0, 0],
            "torch": lambda t: (lambda u, v: lambda: u @ v)(t.from_numpy(x), t.from_numpy(y))}


def layer(m, n, k):
    """A layer with its bias and activation, of activated inputs."""
    x, w, b = draw(m, k, seed=1), draw(k, n, seed=2), draw(n, seed=3)
    return {"text": "Y[m,n] = relu(relu(X[m,k]) W[k,n] + B[n])\nY[1,1]?\n", "arrays": {"X": x, "W": w, "B": b},
            "flops": 2.0 * m * n * k, "bytes": 4.0 * (m * n + m * k + k * n),
            "numpy": lambda: np.maximum(np.maximum(x, 0) @ w + b, 0), "answer": lambda r: r[1, 1],
            "torch": lambda t: (lambda u, v, c: lambda: (u.relu() @ v + c).relu())(*map(t.from_numpy, (x, w, b)))}


def softmax_rows(r, c):
    x = draw(r, c, seed=1)
    return {"text": "Y[r,c.] = softmax(X[r,c])\nY[0,0]?\n", "arrays": {"X": x}, "flops": 0.0, "bytes": 8.0 * r * c,
            "numpy": lambda: softmax(x), "answer": lambda s: s[0, 0],
            "torch": lambda t: (lambda u: lambda: u.softmax(-1))(t.from_numpy(x))}


def layer_norm(r, c):
    x, g, b = draw(r, c, seed=1), draw(c, seed=2), draw(c, seed=3)

    def numpy():
        m = x.mean(1, keepdims=True)
        return (x - m) / np.sqrt(x.var(1, keepdims=True) + 1e-5) * g + b
    return {"text": "N[r,c.] = lnorm(X[r,c])\nY[r,c] = N[r,c] G[c] + B[c]\nY[0,0]?\n",
            "arrays": {"X": x, "G": g, "B": b}, "flops": 0.0, "bytes": 8.0 * r * c, "numpy": numpy, "answer": lambda s: s[0, 0],
            "torch": lambda t: (lambda u, v, w: lambda: t.nn.functional.layer_norm(u, (c,), v, w))(*map(t.from_numpy, (x, g, b)))}


def chain(r, c):
    x, y = draw(r, c, seed=1), draw(r, c, seed=2)
    return {"text": "A[r,c] = 1.5 X[r,c] + Y[r,c]\nS[r,c] = sig(A[r,c])\nR[r,c] = relu(X[r,c])\nP[r,c] = S[r,c] * R[r,c]\n"
                    "Z[r,c] = P[r,c] - 0.5 Y[r,c]\nZ[0,0]?\n",
            "arrays": {"X": x, "Y": y}, "flops": 0.0, "bytes": 12.0 * r * c,
            "numpy": lambda: 1 / (1 + np.exp(-(1.5 * x + y))) * np.maximum(x, 0) - 0.5 * y, "answer": lambda s: s[0, 0],
            "torch": lambda t: (lambda u, v: lambda: t.sigmoid(1.5 * u + v) * t.relu(u) - 0.5 * v)(*map(t.from_numpy, (x, y)))}


def attention(h, n, d, causal):
    q, k, v = (draw(h, n, d, seed=s) for s in (1, 2, 3))
    guard = ", k <= q" if causal else ""

    def numpy():
        s = q @ k.transpose(0, 2, 1) / np.float32(np.sqrt(d))
        if causal:
            s = np.where(np.tril(np.ones((n, n), bool)), s, -np.inf)
        return softmax(s) @ v

    def torch(t):
        f = t.nn.functional
        u = [t.from_numpy(a)[None] for a in (q, k, v)]
        if hasattr(f, "scaled_dot_product_attention"):
            return lambda: f.scaled_dot_product_attention(*u, is_causal=causal)[0]
        mask = t.tril(t.ones(n, n, dtype=t.bool))

        def composed():
            s = u[0][0] @ u[1][0].transpose(1, 2) / d ** 0.5
            return (s.masked_fill(~mask, float("-inf")) if causal else s).softmax(-1) @ u[2][0]
        return composed
    return {"text": f"S[h,q,k] = Q[h,q,d] K[h,k,d] / {np.sqrt(d):.9g}\nP[h,q,k.] = softmax(S[h,q,k]){guard}\n"
                    "O[h,q,d] = P[h,q,k] V[h,k,d]\nO[0,1,0]?\n",
            "arrays": {"Q": q, "K": k, "V": v}, "flops": 4.0 * h * n * n * d, "bytes": 16.0 * h * n * d, "numpy": numpy,
            "answer": lambda s: s[0, 1, 0], "torch": torch}


CASES = {
    "gemm_64": lambda: gemm(64, 64, 64), "gemm_127": lambda: gemm(127, 127, 127), "gemm_256": lambda: gemm(256, 256, 256),
    "gemm_1024": lambda: gemm(1024, 1024, 1024), "gemm_8x4096x4096": lambda: gemm(8, 4096, 4096),
    "gemm_4096x16x4096": lambda: gemm(4096, 16, 4096), "gemv_4096": lambda: gemv(4096, 4096),
    "bmm_4096x8": lambda: bmm(4096, 8), "bmm_1024x32": lambda: bmm(1024, 32), "layer_128x3072x768": lambda: layer(128, 3072, 768),
    "softmax_4096x1024": lambda: softmax_rows(4096, 1024), "layernorm_4096x1024": lambda: layer_norm(4096, 1024),
    "chain_4096x1024": lambda: chain(4096, 1024), "attention_12x1024x64": lambda: attention(12, 1024, 64, False),
    "attention_causal_12x1000x64": lambda: attention(12, 1000, 64, True),
    "attention_12x4096x64": lambda: attention(12, 4096, 64, False),
}
