"""A table to arrays, one a column, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthkit.data.schema import RARE, Schema
from synthkit.data.table import Table
from synthkit.encode.columns import Code, Levels, Numbers, Strings

__all__ = ["Coded", "Columns", "Encoder", "length"]

Columns = Mapping[str, np.ndarray]
"""Encoded rows."""

_CODES: Mapping[str, type[Levels] | type[Numbers] | type[Strings]] = {
    code.kind: code for code in (Levels, Numbers, Strings)
}


@dataclass(frozen=True)
class Encoder:
    """What was learned about each column of a table.

    Exact both ways for integers, decimals at their resolution, dates at their granularity, common categories and
    missing cells; dates to the microsecond from the year 2255 on, and whole numbers that span more than 2**53, to 16
    digits. Not kept, on purpose: categories that fewer than five rows hold (or more, if asked), and the words of id and
    text columns.

    Args:
        schema: of the table it was learned from.
        codes: one for each column, in order.
    """

    schema: Schema
    codes: Mapping[str, Code]

    @classmethod
    def learn(cls, table: Table, rng: np.random.Generator, *, rare: int = RARE) -> Encoder:
        """Learn from the train rows; the table is left as it is.

        Args:
            table: the train rows.
            rng: draws the keys of id and text columns.
            rare: what fewer rows share is not given out as it is.
        """
        codes: dict[str, Code] = {}
        for column in table.schema:
            cells = table.frame[column.name]
            if column.is_discrete:
                protect = column.kind != "boolean" and column.name != table.schema.target
                codes[column.name] = Levels.learn(cells, protect=protect, rare=rare)
            elif column.is_number:
                codes[column.name] = Numbers.learn(cells, column, rare=rare)
            else:
                codes[column.name] = Strings.learn(cells, column, rng, rare=rare)
        return cls(table.schema, codes)

    def encode(self, table: Table, rng: np.random.Generator | None) -> dict[str, np.ndarray]:
        """One array a column: int32 codes for levels and for strings (0 filled, 1 missing), float64 for numbers.

        A category that is not given out is drawn from the common ones; without `rng` it is the commonest.
        """
        return {name: code.encode(table.frame[name], rng) for name, code in self.codes.items()}

    def decode(self, arrays: Mapping[str, np.ndarray], rng: np.random.Generator, n: int) -> Table:
        """The table that arrays of length `n` stand for; a string column without gaps may be left out."""
        frame = {
            name: code.decode(arrays[name] if name in arrays else np.zeros(n, np.int32), rng)
            for name, code in self.codes.items()
        }
        return Table(pd.DataFrame(frame, columns=list(self.schema.names)), self.schema)

    @property
    def protected(self) -> dict[str, int]:
        """Rows whose category was too rare to give out, by column."""
        return {n: c.protected for n, c in self.codes.items() if isinstance(c, Levels) and c.protected}

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays, for a model's file."""
        plain: dict[str, Any] = {"schema": self.schema.to_toml(), "codes": []}
        arrays: dict[str, np.ndarray] = {}
        for at, (name, code) in enumerate(self.codes.items()):
            values, parts = code.to_state()
            plain["codes"].append({"name": name, "kind": code.kind, "values": values})
            arrays |= {f"column{at}.{key}": part for key, part in parts.items()}
        return plain, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Encoder:
        """Read what `to_state` wrote."""
        codes: dict[str, Code] = {}
        for at, entry in enumerate(plain["codes"]):
            prefix = f"column{at}."
            parts = {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
            codes[entry["name"]] = _CODES[entry["kind"]].from_state(entry["values"], parts)
        return cls(Schema.from_toml(plain["schema"]), codes)


@dataclass(frozen=True)
class Coded:
    """Rows that are drawn, and are no cells yet.

    Args:
        encoder: that tells what they stand for.
        arrays: one a column; a string column without gaps may be left out.
        rng: draws the words of keys and texts.
        n: rows.
    """

    encoder: Encoder
    arrays: Mapping[str, np.ndarray]
    rng: np.random.Generator
    n: int

    def table(self) -> Table:
        """The rows as cells."""
        return self.encoder.decode(self.arrays, self.rng, self.n)


def length(rows: Columns) -> int:
    """How many rows there are; none where no column is encoded."""
    return len(next(iter(rows.values()), ()))
