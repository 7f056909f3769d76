"""How good a forecast is: CRPS and MASE, the seasonal naive forecast, and intervals over series or over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthkit.metrics import _intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel, Series
    from synthkit.metrics._intervals import Interval

__all__ = ["Ahead", "aheads", "crps", "grouped", "naive_paths", "naive_scale", "season_of"]

QUANTILES = 99
"""Members of the naive ensemble: evenly spaced quantiles of its past errors."""


def crps(paths: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """The continuous ranked probability score of an ensemble, one value for each point.

    The fair estimator: its expectation does not depend on the number of paths.

    Args:
        paths: (paths, ...) at least two.
        truth: (...); NaN gives NaN.

    >>> crps(np.array([[0.0], [2.0]]), np.array([1.0]))
    array([0.])

    References: Gneiting and Raftery (2007); Ferro (2014).
    """
    members = len(paths)
    off = np.abs(paths - truth).mean(axis=0)
    ranked = np.sort(paths, axis=0)
    weights = (2.0 * np.arange(1, members + 1) - members - 1).reshape(-1, *[1] * truth.ndim)
    spread = (weights * ranked).sum(axis=0) / (members * (members - 1))
    found: NDArray[np.float64] = off - spread
    return found


def season_of(panel: Panel, rows: int) -> int:
    """The season the naive forecast repeats: the longest that `rows` rows hold twice, else 1."""
    return max([m for m in panel.grid.seasons if 2 * m <= rows], default=1)


def naive_scale(past: NDArray[np.float64], season: int) -> NDArray[np.float64]:
    """What MASE divides by: the mean absolute seasonal difference of each channel; NaN where it is 0 or unknown.

    References: Hyndman and Koehler (2006).
    """
    steps = np.abs(past[season:] - past[:-season])
    known = np.isfinite(steps)
    total, count = np.where(known, steps, 0.0).sum(axis=0), known.sum(axis=0)
    scale = total / np.maximum(count, 1)
    found: NDArray[np.float64] = np.where((count > 0) & (scale > 0), scale, np.nan)
    return found


def naive_paths(past: NDArray[np.float64], season: int, horizon: int) -> NDArray[np.float64]:
    """(QUANTILES, horizon, k) seasonal naive forecasts: the last season again, with the errors such forecasts made.

    References: Hyndman and Athanasopoulos (2021), section 5.5.
    """
    filled = _filled(past)
    last = filled[-season:]
    steps = filled[season:] - filled[:-season]
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    errors = np.quantile(steps, levels, axis=0)
    errors = errors - errors.mean(axis=0)
    ahead = np.arange(horizon)
    grown = np.sqrt(ahead // season + 1.0)
    found: NDArray[np.float64] = last[ahead % season] + grown[None, :, None] * errors[:, None, :]
    return found


def _filled(past: NDArray[np.float64]) -> NDArray[np.float64]:
    """Missing values by the value before them (the first ones by the value after)."""
    import pandas as pd

    return np.asarray(pd.DataFrame(past).ffill().bfill().fillna(0.0), dtype=float)


@dataclass(frozen=True, slots=True)
class Ahead:
    """Continuations of one series held against what came.

    Args:
        entity: its label.
        past: (T, k) the fitted rows.
        paths: (paths, h, k) what the model made of the rows after them.
        truth: (h, k) what came.
        season: for the yardstick.
        scale: (k,) what errors are divided by.
    """

    entity: str
    past: NDArray[np.float64]
    paths: NDArray[np.float64]
    truth: NDArray[np.float64]
    season: int
    scale: NDArray[np.float64]

    def judged(self, paths: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """(3, h * k): scaled CRPS, scaled error of the median, whether the truth is in the central 80 % of the paths.

        Args:
            paths: other paths than those of the model.
        """
        told = self.paths if paths is None else paths
        low, middle, high = np.quantile(told, [0.1, 0.5, 0.9], axis=0)
        held = np.where(np.isfinite(self.truth), (low <= self.truth) & (self.truth <= high), np.nan)
        score = crps(told, self.truth) / self.scale
        error = np.abs(middle - self.truth) / self.scale
        return np.stack([score.ravel(), error.ravel(), held.astype(float).ravel()])


def aheads(train: Panel, holdout: Panel, made: Panel) -> Iterator[Ahead]:
    """The continuations in `made` beside the holdout rows they cover; other series in `made` are left aside."""
    after = {s.entity: s for s in holdout}
    paths: dict[str, list[Series]] = {}
    for series in made:
        paths.setdefault(series.entity, []).append(series)
    for past in train:
        truth = after.get(past.entity)
        told = [s for s in paths.get(past.entity, ()) if s.start == past.stop]
        if truth is None or truth.start != past.stop or len(told) < 2:
            continue
        rows = min(len(truth), *(len(s) for s in told))
        season = season_of(train, len(past))
        stacked = np.stack([s.values[:rows] for s in told])
        scale = naive_scale(past.values, season)
        yield Ahead(past.entity, past.values, _whole(stacked), truth.values[:rows], season, scale)


def _whole(paths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Missing values that a path repeats as a pattern, by the median of the other paths at that row."""
    if np.isfinite(paths).all():
        return paths
    known = np.isfinite(paths).any(axis=0)
    middle = np.zeros(paths.shape[1:])
    middle[known] = np.nanmedian(paths[:, known], axis=0)
    return np.where(np.isfinite(paths), paths, middle)


def grouped(values: NDArray[np.float64], groups: NDArray[np.int64]) -> tuple[float, Interval | None]:
    """The mean and its interval when values of a group (a series, a stretch of time) belong together.

    Args:
        values: (n,) NaN is left out.
        groups: (n,) whose each value is.
    """
    known = np.isfinite(values)
    values, groups = values[known], groups[known]
    if not len(values):
        return float("nan"), None
    labels, inverse = np.unique(groups, return_inverse=True)
    value = float(values.mean())
    if len(labels) < 4:
        return value, None
    few = np.arange(len(labels)) % min(len(labels), _intervals.GROUPS)
    member = few[inverse]
    sums, counts = np.bincount(member, values), np.bincount(member)
    left_out = (sums.sum() - sums) / (counts.sum() - counts)
    return value, _intervals.jackknife(value, left_out)
