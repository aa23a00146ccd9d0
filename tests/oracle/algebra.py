"""Right sides of equations as trees: their text, where their indices are summed, and their value by plain enumeration.

A node is a tuple: ("num", v) ("var", v) ("ten", name, (v, ...)) ("rel", name, (v, ...)) ("cmp", op, a, b) ("mul", (f, ...)) ("div", a, b)
("add", ((sign, term), ...)) ("pow", base, n) ("fn", name, a) ("red", op, (v, ...), body), and after placing ("sum", (v, ...), body).
"""
import itertools
import math

import numpy as np

FUNCTIONS = {"relu": lambda x: max(x, 0.0), "tanh": math.tanh, "abs": abs, "sin": math.sin, "step": lambda x: float(x > 0), "sign": lambda x: float((x > 0) - (x < 0)),
             "floor": math.floor}
COMPARISONS = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "=": lambda a, b: a == b, "!=": lambda a, b: a != b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


class Misplaced(Exception):
    """The language refuses this right side (an index contracted inside and used outside, or only in a denominator)."""


class Dropped(Exception):
    """The assignment at hand does not count (an absent value)."""


def text(node, inside=""):
    kind = node[0]
    if kind == "num":
        return f"{node[1]}"
    if kind == "var":
        return node[1]
    if kind == "ten":
        return f"{node[1]}[{','.join(node[2])}]" if node[2] else node[1]
    if kind == "rel":
        return f"{node[1]}({','.join(node[2])})"
    if kind == "cmp":
        return f"({text(node[2])} {node[1]} {text(node[3])})"
    if kind == "mul":
        return " ".join(text(factor, "mul") for factor in node[1])
    if kind == "div":
        body = f"{text(node[1], 'mul')} / {text(node[2], 'pow')}"
        return f"({body})" if inside else body
    if kind == "add":
        body = "".join((" + " if sign > 0 else " - ") + text(term, "term") for sign, term in node[1])
        body = body[3:] if node[1][0][0] > 0 else "-" + body[3:]
        return f"({body})" if inside else body
    if kind == "pow":
        base = text(node[1], "pow")
        return (base if node[1][0] in ("ten", "fn", "red", "add") else f"({text(node[1])})") + f"^{node[2]}"
    if kind == "fn":
        return f"{node[1]}({text(node[2])})"
    return f"{node[1]}[{','.join(node[2])}]({text(node[3])})"


def children(node):
    kind = node[0]
    return {"mul": lambda: node[1], "div": lambda: node[1:], "add": lambda: [term for _, term in node[1]], "pow": lambda: [node[1]], "fn": lambda: [node[2]],
            "red": lambda: [node[3]], "sum": lambda: [node[2]], "cmp": lambda: node[2:]}.get(kind, lambda: [])()


def variables(node):
    kind = node[0]
    if kind == "var":
        return {node[1]}
    if kind in ("ten", "rel"):
        return set(node[2])
    inner = set().union(*map(variables, children(node))) if children(node) else set()
    return inner - set(node[2]) if kind == "red" else inner


def contracts(node, variable, within=False):
    """Whether a function or power below has two factors of one product that carry the variable."""
    if node[0] in ("mul", "div") and within and sum(variable in variables(child) for child in children(node)) > 1:
        return True
    return any(contracts(child, variable, within or node[0] in ("fn", "pow", "red")) for child in children(node))


def summed(names, node):
    return ("sum", tuple(sorted(names)), node) if names else node


def place(node, free):
    """Rule 0: every additive term by itself."""
    if node[0] == "add":
        return ("add", tuple((sign, place(term, free)) for sign, term in node[1]))
    placed, left = put(node, free & variables(node))
    return summed(left, placed)


def put(node, free):
    """(node with sums, the indices of `free` that are still to be summed further out)."""
    kind = node[0]
    free = free & variables(node)
    if kind in ("num", "var", "ten", "rel", "cmp"):
        return node, free
    if kind in ("mul", "div"):
        return put_product(node, free)
    if kind == "pow":
        base, left = put(node[1], free)
        return summed(left, ("pow", base, node[2])), set()
    if kind == "add":
        return put_terms(node, free)
    if kind == "fn":
        return ("fn", node[1], place(node[2], free)), set()
    body, left = put(node[3], free)
    return ("red", node[1], node[2], summed(left, body)), set()


def put_product(node, free):
    factors, left, placed = list(children(node)), set(), []
    carried = {v: [f for f in factors if v in variables(f)] for v in free}
    shared = {v for v in free if len(carried[v]) > 1}
    if any(contracts(f, v) for v in shared for f in factors):
        raise Misplaced
    for position, factor in enumerate(factors):
        own = {v for v in free - shared if v in variables(factor)}
        if factor[0] == "add":
            placed.append(place(factor, own))
            continue
        inner, rest = put(factor, own)
        if node[0] == "div" and position == 1 and rest:
            raise Misplaced
        placed.append(inner)
        left |= rest
    return summed(shared, ("mul", tuple(placed)) if node[0] == "mul" else ("div", *placed)), left


