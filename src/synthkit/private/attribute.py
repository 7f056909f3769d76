"""One column of a public domain: which cells there can be, which of them a word falls into, a value for each cell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.data.dates import read_dates
from synthkit.data.numbers import read_numbers
from synthkit.data.schema import Column, Kind
from synthkit.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from synthkit.data.cells import Cells

__all__ = ["BINS", "KINDS", "Attribute"]

KINDS: Final[tuple[Kind, ...]] = ("categorical", "boolean", "integer", "numeric", "datetime")
BINS: Final = 64
"""Of a column of numbers, unless the file says how many."""
_MOST: Final = 100_000
"""Cells of one column at most."""


@dataclass(frozen=True)
class Attribute:
    """What anybody may know about a column before the data were collected.

    Every word has a cell, whatever it is: a word that is none of the values falls into `other`, an empty cell or a word
    that is no number into `missing`; where the domain has none of the two, into the first cell. Numbers beyond the
    ends, infinities too, fall into the outermost cells.

    Args:
        column: name, kind, and how its values are written.
        values: of a discrete column; of a number or date those that have a cell of their own.
        other: the word for a category that is none of the values, or None.
        low, high: (m,) the ends of each cell of a number, ascending; equal where a cell is a single value. Whole
            numbers and dates (days or seconds since 1970) hold both ends.
    """

    column: Column
    values: tuple[str, ...] = ()
    other: str | None = None
    low: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    high: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @property
    def name(self) -> str:
        """Of the column."""
        return self.column.name

    @property
    def ordered(self) -> bool:
        """Whether cells next to each other are alike."""
        return self.column.is_number

    @property
    def size(self) -> int:
        """How many cells there are; the one for missing is the last."""
        known = len(self.low) if self.ordered else len(self.values) + (self.other is not None)
        return known + self.column.nullable

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Attribute:
        """From an entry of the domain file.

        Raises:
            SchemaError: no name, an unknown kind or key, no values, or ends that are none.
        """
        name = row.get("name")
        if not isinstance(name, str) or not name:
            raise SchemaError("a [[column]] of the domain has no name", hint='write name = "age"')
        kind = row.get("kind")
        if kind not in KINDS:
            raise SchemaError(f"column {name!r} of the domain has no known kind", hint=f"kind: {', '.join(KINDS)}")
        discrete = kind in ("categorical", "boolean")
        known = {"name", "kind", "missing"} | (
            {"values", "other"}
            if discrete
            else {"min", "max", "bins", "scale", "edges", "points", "decimals", "format"}
        )
        if unknown := set(row) - known:
            raise SchemaError(
                f"column {name!r} of the domain has the unknown key {min(unknown)!r}",
                hint=f"known for this kind: {', '.join(sorted(known))}",
            )
        return _discrete(name, kind, row) if discrete else _number(name, kind, row)

    def encode(self, cells: Cells) -> NDArray[np.int32]:
        """(n,) the cell of each row. Never an error, whatever the words are."""
        found = self._numbers(cells) if self.ordered else self._words(cells.words)
        empty = self.size - 1 if self.column.nullable else self._other
        return np.append(found, empty)[cells.codes].astype(np.int32)

    def decode(self, codes: NDArray[Any], rng: np.random.Generator) -> pd.Series[Any]:
        """(n,) values, in canonical cells: numbers are drawn evenly within theirs."""
        import pandas as pd

        if not self.ordered:
            words = [*self.values, *([] if self.other is None else [self.other]), *([None] * self.column.nullable)]
            return pd.Series(np.array(words, dtype=object)[codes], dtype=object)
        empty = codes >= len(self.low)
        at = np.where(empty, 0, codes)
        low, high, u = self.low[at], self.high[at], rng.random(len(at))
        if self.column.kind != "numeric":
            return self._canonical(np.minimum(low + np.floor(u * (high - low + 1)), high), empty)
        values = low + u * (high - low)
        if self.column.decimals is not None:
            values = np.clip(np.round(values, self.column.decimals), self.low[0], self.high[-1])
        return self._canonical(values, empty)

    def plain(self, cells: Cells, codes: NDArray[np.int32], places: NDArray[np.int64]) -> pd.Series[Any]:
        """Real values of some rows: numbers as they are, cut to the ends; words as the domain has them.

        Args:
            cells: of all rows.
            codes: (n,) the cells of the rows asked for.
            places: (n,) of these rows.
        """
        if not self.ordered:
            return self.decode(codes, np.random.default_rng(0))
        values = np.append(self._values(cells), np.nan)[cells.codes][places]
        empty = np.isnan(values) if self.column.nullable else np.zeros(len(values), bool)
        values = np.where(np.isnan(values), self.low[0], np.clip(values, self.low[0], self.high[-1]))
        return self._canonical(values, empty)

    def _canonical(self, values: NDArray[np.float64], empty: NDArray[np.bool_]) -> pd.Series[Any]:
        """Numbers in the type of their kind."""
        import pandas as pd

        if self.column.kind == "numeric":
            return pd.Series(np.where(empty, np.nan, values), dtype="float64")
        whole = values.astype(np.int64)
        if self.column.kind == "integer":
            return pd.Series(pd.arrays.IntegerArray(whole, empty))
        stamps = (whole * _step(self.column.format)).astype("datetime64[us]")
        stamps[empty] = np.datetime64("NaT")
        return pd.Series(stamps)

    @property
    def _other(self) -> int:
        """The cell of what is in no other."""
        if self.other is not None:
            return len(self.values)
        return self.size - 1 if self.column.nullable else 0

    def _words(self, words: Sequence[str]) -> NDArray[np.int64]:
        place = {word: at for at, word in enumerate(self.values)}
        return np.array([place.get(word, self._other) for word in words], np.int64)

    def _numbers(self, cells: Cells) -> NDArray[np.int64]:
        values = self._values(cells)
        at = np.searchsorted(self.low, values, side="right") - 1
        return np.where(np.isnan(values), self._other, np.clip(at, 0, len(self.low) - 1))

    def _values(self, cells: Cells) -> NDArray[np.float64]:
        """One for each word, NaN where it is none."""
        if self.column.kind != "datetime":
            read = read_numbers(cells.words).values.copy()
            for at, word in enumerate(cells.words):
                bare = word.strip().casefold()
                if bare.lstrip("+-") in ("inf", "infinity"):
                    read[at] = -math.inf if bare.startswith("-") else math.inf
            return read if self.column.kind == "numeric" else np.floor(read + 0.5)
        stamps = cells.dates if cells.dates is not None else read_dates(cells.words, self.column.format)
        stamps = stamps.astype("datetime64[us]")
        values = np.floor(stamps.astype(np.int64) / _step(self.column.format))
        values[np.isnat(stamps)] = np.nan
        return values


def _discrete(name: str, kind: Kind, row: Mapping[str, Any]) -> Attribute:
    values = row.get("values", [])
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise SchemaError(f"column {name!r} of the domain has no values", hint='write values = ["a", "b"], all as text')
    other = row.get("other")
    if len({*values, other}) <= len(values) or "" in values:
        raise SchemaError(f"a value of column {name!r} stands in the domain more than once, or is empty")
    if len(values) > _MOST:
        raise SchemaError(f"column {name!r} of the domain has more than {_MOST:,} values", hint="leave it out")
    return Attribute(Column(name, kind, bool(row.get("missing", True)), "public domain"), tuple(values), other)


def _number(name: str, kind: Kind, row: Mapping[str, Any]) -> Attribute:
    whole = kind != "numeric"
    fmt = str(row.get("format", "%Y-%m-%d")) if kind == "datetime" else ""
    edges = [_place(name, v, fmt) for v in row.get("edges", [])] or _even(name, row, fmt, whole=whole)
    if len(edges) < 2 or not all(a < b for a, b in pairwise(edges)):
        raise SchemaError(f"the ends of column {name!r} in the domain do not ascend", hint="give min below max")
    points = sorted({_place(name, v, fmt) for v in row.get("points", [])})
    pieces = _pieces(edges, points, whole=whole)
    if len(pieces) > _MOST:
        raise SchemaError(f"column {name!r} of the domain has more than {_MOST:,} cells", hint="give fewer bins")
    low, high = (np.array(side, float) for side in zip(*pieces, strict=True))
    column = Column(
        name, kind, bool(row.get("missing", True)), "public domain", decimals=row.get("decimals"), format=fmt
    )
    return Attribute(column, low=low, high=high)


def _even(name: str, row: Mapping[str, Any], fmt: str, *, whole: bool) -> list[float]:
    """The edges of bins of equal width, or of equal ratio on a log scale."""
    if "min" not in row or "max" not in row:
        raise SchemaError(f"column {name!r} of the domain has no ends", hint="write min and max, as anybody knows them")
    low, high = _place(name, row["min"], fmt), _place(name, row["max"], fmt)
    span = high - low + whole
    bins = int(row.get("bins", span if whole and span <= 2 * BINS else BINS))
    if bins < 1 or span <= 0:
        raise SchemaError(f"the ends of column {name!r} in the domain do not ascend", hint="give min below max")
    if row.get("scale", "linear") == "log":
        # From zero on: the first bin is a millionth of the way, or one.
        first = max(low, 1.0 if whole else 1e-6 * high)
        edges = np.geomspace(first, high + whole, bins + (first == low))
        edges = edges if first == low else np.insert(edges, 0, low)
    else:
        edges = np.linspace(low, high + whole, bins + 1)
    edges = np.unique(np.floor(edges + 1e-9)) if whole else edges
    return [float(edge) for edge in edges]


def _pieces(edges: Sequence[float], points: Sequence[float], *, whole: bool) -> list[tuple[float, float]]:
    """Cells in ascending order: the bins, cut at the points that have a cell of their own."""
    gap = 1.0 if whole else 0.0
    pieces: list[tuple[float, float]] = []
    for low, end in pairwise(edges):
        high, start = end - gap, low
        for point in points:
            if start <= point <= high and (whole or point < high or end == edges[-1]):
                if point > start:
                    pieces.append((start, point - gap if whole else math.nextafter(point, -math.inf)))
                pieces.append((point, point))
                start = point + gap if whole else math.nextafter(point, math.inf)
        if start <= high:
            pieces.append((start, high))
    return pieces


def _place(name: str, value: Any, fmt: str) -> float:  # noqa: ANN401 - what TOML holds
    """A number, or a date as days or seconds since 1970."""
    if not fmt:
        if isinstance(value, int | float) and math.isfinite(value):
            return float(value)
        raise SchemaError(f"column {name!r} of the domain has an end that is no number")
    words = [value if isinstance(value, str) else value.isoformat()]
    stamp = read_dates(words, fmt)[0]
    stamp = stamp if not np.isnat(stamp) else np.datetime64(words[0], "us")
    return float(stamp.astype(np.int64) // _step(fmt))


def _step(fmt: str) -> int:
    """Microseconds between two dates that look different: a day, or a second where the format has hours."""
    return 1_000_000 if any(mark in fmt for mark in ("%H", "%I", "%M", "%S")) else 86_400_000_000
