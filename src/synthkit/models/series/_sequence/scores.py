"""A channel's values as normal scores, and back: on that scale changes add up, and no law has to know the shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.models.series._sequence.parts import State

if TYPE_CHECKING:
    from synthkit.data.schema import Column

__all__ = ["Scores"]

_KNOTS = 200
_BEYOND = 0.5  # how far past the last score a value may go, in scores
_FAR = 100.0  # a score beyond any
_TAIL = 0.1  # share of the values whose slope carries on past the end


@dataclass(frozen=True)
class Scores:
    """A rising map from values to normal scores, straight between knots and beyond the ends.

    Each value has the normal quantile of its mid-rank. The outermost knots lie half way to their neighbours, so that
    the largest value, which is one entity's, is not a knot.

    Args:
        at: values of the knots, rising.
        score: their scores, rising; both are empty for a channel without values.
        whole: whether values are whole numbers.
        decimals: digits after the point, or None.
        low: no value below it comes back (zero for what is never negative; -inf otherwise).
        slopes: values a score below the first and above the last knot.
        unit: values are multiples of it (seconds of a day, for dates); 0 for none.

    >>> scores = Scores.learn(np.array([1.0, 2.0, 3.0, 4.0, 50.0]), whole=True, decimals=None)
    >>> scores.decode(scores.encode(np.array([2.0, 3.0, np.nan])))
    array([ 2.,  3., nan])
    """

    at: np.ndarray
    score: np.ndarray
    whole: bool
    decimals: int | None
    low: float
    slopes: tuple[float, float]
    unit: float = 0.0

    @classmethod
    def learn(cls, values: np.ndarray, *, whole: bool, decimals: int | None, unit: float = 0.0) -> Scores:
        """Learn from the values of all rows."""
        from scipy.special import ndtri

        support, counts = np.unique(values[np.isfinite(values)], return_counts=True)
        if len(support) == 0:
            return cls(support, support, whole, decimals, -np.inf, (0.0, 0.0), unit)
        middle = (np.cumsum(counts) - counts / 2) / counts.sum()
        score = ndtri(middle)
        low = 0.0 if support[0] >= 0 else -np.inf
        if len(support) > 3:
            support = support.copy()
            support[0], support[-1] = support[:2].mean(), support[-2:].mean()
        if len(support) > _KNOTS:
            kept = np.unique(np.searchsorted(middle, np.linspace(middle[0], middle[-1], _KNOTS)))
            support, score, middle = support[kept], score[kept], middle[kept]
        slopes = (0.0, 0.0)
        if len(support) > 1:
            inner = (
                max(int(np.searchsorted(middle, _TAIL)), 1),
                min(int(np.searchsorted(middle, 1 - _TAIL)), len(support) - 2),
            )
            rise = [abs(support[a] - support[b]) / abs(score[a] - score[b]) for a, b in ((0, inner[0]), (-1, inner[1]))]
            slopes = (float(rise[0]), float(rise[1]))
        return cls(support, score, whole, decimals, low, slopes, unit)

    @classmethod
    def of(cls, column: Column, values: np.ndarray) -> Scores:
        """Learn from the values of a column, at its resolution."""
        return cls.learn(values, whole=column.kind == "integer", decimals=column.decimals)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Scores of values; NaN stays NaN."""
        if len(self.at) < 2:
            return np.where(np.isfinite(values), 0.0, np.nan)
        found = np.interp(values, self.at, self.score)
        for end, side, slope in ((0, -1, self.slopes[0]), (-1, 1, self.slopes[1])):
            past = (values - self.at[end]) * side
            step = np.minimum(past / slope, _BEYOND) if slope > 0 else np.zeros_like(past)
            found = np.where(past > 0, self.score[end] + side * step, found)
        return np.where(np.isfinite(values), found, np.nan)

    def decode(self, scores: np.ndarray) -> np.ndarray:
        """Values of scores, at the channel's own resolution; NaN stays NaN."""
        if len(self.at) < 2:
            level = self.at[0] if len(self.at) else np.nan
            return np.where(np.isfinite(scores), level, np.nan)
        found = np.interp(scores, self.score, self.at)
        for end, side, slope in ((0, -1, self.slopes[0]), (-1, 1, self.slopes[1])):
            past = np.minimum((scores - self.score[end]) * side, _BEYOND)
            found = np.where(past > 0, self.at[end] + side * past * slope, found)
        return np.where(np.isfinite(scores), self.round(np.maximum(found, self.low)), np.nan)

    def within(self, values: np.ndarray) -> np.ndarray:
        """At the channel's own resolution, and no further out than `decode` goes."""
        ends = self.decode(np.array([-_FAR, _FAR]))
        return self.round(np.clip(values, *ends))

    def round(self, values: np.ndarray) -> np.ndarray:
        """To the channel's own resolution."""
        if self.unit:
            values = np.round(values / self.unit) * self.unit
        if self.whole:
            return np.round(values)
        return values if self.decimals is None else np.round(values, self.decimals)

    def to_state(self) -> State:
        """Plain values and arrays."""
        low = None if np.isinf(self.low) else self.low
        plain = {"whole": self.whole, "decimals": self.decimals, "low": low, "slopes": list(self.slopes)}
        return plain | {"unit": self.unit}, {"at": self.at, "score": self.score}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Scores:
        """Read what `to_state` gave."""
        low = -np.inf if plain["low"] is None else plain["low"]
        below, above = plain["slopes"]
        return cls(arrays["at"], arrays["score"], plain["whole"], plain["decimals"], low, (below, above), plain["unit"])
