"""Random generations against direct loops: a text in its own recursion, layers inside positions, masks, reads some positions back."""
import numpy as np

from engine import compare
from recursion import literal, numbers

# Ways to write "q is not after p"; a factor and a sum of multiples say the same as the plain form.
MASKS = ("q <= p", "p >= q", "q < p + 1", "q - p <= 0", "0 <= p - q", "2 (q - p) <= 0", "3 q - 3 p < 1", "-2 p <= -2 q")
LEAST_MARGIN = 1e-6


class Model:
    """A text model with `layers` layers, computed one position after the other."""

    def __init__(self, state):
        self.words, self.width, self.layers = state.randint(2, 5), state.randint(1, 3), state.randint(1, 3)
        self.length, self.window = state.randint(2, 8), state.choice([0, 0, 2, 3])
        self.given = [state.randrange(self.words) for _ in range(state.randint(1, self.length))]
        self.back, self.rate = state.randint(1, 3), state.choice([0, 0.25, -0.5])
        self.embedding = numbers(state, [self.words, self.width])
        self.weights = numbers(state, [self.layers, self.width, self.width]) / 2
        self.head = numbers(state, [self.words, self.width])
        self.memory, self.begins = state.random() < 0.5, state.random() < 0.7

    def run(self):
        """The text, the streams by layer, the logits, the memory; and by how much the words that were chosen lead."""
        text, margin = list(self.given), np.inf
        stream = np.zeros([self.layers + 1, self.length, self.width])
        logits, memory = np.zeros([self.length, self.words]), np.zeros([self.length, self.width])
        for p in range(self.length):
            stream[0, p] = self.embedding[text[p]]
            for l in range(self.layers):
                seen = [q for q in range(p + 1) if not self.window or p - q < self.window]
                scores = np.array([stream[l, p] @ stream[l, q] for q in seen])
                weight = np.exp(scores - scores.max())
                mixed = sum(w * stream[l, q] for w, q in zip(weight / weight.sum(), seen))
                # An equation that reads some positions back says nothing of the first ones.
                if p >= self.back:
                    stream[l + 1, p] = np.tanh(self.weights[l] @ mixed) + self.rate * stream[l, p - self.back]
                elif self.begins:
                    stream[l + 1, p] = np.tanh(self.weights[l] @ mixed)
            if p:
                memory[p] = stream[self.layers, p] + 0.5 * memory[p - 1]
            logits[p] = self.head @ (memory[p] if self.memory else stream[self.layers, p])
            if p + 1 == len(text) < self.length:
                best = np.sort(logits[p])[::-1]
                margin = min(margin, best[0] - best[1])
                text.append(int(np.argmax(logits[p])))
        return np.array(text), stream, logits, memory, margin

    def lines(self, state):
        mask = state.choice(MASKS) + (f", p - q < {self.window}" if self.window else "")
        inner = "tanh(sum[e](W[l,d,e] Y[l,p,e]))"
        last = "M[p,d]" if self.memory else "X[Layers,p,d]"
        order = [f"X[0,p,d] = E[Tok[p],d], p < {self.length}", f"S[l,p,q] = X[l,p,d] X[l,q,d], {state.choice(MASKS)}",
                 f"A[l,p,q.] = softmax(S[l,p,q]), {mask}", "Y[l,p,d] = A[l,p,q] X[l,q,d]",
                 f"X[l+1,p,d] = {inner} + Rate X[l,p-{self.back},d]", *[f"X[l+1,p,d] = {inner}, p < {min(self.back, self.length)}"] * self.begins,
                 "M[p,d] = X[Layers,p,d] + 0.5 M[p-1,d]", f"Logits[p,v] = H[v,d] {last}"]
        state.shuffle(order)
        text = (f"const Layers = {self.layers}\nRate = {self.rate}\n" + literal("E", self.embedding) + literal("W", self.weights) +
                literal("H", self.head) + literal("Start", self.given))
        text += "Tok[p] = Start[p]\n"
        if len(self.given) < self.length:
            text += f"Tok[p+1] = argmax[v](Logits[p,v]), p + 1 >= {len(self.given)}, p + 1 < {self.length}\n"
        return text + "\n".join(order) + "\n"


def check_generation(binary, state):
    """What is asked decides what is kept: all positions or one, the streams of all layers or none of them."""
    model = Model(state)
    text, stream, logits, memory, margin = model.run()
    if margin < LEAST_MARGIN:
        return None
    at = state.randrange(model.length)
    asked = [("Tok", text), (f"Tok[{at}]", text[at]), ("Logits", logits), (f"Logits[{at},v]", logits[at]), ("X", stream),
             (f"X[{model.layers},{at},d]", stream[model.layers, at]), ("M", memory)]
    chosen = state.sample(asked, state.randint(1, 3))
    program = model.lines(state) + "".join(f"{name}?\n" for name, _ in chosen)
    return compare(binary, program, [(name, value, "a generation") for name, value in chosen])
