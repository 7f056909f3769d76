"""Nearest-neighbour distance ratio: whether synthetic rows hug single training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _codes, _intervals
from synthkit.metrics._distance import TIE, Space, asked, nearest
from synthkit.metrics.base import Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._distance import Points
    from synthkit.metrics.base import Family, Reference

__all__ = ["METRIC", "Neighbours"]

NOTE = (
    "The floor is the same median for the holdout rows; clearly below it, synthetic rows sit on single training rows."
)


class Neighbours:
    """Median over synthetic rows of the distance to the nearest training row over that to the second nearest.

    Near 1 a row lies among several training rows, near 0 on one of them. Two neighbours at distance 0 (a repeated row)
    give 1. The floor is the same for the holdout rows. Neighbours are exact, searched in all train rows, for at most
    5,000 rows of either table; the interval is that of the median's order statistics.
    """

    name: ClassVar[str] = "nndr"
    family: ClassVar[Family] = "privacy"
    label: ClassVar[str] = "Neighbour ratio"
    question: ClassVar[str] = (
        "Do synthetic rows lie among training rows (towards 1) or on single ones (towards 0)? As high as the floor is"
        " as unseen real rows lie."
    )

    def __call__(self, real: Reference, synthetic: Table, *, rng: np.random.Generator) -> list[Score]:
        sides = _codes.sides(real)
        if not sides.train.columns or sides.train.rows < 2:
            return []
        space = real.once("space", lambda: Space.of(sides.train))
        train = real.once("train points", lambda: space.points(sides.train))
        floor = real.once(
            "nndr floor",
            lambda: float(np.median(_ratios(space.points(sides.holdout), train, rng_.stream(real.seed, "nndr")))),
        )
        ratios = _ratios(space.points(sides.code(synthetic)), train, rng)
        value, ci = _intervals.median(ratios)
        return [
            Score(self.name, self.family, value, "higher", floor=floor, ci=ci, n=len(ratios), unit="ratio", note=NOTE)
        ]


METRIC = Neighbours()


def _ratios(rows: Points, train: Points, rng: np.random.Generator) -> NDArray[np.float64]:
    first, second = nearest(asked(rows, len(train), rng), train, 2).T
    return np.where(second > TIE, first / np.maximum(second, TIE), 1.0)
