"""Random positive and stratified rules, evaluated naively in Python and by SQLite where it can: answers, demand, worlds, proofs, embeddings."""
import itertools
import math
import sqlite3

import embedding
import proofs
from engine import BACKENDS, run


def datalog_case(random_state):
    """(rules, facts): base relations A B C (binary), derived P Q R in strata; every rule is range restricted."""
    size = random_state.randint(2, 9)
    facts = {name: {(random_state.randrange(size), random_state.randrange(size)) for _ in range(random_state.randint(0, 14))} for name in "ABC"}
    rules = []
    available = ["A", "B", "C"]
    isPure = random_state.random() < 0.25  # closures and nothing else
    for stratum, name in enumerate(["P", "Q", "R"]):
        isClosure = isPure or random_state.random() < 0.2
        if isClosure:  # paths, which random rules seldom are
            step, ends = random_state.choice(available), random_state.choice([("x", "z"), ("x", "z") if isPure else ("z", "x")])
            body = random_state.choice([[(step, ("x", "y"), False), (name, ("y", "z"), False)], [(name, ("x", "y"), False), (step, ("y", "z"), False)],
                                        [(name, ("x", "y"), False), (name, ("y", "z"), False)]])
            rules.append((name, ends, body, None))
            if random_state.random() < 0.5:
                rules.append((name, ("y", "x"), [(name, ("x", "y"), False)], None))
        for _ in range(0 if isPure else random_state.randint(0 if isClosure else 1, 1 if isClosure else 3)):
            variables = "xyzw"[: random_state.randint(2, 4)]
            body = []
            for _ in range(random_state.randint(1, 3)):
                relation = random_state.choice(available + [name, name])
                body.append((relation, tuple(random_state.choice(variables) for _ in range(2)), False))
            bound = [v for literal in body for v in literal[1]]
            head = tuple(random_state.choice(bound) for _ in range(2))
            if random_state.random() < 0.4:
                body.append((random_state.choice(available), tuple(random_state.choice(bound) for _ in range(2)), True))
            compare = None
            if random_state.random() < 0.4:
                compare = (random_state.choice(["<", "<=", "!=", "="]), random_state.choice(bound), random_state.choice(bound + [str(random_state.randrange(size))]))
            rules.append((name, head, body, compare))
        # At least one rule of each relation does not read the relation itself.
        rules.append((name, ("x", "y"), [(random_state.choice(available), ("x", "y"), False)], None))
        available.append(name)
    return rules, facts


def datalog_text(rules, facts, order):
    lines = [f"{name}({x}, {y})" for name, rows in facts.items() for x, y in sorted(rows)]
    for name, head, body, compare in rules:
        literals = [("not " if negated else "") + f"{relation}({', '.join(arguments)})" for relation, arguments, negated in body]
        positive = [literal for literal in literals if not literal.startswith("not")]
        order.shuffle(positive)
        rest = [literal for literal in literals if literal.startswith("not")]
        if compare:
            rest.append(f"{compare[1]} {compare[0]} {compare[2]}")
        lines.append(f"{name}({', '.join(head)}) <- {', '.join(positive + rest)}")
    order.shuffle(lines)
    return "\n".join(lines) + "\n" + "".join(f"{name}(x, y)?\n" for name in "PQR")


OPERATORS = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "!=": lambda a, b: a != b, "=": lambda a, b: a == b}


def naive(rules, facts):
    known = {name: set(facts.get(name, ())) for name in "ABCPQR"}

    def solve(body, position, binding):
        if position == len(body):
            yield binding
            return
        relation, arguments, negated = body[position]
        if negated:
            if tuple(binding[v] for v in arguments) not in known[relation]:
                yield from solve(body, position + 1, binding)
            return
        for row in list(known[relation]):
            extended = dict(binding)
            if all(extended.setdefault(v, value) == value for v, value in zip(arguments, row)):
                yield from solve(body, position + 1, extended)

    for stratum in "PQR":
        changed = True
        while changed:
            changed = False
            for name, head, body, compare in rules:
                if name != stratum:
                    continue
                for binding in solve(body, 0, {}):
                    value = lambda term: binding[term] if term in binding else int(term)
                    if compare and not OPERATORS[compare[0]](value(compare[1]), value(compare[2])):
                        continue
                    row = tuple(binding[v] for v in head)
                    if row not in known[name]:
                        known[name].add(row)
                        changed = True
    return known


