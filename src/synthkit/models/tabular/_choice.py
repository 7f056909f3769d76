"""Rows chosen among proposals by their weights, with no more chance in it than need be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from synthkit.encode.columns import Numbers
from synthkit.encode.encoder import Encoder

__all__ = ["chosen", "raked"]

_BINS = 40  # of a number, by quantiles
_ROUNDS = 15  # of raking: by then shares agree to a few thousandths
_KEYS = 8  # columns by which proposals are put in order


def raked(weights: np.ndarray, rows: Mapping[str, np.ndarray], encoder: Encoder) -> np.ndarray:
    """Weights under which each column's law is again the one it has without weights (Deming and Stephan 1940).

    Args:
        weights: (n,) positive.
        rows: n encoded rows.
        encoder: of the rows.
    """
    found: np.ndarray = weights / weights.sum()
    places = [_bins(array, isinstance(encoder.codes[name], Numbers)) for name, array in rows.items()]
    shares = [np.bincount(place) / len(place) for place in places]
    for _ in range(_ROUNDS):
        for place, share in zip(places, shares, strict=True):
            now = np.bincount(place, found, minlength=len(share))
            found = found * np.divide(share, now, out=np.ones_like(share), where=now > 0)[place]
    return found


def _bins(array: np.ndarray, number: bool) -> np.ndarray:
    if not number:
        return array
    filled = np.isfinite(array)
    cuts = np.unique(np.quantile(array[filled], np.linspace(0, 1, _BINS + 1)[1:-1])) if filled.any() else np.zeros(0)
    bins: np.ndarray = np.searchsorted(cuts, array, side="right")
    bins[~filled] = len(cuts) + 1
    return bins


def chosen(weights: np.ndarray, rows: Mapping[str, np.ndarray], n: int, rng: np.random.Generator) -> np.ndarray:
    """Places of `n` different rows, ascending, each with a chance in proportion to its weight (at most 1).

    The rows are put in order by their first columns and taken at even steps of the summed chances (systematic
    sampling, Madow 1949): like rows are not chosen independently, so any part of the table gets its share.

    Args:
        weights: (m,) positive, of m >= n rows.
        rows: m encoded rows.
        n: how many.
        rng: where the steps begin, and the order of equal rows.
    """
    if n == 0:
        return np.zeros(0, np.int64)
    keys = [np.nan_to_num(array.astype(np.float64), nan=-np.inf) for array in list(rows.values())[:_KEYS]]
    order = np.lexsort((rng.random(len(weights)), *reversed(keys)))
    steps = np.cumsum(_chances(weights, n)[order])
    at = np.searchsorted(steps * (n / steps[-1]), np.arange(n) + rng.random(), side="right")
    taken = np.zeros(len(weights), bool)
    taken[at.clip(max=len(weights) - 1)] = True
    taken[np.flatnonzero(~taken)[: n - int(taken.sum())]] = True  # where rounding put two steps on one row
    return np.sort(order[taken])


def _chances(weights: np.ndarray, n: int) -> np.ndarray:
    """Chances that sum to `n`, in proportion to the weights but for those that would pass 1."""
    chances = weights * (n / weights.sum())
    sure = np.zeros(len(weights), bool)
    while (chances[~sure] > 1).any():
        sure |= chances > 1
        chances = np.where(sure, 1.0, weights * ((n - sure.sum()) / weights[~sure].sum()))
    found: np.ndarray = chances
    return found
