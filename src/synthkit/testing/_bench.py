"""A model on the bench: fitted once, looked at by many checks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from synthkit.data.table import Table
from synthkit.models.base import Synthesizer
from synthkit.progress import Progress, silent
from synthkit.testing._tables import linked, mixed

__all__ = ["Bench"]


class Bench:
    """The model under test, and what checks that only look may share.

    Args:
        make: the model's class, or anything that makes a fresh one without arguments.
    """

    def __init__(self, make: Callable[[], Synthesizer]) -> None:
        self.make = make

    @cached_property
    def table(self) -> Table:
        """The real rows."""
        return mixed()

    @cached_property
    def model(self) -> Synthesizer:
        """Fitted on `table`; checks must not fit it again."""
        return self.fit(self.table)

    @cached_property
    def rows(self) -> Table:
        """2,000 rows of `model`."""
        return self.draw(self.model, 2000)

    @cached_property
    def small(self) -> Synthesizer:
        """Fitted on 120 rows; checks must not fit it again."""
        return self.fit(mixed(120))

    @cached_property
    def linked(self) -> Synthesizer:
        """Fitted on the table of few columns and strong relations."""
        return self.fit(linked())

    def fit(self, table: Table, *, seed: int = 0, progress: Progress = silent) -> Synthesizer:
        """A fresh model, fitted."""
        return self.make().fit(table, rng=np.random.default_rng([1, seed]), progress=progress)

    @staticmethod
    def draw(model: Synthesizer, n: int, *, seed: int = 0) -> Table:
        """Rows of a model."""
        return model.sample(n, rng=np.random.default_rng([2, seed]))

    def through(self, table: Table, n: int) -> Table:
        """Rows of a fresh model fitted on a table."""
        return self.draw(self.fit(table), n)
