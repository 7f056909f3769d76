"""The pilot of models of series: the backtest is the first round, and what it finds is judged, beside generators."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthkit import rng as rng_
from synthkit.decide._course import Course, Field, part_with_losers
from synthkit.decide.backtest import Backtest, compared
from synthkit.decide.climb import Climb, Rung
from synthkit.decide.ladder import check_options
from synthkit.decide.series import (
    BACKTEST_SHARE,
    Ascent,
    backtested,
    delivered,
    due,
    family,
    is_classical,
    judged,
    series_ladder,
    suited,
    twins,
)
from synthkit.decide.yardsticks import yardsticks
from synthkit.errors import InputError
from synthkit.models import registry
from synthkit.models.base import Mode, Plan, Simulator
from synthkit.operate._pilot_apart import Job, Purse, together
from synthkit.operate._pilot_candidate import Attempt, Candidate, Setting, aside, attempts, because, settle
from synthkit.operate._pilot_measure import Measured, Watch, peak_mb
from synthkit.progress import Progress
from synthkit.threads import one_blas_thread

if TYPE_CHECKING:
    from synthkit.data.panel import Panel

__all__ = ["pilot_series"]


def pilot_series(
    way: Ascent, panel: Panel, names: Sequence[str], *, challenge: bool, setting: Setting
) -> tuple[list[Candidate], Climb]:
    """Measure the models, and choose by the rule of `climb_series`.

    Args:
        way: what every candidate is asked.
        panel: all series: the winner is fitted to them again.
        names: the short list.
        challenge: run the generators above the winner too.
        setting: what all rounds share; the winner's fit to all series comes on top of its budget.
    """
    for name, options in way.options.items():
        check_options(name, registry.simulator(name), options)
    listed, refused = suited(series_ladder(names), way)
    found, base, costs = _compare([n for n in listed if is_classical(n)], way, setting)
    candidates = {r.model: Candidate(r, costs.get(r.model)) for r in [*refused, *backtested(found, base)]}
    ahead = due(listed, base)
    done = _judge(ahead, base, way, setting)
    settled = settle(ahead, {n: a.rung for n, a in done.items()})
    winner = settled.winner
    above = _above(winner.model, way) if challenge and winner else []
    beside = [n for n in above if n not in done]
    done |= _judge(beside, base, way, replace(setting, wanted=frozenset(beside)))
    running = {rung.model for rung in settled.running}
    for name in dict.fromkeys([*ahead, *above]):
        one = done.get(name)
        if one is None or (name not in running and name not in setting.wanted and name not in above):
            candidates[name] = Candidate(Rung(name, family(name), "skipped", settled.uncalled[name]))
        else:
            rows = way.reference.train.points
            candidates[name] = Candidate(one.rung, one.measured, None, rows, name not in running)
    ordered = [candidates[n] for n in series_ladder(sorted(candidates))]
    climbed = tuple(c.rung for c in ordered)
    if winner is None:
        return ordered, Climb(climbed, None, because(settled), kind="series", backtest=found)
    said = because(settled)
    if found and winner.model == base:
        said += f"; among the classical models, {found.because}"
    job = Job(winner.model, deliver, (winner.model, base, panel, way, setting.home))
    last = _deliver(job, aside(setting.progress, "all rows"))
    model = registry.opened(setting.home / "final")
    return ordered, Climb(
        climbed, winner.model, said, model, last.made.table, kind="series", backtest=found, panel=last.made,
        yardsticks=last.beside,
    )  # fmt: skip


def _above(winner: str, way: Ascent) -> list[str]:
    """The generators above the winner that suit the series."""
    height = registry.card(winner).rung
    higher = [n for n in series_ladder() if registry.card(n).rung > height and not is_classical(n)]
    return suited(higher, way)[0]


def _judge(names: Sequence[str], base: str | None, way: Ascent, setting: Setting) -> dict[str, Attempt]:
    """The base and generators, until nothing calls for the next."""
    jobs = [Job(n, attempt_series, (n, base, way, setting.home / n), setting.home / n) for n in names]
    return attempts(jobs, names, {}, setting)


def _compare(
    names: Sequence[str], way: Ascent, setting: Setting
) -> tuple[Backtest | None, str | None, Mapping[str, Measured]]:
    """The backtest of the classical models, each in a process of its own, the one that goes on, and what each cost."""
    able = [name for name in names if "continue" in registry.simulator(name).modes]
    if len(able) < 2:
        return None, names[0] if names else None, {}
    horizon = way.plan.horizon if way.plan.mode in {"continue", "what-if"} else None
    ground = Field.of(way.reference.train, horizon=horizon, seed=way.seed)
    some = Purse(setting.purse.left * BACKTEST_SHARE, time.perf_counter(), setting.purse.slots)
    courses = {name: Course(name, dict(way.options.get(name, {}))) for name in able}
    costs: dict[str, Measured] = {}
    for first, last in ((0, 1), (1, len(ground.origins))):
        jobs = [
            Job(name, go, (course, ground, first, last))
            for name, course in courses.items()
            if first < last and not course.stopped
        ]
        told = aside(setting.progress, "backtest" if first else "first origin")
        for ended in setting.ended(jobs, purse=some, progress=told):
            if ended.value is None:
                courses[ended.name] = replace(courses[ended.name], because=ended.because, stopped=True)
                continue
            courses[ended.name], cost = ended.value
            costs[ended.name] = cost.and_then(costs.get(ended.name))
        if not first:
            part_with_losers(list(courses.values()))
    result = compared(list(courses.values()), ground)
    return result, result.chosen, costs


def go(
    course: Course, ground: Field, first: int, last: int, *, seconds: float, progress: Progress
) -> tuple[Course, Measured]:
    """Take some of the origins: what the process of a classical model does."""
    del seconds
    base, cpu = peak_mb(), time.process_time()
    with one_blas_thread():
        for number in range(first, last):
            course.go(ground, number)
            progress("backtest", (number + 1 - first) / (last - first))
            if course.because:
                break
    cost = Measured(peak_mb(), base, time.process_time() - cpu)
    return replace(course, stopped=bool(course.because)), cost


def attempt_series(
    name: str, base: str | None, way: Ascent, folder: Path, *, seconds: float, progress: Progress
) -> Attempt:
    """Fit to the train part, make, measure and judge: what the process of one candidate does."""
    del seconds

    def drawn(model: Simulator, size: int) -> int:
        mode: Mode = "new-entity" if way.reference.by_entity else "twin"
        plan = Plan(mode, paths=10 if size else 1)
        return model.simulate(plan, rng=rng_.stream(0, "latency")).points

    watch = Watch(folder, drawn)
    with one_blas_thread():
        rung, _ = judged(name, base, replace(way, progress=progress), look=watch)
    return Attempt(rung, None, watch.measured)


@dataclass(frozen=True)
class _Delivery:
    """The series that were asked for, and what copies would have scored."""

    made: Panel
    beside: Mapping[str, Mapping[str, float]]


def _deliver(job: Job, progress: Progress) -> _Delivery:
    """The winner, fitted to all rows; it is not the budget's business."""
    ended = next(together([job], purse=Purse(float("inf"), time.perf_counter(), 1), progress=progress))
    if not isinstance(ended.value, _Delivery):
        raise InputError(f"'{job.name}' was chosen, but could not be fitted to all rows: {ended.because}")
    return ended.value


def deliver(
    name: str, base: str | None, panel: Panel, way: Ascent, home: Path, *, seconds: float, progress: Progress
) -> _Delivery:
    """What the process that makes the series does; the model is left in `home`."""
    del seconds
    with one_blas_thread():
        model = registry.opened(home / name)
        beside = {} if way.spent else yardsticks(way.reference, paths=twins(way.reference), seed=way.seed)
        fitted, made = delivered(model, panel, base, replace(way, progress=progress))
        fitted.save(home / "final")
    return _Delivery(made, beside)
