"""What rows of a rare class are worth: boosted trees learn with them and look for the class among real rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from synthkit import rng as rng_
from synthkit.data.table import Table
from synthkit.metrics import _codes
from synthkit.metrics._boosting import Boosting
from synthkit.metrics._features import features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.metrics._features import Features

    Fold = tuple[NDArray[np.int64], NDArray[np.int64]]

__all__ = ["KEPT", "SHARES", "Coder", "Marks", "Trial", "Trials", "joined", "marks", "missing", "picked"]

SHARES = (0.2, 0.5)
"""Of the rare class in the augmented table. On twenty tables that are not in the benchmark, two more shares only made
the choice luckier inside the folds than on rows held back."""

KEPT = 0.5
"""Of the rows a model makes: the half that trees fitted to the real rows find likelier to be of the class.

Rows drawn from a law learned from a few hundred examples also fall where the other class lives, and cost precision; on
those twenty tables the half gains 0.01 to 0.04 in average precision over all."""

LEARNER = Boosting(rounds=100, patience=0)
_FOLDS = 5
_TIMES = 3  # repeats of the folds while there are fewer than `_ENOUGH` rows of the rare class
_ENOUGH = 300


@dataclass(frozen=True, slots=True)
class Marks:
    """How well boosted trees find the rare class.

    Args:
        precision: average precision.
        balanced: balanced accuracy at a probability of one half.
    """

    precision: float
    balanced: float

    @property
    def both(self) -> float:
        """Their mean."""
        return (self.precision + self.balanced) / 2


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to add rows, tried fold by fold.

    Args:
        model: that made the rows.
        share: of the rare class it leads to.
        kept: part of the rows made; the others are those that trees take for the other class soonest.
        rows: added to all real rows.
        gains: (folds, 2) of average precision and balanced accuracy over adding nothing.
    """

    model: str
    share: float
    kept: float
    rows: int
    gains: NDArray[np.float64]

    def over(self, other: NDArray[np.float64]) -> Marks:
        """Mean gains over those of another way on the same folds (as many as both have)."""
        return Marks(*map(float, self._gaps(other).mean(0)))

    def gain(self, other: NDArray[np.float64]) -> tuple[float, float]:
        """Mean gain in the mean of both marks over those of another way, and its standard error."""
        gaps = self._gaps(other).mean(1)
        return float(gaps.mean()), _error(gaps)

    def _gaps(self, other: NDArray[np.float64]) -> NDArray[np.float64]:
        both = min(len(self.gains), len(other))
        return self.gains[:both] - other[:both]


def _error(gaps: NDArray[np.float64]) -> float:
    """Standard error of the mean over folds that share rows (Nadeau and Bengio 2003); infinite for a single fold."""
    if len(gaps) < 2:
        return np.inf
    return float(gaps.std(ddof=1) * np.sqrt(1 / len(gaps) + 1 / (_FOLDS - 1)))


class Trials:
    """Trials on the same folds of the same rows.

    Args:
        table: real rows.
        is_rare: which of them are of the rare class.
        seed: decides folds and all other chance.
    """

    def __init__(self, table: Table, is_rare: NDArray[np.bool_], seed: int) -> None:
        self.table, self.is_rare, self.seed = table, is_rare, seed
        self.coder = Coder.of(table)
        self.folds = list(_folds(is_rare, rng_.stream(seed, "augment", "folds")))
        self._plain = [self._marks(fold, None) for fold in self.folds]

    @property
    def plain(self) -> Marks:
        """Mean marks with nothing added."""
        return Marks(
            float(np.mean([m.precision for m in self._plain])), float(np.mean([m.balanced for m in self._plain]))
        )

    @property
    def nothing(self) -> NDArray[np.float64]:
        """The gains of adding nothing."""
        return np.zeros((len(self.folds), 2))

    def run(
        self,
        model: str,
        more: Callable[[Table, int, int], Table],
        kept: float,
        left: float,
        progress: Callable[[float], None],
    ) -> list[Trial]:
        """All shares of one model over the folds; as many folds as there is time for, at least one round of them.

        Args:
            model: its name.
            more: (real rows, how many, fold) -> as many rows of the rare class.
            kept: part of the rows made to keep.
            left: seconds.
            progress: told the part that is done.
        """
        began = time.perf_counter()
        sizes = {share: missing(self.is_rare, share) for share in SHARES}
        shares = [share for share, rows in sizes.items() if rows > 0]
        gains: list[list[tuple[float, float]]] = []
        for at, fold in enumerate(self.folds if shares else []):
            if at >= _FOLDS and (time.perf_counter() - began) * (at + 1) / at > left:
                break
            gains.append(self._fold(at, fold, shares, more, kept))
            progress((at + 1) / len(self.folds))
        return [
            Trial(model, share, kept, sizes[share], np.array([row[place] for row in gains]))
            for place, share in enumerate(shares)
        ]

    def _fold(
        self, at: int, fold: Fold, shares: Sequence[float], more: Callable[[Table, int, int], Table], kept: float
    ) -> list[tuple[float, float]]:
        """Gains of each share on one fold, from one set of rows made."""
        learn, plain = fold[0], self._plain[at]
        some = self.table.take(learn)
        sizes = [missing(self.is_rare[learn], share) for share in shares]
        fresh = more(some, round(max(sizes) / kept), at)
        odds = self.coder.odds(some, self.is_rare[learn], fresh, self.seed)
        found = [self._marks(fold, picked(fresh, odds, rows, kept)) for rows in sizes]
        return [(m.precision - plain.precision, m.balanced - plain.balanced) for m in found]

    def _marks(self, fold: Fold, fresh: Table | None) -> Marks:
        learn, ask = fold
        rows = self.table.take(learn) if fresh is None else joined(self.table.take(learn), fresh)
        y = np.r_[self.is_rare[learn], np.ones(len(rows) - len(learn), bool)]
        seen = self.coder.seen
        return marks(seen(rows), y, seen(self.table.take(ask)), self.is_rare[ask], seed=self.seed)


