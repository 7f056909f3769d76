"""Twenty-two figures that tell kinds of series apart, for many blocks at once. Arrays are (blocks, rows).

The choice follows catch22, the figures found to tell series apart best in 93 tasks: distribution, memory, asymmetry in
time, ups and downs, forecastability. They are written anew for many blocks, some of them more simply than there, so
values differ from that library's.

References: Lubba, Sethi, Knaute, Schultz, Fulcher and Jones (2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthkit.metrics.temporal._acf import acf
from synthkit.metrics.temporal._lines import filled, normed
from synthkit.metrics.temporal._strengths import longest_run

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SHORTEST", "catch"]

SHORTEST = 10
STEP = 0.04  # of a standard deviation: smaller steps count as none
LAGS = 60


def catch(cells: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Figures of each block, set to mean 0 and spread 1 first: name -> (blocks,), NaN where most cells are missing."""
    whole = filled(cells)
    lost = np.asarray(np.isnan(whole).any(axis=1))
    x = normed(np.where(lost[:, None], 0.0, whole))
    found = _levels(x) | _memory(x) | _steps(x) | _words(x) | _forecasts(x)
    return {name: np.where(lost, np.nan, figure) for name, figure in found.items()}


def _levels(x: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    rows = x.shape[1]
    found = {f"mode of {bins} bins": _mode(x, bins) for bins in (5, 10)}
    found["skewness"] = (x**3).mean(axis=1)
    found["tail weight"] = np.log1p((x**4).mean(axis=1))
    for name, side in (("timing of high outliers", x), ("timing of low outliers", -x)):
        weight = np.where(side > 1.0, side, 0.0)
        total = weight.sum(axis=1)
        middle = (weight * np.linspace(-1, 1, rows)).sum(axis=1) / np.maximum(total, 1e-9)
        found[name] = np.where(total > 0, middle, 0.0)
    return found


def _mode(x: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    width = np.maximum(high - low, 1e-12) / bins
    place = np.clip(((x - low) / width).astype(np.int64), 0, bins - 1)
    counts = np.stack([(place == b).sum(axis=1) for b in range(bins)], axis=1)
    return np.asarray(low[:, 0] + (counts.argmax(axis=1) + 0.5) * width[:, 0])


def _memory(x: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    rows = x.shape[1]
    lags = min(LAGS, 2 * rows // 3)
    r = np.nan_to_num(acf(x, lags))
    power = np.abs(np.fft.rfft(x, axis=1))[:, 1:] ** 2
    share = power / np.maximum(power.sum(axis=1, keepdims=True), 1e-12)
    at = np.arange(1, share.shape[1] + 1) / share.shape[1]
    falling = np.concatenate([np.ones((len(r), 1)), r], axis=1)
    turns = (falling[:, 1:-1] < falling[:, :-2]) & (falling[:, 1:-1] <= falling[:, 2:])
    return {
        "lag of 1/e": _first(r < 1 / np.e) / lags,
        "first zero of the correlogram": _first(r < 0) / lags,
        "first low of the correlogram": _first(turns) / lags,
        "first peak of the correlogram": _peak(r) / lags,
        "slow power": share[:, : max(1, share.shape[1] // 5)].sum(axis=1),
        "spectral centroid": (share * at).sum(axis=1),
    }


def _first(true: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Place (from 1) of the first true; one past the end where there is none."""
    return np.asarray(np.where(true.any(axis=1), true.argmax(axis=1) + 1.0, true.shape[1] + 1.0))


def _peak(r: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lag of the first peak after the first dip below zero: a rhythm; one past the end without one."""
    after = np.cumsum(r < 0, axis=1) > 0
    peaks = after[:, 1:-1] & (r[:, 1:-1] > r[:, :-2]) & (r[:, 1:-1] >= r[:, 2:]) & (r[:, 1:-1] > 0.1)
    return np.asarray(np.where(peaks.any(axis=1), peaks.argmax(axis=1) + 2.0, r.shape[1] + 1.0))


def _steps(x: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    rows, d = x.shape[1], np.diff(x, axis=1)
    return {
        "time asymmetry": np.cbrt((d**3).mean(axis=1)),
        "large steps": (np.abs(d) > STEP).mean(axis=1),
        "longest run above the mean": longest_run(x > 0) / rows,
        "longest run down": longest_run(d < 0) / rows,
        "crossings of the mean": ((x[:, 1:] > 0) != (x[:, :-1] > 0)).mean(axis=1),
        "roughness": np.log((d**2).mean(axis=1) + 1e-6),
        "clustered steps": np.nan_to_num(acf(np.abs(d), 1)[:, 0]),
    }


def _words(x: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """How predictable the thirds of the distribution (low, middle, high) are from the one before."""
    ranks = x.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    third = ranks * 3 // x.shape[1]
    pair = third[:, :-1] * 3 + third[:, 1:]
    shares = np.stack([(pair == w).mean(axis=1) for w in range(9)], axis=1)
    entropy = -(shares * np.log(np.maximum(shares, 1e-12))).sum(axis=1)
    before = shares.reshape(-1, 3, 3).sum(axis=2)
    return {"entropy of pairs": entropy, "entropy of the next": entropy + (before * np.log(before)).sum(axis=1)}


def _forecasts(x: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """How far the mean of the last three misses the next."""
    three = (x[:, :-3] + x[:, 1:-2] + x[:, 2:-1]) / 3
    return {"error of a three-step mean": (x[:, 3:] - three).std(axis=1)}
