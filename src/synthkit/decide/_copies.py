"""Rows of a class, repeated: the classical way to weigh a rare class, and what a generator has to beat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.table import Table

__all__ = ["Copies"]


class Copies:
    """Gives real rows out again, each as often as any other.

    It is no model of the registry: what it makes is real rows, and belongs only where those are anyway.
    """

    name: ClassVar[str] = "copies"

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Keep the rows."""
        del rng
        self._table = table
        progress("fit", 1.0)
        return self

    def sample_where(self, n: int, given: Mapping[str, Any], *, rng: np.random.Generator) -> Table:
        """`n` rows of those that hold `given`: whole rounds of all of them, then some drawn without replacement."""
        frame = self._table.frame
        held = np.ones(len(frame), bool)
        for name, value in given.items():
            held &= (frame[name] == value).to_numpy(bool, na_value=False)
        rows = np.flatnonzero(held)
        rounds = [rng.permutation(rows) for _ in range(-(-n // max(len(rows), 1)))]
        return self._table.take(np.concatenate([rows[:0], *rounds])[:n])
