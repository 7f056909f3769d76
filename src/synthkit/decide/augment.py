"""Rows of a rare class, added only where they help: how many and from which model, by validation on real rows alone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from synthkit import rng as rng_
from synthkit.data.table import Table
from synthkit.decide._failure import failure
from synthkit.errors import ConfigError, InputError, UnknownName
from synthkit.metrics import _codes
from synthkit.metrics._boosting import Boosting
from synthkit.metrics._features import features
from synthkit.models import registry
from synthkit.models.base import Conditional, Terms, Trained
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.models.base import Synthesizer

__all__ = ["LEARNER", "MODELS", "Arm", "Augmentation", "Marks", "augment", "marks"]

MODELS = ("trees", "tvae")
SHARES = (0.1, 0.2, 0.35, 0.5)
"""Of the rare class in the augmented table."""

KEPT = (1.0, 0.5)
"""Of the rows made: all, or the half that trees fitted to the real rows find likelier to be of the class.

Rows drawn from a law learned from a few hundred examples also fall where the other class lives, and cost precision; on
mammography half as many candidates more turn a loss of 0.02 in average precision into a gain of 0.01."""

LEARNER = Boosting(rounds=100, patience=0)
_FOLDS = 5
_TIMES = 3  # repeats of the folds while there are fewer than `_ENOUGH` rows of the rare class
_ENOUGH = 300
_FEWEST = 10


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


@dataclass(frozen=True)
class Arm:
    """One way to augment, and what it gained on real validation rows.

    Args:
        model: that made the rows.
        share: of the rare class it leads to.
        kept: part of the rows made; the others are those that trees take for the other class soonest.
        rows: added.
        precision, balanced: mean gains over the folds.
        error: standard error of the gain in their mean, corrected for folds that share rows (Nadeau and Bengio 2003).
        precision_error: the same of the average precision.
    """

    model: str
    share: float
    kept: float
    rows: int
    precision: float
    balanced: float
    error: float
    precision_error: float

    @property
    def gain(self) -> float:
        """In the mean of both measures."""
        return (self.precision + self.balanced) / 2

    @property
    def helps(self) -> bool:
        """Whether the gain is beyond its error, and is not paid for with a worse ranking."""
        return self.gain > self.error and self.precision > -self.precision_error / 2


@dataclass(frozen=True)
class Augmentation:
    """What came of it.

    Args:
        table: the real rows, then those that were added.
        added: how many.
        chosen: the way that was taken, or None if nothing helps.
        because: one sentence.
        plain: mean marks over the folds with nothing added.
        tried: all ways.
        failed: model -> why it could not be tried to the end.
        model: fitted to all rows, if one was chosen.
    """

    table: Table
    added: int
    chosen: Arm | None
    because: str
    plain: Marks
    tried: tuple[Arm, ...]
    failed: Mapping[str, str] = field(default_factory=dict)
    model: Synthesizer | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "added": self.added,
            "chosen": asdict(self.chosen) if self.chosen else None,
            "because": self.because,
            "with nothing added": asdict(self.plain),
            "tried": [asdict(arm) | {"gain": arm.gain} for arm in self.tried],
            "failed": dict(self.failed),
        }


def augment(
    table: Table,
    rare: str,
    *,
    models: Sequence[str] = MODELS,
    budget: float = 300.0,
    seed: int = 0,
    progress: Progress = silent,
) -> Augmentation:
    """Add rows of a rare class, or none.

    Each model is fitted on four fifths of the real rows, and boosted trees learn from these and its rows to find the
    class among the last fifth, which is real. What is chosen gains most in the mean of average precision and balanced
    accuracy; it is taken only if the gain is beyond its standard error and costs no precision.

    Args:
        table: with a target of categories.
        rare: the class of the target.
        models: in this order; each has to be able to hold the target at a value.
        budget: seconds. A model is not begun when it is spent.
        seed: decides all chance.
        progress: told fold by fold.

    Raises:
        ConfigError: no target, or a model that cannot hold it at a value.
        UnknownName: no such class or model.
        InputError: too few rows of the class.
    """
    is_rare = _wanted(table, rare, models)
    began = time.perf_counter()
    folds = list(_folds(is_rare, rng_.stream(seed, "augment", "folds")))
    coder = _Coder.of(table)
    plain = [coder.marks(table, is_rare, fold, None, seed) for fold in folds]
    arms: list[Arm] = []
    failed: dict[str, str] = {}
    for name in models:
        left = budget - (time.perf_counter() - began)
        if left <= 0:
            failed[name] = f"not tried: the budget of {budget:g} s was spent"
            continue
        try:
            arms += _arms(name, table, rare, is_rare, folds, plain, coder, left, seed, progress)
        except Exception as error:  # noqa: BLE001 - one model must not take the others with it
            failed[name] = failure(error)
    progress("augment", 1.0)
    mean = Marks(*(float(np.mean([getattr(m, name) for m in plain])) for name in ("precision", "balanced")))
    best = max((arm for arm in arms if arm.helps), key=lambda arm: arm.gain, default=None)
    if best is None:
        why = f"none of {len(arms)} ways to add rows helps by more than its standard error"
        return Augmentation(table, 0, None, why, mean, tuple(arms), failed)
    model = _made(best.model, budget)
    model.fit(table, rng=rng_.stream(seed, "augment", "fit", best.model))
    draw = rng_.stream(seed, "augment", "sample")
    fresh = model.sample_where(round(best.rows / best.kept), {table.schema.target: rare}, rng=draw)
    fresh = _picked(fresh, coder.odds(table, is_rare, fresh, seed), best.rows, best.kept)
    why = (
        f"{best.rows:,} rows of {best.model} raise average precision by {best.precision:+.3f} and balanced accuracy by"
        f" {best.balanced:+.3f} on real validation rows"
    )
    whole = _joined(table, fresh)
    return Augmentation(whole, best.rows, best, why, mean, tuple(arms), failed, model)


def _wanted(table: Table, rare: str, models: Sequence[str]) -> np.ndarray:
    """Which rows are of the rare class, once all is known to make sense."""
    target = table.schema.target
    if target is None or not table.schema[target].is_discrete:
        raise ConfigError("augmentation needs a target of categories", hint="name it with --target")
    cells = table.frame[target]
    if rare not in set(cells.dropna()):
        raise UnknownName(f"class of the target {target!r}", rare, sorted(set(cells.dropna())))
    for name in models:
        if not hasattr(registry.get(name), "sample_where"):
            raise ConfigError(f"the model '{name}' cannot hold the target at a value")
    found = (cells == rare).to_numpy(bool, na_value=False)
    if found.sum() < _FEWEST or (~found).sum() < _FEWEST:
        raise InputError(
            f"only {min(found.sum(), (~found).sum())} rows are on one side of {target!r} = the rare class",
            hint=f"at least {_FEWEST} are needed to see whether more would help",
        )
    return np.asarray(found)


def _folds(is_rare: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(learn, ask) rows; each class is dealt out evenly."""
    few = int(is_rare.sum())
    for _ in range(_TIMES if few < _ENOUGH else 1):
        hand = np.empty(len(is_rare), np.int64)
        for side in (True, False):
            rows = rng.permutation(np.flatnonzero(is_rare == side))
            hand[rows] = np.arange(len(rows)) % _FOLDS
        for fold in range(_FOLDS):
            yield np.flatnonzero(hand != fold), np.flatnonzero(hand == fold)


