"""The networks of examples/learning that are small, in numpy: their losses and gradients, to be compared with what tl trains."""
import numpy as np


def unit(x):
    """l2norm along the last axis, and the norms."""
    norm = np.linalg.norm(x, axis=-1, keepdims=True)
    return x / norm, norm


def unit_back(d, y, norm):
    return (d - y * (d * y).sum(-1, keepdims=True)) / norm


class Words:
    """words.tl: `pairs` are the rows and columns of Isa, each row once."""
    names = ("Place", "Rel")

    def __init__(self, pairs):
        self.rows, self.columns = np.array(pairs).T

    def loss_and_gradients(self, at, _):
        here, norm = unit(at["Place"])
        moved = here @ at["Rel"]
        up, up_norm = unit(moved)
        scores = 12 * up @ here.T
        e = np.exp(scores - scores.max(1, keepdims=True))
        p = e / e.sum(1, keepdims=True)
        count = len(self.rows)
        loss = -float(np.log(p[self.rows, self.columns]).mean())
        d = np.zeros_like(p)
        d[self.rows] = p[self.rows] / count
        d[self.rows, self.columns] -= 1 / count
        dmoved = unit_back(12 * d @ here, up, up_norm)
        dhere = 12 * d.T @ up + dmoved @ at["Rel"].T
        return loss, {"Place": unit_back(dhere, here, norm), "Rel": here.T @ dmoved}


class RuleWeights:
    """rule_weights.tl: `fits[k]` says for every rule whether it fits pair k, `told[k]` what is told of it."""
    names = ("Lean",)

    def __init__(self, fits, told):
        self.fits, self.told = fits, told

    def loss_and_gradients(self, at, _):
        chance = 1 / (1 + np.exp(1 - at["Lean"]))
        fails = np.where(self.fits, 1 - chance, 1).prod(axis=1)
        raw = 1 - fails
        sure = np.clip(raw, 0.0001, 0.9999)
        count = len(self.told)
        loss = -float(np.where(self.told, np.log(sure), np.log(1 - sure)).mean())
        d = np.where(self.told, -1 / sure, 1 / (1 - sure)) / count * ((raw >= 0.0001) & (raw <= 0.9999))
        dchance = np.where(self.fits, (d * fails)[:, None] / (1 - chance), 0).sum(axis=0)
        return loss, {"Lean": dchance * chance * (1 - chance)}


class Invention:
    """invention.tl."""
    names = ("Core", "Lean")

    def __init__(self, holds, known):
        self.holds, self.known = holds.astype(float), known.astype(float)

    def loss_and_gradients(self, at, _):
        e = np.exp(at["Lean"] - at["Lean"].max(1, keepdims=True))
        kind = e / e.sum(1, keepdims=True)
        score = np.einsum("rab,xa,yb->rxy", at["Core"], kind, kind)
        cost = np.logaddexp(0, score) - self.holds * score
        told = self.known.sum()
        d = self.known * (1 / (1 + np.exp(-score)) - self.holds) / told
        dkind = np.einsum("rxy,rab,yb->xa", d, at["Core"], kind) + np.einsum("rxy,rab,xa->yb", d, at["Core"], kind)
        return float((self.known * cost).sum() / told), {
            "Core": np.einsum("rxy,xa,yb->rab", d, kind, kind),
            "Lean": kind * (dkind - (dkind * kind).sum(1, keepdims=True))}
