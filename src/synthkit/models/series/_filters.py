"""Rational filters: a series as A(B) y = C(B) e, made from innovations and taken apart into them.

    y[t] = e[t] + w[0]        w[i] <- w[i + 1] + c[i + 1] e[t] - a[i + 1] y[t]

w is the state before row t and w[0] the one-step prediction. One recursion serves exponential smoothing, ARMA errors
and seasonal patterns alike, and `scipy.signal.lfilter` runs it in C.
"""

from __future__ import annotations

import numpy as np

__all__ = ["free_to_state", "made_from", "pacf_to_ar", "poly", "sum_of", "taken_apart"]


def poly(*factors: np.ndarray) -> np.ndarray:
    """The product of polynomials in B, lowest power first.

    >>> poly(np.array([1.0, -1.0]), np.array([1.0, -0.5])).tolist()
    [1.0, -1.5, 0.5]
    """
    product = np.ones(1)
    for factor in factors:
        product = np.convolve(product, factor)
    return product


def sum_of(*terms: np.ndarray) -> np.ndarray:
    """The sum of polynomials of any length, lowest power first."""
    total = np.zeros(max(len(term) for term in terms))
    for term in terms:
        total[: len(term)] += term
    return total


def free_to_state(free: np.ndarray, a: np.ndarray) -> np.ndarray:
    """The state whose path without innovations begins with `free`, one value for each power of B in `a`.

    >>> w = free_to_state(np.array([5.0, 6.0]), np.array([1.0, -2.0, 1.0]))  # a straight line
    >>> made_from(np.zeros((1, 4)), np.array([1.0, -2.0, 1.0]), np.ones(1), w).tolist()
    [[5.0, 6.0, 7.0, 8.0]]
    """
    return np.asarray(np.convolve(a, free)[: len(a) - 1])


def made_from(e: np.ndarray, a: np.ndarray, c: np.ndarray, state: np.ndarray) -> np.ndarray:
    """(paths, n) series from (paths, n) innovations and a state, the same for all or (paths, d)."""
    from scipy.signal import lfilter

    a, c = _even(a, c)
    if len(a) == 1:
        return np.array(e, dtype=np.float64)
    zi = np.broadcast_to(_long(state, len(a) - 1), (len(e), len(a) - 1))
    return np.asarray(lfilter(c, a, e, axis=1, zi=zi)[0])


def taken_apart(y: np.ndarray, a: np.ndarray, c: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T,) innovations of a series and the state after its last row.

    A missing value (NaN) has no innovation (NaN): the prediction stands in for it.
    """
    from scipy.signal import lfilter

    a, c = _even(a, c)
    if len(a) == 1:
        return np.array(y, dtype=np.float64), np.zeros(0)
    w = np.array(_long(state, len(a) - 1), dtype=np.float64)
    e = np.full(len(y), np.nan)
    known = np.isfinite(y)
    edges = np.flatnonzero(np.diff(known, prepend=not known[0])) if len(y) else np.zeros(0, dtype=int)
    for begin, end in zip(edges, [*edges[1:], len(y)], strict=True):
        if known[begin]:
            # The filter taken the other way round has the same state with the other sign.
            e[begin:end], back = lfilter(a, c, y[begin:end], zi=-w)
            w = -back
            continue
        for _ in range(begin, end):
            w = np.append(w[1:], 0.0) - a[1:] * w[0]
    return e, w


def pacf_to_ar(partial: np.ndarray) -> np.ndarray:
    """(paths, p + 1) stationary AR polynomials [1, -phi_1, ...] from (paths, p) partial autocorrelations in (-1, 1).

    >>> pacf_to_ar(np.array([[0.5]])).tolist()
    [[1.0, -0.5]]
    """
    paths, p = partial.shape
    phi = np.zeros((paths, 0))
    for k in range(p):
        at = partial[:, k : k + 1]
        phi = np.hstack([phi - at * phi[:, ::-1], at])
    return np.hstack([np.ones((paths, 1)), -phi])


def _even(a: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both with as many powers."""
    size = max(len(a), len(c))
    return _long(a, size), _long(c, size)


def _long(values: np.ndarray, size: int) -> np.ndarray:
    short = size - values.shape[-1]
    if short <= 0:
        return values
    return np.concatenate([values, np.zeros((*values.shape[:-1], short))], axis=-1)
