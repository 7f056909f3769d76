"""Few rows: one model on several splits of them, judged by its scores over all, and given up where it cannot win."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.decide.attempt import attempt
from synthkit.decide.climb import Rung, outcome, rank
from synthkit.decide.criteria import Criteria, Verdict
from synthkit.metrics import _intervals, base
from synthkit.metrics.base import Reference, Score
from synthkit.progress import Progress, part, silent
from synthkit.scorecard import Scorecard

if TYPE_CHECKING:
    from synthkit.data.split import Split
    from synthkit.data.table import Table
    from synthkit.models.base import Synthesizer

__all__ = ["FORESEE", "GIVEN_OUT", "LOOK", "Race", "attempt_folds", "facts", "pooled", "references"]

LOOK: Final = 3
"""Folds after which a model that breaks a limit with its whole interval is given up, if another does better."""

FORESEE: Final = 5
"""Folds after which so is one that would not pass if the other folds were like these."""

GIVEN_OUT: Final = "the rows given out"
"""The detail of a privacy score that is of the first fold alone, whose rows are handed out."""

INTERVALS: Final = "intervals by Nadeau and Bengio (2003)"
"""How the record and the report call them."""

_ENDS: Final = {"share": (0.0, 1.0), "auc": (0.0, 1.0), "r2": (-np.inf, 1.0)}


@dataclass(frozen=True)
class Race:
    """What a model has to beat, and how long it has.

    Args:
        best: the best rung so far, if there is one.
        last: whether no other model is left to be tried.
        ends: when the budget is spent, by the performance counter.
        share: when half of what was left of it is, which is a model's due while others are to be tried.
        began: when this model did.
    """

    best: Rung | None = None
    last: bool = True
    ends: float = math.inf
    share: float = math.inf
    began: float = 0.0

    @classmethod
    def begun(cls, best: Rung | None, *, last: bool, ends: float) -> Race:
        """The race of a model that begins now."""
        now = time.perf_counter()
        return cls(best, last, ends, ends if last else now + max(ends - now, 0.0) / 2, now)

    @property
    def spent(self) -> bool:
        """Whether the budget is spent by now."""
        return time.perf_counter() > self.ends

    def hopeless(self, had: int, many: int) -> str:
        """Why, after so many folds, a model will not have as many as a verdict needs; "" if it may, or has to."""
        took = time.perf_counter() - self.began
        least = min(LOOK, many)
        if self.best is None or had >= least or self.began + took * least / had <= self.share:
            return ""
        left = "what was left of the budget" if self.last else "half of what was left of the budget"
        return f"{had} of {many} folds took {took:.3g} s: the {least} that a verdict needs are more than {left}"


def attempt_folds(
    make: Callable[[], Synthesizer],
    folds: Sequence[Reference],
    *,
    rows: int,
    criteria: Criteria,
    seed: int,
    race: Race,
    progress: Progress = silent,
) -> tuple[Rung, Synthesizer, Table | None]:
    """Fit a model in each fold, have it make rows, judge them, and pool the scores; one fold is judged by itself.

    Metrics that no criterion holds to anything are measured in the first fold alone.

    Args:
        make: the model, not fitted.
        folds: the first is that of the rows given out; each further one has a seed of its own.
        rows: how many are made in the first fold; in the others as many as are judged.
        criteria: what is good enough.
        seed: of the first fold.
        race: when to give it up.
        progress: told fold by fold.

    Returns:
        The rung, the model of the first fold, and its rows unless the model failed in any fold.
    """
    model, many = make(), len(folds)
    judged = [name for name in base.names() if name in {c.metric for c in criteria.criteria}]
    rung, table = attempt(
        model, folds[0], rows=rows, criteria=criteria, seed=seed, progress=_of(progress, model, 0, many)
    )
    done = [rung]
    while table is not None and len(done) < many:
        if why := race.hopeless(len(done), many):
            return replace(rung, status="skipped", because=why, scorecard=None, judgements=()), model, None
        at, fold = len(done), folds[len(done)]
        told, few = _of(progress, model, at, many), min(rows, len(fold.train))
        one, made = attempt(make(), fold, rows=few, criteria=criteria, seed=fold.seed, metrics=judged, progress=told)
        if made is None:
            return replace(one, because=f"in fold {at + 1} of {many}: {one.because}"), model, None
        done.append(one)
        if said := _given_up(done, folds, criteria, race):
            whole = _rung(done, folds, criteria)
            return replace(whole, because=f"{whole.because}; {said}"), model, table
    if table is None or many == 1:
        return rung, model, table
    return _rung(done, folds, criteria), model, table


def _of(progress: Progress, model: Synthesizer, at: int, many: int) -> Progress:
    return part(progress, model.name, at / many, (at + 1) / many) if many > 1 else progress


def _given_up(done: Sequence[Rung], folds: Sequence[Reference], criteria: Criteria, race: Race) -> str:
    """Why it goes no further; "" if it does."""
    had, many = len(done), len(folds)
    if not LOOK <= had < many:
        return ""
    after = f"left after {had} of {many} folds"
    if race.spent:
        return f"{after}, when the budget was spent"
    if time.perf_counter() > race.share and not race.last:
        return f"{after}, when half of what was left of the budget was spent and others were to be tried"
    fails = _rung(done, folds, criteria).verdict is Verdict.FAIL
    if race.best is None:
        return f"{after}, for others are to be tried" if fails and not race.last else ""
    then = _rung(done, folds, criteria, count=many)
    if rank(then) <= rank(race.best) or not (fails or had >= FORESEE) or then.verdict is Verdict.PASS:
        return ""
    foreseen = "" if fails else ": with others like these it would not pass"
    return f"{after}{foreseen}, and {race.best.model} does better"


def _rung(done: Sequence[Rung], folds: Sequence[Reference], criteria: Criteria, count: int | None = None) -> Rung:
    """The rung of the folds so far; its intervals are those of `count` such folds, if that is said."""
    ratio = float(np.mean([len(fold.holdout) / len(fold.train) for fold in folds]))
    card = pooled([rung.scorecard for rung in done if rung.scorecard], ratio=ratio, count=count)
    judgements = criteria.judge(card)
    costs = {name: sum(getattr(rung, name) for rung in done) for name in _COSTS}
    return replace(
        done[0], because=outcome(judgements), scorecard=card, judgements=judgements, folds=len(done), **costs
    )


_COSTS = ("fit_seconds", "sample_seconds", "judge_seconds")


def pooled(cards: Sequence[Scorecard], *, ratio: float, count: int | None = None) -> Scorecard:
    """One scorecard of the same model's on several folds.

    Value, floor and score against train are means over the folds that have them; intervals know that folds share rows
    (`metrics._intervals.corrected`). Rows are counted once. Profiles and provenance are those of the first fold, and so
    is the detail `GIVEN_OUT` of each privacy score; it takes the place of the mean where it is worse by more than both
    intervals, for what the model usually does is no excuse for the rows that are handed out.

    Args:
        cards: of each fold, the one whose rows are given out first.
        ratio: rows held out for each row learned from.
        count: of folds that the intervals are for; as many as there are by default.
    """
    found: dict[tuple[str, tuple[str, ...]], list[Score]] = {}
    for card in cards:
        for score in card.scores:
            found.setdefault((score.metric, score.subject), []).append(score)
    scores: list[Score] = []
    for (_, subject), same in found.items():
        mean = _pooled(same, ratio, count)
        if subject or mean.family != "privacy":
            scores.append(mean)
        else:
            told = f"Of the rows given out, which are clearly worse than the mean over folds, {mean.value:.3g}."
            worse = replace(same[0], note=told)
            scores += [worse if _worse(same[0], mean) else mean, replace(same[0], subject=(GIVEN_OUT,))]
    return replace(cards[0], scores=tuple(scores))


def _pooled(same: Sequence[Score], ratio: float, count: int | None) -> Score:
    first = same[0]
    if len(same) == 1:
        return replace(first, note=f"In the first fold: {first.note}" if first.note else "In the first fold alone.")
    low, high = _ENDS.get(first.unit, (-np.inf, np.inf)) if first.subject != ("gap",) else (-np.inf, np.inf)
    values = np.array([score.value for score in same])
    mean, ci = _intervals.corrected(values, ratio, count=count, low=low, high=high)
    if np.ptp(values) == 0 and first.ci:  # their spread says nothing: each fold's own interval has to stand for it
        shrunk = math.sqrt(1 / (count or len(same)) + ratio)
        ci = (mean - shrunk * (mean - first.ci[0]), mean + shrunk * (first.ci[1] - mean))
    rounds = max(1.0, len(same) * ratio / (1 + ratio))
    rows = [score.n for score in same if score.n is not None]
    return replace(
        first,
        value=mean,
        floor=_mean([score.floor for score in same]),
        train=_mean([score.train for score in same]),
        ci=ci,
        n=round(sum(rows) / rounds) if rows else None,
        note=first.note if len({score.note for score in same}) == 1 else f"In the first fold: {first.note}",
    )


def _worse(own: Score, mean: Score) -> bool:
    """Whether the first fold is worse than the mean of all by more than both intervals."""
    if own.ci is None or mean.ci is None:
        return False
    return own.ci[0] > mean.ci[1] if own.better == "lower" else own.ci[1] < mean.ci[0]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def facts(folds: Sequence[Split]) -> dict[str, Any]:
    """What the record says of folds, as plain values; nothing of a single split."""
    if len(folds) == 1:
        return {}
    held = sorted({len(fold.holdout) for fold in folds})
    rows = f"{held[0]:,}" if len(held) == 1 else f"{held[0]:,} to {held[-1]:,}"
    return {"folds": len(folds), "judged": f"over {len(folds)} folds, each of {rows} rows held out; {INTERVALS}"}


def references(folds: Sequence[Split], seed: int) -> list[Reference]:
    """The folds to climb with: the first has the seed of the run, each other one of its own."""
    seeds = [seed, *(rng_.seed_of(rng_.stream(seed, "fold", at)) for at in range(1, len(folds)))]
    return [Reference(fold.train, fold.holdout, own) for fold, own in zip(folds, seeds, strict=True)]
