"""Programs of equations that read each other's results, against numpy: what is fused, cut into blocks of rows, shared out to threads or
computed in storage that was used before gives the same as each equation by itself."""
import itertools
import json

import numpy as np

from engine import differs, run

FUNCTIONS = {"tanh": np.tanh, "sin": np.sin, "relu": lambda x: np.maximum(x, 0), "sig": lambda x: 1 / (1 + np.exp(-x)), "abs": np.abs}
NORMS = {"softmax": lambda x: np.exp(x - x.max(-1, keepdims=True)) / np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True),
         "lnorm": lambda x: (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5),
         "rmsnorm": lambda x: x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6),
         "cumsum": lambda x: np.cumsum(x, -1) / 1.0}
REDUCTIONS = {"max": lambda x, axis: x.max(axis), "min": lambda x, axis: x.min(axis), "mean": lambda x, axis: x.mean(axis), "sum": lambda x, axis: x.sum(axis)}


class Chain:
    """The tensors so far, by name: (their indices, their values). An index that is shorter than its data gets a letter of its own."""

    def __init__(self, state):
        self.state = state
        self.extents = {letter: state.randint(2, 9) for letter in "ijk"}
        self.tensors, self.lines, self.fresh = {}, [], iter("abcdefgh")
        for name, indices in {"A": "ij", "B": "jk", "C": "ijk", "U": "i", "V": "j"}.items():
            values = np.array([state.randint(-8, 8) / 8 for _ in range(int(np.prod([self.extents[v] for v in indices])))])
            self.tensors[name] = (indices, values.reshape([self.extents[v] for v in indices]))
            self.lines.append(f"{name} = {json.dumps(self.tensors[name][1].tolist())}")

    def pick(self, indices=None, least=1):
        """A tensor, a late one rather; all of its indices among `indices`."""
        names = [name for name, (own, _) in self.tensors.items() if len(own) >= least and (indices is None or set(own) <= set(indices))]
        return self.state.choice(names[-4:] + names) if names else None

    def read(self, name):
        indices = self.tensors[name][0]
        return f"{name}[{','.join(indices)}]" if indices else name

    def over(self, name, indices):
        """The values along `indices`, which the tensor has some of."""
        own, values = self.tensors[name]
        order = sorted(range(len(own)), key=lambda axis: indices.index(own[axis]))
        return np.transpose(values, order).reshape([self.extents[v] if v in own else 1 for v in indices])

    def shuffled(self, indices):
        return "".join(self.state.sample(indices, len(indices)))

    def map(self):
        name = self.pick()
        left = self.shuffled(self.tensors[name][0])
        other, function = self.pick(left), self.state.choice(list(FUNCTIONS))
        scale = self.state.choice([0.5, 2, -1.5])
        body, value = f"{scale} {self.read(name)}", scale * self.over(name, left)
        if self.state.random() < 0.6:
            sign = self.state.choice(["+", "*"])
            body, value = f"{body} {sign} {self.read(other)}", value + self.over(other, left) if sign == "+" else value * self.over(other, left)
        if self.state.random() < 0.4:
            counted = self.state.choice(left)
            numbers = np.arange(self.extents[counted]).reshape([-1 if v == counted else 1 for v in left])
            body, value = f"{body} + 0.25 {counted}", value + 0.25 * numbers
        value = np.broadcast_to(value, [self.extents[v] for v in left])
        return left, f"{function}({body})", FUNCTIONS[function](value)

    def shifted(self):
        name = self.pick()
        indices, values = self.tensors[name]
        moved = self.state.choice(indices)
        letter = next(self.fresh, None)
        if letter is None or self.extents[moved] < 3:
            return None
        axis, count = indices.index(moved), self.extents[moved]
        self.extents[letter] = count - 1
        left = indices.replace(moved, letter)
        later = f"{name}[{','.join(letter + '+1' if v == moved else v for v in indices)}]"
        here = f"{name}[{','.join(letter if v == moved else v for v in indices)}]"
        value = np.take(values, range(1, count), axis) - 0.5 * np.take(values, range(count - 1), axis)
        return left, f"{later} - 0.5 {here}", value

    def numbered(self):
        """A map that counts an index, and a read of it one place on: what is read can become part of the reader."""
        name = self.pick()
        indices, values = self.tensors[name]
        moved, letter = self.state.choice(indices), next(self.fresh, None)
        if letter is None or self.extents[moved] < 3:
            return None
        axis, count = indices.index(moved), self.extents[moved]
        self.extents[letter] = count - 1
        counted = f"N{len(self.tensors)}"
        self.lines.append(f"{counted}[{','.join(indices)}] = tanh({self.read(name)} + 0.25 {moved})")
        numbers = 0.25 * np.arange(count).reshape([-1 if v == moved else 1 for v in indices])
        value = np.take(np.tanh(values + numbers), range(1, count), axis)
        read = f"{counted}[{','.join(letter + '+1' if v == moved else v for v in indices)}]"
        return indices.replace(moved, letter), f"1.5 {read}", 1.5 * value

    def product(self):
        first = self.pick()
        others = [name for name, (own, _) in self.tensors.items() if set(own) & set(self.tensors[first][0])]
        second = self.state.choice(others[-4:] + others)
        one, two = self.tensors[first][0], self.tensors[second][0]
        union = "".join(dict.fromkeys(one + two))
        left = self.shuffled(union)[: self.state.randint(1, min(3, len(union)))]
        value = 0.25 * np.einsum(f"{one},{two}->{left}", self.tensors[first][1], self.tensors[second][1])
        body = f"0.25 {self.read(first)} {self.read(second)}"
        if self.state.random() < 0.4:
            return left, f"tanh({body})", np.tanh(value)
        return left, body, value

    def normalised(self):
        name = self.pick()
        left = self.shuffled(self.tensors[name][0])
        axis, function = self.state.randrange(len(left)), self.state.choice(list(NORMS))
        values = np.moveaxis(self.over(name, left), axis, -1)
        head = ",".join(v + "." * (place == axis) for place, v in enumerate(left))
        return (left, head), f"{function}({self.read(name)})", np.moveaxis(NORMS[function](values), -1, axis)

    def reduced(self):
        name = self.pick(least=2)
        indices, values = self.tensors[name]
        lost, kind = self.state.choice(indices), self.state.choice(list(REDUCTIONS))
        return indices.replace(lost, ""), f"{kind}[{lost}]({self.read(name)})", REDUCTIONS[kind](values, indices.index(lost))

    def grow(self):
        """One more tensor; sometimes with a second equation, or for some of its elements only."""
        made = self.state.choice([self.map, self.map, self.map, self.shifted, self.numbered, self.product, self.product, self.normalised, self.normalised, self.reduced])()
        if made is None:
            return
        left, body, value = made
        indices, head = left if isinstance(left, tuple) else (left, ",".join(left))
        name = f"Y{len(self.tensors)}"
        guard = ""
        if "." not in head and len(indices) > 1 and set(indices) <= set("ijk") and self.state.random() < 0.15:
            one, two = indices[0], indices[1]
            guard = f", {one} <= {two}"
            grid = np.arange(self.extents[one])[:, None] <= np.arange(self.extents[two])[None, :]
            value = np.where(grid.reshape(grid.shape + (1,) * (len(indices) - 2)), value, 0)
        self.lines.append(f"{name}[{head}] = {body}{guard}" if indices else f"{name} = {body}")
        other = self.pick(indices) if indices and "." not in head and self.state.random() < 0.2 else None
        if other and set(self.tensors[other][0]) == set(indices):
            self.lines.append(f"{name}[{head}] = 0.5 {self.read(other)}")
            value = value + 0.5 * self.over(other, indices)
        self.tensors[name] = (indices, value)


def ways(state):
    """Options of a run of the compiled backend."""
    yield ["--row-bytes", str(state.choice([16, 50, 100, 300])), "--repeat", "2"]
    yield [*state.choice([["-O", "0"], ["-O", "3"], ["--threads", "1"], ["--no-fusion"], []]), *state.choice([[], ["--row-bytes", "8"]])]


def check_chains(binary, state):
    chain = Chain(state)
    for _ in range(state.randint(6, 12)):
        chain.grow()
    derived = [name for name in chain.tensors if name.startswith("Y")]
    asked = sorted({derived[-1], *state.sample(derived, min(len(derived), state.randint(0, 3)))})
    program = "\n".join(chain.lines + [f"{name}?" for name in asked]) + "\n"
    for backend, options in itertools.chain([("reference", [])], (("cpu", way) for way in ways(state))):
        answers, wrong = run(binary, program, backend, options=options)
        for answer, name in zip(answers or (), asked):
            wrong = wrong or differs(answer, chain.tensors[name][1])
            wrong = f"{name} is {wrong}" if wrong and not wrong.startswith(name) else wrong
        if wrong:
            return program, f"{backend} {' '.join(options)}: {wrong}"
    return None
