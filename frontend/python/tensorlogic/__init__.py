"""Tensor Logic in Python: rules, tensors and learning in one language.

    import tensorlogic as tl
    y = tl.run("Y[i] = W[i,j] X[j]", W=w, X=x)     # a Tensor over tl's memory; y.numpy(), y.torch()

    session = tl.Session()
    session.add("Path(x, y) <- Edge(x, y)\\nPath(x, z) <- Path(x, y), Edge(y, z)")
    session["Edge"] = [("A", "B"), ("B", "C")]
    session.query("Path(A, x)").rows               # [("B",), ("C",)]

Arrays (numpy, torch, anything with the buffer protocol or DLPack) are read where they lie. What tl gives is read-only.
"""
import inspect
import os

from . import _tensorlogic
from ._tensorlogic import Diagnostic, Error, Relation, Symbol, Tensor, __version__
from .display import relation_html, relation_text, tensor_html, tensor_text

__all__ = ["Session", "run", "Tensor", "Relation", "Error", "Diagnostic", "Symbol"]

_LIBRARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stdlib")
_MOST_PARAMETERS = 6


def _numpy(self):
    """The elements as a numpy array: tl's own memory, read-only. bfloat16, which numpy has not, is widened to float32;
    with absent elements the array is masked."""
    import numpy

    if self.dtype == "bfloat16":
        # The bits of a bfloat16 are the upper half of those of a float32.
        halves = numpy.frombuffer((numpy.ctypeslib.ctypes.c_uint16 * _size(self)).from_address(self.data_ptr), dtype=numpy.uint16)
        array = (halves.astype(numpy.uint32) << 16).view(numpy.float32).reshape(self.shape)
    else:
        array = numpy.asarray(self)
    if self._present is None:
        return array
    present = numpy.frombuffer(self._present, dtype=bool).reshape(self.shape)
    return numpy.ma.masked_array(array, mask=~present)


def _size(tensor):
    size = 1
    for extent in tensor.shape:
        size *= extent
    return size


def _torch(self):
    """The elements as a torch tensor: tl's own memory, which must not be written to (torch has no read-only tensors)."""
    from torch.utils import dlpack

    return dlpack.from_dlpack(self)


def _item(self):
    """The one element of a scalar."""
    if _size(self) != 1:
        raise ValueError(f"a tensor of shape {self.shape} has not one element")
    return self.numpy().reshape(()).item()


Tensor.numpy = _numpy
Tensor.torch = _torch
Tensor.item = _item
Tensor.__float__ = lambda self: float(self.item())
Tensor.__len__ = lambda self: self.shape[0]
Tensor.__getitem__ = lambda self, index: self.numpy()[index]
Tensor.__repr__ = tensor_text
Tensor._repr_html_ = tensor_html
Relation.__repr__ = relation_text
Relation._repr_html_ = relation_html
Relation.__contains__ = lambda self, row: (row if isinstance(row, tuple) else (row,)) in set(self.rows)


def _to_pandas(self):
    """The rows as a pandas DataFrame."""
    import pandas

    return pandas.DataFrame(self.rows, columns=[name or f"column {k}" for k, name in enumerate(self.columns)])


Relation.to_pandas = _to_pandas


def _are_facts(value):
    """A set, or a list of tuples or strings, is rows; all else is elements."""
    if isinstance(value, (set, frozenset)):
        return True
    return isinstance(value, list) and len(value) > 0 and all(isinstance(row, (tuple, str)) for row in value)


def _as_array(value):
    if hasattr(value, "__dlpack__") or isinstance(value, (memoryview, bytearray)):
        return value
    import numpy

    return numpy.asarray(value)


def _parameters(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise TypeError(f"{function!r} does not say how many parameters it has; use attach(name, function, parameters)") from None
    count = sum(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) and one.default is one.empty for one in parameters)
    if count > _MOST_PARAMETERS or any(one.kind == one.VAR_POSITIONAL for one in parameters):
        raise TypeError(f"{function!r} takes more than {_MOST_PARAMETERS} numbers")
    return count


class Session(_tensorlogic.Session):
    """A program, its data, and the results that still hold; used by one thread at a time.

    session[name] = value binds an array, adds facts (a set, or a list of tuples or strings), or attaches a function of
    numbers that equations then call by its name. session[query] answers a query.
    """

    def __init__(self, text="", *, library=None, **options):
        super().__init__(library=_LIBRARY if library is None and os.path.isdir(_LIBRARY) else library or "", **options)
        if text:
            self.add(text)

    def bind(self, name, array):
        super().bind(name, _as_array(array))

    def attach(self, name, function, parameters=None):
        super().attach(name, function, _parameters(function) if parameters is None else parameters)

    def __setitem__(self, name, value):
        if callable(value) and not hasattr(value, "__dlpack__"):
            self.attach(name, value)
        elif _are_facts(value):
            self.add_facts(name, value)
        else:
            self.bind(name, value)

    def __getitem__(self, query):
        return self.query(query)

    def answers(self):
        """The answers to the program's queries by their texts; of a program without queries, everything it computes."""
        answers = dict(self.run())
        if not answers:
            answers = {symbol.name: self.query(symbol.name) for symbol in self.symbols() if symbol.is_computed}
        return answers


def run(text, *, options=None, **data):
    """Runs a program with arrays, facts and functions by name. Gives the one answer it has, else a dict of answers; a
    program that asks nothing gives what it computes."""
    session = Session(**(options or {}))
    for name, value in data.items():
        if callable(value) and not hasattr(value, "__dlpack__"):
            session[name] = value
    session.add(text)
    for name, value in data.items():
        if not callable(value) or hasattr(value, "__dlpack__"):
            session[name] = value
    answers = session.answers()
    return next(iter(answers.values())) if len(answers) == 1 else answers


def load_ipython_extension(shell):
    from .magic import register

    register(shell)