def _arms(  # noqa: PLR0917
    name: str,
    table: Table,
    rare: str,
    is_rare: np.ndarray,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    plain: Sequence[Marks],
    coder: _Coder,
    left: float,
    seed: int,
    progress: Progress,
) -> list[Arm]:
    """All shares of one model over the folds; as many folds as there is time for, but at least one round of them."""
    began, seen = time.perf_counter(), 0
    sizes = {share: _missing(is_rare, share) for share in SHARES}
    sizes = {share: rows for share, rows in sizes.items() if rows > 0}
    ways = [(share, kept) for share in sizes for kept in KEPT]
    gains: dict[tuple[float, float], list[tuple[float, float]]] = {way: [] for way in ways}
    for at, (learn, ask) in enumerate(folds):
        if at >= _FOLDS and (time.perf_counter() - began) * (at + 1) / at > left:
            break
        some = table.take(learn)
        model = _made(name, left / len(folds)).fit(some, rng=rng_.stream(seed, "augment", name, at))
        most = round(max(sizes.values(), default=0) / min(KEPT))
        fresh = model.sample_where(most, {table.schema.target: rare}, rng=rng_.stream(seed, "more", name, at))
        odds = coder.odds(some, is_rare[learn], fresh, seed)
        for share, kept in ways:
            rows = _missing(is_rare[learn], share)
            found = coder.marks(table, is_rare, (learn, ask), _picked(fresh, odds, rows, kept), seed)
            gains[share, kept].append((found.precision - plain[at].precision, found.balanced - plain[at].balanced))
        seen = at + 1
        progress("augment", min((MODELS.index(name) if name in MODELS else 0) / 2 + seen / len(folds) / 2, 0.99))
    return [_arm(name, way, sizes[way[0]], np.array(gains[way])) for way in ways]


