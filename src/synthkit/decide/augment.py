"""Rows of a rare class, added only where they help: how many and from which model, by validation on real rows alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit import rng as rng_
from synthkit.decide._copies import Copies
from synthkit.decide._failure import failure
from synthkit.decide._rare import KEPT, Marks, Trial, Trials, joined, picked
from synthkit.errors import ConfigError, InputError, UnknownName
from synthkit.models import registry
from synthkit.models.base import Conditional, Terms, Trained
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.table import Table

__all__ = ["MODELS", "Arm", "Augmentation", "augment"]

MODELS = ("copies", "trees", "tvae")
"""From the simplest: real rows again, rows of a classical model, rows of a network."""

_FEWEST = 10


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
    """

    model: str
    share: float
    kept: float
    rows: int
    precision: float
    balanced: float
    error: float

    @property
    def gain(self) -> float:
        """In the mean of both measures."""
        return (self.precision + self.balanced) / 2

    @classmethod
    def of(cls, trial: Trial) -> Arm:
        """A trial in a few numbers."""
        nothing = np.zeros_like(trial.gains)
        means = trial.over(nothing)
        return cls(
            trial.model, trial.share, trial.kept, trial.rows, means.precision, means.balanced, trial.gain(nothing)[1]
        )


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
    model: Conditional | Copies | None = field(default=None, repr=False)

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
    class among the last fifth, which is real. Models are tried in their order, from nothing added: one takes the place
    of the best before it only if it gains more in the mean of average precision and balanced accuracy than the standard
    error of that gain, and does not cost precision.

    Args:
        table: with a target of categories.
        rare: the class of the target.
        models: in this order; "copies" repeats real rows, any other has to be able to hold the target at a value.
        budget: seconds. A model is not begun when it is spent.
        seed: decides all chance.
        progress: told fold by fold.

    Raises:
        ConfigError: no target, or a model that cannot hold it at a value.
        UnknownName: no such class or model.
        InputError: too few rows of the class.
    """
    is_rare = _wanted(table, rare, models)
    trials = Trials(table, is_rare, seed)
    tried, failed = _tried(trials, rare, models, budget, progress)
    arms = tuple(Arm.of(trial) for trial in tried)
    best = chosen(tried, models, trials.nothing)
    if best is None:
        why = f"none of {len(arms)} ways to add rows helps by more than its standard error"
        return Augmentation(table, 0, None, why, trials.plain, arms, failed)
    model = _made(best.model, budget)
    model.fit(table, rng=rng_.stream(seed, "augment", "fit", best.model))
    draw = rng_.stream(seed, "augment", "sample")
    fresh = model.sample_where(round(best.rows / best.kept), {table.schema.target: rare}, rng=draw)
    fresh = picked(fresh, trials.coder.odds(table, is_rare, fresh, seed), best.rows, best.kept)
    arm = Arm.of(best)
    why = (
        f"{best.rows:,} rows of {best.model} raise average precision by {arm.precision:+.3f} and balanced accuracy by"
        f" {arm.balanced:+.3f} on real validation rows"
    )
    return Augmentation(joined(table, fresh), best.rows, arm, why, trials.plain, arms, failed, model)


def chosen(tried: Sequence[Trial], models: Sequence[str], nothing: np.ndarray) -> Trial | None:
    """The way that the last model to beat all before it offers, or None where adding nothing is not beaten.

    Args:
        tried: all trials.
        models: in the order in which they have to earn their place.
        nothing: the gains of adding nothing, (folds, 2).
    """
    best, bar = None, nothing
    for name in models:
        rivals = [trial for trial in tried if trial.model == name and _beats(trial, bar)]
        if rivals:
            best = max(rivals, key=lambda trial: trial.gain(nothing)[0])
            bar = best.gains
    return best


def _beats(trial: Trial, bar: np.ndarray) -> bool:
    gain, error = trial.gain(bar)
    return gain > error and trial.over(bar).precision >= 0


def _tried(
    trials: Trials, rare: str, models: Sequence[str], budget: float, progress: Progress
) -> tuple[list[Trial], dict[str, str]]:
    """All ways of all models, and which model could not be tried."""
    began = time.perf_counter()
    tried: list[Trial] = []
    failed: dict[str, str] = {}
    for place, name in enumerate(models):
        left = budget - (time.perf_counter() - began)
        if left <= 0:
            failed[name] = f"not tried: the budget of {budget:g} s was spent"
            continue
        share = left / (len(models) - place)
        more = _source(name, trials, rare, share)

        def told(part: float, place: int = place) -> None:
            progress("augment", min((place + part) / len(models), 0.99))

        try:
            tried += trials.run(name, more, 1.0 if name == Copies.name else KEPT, share, told)
        except Exception as error:  # noqa: BLE001 - one model must not take the others with it
            failed[name] = failure(error)
    progress("augment", 1.0)
    return tried, failed


def _source(name: str, trials: Trials, rare: str, seconds: float) -> Callable[[Table, int, int], Table]:
    """Rows of the class, from a model fitted to the rows of a fold."""

    def more(some: Table, n: int, at: int) -> Table:
        model = _made(name, seconds / len(trials.folds))
        model.fit(some, rng=rng_.stream(trials.seed, "augment", name, at))
        draw = rng_.stream(trials.seed, "more", name, at)
        made: Table = model.sample_where(n, {some.schema.target: rare}, rng=draw)
        return made

    return more


def _wanted(table: Table, rare: str, models: Sequence[str]) -> np.ndarray:
    """Which rows are of the rare class, once all is known to make sense."""
    target = table.schema.target
    if target is None or not table.schema[target].is_discrete:
        raise ConfigError("augmentation needs a target of categories", hint="name it with --target")
    cells = table.frame[target]
    if rare not in set(cells.dropna()):
        raise UnknownName(f"class of the target {target!r}", rare, sorted(set(cells.dropna())))
    for name in models:
        if name != Copies.name and not hasattr(registry.get(name), "sample_where"):
            raise ConfigError(f"the model '{name}' cannot hold the target at a value")
    found = (cells == rare).to_numpy(bool, na_value=False)
    if found.sum() < _FEWEST or (~found).sum() < _FEWEST:
        raise InputError(
            f"only {min(found.sum(), (~found).sum())} rows are on one side of {target!r} = the rare class",
            hint=f"at least {_FEWEST} are needed to see whether more would help",
        )
    return np.asarray(found)


def _made(name: str, seconds: float) -> Any:  # noqa: ANN401 - a synthesizer that is Conditional, or copies
    if name == Copies.name:
        return Copies()
    model = registry.get(name)()
    if isinstance(model, Trained):
        model.terms = Terms(seconds)
    assert isinstance(model, Conditional)
    return model
