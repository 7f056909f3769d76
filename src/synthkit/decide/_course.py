"""One model on its way through the origins of a backtest, and when it leaves it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit import rng as rng_
from synthkit.decide._failure import failure
from synthkit.metrics.temporal._forecast import Ahead, aheads, season_of
from synthkit.models import registry
from synthkit.models.base import Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.models.base import Simulator

__all__ = ["BEHIND", "Course", "Field", "Trial", "part_with_losers", "part_with_slow"]

ORIGINS = 4
PATHS = 100
SERIES = 30
"""Of a larger panel so many series, drawn once, stand for all."""
ROWS = 20_000
"""And fewer of long series: as many as have so many rows, but no fewer than five."""
RECENT = 2_000
"""Of a longer series only so many rows are fitted here: more would not change the order of the models."""
BEHIND = 1.5
"""A model whose CRPS at the first origin is more than so many times the best leaves, whatever the clock says.

On nine of our data sets that had time for several origins, the model that was best over all of them was at most 1.18
times the best at the first."""
FEW = 8
"""Forecasts at the first origin below which nobody has to leave: chance would decide."""


@dataclass(frozen=True)
class Trial:
    """One model and how it forecast.

    Args:
        model: its name.
        crps: mean CRPS over all points, channels and origins, in mean absolute seasonal differences; None if it failed.
        mase: of the median path.
        coverage: share of the points inside the central 80 % of the paths; 0.8 is right.
        seconds: spent on all origins.
        because: what went wrong, or "".
        losses: (origins * series,) mean scaled CRPS of each; NaN where unknown.
        left: times the best CRPS that it had at the first origin, if it left there, with the scores of that origin.
    """

    model: str
    crps: float | None
    mase: float | None = None
    coverage: float | None = None
    seconds: float = 0.0
    because: str = ""
    losses: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False, compare=False)
    left: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        found = {"crps": self.crps, "mase": self.mase, "coverage": self.coverage, "seconds": round(self.seconds, 3)}
        gone = {} if self.left is None else {"left_at": round(self.left, 3)}
        return {"model": self.model, **found, **gone, "because": self.because}


@dataclass(frozen=True)
class Field:
    """Where models are compared.

    Args:
        panel: the series, or so many of them as it takes.
        ahead: rows that are forecast.
        origins: how many rows are held back at each, the latest first.
        seed: each model draws from streams of its own.
    """

    panel: Panel
    ahead: int
    origins: tuple[int, ...]
    seed: int

    @classmethod
    def of(cls, panel: Panel, *, horizon: int | None, seed: int) -> Field:
        """The origins of a panel, and the rows that are used there."""
        panel = _sample(panel, seed)
        rows = int(np.median([len(s) for s in panel]))
        ahead = _horizon(panel, rows, horizon)
        return cls(panel, ahead, tuple(_origins(rows, ahead)), seed)


@dataclass
class Course:
    """One model on its way through the origins.

    Args:
        name: of the model.
        options: arguments of its class.
        losses: an (series,) array an origin.
        points: a (3, n) array an origin: CRPS, scaled error and coverage.
        seconds: spent so far.
        fitting: of these, spent on the fit at the first origin.
        guess: seconds that an origin may take, before one was taken.
        because: what went wrong.
        left: times the best CRPS that it had at the first origin, if it left there.
        stopped: whether it takes no further turn.
    """

    name: str
    options: dict[str, Any]
    losses: list[NDArray[np.float64]] = field(default_factory=list)
    points: list[NDArray[np.float64]] = field(default_factory=list)
    seconds: float = 0.0
    fitting: float = 0.0
    guess: float = 0.0
    because: str = ""
    left: float | None = None
    stopped: bool = False

    @property
    def usual(self) -> float:
        """Seconds that an origin takes."""
        return self.seconds / len(self.losses) if self.losses else self.guess

    def go(self, ground: Field, number: int) -> None:
        """Take one origin."""
        start = time.perf_counter()
        panel = ground.panel
        place = {s.entity: i for i, s in enumerate(panel)}
        losses = np.full(len(panel), np.nan)
        points = [np.empty((3, 0))]
        try:
            model = registry.simulator(self.name)(**self.options)
            path = (ground.seed, "backtest", self.name, number)
            past = panel.until(ground.origins[number])
            model.fit(past, rng=rng_.stream(*path, "fit"))
            self.fitting = self.fitting or time.perf_counter() - start
            for found in _found(model, panel, past, ground.ahead, path):
                judged = found.judged()
                points.append(judged)
                losses[place[found.entity]] = _mean(judged[0])
        except Exception as error:  # noqa: BLE001 - whatever breaks one model must not take the others with it
            self.because = failure(error)
        self.losses.append(losses)
        self.points.append(np.hstack(points))
        self.seconds += time.perf_counter() - start

    def trial(self, origins: int) -> Trial:
        """The outcome at the first few origins, which all models that are compared have taken."""
        if self.because or not self.losses:
            return Trial(self.name, None, seconds=self.seconds, because=self.because)
        score, mase, coverage = (_mean(values) for values in np.hstack(self.points[:origins]))
        if not np.isfinite(score):
            return Trial(self.name, None, seconds=self.seconds, because="made nothing that could be scored")
        losses = np.concatenate(self.losses[:origins])
        return Trial(self.name, score, mase, coverage, self.seconds, losses=losses, left=self.left)


def part_with_losers(courses: Sequence[Course]) -> None:
    """Stop the courses that are clearly behind after their first origin.

    The rule looks at scores alone, so that a slow machine parts with the same models as a fast one, and the clock has
    less reason to part with others.
    """
    firsts = {
        c.name: _mean(c.points[0][0]) for c in courses if c.points and not c.because and c.points[0].shape[1] >= FEW
    }
    best = min((score for score in firsts.values() if np.isfinite(score)), default=0.0)
    for course in courses:
        score = firsts.get(course.name, np.nan)
        if best > 0 and score > BEHIND * best:
            course.left, course.stopped = score / best, True


def part_with_slow(courses: Sequence[Course], times: float, longest: float) -> None:
    """Stop the courses whose fit to all series would take too long, unless none would then be left.

    Args:
        courses: after their first origin.
        times: how often the fit at an origin has to be made; once is what all are given.
        longest: seconds.
    """
    running = [c for c in courses if c.losses and not c.because and not c.stopped]
    for course in sorted(running, key=lambda c: c.fitting)[1:] if times > 1 else ():
        needed = course.fitting * times
        if needed > longest:
            said = f"not tried: to fit all series would take about {needed / 60:.0f} min, longer than the budget"
            course.because, course.stopped = said, True


def _sample(panel: Panel, seed: int) -> Panel:
    """Not more series than needed, and of each the recent rows."""
    series = list(panel)
    usual = float(np.median([min(len(s), RECENT) for s in series]))
    most = int(np.clip(ROWS // max(usual, 1), 5, SERIES))
    if len(series) > most:
        drawn = rng_.stream(seed, "backtest", "series").choice(len(series), most, replace=False)
        series = [series[i] for i in sorted(drawn)]
    return panel.of([s.cut(-RECENT) if len(s) > RECENT else s for s in series])


def _horizon(panel: Panel, rows: int, asked: int | None) -> int:
    """A season, or what was asked, but never more than a quarter of the rows."""
    season = season_of(panel, rows)
    wanted = asked or (min(season, 96) if season > 1 else 8)
    return max(1, min(wanted, rows // 4))


def _origins(rows: int, ahead: int) -> list[int]:
    """How many rows are held back at each origin, the latest first; the earliest leaves half of the rows."""
    step = max(1, min(ahead, (rows // 2 - ahead) // max(ORIGINS - 1, 1)))
    return [ahead + i * step for i in range(ORIGINS) if ahead + i * step <= max(rows // 2, ahead)]


def _found(model: Simulator, panel: Panel, past: Panel, ahead: int, path: tuple[int, str, str, int]) -> list[Ahead]:
    """What the model, fitted to the past, makes of the rows after it, beside what came."""
    begun = {s.entity: len(s) for s in past}
    came = panel.of([s.cut(begun[s.entity], begun[s.entity] + ahead) for s in panel if s.entity in begun])
    plan = Plan("continue", paths=PATHS, horizon=ahead, exog={s.entity: s.exog for s in came})
    made = model.simulate(plan, rng=rng_.stream(*path, "paths"))
    return list(aheads(past, came, made))


def _mean(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
