"""The law of one channel as a quantile function: smoothed in the middle, Pareto beyond the outer twentieths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

__all__ = ["Marginal", "to_scores"]

_OUTER = 0.05  # share of each tail
_KNOTS = 181  # of the middle, one for each half per cent
_EXCEEDANCES = 20  # in a tail, below which its shape is taken as that of an exponential law
_SHAPES = (-0.5, 0.4)  # of a tail: beyond them the variance of a sample says little about that of the law


@dataclass(frozen=True, slots=True)
class Marginal:
    """Quantiles at even probabilities from .05 to .95, and generalised Pareto laws of what exceeds them.

    Args:
        middle: (181,) rising quantiles.
        tails: (2, 2) scale and shape of the lower and of the upper tail.

    References:
        Hosking and Wallis (1987), Parameter and quantile estimation for the generalized Pareto distribution.
    """

    middle: np.ndarray
    tails: np.ndarray

    @classmethod
    def learn(cls, values: np.ndarray) -> Self:
        """From (n,) values, NaN left out.

        >>> law = Marginal.learn(np.random.default_rng(0).standard_normal(4000))
        >>> abs(float(law.ppf(np.array([0.999]))[0]) - 3.09) < 0.3
        True
        """
        known = np.sort(values[np.isfinite(values)])
        levels = np.linspace(_OUTER, 1 - _OUTER, _KNOTS)
        middle = np.quantile(known, levels, method="hazen") if len(known) else np.zeros(_KNOTS)
        if len(np.unique(middle)) == _KNOTS:  # a running mean smooths; with ties it would smear the atoms
            middle[1:-1] = (middle[:-2] + 2 * middle[1:-1] + middle[2:]) / 4
        return cls(middle, np.array([_pareto(middle[0] - known), _pareto(known - middle[-1])]))

    def ppf(self, p: np.ndarray) -> np.ndarray:
        """Values at probabilities in (0, 1)."""
        levels = np.linspace(_OUTER, 1 - _OUTER, _KNOTS)
        found = np.interp(p, levels, self.middle)
        found = np.where(p < _OUTER, self.middle[0] - _beyond(p, *self.tails[0]), found)
        return np.asarray(np.where(p > 1 - _OUTER, self.middle[-1] + _beyond(1 - p, *self.tails[1]), found))

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Probabilities, strictly between 0 and 1; the middle of its step for a value many rows share."""
        levels = np.linspace(_OUTER, 1 - _OUTER, _KNOTS)
        below = np.interp(-x, -self.middle[::-1], levels[::-1])
        found = (np.interp(x, self.middle, levels) + below) / 2
        found = np.where(x < self.middle[0], _above(self.middle[0] - x, *self.tails[0]), found)
        found = np.where(x > self.middle[-1], 1 - _above(x - self.middle[-1], *self.tails[1]), found)
        return np.clip(found, 1e-7, 1 - 1e-7)


def to_scores(laws: tuple[Marginal, ...], rows: np.ndarray) -> np.ndarray:
    """(T, k) normal scores of (T, k) values; NaN stays."""
    from scipy.special import ndtri

    if not rows.size:
        return rows.astype(np.float64)
    return np.column_stack([ndtri(law.cdf(column)) for law, column in zip(laws, rows.T, strict=True)])


def _pareto(exceedances: np.ndarray) -> tuple[float, float]:
    """Scale and shape by L-moments of the positive ones (given in either order)."""
    found = np.sort(exceedances[exceedances > 0])
    n = len(found)
    if n < 2 or found[-1] <= 0:
        return 1e-9, 0.0
    first = float(found.mean())
    second = float((found * (2 * np.arange(n) - n + 1)).sum() / (n * (n - 1)))
    if n < _EXCEEDANCES or second <= 1e-12 * first:
        return first, 0.0
    shape = float(np.clip(2 - first / second, *_SHAPES))
    return first * (1 - shape), shape


def _beyond(p: np.ndarray, scale: float, shape: float) -> np.ndarray:
    """How far beyond the threshold a value of tail probability `p` lies."""
    share = np.clip(p, 1e-12, _OUTER) / _OUTER
    return np.asarray(scale * (-np.log(share) if abs(shape) < 1e-6 else (share**-shape - 1) / shape))


def _above(distance: np.ndarray, scale: float, shape: float) -> np.ndarray:
    """Tail probability of a distance beyond the threshold."""
    scaled = np.maximum(np.nan_to_num(distance), 0) / scale
    share = np.exp(-scaled) if abs(shape) < 1e-6 else np.maximum(1 + shape * scaled, 1e-12) ** (-1 / shape)
    return np.asarray(_OUTER * np.minimum(share, 1.0))
