"""The Datalog benchmarks: programs, their facts, and the counts on which independent engines agree."""
import os
import re

from datalog import facts

HERE = os.path.dirname(os.path.abspath(__file__))
# name: (program, the numbers it must print)
CASES = {
    "tc_chain": ("tc", [1999000]),
    "tc_grid": ("tc", [10491200]),
    "tc_rand5k": ("tc", [15813978]),
    "sg": ("sg", [5626119]),
    "sg_tree": ("sg", [5588310]),
    "andersen": ("andersen", [2509969]),
    "triangle": ("triangle", [9352245]),
    "clique4": ("clique4", [183525, 608988]),
    "cc": ("cc", [367092, 4415]),
    "sssp": ("sssp", [98024, 28197692]),
    "sssp_table": ("sssp_table", [98024, 3153]),
    "neg": ("neg", [2571557, 3678443, 1050625, 1520932, 501]),
}


def prepare(name, folder):
    """A folder with the facts and the program, which reads them from beside itself: program, rows, answer."""
    program, answer = CASES[name]
    here = os.path.join(folder, name)
    rows = facts.write(name, here)
    copy = os.path.join(here, program + ".tl")
    with open(os.path.join(HERE, program + ".tl"), encoding="utf-8") as source, \
            open(copy, "w", encoding="utf-8") as target:
        target.write(source.read())
    return copy, rows, answer


def numbers(output):
    """The numbers that `tl run --format json` or the peer printed."""
    data = re.findall(r'"data": (\[[^\]]*\]|-?\d+)', output)
    return [int(number) for text in data or [output] for number in re.findall(r"-?\d+", text)]


def peer(name, folder, threads):
    """The command of the same work in DuckDB; none where there is no query for it."""
    program, _ = CASES[name]
    if not os.path.exists(os.path.join(HERE, program + ".sql")):
        return None
    return [os.path.join(HERE, "peer.py"), os.path.join(folder, name), os.path.join(HERE, program + ".sql"), str(threads)]
