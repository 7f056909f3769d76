"""Trend and season: whether they are as strong, and runs as long, as in real series."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics.temporal._judged import apart_on_average, judged
from synthkit.metrics.temporal._lines import filled
from synthkit.metrics.temporal._strengths import longest_run, strengths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference, Score
    from synthkit.metrics.temporal._blocks import Blocks, Sides
    from synthkit.metrics.temporal._judged import Described

__all__ = ["METRIC", "Seasonality"]

SHORTEST = 8


class Seasonality:
    """Distance between strengths, each a share from 0 to 1: the mean over a channel's parts.

    `trend`: share of variance the trend explains beside the remainder; `season`: likewise, where a season fits twice
    into a block; `rising`: share of steps upwards; `turning`: share of steps against the one before (the inverse of the
    mean run); `longest run`: of steps one way, over the block's length. Means are compared, and spreads where there are
    eight blocks.
    """

    name: ClassVar[str] = "seasonality"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Trend and season"
    question: ClassVar[str] = (
        "Are trend and season as strong, and runs as long, as in real series? 0 % is the same; as low as the floor is"
        " as close as fresh real rows come."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        return judged(self.name, _described, apart_on_average, real, synthetic, rng=rng, unit="share")


METRIC = Seasonality()


def _described(blocks: Blocks, sides: Sides) -> Described:
    if sides.length < SHORTEST:
        return {}
    found: Described = {}
    for place, channel in enumerate(sides.channels):
        cells = filled(blocks.values[:, :, place])
        for part, shares in (strengths(cells, sides.season) | _runs(cells)).items():
            found[(channel, part)] = shares[:, None]
    return found


def _runs(cells: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    steps = np.sign(np.diff(cells, axis=1))
    lost = np.isnan(steps).any(axis=1)
    up, down = longest_run(steps > 0), longest_run(steps < 0)
    found = {
        "rising": (steps > 0).mean(axis=1) + (steps == 0).mean(axis=1) / 2,
        "turning": (steps[:, 1:] * steps[:, :-1] < 0).mean(axis=1),
        "longest run": np.maximum(up, down) / cells.shape[1],
    }
    return {part: np.where(lost, np.nan, shares) for part, shares in found.items()}
