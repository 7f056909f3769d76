"""Cells of a column put together until noise no longer drowns them, in nested steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEVELS", "Groups"]

MOST: Final = 16
"""Groups of a column at most: a pair then has 256 cells."""
LEVELS: Final = (16, 12, 8, 6, 4)
"""Groups of each of two columns when their pair is counted; fewer where noise is larger."""
_FLOOR: Final = 3.0
"""Standard deviations of noise that a group has to hold."""


@dataclass(frozen=True)
class Groups:
    """The groups of one column.

    Args:
        labels: (cells,) the group of each cell.
        weights: (cells,) its estimated count.
        coarser: at most so many groups -> (groups,) the coarser group of each group.
    """

    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    coarser: Mapping[int, NDArray[np.int64]]

    @property
    def size(self) -> int:
        """How many groups."""
        return int(self.labels.max()) + 1

    @property
    def counts(self) -> NDArray[np.float64]:
        """(groups,) estimated."""
        return np.asarray(np.bincount(self.labels, self.weights, minlength=self.size), float)

    @classmethod
    def of(cls, noisy: NDArray[np.float64], total: float, noise: float, *, ordered: int) -> Self:
        """From noisy counts alone.

        Args:
            noisy: (cells,) counts.
            total: what they should add up to.
            noise: their standard deviation.
            ordered: how many of the first cells are in an order, in which only neighbours are put together.
        """
        weights = onto_simplex(noisy, total)
        steps = _merged(weights, ordered)
        base = next(at for at, (_, smallest) in steps.items() if at <= MOST and (smallest >= _FLOOR * noise or at == 1))
        labels = steps[base][0]
        coarser = {}
        for level in LEVELS:
            chosen = next(at for at in steps if at <= min(level, base))
            coarser[level] = _relabelled(labels, steps[chosen][0])
        return cls(labels, weights, coarser)

    def inside(self, groups: NDArray[Any], u: NDArray[np.float64]) -> NDArray[np.int64]:
        """A cell within each of (n,) groups, by (n,) places between 0 and 1."""
        found = np.zeros(len(groups), np.int64)
        for group in range(self.size):
            cells, rows = np.flatnonzero(self.labels == group), np.flatnonzero(groups == group)
            weights = self.weights[cells]
            rising = np.cumsum(weights if weights.sum() > 0 else np.ones(len(cells)))
            found[rows] = cells[np.searchsorted(rising / rising[-1], u[rows], side="right").clip(max=len(cells) - 1)]
        return found


def onto_simplex(noisy: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """The nearest counts that are not negative and add up (Duchi and others 2008)."""
    ranked = np.sort(noisy)[::-1]
    above = (np.cumsum(ranked) - total) / np.arange(1, len(ranked) + 1)
    last = int(np.flatnonzero(ranked > above)[-1])
    return np.asarray(np.maximum(noisy - above[last], 0.0))


def _merged(weights: NDArray[np.float64], ordered: int) -> dict[int, tuple[NDArray[np.int64], float]]:
    """Number of groups -> their labels and the smallest of them, from all cells down to one, the lightest first."""
    groups = [[at] for at in range(len(weights))]
    heavy = [float(weight) for weight in weights]
    loose = len(weights) - ordered  # cells in no order; they are the last
    found = {}
    while True:
        labels = np.empty(len(weights), np.int64)
        for at, group in enumerate(groups):
            labels[group] = at
        found[len(groups)] = labels, min(heavy)
        if len(groups) == 1:
            return found
        first, second = _lightest(heavy, len(groups) - loose)
        loose -= second >= len(groups) - loose
        groups[first] += groups.pop(second)
        heavy[first] += heavy.pop(second)


def _lightest(heavy: list[float], ordered: int) -> tuple[int, int]:
    """The two groups that are put together: neighbours in the order, or the lightest beyond it and any other."""
    pairs = [(heavy[at] + heavy[at + 1], at, at + 1) for at in range(ordered - 1)]
    beyond = sorted(range(ordered, len(heavy)), key=heavy.__getitem__)[:2]
    if beyond:
        lightest = min(range(ordered), key=heavy.__getitem__) if ordered else beyond[1]
        other = beyond[1] if len(beyond) > 1 and heavy[beyond[1]] <= heavy[lightest] else lightest
        pairs.append((heavy[beyond[0]] + heavy[other], min(beyond[0], other), max(beyond[0], other)))
    _, first, second = min(pairs)
    return first, second


def _relabelled(fine: NDArray[np.int64], coarse: NDArray[np.int64]) -> NDArray[np.int64]:
    """The coarse group of each fine one."""
    found = np.zeros(int(fine.max()) + 1, np.int64)
    found[fine] = coarse
    return found
