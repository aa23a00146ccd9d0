"""Random equations against plain enumeration: sums in their places, functions, reductions, guards, operators, softmax."""
import itertools
import json
import math

import numpy as np

import algebra
from algebra import Dropped, Evaluator, Misplaced, place, put_contracted, text, variables
from engine import compare

NAMES = "ijkl"
REDUCTIONS = ("sum", "max", "min", "mean", "prod", "count", "any", "all", "argmax", "argmax", "argmin", "argmin")
EQUATIONS = 10


class World:
    """The data of one program: dense tensors and relations over four indices of fixed extents."""

    def __init__(self, state):
        self.state = state
        self.extents = {name: state.randint(1, 4) for name in NAMES}
        self.tensors, self.relations, self.lines = {}, {}, []
        for name in NAMES:
            self.tensor((name,))

    def tensor(self, indices):
        """Text-ready node of a new or known tensor over these indices."""
        known = [n for n, (own, _) in self.tensors.items() if own == indices]
        if known and self.state.random() < 0.6:
            return ("ten", self.state.choice(known), indices)
        name = f"T{len(self.tensors)}"
        shape = [self.extents[v] for v in indices]
        most = self.state.choice([1, 8])  # few different values, so that some are equal
        values = np.array([self.state.randint(-most, most) / 4 for _ in range(math.prod(shape))]).reshape(shape)
        self.tensors[name] = (indices, values)
        self.lines.append(f"{name} = {json.dumps(values.tolist())}")
        return ("ten", name, indices)

    def relation(self, indices):
        known = [n for n, (own, _) in self.relations.items() if own == indices]
        if known and self.state.random() < 0.6:
            return ("rel", self.state.choice(known), indices)
        name = f"R{len(self.relations)}"
        rows = {row for row in itertools.product(*(range(self.extents[v]) for v in indices)) if self.state.random() < 0.5}
        rows.add(tuple(self.extents[v] - 1 for v in indices))  # integer columns are as long as their largest entry
        self.relations[name] = (indices, rows)
        self.lines += [f"{name}({', '.join(map(str, row))})" for row in sorted(rows)]
        return ("rel", name, indices)

    def some(self, low, high, pool=NAMES):
        return tuple(self.state.sample(pool, min(len(pool), self.state.randint(low, high))))

    def atom(self, pool):
        draw = self.state.random()
        indices = self.some(1, 2, pool)
        if draw < 0.72:
            return self.tensor(indices)
        if draw < 0.84:
            return self.relation(indices)
        if draw < 0.92:
            return ("cmp", self.state.choice(["<", "<=", "=", "!="]), ("var", self.state.choice(pool)), ("var", self.state.choice(pool)))
        return ("cmp", self.state.choice(["<", ">", ">="]), self.tensor(self.some(1, 1, pool)), ("num", self.state.choice([0, 0.5, 1])))

    def product(self, pool, depth):
        factors = [self.factor(pool, depth) for _ in range(self.state.choice([1, 1, 2, 2, 3]))]
        if self.state.random() < 0.15:
            factors.insert(0, ("num", self.state.choice([2, 0.5, 3])))
        return factors[0] if len(factors) == 1 else ("mul", tuple(factors))

    def total(self, pool, depth):
        terms = [(self.state.choice([1, 1, -1]), self.product(pool, depth)) for _ in range(self.state.choice([1, 1, 2, 3]))]
        if self.state.random() < 0.15:
            terms.append((1, ("num", 0.5)))
        return terms[0][1] if len(terms) == 1 else ("add", tuple(terms))

    def factor(self, pool, depth):
        draw = self.state.random()
        if depth == 0 or draw < 0.5:
            return self.atom(pool)
        if draw < 0.7:
            return ("fn", self.state.choice(list(algebra.FUNCTIONS)), self.total(pool, depth - 1))
        if draw < 0.78:
            body = self.total(pool, depth - 1)
            return body if body[0] == "add" else self.atom(pool)
        if draw < 0.86:
            return ("pow", self.total(pool, 0), 2)
        op = self.state.choice(REDUCTIONS)
        body = self.total(pool, depth - 1)
        inside = sorted(variables(body))
        if not inside:
            return self.atom(pool)
        indices = tuple(self.state.sample(inside, self.state.randint(1, min(2, len(inside)))))
        return ("red", op, indices, body)

    def guards(self, pool):
        """Literals; those that only test use `pool`, the variables that every term binds. A relation may bring witnesses of its own."""
        found = []
        for _ in range(self.state.choice([0, 0, 1, 1, 2])):
            draw = self.state.random() if pool else 0.5
            if draw < 0.35:
                found.append((False, ("cmp", self.state.choice(["<", "<=", "!=", "="]), ("var", self.state.choice(pool)), self.state.choice([("var", self.state.choice(pool)), ("num", self.state.randint(0, 2))]))))
            elif draw < 0.65:
                found.append((False, self.relation(self.some(1, 2))))
            elif draw < 0.85:
                found.append((True, self.relation(self.some(1, 2, pool))))
            else:
                found.append((False, ("cmp", ">", self.tensor(self.some(1, 2, pool)), ("num", 0))))
        return found

    def evaluator(self, guards):
        return Evaluator({n: v for n, (_, v) in self.tensors.items()}, {n: r for n, (_, r) in self.relations.items()}, self.extents, guards)