def _folds(is_rare: NDArray[np.bool_], rng: np.random.Generator) -> Iterator[Fold]:
    """(learn, ask) rows; each class is dealt out evenly."""
    few = int(is_rare.sum())
    for _ in range(_TIMES if few < _ENOUGH else 1):
        hand = np.empty(len(is_rare), np.int64)
        for side in (True, False):
            rows = rng.permutation(np.flatnonzero(is_rare == side))
            hand[rows] = np.arange(len(rows)) % _FOLDS
        for fold in range(_FOLDS):
            yield np.flatnonzero(hand != fold), np.flatnonzero(hand == fold)


def missing(is_rare: NDArray[np.bool_], share: float) -> int:
    """Rows of the rare class that lack to a share of it."""
    few, many = int(is_rare.sum()), int((~is_rare).sum())
    return max(round(share / (1 - share) * many) - few, 0)


def picked(fresh: Table, odds: NDArray[np.float64], rows: int, kept: float) -> Table:
    """`rows` of the first `rows / kept`: those with the best odds, in the order they were made."""
    among = min(round(rows / kept), len(fresh))
    best = np.argsort(-odds[:among], kind="stable")[:rows]
    return fresh.take(np.sort(best))


def joined(table: Table, fresh: Table) -> Table:
    """The rows of both."""
    return Table(pd.concat([table.frame, fresh.frame], ignore_index=True), table.schema)


@dataclass(frozen=True)
class Coder:
    """Rows as features, real and made alike."""

    levels: Mapping[str, Any]
    table: Table

    @classmethod
    def of(cls, table: Table) -> Coder:
        """With the levels of these rows."""
        return cls(_codes.levels_of([table]), table)

    def odds(self, table: Table, is_rare: NDArray[np.bool_], fresh: Table, seed: int) -> NDArray[np.float64]:
        """How likely fresh rows are of the rare class, by trees that learned from real rows alone."""
        seen = self.seen(table)
        draw = rng_.stream(seed, "odds")
        fitted = LEARNER.fit(seen.matrix, is_rare.astype(float), task="binary", categorical=seen.categorical, rng=draw)
        return np.asarray(fitted.predict(self.seen(fresh).matrix))

    def seen(self, table: Table) -> Features:
        """Every column but the target."""
        return features(_codes.coded(table, self.levels, self.table.schema), without=self.table.schema.target)


def marks(learn: Features, y: NDArray[np.bool_], ask: Features, truth: NDArray[np.bool_], *, seed: int) -> Marks:
    """Average precision and balanced accuracy of boosted trees."""
    from sklearn.metrics import average_precision_score, balanced_accuracy_score

    fitted = LEARNER.fit(
        learn.matrix, y.astype(float), task="binary", categorical=learn.categorical, rng=rng_.stream(seed, "marks")
    )
    said = fitted.predict(ask.matrix)
    return Marks(float(average_precision_score(truth, said)), float(balanced_accuracy_score(truth, said >= 0.5)))
