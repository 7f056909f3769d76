"""The pilot of models of tables: a first round on a few rows, then whoever is still in the running on all of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from synthkit import rng as rng_
from synthkit.decide.attempt import attempt
from synthkit.decide.climb import Climb, Rung
from synthkit.decide.ladder import OF_TRAINING, check_options, ladder
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.models.base import Synthesizer, Terms, Trained
from synthkit.operate._pilot_apart import Job, Purse
from synthkit.operate._pilot_candidate import (
    Attempt,
    Candidate,
    Setting,
    aside,
    attempt_of,
    attempts,
    beaten,
    because,
    left,
    settle,
    uncalled,
)
from synthkit.operate._pilot_measure import Watch
from synthkit.progress import Progress

if TYPE_CHECKING:
    from synthkit.decide.criteria import Criteria

__all__ = ["FIRST_SHARE", "TableTask", "pilot_table"]

FIRST_SHARE: Final = 0.3
"""Of the budget that the first round may take."""
WORTHWHILE: Final = 2
"""A first round pays only where all rows are more than so many times its own."""


@dataclass(frozen=True, kw_only=True)
class TableTask:
    """What every candidate is asked.

    Args:
        reference: real rows, in two parts.
        rows: to make.
        criteria: what is good enough.
        seed: each model draws from streams of its own.
        options: model name -> arguments of its class.
    """

    reference: Reference
    rows: int
    criteria: Criteria
    seed: int
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def few(self, rows: int) -> TableTask:
        """The same on at most `rows` of each part, drawn once."""
        train = self.reference.train.subsample(rows, rng_.stream(self.seed, "pilot", "train"))
        held = self.reference.holdout.subsample(rows, rng_.stream(self.seed, "pilot", "holdout"))
        return replace(self, reference=Reference(train, held, self.seed), rows=len(train))


@dataclass(frozen=True)
class _Found:
    """What came of the models so far, by name: in the first round, on all rows, and of those who left."""

    first: dict[str, Attempt] = field(default_factory=dict)
    whole: dict[str, Attempt] = field(default_factory=dict)
    lost: dict[str, Rung] = field(default_factory=dict)

    @property
    def rungs(self) -> dict[str, Rung]:
        """Of those who ran on all rows, or left before."""
        return {name: one.rung for name, one in self.whole.items()} | self.lost


def pilot_table(
    task: TableTask, names: Sequence[str], *, first_rows: int, challenge: bool, setting: Setting
) -> tuple[list[Candidate], Climb]:
    """Measure the models, and choose by the ladder's rule.

    Args:
        task: what every candidate is asked.
        names: the short list.
        first_rows: train rows of the first round; 0 for none.
        challenge: run the models above the winner too.
        setting: what all rounds share.
    """
    for name, options in task.options.items():
        check_options(name, registry.get(name), options)
    names, found, wanted = ladder(names), _Found(), setting.wanted
    for group in [names] if wanted else _tiers(names):
        called = settle(names, found.rungs)
        _run(task, [n for n in group if not uncalled(n, called, wanted)], found, first_rows, setting)
    settled = settle(names, found.rungs)
    winner = settled.winner
    above = [
        n for n in ladder(rows=len(task.reference.train)) if challenge and winner and _height(n) > _height(winner.model)
    ]
    ahead = [n for n in above if n not in found.rungs]
    _run(task, ahead, found, first_rows, replace(setting, wanted=frozenset(ahead)))
    running = {rung.model for rung in settled.running}
    candidates = []
    for name in ladder(sorted({*names, *above})):
        first = found.first[name].rung if name in found.first else None
        one, beside = found.whole.get(name), name not in running
        if name in found.lost:
            candidates.append(Candidate(found.lost[name], found.first[name].measured, first, first_rows, beside))
        elif one is None or (beside and name not in wanted and name not in above):
            rung = Rung(name, registry.get(name).card.family, "skipped", settled.uncalled[name])
            candidates.append(Candidate(rung, first=first))
        else:
            candidates.append(Candidate(one.rung, one.measured, first, len(task.reference.train), beside))
    rungs = tuple(c.rung for c in candidates)
    if winner is None:
        return candidates, Climb(rungs, None, because(settled))
    model = registry.opened(setting.home / winner.model)
    table = found.whole[winner.model].table
    return candidates, Climb(rungs, winner.model, because(settled), model, table)


def _height(name: str) -> int:
    return registry.get(name).card.rung


def _tiers(names: Sequence[str]) -> list[list[str]]:
    """Networks wait until nothing else was good enough."""
    networks = [name for name in names if isinstance(registry.get(name)(), Trained)]
    return [[name for name in names if name not in networks], networks]


def _run(task: TableTask, names: Sequence[str], found: _Found, first_rows: int, setting: Setting) -> None:
    """A first round, and all rows for those who stay."""
    if first_rows and len(task.reference.train) > WORTHWHILE * first_rows and len(names) + len(found.first) > 1:
        found.first.update(_first_round(task.few(first_rows), names, setting))
        found.lost.update(_losers(names, found.first, first_rows))
    staying = [name for name in names if name not in found.lost]
    jobs = [Job(n, attempt_table, (n, task, setting.home / n), setting.home / n) for n in staying]
    found.whole.update(attempts(jobs, ladder(sorted({*names, *found.rungs})), found.rungs, setting))


def _first_round(task: TableTask, names: Sequence[str], setting: Setting) -> dict[str, Attempt]:
    """Every model on the few rows."""
    some = Purse(setting.purse.left * FIRST_SHARE, time.perf_counter(), setting.purse.slots)
    home = setting.home / "first"
    jobs = [Job(name, attempt_table, (name, task, home / name), home / name) for name in names]
    ended = setting.ended(jobs, purse=some, progress=aside(setting.progress, "first round"))
    return {one.name: attempt_of(one) for one in ended}


def _losers(names: Sequence[str], firsts: Mapping[str, Attempt], rows: int) -> dict[str, Rung]:
    """The rungs of those who do not go on: clearly beaten, stopped, or killed.

    A model that raised an error on few rows goes on: it may need more. No clock has a say but that of the budget.
    """
    gone: dict[str, Rung] = {}
    for name in names:
        rung = firsts[name].rung
        simpler = [
            one.rung for n, one in firsts.items() if _height(n) <= _height(name) and n != name and one.rung.scorecard
        ]
        if firsts[name].gone:
            gone[name] = replace(rung, because=f"{rung.because}, in the first round of {rows:,} rows")
        elif rung.status == "judged" and (said := beaten(rung, simpler)):
            gone[name] = left(rung, f"left after the first round of {rows:,} rows: {said}")
    return gone


def attempt_table(name: str, task: TableTask, folder: Path, *, seconds: float, progress: Progress) -> Attempt:
    """Fit, make, measure and judge: what the process of one candidate does.

    Args:
        name: of the model.
        task: what it is asked.
        folder: where it is saved.
        seconds: its share of the budget; a network trains for a part of it at most.
        progress: told how far it is.
    """
    watch = Watch(folder, _drawn)
    model: Synthesizer = registry.get(name)(**task.options.get(name, {}))
    if isinstance(model, Trained):
        model.terms = Terms(seconds * OF_TRAINING)
    rung, table = attempt(
        model, task.reference, rows=task.rows, criteria=task.criteria, seed=task.seed, progress=progress, look=watch
    )
    return Attempt(rung, table, watch.measured)


def _drawn(model: Synthesizer, size: int) -> int:
    """One row, or a thousand."""
    return len(model.sample(1000 if size else 1, rng=rng_.stream(0, "latency")))
