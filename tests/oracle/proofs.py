"""Replays the proofs of `tl why`: every step must follow from its premises by the rule it names, and be as low as can be."""
import ast
import collections
import functools
import json
import operator
import os
import re
import subprocess
import tempfile

ATOM = re.compile(r"(not )?([A-Z]\w*)\(([^)]*)\)")
COMPARISON = re.compile(r"(.+?) (<=|<|!=|=|>=|>) (.+)$")
OPERATORS = {"<": operator.lt, "<=": operator.le, "!=": operator.ne, "=": operator.eq, ">=": operator.ge, ">": operator.gt}
SUMS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
REJECTED = "tl refuses the program"
SHIFTED = re.compile(r"(\w+) ?([+-]) ?(\d+)$")


def ask(binary, verb, program, facts, backend="cpu"):
    """(parsed lines, exit code, standard error)."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.tl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(program)
        done = subprocess.run([binary, verb, path, *facts, "--format", "json", "--backend", backend], capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode, done.stderr


def parse(line):
    """(head, positive atoms, negated atoms, comparisons) of a rule; an atom is (relation, arguments)."""
    head, _, body = line.partition(" <- ")
    atoms = [(negated, name, tuple(argument.strip() for argument in arguments.split(","))) for negated, name, arguments in ATOM.findall(body)]
    rest = [part.strip() for part in ATOM.sub("", body).split(",") if part.strip()]
    comparisons = [COMPARISON.match(part).groups() for part in rest]
    name, arguments = ATOM.match(head).group(2, 3)
    return ((name, tuple(a.strip() for a in arguments.split(","))), [atom[1:] for atom in atoms if not atom[0]],
            [atom[1:] for atom in atoms if atom[0]], comparisons)


@functools.lru_cache(None)
def tree_of(term):
    return ast.parse(term, mode="eval").body


def value(term, binding):
    """The integer that a sum or product of variables and integers is; KeyError while a variable is unbound."""
    def walk(node):
        if isinstance(node, ast.Constant):
            return node.value
        return binding[node.id] if isinstance(node, ast.Name) else SUMS[type(node.op)](walk(node.left), walk(node.right))
    return walk(tree_of(term))


def value_if_bound(term, binding):
    try:
        return value(term, binding)
    except KeyError:
        return None


def ground(atom, binding):
    return atom[0], tuple(value(term, binding) for term in atom[1])


def holds(rule, binding, known):
    """Whether the conditions of a ground rule hold, its positive atoms aside."""
    return (all(row not in known[name] for name, row in (ground(atom, binding) for atom in rule[2]))
            and all(OPERATORS[name](value(lhs, binding), value(rhs, binding)) for lhs, name, rhs in rule[3]))


def matched(term, cell, binding):
    """The binding under which a term is the cell, extended if need be; None when there is none."""
    known = value_if_bound(term, binding)
    if known is not None:
        return binding if known == cell else None
    shifted = SHIFTED.match(term)
    name, offset = (shifted[1], int(shifted[2] + shifted[3])) if shifted else (term, 0)
    return {**binding, name: cell - offset}


class Rows:
    """Rows by relation, and by the cell in a column."""

    def __init__(self, facts):
        self.all, self.by_cell = collections.defaultdict(set), collections.defaultdict(list)
        for name, rows in facts.items():
            for row in rows:
                self.add(name, row)

    def add(self, name, row):
        if row not in self.all[name]:
            self.all[name].add(row)
            for column, cell in enumerate(row):
                self.by_cell[name, column, cell].append(row)

    def candidates(self, atom, binding):
        for column, term in enumerate(atom[1]):
            cell = value_if_bound(term, binding)
            if cell is not None:
                return self.by_cell.get((atom[0], column, cell), ())
        return list(self.all[atom[0]])


def solve(rule, rows, position=0, binding={}):
    """Every binding of the positive atoms, and of what the equations bind."""
    if position == len(rule[1]):
        for lhs, name, rhs in rule[3]:
            if name == "=" and lhs.isidentifier() and lhs not in binding:
                binding = {**binding, lhs: value(rhs, binding)}
        yield binding
        return
    atom = rule[1][position]
    for row in rows.candidates(atom, binding):
        extended = binding
        for term, cell in zip(atom[1], row):
            extended = None if extended is None else matched(term, cell, extended)
        if extended is not None:
            yield from solve(rule, rows, position + 1, extended)


def derived(rules, rows, known):
    """What the rules give from the rows in one step; negation reads `known`."""
    return {ground(rule[0], binding) for rule in rules for binding in solve(rule, rows) if holds(rule, binding, known)}


def rules_of(program):
    return [parse(line) for line in program.splitlines() if " <- " in line]


def evaluate(program, facts):
    """All rows by relation: the relations P, Q and R one after the other, each to its end."""
    rows = Rows(facts)
    for stratum in "PQR":
        rules = [rule for rule in rules_of(program) if rule[0][0] == stratum]
        while new := {fact for fact in derived(rules, rows, rows.all) if fact[1] not in rows.all[fact[0]]}:
            for fact in new:
                rows.add(*fact)
    return rows.all


def smallest_heights(program, facts, known):
    """Height of every row, round by round; negation reads what finally holds."""
    heights = {(name, row): 0 for name, rows in facts.items() for row in rows}
    rules, rows, level = rules_of(program), Rows(facts), 0
    while new := derived(rules, rows, known) - heights.keys():
        level += 1
        heights.update((fact, level) for fact in new)
        for fact in new:
            rows.add(*fact)
    return heights


def fact_of(text):
    name, arguments = ATOM.match(text).group(2, 3)
    return name, tuple(int(a) for a in arguments.split(","))


def replay(answer, lines, facts, known, heights):
    """What is wrong with one proof, or None."""
    steps = answer["proof"]
    for step in steps:
        name, row = fact_of(step["fact"])
        if step["height"] != heights.get((name, row)):
            return f"{step['fact']} has height {step['height']}, expected {heights.get((name, row))}"
        if "rule" not in step:
            if row not in facts.get(name, ()):
                return f"{step['fact']} is not given"
            continue
        rule = parse(lines[int(step["place"].rsplit(":", 1)[1]) - 1])
        if ground(rule[0], step["binding"]) != (name, row) or not holds(rule, step["binding"], known):
            return f"{step['fact']} does not follow by {step['rule']} with {step['binding']}"
        premises = [fact_of(steps[number]["fact"]) for number in step["premises"]]
        if sorted(premises) != sorted(ground(atom, step["binding"]) for atom in rule[1]):
            return f"{step['fact']} has premises {premises}"
        if any(steps[number]["height"] >= step["height"] for number in step["premises"]):
            return f"{step['fact']} has a premise that is not lower"
    return None


def check(binary, random_state, program, facts, known, most=30):
    """Proves random rows that hold, at most `most`, and asks why random others do not."""
    program = "".join(line + "\n" for line in program.splitlines() if not line.endswith("?"))
    lines, heights = program.splitlines(), smallest_heights(program, facts, known)
    rows = [(name, row) for name in "PQR" for row in sorted(known[name])]
    chosen = random_state.sample(rows, min(len(rows), most))
    backend = random_state.choice(["cpu", "reference"])
    texts = [f"{name}({row[0]}, {row[1]})" for name, row in chosen]
    if texts:
        answers, code, wrong = ask(binary, "why", program, texts, backend)
        if code == 1:
            return program, f"{REJECTED}: {wrong[:600]}"
        if code != 0 or len(answers) != len(chosen):
            return program, f"why {texts}: exit {code}: {wrong[:300]}"
        for fact, answer in zip(chosen, answers):
            problem = "another fact" if fact_of(answer["fact"]) != fact else replay(answer, lines, facts, known, heights)
            if problem:
                return program, f"why {fact}: {problem}"
    absent = [(name, (x, y)) for name in "PQR" for x in range(10) for y in range(10) if (x, y) not in known[name]]
    return check_absent(binary, program, random_state.sample(absent, 8), known)


def check_absent(binary, program, chosen, known):
    """A rule said to fail at one condition only must hold but for that."""
    answers, code, wrong = ask(binary, "whynot", program, [f"{name}({row[0]}, {row[1]})" for name, row in chosen])
    if code != 0 or len(answers) != len(chosen):
        return program, f"whynot {chosen}: exit {code}: {wrong[:300]}"
    lines = program.splitlines()
    for (name, row), answer in zip(chosen, answers):
        for failure in answer["rules"]:
            if not failure["only"]:
                continue
            rule, binding = parse(lines[int(failure["place"].rsplit(":", 1)[1]) - 1]), failure["binding"]
            known_atoms = [(negated, atom) for negated, atoms in ((False, rule[1]), (True, rule[2])) for atom in atoms]
            is_bound = lambda terms: all(value_if_bound(term, binding) is not None for term in terms)
            failing = sum((ground(atom, binding)[1] in known[atom[0]]) == negated for negated, atom in known_atoms if is_bound(atom[1]))
            failing += sum(not is_bound(atom[1]) for _, atom in known_atoms)
            failing += sum(not is_bound((lhs, rhs)) or not OPERATORS[name](value(lhs, binding), value(rhs, binding)) for lhs, name, rhs in rule[3])
            if failing != 1 or (is_bound(rule[0][1]) and ground(rule[0], binding) != (name, row)):
                return program, f"whynot {name}{row}: {failure} has {failing} conditions that fail"
    return None


# --- Programs with arithmetic, and enough of them for many facts.

def arithmetic_rule(random_state, name, available):
    """A rule over small natural numbers, which its conditions keep small."""
    base, other = random_state.choice(available + [name]), random_state.choice(available)
    limit, step = random_state.randint(6, 12), random_state.randint(1, 3)
    return random_state.choice([
        f"{name}(x, y+{step}) <- {base}(x, y), y < {limit}",
        f"{name}(z, m) <- {base}(x, y), {other}(x, z), m = {random_state.choice(['y - x', '2*y - x', 'x + y', 'x*y'])}, m >= 0, m <= {limit}",
        f"{name}(x, y) <- {base}(x, y-{step}), y <= {limit}, not {other}(y, x)",
        f"{name}(x, y) <- {base}(x, y-{step}), y <= {limit}",
        f"{name}(x, y) <- {base}(x+{step}, y), {other}(z, w), x >= 0, x + z > w",
        f"{name}(x, z) <- {base}(x, y), {other}(y, z), z > 2*x - {step}",
        f"{name}(y, x) <- {base}(x, y), x - y < {step}, not {other}(x, x)",
    ])


def arithmetic_case(random_state):
    """(program, facts): base relations A B C, derived P Q R in strata."""
    size = random_state.randint(3, 9)
    facts = {name: {(random_state.randrange(size), random_state.randrange(size)) for _ in range(random_state.randint(2, 14))} for name in "ABC"}
    lines, available = [f"{name}({x}, {y})" for name, rows in facts.items() for x, y in sorted(rows)], ["A", "B", "C"]
    for name in "PQR":
        lines.append(f"{name}(x, y) <- {random_state.choice(available)}(x, y)")
        lines += {arithmetic_rule(random_state, name, available) for _ in range(random_state.randint(2, 4))}
        available = available + [name]
    random_state.shuffle(lines)
    return "".join(line + "\n" for line in lines), facts


# A premise that tells a variable only by arithmetic.
SHIFTED_CASE = "A(1, 0)\nP(x, y) <- A(x, y)\nP(x, y) <- P(x, y-1), y <= 7\n", {"A": {(1, 0)}}


def check_many(binary, random_state, plain_case, facts_to_prove=1000):
    """Replays the proofs of so many random rows, of programs with arithmetic and, in turns, of `plain_case`."""
    proved = turn = refused = 0
    while proved < facts_to_prove:
        turn += 1
        program, facts = SHIFTED_CASE if turn == 1 else arithmetic_case(random_state) if turn % 2 else plain_case(random_state)
        known = evaluate(program, facts)
        most = min(120, facts_to_prove - proved)
        wrong = check(binary, random_state, program, facts, known, most)
        if wrong and wrong[1].startswith(REJECTED) and turn % 2 and refused < 3 + turn // 3:
            refused += 1  # it cannot tell the range of some arithmetic, and says so
            continue
        if wrong:
            return wrong
        proved += min(most, sum(len(known[name]) for name in "PQR"))
    return None
