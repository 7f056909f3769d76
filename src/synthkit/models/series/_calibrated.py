"""What networks of innovations share: normal scores in, and their output brought back to the marginals of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from synthkit.models.series._marginal import Marginal, to_scores

__all__ = ["LONG", "Calibration", "correlated", "packed", "prepared", "unpacked"]

LONG = 40_000
"""Steps of a network's own output that tell its quantiles."""
_KNOTS = 801
_OUTERMOST = 3.8  # normal score of the last knot: some three of LONG steps lie beyond
_WEIGHT = "weight."
_TAIL = 1e-6  # probability beyond which no value is made: one step too far would set the variance of the run


@dataclass(frozen=True, slots=True)
class Calibration:
    """By rank: a rising map of each channel's own quantiles onto those of the data, which have mean 0 and variance 1.

    The moments of the map's own output over a long run are not forced: with heavy tails a few steps would set them.

    Args:
        laws: of each channel of the data.
        levels: (801,) normal scores, at which quantiles are known.
        knots: (k, 801) these quantiles, of each channel of the network's output.
    """

    laws: tuple[Marginal, ...]
    levels: np.ndarray
    knots: np.ndarray

    @classmethod
    def learn(cls, laws: tuple[Marginal, ...], made: np.ndarray) -> Self:
        """From the laws of the data and (N, k) a long run of the network under the conditions of the data."""
        from scipy.special import ndtr

        levels = np.linspace(-_OUTERMOST, _OUTERMOST, _KNOTS)
        knots = np.quantile(made, ndtr(levels), axis=0).T
        knots += 1e-9 * np.arange(_KNOTS)  # rising even where the network gave one value
        return cls(laws, levels, knots)

    def __call__(self, made: np.ndarray) -> np.ndarray:
        """(..., k) innovations from (..., k) output of the network.

        Beyond the knots the output is taken for the normal score that the network was taught to give.
        """
        from scipy.special import ndtr

        found = np.empty_like(made)
        for j, law in enumerate(self.laws):
            x, own = made[..., j], self.knots[j]
            beyond = np.minimum(x - own[0], 0) + np.maximum(x - own[-1], 0)
            score = np.interp(x, own, self.levels) + beyond
            found[..., j] = law.ppf(np.clip(ndtr(score), _TAIL, 1 - _TAIL))
        return found

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Arrays by name."""
        middles, tails = np.stack([law.middle for law in self.laws]), np.stack([law.tails for law in self.laws])
        return {"levels": self.levels, "knots": self.knots, "middles": middles, "tails": tails}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_arrays` wrote."""
        laws = tuple(Marginal(m, t) for m, t in zip(arrays["middles"], arrays["tails"], strict=True))
        return cls(laws, *(arrays[name] for name in ("levels", "knots")))


def prepared(
    innovations: Sequence[np.ndarray], context: Sequence[np.ndarray]
) -> tuple[tuple[Marginal, ...], list[np.ndarray], np.ndarray, list[np.ndarray]]:
    """What a network learns from (T, k) innovations with (T, c) conditions, one array a series.

    Returns:
        The law of each channel, the (T, k) normal scores, and the (2, c) limits of the conditions with these in them.
    """
    laws = tuple(Marginal.learn(column) for column in np.vstack(list(innovations)).T)
    rows = np.vstack(list(context))
    limits = np.stack([rows.min(0), rows.max(0)]) if len(rows) else np.zeros((2, rows.shape[1]))
    return laws, [to_scores(laws, one) for one in innovations], limits, [np.clip(c, *limits) for c in context]


def packed(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Weights of a network under names that they share a file with."""
    return {_WEIGHT + name: array for name, array in weights.items()}


def unpacked(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights among the arrays of a file."""
    return {name.removeprefix(_WEIGHT): array for name, array in arrays.items() if name.startswith(_WEIGHT)}


def correlated(scores: np.ndarray) -> np.ndarray:
    """(k, k) lower triangle of the scores' correlation, drawn a little toward none."""
    rows = scores[np.isfinite(scores).all(1)]
    n, k = rows.shape
    joint = rows.T @ rows / max(n, 1)
    size = np.sqrt(np.maximum(np.diag(joint), 1e-12))
    joint = joint / np.outer(size, size) * (n / (n + 20.0))
    np.fill_diagonal(joint, 1.0)
    return np.linalg.cholesky(joint + 1e-6 * np.eye(k))
