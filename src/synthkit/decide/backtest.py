"""Which classical model forecasts a panel best, by rolling origin: what a generator then builds on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit import rng as rng_
from synthkit.decide._course import Course, Field, Trial, part_with_losers, part_with_slow
from synthkit.models import registry
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.panel import Panel, Series

__all__ = ["Backtest", "Course", "Field", "Trial", "backtest", "compared", "part_with_losers"]

QUICK = 5_000
"""Numbers in all below which no model takes long enough to be put off."""
TASTE = 100
"""Rows of one series (or three of its shortest seasons) that tell how long a model takes."""
CLOSE = 0.02
"""Of two models this close (as a share of the better CRPS), and within one standard error, the simpler is taken."""


@dataclass(frozen=True)
class Backtest:
    """What a rolling-origin comparison found.

    Args:
        trials: in the order of the ladder.
        chosen: name of the model, or None if all failed.
        because: why that one.
        horizon: rows ahead.
        origins: how many ends the series were cut at (the models that left saw the first of them alone).
        series: how many series were used.
    """

    trials: tuple[Trial, ...]
    chosen: str | None
    because: str
    horizon: int
    origins: int
    series: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        plain = {"chosen": self.chosen, "because": self.because, "horizon": self.horizon, "origins": self.origins}
        return {**plain, "series": self.series, "trials": [t.to_dict() for t in self.trials]}


def backtest(
    panel: Panel,
    models: Sequence[str],
    *,
    horizon: int | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    budget: float = 120.0,
    fits: float = 0.0,
    longest: float = float("inf"),
    seed: int = 0,
    progress: Progress = silent,
) -> Backtest:
    """Fit each model at several ends of the series, and score what it makes of the rows that follow.

    Args:
        panel: the series models may learn from.
        models: names of models of series that can continue; in the order of the ladder.
        horizon: rows ahead; a season by default, and less where the series are short.
        options: model name -> arguments of its class.
        budget: seconds. Each model takes the latest origin first, the quick ones before the slow ones; the slowest go
            without the earlier ones, or without any, and all are compared at the origins they share. A model that is
            clearly behind at the latest origin takes no further one.
        fits: series that the chosen model will have to fit, one after the other.
        longest: seconds that this may take: a model that would need more leaves, unless it is the quickest.
        seed: the same seed gives the same result.
        progress: told fit by fit.
    """
    ground = Field.of(panel, horizon=horizon, seed=seed)
    began = time.perf_counter()
    courses = [Course(name, dict((options or {}).get(name, {}))) for name in models]
    for course in (*courses[:1], *courses):  # the first one twice: once it pays for imports
        course.guess = _guess(course, ground.panel, seed)
    turns = 0
    for number in range(len(ground.origins)):
        # The quick ones first, so that a slow one cannot keep them from their turn.
        for course in sorted(courses, key=lambda c: c.usual):
            progress("backtest", turns / (len(ground.origins) * len(courses)))
            turns += 1
            late = time.perf_counter() - began + course.usual > budget
            if course.because or (late and not (number == 0 and turns <= 2)):
                course.because = course.because or ("" if number else _SPENT.format(budget))
                course.stopped = True
            if not course.stopped:
                course.go(ground, number)
        if number == 0:
            part_with_losers(courses)
            part_with_slow(courses, fits / len(ground.panel), longest)
    progress("backtest", 1.0)
    return compared(courses, ground)


_SPENT = "not tried: the backtest's {:g} s are spent, or too short for it"


def compared(courses: Sequence[Course], ground: Field) -> Backtest:
    """What came of all courses."""
    running = [c for c in courses if c.losses and not c.because and c.left is None]
    shared = min((len(c.losses) for c in running), default=0)
    trials = tuple(course.trial(shared if course.left is None else 1) for course in courses)
    chosen, because = _choice(trials)
    return Backtest(trials, chosen, because, ground.ahead, shared, len(ground.panel))


def _guess(course: Course, panel: Panel, seed: int) -> float:
    """Seconds that a fit to all may take, from a fit to the last rows of one channel; 0 where all is quick."""
    longest = max(panel, key=len)
    cells = panel.points * len(panel.roles.values)
    rows = max(TASTE, 3 * min(panel.grid.seasons, default=0))
    if cells < QUICK or len(longest) <= rows:
        return 0.0
    start = time.perf_counter()
    try:
        taste = _alone(panel, longest.cut(-rows))
        registry.simulator(course.name)(**course.options).fit(taste, rng=rng_.stream(seed, "backtest", "taste"))
    except Exception:  # noqa: BLE001 - its own turn will say what is wrong with it
        return 0.0
    return (time.perf_counter() - start) * cells / rows


def _alone(panel: Panel, series: Series) -> Panel:
    """The first channel of one series."""
    roles = replace(panel.roles, values=panel.roles.values[:1])
    return replace(panel, series=(replace(series, values=series.values[:, :1]),), roles=roles)


def _choice(trials: Sequence[Trial]) -> tuple[str | None, str]:
    """The best by CRPS, or a simpler one that is as good as the best: `trials` are in the order of the ladder."""
    scored = [t for t in trials if t.crps is not None]
    if not scored:
        return None, "no classical model could be backtested"
    running = [t for t in scored if t.left is None]
    best = min(running, key=lambda t: t.crps or 0.0)
    for trial in running:
        if trial is best or _as_good(trial, best):
            break
    others = len(scored) - 1
    said = f"its CRPS of {trial.crps:.3g} over rolling origins"
    if trial is best:
        return trial.model, f"{said} is the lowest of {len(scored)} models" if others else f"{said}; no other was tried"
    tail = f"within {CLOSE:.0%} and one standard error of the best ({best.model}, {best.crps:.3g}), and it is simpler"
    return trial.model, f"{said} is {tail}"


def _as_good(simple: Trial, best: Trial) -> bool:
    """Whether the simpler model is close to the best, by the mean and by the paired standard error."""
    if simple.crps is None or best.crps is None or simple.crps > best.crps * (1 + CLOSE):
        return False
    gap = simple.losses - best.losses
    gap = gap[np.isfinite(gap)]
    if len(gap) < 2:
        return True
    return bool(gap.mean() <= gap.std(ddof=1) / np.sqrt(len(gap)))
