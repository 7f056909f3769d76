"""Series as examples that gradient boosting can learn from: lags, the season before, the calendar, how far ahead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from synthkit.metrics.temporal._forecast import naive_scale, season_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Series
    from synthkit.metrics.base import PanelReference

__all__ = ["Lessons", "Test", "lessons", "tests"]

LAGS = 13
"""Rows before the origin that are always seen: a year of months and one."""
AHEAD = 24
"""Steps ahead at most."""
STRETCHES = 10


class Recipe(NamedTuple):
    """What all examples of a comparison share.

    Args:
        season: rows after which the calendar repeats, for the yardstick and the seasonal lags.
        seasons: all of them, for the calendar.
        horizon: steps ahead at most.
    """

    season: int
    seasons: tuple[int, ...]
    horizon: int


@dataclass(frozen=True, slots=True)
class Lessons:
    """Examples: (n, features) and (n,) answers, both relative to the last season's mean, in naive errors."""

    features: NDArray[np.float64]
    answers: NDArray[np.float64]

    def thinned(self, n: int, rng: np.random.Generator) -> Lessons:
        """At most `n` of them, at random."""
        if len(self.answers) <= n:
            return self
        kept = rng.choice(len(self.answers), n, replace=False)
        return Lessons(self.features[kept], self.answers[kept])

    def joined(self, other: Lessons) -> Lessons:
        """Both."""
        return Lessons(np.vstack([self.features, other.features]), np.concatenate([self.answers, other.answers]))


@dataclass(frozen=True, slots=True)
class Test:
    """Questions on rows no model saw.

    Args:
        recipe: of their features.
        features, answers: as in `Lessons`.
        naive: (n,) scaled absolute errors of the seasonal naive forecast.
        groups: (n,) which points belong together (a series, or a stretch of a lone one).
    """

    recipe: Recipe
    features: NDArray[np.float64]
    answers: NDArray[np.float64]
    naive: NDArray[np.float64]
    groups: NDArray[np.int64]

    @property
    def horizon(self) -> int:
        """Steps ahead at most."""
        return self.recipe.horizon


def tests(real: PanelReference) -> Test | None:
    """Every step of the holdout, forecast from rolling origins; None where it holds nothing to ask."""
    whole = list(_whole(real))
    if not whole:
        return None
    rows = int(np.median([begin for _, begin in whole]))
    ahead = int(np.median([len(s) - begin for s, begin in whole]))
    season = season_of(real.train, rows)
    horizon = max(1, min(AHEAD, season if season > 1 else 8, ahead))
    recipe = Recipe(season, tuple(m for m in real.train.grid.seasons if 2 * m <= rows), horizon)
    parts = []
    for series, begin in whole:
        origins = np.arange(begin - 1, len(series) - 1, horizon)
        t = np.repeat(origins, horizon)
        j = np.tile(np.arange(1, horizon + 1), len(origins))
        inside = t + j < len(series)
        for channel in range(series.values.shape[1]):
            part = _examples(series, Asked(channel, t[inside], j[inside], begin), recipe)
            if part is not None:
                parts.append(part)
    if not parts:
        return None
    features, answers, naive = (np.concatenate([p[i] for p in parts]) for i in range(3))
    return Test(recipe, features, answers, naive, _labels([p[3] for p in parts]))


def lessons(series: list[Series], asked: Test, rows: int, rng: np.random.Generator) -> Lessons:
    """At most `rows` examples of these series, drawn evenly over their rows."""
    recipe = asked.recipe
    channels = series[0].values.shape[1] if series else 0
    room = sum(max(len(s) - 2, 0) for s in series) * channels * recipe.horizon
    share = min(1.0, rows / max(room, 1))
    parts = []
    for one in series:
        for channel in range(channels):
            size = rng.binomial(max(len(one) - 2, 0) * recipe.horizon, share)
            t = rng.integers(1, max(len(one) - 1, 2), size)
            j = rng.integers(1, recipe.horizon + 1, size)
            inside = t + j < len(one)
            part = _examples(one, Asked(channel, t[inside], j[inside], len(one)), recipe) if inside.any() else None
            if part is not None:
                parts.append(part)
    if not parts:
        return Lessons(np.empty((0, asked.features.shape[1])), np.empty(0))
    return Lessons(*(np.concatenate([p[i] for p in parts]) for i in (0, 1)))


_Part = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.int64]"]


class Asked(NamedTuple):
    """Origins `t` of one channel, `j` steps ahead of each; the scale is that of the first `known` rows."""

    channel: int
    t: NDArray[np.int64]
    j: NDArray[np.int64]
    known: int


def _examples(series: Series, asked: Asked, recipe: Recipe) -> _Part | None:
    """Features, answers, naive errors and origins."""
    channel, t, j, known = asked
    x = series.values[:, channel]
    scale = naive_scale(series.values[:known, channel : channel + 1], recipe.season if known > recipe.season else 1)[0]
    if not np.isfinite(scale):
        return None
    m = recipe.season
    back = np.arange(LAGS if m <= LAGS else LAGS - 1)
    seen = _at(x, t[:, None] - back)
    mean = _mean_of_last(x, max(m, 4))[t]
    before = t + j - m * -(-j // m)
    seasonal = np.stack([_at(x, before), _at(x, before - m)], axis=1)
    place = series.start + t + j
    calendar = [np.full(len(t), float(channel)), j.astype(float), *((place % s).astype(float) for s in recipe.seasons)]
    exog = series.exog[t + j]
    features = np.column_stack([(seen - mean[:, None]) / scale, (seasonal - mean[:, None]) / scale, *calendar, exog])
    answers = (x[t + j] - mean) / scale
    naive = np.abs(seasonal[:, 0] - x[t + j]) / scale
    known_answers = np.isfinite(answers)
    return features[known_answers], answers[known_answers], naive[known_answers], t[known_answers]


def _at(x: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values at these rows, NaN before the first."""
    return np.where(rows >= 0, x[np.maximum(rows, 0)], np.nan)


def _mean_of_last(x: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """For each row the mean of it and of the known rows before it, `window` rows in all."""
    known = np.isfinite(x)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, x, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    end = np.arange(1, len(x) + 1)
    begin = np.maximum(end - window, 0)
    n = count[end] - count[begin]
    mean: NDArray[np.float64] = np.where(n > 0, (total[end] - total[begin]) / np.maximum(n, 1), np.nan)
    return mean


def _labels(origins: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Points of one series belong together; of few series, points of one stretch of time."""
    if len(origins) >= STRETCHES:
        return np.concatenate([np.full(len(o), i) for i, o in enumerate(origins)])
    labels = []
    for i, origin in enumerate(origins):
        low, span = origin.min(initial=0), np.ptp(origin) + 1 if len(origin) else 1
        labels.append(i * STRETCHES + (origin - low) * STRETCHES // span)
    return np.concatenate(labels)


def _whole(real: PanelReference) -> list[tuple[Series, int]]:
    """Series with the row where their holdout begins: the train part and what came, or the end of a held-out entity."""
    if real.by_entity:
        return [(s, len(s) - max(1, len(s) // 4)) for s in real.holdout if len(s) >= 8]
    after = {s.entity: s for s in real.holdout}
    found = []
    for past in real.train:
        came = after.get(past.entity)
        if came is None or came.start != past.stop:
            continue
        joined = replace(
            past,
            values=np.vstack([past.values, came.values]),
            exog=np.vstack([past.exog, came.exog]),
            present=np.concatenate([past.present, came.present]),
            marks={},
            stamps=None,
        )
        found.append((joined, len(past)))
    return found
