"""Seeded facts of the Datalog benchmarks: tab-separated integers, the same on every machine."""
import os
import random
import subprocess
import sys
import tempfile


def random_graph(nodes, edges, seed):
    draw = random.Random(seed)
    found = set()
    while len(found) < edges:
        edge = draw.randrange(nodes), draw.randrange(nodes)
        if edge[0] != edge[1]:
            found.add(edge)
    rows = sorted(found)
    draw.shuffle(rows)
    return rows


def chain(nodes):
    return [(node, node + 1) for node in range(nodes - 1)]


def grid(side):
    right = [(i * side + j, i * side + j + 1) for i in range(side) for j in range(side - 1)]
    down = [(i * side + j, (i + 1) * side + j) for i in range(side - 1) for j in range(side)]
    return right + down


def recursive_matrix(scale, edges, seed, quadrants=(0.57, 0.76, 0.95)):
    """A graph whose degrees differ as much as those of the web; every edge goes to the larger node."""
    draw = random.Random(seed)
    found = set()
    while len(found) < edges:
        x = y = 0
        for _ in range(scale):
            chance = draw.random()
            quadrant = sum(chance >= bound for bound in quadrants)
            x, y = 2 * x + quadrant // 2, 2 * y + quadrant % 2
        if x != y:
            found.add((min(x, y), max(x, y)))
    rows = sorted(found)
    draw.shuffle(rows)
    return rows


def pointer_program(variables, seed, addresses, assignments, loads, stores, objects):
    """Statements of a program for a points-to analysis: local as in real code, with a few global variables."""
    draw = random.Random(seed)

    def near(variable):
        if draw.random() < 0.97:
            return (variable + draw.randint(1, 200)) % variables
        return draw.randrange(variables)

    def pairs(count, second, loops):
        found = set()
        while len(found) < count:
            first = draw.randrange(variables)
            other = second(first)
            if loops or first != other:
                found.add((first, other))
        return sorted(found)

    return {
        "addressOf": pairs(addresses, lambda _: draw.randrange(objects), True),
        "assign": pairs(assignments, near, False),
        "load": pairs(loads, near, True),
        "store": pairs(stores, near, True),
    }


def shortest_paths():
    edges = random_graph(100000, 400000, 7)
    draw = random.Random(7)
    return {"edge": [(a, b, draw.randint(1, 100)) for a, b in edges], "source": [(0,)]}


def both_ways(edges):
    return edges + [(b, a) for a, b in edges]


def weighted_grid(side):
    """Roads of random length, so that the shortest ways have many steps."""
    draw = random.Random(9)
    return [(a, b, draw.randint(1, 100)) for a, b in both_ways(grid(side))]


def named(relations):
    """The same relations over symbols, numbered in another order than the integers."""
    return {name: [tuple(f"n{cell * 7919 % 1000003}" for cell in row) for row in rows]
            for name, rows in relations.items()}


def debian_packages():
    """The dependencies of every Debian package, from the package index of the machine."""
    extract = os.path.join(HERE, "..", "..", "..", "examples", "debian", "extract.py")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, extract, folder], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "edges.tsv"), encoding="utf-8") as file:
            return {"edge": [tuple(line.rstrip("\n").split("\t")) for line in file]}


HERE = os.path.dirname(os.path.abspath(__file__))
GENERATORS = {
    "tc_chain": lambda: {"edge": chain(2000)},
    "tc_grid": lambda: {"edge": grid(80)},
    "tc_rand5k": lambda: {"edge": random_graph(5000, 10000, 1)},
    "sg": lambda: {"parent": random_graph(3000, 6000, 2)},
    "sg_tree": lambda: {"parent": [(node, (node - 1) // 2) for node in range(1, 2**12 - 1)]},
    "andersen": lambda: pointer_program(108000, 3, 22000, 62000, 8000, 8000, 22000),
    "triangle": lambda: {"edge": recursive_matrix(17, 1_000_000, 4)},
    "clique4": lambda: {"edge": recursive_matrix(14, 60_000, 5)},
    "cc": lambda: {"edge": both_ways(random_graph(400000, 500000, 6))},
    "sssp": shortest_paths,
    "sssp_grid": lambda: {"edge": weighted_grid(300)},
    "debian": debian_packages,
    "neg": lambda: {"edge": random_graph(2500, 4000, 8), "node": [(node,) for node in range(2500)]},
}
GENERATORS |= {name + "_symbols": lambda name=name: named(GENERATORS[name]()) for name in ("tc_rand5k", "sg", "triangle")}


def write(name, folder):
    """Writes the facts of one benchmark unless they are there; the number of rows."""
    done = os.path.join(folder, "rows")
    if os.path.exists(done):
        with open(done, encoding="utf-8") as file:
            return int(file.read())
    os.makedirs(folder, exist_ok=True)
    total = 0
    for relation, rows in GENERATORS[name]().items():
        with open(os.path.join(folder, relation + ".facts"), "w", encoding="utf-8") as file:
            file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
        total += len(rows)
    with open(done, "w", encoding="utf-8") as file:
        file.write(str(total))
    return total
