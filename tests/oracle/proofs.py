"""Replays the proofs of `tl why`: every step must follow from its premises by the rule it names, and be as low as can be."""
import json
import os
import re
import subprocess
import tempfile

ATOM = re.compile(r"(not )?([A-Z]\w*)\(([^)]*)\)")
COMPARISON = re.compile(r"(\w+) (<=|<|!=|=) (\w+)$")
OPERATORS = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "!=": lambda a, b: a != b, "=": lambda a, b: a == b}


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


def ground(atom, binding):
    return atom[0], tuple(binding[a] if a in binding else int(a) for a in atom[1])


def holds(rule, binding, known):
    """Whether the conditions of a ground rule hold, its positive atoms aside."""
    value = lambda term: binding[term] if term in binding else int(term)
    return (all(row not in known[name] for name, row in (ground(atom, binding) for atom in rule[2]))
            and all(OPERATORS[operator](value(lhs), value(rhs)) for lhs, operator, rhs in rule[3]))


def smallest_heights(program, facts, known):
    """Height of every row, round by round; negation reads what finally holds."""
    heights = {(name, row): 0 for name, rows in facts.items() for row in rows}
    rules = [parse(line) for line in program.splitlines() if " <- " in line]

    def solve(atoms, binding):
        if not atoms:
            yield binding
            return
        name, arguments = atoms[0]
        for row in [row for other, row in heights if other == name]:
            extended = dict(binding)
            if all(extended.setdefault(a, value) == value for a, value in zip(arguments, row)):
                yield from solve(atoms[1:], extended)

    level = 0
    while True:
        level += 1
        new = {ground(rule[0], binding) for rule in rules for binding in solve(rule[1], {}) if holds(rule, binding, known)}
        new -= heights.keys()
        if not new:
            return heights
        heights.update((fact, level) for fact in new)


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


def check(binary, random_state, program, facts, known):
    """Proves random rows that hold, and asks why random others do not."""
    program = "".join(line + "\n" for line in program.splitlines() if not line.endswith("?"))
    lines, heights = program.splitlines(), smallest_heights(program, facts, known)
    rows = [(name, row) for name in "PQR" for row in sorted(known[name])]
    chosen = random_state.sample(rows, min(len(rows), 30))
    backend = random_state.choice(["cpu", "reference"])
    texts = [f"{name}({row[0]}, {row[1]})" for name, row in chosen]
    if texts:
        answers, code, wrong = ask(binary, "why", program, texts, backend)
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
            is_bound = lambda terms: all(term.isdigit() or term in binding for term in terms)
            failing = sum((ground(atom, binding)[1] in known[atom[0]]) == negated for negated, atom in known_atoms if is_bound(atom[1]))
            failing += sum(not is_bound(atom[1]) for _, atom in known_atoms)
            value = lambda term: binding[term] if term in binding else int(term)
            failing += sum(not is_bound((lhs, rhs)) or not OPERATORS[operator](value(lhs), value(rhs)) for lhs, operator, rhs in rule[3])
            if failing != 1 or (is_bound(rule[0][1]) and ground(rule[0], binding) != (name, row)):
                return program, f"whynot {name}{row}: {failure} has {failing} conditions that fail"
    return None
