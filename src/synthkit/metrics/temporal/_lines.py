"""Sums over blocks that do not mind missing cells: lines, gaps filled, spreads. Arrays are (blocks, rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["filled", "line_of", "normed", "spread_of"]

FLAT = 1e-9
_STILL = 1e-12  # of the largest value: what is less than this is the error of the arithmetic


def line_of(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least-squares line of each block, from the cells that are there; NaN for a block without any."""
    there = ~np.isnan(cells)
    count = np.where(there.any(axis=1), there.sum(axis=1), np.nan)[:, None]
    when = np.arange(cells.shape[1], dtype=np.float64)[None, :]
    middle = (there * when).sum(axis=1, keepdims=True) / count
    level = np.where(there, cells, 0.0).sum(axis=1, keepdims=True) / count
    away = np.where(there, when - middle, 0.0)
    slope = (away * np.where(there, cells, 0.0)).sum(axis=1, keepdims=True)
    slope /= np.maximum((away**2).sum(axis=1, keepdims=True), FLAT)
    return np.asarray(level + slope * (when - middle))


def filled(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaps bridged by straight lines, ends held; rows with fewer than half their cells stay NaN."""
    there = ~np.isnan(cells)
    found = cells
    for row in np.flatnonzero(~there.all(axis=1)):
        if found is cells:
            found = cells.copy()
        known = np.flatnonzero(there[row])
        few = 2 * len(known) < cells.shape[1]
        found[row] = np.nan if few else np.interp(np.arange(cells.shape[1]), known, cells[row, known])
    return found


def normed(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each block less its mean, over its standard deviation; a flat block is all zeros."""
    away = cells - cells.mean(axis=1, keepdims=True)
    spread = away.std(axis=1, keepdims=True)
    moves = spread > _STILL * np.abs(cells).max(axis=1, keepdims=True)
    return np.asarray(np.where(moves, away / np.where(moves, spread, 1.0), 0.0))


def spread_of(values: NDArray[np.float64]) -> float:
    """A standard deviation that single outliers do not move: from the 5th to the 95th percentile.

    The plain standard deviation where those two are equal, 1 where nothing varies.

    >>> spread_of(np.array([3.0, 3.0]))
    1.0
    """
    there = values[~np.isnan(values)]
    if not len(there):
        return 1.0
    low, high = np.quantile(there, [0.05, 0.95])
    size = max(abs(float(low)), abs(float(high)), 1e-300)
    for found in (float(high - low) / 3.29, float(there.std())):
        if found > 1e-12 * size:
            return found
    return 1.0
