"""Detection: whether gradient boosting can tell a synthetic row from a real one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _codes, _intervals
from synthkit.metrics._boosting import Boosting
from synthkit.metrics._features import features
from synthkit.metrics._threads import each
from synthkit.metrics.base import Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._boosting import Fitted
    from synthkit.metrics._codes import Coded
    from synthkit.metrics._intervals import Interval
    from synthkit.metrics.base import Family, Reference

__all__ = ["METRIC", "Detection"]

ROWS = 20_000
FOLDS = 5
# As many trees of that size as TabCascade's detection score has, but all of them: stopping early on the rows that are
# scored would put an exact model above 0.5, and stopping on rows held apart lost power against weak differences
# (measured).
BOOSTING = Boosting(rounds=200, depth=5, leaves=31, patience=0)
# The folds' models share training rows, so the AUC varies more than DeLong's interval of a fixed model says: the
# correction of Nadeau and Bengio (2003). Measured on pairs of the same law: DeLong alone held 0.5 in 83-88 %, widened
# in 97 %.
WIDER = math.sqrt(1 + FOLDS / (FOLDS - 1))
NOTE = "0.5 cannot be told from real, 1 always can; below 0.5 is chance."


class Detection:
    """The classifier two-sample test: cross-validated AUC of LightGBM at telling synthetic rows from the holdout.

    As many synthetic rows as real ones, five stratified folds, a fixed number of trees, so that an exact model scores
    0.5. The AUC is of the pooled out-of-fold predictions and is not folded at 0.5. Details are the columns' shares of
    the trees' gain: what gives the rows away.

    The interval is DeLong's, widened because the folds share rows.

    References: Lopez-Paz and Oquab (2017).
    """

    name: ClassVar[str] = "detection"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Detection"
    question: ClassVar[str] = (
        "Can a gradient boosting tell synthetic rows from real ones? AUC 0.5 means it cannot, 1 that it always can."
    )

    def __call__(self, real: Reference, synthetic: Table, *, rng: np.random.Generator) -> list[Score]:
        sides = _codes.sides(real)
        fake = sides.code(synthetic)
        floor = real.once(
            "detection floor", lambda: detect(sides.holdout, sides.train, rng_.stream(real.seed, "detection"))
        )
        value = detect(sides.holdout, fake, rng)
        if value is None:
            return []
        train = detect(sides.mirror, fake, rng)
        head = Score(
            self.name,
            self.family,
            value.auc,
            "lower",
            floor=None if floor is None else floor.auc,
            train=None if train is None else train.auc,
            ci=value.ci,
            n=value.n,
            unit="auc",
            note=NOTE,
        )
        shares = (
            Score(self.name, self.family, share, "lower", (name,), n=value.n) for name, share in value.shares.items()
        )
        return [head, *shares]


METRIC = Detection()


@dataclass(frozen=True, slots=True)
class Detected:
    """How well one table is told from another, and by which columns."""

    auc: float
    ci: Interval
    n: int
    shares: dict[str, float]


def detect(real: Coded, fake: Coded, rng: np.random.Generator) -> Detected | None:
    """Tell two tables apart; None if there are too few rows to cross-validate."""
    n = min(real.rows, fake.rows, ROWS)
    if n < 2 * FOLDS:
        return None
    parts = [features(table.subsample(n, rng)) for table in (real, fake)]
    x = np.concatenate([part.matrix for part in parts])
    y = np.repeat([0, 1], n)
    fold = np.concatenate([rng.permutation(n) % FOLDS, rng.permutation(n) % FOLDS])
    streams = rng.spawn(FOLDS)

    def fit(k: int) -> Fitted:
        learn = fold != k
        return BOOSTING.fit(x[learn], y[learn], task="binary", categorical=parts[0].categorical, rng=streams[k])

    scores, gains = np.empty(2 * n), np.zeros(x.shape[1])
    for k, fitted in enumerate(each(fit, range(FOLDS))):
        scores[fold == k] = fitted.predict(x[fold == k])
        gains += fitted.gains(x.shape[1])
    auc, (low, high) = _intervals.delong(scores[y == 1], scores[y == 0])
    ci = (max(0.0, auc - WIDER * (auc - low)), min(1.0, auc + WIDER * (high - auc)))
    return Detected(auc, ci, n, _shares(parts[0].names, gains))


def _shares(names: tuple[str, ...], gains: NDArray[np.float64]) -> dict[str, float]:
    total = gains.sum() or 1.0
    return {name: float(gain / total) for name, gain in zip(names, gains, strict=True)}
