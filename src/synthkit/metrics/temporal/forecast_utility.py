"""Forecast utility: whether gradient boosting that learned from synthetic series forecasts real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics._boosting import Boosting
from synthkit.metrics.base import Score
from synthkit.metrics.temporal._forecast import grouped
from synthkit.metrics.temporal._kinds import twins_of
from synthkit.metrics.temporal._lags import Lessons, Test, lessons, tests

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel, Series
    from synthkit.metrics.base import Family, PanelReference

__all__ = ["METRIC", "ForecastUtility"]

BOOSTING = Boosting(rounds=200, rate=0.05, leaves=15, patience=0)
ROWS = 20_000
"""Training examples at most."""


class ForecastUtility:
    """Train on synthetic, test on real: LightGBM on lags and calendar forecasts the holdout from the rows before it.

    The value is its MASE over the holdout; the floor that of the same model trained on the real train series. The
    detail `gap` is value less floor on the same points; others are the model trained on both and the seasonal naive,
    with the p-value of a Diebold-Mariano test (the second against the floor) in their notes.

    References: Esteban, Hyland and Raetsch (2017); Diebold and Mariano (1995).
    """

    name: ClassVar[str] = "forecast_utility"
    family: ClassVar[Family] = "utility"
    label: ClassVar[str] = "Forecast utility"
    question: ClassVar[str] = (
        "Does gradient boosting trained on synthetic series forecast unseen real values as well as one trained on the"
        " real series (the floor)? MASE."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        asked = real.once("forecast utility tests", lambda: tests(real))
        fakes = list(twins_of(real, synthetic))
        if asked is None or not fakes:
            return []
        true = real.once("forecast utility lessons", lambda: _lessons(list(real.train), asked, real.seed))
        fake = lessons(fakes, asked, ROWS, rng)
        if len(true.answers) < 50 or len(fake.answers) < 50:
            return []
        told = real.once("forecast utility floor", lambda: _errors(true, asked, rng_.stream(real.seed, "floor")))
        alone = _errors(fake, asked, rng)
        both = _errors(true.joined(fake.thinned(len(true.answers), rng)), asked, rng)
        value, ci = grouped(alone, asked.groups)
        floor, _ = grouped(told, asked.groups)
        gap, gap_ci = grouped(alone - told, asked.groups)
        n = len(asked.answers)
        note = (
            f"LightGBM, {len(fake.answers):,} synthetic or {len(true.answers):,} real examples, {n:,} test points, "
            f"1 to {asked.horizon} steps ahead."
        )
        return [
            Score(self.name, self.family, value, "lower", (), floor, ci=ci, n=n, unit="ratio", note=note),
            Score(self.name, self.family, gap, "lower", ("gap",), ci=gap_ci, n=n, unit="ratio"),
            self._beside("real + synthetic", both, told, asked),
            self._beside("seasonal naive", asked.naive, told, asked),
        ]

    def _beside(self, what: str, errors: NDArray[np.float64], told: NDArray[np.float64], asked: Test) -> Score:
        value, ci = grouped(errors, asked.groups)
        floor, _ = grouped(told, asked.groups)
        p = _diebold_mariano(errors, told, asked)
        note = f"Diebold-Mariano against the model trained on real series: p = {p:.2g}."
        return Score(
            self.name, self.family, value, "lower", (what,), floor, ci=ci, n=len(errors), unit="ratio", note=note
        )


METRIC = ForecastUtility()


def _lessons(series: list[Series], asked: Test, seed: int) -> Lessons:
    return lessons(series, asked, ROWS, rng_.stream(seed, "forecast utility lessons"))


def _errors(taught: Lessons, asked: Test, rng: np.random.Generator) -> NDArray[np.float64]:
    """Scaled absolute errors on the test points."""
    fitted = BOOSTING.fit(taught.features, taught.answers, task="regression", categorical=(), rng=rng)
    return np.abs(fitted.predict(asked.features) - asked.answers)


def _diebold_mariano(errors: NDArray[np.float64], told: NDArray[np.float64], asked: Test) -> float:
    """Two-sided p-value; losses are averaged within a group first, so that what belongs together counts once."""
    from scipy.special import stdtr

    known = np.isfinite(errors) & np.isfinite(told)
    _, inverse = np.unique(asked.groups[known], return_inverse=True)
    difference = np.bincount(inverse, (errors - told)[known]) / np.bincount(inverse)
    spread = difference.std(ddof=1) if len(difference) > 1 else 0.0
    if spread == 0.0:
        return 1.0
    t = difference.mean() / (spread / np.sqrt(len(difference)))
    return float(2 * stdtr(len(difference) - 1, -abs(t)))
