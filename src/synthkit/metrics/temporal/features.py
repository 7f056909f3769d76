"""Character: twenty-two figures that tell kinds of series apart, real blocks against synthetic ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics.temporal._blocks import settled
from synthkit.metrics.temporal._catch import SHORTEST, catch
from synthkit.metrics.temporal._judged import apart_on_average, judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference, Score
    from synthkit.metrics.temporal._blocks import Blocks, Sides
    from synthkit.metrics.temporal._judged import Described

__all__ = ["METRIC", "Features"]

FAR = 5.0


class Features:
    """Distance between twenty-two figures of each block, in spreads of the real blocks: the mean over figures.

    Blocks are set to mean 0 and spread 1 (their line removed where the channel trends), so this asks for the character
    of a path and not its size. Single figures beyond five spreads count as five. See `_catch` for what they are.
    """

    name: ClassVar[str] = "features"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Character"
    question: ClassVar[str] = (
        "Have paths the character of real ones: memory, rhythm, asymmetry, outliers, runs? In units of the real spread;"
        " as low as the floor is as close as fresh real rows come."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        return judged(self.name, _described, apart_on_average, real, synthetic, rng=rng, unit="ratio")


METRIC = Features()


def _described(blocks: Blocks, sides: Sides) -> Described:
    if sides.length < SHORTEST:
        return {}
    mine, train, holdout = (_figures(b, sides) for b in (blocks, sides.train, sides.holdout))
    found: Described = {}
    for part, figure in mine.items():
        middle, spread = _scale(np.concatenate([train[part], holdout[part]]))
        found[part] = np.clip((figure - middle) / spread, -FAR, FAR)[:, None]
    return found


def _figures(blocks: Blocks, sides: Sides) -> dict[tuple[str, ...], NDArray[np.float64]]:
    level = settled(blocks.values, sides.trending)
    return {
        (channel, name): figure
        for place, channel in enumerate(sides.channels)
        for name, figure in catch(level[:, :, place]).items()
    }


def _scale(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation, at least a hundredth, so that a figure all real blocks share does not explode."""
    there = values[~np.isnan(values)]
    return (float(there.mean()), max(float(there.std()), 0.01)) if len(there) else (0.0, 1.0)
