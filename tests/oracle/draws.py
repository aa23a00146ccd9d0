"""Random draws against Philox 4x32-10 written out once more, and the frequencies of `sample`."""
import itertools
import math

import numpy as np

from engine import BACKENDS, compare, run

WORD = 0xFFFFFFFF


def philox(key, first, second):
    """The four words of the generator, the first two and the last two joined."""
    words = [first & WORD, first >> 32 & WORD, second & WORD, second >> 32 & WORD]
    keys = [key & WORD, key >> 32]
    for _ in range(10):
        left, right = 0xD2511F53 * words[0], 0xCD9E8D57 * words[2]
        words = [right >> 32 ^ words[1] ^ keys[0], right & WORD, left >> 32 ^ words[3] ^ keys[1], left & WORD]
        keys = [keys[0] + 0x9E3779B9 & WORD, keys[1] + 0xBB67AE85 & WORD]
    return words[0] | words[1] << 32, words[2] | words[3] << 32


def text_hash(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def bits(seed, name, number, place):
    """Of draw `number` of tensor `name` at the coordinates `place`; symbols are given as strings."""
    key = philox(seed, text_hash(name), number)[0]
    place = [text_hash(c) if isinstance(c, str) else c for c in place]
    while len(place) > 2:
        key, place = philox(key, place[0], place[1])[0], place[2:]
    place = place + [0] * (2 - len(place))
    return philox(key, place[0], place[1])


def uniform(*where):
    return (bits(*where)[0] >> 11) * 2.0**-53


def normal(*where):
    low, high = (part >> 11 for part in bits(*where))
    return math.sqrt(-2 * math.log(1 - low * 2.0**-53)) * math.cos(2 * math.pi * high * 2.0**-53)


def draws_of(seed, name, number, extents, draw):
    array = np.zeros(extents)
    for place in itertools.product(*(range(e) if isinstance(e, int) else e for e in extents)):
        array[place] = draw(seed, name, number, list(place))
    return array


def check_draws(binary, state):
    seed = state.choice([0, 1, state.getrandbits(31)])
    lines, expected = [], []
    for position, rank in enumerate((0, 1, 2, 3, 5)):
        name, extents = f"T{position}", [state.randint(1, 4) for _ in range(rank)]
        indices = ",".join("ijklm"[:rank])
        if rank:
            lines.append(f"tensor {name}[{','.join(f'{v}: {e}' for v, e in zip('ijklm', extents))}]")
        head = f"{name}[{indices}]" if rank else name
        kind = state.choice(["uniform", "range", "normal", "scaled", "two", "bernoulli"])
        first, second = (draws_of(seed, name, number, extents, uniform) for number in (0, 1))
        gauss = draws_of(seed, name, 0, extents, normal)
        body, value = {"uniform": ("uniform()", first), "range": ("uniform(-2, 3)", -2 + 5 * first), "normal": ("normal()", gauss),
                       "scaled": ("normal(1, 0.5)", 1 + 0.5 * gauss), "two": ("uniform() - 2 uniform()", first - 2 * second),
                       "bernoulli": ("3 bernoulli(0.4)", 3.0 * (first < 0.4))}[kind]
        lines.append(f"{head} = {body}")
        expected.append((name, value, lines[-1]))
    rows = state.randint(1, 5)
    lines += [f"param W[i: {rows}, j: 3] ~ normal(1, 2)", f"tensor V[t: {rows + 1}]", "V[0] = 5", "V[t+1] = V[t] + normal()"]
    expected.append(("W", 1 + 2 * draws_of(seed, "W", 0, [rows, 3], normal), "param W"))
    walk = np.cumsum([5] + [normal(seed, "V", 0, [t]) for t in range(rows)])
    expected.append(("V", walk, "V[t+1] = V[t] + normal()"))
    people = state.sample(["Zoe", "Ann", "Bob", "Cid"], 3)
    lines += [f"domain Person = {{{', '.join(people)}}}", "tensor P[p: Person]", "P[p] = uniform()"]
    expected.append(("P", np.array([uniform(seed, "P", 0, [p]) for p in people]), "P[p] = uniform()"))
    program = "\n".join(lines + [f"{name}?" for name, _, _ in expected]) + "\n"
    return compare(binary, program, expected, options=["--seed", str(seed)]) or check_sample(binary, state, seed)


def check_sample(binary, state, seed):
    """Each row has one element, or none without weight, with the frequencies of the weights to five standard deviations."""
    count = 2000
    weights = np.array([state.choice([0, 0, 0.5, 1, 3, -1]) for _ in range(state.randint(1, 5))])
    program = f"W = {weights.tolist()}\nS[p,i.] = sample(W[i]), p < {count}\nRows[p] = S[p,i]\nN[i] = S[p,i]\nLeast = min[p](Rows[p])\nMost = max[p](Rows[p])\n" \
              "N?\nLeast?\nMost?\n"
    positive = np.maximum(weights, 0)
    total = positive.sum()
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend, options=["--seed", str(seed)])
        if wrong:
            return program, f"{backend}: {wrong}"
        drawn, least, most = (np.array(answer["data"], float) for answer in answers)
        if least != (total > 0) or most != (total > 0):
            return program, f"{backend}: rows have from {least} to {most} elements"
        share = positive / total if total > 0 else positive
        if np.any(np.abs(drawn - count * share) > 5 * np.sqrt(count * share * (1 - share))):
            return program, f"{backend}: drew {drawn.tolist()} for weights {weights.tolist()}"
    return None