def _picked(fresh: Table, odds: np.ndarray, rows: int, kept: float) -> Table:
    """`rows` of the first `rows / kept`: those with the best odds, in the order they were made."""
    among = min(round(rows / kept), len(fresh))
    best = np.argsort(-odds[:among], kind="stable")[:rows]
    return fresh.take(np.sort(best))


def _arm(name: str, way: tuple[float, float], rows: int, gains: np.ndarray) -> Arm:
    inflated = np.sqrt(1 / len(gains) + 1 / (_FOLDS - 1))
    error = float(gains.mean(axis=1).std(ddof=1) * inflated) if len(gains) > 1 else np.inf
    of_precision = float(gains[:, 0].std(ddof=1) * inflated) if len(gains) > 1 else np.inf
    return Arm(name, *way, rows, float(gains[:, 0].mean()), float(gains[:, 1].mean()), error, of_precision)


def _missing(is_rare: np.ndarray, share: float) -> int:
    """Rows of the rare class that lack to a share of it."""
    few, many = int(is_rare.sum()), int((~is_rare).sum())
    return max(round(share / (1 - share) * many) - few, 0)


def _made(name: str, seconds: float) -> Any:  # noqa: ANN401 - a synthesizer that is Conditional
    model = registry.get(name)()
    if isinstance(model, Trained):
        model.terms = Terms(seconds)
    assert isinstance(model, Conditional)
    return model


def _joined(table: Table, fresh: Table) -> Table:
    return Table(pd.concat([table.frame, fresh.frame], ignore_index=True), table.schema)


@dataclass(frozen=True)
class _Coder:
    """Rows as features, real and made alike."""

    levels: Mapping[str, Any]
    table: Table

    @classmethod
    def of(cls, table: Table) -> _Coder:
        return cls(_codes.levels_of([table]), table)

    def marks(
        self,
        table: Table,
        is_rare: np.ndarray,
        fold: tuple[np.ndarray, np.ndarray],
        fresh: Table | None,
        seed: int,
    ) -> Marks:
        """Of trees that learn from some rows and fresh ones, asked about others."""
        learn, ask = fold
        rows = table.take(learn) if fresh is None else _joined(table.take(learn), fresh)
        y = np.r_[is_rare[learn], np.ones(len(rows) - len(learn), bool)]
        return marks(self.seen(rows), y, self.seen(table.take(ask)), is_rare[ask], seed=seed)

    def odds(self, table: Table, is_rare: np.ndarray, fresh: Table, seed: int) -> np.ndarray:
        """How likely fresh rows are of the rare class, by trees that learned from real rows alone."""
        seen = self.seen(table)
        draw = rng_.stream(seed, "odds")
        fitted = LEARNER.fit(seen.matrix, is_rare.astype(float), task="binary", categorical=seen.categorical, rng=draw)
        return np.asarray(fitted.predict(self.seen(fresh).matrix))

    def seen(self, table: Table) -> Any:  # noqa: ANN401 - features of a private module
        return features(_codes.coded(table, self.levels, self.table.schema), without=self.table.schema.target)


def marks(
    learn: Any,  # noqa: ANN401 - as above
    y: np.ndarray,
    ask: Any,  # noqa: ANN401
    truth: np.ndarray,
    *,
    seed: int,
) -> Marks:
    """Average precision and balanced accuracy of boosted trees."""
    from sklearn.metrics import average_precision_score, balanced_accuracy_score

    fitted = LEARNER.fit(
        learn.matrix, y.astype(float), task="binary", categorical=learn.categorical, rng=rng_.stream(seed, "marks")
    )
    said = fitted.predict(ask.matrix)
    return Marks(float(average_precision_score(truth, said)), float(balanced_accuracy_score(truth, said >= 0.5)))