def guard_text(guards):
    literals = []
    for negated, literal in guards:
        body = text(literal)
        literals.append("not " + body if negated else body[1:-1] if literal[0] == "cmp" else body)
    return "".join(", " + literal for literal in literals)


def bounded(node, left, guards):
    """Whether every variable stands plainly in a tensor or relation, so that something bounds it (in its own reduction, for a reduced one)."""
    plain = set()

    def visit(part):
        if part[0] in ("ten", "rel"):
            plain.update(part[2])
        return all([visit(child) for child in algebra.children(part)]) and (part[0] != "red" or set(part[2]) <= carried(part[3]))

    def carried(part):
        return set(part[2]) if part[0] in ("ten", "rel") else set().union(*map(carried, algebra.children(part)), set())

    fine = visit(node) and not shadowed(node, set(left))
    for negated, literal in guards:
        if literal[0] == "rel" and not negated:
            plain.update(literal[2])
    return fine and (variables(node) | set(left) | set().union(*(variables(g) for _, g in guards), set())) <= plain


def shadowed(node, outer):
    """A reduction's index that is also an index around it is confusing at best; such trees are not drawn."""
    if node[0] == "red":
        if set(node[2]) & outer:
            return True
        return shadowed(node[3], outer | set(node[2]))
    own = [variables(child) for child in algebra.children(node)]
    return any(shadowed(child, outer | set().union(*(v for place_, v in enumerate(own) if place_ != position), set())) for position, child in enumerate(algebra.children(node)))


def read(node):
    """The variables at which a tensor or relation is read."""
    own = set(node[2]) if node[0] in ("ten", "rel") else set().union(*map(read, algebra.children(node)), set())
    return own - set(node[2]) if node[0] == "red" else own


def tested(node, left):
    """The variables that a comparison may restrict: every term reads something at them, else the guard would say how far they go.
    All of those of a plain product, of anything else those on the left."""
    common = set.intersection(*map(read, [term for _, term in node[1]] if node[0] == "add" else [node]))
    return sorted(common & set(left) if split(node) else common)


def split(node):
    return node[0] in ("add", "red") or any(map(split, algebra.children(node)))


def draw(world, accept, tries=200):
    for _ in range(tries):
        lines = len(world.lines)
        left = world.some(0, 2)
        node = world.total(NAMES, 2)
        free = variables(node)
        missing = [v for v in left if v not in free]
        if missing:
            node = ("mul", (world.tensor(tuple(missing)), *(node[1] if node[0] == "mul" else (node,))))
        guards = world.guards(tested(node, left))
        used = reduced(node)
        if any(used & variables(g) for _, g in guards) and world.state.random() < 0.5:
            continue
        if size(node) > 22 or not bounded(node, left, guards):
            continue
        try:
            return left, node, guards, accept(left, node, guards)
        except Misplaced:
            continue
    return None


def reduced(node):
    return (set(node[2]) if node[0] == "red" else set()).union(*map(reduced, algebra.children(node)), set())


def size(node):
    return 1 + sum(map(size, algebra.children(node)))


def table(world, left, cell):
    array = np.zeros([world.extents[v] for v in left])
    for row in itertools.product(*(range(world.extents[v]) for v in left)):
        array[row] = cell(dict(zip(left, row)))
    return array


def sum_equation(world, number):
    """`=` with sums in their places, a guard, sometimes a Boolean head."""
    drawn = draw(world, lambda left, node, guards: place(node, variables(node) - set(left)))
    if not drawn:
        return None
    left, node, guards, placed = drawn
    evaluator = world.evaluator(guards)
    values = table(world, left, lambda env: evaluator.term(placed, env) if evaluator.passes(env) else 0.0)
    head = f"Y{number}[{','.join(left)}]" if left else f"Y{number}"
    return f"{head} = {text(node)}{guard_text(guards)}", values


def operator_equation(world, number):
    """`max=` `min=` `avg=` `*=` over the whole right side."""
    drawn = draw(world, lambda left, node, guards: put_contracted(node, variables(node) - set(left)))
    if not drawn:
        return None
    left, node, guards, (placed, combined) = drawn
    if node[0] == "add" and any(f[0] in ("rel", "cmp") for _, term in node[1] for f in (term[1] if term[0] == "mul" else (term,))):
        return None
    operator = world.state.choice(["max=", "min=", "avg=", "*="])
    factors = [f for f in (node[1] if node[0] == "mul" else (node,)) if f[0] in ("rel", "cmp")]
    evaluator = world.evaluator(guards)

    def cell(env):
        found = []
        for _, extended in evaluator.assignments(tuple(sorted(combined)), env):
            if all(evaluator.value(f, extended) for f in factors):
                try:
                    found.append(evaluator.value(placed, extended))
                except Dropped:
                    pass
        if operator == "*=":
            return math.prod(found)
        if not found:
            return 0.0 if operator == "avg=" else float("nan")
        return {"max=": max, "min=": min, "avg=": lambda v: sum(v) / len(v)}[operator](found)

    head = f"Y{number}[{','.join(left)}]" if left else f"Y{number}"
    return f"{head} {operator} {text(node)}{guard_text(guards)}", table(world, left, cell)


