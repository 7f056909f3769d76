"""Rows that a model did not learn from: read as its own, measured, and what lies outside of all that it saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from synthkit.data.table import Table
from synthkit.encode.columns import Levels, Numbers
from synthkit.encode.encoder import Encoder
from synthkit.errors import SchemaError
from synthkit.models.tabular._layout import Layout, Rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cells_of", "further", "measure", "rows_of", "unseen"]


def rows_of(layout: Layout, table: Table, rng: np.random.Generator | None = None) -> Rows:
    """Rows of a table as the network reads them; numbers that rows share are spread over their ranks with `rng`.

    Raises:
        SchemaError: a column of the fitted table is missing.
    """
    return layout.encode(cells_of(layout.encoder, table, rng), rng)


def cells_of(encoder: Encoder, table: Table, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
    """Columns of a table as a fitted encoder reads them; without `rng` nothing is left to chance.

    Raises:
        SchemaError: a column of the fitted table is missing.
    """
    if lacking := [name for name in encoder.schema.names if name not in table.frame]:
        raise SchemaError(f"column {lacking[0]!r} of the fitted table is missing")
    return encoder.encode(table, rng)


def measure(layout: Layout, rows: Rows, table: Table) -> np.ndarray:
    """(n, s) what turns likelihoods of codes and scores into those of cells.

    A stretch of a number is divided by its width, the members of a group of categories share its probability.
    """
    found = np.zeros(rows.codes.shape)
    for at, name in enumerate(layout.names):
        codes = rows.codes[:, at]
        if name in layout.bins:
            ends = layout.bins[name].ends
            widths = np.append(np.diff(ends) / max(ends[-1], 1), 1.0)
            found[:, at] = -np.log(widths[codes])
        elif name in layout.groups:
            members = layout.encoder.codes[name].encode(table.frame[name], None)
            found[:, at] = np.log(layout.groups[name].shares[members])
    return found


def further(code: Numbers, cells: pd.Series, least: float) -> np.ndarray:
    """(n,) nats of numbers beyond all that were seen: `least`, and the more the further away; 0 for all others."""
    values = code.encode(cells, None)
    low, high = code.support[[0, -1]]
    distance = np.nan_to_num(np.maximum(np.maximum(low - values, values - high), 0) / max(high - low, 1e-9))
    return np.where(distance > 0, least * (1 + np.log1p(10 * distance)), 0.0)


def unseen(encoder: Encoder, names: Sequence[str], table: Table, rows: int) -> np.ndarray:
    """(n, s) nats that cells of the named columns add which lie outside of all that was learned from so many rows.

    A category or a missing cell that was never seen counts as one in as many rows as were learned, a number beyond all
    others too, and the more the further it is. What a row is worth does not hang on the rows beside it.
    """
    found = np.zeros((len(table), len(names)))
    least = np.log(max(rows, 2))
    for at, name in enumerate(names):
        code, cells = encoder.codes[name], table.frame[name]
        if isinstance(code, Numbers) and len(code.support):
            found[:, at] = further(code, cells, least)
        elif isinstance(code, Levels):
            found[:, at] = (~cells.isin(code.levels) & cells.notna()).to_numpy(bool) * least
        if isinstance(code, Levels | Numbers) and not code.missing:
            found[:, at] += cells.isna().to_numpy(bool) * least
    return found
