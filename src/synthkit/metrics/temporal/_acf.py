"""Auto-, partial and cross-correlations of many blocks at once, missing cells left out. Arrays are (blocks, rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["acf", "ccf", "pacf"]

FLAT = 1e-12


def acf(cells: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """Autocorrelations at lags 1 to `lags`: (blocks, lags); NaN for a block that does not vary.

    Divided by all rows and not by the pairs at that lag, as usual; where cells are missing, by their share.

    >>> acf(np.array([[1.0, -1.0, 1.0, -1.0]]), 2).round(2)
    array([[-0.75,  0.5 ]])
    """
    return _correlations(cells, cells, lags)[:, lags + 1 :]


def ccf(first: NDArray[np.float64], second: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """Correlations of `first` with `second` that many rows later, lags -`lags` to `lags`: (blocks, 2 lags + 1)."""
    return _correlations(first, second, lags)


def pacf(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Partial autocorrelations of the same lags, by Durbin and Levinson's recursion.

    References: Durbin (1960).
    """
    blocks, lags = correlations.shape
    found = np.empty((blocks, lags))
    weights = np.zeros((blocks, lags))
    for k in range(lags):
        past = weights[:, :k]
        above = correlations[:, k] - (past * correlations[:, :k][:, ::-1]).sum(axis=1)
        below = 1.0 - (past * correlations[:, :k]).sum(axis=1)
        # Correlations from gappy blocks need not be those of any series.
        found[:, k] = np.clip(above / np.where(below > 1e-3, below, 1e-3), -1.0, 1.0)
        weights[:, :k] = past - found[:, k, None] * past[:, ::-1]
        weights[:, k] = found[:, k]
    return found


def _correlations(first: NDArray[np.float64], second: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    rows = first.shape[1]
    masks = [~np.isnan(cells) for cells in (first, second)]
    sides = [_away(cells, mask) for cells, mask in zip((first, second), masks, strict=True)]
    sums = _products(sides[0], sides[1], lags)
    whole = all(mask.all() for mask in masks)
    if not whole:
        pairs = np.round(_products(masks[0].astype(np.float64), masks[1].astype(np.float64), lags))
        full = rows - np.abs(np.arange(-lags, lags + 1))
        sums = np.where(pairs > 0, sums / np.maximum(pairs, 1) * full / rows, np.nan)
    else:
        sums = sums / rows
    power = [(side**2).sum(axis=1) / np.maximum(mask.sum(axis=1), 1) for side, mask in zip(sides, masks, strict=True)]
    scale = np.sqrt(power[0] * power[1])
    few = (scale < FLAT) | np.any([2 * mask.sum(axis=1) < rows for mask in masks], axis=0)
    scale = np.where(few, np.nan, scale)
    return np.asarray(np.clip(sums / scale[:, None], -1.0, 1.0))


def _away(cells: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    there = np.where(mask, cells, 0.0)
    mean = there.sum(axis=1, keepdims=True) / np.maximum(mask.sum(axis=1, keepdims=True), 1)
    return np.where(mask, cells - mean, 0.0)


def _products(first: NDArray[np.float64], second: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """Sums of first[t] * second[t + lag] for lags -`lags` to `lags`."""
    from scipy.fft import irfft, next_fast_len, rfft

    size = next_fast_len(first.shape[1] + lags, real=True)
    found = irfft(np.conj(rfft(first, size, axis=1)) * rfft(second, size, axis=1), size, axis=1)
    return np.asarray(found[:, np.r_[size - lags : size, 0 : lags + 1]] if lags else found[:, :1])
