"""From series back to rows: as they were read, or as a file of the same form would have held what a model made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.data.clock import write_moments
from synthkit.data.numbers import round_to
from synthkit.data.panel import PATH, Panel
from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["as_written", "fresh_labels", "to_table"]

_NUMBERED: Final = re.compile(r"(.*?)([0-9]+)")
_LARGEST: Final = 2.0**63 - 1024  # the largest double that a whole number of 64 bits can hold


def to_table(panel: Panel) -> Table:
    """The rows of a panel, series by series in order of time; gaps are not written.

    Values have the decimals of their column, stamps its format. Where there are several paths of an entity, a column
    "path" (or "path_2", if that is taken) says which is which.

    >>> import pandas as pd
    >>> from synthkit.data import io
    >>> from synthkit.data.series import to_panel
    >>> frame = pd.DataFrame({"year": range(1990, 1999), "sold": [3, 1, 4, 1, 5, 9, 2, 6, 5]})
    >>> table = io.to_table(frame, time="year")
    >>> to_table(to_panel(table)).frame.equals(table.frame)
    True
    """
    import pandas as pd

    roles, series = panel.roles, panel.series
    present = _joined([s.present for s in series], bool)
    lengths = [int(s.present.sum()) for s in series]
    where: npt.NDArray[Any] = (
        _joined([np.arange(s.start, s.stop) for s in series], np.int64)
        if panel.grid.regular
        else _joined([_stamps_of(s.stamps, len(s)) for s in series], float)
    )[present]
    parts: dict[str, Any] = dict(write_moments(panel.schema, roles.time, panel.grid, where))
    for names, blocks in ((roles.values, [s.values for s in series]), (roles.exog, [s.exog for s in series])):
        for i, name in enumerate(names):
            cells = _joined([b[:, i] for b in blocks], float)[present]
            parts[name] = _numbers(cells, panel.schema[name])
    for name in roles.marks:
        cells = _joined([s.marks[name] for s in series], object)[present]
        parts[name] = _words(cells, panel.schema[name])
    for name in roles.static:
        parts[name] = _repeated([s.static[name] for s in series], lengths, panel.schema[name])
    if roles.entity is not None:
        parts[roles.entity] = _entities([s.entity for s in series], lengths, panel.schema[roles.entity])
    schema = panel.schema
    if len({s.path for s in series}) > 1 or any(s.path for s in series):
        schema = _with_path(schema)
        parts[schema.names[-1]] = pd.Series(np.repeat([s.path for s in series], lengths), dtype="Int64")
    frame = pd.DataFrame({c.name: parts[c.name] for c in schema}, columns=list(schema.names))
    return Table(frame, _nullable(schema, frame))


def as_written(panel: Panel) -> Panel:
    """The same series with the values that their rows hold once they are written, at the decimals of their columns."""
    columns = [panel.schema[name] for name in panel.roles.values]
    made = []
    for one in panel:
        values = [_rounded(one.values[:, i], column) for i, column in enumerate(columns)]
        made.append(replace(one, values=np.column_stack(values) if values else one.values))
    return panel.of(made)


def fresh_labels(taken: Sequence[str], n: int) -> list[str]:
    """Labels for `n` new entities, in the style of those there are.

    >>> fresh_labels(["N0001", "N0007"], 2), fresh_labels(["308", "372"], 1), fresh_labels(["Ann", "Bob"], 2)
    (['N0008', 'N0009'], ['373'], ['new 1', 'new 2'])
    """
    found = [_NUMBERED.fullmatch(label) for label in taken]
    heads = {m[1] for m in found if m}
    if taken and all(found) and len(heads) == 1:
        digits = [m[2] for m in found if m]
        width = min(map(len, digits)) if any(d.startswith("0") for d in digits) else 0
        first = max(map(int, digits)) + 1
        return [f"{min(heads)}{k:0{width}d}" for k in range(first, first + n)]
    known, out, k = set(taken), list[str](), 0
    while len(out) < n:
        k += 1
        if f"new {k}" not in known:
            out.append(f"new {k}")
    return out


def _joined(parts: list[npt.NDArray[Any]], dtype: Any) -> npt.NDArray[Any]:  # noqa: ANN401  # numpy's dtypes
    return np.concatenate(parts) if parts else np.empty(0, dtype)


def _stamps_of(stamps: npt.NDArray[np.float64] | None, rows: int) -> npt.NDArray[np.float64]:
    assert stamps is not None, f"a series of {rows} rows on an irregular grid has its stamps"
    return stamps


def _numbers(cells: npt.NDArray[np.float64], column: Column) -> Any:  # noqa: ANN401  # a pandas Series
    """Numbers at the resolution of their column; whole ones as whole numbers."""
    import pandas as pd

    near = _rounded(cells, column)
    if column.kind == "numeric":
        return pd.Series(near)
    gone = np.isnan(near)
    whole = np.where(gone, 0.0, near).astype(np.int64)
    if column.kind == "integer":
        return pd.Series(pd.arrays.IntegerArray(whole, gone))
    words = np.array(["False", "True"] if column.storage.lower().startswith("bool") else ["0", "1"], object)
    return pd.Series(words[whole].tolist(), dtype="object")


def _rounded(cells: npt.NDArray[np.float64], column: Column) -> npt.NDArray[np.float64]:
    """Numbers that their column can hold; NaN stays."""
    if column.kind == "numeric":
        return round_to(cells, column.decimals)
    low, high = (-_LARGEST, _LARGEST) if column.kind == "integer" else (0.0, 1.0)
    return np.asarray(np.clip(np.rint(cells), low, high))


def _words(cells: npt.NDArray[Any], column: Column) -> Any:  # noqa: ANN401  # a pandas Series
    import pandas as pd

    if column.kind == "datetime":
        return pd.Series(np.array([np.datetime64("NaT") if c is None else c for c in cells], "datetime64[us]"))
    return pd.Series(cells.tolist(), dtype="object")


def _repeated(cells: list[Any], lengths: list[int], column: Column) -> Any:  # noqa: ANN401  # a pandas Series
    """One cell for each series, in each of its rows."""
    if column.kind in ("numeric", "integer"):
        return _numbers(np.repeat(np.array([np.nan if c is None else c for c in cells], float), lengths), column)
    if column.kind == "datetime":
        micros = [np.datetime64("NaT") if c is None else np.datetime64(round(c * 1e6), "us") for c in cells]
        return _words(np.repeat(np.array(micros, "datetime64[us]"), lengths), replace(column, kind="text")).astype(
            "datetime64[us]"
        )
    filled = np.empty(len(cells), object)
    filled[:] = cells
    return _words(np.repeat(filled, lengths), column)


def _entities(labels: list[str], lengths: list[int], column: Column) -> Any:  # noqa: ANN401  # a pandas Series
    """The entity column; labels that its kind cannot hold become numbers that are not taken."""
    if column.kind not in ("numeric", "integer"):
        return _repeated(labels, lengths, column)
    read: dict[str, float] = {}
    for label in labels:
        try:
            read[label] = float(label)
        except ValueError:
            continue
    free = max([0.0, *read.values()]) + 1
    for k, label in enumerate(dict.fromkeys(label for label in labels if label not in read)):
        read[label] = free + k
    return _repeated([read[label] for label in labels], lengths, column)


def _with_path(schema: Schema) -> Schema:
    name, k = PATH, 1
    while name in schema:
        k += 1
        name = f"{PATH}_{k}"
    column = Column(name, "integer", reason="which of several made paths of the same series a row belongs to")
    return replace(schema, columns=(*schema.columns, column))


def _nullable(schema: Schema, frame: Any) -> Schema:  # noqa: ANN401  # a pandas DataFrame
    holes = frame.isna().any()
    columns = tuple(replace(c, nullable=c.nullable or bool(holes[c.name])) for c in schema)
    return schema if columns == schema.columns else replace(schema, columns=columns)
