"""Climb from the simplest model upwards and stop at the first that is good enough."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any

from synthkit.decide.climb import Climb, Rung, rank, why
from synthkit.decide.criteria import Criteria, Verdict
from synthkit.decide.folds import LOOK, Race, attempt_folds
from synthkit.errors import UnknownName
from synthkit.metrics.base import Reference
from synthkit.models import artifact, registry
from synthkit.models.base import Choosy, Terms, Trained
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.models.base import Synthesizer

__all__ = ["OF_TRAINING", "check_options", "climb", "ladder", "needless"]

OF_TRAINING = 0.85
"""Of a network's time; the rest is for sampling and judging."""


def ladder(models: Sequence[str] = (), *, rows: int | None = None) -> tuple[str, ...]:
    """Names of models from the simplest up; those given, or all that suit so many rows to learn from, if that is said.

    >>> ladder()[:4]
    ('marginals', 'copula', 'mixture', 'trees')
    >>> ladder(rows=50_000)[:3]
    ('marginals', 'copula', 'trees')
    """
    names = models or [name for name in registry.names() if rows is None or _suits(name, rows)]
    return tuple(sorted(names, key=lambda name: (registry.get(name).card.rung, name)))


def _suits(name: str, rows: int) -> bool:
    kind = registry.get(name)
    return not isinstance(kind, Choosy) or kind.suits(rows)


def climb(
    reference: Reference | Sequence[Reference],
    *,
    rows: int,
    models: Sequence[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    criteria: Criteria | None = None,
    budget: float = 300.0,
    seed: int = 0,
    terms: Terms | None = None,
    progress: Progress = silent,
) -> Climb:
    """Fit, sample and judge one model after the other until one meets the criteria.

    A rung that is INCONCLUSIVE does not end the climb, but may be chosen if no rung passes; networks are not tried
    after one that is within every limit, since only more rows would settle that. The budget is looked at before each
    rung but the first. Networks share what is left of it, and stop in time; another fit is not cut short. Of the rungs
    that were judged and do not pass, the one that fails the fewest criteria is chosen, then the one that a classifier
    finds hardest to tell from real rows.

    Args:
        reference: real rows, in two parts; or several times in two parts (folds): each model is then judged by its
            scores over all of them, and the rows and the model that are kept are those of the first.
        rows: how many rows each model makes; at most as many as the train rows are judged.
        models: names; all registered models that suit so many rows by default.
        options: model name -> arguments of its class.
        criteria: what is good enough; the defaults if None.
        budget: seconds.
        seed: each model draws from streams of its own; in further folds, from those of the fold's seed.
        terms: for networks: a folder of checkpoints, a model to begin with; the budget sets the seconds.
        progress: told model by model.

    Raises:
        UnknownName: a model or an option that does not exist.
    """
    criteria = criteria or Criteria()
    for name, wanted in (options or {}).items():
        check_options(name, registry.get(name), wanted)
    folds = [reference] if isinstance(reference, Reference) else list(reference)
    tried: list[Rung] = []
    best: tuple[Rung, Synthesizer, Table] | None = None
    began = time.perf_counter()
    names = ladder(models, rows=len(folds[0].train))
    for at, name in enumerate(names):
        left = budget - (time.perf_counter() - began)
        make = partial(_made, name, (options or {}).get(name, {}), terms, left / min(len(folds), LOOK), names[at:])
        first = best[0] if best else None
        if why_not := _passed_over(make(), first, left=left if tried else budget, budget=budget):
            tried.append(Rung(name, registry.get(name).card.family, "skipped", why_not))
            continue
        race = Race.begun(first, last=at + 1 == len(names), ends=began + budget)
        rung, model, table = attempt_folds(
            make, folds, rows=rows, criteria=criteria, seed=seed, race=race, progress=progress
        )
        tried.append(rung)
        if table is not None and (best is None or rank(rung) < rank(best[0])):
            best = (rung, model, table)
        if rung.verdict is Verdict.PASS:
            break
    if best is None:
        return Climb(tuple(tried), None, "no model could be fitted; see the reasons above")
    return Climb(tuple(tried), best[0].model, why(best[0], tried), best[1], best[2])


def _made(name: str, options: Mapping[str, Any], terms: Terms | None, left: float, ahead: Sequence[str]) -> Synthesizer:
    """A model, under its terms if it is a network: an equal part of the time that is left for all networks ahead."""
    model = registry.get(name)(**options)
    if isinstance(model, Trained):
        networks = sum(isinstance(registry.get(one)(), Trained) for one in ahead)
        given = terms or Terms()
        start = given.start if given.start and artifact.name_of(given.start) == name else None
        model.terms = Terms(max(left, 1.0) / max(networks, 1) * OF_TRAINING, given.checkpoint, start)
    return model


def _passed_over(model: Synthesizer, best: Rung | None, *, left: float, budget: float) -> str:
    """Why a model is not tried; "" if it is."""
    if left < 0:
        return f"not tried: the budget of {budget:g} s was spent"
    return needless(best) if isinstance(model, Trained) else ""


def needless(best: Rung | None) -> str:
    """Why no network is tried after this rung, the best so far; "" if one may pay."""
    if best is not None and not rank(best)[1]:
        return f"not tried: {best.model} is within every limit, and only more rows would settle what is unsettled"
    return ""


def check_options(name: str, kind: type, wanted: Mapping[str, Any]) -> None:
    """A misspelt option would otherwise look like a model that fails.

    Raises:
        UnknownName: no such option.
    """
    known = signature(kind).parameters
    for option in wanted:
        if option not in known:
            raise UnknownName(f"option of the model '{name}'", option, known)
