"""What networks of innovations share: normal scores in, and their output brought back to the marginals of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from synthkit.models.series._marginal import Marginal

__all__ = ["LONG", "Calibration", "correlated", "limits_of"]

LONG = 40_000
"""Steps of a network's own output that tell its quantiles."""
_KNOTS = 801


@dataclass(frozen=True, slots=True)
class Calibration:
    """By rank: a rising map of each channel's own quantiles onto those of the data, then to mean 0 and variance 1.

    Args:
        laws: of each channel of the data.
        knots: (k, 801) quantiles of each channel of the network's output.
        centre, spread: (k,) of the mapped output over the long run.
    """

    laws: tuple[Marginal, ...]
    knots: np.ndarray
    centre: np.ndarray
    spread: np.ndarray

    @classmethod
    def learn(cls, laws: tuple[Marginal, ...], made: np.ndarray) -> Self:
        """From the laws of the data and (N, k) a long run of the network under the conditions of the data."""
        inner = (np.arange(_KNOTS) + 0.5) / _KNOTS
        knots = np.quantile(made, inner, axis=0).T
        knots += 1e-9 * np.arange(_KNOTS)  # rising even where the network gave one value
        mapped = _mapped(made, knots, laws)
        spread = mapped.std(0)
        return cls(laws, knots, mapped.mean(0), np.where(spread > 1e-9, spread, 1.0))

    def __call__(self, made: np.ndarray) -> np.ndarray:
        """(..., k) innovations from (..., k) output of the network."""
        return np.asarray((_mapped(made, self.knots, self.laws) - self.centre) / self.spread)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Arrays by name."""
        middles, tails = np.stack([law.middle for law in self.laws]), np.stack([law.tails for law in self.laws])
        own = {"knots": self.knots, "centre": self.centre, "spread": self.spread}
        return {**own, "middles": middles, "tails": tails}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_arrays` wrote."""
        laws = tuple(Marginal(m, t) for m, t in zip(arrays["middles"], arrays["tails"], strict=True))
        return cls(laws, arrays["knots"], arrays["centre"], arrays["spread"])


def limits_of(context: Sequence[np.ndarray]) -> np.ndarray:
    """(2, c) least and largest conditions."""
    rows = np.vstack(list(context))
    return np.stack([rows.min(0), rows.max(0)]) if len(rows) else np.zeros((2, rows.shape[1]))


def correlated(scores: np.ndarray) -> np.ndarray:
    """(k, k) lower triangle of the scores' correlation, drawn a little toward none."""
    rows = scores[np.isfinite(scores).all(1)]
    n, k = rows.shape
    joint = rows.T @ rows / max(n, 1)
    size = np.sqrt(np.maximum(np.diag(joint), 1e-12))
    joint = joint / np.outer(size, size) * (n / (n + 20.0))
    np.fill_diagonal(joint, 1.0)
    return np.linalg.cholesky(joint + 1e-6 * np.eye(k))


def _mapped(made: np.ndarray, knots: np.ndarray, laws: tuple[Marginal, ...]) -> np.ndarray:
    """Each channel by rank onto its law: rising in the network's output, so the order of values is kept."""
    from scipy.special import ndtr, ndtri

    levels = ndtri((np.arange(_KNOTS) + 0.5) / _KNOTS)
    found = np.empty_like(made)
    for j, law in enumerate(laws):
        x, own = made[..., j], knots[j]
        score = np.interp(x, own, levels)
        for edge, inner, beyond in ((0, 20, x < own[0]), (-1, -21, x > own[-1])):
            slope = (levels[edge] - levels[inner]) / (own[edge] - own[inner])
            score = np.where(beyond, levels[edge] + slope * (x - own[edge]), score)
        found[..., j] = law.ppf(np.clip(ndtr(score), 1e-9, 1 - 1e-9))
    return found
