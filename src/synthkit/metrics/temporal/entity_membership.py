"""Membership of entities: whether an attacker who holds the synthetic panel can tell whose series were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from synthkit.metrics import _intervals
from synthkit.metrics.base import Score
from synthkit.metrics.temporal._blocks import sides
from synthkit.metrics.temporal._kinds import twins_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference
    from synthkit.metrics.temporal._blocks import Sides

__all__ = ["METRIC", "EntityMembership"]

POINTS = 16
FEWEST = 5
CELLS = 4_000_000
NOTE = (
    "A smoke test: the simplest attack, so its failure proves nothing. Read the upper end of the interval; a stronger"
    " attack may do better."
)


class EntityMembership:
    """A distance attack on entities: one is called a member when some synthetic series is close to its own.

    AUC of that score over train entities (members) and held-out entities (not), one half when it is worthless. Series
    are compared at sixteen moments from their first row to their last: the mean absolute difference of channels, in
    spreads of train, the share of marks that differ, and the difference of their lengths. Every synthetic series is
    searched. Only where entities were held back.

    References: Chen, Yu, Zhang and Fritz (2020), GAN-Leaks.
    """

    name: ClassVar[str] = "entity_membership"
    family: ClassVar[Family] = "privacy"
    label: ClassVar[str] = "Membership of entities"
    question: ClassVar[str] = (
        "Can somebody with the synthetic series tell whose series were in the training data? AUC 0.5 is guessing, 1"
        " certain."
    )

    def __call__(
        self,
        real: PanelReference,
        synthetic: Panel,
        *,
        rng: np.random.Generator,  # noqa: ARG002  (every series is looked at)
    ) -> list[Score]:
        if not real.by_entity or min(len(real.train), len(real.holdout)) < FEWEST:
            return []
        found = sides(real)
        members, others = real.once("entity forms", lambda: (_forms(real.train, found), _forms(real.holdout, found)))
        index = _forms(twins_of(real, synthetic), found)
        inside, outside = (-np.round(_nearest(side, index), 9) for side in (members, others))
        value, ci = _intervals.delong(inside, outside)
        n = min(len(inside), len(outside))
        return [Score(self.name, self.family, value, "lower", floor=0.5, ci=ci, n=n, unit="auc", note=NOTE)]


METRIC = EntityMembership()

Forms = tuple["NDArray[np.float64]", "NDArray[np.int64]"]


def _forms(panel: Panel, sides: Sides) -> Forms:
    """(series, numbers) and (series, codes) of each series at even moments."""
    numbers, codes = [], []
    for one in panel:
        at = np.linspace(0, len(one) - 1, POINTS)
        line = [np.array([np.log(len(one))])]
        flags: list[Any] = []
        for cells in sides.scaled(one).T:
            known = np.flatnonzero(~np.isnan(cells))
            line.append(np.interp(at, known, cells[known]) if len(known) else np.zeros(POINTS))
            flags.append([len(known) == 0] * POINTS)
        for name, table in sides.levels.items():
            cells = one.marks[name][np.round(at).astype(int)]
            flags.append([table.get(v, 0 if v is None else len(table) + 1) for v in cells])
        numbers.append(np.concatenate(line))
        codes.append(np.concatenate(flags) if flags else np.empty(0))
    return np.array(numbers), np.array(codes, dtype=np.int64).reshape(len(numbers), -1)


def _nearest(queries: Forms, index: Forms) -> NDArray[np.float64]:
    """The mean difference from each query to the nearest of the index."""
    from scipy.spatial.distance import cdist

    best = np.full(len(queries[0]), np.inf)
    size = max(1, CELLS // max(1, len(queries[0])))
    for start in range(0, len(index[0]), size):
        part = slice(start, start + size)
        apart = cdist(queries[0], index[0][part], "cityblock")
        if index[1].shape[1]:
            apart += cdist(queries[1], index[1][part], "hamming") * index[1].shape[1]
        np.minimum(best, apart.min(axis=1), out=best)
    return np.asarray(best / (queries[0].shape[1] + queries[1].shape[1]))
