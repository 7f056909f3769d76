"""Climb from the simplest model upwards and stop at the first that is good enough."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthkit import rng as rng_
from synthkit.decide._renew import renewed
from synthkit.decide.criteria import Criteria, Judgement, Verdict
from synthkit.errors import SynthkitError, UnknownName
from synthkit.models import registry
from synthkit.progress import Progress, part, silent
from synthkit.scorecard import Scorecard, score

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.metrics.base import Reference
    from synthkit.models.base import Synthesizer

__all__ = ["Climb", "Rung", "climb", "ladder"]


@dataclass(frozen=True)
class Rung:
    """One model on the ladder and what became of it.

    Args:
        model: its name.
        family: of the model's card.
        status: "judged", "failed" (it raised an error) or "skipped" (the budget was spent).
        because: one sentence.
        fit_seconds, sample_seconds, judge_seconds: wall-clock.
        scorecard: what was measured, if it was judged.
        judgements: the scorecard held against the criteria.
    """

    model: str
    family: str
    status: str
    because: str
    fit_seconds: float = 0.0
    sample_seconds: float = 0.0
    judge_seconds: float = 0.0
    scorecard: Scorecard | None = None
    judgements: tuple[Judgement, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """Over all criteria; None if the rung was not judged."""
        return Verdict.all_of(j.verdict for j in self.judgements) if self.scorecard else None

    @property
    def shortfalls(self) -> tuple[Judgement, ...]:
        """The judgements that are not PASS."""
        return tuple(j for j in self.judgements if j.verdict is not Verdict.PASS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with headline scores only."""
        scores = self.scorecard.headlines if self.scorecard else ()
        return {
            "model": self.model,
            "family": self.family,
            "status": self.status,
            "verdict": self.verdict.value if self.verdict else None,
            "because": self.because,
            "fit_seconds": round(self.fit_seconds, 3),
            "sample_seconds": round(self.sample_seconds, 3),
            "judge_seconds": round(self.judge_seconds, 3),
            "scores": {s.metric: {"value": s.value, "ci": s.ci, "floor": s.floor, "unit": s.unit} for s in scores},
        }


@dataclass(frozen=True)
class Climb:
    """Everything that was tried, what was chosen, and why.

    Args:
        tried: the rungs in the order of the ladder.
        chosen: name of the model, or None if no rung could be judged.
        because: why that one.
        model: the fitted model.
        table: the rows it made, which are the rows that were judged.
    """

    tried: tuple[Rung, ...]
    chosen: str | None
    because: str
    model: Synthesizer | None = field(default=None, repr=False)
    table: Table | None = field(default=None, repr=False)

    @property
    def rung(self) -> Rung | None:
        """The chosen rung."""
        return next((r for r in self.tried if r.model == self.chosen), None)

    @property
    def verdict(self) -> Verdict:
        """Of the chosen rung."""
        rung = self.rung
        return (rung.verdict if rung else None) or Verdict.FAIL


