"""Levels and changes: whether values, and the steps between them, are spread as the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics.temporal._blocks import settled, sides
from synthkit.metrics.temporal._judged import apart_in_law, judged
from synthkit.metrics.temporal._lines import spread_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference, Score
    from synthkit.metrics.temporal._blocks import Blocks, Sides
    from synthkit.metrics.temporal._judged import Described

__all__ = ["METRIC", "Marginal"]

TAILS = (0.01, 0.05, 0.95, 0.99)
ENTITIES = 10  # held-out blocks from which on their own levels and slopes are compared


class Marginal:
    """Distance between the distributions of levels, of changes, and of seasonal changes, in real spreads.

    The mean over a channel's parts of the Wasserstein distance over the real train's spread (its 5th to 95th percentile
    over 3.29). `level`: the values, less each block's own line where the channel trends (of ten held-out blocks or
    more, `height` and `slope` of those lines are compared as well); `change` and `seasonal change`: differences to the
    row before and to the same time a season before; `tails`: the mean gap of the 1 %, 5 %, 95 % and 99 % points of
    level and change.
    """

    name: ClassVar[str] = "marginal"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Levels and changes"
    question: ClassVar[str] = (
        "Are values, and the steps from one to the next, spread as in real series no model saw? In units of the real"
        " spread; as low as the floor is as close as fresh real rows come."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        found = sides(real)
        names = [name for name, trends in zip(found.channels, found.trending, strict=True) if trends]
        note = f"Levels are taken from each block's own line in: {', '.join(names)}." if names else ""
        return judged(self.name, _described, _distance, real, synthetic, rng=rng, unit="ratio", note=note)


METRIC = Marginal()
LEAST = 0.01
"""Of a channel's spread; a part that varies less (what a straight line leaves of a counter) is in units of this."""


def _described(blocks: Blocks, sides: Sides) -> Described:
    """The cells of each part, over that part's spread in train."""
    mine, train = _parts(blocks, sides), _parts(sides.train, sides)
    found: Described = {}
    for part, cells in mine.items():
        if part not in train:
            continue
        scaled = cells / max(spread_of(train[part].ravel()), LEAST)
        found[part] = scaled
        if part[1] in ("level", "change"):
            found[(part[0], f"tails of {part[1]}")] = scaled
    return found


def _parts(blocks: Blocks, sides: Sides) -> Described:
    found: Described = {}
    level = settled(blocks.values, sides.trending)
    for place, channel in enumerate(sides.channels):
        cells = blocks.values[:, :, place]
        found[(channel, "level")] = level[:, :, place]
        if sides.trending[place] and len(sides.holdout) >= ENTITIES and sides.length > 2:
            line = cells - level[:, :, place]
            found[(channel, "height")] = line.mean(axis=1, keepdims=True)
            found[(channel, "slope")] = line[:, -1:] - line[:, :1]
        if sides.length > 1:
            found[(channel, "change")] = np.diff(cells, axis=1)
        if 1 < sides.season <= sides.length - 3:
            found[(channel, "seasonal change")] = cells[:, sides.season :] - cells[:, : -sides.season]
    return found


def _distance(part: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if not part.startswith("tails"):
        return apart_in_law(part, a, b)
    first, second = (side[~np.isnan(side)] for side in (a, b))
    if not len(first) or not len(second):
        return np.nan
    return float(np.abs(np.quantile(first, TAILS) - np.quantile(second, TAILS)).mean())
