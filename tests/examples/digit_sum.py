"""The network of examples/learning/digit_sum.tl in numpy: its loss and gradients, to be compared with what tl trains."""
import numpy as np

NAMES = ("W1", "B1", "W2", "B2")


class DigitSum:
    """Pairs of images, of which the sum is known; `rows` are the pairs of a batch."""

    def __init__(self, images, shown, sums):
        self.images, self.shown, self.sums = images.astype(float), shown, sums

    def loss_and_gradients(self, at, rows):
        shown, sums = self.shown[rows], self.sums[rows]
        count = np.arange(len(shown))
        x = self.images[shown]                                      # p, k, x, y
        h = np.einsum("xyh,pkxy->pkh", at["W1"], x) + at["B1"]
        active = np.maximum(h, 0)
        scores = active @ at["W2"] + at["B2"]
        e = np.exp(scores - scores.max(-1, keepdims=True))
        digit = e / e.sum(-1, keepdims=True)                        # p, k, c
        first, second = digit[:, 0], digit[:, 1]
        total = np.zeros((len(shown), 19))
        for a in range(10):
            for b in range(10):
                total[:, a + b] += first[:, a] * second[:, b]
        right = total[count, sums] + 1e-9
        loss = -float(np.log(right).mean())
        back = np.zeros_like(digit)
        for a in range(10):
            b = sums - a
            fits = (b >= 0) & (b < 10)
            share = -1 / right[fits] / len(shown)
            back[fits, 0, a] += share * second[fits, b[fits]]
            back[fits, 1, b[fits]] += share * first[fits, a]
        back = digit * (back - (back * digit).sum(-1, keepdims=True))
        inner = (back @ at["W2"].T) * (h > 0)
        return loss, {"W1": np.einsum("pkxy,pkh->xyh", x, inner), "B1": inner.sum((0, 1)),
                      "W2": np.einsum("pkh,pkc->hc", active, back), "B2": back.sum((0, 1))}