def ladder(models: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of models from the simplest up; those given, or all.

    >>> ladder()[:3]
    ('marginals', 'copula', 'trees')
    """
    names = models or registry.names()
    return tuple(sorted(names, key=lambda name: (registry.get(name).card.rung, name)))


def climb(
    reference: Reference,
    *,
    rows: int,
    models: Sequence[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    criteria: Criteria | None = None,
    budget: float = 300.0,
    seed: int = 0,
    progress: Progress = silent,
) -> Climb:
    """Fit, sample and judge one model after the other until one meets the criteria.

    A rung that is INCONCLUSIVE does not end the climb, but may be chosen if no rung passes. The budget is looked at
    before each rung but the first; a fit is not cut short. Of the rungs that were judged and do not pass, the one that
    fails the fewest criteria is chosen, then the one that a classifier finds hardest to tell from real rows.

    Args:
        reference: real rows, in two parts.
        rows: how many rows each model makes; at most as many as the train rows are judged.
        models: names; all registered models by default.
        options: model name -> arguments of its class.
        criteria: what is good enough; the defaults if None.
        budget: seconds.
        seed: each model draws from streams of its own.
        progress: told model by model.

    Raises:
        UnknownName: a model or an option that does not exist.
    """
    criteria = criteria or Criteria()
    for name, wanted in (options or {}).items():
        _check_options(name, wanted)
    tried: list[Rung] = []
    best: tuple[Rung, Synthesizer, Table] | None = None
    began = time.perf_counter()
    for name in ladder(models):
        if tried and time.perf_counter() - began > budget:
            spent = f"not tried: the budget of {budget:g} s was spent"
            tried.append(Rung(name, registry.get(name).card.family, "skipped", spent))
            continue
        wanted = (options or {}).get(name, {})
        rung, model, table = _try(name, wanted, reference, rows=rows, criteria=criteria, seed=seed, progress=progress)
        tried.append(rung)
        if model is None or table is None:
            continue
        if best is None or _rank(rung) < _rank(best[0]):
            best = (rung, model, table)
        if rung.verdict is Verdict.PASS:
            break
    if best is None:
        return Climb(tuple(tried), None, "no model could be fitted; see the reasons above")
    return Climb(tuple(tried), best[0].model, _why(best[0], tried), best[1], best[2])


def _try(
    name: str,
    options: Mapping[str, Any],
    reference: Reference,
    *,
    rows: int,
    criteria: Criteria,
    seed: int,
    progress: Progress,
) -> tuple[Rung, Synthesizer | None, Table | None]:
    kind = registry.get(name)
    times = [time.perf_counter()]
    try:
        model = kind(**options).fit(
            reference.train, rng=rng_.stream(seed, "fit", name), progress=part(progress, name, 0.0, 0.4)
        )
        times.append(time.perf_counter())
        table = model.sample(rows, rng=rng_.stream(seed, "sample", name))
        table = renewed(table, model, reference.holdout, rng=rng_.stream(seed, "renew", name))
        times.append(time.perf_counter())
        judged = table.head(len(reference.train))
        card = score(reference, judged, seed=seed, progress=part(progress, name, 0.4, 1.0))
    except Exception as error:  # noqa: BLE001 - whatever breaks one model must not take the other rungs with it
        because = _failure(error)
        return Rung(name, kind.card.family, "failed", because, time.perf_counter() - times[0]), None, None
    times.append(time.perf_counter())
    fit, sample, judge = (b - a for a, b in pairwise(times))
    judgements = criteria.judge(card)
    because = _outcome(judgements)
    return Rung(name, kind.card.family, "judged", because, fit, sample, judge, card, judgements), model, table


def _check_options(name: str, wanted: Mapping[str, Any]) -> None:
    """A misspelt option would otherwise look like a model that fails."""
    known = signature(registry.get(name)).parameters
    for option in wanted:
        if option not in known:
            raise UnknownName(f"option of the model '{name}'", option, known)


def _failure(error: Exception) -> str:
    """What went wrong. Only our own messages are quoted: another's may hold a cell of the data."""
    if isinstance(error, SynthkitError):
        return f"failed: {error.message}"
    frames = traceback.extract_tb(error.__traceback__)
    at = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"failed with {type(error).__name__}{at}"


def _rank(rung: Rung) -> tuple[int, int, float]:
    """Smaller is better: criteria failed, values beyond their limit, how easily a classifier tells the rows."""
    failed = sum(j.verdict is Verdict.FAIL for j in rung.judgements)
    beyond = sum((j.value > j.limit) if j.better == "lower" else (j.value < j.limit) for j in rung.judgements)
    detection = rung.scorecard.headline("detection") if rung.scorecard else None
    told = detection.value if detection else 1.0
    return failed, beyond, told


def _outcome(judgements: Sequence[Judgement]) -> str:
    parts = []
    for verdict, words in ((Verdict.FAIL, "falls short on"), (Verdict.INCONCLUSIVE, "is unsettled on")):
        if labels := [j.label.lower() for j in judgements if j.verdict is verdict]:
            parts.append(f"{words} {', '.join(labels)}")
    return "; ".join(parts) if parts else "meets every criterion"


def _why(rung: Rung, tried: Sequence[Rung]) -> str:
    if rung.verdict is Verdict.PASS:
        simpler = [r.model for r in tried if r is not rung and r.status == "judged"]
        tail = f"; the simpler {' and '.join(simpler)} did not" if simpler else ""
        return f"{rung.model} is the first rung that meets every criterion{tail}"
    judged = sum(r.status == "judged" for r in tried)
    best = f"the best of {judged} rungs tried" if judged > 1 else "the only rung tried"
    return f"no rung meets every criterion; {rung.model} is {best}, and {rung.because}"
