"""Autocorrelation: whether a value depends on those before it as it does in real series."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics.temporal._acf import acf, pacf
from synthkit.metrics.temporal._blocks import settled
from synthkit.metrics.temporal._judged import apart_on_average, judged

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference, Score
    from synthkit.metrics.temporal._blocks import Blocks, Sides
    from synthkit.metrics.temporal._judged import Described

__all__ = ["METRIC", "Autocorrelation"]

SHORTEST = 8
USUAL = 24
MOST = 400
PARTIAL = 24


class Autocorrelation:
    """Distance between correlograms, in units of correlation: root mean square over lags, mean over the parts.

    Lags go to two seasons (24 without one), to two thirds of a block at most. Parts: `x`, the values less their mean
    (their own line where the channel trends, for all sides alike); `partial`; `size`, of how far values lie from it;
    `size of change`, of how large the steps are, which shows whether calm and rough times cluster.
    """

    name: ClassVar[str] = "autocorrelation"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Autocorrelation"
    question: ClassVar[str] = (
        "Does a value depend on those before it as in real series? 0 is the same correlogram; as low as the floor is as"
        " close as fresh real rows come."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        return judged(self.name, _described, apart_on_average, real, synthetic, rng=rng, unit="ratio")


METRIC = Autocorrelation()


def lags_of(sides: Sides) -> int:
    """How many lags a block of this length shows."""
    return min(2 * sides.season or USUAL, 2 * sides.length // 3, MOST)


def _described(blocks: Blocks, sides: Sides) -> Described:
    if sides.length < SHORTEST:
        return {}
    found: Described = {}
    lags = lags_of(sides)
    level = settled(blocks.values, sides.trending)
    for place, channel in enumerate(sides.channels):
        cells = level[:, :, place]
        plain = acf(cells, lags)
        steps = np.diff(blocks.values[:, :, place], axis=1)
        found[(channel, "x")] = plain
        found[(channel, "partial")] = pacf(plain[:, :PARTIAL])
        found[(channel, "size")] = acf(np.abs(cells - _middle(cells)), lags)
        found[(channel, "size of change")] = acf(np.abs(steps - _middle(steps)), lags)
    return found


def _middle(cells: np.ndarray) -> np.ndarray:
    there = ~np.isnan(cells)
    total = np.where(there, cells, 0.0).sum(axis=1, keepdims=True)
    return np.asarray(total / np.maximum(there.sum(axis=1, keepdims=True), 1))
