"""How often to difference, and which few ARMA orders to try after that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthkit.models.series._estimates import quiet
from synthkit.models.series._sieve import filled

__all__ = ["Orders", "candidates", "differences"]

_STRONG = 0.64  # seasonal strength above which a season is differenced (Hyndman and Athanasopoulos 2021, section 9.1)
_WEAK = 0.3  # and below which it is left out
_LEVEL = 0.05  # of the KPSS test


@dataclass(frozen=True, slots=True)
class Orders:
    """(p, d, q)(P, D, Q) of season m, with a constant or without."""

    p: int
    d: int
    q: int
    seasonal: tuple[int, int, int] = (0, 0, 0)
    m: int = 0

    @property
    def trend(self) -> str:
        """A mean without differences, a drift with one, nothing with two (it would be a parabola)."""
        return "c" if self.d + self.seasonal[1] < 2 else "n"

    @property
    def size(self) -> int:
        """Parameters."""
        return self.p + self.q + self.seasonal[0] + self.seasonal[2] + 1 + (self.trend == "c")


def differences(x: np.ndarray, season: int) -> tuple[int, int, int]:
    """d, D and the season to use (1 for none) for (T,) values with NaN where missing.

    D by the strength of the season, d by the KPSS test (Kwiatkowski et al. 1992).
    """
    known = int(np.isfinite(x).sum())
    whole = filled(x)
    m, big = season, 0
    if m < 2 or known < 3 * m:
        m = 1
    else:
        strength = _strength(whole, m)
        if strength < _WEAK:
            m = 1
        elif strength > _STRONG:
            big, whole = 1, whole[m:] - whole[:-m]
    small = 0
    while small < (1 if big else 2) and len(whole) > 6 and _wanders(whole):
        small, whole = small + 1, np.diff(whole)
    return small, big, m


def _strength(whole: np.ndarray, m: int) -> float:
    """Share of the variance of season and remainder that the season has."""
    from statsmodels.tsa.seasonal import STL

    with quiet():
        found = STL(whole, period=m, seasonal=13).fit()
    both = float(np.var(found.seasonal + found.resid))
    return 1 - float(np.var(found.resid)) / both if both > 1e-20 else 0.0


def _wanders(whole: np.ndarray) -> bool:
    """Whether a level is rejected."""
    from statsmodels.tsa.stattools import kpss

    if whole.std() < 1e-12:
        return False
    with quiet():
        return bool(kpss(whole, regression="c", nlags="legacy")[1] < _LEVEL)


def candidates(d: int, big: int, m: int, known: int) -> tuple[Orders, ...]:
    """A few orders with the same differences, cheapest first; none with more parameters than a fifth of the rows."""
    short = [(0, 1), (1, 0), (1, 1), (2, 1)] if d else [(1, 0), (0, 1), (1, 1), (2, 0)]
    if m < 2:
        short += [(2, 2)] if d else [(2, 1), (3, 0)]
        found = [Orders(p, d, q) for p, q in short]
    else:
        seasonal = (0, 1, 1) if big else (1, 0, 1)
        found = [Orders(p, d, q, seasonal, m) for p, q in short]
    few = [Orders(0, d, 0), *found]
    left = known - d - big * m
    return (
        tuple(o for o in few if o.size <= max(2, left // 5))
        if m < 2
        else tuple(o for o in found if o.size <= max(2, left // 5)) or (Orders(0, d, 0, (0, big, 0), m),)
    )
