"""Membership: whether an attacker who holds the synthetic table can tell who was in the training data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _codes, _intervals
from synthkit.metrics._distance import Space, asked, nearest
from synthkit.metrics.base import Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._codes import Sides
    from synthkit.metrics._distance import Points
    from synthkit.metrics.base import Family, Reference

__all__ = ["METRIC", "Membership", "found_at"]

NOTE = (
    "A smoke test: the simplest attack, so its failure proves nothing. Read the upper end of the interval; a stronger"
    " attack may do better."
)
RATES = (0.10, 0.01)


class Membership:
    """A distance attack: a real row is called a member when some synthetic row is close to it.

    AUC of that score over at most 5,000 train rows (members) and 5,000 holdout rows (not), one half when it is
    worthless. The details are the share of members found while calling one in ten, or one in a hundred, outsiders a
    member; each is to be read against that rate. Neighbours are exact, searched in all synthetic rows.

    References: Chen, Yu, Zhang and Fritz (2020), GAN-Leaks.
    """

    name: ClassVar[str] = "membership"
    family: ClassVar[Family] = "privacy"
    label: ClassVar[str] = "Membership attack"
    question: ClassVar[str] = (
        "Can somebody with the synthetic table tell whose row was in the training data? AUC 0.5 is guessing, 1 certain."
    )

    def __call__(
        self,
        real: Reference,
        synthetic: Table,
        *,
        rng: np.random.Generator,  # noqa: ARG002  (the rows attacked are drawn once for all rungs, by the reference)
    ) -> list[Score]:
        sides = _codes.sides(real)
        if not sides.train.columns:
            return []
        space = real.once("space", lambda: Space.of(sides.train))
        rows = len(synthetic)
        members, others = real.once(f"membership {rows}", lambda: _targets(space, sides, rows, real.seed))
        index = space.points(sides.code(synthetic))
        inside, outside = (-np.round(nearest(targets, index)[:, 0], 9) for targets in (members, others))
        value, ci = _intervals.delong(inside, outside)
        n = min(len(inside), len(outside))
        head = Score(self.name, self.family, value, "lower", floor=0.5, ci=ci, n=n, unit="auc", note=NOTE)
        return [head, *(self._found(inside, outside, rate) for rate in RATES)]

    def _found(self, inside: NDArray[np.float64], outside: NDArray[np.float64], rate: float) -> Score:
        share = found_at(inside, outside, rate)
        ci = _intervals.wilson(share * len(inside), len(inside))
        subject = (f"tpr@{rate:.0%}",)
        return Score(self.name, self.family, share, "lower", subject, floor=rate, ci=ci, n=len(inside))


METRIC = Membership()


def _targets(space: Space, sides: Sides, rows: int, seed: int) -> tuple[Points, Points]:
    rng = rng_.stream(seed, "membership", rows)
    members, others = (asked(space.points(part), rows, rng) for part in (sides.train, sides.holdout))
    return members, others


def found_at(inside: NDArray[np.float64], outside: NDArray[np.float64], rate: float) -> float:
    """Share of members above the score that `rate` of the others exceed, and a fair part of the ties at that score."""
    place = max(math.ceil(len(outside) * (1 - rate) - 1), 0)  # of the quantile "inverted_cdf"
    cut = np.partition(outside, place)[place]
    above, ties = _share(outside > cut), _share(outside == cut)
    part = min(max((rate - above) / ties, 0.0), 1.0)
    return _share(inside > cut) + part * _share(inside == cut)


def _share(true: NDArray[np.bool_]) -> float:
    return np.count_nonzero(true) / len(true)
