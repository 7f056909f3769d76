"""Utility: whether a model trained on synthetic rows predicts real rows as well as one trained on real rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from synthkit import rng as rng_
from synthkit.metrics import _codes, _intervals
from synthkit.metrics._boosting import Boosting
from synthkit.metrics.base import Score
from synthkit.metrics.utility._task import question, score, scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._codes import Coded, Sides
    from synthkit.metrics._intervals import Interval
    from synthkit.metrics.base import Family, Reference
    from synthkit.metrics.utility._task import Question

__all__ = ["METRIC", "Utility"]

BOOSTING = Boosting(rounds=200, rate=0.05, leaves=31, patience=20)
TRAIN, TEST = 50_000, 20_000
CLASSES = 20


class Utility:
    """Train on synthetic, test on real: LightGBM learns the target from synthetic rows and is scored on the holdout.

    AUC for two classes (macro, one against the rest, for more; classes beyond the 20 most frequent count as one), R2
    for numbers. The floor is the same model trained on as many real train rows. The detail `gap` is value less floor,
    with a paired interval on the same holdout rows (DeLong for two classes, else a jackknife over groups of holdout
    rows). Both intervals are those of the holdout's size; training again on other rows is not in them.

    References: Esteban, Hyland and Raetsch (2017).
    """

    name: ClassVar[str] = "utility"
    family: ClassVar[Family] = "utility"
    label: ClassVar[str] = "Utility"
    question: ClassVar[str] = (
        "Does a model trained on synthetic rows predict the target of unseen real rows as well as one trained on real"
        " rows (the floor)?"
    )

    def __call__(self, real: Reference, synthetic: Table, *, rng: np.random.Generator) -> list[Score]:
        target = real.schema.target
        if target is None or not real.schema[target].is_modelled:
            return []
        sides = _codes.sides(real)
        fake = sides.code(synthetic).subsample(TRAIN, rng)
        asked = question(target, sides.train, sides.holdout, most=CLASSES)
        if asked is None:
            return []
        size = min(fake.rows, sides.train.rows)
        ask, told = real.once(f"utility {target} {size}", lambda: _real(asked, sides, size, real.seed))
        said = asked.predict(fake, ask, BOOSTING, rng, levels=100)
        truth = asked.answers(ask)
        value, ci, gap, gap_ci = _compare(asked, truth, said, told, rng)
        unit = "r2" if asked.task == "regression" else "auc"
        floor = score(asked.task, truth, told)
        note = f"LightGBM for {target}, {fake.rows:,} synthetic or {size:,} real rows, {len(truth):,} real test rows."
        return [
            Score(self.name, self.family, value, "higher", (), floor, ci=ci, n=len(truth), unit=unit, note=note),
            Score(self.name, self.family, gap, "higher", ("gap",), ci=gap_ci, n=len(truth), unit=unit),
        ]


METRIC = Utility()


def _real(asked: Question, sides: Sides, size: int, seed: int) -> tuple[Coded, NDArray[np.float64]]:
    """The holdout rows that have a target, and what a model trained on real rows says of them."""
    rng = rng_.stream(seed, "utility", size)
    ask = sides.holdout.take(asked.rows(sides.holdout)).subsample(TEST, rng)
    return ask, asked.predict(sides.train.subsample(size, rng), ask, BOOSTING, rng, levels=100)


def _compare(
    asked: Question, truth: NDArray[Any], said: NDArray[np.float64], told: NDArray[np.float64], rng: np.random.Generator
) -> tuple[float, Interval | None, float, Interval | None]:
    """Score of `said` with its interval, and score of `said` less that of `told` with its."""
    if asked.task == "binary":
        yes = truth == 1
        value, ci = _intervals.delong(said[yes], said[~yes])
        return value, ci, *_intervals.delong_gap((said[yes], said[~yes]), (told[yes], told[~yes]))
    groups = _intervals.groups(len(truth), rng)
    mine = scores(asked.task, truth, said, groups)
    gaps = mine - scores(asked.task, truth, told, groups)
    if len(truth) < 2 * _intervals.GROUPS:
        return float(mine[0]), None, float(gaps[0]), None
    ci = _intervals.jackknife(float(mine[0]), mine[1:], high=1.0)
    return float(mine[0]), ci, float(gaps[0]), _intervals.jackknife(float(gaps[0]), gaps[1:])
