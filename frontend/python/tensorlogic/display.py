"""Answers as text and as HTML tables, long ones with their middle left out."""
import html

_MOST_ROWS, _MOST_COLUMNS = 20, 12
_GAP = "…"


def _kept(count, most):
    """The positions to show; None stands for those left out."""
    if count <= most:
        return list(range(count))
    half = most // 2
    return list(range(half)) + [None] + list(range(count - half, count))


def _number(value):
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _head(tensor):
    names = [name or "_" for name in tensor.index_names]
    axes = ", ".join(f"{name}={extent}" for name, extent in zip(names, tensor.shape))
    return f"{tensor.dtype}[{axes}]"


def _summary(array):
    import numpy

    values = numpy.ma.masked_invalid(numpy.ma.asarray(array, dtype=float)).compressed()
    return f"min {values.min():.6g}, mean {values.mean():.6g}, max {values.max():.6g}" if values.size > 8 else ""


def _label(tensor, axis, position):
    labels = tensor.labels[axis] if axis < len(tensor.labels) else []
    return labels[position] if labels else str(position)


def _table(tensor):
    """A header row and rows of texts, over the last two indices; earlier ones are at 0 and named in the caption."""
    array = tensor.numpy()
    rank = len(tensor.shape)
    slice_ = array[(0,) * (rank - 2)] if rank > 2 else array
    if rank == 0:
        return None, [[_number(array.reshape(()).item())]]
    if rank == 1:
        columns = _kept(tensor.shape[0], _MOST_COLUMNS)
        header = [_GAP if at is None else _label(tensor, 0, at) for at in columns]
        return header, [[_GAP if at is None else _number(_plain(slice_[at])) for at in columns]]
    columns, rows = _kept(tensor.shape[-1], _MOST_COLUMNS), _kept(tensor.shape[-2], _MOST_ROWS)
    header = [""] + [_GAP if at is None else _label(tensor, rank - 1, at) for at in columns]
    body = []
    for row in rows:
        if row is None:
            body.append([_GAP] * len(header))
        else:
            body.append([_label(tensor, rank - 2, row)] + [_GAP if at is None else _number(_plain(slice_[row, at])) for at in columns])
    return header, body


def _plain(value):
    import numpy

    return None if value is numpy.ma.masked else value.item()


def _html(header, rows, caption):
    cells = lambda row, tag: "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in row)
    head = f"<thead><tr>{cells(header, 'th')}</tr></thead>" if header else ""
    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><caption>{html.escape(caption)}</caption>{head}<tbody>{body}</tbody></table>"


def _caption(tensor):
    rank = len(tensor.shape)
    cut = "" if rank < 3 else ", at " + ", ".join(f"{tensor.index_names[k] or '_'}={_label(tensor, k, 0)}" for k in range(rank - 2) if tensor.shape[k])
    summary = _summary(tensor.numpy())
    return _head(tensor) + cut + (f"; {summary}" if summary else "")


def _is_empty(tensor):
    return any(extent == 0 for extent in tensor.shape)


def tensor_html(self):
    header, rows = (None, []) if _is_empty(self) else _table(self)
    return _html(header, rows, _caption(self) if not _is_empty(self) else _head(self))


def tensor_text(self):
    if _is_empty(self):
        return _head(self) + " (no elements)"
    header, rows = _table(self)
    return _caption(self) + "\n" + _aligned(([header] if header else []) + rows)


def _aligned(rows):
    widths = [max(len(str(row[k])) for row in rows) for k in range(len(rows[0]))]
    return "\n".join("  ".join(str(cell).rjust(width) for cell, width in zip(row, widths)) for row in rows)


def _relation_rows(relation):
    rows = relation.rows
    return [[_GAP] * len(relation.columns) if at is None else [str(cell) for cell in rows[at]] for at in _kept(len(rows), _MOST_ROWS)]


def _count(relation):
    return f"{len(relation)} row{'s' if len(relation) != 1 else ''}"


def relation_html(self):
    return _html([name or "_" for name in self.columns], _relation_rows(self), _count(self))


def relation_text(self):
    rows = [[name or "_" for name in self.columns]] + _relation_rows(self)
    return (_aligned(rows) + "\n" if self.columns else "") + _count(self)
