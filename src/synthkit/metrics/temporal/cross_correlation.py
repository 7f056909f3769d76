"""Cross-correlation: whether channels move together, and lead or lag one another, as real ones do."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics.temporal._acf import ccf
from synthkit.metrics.temporal._blocks import settled
from synthkit.metrics.temporal._judged import apart_on_average, judged

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference, Score
    from synthkit.metrics.temporal._blocks import Blocks, Sides
    from synthkit.metrics.temporal._judged import Described

__all__ = ["METRIC", "CrossCorrelation"]

SHORTEST = 8
LAGS = 12
PAIRS = 60


class CrossCorrelation:
    """Distance between cross-correlations of the channels at lags -12 to 12 (a third of a block at most).

    Root mean square over lags, in units of correlation, of the values and of their changes; the mean over pairs. With
    more than 60 pairs, those that lie evenly among all.
    """

    name: ClassVar[str] = "cross_correlation"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Cross-correlation"
    question: ClassVar[str] = (
        "Do the channels move together, now and some steps later, as in real series? 0 is the same; as low as the floor"
        " is as close as fresh real rows come."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        return judged(self.name, _described, apart_on_average, real, synthetic, rng=rng, unit="ratio")


METRIC = CrossCorrelation()


def _described(blocks: Blocks, sides: Sides) -> Described:
    if sides.length < SHORTEST or len(sides.channels) < 2:
        return {}
    found: Described = {}
    lags = min(LAGS, sides.length // 3)
    level = settled(blocks.values, sides.trending)
    steps = np.diff(blocks.values, axis=1)
    pairs = list(combinations(range(len(sides.channels)), 2))
    if len(pairs) > PAIRS:
        pairs = [pairs[i] for i in np.linspace(0, len(pairs) - 1, PAIRS).astype(int)]
    for one, two in pairs:
        both = [ccf(cells[:, :, one], cells[:, :, two], lags) for cells in (level, steps)]
        found[(f"{sides.channels[one]} × {sides.channels[two]}",)] = np.concatenate(both, axis=1)
    return found
