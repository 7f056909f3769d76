"""Columns of any kind as standard normal scores, and back: what a Gaussian copula joins.

Each cell becomes a random point of the interval of [0, 1] that its value takes in the column's law (the distributional
transform, Rüschendorf 2009), and that point a normal quantile. Missing is a value like any other, at the lower end.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from synthkit.encode.columns import Numbers
from synthkit.encode.encoder import Encoder

__all__ = ["NormalScores"]

_EDGE = 1e-6  # keeps quantiles finite: 4.75 standard deviations


class NormalScores:
    """The laws of the columns of encoded arrays.

    Args:
        encoder: of the table.
        shares: for columns of levels or strings, the share of each code.
    """

    def __init__(self, encoder: Encoder, shares: Mapping[str, np.ndarray]) -> None:
        self.encoder = encoder
        self.shares = dict(shares)

    @classmethod
    def learn(cls, encoder: Encoder, arrays: Mapping[str, np.ndarray]) -> NormalScores:
        """Count the codes of each column that is not a number's."""
        shares = {
            name: np.bincount(arrays[name], minlength=1) / max(len(arrays[name]), 1)
            for name, code in encoder.codes.items()
            if not isinstance(code, Numbers)
        }
        return cls(encoder, shares)

    def encode(self, arrays: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Normal scores, one float64 array a column."""
        from scipy.special import ndtri

        scores = {}
        for name in self.encoder.codes:
            place, ends = self._places(name, arrays[name]), self._ends(name)
            low, high = ends[place], ends[place + 1]
            uniform = low + (high - low) * rng.random(len(place))
            scores[name] = ndtri(uniform.clip(_EDGE, 1 - _EDGE))
        return scores

    def decode(self, scores: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The arrays that scores stand for."""
        from scipy.special import ndtr

        arrays = {}
        for name, code in self.encoder.codes.items():
            ends = self._ends(name)
            place = np.searchsorted(ends, ndtr(scores[name]), side="right") - 1
            place = place.clip(0, len(ends) - 2)
            arrays[name] = np.r_[np.nan, code.support][place] if isinstance(code, Numbers) else place.astype(np.int32)
        return arrays

    def _ends(self, name: str) -> np.ndarray:
        """Where the interval of each place begins, and 1 at the end; place 0 of a number is missing."""
        code = self.encoder.codes[name]
        if isinstance(code, Numbers):
            weights = code.counts / max(code.counts.sum(), 1) * (1 - code.missing)
            shares = np.concatenate([[code.missing], weights])
        else:
            shares = self.shares[name]
        return np.concatenate([[0.0], np.cumsum(shares)])

    def _places(self, name: str, array: np.ndarray) -> np.ndarray:
        code = self.encoder.codes[name]
        if not isinstance(code, Numbers):
            return array
        return np.where(np.isfinite(array), np.searchsorted(code.support, array) + 1, 0)
