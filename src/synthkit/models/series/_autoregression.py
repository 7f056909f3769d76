"""Autoregressions by Burg's recursion: orders, whitening and a test of a unit root, without a likelihood to climb."""

from __future__ import annotations

import numpy as np

from synthkit.models.series._filters import pacf_to_ar

__all__ = ["burg", "unit_root", "whitened"]

_CRITICAL = {True: -3.13, False: -2.57}  # Dickey and Fuller's test at 10 %, with a trend and without
_NEAR = 0.1  # a level that gives back more than this share of a shock in one row has no unit root for our purposes


def burg(x: np.ndarray, most: int, *, used: int = 1) -> np.ndarray:
    """(p,) partial autocorrelations of the order AICc picks, all within (-1, 1).

    Args:
        x: (T,) with mean 0.
        most: largest order.
        used: parameters already spent on the mean.

    >>> noise = np.random.default_rng(0).normal(size=400)
    >>> len(burg(noise[1:] + 0.9 * noise[:-1], 10)) > len(burg(noise, 10))
    True
    """
    n = len(x)
    power = float(x @ x) / max(n, 1)
    if power <= 1e-20:
        return np.zeros(0)
    ahead, behind = np.array(x[1:]), np.array(x[:-1])
    partial: list[float] = []
    best, chosen = _aicc(n, power, used), 0
    for order in range(1, most + 1):
        weight = float(ahead @ ahead + behind @ behind)
        if weight <= 1e-12 * power * n:
            break
        k = float(np.clip(2 * float(ahead @ behind) / weight, -0.9999, 0.9999))
        partial.append(k)
        power *= 1 - k * k
        ahead, behind = (ahead - k * behind)[1:], (behind - k * ahead)[:-1]
        criterion = _aicc(n, power, used + order)
        if criterion < best:
            best, chosen = criterion, order
    return np.array(partial[:chosen])


def whitened(columns: np.ndarray, partial: np.ndarray) -> np.ndarray:
    """(T, q) columns less their prediction from the rows before, all on the scale of the innovations.

    The first rows are predicted from as many as there are and scaled up or down to the same variance (Levinson), so
    that no row is lost.
    """
    p = len(partial)
    if p == 0:
        return columns
    from scipy.signal import lfilter

    a = pacf_to_ar(partial[None])[0]
    white = np.asarray(lfilter(a, np.ones(1), columns, axis=0))
    for t in range(min(p, len(columns))):
        short = pacf_to_ar(partial[None, :t])[0]
        white[t] = (short[:, None] * columns[t - np.arange(t + 1)]).sum(axis=0)
        white[t] *= np.sqrt(np.prod(1 - partial[t:] ** 2))
    return white


def unit_root(x: np.ndarray, lags: int, *, slope: bool = True) -> bool:
    """Whether a unit root cannot be ruled out (augmented Dickey-Fuller at 10 %) and would not be far off.

    The test has little power; paths of a level that is let loose in vain are wild, so the estimate has a say too.

    Args:
        x: (T,) what a trend and waves left.
        lags: order of the autoregression of x.
        slope: whether there was a trend.

    >>> rng = np.random.default_rng(0)
    >>> unit_root(np.cumsum(rng.standard_normal(500)), 1), unit_root(rng.standard_normal(500), 1)
    (True, False)
    """
    more = min(max(lags - 1, 0), len(x) // 8)
    steps = np.diff(x)
    n = len(steps) - more
    if n < more + 6:
        return True
    columns = [x[more:-1], np.ones(n), *([np.linspace(-1, 1, n)] if slope else [])]
    columns += [steps[more - lag : len(steps) - lag] for lag in range(1, more + 1)]
    left, right = np.column_stack(columns), steps[more:]
    fit, *_ = np.linalg.lstsq(left, right, rcond=None)
    rest = right - left @ fit
    variance = float(rest @ rest) / max(n - left.shape[1], 1)
    error = np.sqrt(max(variance * float(np.linalg.pinv(left.T @ left, hermitian=True)[0, 0]), 1e-300))
    near = -fit[0] < max(_NEAR, 10 / len(x))  # 10 / T: what the estimate errs by under a unit root
    return bool(near and fit[0] / error > _CRITICAL[slope])


def _aicc(n: int, power: float, k: int) -> float:
    return n * float(np.log(max(power, 1e-300))) + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 1e-3)