def put_terms(node, free):
    """A sum that is not split (the base of a power, the body of a reduction)."""
    terms, left = [], set()
    for sign, term in node[1]:
        own = {v for v in free if sum(v in variables(other) for _, other in node[1]) == 1}
        placed, rest = put(term, own)
        terms.append((sign, placed))
        left |= rest
    shared = {v for v in free if sum(v in variables(term) for _, term in node[1]) > 1}
    if any(contracts(("pow", term, 1), v) for v in shared for _, term in node[1]):
        raise Misplaced
    return ("add", tuple(terms)), left | shared


def put_contracted(node, free):
    """Rule 6: only what two factors of one product inside a function's argument share is summed; (node, the rest)."""
    if node[0] == "fn":
        inner, left = contract_argument(node[2], free & variables(node))
        return ("fn", node[1], inner), left
    if node[0] == "mul":
        parts, left = [], set()
        for factor in node[1]:
            own = {v for v in free if v in variables(factor) and sum(v in variables(f) for f in node[1]) == 1}
            if any(contracts(factor, v) for v in (free & variables(factor)) - own):
                raise Misplaced
            inner, rest = put_contracted(factor, own)
            parts.append(inner)
            left |= rest
        return ("mul", tuple(parts)), left | {v for v in free & variables(node) if sum(v in variables(f) for f in node[1]) > 1}
    if node[0] in ("add", "pow", "div", "red") and any(contracts(node, v) for v in free):
        raise Misplaced
    return node, free & variables(node)


def contract_argument(node, free):
    if node[0] == "mul":
        shared = {v for v in free if sum(v in variables(f) for f in node[1]) > 1}
        if any(f[0] in ("fn", "pow", "add", "red") for f in node[1]):
            raise Misplaced
        return summed(shared, node), free - shared
    if node[0] in ("ten", "num"):
        return node, free
    raise Misplaced


class Evaluator:
    """Values of placed trees under assignments, restricted by guards."""

    def __init__(self, tensors, relations, extents, guards=()):
        self.tensors, self.relations, self.extents = tensors, relations, extents
        self.guards = guards
        self.guarded = sorted(set().union(*(variables(literal) for _, literal in guards))) if guards else []
        self.witnesses = {}
        self.passing = [row for row in itertools.product(*(range(extents[v]) for v in self.guarded)) if self.holds(dict(zip(self.guarded, row)))] if guards else None

    def holds(self, env):
        return all((self.value(literal, env) > 0) != negated for negated, literal in self.guards)

    def passes(self, env):
        """Whether some assignment of the guards' other variables lets this one pass."""
        if not self.guards:
            return True
        known = tuple(v for v in self.guarded if v in env)
        if known not in self.witnesses:
            positions = [self.guarded.index(v) for v in known]
            self.witnesses[known] = {tuple(row[p] for p in positions) for row in self.passing}
        return tuple(env[v] for v in known) in self.witnesses[known]

    def assignments(self, names, env):
        for row in itertools.product(*(range(self.extents[v]) for v in names)):
            extended = {**env, **dict(zip(names, row))}
            if self.passes(extended):
                yield row, extended

    def value(self, node, env):
        kind = node[0]
        if kind == "num":
            return float(node[1])
        if kind == "var":
            return float(env[node[1]])
        if kind == "ten":
            return float(self.tensors[node[1]][tuple(env[v] for v in node[2])])
        if kind == "rel":
            return float(tuple(env[v] for v in node[2]) in self.relations[node[1]])
        if kind == "cmp":
            return float(COMPARISONS[node[1]](self.value(node[2], env), self.value(node[3], env)))
        if kind == "mul":
            return math.prod(self.value(factor, env) for factor in node[1])
        if kind == "div":
            return self.value(node[1], env) / self.value(node[2], env)
        if kind == "add":
            return sum(sign * self.term(term, env) for sign, term in node[1])
        if kind == "pow":
            return self.value(node[1], env) ** node[2]
        if kind == "fn":
            return float(FUNCTIONS[node[1]](self.value(node[2], env)))
        if kind == "sum":
            return sum(self.term(node[2], extended) for _, extended in self.assignments(node[1], env))
        return self.reduce(node, env)

    def term(self, node, env):
        try:
            return self.value(node, env)
        except Dropped:
            return 0.0

    def reduce(self, node, env):
        found = []
        # A relation that multiplies a number drops the assignment; that shows where nothing is not 0.
        factors = node[3][1] if node[3][0] == "mul" else ()
        has_number = any(factor[0] not in ("rel", "cmp") for factor in factors)
        drops = [factor for factor in factors if factor[0] == "rel"] if has_number and node[1] != "all" else []
        for row, extended in self.assignments(node[2], env):
            if not all(self.value(factor, extended) for factor in drops):
                continue
            try:
                found.append((self.value(node[3], extended), row))
            except Dropped:
                continue
        values, name = [value for value, _ in found], node[1]
        if name in ("max", "min", "mean", "argmax", "argmin") and not values:
            raise Dropped
        if name in ("argmax", "argmin"):
            best = (max if name == "argmax" else min)(values)
            place_ = next(row for value, row in found if value == best)  # rows come in row-major order: the first is the lowest
            return float(np.ravel_multi_index(place_, [self.extents[v] for v in node[2]]))
        return {"sum": sum, "prod": math.prod, "max": lambda v: max(v), "min": lambda v: min(v), "mean": lambda v: sum(v) / len(v),
                "count": lambda v: sum(x != 0 for x in v), "any": lambda v: float(any(x > 0 for x in v)), "all": lambda v: float(all(x > 0 for x in v))}[name](values)
