"""Joins and recursions over thousands of rows, which threads share, against SQLite."""
import sqlite3

from engine import run


def rows_of(state, count, first, second):
    return sorted({(state.randrange(first), state.randrange(second)) for _ in range(count)})


def table(rows):
    return "".join(f"{x}\t{y}\n" for x, y in rows)


RULES = """Two(x, z) <- E(x, y), G(y, z)
OneWay(x, y) <- E(x, y), not E(y, x)
Reach(x, y) <- F(x, y)
Reach(x, z) <- Reach(x, y), E(y, z)
Around(x, y, z) <- E(x, y), E(y, z), E(z, x)
"""
# A count, and a sum that tells rows apart.
QUERIES = {"Two": ("x + 3 z", "x,z"), "OneWay": ("x + 3 y", "x,y"), "Reach": ("x + 3 y", "x,y"), "Around": ("x + 3 y + 5 z", "x,y,z")}
TABLES = {"Two": "select distinct e.x as x, g.y as z from e join g on g.x = e.y", "OneWay": "select x, y from e where not exists (select 1 from e b where b.x = e.y and b.y = e.x)",
          "Reach": "with recursive r(x, y) as (select x, y from f union select r.x, e.y from r join e on e.x = r.y) select x, y from r",
          "Around": "select a.x as x, b.x as y, c.x as z from e a join e b on b.x = a.y join e c on c.x = b.y and c.y = a.x"}


def expected_of(tables):
    with sqlite3.connect(":memory:") as database:
        for name, rows in tables.items():
            database.execute(f"create table {name} (x, y)")
            database.executemany(f"insert into {name} values (?, ?)", rows)
            database.execute(f"create index by_{name} on {name} (x, y)")
        numbers = []
        for name, (weight, _) in QUERIES.items():
            numbers += database.execute(f"select count(*), sum({weight.replace('3 ', '3 * ').replace('5 ', '5 * ')}) from ({TABLES[name]})").fetchone()
        numbers += database.execute("select count(*) from e join g on g.x = e.y").fetchone()
    return [number or 0 for number in numbers]


def check_joins(binary, state):
    nodes = state.randint(1500, 3000)
    tables = {"e": rows_of(state, state.randint(9000, 12000), nodes, nodes), "g": rows_of(state, state.randint(9000, 12000), nodes, nodes),
              "f": rows_of(state, 8, 8, nodes)}
    files = [(f"{name.upper()}.tsv", table(rows)) for name, rows in tables.items()]
    program = "".join(f'{name.upper()} = "{name.upper()}.tsv"\n' for name in tables) + RULES
    for name, (weight, columns) in QUERIES.items():
        program += f"N{name} = {name}({columns})\nS{name} = ({weight}) {name}({columns})\n"
    program += "Ways = E(x,y) G(y,z)\n" + "".join(f"N{name}?\nS{name}?\n" for name in QUERIES) + "Ways?\n"
    expected = expected_of(tables)
    options = ["--threads", str(state.choice([1, 2, 2, 3])), "--joins", state.choice(["auto", "auto", "pairwise", "multiway"])]
    answers, wrong = run(binary, program, "cpu", files, options)
    actual = [answer["data"] for answer in answers or ()]
    if wrong or actual != expected:
        return program, f"{' '.join(options)}: {wrong or actual}, SQLite says {expected}"
    return None
