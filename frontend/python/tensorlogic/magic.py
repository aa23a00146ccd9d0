"""`%load_ext tensorlogic`, then cells that begin with `%%tl`.

The statements of a cell join one program; running the cell again replaces them. Its queries are answered below it, as tables.
Names that the program does not define and the notebook has an array, facts or a function of are taken from there.
`%tl QUERY` is one query, as a value; `%tl_reset` forgets the program.
"""
import re

from . import Error, Session, _are_facts


class _Notebook:
    def __init__(self, shell):
        self.shell = shell
        self.reset("")

    def reset(self, line):
        self.session, self.known = Session(), set()
        self.queries = {}  # how many a cell has, in the order of cells; None: not known, as it could not be run

    def cell(self, line, cell):
        """%%tl [NAME]: the cell's name, when the notebook gives cells none."""
        from IPython.display import display

        name = line.strip() or self.cell_name(cell)
        try:
            self.take_functions(cell)
            self.session.add(cell if cell.endswith("\n") else cell + "\n", name)
            self.queries[name] = None
            self.take_data()
            for value in self.answers(name):
                display(value)
        except Error as error:
            print(f"error: {error}")

    def answers(self, name):
        """What the queries of the cell give. A session answers all of its queries in their order; where it is not known which are
        those of other cells, all are given."""
        values = [value for query, value in self.session.run()]
        others = {other: count for other, count in self.queries.items() if other != name}
        if None in others.values():
            return values
        names = list(self.queries)
        begin = sum(others[other] for other in names[:names.index(name)])
        self.queries[name] = len(values) - sum(others.values())
        return values[begin:begin + self.queries[name]]

    def query(self, line):
        self.take_data()
        return self.session.query(line.strip())

    def cell_name(self, cell):
        metadata = getattr(self.shell, "parent_header", {}).get("metadata", {}) if hasattr(self.shell, "parent_header") else {}
        return metadata.get("cellId") or f"cell {cell.strip().splitlines()[0] if cell.strip() else ''}"

    def take_functions(self, cell):
        for name in set(re.findall(r"\b([a-z]\w*)\(", cell)):
            function = self.shell.user_ns.get(name)
            if callable(function) and not isinstance(function, type) and not hasattr(function, "__dlpack__"):
                try:
                    self.session.attach(name, function)
                except (Error, TypeError):
                    pass  # a function of the language, or one that takes no numbers

    def take_data(self):
        for symbol in self.session.symbols():
            value = self.shell.user_ns.get(symbol.name)
            if value is None or not (symbol.is_undefined or symbol.name in self.known):
                continue
            if _are_facts(value):
                if symbol.name in self.known:
                    continue
            self.session[symbol.name] = value
            self.known.add(symbol.name)


def register(shell):
    notebook = _Notebook(shell)
    shell.register_magic_function(notebook.cell, "cell", "tl")
    shell.register_magic_function(notebook.query, "line", "tl")
    shell.register_magic_function(notebook.reset, "line", "tl_reset")
