"""Which classical model forecasts a panel best, by rolling origin: what a generator then builds on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit import rng as rng_
from synthkit.decide._failure import failure
from synthkit.metrics.temporal._forecast import Ahead, aheads, season_of
from synthkit.models import registry
from synthkit.models.base import Plan
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel, Series
    from synthkit.models.base import Simulator

__all__ = ["Backtest", "Trial", "backtest"]

ORIGINS = 4
PATHS = 100
SERIES = 30
"""Of a larger panel so many series, drawn once, stand for all."""
ROWS = 20_000
"""And fewer of long series: as many as have so many rows, but no fewer than five."""
RECENT = 2_000
"""Of a longer series only so many rows are fitted here: more would not change the order of the models."""
QUICK = 5_000
"""Numbers in all below which no model takes long enough to be put off."""
TASTE = 100
"""Rows of one series (or three of its shortest seasons) that tell how long a model takes."""
CLOSE = 0.02
"""Of two models this close (as a share of the better CRPS), and within one standard error, the simpler is taken."""


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
    """

    model: str
    crps: float | None
    mase: float | None = None
    coverage: float | None = None
    seconds: float = 0.0
    because: str = ""
    losses: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        found = {"crps": self.crps, "mase": self.mase, "coverage": self.coverage, "seconds": round(self.seconds, 3)}
        return {"model": self.model, **found, "because": self.because}


@dataclass(frozen=True)
class Backtest:
    """What a rolling-origin comparison found.

    Args:
        trials: in the order of the ladder.
        chosen: name of the model, or None if all failed.
        because: why that one.
        horizon: rows ahead.
        origins: how many ends the series were cut at.
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
            without the earlier ones, or without any, and all are compared at the origins they share.
        seed: the same seed gives the same result.
        progress: told fit by fit.
    """
    panel = _sample(panel, seed)
    rows = int(np.median([len(s) for s in panel]))
    ahead = _horizon(panel, rows, horizon)
    origins = _origins(rows, ahead)
    began = time.perf_counter()
    courses = [_Course(name, dict((options or {}).get(name, {}))) for name in models]
    for course in (*courses[:1], *courses):  # the first one twice: once it pays for imports
        course.guess = _guess(course, panel, seed)
    turns = 0
    for number, back in enumerate(origins):
        # The quick ones first, so that a slow one cannot keep them from their turn.
        for course in sorted(courses, key=lambda c: c.usual):
            progress("backtest", turns / (len(origins) * len(courses)))
            turns += 1
            late = time.perf_counter() - began + course.usual > budget
            if course.because or (late and not (number == 0 and turns <= 2)):
                course.because = course.because or ("" if number else _SPENT.format(budget))
                course.stopped = True
            if not course.stopped:
                course.go(panel, ahead, number, back, seed)
    progress("backtest", 1.0)
    shared = min((len(c.losses) for c in courses if c.losses and not c.because), default=0)
    trials = tuple(course.trial(shared) for course in courses)
    chosen, because = _choice(trials)
    return Backtest(trials, chosen, because, ahead, shared, len(panel))


_SPENT = "not tried: the backtest's {:g} s are spent, or too short for it"


@dataclass
class _Course:
    """One model on its way through the origins.

    Args:
        name: of the model.
        options: arguments of its class.
        losses: an (series,) array an origin.
        points: a (3, n) array an origin: CRPS, scaled error and coverage.
        seconds: spent so far.
        guess: seconds that an origin may take, before one was taken.
        because: what went wrong.
        stopped: whether it takes no further turn.
    """

    name: str
    options: dict[str, Any]
    losses: list[NDArray[np.float64]] = field(default_factory=list)
    points: list[NDArray[np.float64]] = field(default_factory=list)
    seconds: float = 0.0
    guess: float = 0.0
    because: str = ""
    stopped: bool = False

    @property
    def usual(self) -> float:
        """Seconds that an origin takes."""
        return self.seconds / len(self.losses) if self.losses else self.guess

    def go(self, panel: Panel, ahead: int, number: int, back: int, seed: int) -> None:
        """Take one origin."""
        start = time.perf_counter()
        place = {s.entity: i for i, s in enumerate(panel)}
        losses = np.full(len(panel), np.nan)
        points = [np.empty((3, 0))]
        try:
            model = registry.simulator(self.name)(**self.options)
            for found in _found(model, panel, ahead, back, (seed, "backtest", self.name, number)):
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
        return Trial(self.name, score, mase, coverage, self.seconds, losses=losses)


def _guess(course: _Course, panel: Panel, seed: int) -> float:
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


def _found(model: Simulator, panel: Panel, ahead: int, back: int, path: tuple[int | str, ...]) -> list[Ahead]:
    """What the model makes of the rows after an origin, beside what came."""
    past = panel.until(back)
    came = panel.of([s.cut(len(s) - back, len(s) - back + ahead) for s in panel if len(s) > back])
    plan = Plan("continue", paths=PATHS, horizon=ahead, exog={s.entity: s.exog for s in came})
    seed, *names = path
    fitted = model.fit(past, rng=rng_.stream(int(seed), *names, "fit"))
    made = fitted.simulate(plan, rng=rng_.stream(int(seed), *names, "paths"))
    return list(aheads(past, came, made))


def _mean(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _choice(trials: Sequence[Trial]) -> tuple[str | None, str]:
    """The best by CRPS, or a simpler one that is as good as the best: `trials` are in the order of the ladder."""
    scored = [t for t in trials if t.crps is not None]
    if not scored:
        return None, "no classical model could be backtested"
    best = min(scored, key=lambda t: t.crps or 0.0)
    for trial in scored:
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
