"""Tables as plain arrays: one float column a number, one integer code a discrete cell, one flag a missing cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit import rng as rng_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from synthkit.data.schema import Schema
    from synthkit.data.table import Table
    from synthkit.metrics.base import Reference

__all__ = ["Coded", "Sides", "coded", "joint", "levels_of", "number", "sides"]

ROWS = 100_000
"""Rows a side that fidelity looks at: the sampling error of a share is then below 0.2 %, and large tables stay fast."""

# Joint tables with more cells than this are compressed to the cells that occur before they are counted.
DENSE = 4096


@dataclass(frozen=True, slots=True)
class Coded:
    """A table as arrays.

    Args:
        rows: how many rows.
        numbers: float64 for each numeric, integer and datetime column (microseconds since 1970); NaN is missing.
        codes: int64 for each discrete column; 0 is missing, 1..k the levels of the real rows by falling frequency, and
            above that levels that no real row has.
        missing: for every column, ids and texts included, which cells are missing.
        known: for each discrete column, how many levels the real rows have (k).
    """

    rows: int
    numbers: Mapping[str, NDArray[np.float64]]
    codes: Mapping[str, NDArray[np.int64]]
    missing: Mapping[str, NDArray[np.bool_]]
    known: Mapping[str, int]

    def take(self, rows: NDArray[Any]) -> Coded:
        """The rows at these positions."""
        return Coded(
            len(rows),
            {k: v[rows] for k, v in self.numbers.items()},
            {k: v[rows] for k, v in self.codes.items()},
            {k: v[rows] for k, v in self.missing.items()},
            self.known,
        )

    def subsample(self, n: int, rng: np.random.Generator) -> Coded:
        """At most `n` rows, drawn without replacement."""
        if self.rows <= n:
            return self
        return self.take(np.sort(rng.choice(self.rows, n, replace=False)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose values are compared (no ids, no texts), in the table's order."""
        return tuple(c for c in self.missing if c in self.numbers or c in self.codes)


@dataclass(frozen=True, slots=True)
class Sides:
    """The real rows of a `Reference` as arrays.

    Args:
        schema: of the train rows; the order of the columns everywhere.
        levels: the levels of each discrete column, in train or holdout.
        train: the rows the model was fitted on.
        holdout: the rows it never saw.
        mirror: as many train rows as the holdout has (or all of them): what `Score.train` is measured against, so that
            the two comparisons carry the same sampling noise.
    """

    schema: Schema
    levels: Mapping[str, pd.Index[Any]]
    train: Coded
    holdout: Coded
    mirror: Coded

    def code(self, table: Table) -> Coded:
        """The rows of another table (in whatever order its columns are) as arrays that agree with these."""
        return coded(table, self.levels, self.schema)


def number(cells: pd.Series[Any]) -> NDArray[np.float64]:
    """A numeric, integer or datetime column as float64, NaN where missing; datetimes as microseconds since 1970."""
    if cells.dtype.kind == "M":
        stamps = cells.to_numpy("datetime64[us]")
        values = stamps.astype("int64").astype("float64")
        values[np.isnat(stamps)] = np.nan
        return values
    return cells.to_numpy("float64", na_value=np.nan)


def levels_of(tables: Sequence[Table]) -> dict[str, pd.Index[Any]]:
    """The levels of each discrete column over all tables, most frequent first, equals in order of their text."""
    import pandas as pd

    found = {}
    for column in tables[0].schema:
        if column.is_discrete:
            counts = pd.concat([t.frame[column.name] for t in tables]).value_counts()
            ranked = sorted(zip(-counts.to_numpy(), counts.index.astype(str), counts.index, strict=True))
            found[column.name] = pd.Index([level for _, _, level in ranked], dtype=object)
    return found


def coded(table: Table, levels: Mapping[str, pd.Index[Any]], schema: Schema | None = None) -> Coded:
    """The table as arrays, its discrete cells coded by `levels`; levels not among them get the codes after them.

    Args:
        table: the rows.
        levels: of each discrete column.
        schema: columns to take, in this order; the table's own by default.
    """
    numbers, codes, missing = {}, {}, {}
    for column in schema or table.schema:
        cells = table.frame[column.name]
        missing[column.name] = cells.isna().to_numpy()
        if column.is_number:
            numbers[column.name] = number(cells)
        elif column.is_discrete:
            codes[column.name] = _code(cells, missing[column.name], levels[column.name])
    return Coded(len(table), numbers, codes, missing, {name: len(index) for name, index in levels.items()})


def _code(cells: pd.Series[Any], missing: NDArray[np.bool_], levels: pd.Index[Any]) -> NDArray[np.int64]:
    import pandas as pd

    found = levels.get_indexer(pd.Index(cells.to_numpy(object), dtype=object)).astype(np.int64) + 1
    found[missing] = 0
    new = (found == 0) & ~missing
    if new.any():
        _, order = np.unique(cells[new].astype(str).to_numpy(str), return_inverse=True)
        found[new] = len(levels) + 1 + order
    return found


def sides(reference: Reference) -> Sides:
    """The real rows as arrays, made at the first call and kept in the reference."""
    return reference.once("sides", lambda: _sides(reference))


def _sides(reference: Reference) -> Sides:
    levels = levels_of([reference.train, reference.holdout])
    train, holdout = (coded(part, levels, reference.schema) for part in (reference.train, reference.holdout))
    mirror = train.subsample(holdout.rows, rng_.stream(reference.seed, "mirror"))
    return Sides(reference.schema, levels, train, holdout, mirror)


def joint(
    first: tuple[NDArray[np.int64], NDArray[np.int64]], second: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """One code for each pair of codes, the same in both tables.

    Args:
        first: the first column's codes in the one table and in the other.
        second: the second column's codes, likewise.

    Returns:
        The codes in the one table and in the other, and how many codes there can be.
    """
    width = 1 + max((int(c.max()) for c in second if len(c)), default=0)
    height = 1 + max((int(c.max()) for c in first if len(c)), default=0)
    one, other = (a * width + b for a, b in zip(first, second, strict=True))
    if height * width <= DENSE:
        return one, other, height * width
    cells, packed = np.unique(np.concatenate([one, other]), return_inverse=True)
    return packed[: len(one)], packed[len(one) :], len(cells)