def softmax_equation(world, number):
    """softmax and logsoftmax over one dotted index, masked by guards; lnorm likewise."""
    left = world.some(1, 2)
    inner = world.total(NAMES, 1)
    missing = [v for v in left if v not in variables(inner)]
    node = ("mul", (world.tensor(tuple(missing)), inner)) if missing else inner
    guards = [guard for guard in world.guards(sorted(left)) if variables(guard[1]) <= set(left)]
    if size(node) > 14 or not bounded(node, left, guards):
        return None
    try:
        placed = place(node, variables(node) - set(left))
    except Misplaced:
        return None
    function = world.state.choice(["softmax", "softmax", "lnorm"])
    evaluator = world.evaluator(guards)
    values = table(world, left, lambda env: evaluator.term(placed, env) if evaluator.passes(env) else float("nan"))
    axis = world.state.randrange(len(left))
    rows = np.moveaxis(values, axis, -1)
    result = np.zeros(rows.shape)
    for row in itertools.product(*map(range, rows.shape[:-1])):
        kept = ~np.isnan(rows[row])
        if kept.any():
            x = rows[row][kept]
            e = np.exp(x - x.max())
            result[row][kept] = e / e.sum() if function == "softmax" else (x - x.mean()) / np.sqrt(x.var() + 1e-5)
    head = ",".join(v + "." * (place_ == axis) for place_, v in enumerate(left))
    return f"Y{number}[{head}] = {function}({text(node)}){guard_text(guards)}", np.moveaxis(result, -1, axis)


def along(function, row, count):
    """The function along one row of the elements that take part; `count` is k of topk."""
    if function == "cumsum":
        return np.cumsum(row)
    if function == "cumprod":
        return np.cumprod(row)
    if function == "sort":
        return np.sort(row)
    if function == "rank":
        return np.argsort(np.argsort(row, kind="stable"), kind="stable")
    first = np.argsort(-row, kind="stable")[: 1 if function == "argmax" else count]
    return np.isin(np.arange(len(row)), first).astype(float)


def ordered_equation(world, number):
    """Functions that take a row in its order, or choose from it, over one or two dotted indices, masked by guards; alone or inside a
    product and a sum. Arguments are dyadic, so that ties are ties on both sides."""
    left = world.some(1, 3)
    inner = world.product(NAMES, 0)
    missing = [v for v in left if v not in variables(inner)]
    node = ("mul", (world.tensor(tuple(missing[:2])), inner)) if missing else inner
    guards = [guard for guard in world.guards(sorted(left)) if variables(guard[1]) <= set(left)]
    if len(missing) > 2 or not bounded(node, left, guards):
        return None
    try:
        placed = place(node, variables(node) - set(left))
    except Misplaced:
        return None
    function = world.state.choice(["cumsum", "cumprod", "sort", "rank", "topk", "argmax"])
    count = world.state.randint(0, 4)
    evaluator = world.evaluator(guards)
    values = table(world, left, lambda env: evaluator.term(placed, env) if evaluator.passes(env) else float("nan"))
    dotted = sorted(world.state.sample(range(len(left)), world.state.randint(1, min(2, len(left)))))
    others = [axis for axis in range(len(left)) if axis not in dotted]
    rows = np.transpose(values, others + dotted)
    result = np.zeros(rows.shape)
    for row in itertools.product(*map(range, rows.shape[: len(others)])):
        kept = ~np.isnan(rows[row])
        result[row][kept] = along(function, rows[row][kept], count)
    result = np.transpose(result, np.argsort(others + dotted))
    head = ",".join(v + "." * (axis in dotted) for axis, v in enumerate(left))
    body = f"{function}({text(node)}{f', {count}' if function == 'topk' else ''})"
    if world.state.random() < 0.4 and not any(literal[0] == "cmp" and literal[2][0] == "var" for _, literal in guards):
        scale, offset = world.state.choice([2, 0.5, -1]), world.state.choice([1, -2])
        body = f"{scale} {body} + {offset}" if scale > 0 else f"{offset} - {body}"
        result = np.where(np.isnan(values), 0, scale * result + offset)
    return f"Y{number}[{head}] = {body}{guard_text(guards)}", result


MAKERS = (sum_equation, sum_equation, sum_equation, operator_equation, softmax_equation, ordered_equation, ordered_equation)


def check_equations(binary, state):
    world, equations, expected = World(state), [], []
    while len(equations) < EQUATIONS:
        made = state.choice(MAKERS)(world, len(equations))
        if made:
            name = f"Y{len(equations)}"
            equations.append(made[0])
            expected.append((name, made[1], made[0]))
    program = "\n".join(world.lines + equations + [f"{name}?" for name, _, _ in expected]) + "\n"
    return compare(binary, program, expected)