def check_datalog(binary, random_state):
    rules, facts = datalog_case(random_state)
    expected = naive(rules, facts)
    program = datalog_text(rules, facts, random_state)
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend)
        if wrong:
            return program, f"{backend}: {wrong}"
        for answer, name in zip(answers, "PQR"):
            actual = {tuple(row) for row in answer["rows"]}
            if len(answer["rows"]) != len(actual):
                return program, f"{backend}: {name} has a row twice: {answer['rows']}"
            if actual != expected[name]:
                return program, f"{backend}: {name} lacks {sorted(expected[name] - actual)[:5]}, has too much {sorted(actual - expected[name])[:5]}"
    return None


# --- The same programs asked about single rows: demand on and off, on both backends, against the naive answers.

def bound_queries(random_state, expected, size):
    """[(text, rows or truth)] with a constant in some position."""
    queries = []
    for _ in range(random_state.randint(1, 4)):
        name, cells = random_state.choice("PQR"), [random_state.randrange(size + 1), random_state.randrange(size + 1)]
        form = random_state.choice(["bf", "fb", "bb"])
        rows = {row for row in expected[name] if all(form[k] == "f" or row[k] == cells[k] for k in range(2))}
        arguments = [str(cells[k]) if form[k] == "b" else "xy"[k] for k in range(2)]
        answer = bool(rows) if form == "bb" else {tuple(row[k] for k in range(2) if form[k] == "f") for row in rows}
        queries.append((f"{name}({', '.join(arguments)})?", answer))
    return queries


def check_demand(binary, random_state):
    rules, facts = datalog_case(random_state)
    if random_state.random() < 0.5:  # facts of a relation that rules define, too
        name = random_state.choice("PQR")
        facts[name] = {(random_state.randrange(9), random_state.randrange(9)) for _ in range(3)}
    expected = naive(rules, facts)
    program = datalog_text(rules, facts, random_state)
    program = program[: program.rindex("P(x, y)?")]
    queries = bound_queries(random_state, expected, 9)
    program += "".join(text + "\n" for text, _ in queries)
    number = ""
    if random_state.random() < 0.4:  # an equation that asks for one row
        cell = random_state.randrange(9)
        number = sum(row[0] == cell for row in expected["R"])
        program += f"N = R({cell}, x)\nN?\n"
    for backend in BACKENDS:
        for option in ("--query-driven", "--no-query-driven"):
            answers, wrong = run(binary, program, backend, options=[option])
            if wrong:
                return program, f"{backend} {option}: {wrong}"
            for answer, (text, value) in zip(answers, queries):
                actual = answer["value"] if "value" in answer else {tuple(row) for row in answer["rows"]}
                if actual != value:
                    return program, f"{backend} {option}: {text} is {actual}, expected {value}"
            if number != "" and answers[-1]["data"] != number:
                return program, f"{backend} {option}: N is {answers[-1]['data']}, expected {number}"
    return None


# --- Probabilistic facts: every world is evaluated by itself, and the weights of those in which a row holds are added.

def check_worlds(binary, random_state):
    rules, facts = datalog_case(random_state)
    stored = sorted((name, row) for name, rows in facts.items() for row in rows)
    uncertain = [(fact, random_state.choice([0, 0.25, 0.5, 0.7, 1])) for fact in random_state.sample(stored, min(len(stored), random_state.randint(1, 5)))]
    expected = {name: {} for name in "PQR"}
    for holds in itertools.product([False, True], repeat=len(uncertain)):
        weight = math.prod(p if is_true else 1 - p for is_true, (_, p) in zip(holds, uncertain))
        world = {name: set(rows) for name, rows in facts.items()}
        for is_true, ((name, row), _) in zip(holds, uncertain):
            if not is_true:
                world[name].discard(row)
        known = naive(rules, world)
        for name in "PQR":
            for row in known[name]:
                expected[name][row] = expected[name].get(row, 0) + weight
    certain = {name: {row for row in rows if all(fact != (name, row) for fact, _ in uncertain)} for name, rows in facts.items()}
    program = datalog_text(rules, certain, random_state)
    program = program[: program.rindex("P(x, y)?")]
    program += "".join(f"{p} :: {name}({x}, {y})\n" for (name, (x, y)), p in uncertain)
    # Of a relation that only facts define, too.
    given = sorted({name for (name, _), _ in uncertain})
    for name in given:
        chances = {}
        for (other, row), p in uncertain:
            if other == name:
                chances[row] = 1 - (1 - chances.get(row, 0)) * (1 - p)
        expected[name] = {**chances, **{row: 1.0 for row in certain[name]}}
    program += "".join(f"{name}[x,y]?\n{name}(x, y)?\n" for name in ["P", "Q", "R", *given])
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend)
        if wrong:
            return program, f"{backend}: {wrong}"
        for name, answer, rows in zip(["P", "Q", "R", *given], answers[::2], answers[1::2]):
            if answer["kind"] == "relation":  # nothing uncertain reaches it
                return program, f"{backend}: {name}[x,y] is a relation"
            actual = {(x, y): value for x, row in enumerate(answer["data"]) for y, value in enumerate(row) if value}
            wanted = {row: value for row, value in expected[name].items() if value}
            if actual.keys() != wanted.keys() or any(abs(actual[row] - wanted[row]) > 1e-9 for row in wanted):
                return program, f"{backend}: {name} is {actual}, expected {wanted}"
            if {tuple(row) for row in rows["rows"]} != set(wanted):
                return program, f"{backend}: {name} holds somewhere for {rows['rows']}, expected {sorted(wanted)}"
    return None


