"""What is known about rows as the columns of a linear model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthkit.models._forest import Given
from synthkit.models.series._sequence.parts import State

__all__ = ["Design"]

_LEVELS = 12  # a column with more levels gets no weights of its own: the trees see it
_ROWS_EACH = 6  # rows a column of the design needs


@dataclass(frozen=True)
class Design:
    """Columns of even scale: ones, numbers as they are, levels as one column each but the first.

    Args:
        columns: (name, level) pairs; level -1 stands for the number itself.
        centre, scale: of each column.
    """

    columns: tuple[tuple[str, int], ...]
    centre: np.ndarray
    scale: np.ndarray

    @classmethod
    def learn(cls, givens: Mapping[str, Given], target: np.ndarray) -> Design:
        """Choose columns: those that vary, and of too many those that go with the target."""
        columns = [(n, -1) for n, g in givens.items() if not g.size]
        columns += [(n, k) for n, g in givens.items() if 0 < g.size <= _LEVELS for k in range(1, g.size)]
        raw = np.column_stack([_column(givens[n], k) for n, k in columns]) if columns else np.zeros((len(target), 0))
        centre, scale = raw.mean(0), raw.std(0)
        goes = np.abs((raw - centre).T @ (target - target.mean())) / np.maximum(scale, 1e-9)
        goes[scale < 1e-6] = -1
        most = max(len(target) // _ROWS_EACH, 1)
        kept = np.sort(np.argsort(-goes, kind="stable")[:most])
        kept = kept[goes[kept] >= 0]
        return cls(tuple(columns[at] for at in kept), centre[kept], scale[kept])

    def of(self, givens: Mapping[str, Given], n: int) -> np.ndarray:
        """(n, 1 + columns) matrix of rows; what is not known counts as the mean."""
        parts = [np.ones(n)]
        for (name, level), centre, scale in zip(self.columns, self.centre, self.scale, strict=True):
            parts.append((_column(givens[name], level) - centre) / scale)
        return np.column_stack(parts)

    def to_state(self) -> State:
        """Plain values and arrays."""
        return {"columns": [list(pair) for pair in self.columns]}, {"centre": self.centre, "scale": self.scale}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Design:
        """Read what `to_state` gave."""
        return cls(tuple((name, level) for name, level in plain["columns"]), arrays["centre"], arrays["scale"])


def _column(given: Given, level: int) -> np.ndarray:
    column: np.ndarray = np.nan_to_num(given.codes) if level < 0 else (given.codes == level).astype(float)
    return column
