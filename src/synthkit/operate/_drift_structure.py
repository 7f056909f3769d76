"""Whether new rows still have the columns that a model learned: what is gone, what is new, what changed its kind.

Counted, never quoted: a category that appears in few rows may point at somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.data import io
from synthkit.data.infer import infer_schema
from synthkit.data.native import raw_of
from synthkit.data.parse import parse_column, parse_table
from synthkit.data.schema import RARE
from synthkit.data.table import Table
from synthkit.errors import InputError, SchemaError

if TYPE_CHECKING:
    from synthkit.data.cells import Raw
    from synthkit.data.schema import Schema
    from synthkit.metrics._codes import Coded

__all__ = ["Novelty", "Structure", "fitted", "novelties", "raw_rows"]

LEVEL: Final = 0.001
"""Chance at which a category that was there, and too rare to be told of, is taken for a gained one."""


@dataclass(frozen=True, slots=True)
class Structure:
    """How the columns of the new rows differ from the schema.

    Args:
        lacking: columns of the schema that are gone.
        extra: columns that the schema has not.
        changed: (column, its kind in the schema, what its cells now look like).
    """

    lacking: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    changed: tuple[tuple[str, str, str], ...] = ()

    @property
    def lost(self) -> tuple[str, ...]:
        """Columns that cannot be compared."""
        return (*self.lacking, *(name for name, _, _ in self.changed))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Novelty:
    """What one column holds that was not there before.

    Args:
        column: its name.
        levels: categories that were not there.
        rows: new rows that hold them.
        gained: whether some of them are too frequent to have been overlooked.
        beyond: new rows below the smallest or above the largest number known.
    """

    column: str
    levels: int = 0
    rows: int = 0
    gained: bool = False
    beyond: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def raw_rows(source: Any, *, encoding: str = "utf-8") -> Raw:  # noqa: ANN401 - a path, a Table, or a dataframe
    """The new rows as they are, before any column has a kind."""
    if isinstance(source, str | Path):
        return io.read_frame(source, encoding=encoding)
    return raw_of(io.from_table(source) if isinstance(source, Table) else source)


def fitted(raw: Raw, schema: Schema, drop: Sequence[str] = ()) -> tuple[Structure, Table | None]:
    """The new rows in as many columns of the schema as they can be read in; None if there is none.

    Args:
        raw: the new rows.
        schema: what the model learned.
        drop: columns to leave out of everything.
    """
    left = set(drop)
    lacking = tuple(n for n in schema.names if n not in raw.names and n not in left)
    extra = tuple(n for n in raw.names if n not in schema and n not in left)
    changed, shared = [], []
    for column in schema:
        if column.name not in raw.names or column.name in left:
            continue
        try:
            parse_column(raw[column.name], column)
            shared.append(column.name)
        except SchemaError:
            changed.append((column.name, column.kind, _kind(raw, column.name, column.kind)))
    found = Structure(lacking, extra, tuple(changed))
    if not shared or not len(raw):
        return found, None
    kept = schema.without(set(schema.names) - set(shared))
    return found, parse_table(replace(raw, columns=tuple(c for c in raw.columns if c.name in shared)), kept)


def _kind(raw: Raw, name: str, before: str) -> str:
    """What the cells of a column look like now, in a word or two."""
    try:
        kind: str = infer_schema(replace(raw, columns=(raw[name],)))[name].kind
    except InputError:
        kind = "unreadable"
    return f"{before} with cells that are not" if kind == before else kind


def novelties(base: Coded, new: Coded, *, learned: int, hidden: int) -> tuple[Novelty, ...]:
    """Categories and numbers beyond those of the baseline, column by column; columns without any are left out.

    Args:
        base: rows learned from, or made ones.
        new: real rows that came since, coded by the levels of the baseline.
        learned: how many rows were learned from.
        hidden: of them, rows that may have held a category without its being in the baseline: 0 where the baseline is
            the rows learned from, and where a model keeps rare categories to itself, as many as it calls rare.
    """
    return tuple(v for name in new.columns if (v := _novelty(name, base, new, learned, hidden)) is not None)


def _novelty(name: str, base: Coded, new: Coded, learned: int, hidden: int) -> Novelty | None:
    if name in new.numbers:
        known, values = base.numbers[name], new.numbers[name]
        known = known[np.isfinite(known)]
        if not len(known):
            return None
        beyond = int(((values < known.min()) | (values > known.max())).sum())
        return Novelty(name, beyond=beyond) if beyond else None
    codes = new.codes[name]
    counts = np.bincount(codes[codes > new.known[name]])
    counts = counts[counts > 0]
    if not len(counts):
        return None
    gained = _gained(int(counts.max()), learned, new.rows, hidden)
    return Novelty(name, len(counts), int(counts.sum()), gained)


def _gained(rows: int, learned: int, new: int, hidden: int) -> bool:
    """Whether a category in so many new rows cannot have been one that `hidden` of the learned rows held as well.

    Fisher's exact test in its binomial form: of all rows that hold it, as many are new as of all rows.
    """
    from scipy.stats import binom

    return rows >= RARE and bool(binom.sf(rows - 1, rows + hidden, new / max(new + learned, 1)) < LEVEL)
