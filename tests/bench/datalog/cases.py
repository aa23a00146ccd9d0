"""The Datalog benchmarks: programs, their facts, and the counts on which independent engines agree."""
import dataclasses
import os
import re

from datalog import facts

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclasses.dataclass
class Case:
    program: str
    facts: str     # whose facts it reads
    answer: list   # the numbers it must print; None: those of the peer
    query: str = ""  # of the peer; empty: that of the program


CASES = {
    "tc_chain": Case("tc", "tc_chain", [1999000]),
    "tc_grid": Case("tc", "tc_grid", [10491200]),
    "tc_rand5k": Case("tc", "tc_rand5k", [15813978]),
    "sg": Case("sg", "sg", [5626119]),
    "sg_tree": Case("sg", "sg_tree", [5588310]),
    "andersen": Case("andersen", "andersen", [2509969]),
    "triangle": Case("triangle", "triangle", [9352245]),
    "clique4": Case("clique4", "clique4", [183525, 608988]),
    "cc": Case("cc", "cc", [367092, 4415]),
    "sssp": Case("sssp", "sssp", [98024, 28197692]),
    "neg": Case("neg", "neg", [2571557, 3678443, 1050625, 1520932, 501]),
    # The same work written otherwise: it may take at most 1.3 times as long.
    "tc_rand5k_right": Case("tc_right", "tc_rand5k", [15813978], "tc"),
    "tc_rand5k_double": Case("tc_double", "tc_rand5k", [15813978], "tc"),
    "tc_rand5k_swapped": Case("tc_swapped", "tc_rand5k", [15813978], "tc"),
    "tc_rand5k_symbols": Case("tc", "tc_rand5k_symbols", [15813978]),
    "sg_swapped": Case("sg_swapped", "sg", [5626119], "sg"),
    "sg_symbols": Case("sg", "sg_symbols", [5626119]),
    "andersen_swapped": Case("andersen_swapped", "andersen", [2509969], "andersen"),
    "triangle_symbols": Case("triangle", "triangle_symbols", [9352245]),
    # More.
    "sssp_table": Case("sssp_table", "sssp", [98024, 3153], "none"),
    "sssp_grid": Case("sssp_grid", "sssp_grid", None),
    "debian": Case("debian", "debian", None),
}


def prepare(name, folder):
    """A folder with the facts and the program, which reads them from beside itself: program, rows, answer."""
    case = CASES[name]
    here = os.path.join(folder, case.facts)
    rows = facts.write(case.facts, here)
    copy = os.path.join(here, case.program + ".tl")
    with open(os.path.join(HERE, case.program + ".tl"), encoding="utf-8") as source, \
            open(copy, "w", encoding="utf-8") as target:
        target.write(source.read())
    return copy, rows, case.answer


def numbers(output):
    """The numbers that `tl run --format json` or the peer printed."""
    data = re.findall(r'"data": (\[[^\]]*\]|-?\d+)', output)
    return [int(number) for text in data or [output] for number in re.findall(r"-?\d+", text)]


def peer(name, folder, threads):
    """The command of the same work in DuckDB; none where there is no query for it."""
    case = CASES[name]
    query = os.path.join(HERE, (case.query or case.program) + ".sql")
    if not os.path.exists(query):
        return None
    return [os.path.join(HERE, "peer.py"), os.path.join(folder, case.facts), query, str(threads)]
