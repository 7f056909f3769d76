"""How strong trend and season are, and how long runs last, in many blocks at once. Arrays are (blocks, rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["longest_run", "strengths"]

FLAT = 1e-12


def strengths(cells: NDArray[np.float64], season: int) -> dict[str, NDArray[np.float64]]:
    """Shares, each (blocks,): how much of the variance trend and season explain beside the remainder.

    The trend is a centred moving average over a season (a fifth of the rows without one), the season the mean of what
    is left at each of its places. `season` is there only where it fits twice.

    Args:
        cells: without gaps.
        season: rows of a season, or 0.

    References: Wang, Smith and Hyndman (2006).
    """
    rows = cells.shape[1]
    width = season if 2 <= season <= rows // 2 else max(3, rows // 5)
    half = width // 2
    trend = _moving(cells, width)
    rest = cells[:, half : half + trend.shape[1]] - trend
    wave = np.zeros_like(rest)
    found = {}
    if width == season:
        at = (np.arange(rest.shape[1]) + half) % season
        belongs = (at[:, None] == np.arange(season)[None, :]).astype(np.float64)
        means = rest @ belongs / np.maximum(belongs.sum(axis=0), 1)
        wave = (means - means.mean(axis=1, keepdims=True))[:, at]
    remainder = rest - wave
    left = remainder.var(axis=1)
    found["trend"] = _share(left, (trend + remainder).var(axis=1))
    if width == season:
        found["season"] = _share(left, (wave + remainder).var(axis=1))
    return found


def longest_run(true: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The longest row of trues in each block.

    >>> longest_run(np.array([[True, True, False, True]]))
    array([2])
    """
    run = np.zeros(len(true), dtype=np.int64)
    best = run.copy()
    for column in true.T:
        run = np.where(column, run + 1, 0)
        np.maximum(best, run, out=best)
    return best


def _moving(cells: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Centred moving averages; of an even width, the two ends count half."""
    sums = np.concatenate([np.zeros((len(cells), 1)), np.cumsum(cells, axis=1)], axis=1)
    plain = (sums[:, width:] - sums[:, :-width]) / width
    return np.asarray(plain if width % 2 else (plain[:, 1:] + plain[:, :-1]) / 2)


def _share(left: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(whole > FLAT, np.clip(1 - left / np.maximum(whole, FLAT), 0.0, 1.0), np.nan)
