"""What a series is besides trend and season: a short autoregression that any innovations can drive."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

__all__ = ["driven", "filled", "remainder", "sieve"]

_LONGEST = 24  # lags, at most
_WIDE = 40  # rows of a window of which each row is not worth a fit of its own


def filled(x: np.ndarray) -> np.ndarray:
    """(T,) values with missing ones on the straight line between their neighbours; 0 where none is known."""
    known = np.isfinite(x)
    return np.interp(np.arange(len(x)), np.flatnonzero(known), x[known]) if known.any() else np.zeros(len(x))


def remainder(x: np.ndarray, seasons: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Trend and season of (T,) values together, and what is left (NaN where missing).

    STL for one season, MSTL for several, a smooth curve where the series holds no season twice.
    """
    whole = filled(x)
    usable = tuple(m for m in seasons if m >= 2 and 2 * m + 1 <= len(x))
    if not usable:
        base = _smooth(whole)
        return base, x - base
    from statsmodels.tsa.seasonal import MSTL, STL

    jumps = {"trend_jump": _jump(1.5 * min(usable)), "low_pass_jump": _jump(min(usable))}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if len(usable) == 1:
            found = STL(whole, period=usable[0], robust=True, **jumps).fit()
            base = found.trend + found.seasonal
        else:
            found = MSTL(whole, periods=usable, stl_kwargs=jumps).fit()
            base = whole - found.resid
    return np.asarray(base), np.asarray(x - base)


def _jump(window: float) -> int:
    """Rows between two local fits of a long window, straight lines in between: a tenth of it, as in R's `stl`."""
    return int(np.ceil(window / 10)) if window > _WIDE else 1


def _smooth(whole: np.ndarray) -> np.ndarray:
    """A local line over a third of the rows (at least seven), weighted by distance."""
    n = len(whole)
    if n < 4:
        return np.full(n, whole.mean() if n else 0.0)
    rows = np.arange(n)
    reach = max(7.0, n / 3) / 2 + 1
    window = int(np.ceil(reach))
    base = np.empty(n)
    for t in rows:
        near = rows[max(0, t - window) : t + window + 1]
        weight = np.clip(1 - (np.abs(near - t) / reach) ** 3, 0, None) ** 1.5
        _, level = np.polyfit(near - t, whole[near], 1, w=weight) if len(near) > 2 else (0.0, whole[near].mean())
        base[t] = level
    return base


def sieve(rest: np.ndarray) -> dict[str, Any]:
    """Coefficients and standard deviation of an AR of the remainder, its order by AICc (Buehlmann 1997)."""
    known = np.isfinite(rest)
    n = int(known.sum())
    whole = np.where(known, rest - (rest[known].mean() if n else 0.0), 0.0)
    most = max(0, min(_LONGEST, int(10 * np.log10(max(n, 1))), n // 4))
    covariance = np.array([whole[: len(whole) - h] @ whole[h:] / max(n, 1) for h in range(most + 1)])
    if covariance[0] <= 1e-20:
        return {"ar": [], "sigma": 0.0}
    best: tuple[float, list[float], float] = (np.inf, [], 0.0)
    phi, variance = np.zeros(0), float(covariance[0])
    for p in range(most + 1):
        if p:  # Levinson and Durbin
            partial = (
                (covariance[p] - phi @ covariance[p - 1 : 0 : -1]) / variance if p > 1 else covariance[1] / variance
            )
            phi = np.append(phi - partial * phi[::-1], partial)
            variance *= 1 - partial**2
        score = n * np.log(max(variance, 1e-20)) + 2 * (p + 1) * n / max(n - p - 2, 1)
        if score < best[0]:
            best = (score, [float(c) for c in phi], float(np.sqrt(max(variance, 0.0))))
    return {"ar": best[1], "sigma": best[2]}


def driven(fitted: dict[str, Any], shocks: np.ndarray, burn: int) -> np.ndarray:
    """(paths, n) remainders from (paths, burn + n) innovations of variance 1."""
    from scipy.signal import lfilter

    made = lfilter([fitted["sigma"]], [1.0, *(-c for c in fitted["ar"])], shocks, axis=1)
    return np.asarray(made)[:, burn:]
