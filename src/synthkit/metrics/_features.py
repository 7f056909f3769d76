"""Tables as the matrix a gradient boosting sees: numbers as they are, levels as shared codes, missing cells as NaN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.metrics._codes import Coded

__all__ = ["Features", "features", "folded"]

LEVELS = 100
"""Levels a categorical feature keeps apart; LightGBM needs tens of rows a level to learn from it."""


@dataclass(frozen=True, slots=True)
class Features:
    """One row a row of the table, one feature a column.

    Args:
        matrix: float64 (rows, features).
        names: the column of each feature.
        categorical: positions of the features that are codes without an order.
    """

    matrix: NDArray[np.float64]
    names: tuple[str, ...]
    categorical: tuple[int, ...]


def features(table: Coded, *, without: str | None = None, levels: int = LEVELS) -> Features:
    """Every column but `without`; of ids and texts only whether the cell is missing.

    Args:
        table: rows coded with the levels of the real rows, so that features of several tables agree.
        without: a column to leave out (the target).
        levels: levels kept apart a column; see `folded`.
    """
    names = tuple(name for name in table.missing if name != without)
    matrix = np.empty((table.rows, len(names)))
    categorical = []
    for place, name in enumerate(names):
        if name in table.numbers:
            matrix[:, place] = table.numbers[name]
        elif name in table.codes:
            categorical.append(place)
            codes = folded(table, name, levels)
            matrix[:, place] = np.where(codes > 0, codes, np.nan)
        else:
            matrix[:, place] = table.missing[name]
    return Features(matrix, names, tuple(categorical))


def folded(table: Coded, name: str, levels: int) -> NDArray[np.int64]:
    """The codes of a column with its rare levels as one: 0 missing, then the `levels` most frequent, rare, unknown."""
    codes, known = table.codes[name], table.known[name]
    return np.where(codes > known, levels + 2, np.minimum(codes, levels + 1))
