"""Distance to the closest record: whether synthetic rows lie closer to the training rows than to equal unseen ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _codes, _intervals
from synthkit.metrics._distance import TIE, Space, asked, nearest, nearest_by_group
from synthkit.metrics.base import Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._distance import Points
    from synthkit.metrics.base import Family, Reference

__all__ = ["METRIC", "Closest"]

NOTE = (
    "The floor is one half by construction. A distance test misses much: above one half shows copying, one half does"
    " not show its absence."
)


class Closest:
    """Share of synthetic rows whose closest training row is nearer than their closest holdout row; ties count half.

    Train is thinned to the holdout's size (or the holdout to train's), for more rows are nearer by chance alone (so a
    full copy of a train twice that size scores 3/4, not 1). The interval is a jackknife over groups of the rows of all
    three tables, so that it knows that the real rows are a sample too (of fewer than 40 rows the exact one of a share,
    which is wide: so few never settle it). Distance: see
    `synthkit.metrics._distance.Space`; neighbours are exact, for at most 5,000 synthetic rows.
    """

    name: ClassVar[str] = "dcr"
    family: ClassVar[Family] = "privacy"
    label: ClassVar[str] = "Closer to train"
    question: ClassVar[str] = (
        "Are synthetic rows closer to the rows the model learned from than to equally many it never saw? 50 % is no."
    )

    def __call__(self, real: Reference, synthetic: Table, *, rng: np.random.Generator) -> list[Score]:
        sides = _codes.sides(real)
        if not sides.train.columns:
            return []
        space = real.once("space", lambda: Space.of(sides.train))
        seen, unseen = real.once(
            "dcr sides",
            lambda: (
                space.points(sides.mirror),
                space.points(sides.holdout.subsample(sides.mirror.rows, rng_.stream(real.seed, "dcr"))),
            ),
        )
        queries = asked(space.points(sides.code(synthetic)), 2 * len(seen), rng)
        value, ci = _share(queries, seen, unseen, rng)
        return [
            Score(self.name, self.family, value, "lower", floor=0.5, ci=ci, n=min(len(queries), len(seen)), note=NOTE)
        ]


METRIC = Closest()


def _share(
    queries: Points, seen: Points, unseen: Points, rng: np.random.Generator
) -> tuple[float, tuple[float, float]]:
    fewest = min(len(queries), len(seen))
    if fewest < 2 * _intervals.GROUPS:
        value = float(_closer(nearest(queries, seen), nearest(queries, unseen)).mean())
        return value, _intervals.clopper_pearson(round(value * fewest), fewest)
    own = _intervals.groups(len(queries), rng)
    near, far = (nearest_by_group(queries, side, _intervals.groups(len(side), rng)) for side in (seen, unseen))
    value = float(_closer(near.min(axis=1), far.min(axis=1)).mean())
    without = [_without(side) for side in (near, far)]
    left_out = [_closer(*(side[own != g, g] for side in without)).mean() for g in range(_intervals.GROUPS)]
    return value, _intervals.jackknife(value, np.array(left_out), 0.0, 1.0)


def _without(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each group, the smallest distance among the other groups."""
    first, second = np.partition(distances, 1, axis=1)[:, :2].T
    found = np.repeat(first[:, None], distances.shape[1], axis=1)
    found[np.arange(len(found)), distances.argmin(axis=1)] = second
    return found


def _closer(near: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where `near` is smaller, 0 where it is larger, one half where both are equal."""
    return np.where(np.abs(near - far) <= TIE, 0.5, near < far)
