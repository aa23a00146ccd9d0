"""Probabilities of facts that are elements of a tensor: derivatives of a probability by them, against all worlds one by one."""
import itertools

import numpy as np

from engine import compare

NODES = "ABCDE"


def holds(edges, rule, start, end):
    """Whether a way leads from start to end; `rule` is whether ways may be chained."""
    reached = {b for a, b in edges if a == start}
    while rule:
        more = {b for a, b in edges if a in reached} - reached
        if not more:
            break
        reached |= more
    return end in reached


def probability(weights, worlds, truth):
    factors = np.where(worlds, weights, 1 - weights).prod(axis=1)
    return float(factors[truth].sum())


def check_world_gradients(binary, random_state):
    nodes = NODES[:random_state.randint(2, 5)]
    pairs = [(random_state.choice(nodes), random_state.choice(nodes)) for _ in range(random_state.randint(1, 7))]
    sure = [(random_state.choice(nodes), random_state.choice(nodes)) for _ in range(random_state.randint(0, 2))]
    denied = random_state.random() < 0.3
    weights = np.array([random_state.uniform(0.05, 0.95) for _ in range(len(pairs) + 1)])
    program = f"W = {weights.tolist()}\n" + "".join(f"W[{k}] :: Edge({a}, {b})\n" for k, (a, b) in enumerate(pairs))
    program += "".join(f"Edge({a}, {b})\n" for a, b in sure) + f"W[{len(pairs)}] :: Chains()\n"
    program += "Path(x, y) <- Edge(x, y)\nPath(x, z) <- Path(x, y), Edge(y, z), Chains()\n"
    start, end = random_state.choice([pair[0] for pair in pairs]), random_state.choice([pair[1] for pair in pairs])
    worlds = np.array(list(itertools.product((False, True), repeat=len(weights))))
    truth = np.array([holds(sure + [pair for pair, given in zip(pairs, world) if given], world[-1], start, end) for world in worlds])
    if denied:
        program += "Place(x) <- Edge(x, _)\nPlace(y) <- Edge(_, y)\nApart(x, y) <- Place(x), Place(y), not Path(x, y)\n"
        places = [{node for pair in sure + [pair for pair, given in zip(pairs, world) if given] for node in pair} for world in worlds]
        truth = np.array([{start, end} <= place and not reached for place, reached in zip(places, truth)])
    program += f"Goal = {'Apart' if denied else 'Path'}[{start},{end}]\nGoal?\ndGoal/dW?\n"
    slopes = []
    for k in range(len(weights)):
        one, none = weights.copy(), weights.copy()
        one[k], none[k] = 1, 0
        slopes.append(probability(one, worlds, truth) - probability(none, worlds, truth))
    expected = [("Goal", probability(weights, worlds, truth), "the worlds"), ("dGoal/dW", slopes, "the worlds")]
    return compare(binary, program, expected)


def check_tensor_worlds(binary, random_state):
    """Every element of a matrix the probability of a fact: recursion over them, against all worlds one by one."""
    size = random_state.choice((2, 3))
    matrix = np.array([[random_state.choice((0.0, random_state.uniform(0.05, 0.95))) for _ in range(size)] for _ in range(size)])
    places = list(itertools.product(range(size), repeat=2))
    start, end = random_state.randrange(size), random_state.randrange(size)
    flipped = random_state.random() < 0.5
    worlds = np.array(list(itertools.product((False, True), repeat=len(places))))
    edges = [(y, x) if flipped else (x, y) for x, y in places]
    truth = np.array([holds([edge for edge, given in zip(edges, world) if given], True, start, end) for world in worlds])
    weights = matrix.ravel()
    slopes = []
    for k in range(len(weights)):
        one, none = weights.copy(), weights.copy()
        one[k], none[k] = 1, 0
        slopes.append(probability(one, worlds, truth) - probability(none, worlds, truth))
    program = f"param P = {matrix.tolist()}\nP[x,y] :: Edge({'y, x' if flipped else 'x, y'})\n"
    program += "Path(x, y) <- Edge(x, y)\nPath(x, z) <- Path(x, y), Edge(y, z)\n"
    program += f"Goal = Path[{start},{end}]\nGoal?\ndGoal/dP?\n"
    expected = [("Goal", probability(weights, worlds, truth), "the worlds"), ("dGoal/dP", np.reshape(slopes, matrix.shape).tolist(), "the worlds")]
    return compare(binary, program, expected)
