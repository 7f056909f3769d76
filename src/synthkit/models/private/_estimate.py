"""The law with the largest entropy that agrees with noisy counts, as far as their noise lets it.

References: McKenna, Sheldon and Miklau (2019), Graphical-model based estimation and inference for differential privacy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from synthkit.models.private._graph import Columns, JunctionTree, project
from synthkit.private.curator import summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Answer", "Estimate"]

_GROW: Final = 1.3
_STOP: Final = 1e-4
"""Relative gain of a step below which the descent has arrived."""


@dataclass(frozen=True)
class Answer:
    """Noisy counts of some columns.

    Args:
        columns: ascending places.
        coarser: for each of them the coarser group of each group, as it was counted.
        counts: an axis a column.
        noise: standard deviation of each cell.
    """

    columns: Columns
    coarser: tuple[NDArray[np.int64], ...]
    counts: NDArray[np.float64]
    noise: float


class Estimate:
    """A law of the groups of all columns, made to agree with more and more answers.

    Args:
        sizes: groups of each column.
        total: rows, as estimated.
        factors: of a law that was saved.
    """

    def __init__(
        self, sizes: tuple[int, ...], total: float, factors: Mapping[Columns, NDArray[np.float64]] | None = None
    ) -> None:
        self.sizes, self.total = sizes, total
        self.answers: list[Answer] = []
        self.factors = dict(factors or {})
        self.tree = JunctionTree.of(sizes, self.factors)
        self.marginals = self.tree.marginals(self.factors)
        self._step = 0.0

    def with_pair(self, columns: Columns) -> int:
        """Cells of the tree if this pair were counted too."""
        return JunctionTree.of(self.sizes, [*self.factors, columns]).cells

    def expected(self, columns: Columns) -> NDArray[np.float64]:
        """Counts of two columns that it expects."""
        return self.total * self.tree.joint(self.marginals, *columns)

    def add(self, answer: Answer) -> None:
        """Take an answer into account from the next descent on."""
        self.answers.append(answer)
        if answer.columns not in self.factors:
            self.factors[answer.columns] = np.zeros([self.sizes[c] for c in answer.columns])
            self.tree = JunctionTree.of(self.sizes, self.factors)
            self.marginals = self.tree.marginals(self.factors)

    def descend(self, steps: int) -> None:
        """Mirror descent with a line search, from where it is."""
        loss, slopes = self._loss(self.marginals)
        smallest = min(answer.noise for answer in self.answers)
        step = 4 * (self._step or (smallest / self.total) ** 2)
        for _ in range(steps):
            while True:
                factors = {columns: self.factors[columns] - step * slope for columns, slope in slopes.items()}
                marginals = self.tree.marginals(factors)
                after, next_slopes = self._loss(marginals)
                if loss - after >= 0.5 * self._promised(slopes, marginals) or step < 1e-30:
                    break
                step /= 2
            gain = (loss - after) / max(loss, 1e-12)
            self.factors, self.marginals, loss, slopes = factors, marginals, after, next_slopes
            step *= _GROW
            if gain < _STOP:
                break
        self._step = step

    def _loss(self, marginals: dict[Columns, NDArray[np.float64]]) -> tuple[float, dict[Columns, NDArray[np.float64]]]:
        """Squared distance to the answers in units of their noise, halved, and its slope by each factor's cells."""
        loss, slopes = 0.0, {columns: np.zeros_like(factor) for columns, factor in self.factors.items()}
        for answer in self.answers:
            home = self.tree.home(answer.columns)
            off = summed(self.total * project(marginals[home], home, answer.columns), answer.coarser) - answer.counts
            loss += float((off**2).sum()) / (2 * answer.noise**2)
            off *= self.total / answer.noise**2
            for axis, labels in enumerate(answer.coarser):
                off = np.take(off, labels, axis=axis)
            slopes[answer.columns] += off
        return loss, slopes

    def _promised(
        self, slopes: dict[Columns, NDArray[np.float64]], marginals: dict[Columns, NDArray[np.float64]]
    ) -> float:
        """What the slopes say a step to these marginals gains."""
        gained = 0.0
        for columns, slope in slopes.items():
            home = self.tree.home(columns)
            gained += float((project(self.marginals[home] - marginals[home], home, columns) * slope).sum())
        return gained
