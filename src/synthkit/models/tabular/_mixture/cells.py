"""Cells of real tables as a mixture sees them: which are missing or odd, and what is likeliest in their place."""

from __future__ import annotations

import numpy as np

from synthkit.data.table import Table
from synthkit.encode.columns import Levels, Numbers, Strings
from synthkit.models.tabular._mixture.given import FILLED
from synthkit.models.tabular._mixture.joined import Joined
from synthkit.models.tabular._mixture.parts import FREE, Parts, Rows
from synthkit.models.tabular._odd import cells_of

__all__ = ["likeliest", "odds", "seen"]


def seen(parts: Parts, table: Table, *, missing: bool = False) -> tuple[Rows, np.ndarray]:
    """The rows of a table, and (n, s) which of their cells are missing, but for keys and texts.

    Args:
        parts: of the fitted table.
        table: with all its columns.
        missing: whether a missing cell is a level like any other, and not known only where it never was one. If not,
            it is not known, but for not being missing.

    Raises:
        SchemaError: a column is missing.
    """
    rows = parts.encode(cells_of(parts.encoder, table), len(table))
    empty = np.zeros(rows.codes.shape, bool)
    for at, name in enumerate(parts.names):
        code = parts.encoder.codes[name]
        if isinstance(code, Strings):
            continue
        empty[:, at] = table.frame[name].isna().to_numpy(bool)
        known = parts.places[name].missing if isinstance(code, Numbers) else code.missing  # type: ignore[attr-defined]
        if not missing or not known:
            rows.codes[empty[:, at], at] = FILLED if known else FREE
            if at in parts.ranked:
                rows.ranks[empty[:, at], parts.ranked.index(at)] = np.nan
    return rows, empty


def likeliest(parts: Parts, law: Joined, rows: Rows, empty: np.ndarray, arrays: dict[str, np.ndarray]) -> None:
    """Put the expected number or the likeliest category into the encoded arrays, where a cell is empty."""
    asked = np.flatnonzero(empty.any(1))
    columns = [int(at) for at in np.flatnonzero(empty.any(0))]
    for some, column, found in law.outlook(rows.take(asked), columns):
        name = parts.names[column]
        code = parts.encoder.codes[name]
        if isinstance(code, Numbers):
            values = code.round(parts.mean(name, found.chances, found.ranks, found.weights))
        else:
            last = found.chances.shape[1] - (isinstance(code, Levels) and code.missing and len(code.levels) > 0)
            values = found.chances[:, :last].argmax(1)
        put = empty[asked[some], column]
        arrays[name][asked[some][put]] = values[put]


def odds(law: Joined, rows: Rows) -> np.ndarray:
    """(n, s) minus the log density of each cell given the others of its row; 0 where a level is not known."""
    known = rows.codes >= 0
    whole = Rows(np.where(known, rows.codes, 0), rows.ranks)
    return np.where(known, law.surprise(whole), 0.0)
