"""The character transformer of examples/learning in numpy: its loss and gradients, to be compared with what tl trains."""
import numpy as np
from scipy.special import erf

NAMES = ("Emb", "Pos", "WQ", "WK", "WV", "WO", "W1", "B1", "W2", "B2", "Head")
POSITIONS = 32
EPS = 1e-5


def normalize(x):
    """lnorm along the last axis, and what its derivative needs."""
    centred = x - x.mean(-1, keepdims=True)
    root = 1 / np.sqrt((centred ** 2).mean(-1, keepdims=True) + EPS)
    return centred * root, root


def normalize_back(d, y, root):
    return root * (d - d.mean(-1, keepdims=True) - y * (d * y).mean(-1, keepdims=True))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def gelu(x):
    return x * (1 + erf(x / np.sqrt(2))) / 2


def gelu_slope(x):
    return (1 + erf(x / np.sqrt(2))) / 2 + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def block(at, b, stream):
    """The stream behind block b, and everything on the way."""
    n, root = normalize(stream)
    q, k, v = (np.einsum("hkd,wpd->whpk", at[name][b], n) for name in ("WQ", "WK", "WV"))
    scores = np.einsum("whpk,whqk->whpq", q, k) / 4
    look = softmax(np.where(np.tril(np.ones((POSITIONS, POSITIONS), bool)), scores, -np.inf))
    heads = np.einsum("whpq,whqk->whpk", look, v)
    middle = stream + np.einsum("hkd,whpk->wpd", at["WO"][b], heads)
    n2, root2 = normalize(middle)
    inner = np.einsum("df,wpd->wpf", at["W1"][b], n2) + at["B1"][b]
    hidden = gelu(inner)
    after = middle + np.einsum("fd,wpf->wpd", at["W2"][b], hidden) + at["B2"][b]
    return after, (n, root, q, k, v, look, heads, n2, root2, inner, hidden)


def block_back(at, b, d, kept, gradients):
    """The cotangent of the stream before block b."""
    n, root, q, k, v, look, heads, n2, root2, inner, hidden = kept
    gradients["B2"][b] = d.sum((0, 1))
    gradients["W2"][b] = np.einsum("wpf,wpd->fd", hidden, d)
    back = np.einsum("fd,wpd->wpf", at["W2"][b], d) * gelu_slope(inner)
    gradients["B1"][b] = back.sum((0, 1))
    gradients["W1"][b] = np.einsum("wpd,wpf->df", n2, back)
    d = d + normalize_back(np.einsum("df,wpf->wpd", at["W1"][b], back), n2, root2)
    gradients["WO"][b] = np.einsum("whpk,wpd->hkd", heads, d)
    dheads = np.einsum("hkd,wpd->whpk", at["WO"][b], d)
    dlook = np.einsum("whpk,whqk->whpq", dheads, v)
    dscores = look * (dlook - (dlook * look).sum(-1, keepdims=True)) / 4
    parts = {"WQ": np.einsum("whpq,whqk->whpk", dscores, k), "WK": np.einsum("whpq,whpk->whqk", dscores, q),
             "WV": np.einsum("whpq,whpk->whqk", look, dheads)}
    dn = 0
    for name, part in parts.items():
        gradients[name][b] = np.einsum("whpk,wpd->hkd", part, n)
        dn = dn + np.einsum("hkd,whpk->wpd", at[name][b], part)
    return d + normalize_back(dn, n, root)


class Characters:
    """Windows of a text; `rows` are the windows of a batch."""

    def __init__(self, text):
        count = (len(text) - 1) // POSITIONS
        self.windows = count
        self.seen = text[:count * POSITIONS].reshape(count, POSITIONS)
        self.next = text[1:count * POSITIONS + 1].reshape(count, POSITIONS)

    def loss_and_gradients(self, at, rows):
        seen, wanted = (self.seen, self.next) if rows is None else (self.seen[rows], self.next[rows])
        gradients = {name: np.zeros_like(at[name]) for name in NAMES}
        stream, kept = at["Emb"][seen] + at["Pos"], []
        for b in range(len(at["B2"])):
            stream, one = block(at, b, stream)
            kept.append(one)
        last, root = normalize(stream)
        p = softmax(last @ at["Head"])
        right = np.take_along_axis(p, wanted[..., None], axis=-1)
        loss = -float(np.log(right).mean())
        d = p.copy()
        np.put_along_axis(d, wanted[..., None], right - 1, axis=-1)
        d /= wanted.size
        gradients["Head"] = np.einsum("wpd,wpv->dv", last, d)
        d = normalize_back(d @ at["Head"].T, last, root)
        for b in reversed(range(len(at["B2"]))):
            d = block_back(at, b, d, kept[b], gradients)
        gradients["Pos"] = d.sum(0)
        np.add.at(gradients["Emb"], seen, d)
        return loss, gradients
