"""Global utility: whether synthetic rows teach a model to predict every column, not the target alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _codes, _intervals
from synthkit.metrics._boosting import Boosting
from synthkit.metrics._threads import each
from synthkit.metrics.base import Score
from synthkit.metrics.utility._task import question, scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._codes import Coded, Sides
    from synthkit.metrics.base import Family, Reference
    from synthkit.metrics.utility._task import Question

__all__ = ["METRIC", "GlobalUtility"]

BOOSTING = Boosting(rounds=60, rate=0.1, leaves=15, patience=0)
# With k classes LightGBM grows k trees a round: fewer rounds for many classes keep the cost of a column bounded.
MANY = Boosting(rounds=40, rate=0.15, leaves=15, patience=0)
ROWS = 5_000
COLUMNS = 30
LEVELS = 15
LEARNABLE = 0.02
NOTE = (
    "Skill from synthetic over skill from real rows, summed over columns that real rows predict; the floor is 1 by"
    " definition."
)


class GlobalUtility:
    """Every modelled column in turn as the target: the skill learned from synthetic rows over that from real rows.

    Skill is 2 AUC - 1 for categories (one level against the rest, weighed by its rows; beyond 15 levels as one) and R2
    for numbers, not below 0; both are 0 for a guess and 1 for certainty. The headline is the sum of skills over the
    sum of the real skills, cut to [0, 1]: the share of what can be learned that synthetic rows teach. Summing, rather
    than averaging ratios as TabStruct does, keeps columns that hardly anything predicts from deciding the score by
    their noise; the details are the ratios, of the columns with a real skill of at least 0.02. Trained on at most
    5,000 rows a side, for at most 30 columns drawn at random.

    References: Jiang, Simidjievski and Jamnik (2025), TabStruct, arXiv 2509.11950.
    """

    name: ClassVar[str] = "global_utility"
    family: ClassVar[Family] = "utility"
    label: ClassVar[str] = "Global utility"
    question: ClassVar[str] = (
        "How much of what real rows teach about predicting each column from the others do synthetic rows teach?"
        " 100 % is all of it."
    )

    def __call__(self, real: Reference, synthetic: Table, *, rng: np.random.Generator) -> list[Score]:
        sides = _codes.sides(real)
        fake = sides.code(synthetic).subsample(ROWS, rng)
        size = min(fake.rows, sides.train.rows, ROWS)
        lesson = real.once(f"global utility {size}", lambda: _lesson(sides, size, real.seed))
        skills = _skills(lesson, fake, rng)
        taught = {name: skill for name, skill in lesson.skills.items() if skill[0] >= LEARNABLE}
        if not taught:
            return []
        n = lesson.ask.rows
        share = sum(skills[name] for name in taught) / np.maximum(sum(taught.values()), LEARNABLE)
        details = []
        for name, skill in taught.items():
            ratios = skills[name] / np.maximum(skill, LEARNABLE)
            details.append(self._score((name,), ratios, n))
        return [self._score((), np.asarray(share), n, NOTE), *details]

    def _score(self, subject: tuple[str, ...], ratios: NDArray[np.float64], n: int, note: str = "") -> Score:
        value = float(np.clip(ratios[0], 0, 1))
        low, high = _intervals.jackknife(float(ratios[0]), ratios[1:], 0.0)
        ci = (min(low, value), min(1.0, max(high, value))) if n >= 2 * _intervals.GROUPS else None
        return Score(self.name, self.family, value, "higher", subject, 1.0, ci=ci, n=n, note=note)


METRIC = GlobalUtility()


@dataclass(frozen=True, slots=True)
class Lesson:
    """What real rows teach: the questions, the rows that are asked, and the skill of models trained on real rows."""

    questions: tuple[Question, ...]
    ask: Coded
    groups: NDArray[np.int64]
    skills: dict[str, NDArray[np.float64]]


def _lesson(sides: Sides, size: int, seed: int) -> Lesson:
    rng = rng_.stream(seed, "global utility", size)
    ask, learn = sides.holdout.subsample(ROWS, rng), sides.train.subsample(size, rng)
    names = sides.train.columns
    if len(names) > COLUMNS:
        names = tuple(names[i] for i in sorted(rng.choice(len(names), COLUMNS, replace=False)))
    asked = [question(name, learn, ask, most=LEVELS) for name in names]
    found = tuple(q for q in asked if q is not None)
    lesson = Lesson(found, ask, _intervals.groups(ask.rows, rng), {})
    lesson.skills.update(_skills(lesson, learn, rng))
    return lesson


def _skills(lesson: Lesson, learn: Coded, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """The skill at each question of models that learned from these rows."""
    asked = lesson.questions
    found = each(lambda pair: _skill(pair[0], learn, lesson, pair[1]), zip(asked, rng.spawn(len(asked)), strict=True))
    return {q.column: skill for q, skill in zip(asked, found, strict=True)}


def _skill(asked: Question, learn: Coded, lesson: Lesson, rng: np.random.Generator) -> NDArray[np.float64]:
    """Skill on all rows that have the target, then without each group of them; 0 for a guess, 1 for certainty."""
    rows = asked.rows(lesson.ask)
    boosting = MANY if asked.classes > 2 else BOOSTING
    said: NDArray[Any] = asked.predict(learn, lesson.ask, boosting, rng, levels=LEVELS)
    found = scores(asked.task, asked.answers(lesson.ask)[rows], said[rows], lesson.groups[rows], weighted=True)
    return np.maximum(found if asked.task == "regression" else 2 * found - 1, 0.0)
