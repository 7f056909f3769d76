"""The law of each column over all rows, from tallies where they are complete and from a second pass where not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.data.cells import Cells, Raw
from synthkit.data.margins import Margin, cuts_of
from synthkit.data.parse import parse_column
from synthkit.data.reader import Reader
from synthkit.data.schema import Column
from synthkit.data.table import Table
from synthkit.data.tally import Tally, filled
from synthkit.data.widened import of_tally

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

__all__ = ["margins_of"]


def margins_of(reader: Reader, raw: Raw, table: Table, tallies: Mapping[str, Tally]) -> tuple[Margin, ...]:
    """How many rows lie in each cell of each column, over all parts.

    Categories count by word, if there are few enough to be kept; numbers and dates by bins between the quantiles of
    the rows drawn; keys and texts by whether they are missing.

    Args:
        reader: of the parts.
        raw: the rows drawn, as they came.
        table: the same, typed.
        tallies: of the columns.

    Raises:
        SchemaError: words that do not stand for numbers or dates as the schema says; the part is named.
    """
    found: dict[str, Margin] = {}
    again: list[Column] = []
    for column in table.schema:
        name, cells = column.name, table.frame[column.name]
        known = tallies[name]
        if column.is_number and not known.complete:
            again.append(column)
        elif column.is_number:
            cuts = cuts_of(values := _floats(cells))
            words = parse_column(of_tally(raw[name], known), column) if _worded(raw[name]) else None
            held = known.values.astype(float) if words is None else _floats(words)
            counts = np.bincount(_bins(held, cuts), known.counts, minlength=len(cuts) + 2).astype(float)
            counts[-1] += known.missing
            found[name] = Margin(name, _bins(values, cuts), counts)
        elif column.is_discrete and known.complete:
            found[name] = _of_words(column, cells, raw[name], known)
        elif known.missing:
            gone = cells.isna().to_numpy().astype(np.int64)
            found[name] = Margin(name, gone, np.array([known.rows - known.missing, known.missing], float))
    found |= _again(reader, raw, table, again)
    return tuple(found[name] for name in table.schema.names if name in found)


def _worded(cells: Cells) -> bool:
    return cells.source in ("text", "words")


def _floats(cells: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Numbers, or dates as microseconds; NaN for missing."""
    if cells.dtype.kind != "M":
        return cells.to_numpy(np.float64, na_value=np.nan)
    return np.where(cells.isna(), np.nan, cells.to_numpy("datetime64[us]").astype(np.int64).astype(float))


def _bins(values: npt.NDArray[np.float64], cuts: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The bin of each value; the last is for missing ones."""
    return np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values, side="right"))


def _of_words(column: Column, cells: pd.Series[Any], raw: Cells, known: Tally) -> Margin:
    """A cell a word, and the last for missing ones."""
    import pandas as pd

    words = parse_column(of_tally(raw, known), column)
    levels = pd.Index(words.dropna().unique())
    place = levels.get_indexer(pd.Index(words))
    counts = np.bincount(np.where(place < 0, len(levels), place), known.counts, minlength=len(levels) + 1)
    counts[-1] += known.missing
    held = levels.get_indexer(pd.Index(cells.astype(object)))
    return Margin(column.name, np.where(held < 0, len(levels), held).astype(np.int64), counts.astype(float))


def _again(reader: Reader, raw: Raw, table: Table, columns: list[Column]) -> dict[str, Margin]:
    """Numbers of many distinct values, counted in a pass of their own."""
    if not columns:
        return {}
    values = {c.name: _floats(table.frame[c.name]) for c in columns}
    cuts = {name: cuts_of(held) for name, held in values.items()}
    counts = {name: np.zeros(len(cut) + 2) for name, cut in cuts.items()}
    for part, before, batch in reader.batches([c.name for c in columns]):
        for column, array in zip(columns, batch.columns, strict=True):
            name = column.name
            if _worded(raw[name]):
                numbers = _read(array, column)
                if numbers is None:
                    numbers = _floats(reader.typed(column, array, part, before))
            else:
                numbers = _filled(array)
            held = numbers[~np.isnan(numbers)]
            counts[name] += np.bincount(np.searchsorted(cuts[name], held, side="right"), minlength=len(counts[name]))
            counts[name][-1] += len(array) - len(held)
    return {name: Margin(name, _bins(values[name], cuts[name]), counts[name]) for name in values}


def _filled(array: pa.Array) -> npt.NDArray[np.float64]:
    numbers = filled(array)
    assert numbers is not None
    return numbers.astype(np.float64)


def _read(array: pa.Array, column: Column) -> npt.NDArray[np.float64] | None:
    """Plain words read as numbers at once; None where some need a closer look."""
    import pyarrow as pa

    if column.kind == "datetime":
        return None
    try:
        numbers: npt.NDArray[np.float64] = array.drop_null().cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    fine = np.isfinite(numbers).all() and (column.kind == "numeric" or (np.floor(numbers) == numbers).all())
    return numbers if fine else None
