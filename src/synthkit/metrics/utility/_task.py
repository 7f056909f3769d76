"""One column as the target of a model: what to learn, from which rows, and how good the answer is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.metrics import _intervals
from synthkit.metrics._features import features, folded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.metrics._boosting import Boosting, Task
    from synthkit.metrics._codes import Coded

__all__ = ["Question", "question", "score", "scores"]

_FAR = 1e50
"""Times the largest true number: an answer that is further off is as good as that far."""


@dataclass(frozen=True, slots=True)
class Question:
    """How to predict one column.

    Args:
        column: the target.
        task: binary, multiclass or regression.
        levels: classes kept apart; rarer ones count as one more (0 for regression).
        classes: how many classes a model has.
    """

    column: str
    task: Task
    levels: int
    classes: int

    def rows(self, table: Coded) -> NDArray[np.int64]:
        """The rows that have the target."""
        return np.flatnonzero(~table.missing[self.column])

    def answers(self, table: Coded) -> NDArray[Any]:
        """The target of every row: classes from 0 (a level the real rows lack counts as the rarest), or numbers."""
        if self.task == "regression":
            return table.numbers[self.column]
        return np.minimum(folded(table, self.column, self.levels) - 1, self.classes - 1)

    def predict(
        self, learn: Coded, ask: Coded, boosting: Boosting, rng: np.random.Generator, *, levels: int
    ) -> NDArray[np.float64]:
        """What trees learned from one table say of the rows of another."""
        seen, asked = (features(table, without=self.column, levels=levels) for table in (learn, ask))
        rows = self.rows(learn)
        y = self.answers(learn)[rows]
        if not len(y):
            return np.zeros((ask.rows, self.classes) if self.task == "multiclass" else ask.rows)
        fitted = boosting.fit(
            seen.matrix[rows], y, task=self.task, categorical=seen.categorical, rng=rng, classes=self.classes
        )
        return fitted.predict(asked.matrix)


def question(column: str, train: Coded, holdout: Coded, *, most: int) -> Question | None:
    """The question a column poses, or None where the real rows do not vary enough to ask it.

    Args:
        column: a modelled column.
        train: the rows the model was fitted on.
        holdout: the rows it is scored on.
        most: classes kept apart at most; the others count as one.
    """
    if column in holdout.numbers:
        varies = all(len(np.unique(t.numbers[column][~t.missing[column]])) > 1 for t in (train, holdout))
        return Question(column, "regression", 0, 0) if varies else None
    known = holdout.known[column]
    classes = known if known <= most else most + 1
    asked = Question(column, "binary" if classes == 2 else "multiclass", min(known, most), classes)
    varies = all(len(np.unique(asked.answers(t)[asked.rows(t)])) > 1 for t in (train, holdout))
    return asked if varies else None


def score(task: Task, truth: NDArray[Any], said: NDArray[np.float64], *, weighted: bool = False) -> float:
    """AUC (one class against the rest, the mean over classes), or R2 for numbers.

    Classes absent from `truth` are left out; `weighted` weighs the others by their rows, which is steadier where some
    are rare. A class that a model never saw gets the same score in every row, hence an AUC of 0.5.
    """
    if task == "regression":
        size = np.abs(truth).max(initial=0.0) or 1.0  # so that no square overflows
        with np.errstate(over="ignore"):
            truth, said = truth / size, np.clip(said / size, -_FAR, _FAR)
        spread = ((truth - truth.mean()) ** 2).sum()
        return float(1 - ((truth - said) ** 2).sum() / spread) if spread > 0 else 0.0
    if task == "binary":
        return _intervals.auc(said[truth == 1], said[truth == 0]) if 0 < truth.sum() < len(truth) else 0.5
    kinds, counts = np.unique(truth, return_counts=True)
    if len(kinds) < 2:
        return 0.5
    each = [_intervals.auc(said[truth == k, k], said[truth != k, k]) for k in kinds]
    return float(np.average(each, weights=counts if weighted else None))


def scores(
    task: Task, truth: NDArray[Any], said: NDArray[np.float64], groups: NDArray[np.int64], *, weighted: bool = False
) -> NDArray[np.float64]:
    """The score on all rows, then on the rows without each group."""
    kept = [np.ones(len(truth), dtype=bool), *(groups != g for g in range(_intervals.GROUPS))]
    return np.array([score(task, truth[rows], said[rows], weighted=weighted) for rows in kept])