# --- Proofs are replayed.

def check_proofs(binary, random_state):
    rules, facts = datalog_case(random_state)
    return proofs.check(binary, random_state, datalog_text(rules, facts, random_state), facts, naive(rules, facts))


def check_many_proofs(binary, random_state):
    def plain_case(state):
        rules, facts = datalog_case(state)
        return datalog_text(rules, facts, state), facts
    return proofs.check_many(binary, random_state, plain_case)


# --- The same programs on embeddings; negation is stratified and stays a condition.

def check_embedding(binary, random_state):
    if random_state.random() < 0.3:
        return embedding.check_error(binary, random_state)
    rules, facts = datalog_case(random_state)
    return embedding.check_exact(binary, random_state, datalog_text(rules, facts, random_state), naive(rules, facts))


# --- Transitive closure and reachability on larger random graphs against SQLite.

def check_closure(binary, random_state):
    nodes = random_state.randint(20, 120)
    edges = {(random_state.randrange(nodes), random_state.randrange(nodes)) for _ in range(random_state.randint(nodes, 3 * nodes))}
    form = random_state.choice(["Reach(x, y), Edge(y, z)", "Edge(x, y), Reach(y, z)", "Reach(x, y), Reach(y, z)"])
    hub = random_state.randrange(nodes)  # lists of very different lengths meet at it
    edges |= {random_state.choice([(hub, x), (x, hub)]) for x in range(nodes) if random_state.random() < 0.6}
    rules = ["Reach(x, y) <- Edge(x, y)", f"Reach(x, z) <- {form}", "OneWay(x, y) <- Reach(x, y), not Reach(y, x)", "N = Reach(x, y)", "M = OneWay(x, y)",
             "Around(x, y, z) <- Edge(x, y), Edge(y, z), Edge(z, x)", "K = Around(x, y, z)",
             "Odd(x, y) <- Edge(x, y)", "Odd(x, w) <- Odd(x, y), Edge(y, z), Odd(z, w)", "O = Odd(x, y)"]  # walks of an odd length
    random_state.shuffle(rules)
    program = "".join(f"Edge({x}, {y})\n" for x, y in sorted(edges)) + "\n".join(rules) + "\nN?\nM?\nK?\nO?\n"
    with sqlite3.connect(":memory:") as database:
        database.execute("create table edge (x, y)")
        database.executemany("insert into edge values (?, ?)", sorted(edges))
        database.executescript("""create table reach as with recursive r(x, y) as
          (select x, y from edge union select r.x, edge.y from r join edge on r.y = edge.x) select x, y from r""")
        count = database.execute("select count(*) from reach").fetchone()[0]
        oneway = database.execute("select count(*) from reach a where not exists (select 1 from reach b where b.x = a.y and b.y = a.x)").fetchone()[0]
        odd = database.execute("""with recursive r(x, y, n) as (select x, y, 1 from edge union select r.x, edge.y, 1 - n from r join edge on r.y = edge.x)
          select count(*) from r where n = 1""").fetchone()[0]
        around = database.execute("select count(*) from edge a join edge b on b.x = a.y join edge c on c.x = b.y and c.y = a.x").fetchone()[0]
    for backend, options in [("reference", []), ("cpu", ["--joins", "auto"]), ("cpu", ["--joins", random_state.choice(["pairwise", "multiway"])])]:
        answers, wrong = run(binary, program, backend, options=options)
        if wrong:
            return program, f"{backend} {' '.join(options)}: {wrong}"
        actual = [answer["data"] for answer in answers]
        if actual != [count, oneway, around, odd]:
            return program, f"{backend} {' '.join(options)}: counts are {actual}, SQLite says {[count, oneway, around, odd]}"
    return None
