"""Dynamic harmonic regression: waves for every season, a trend, exogenous inputs, and autoregressive errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._fitted import Task
from synthkit.models.series._regression import Regression
from synthkit.models.series._structure import Law

__all__ = ["MODEL", "Harmonic", "exact"]

_YEAR = 365.2425  # days


def exact(seasons: Sequence[int]) -> tuple[float, ...]:
    """Seasons in rows as the calendar has them: 52 weeks and 365 days are no whole year.

    Rows of a day and of a week together (24 and 168) tell how many rows a year has, which is then added.

    >>> exact((12,)), exact((7, 365)), exact((24, 168))
    ((12.0,), (7.0, 365.2425), (24.0, 168.0, 8765.82))
    """
    found = [{52: _YEAR / 7, 365: _YEAR}.get(m, float(m)) for m in seasons]
    if len(seasons) == 2 and seasons[1] == 7 * seasons[0]:
        found.append(_YEAR * seasons[0])
    return tuple(found)


class Harmonic(Classical):
    """Fourier terms, trend and exogenous columns by whitened least squares, errors by Burg's autoregression.

    References:
        Young, Pedregal and Tych (1999), Dynamic Harmonic Regression. Hyndman and Athanasopoulos (2021), Forecasting:
        Principles and Practice, section 10.5.
    """

    name: ClassVar[str] = "harmonic"
    card: ClassVar[Card] = Card(
        family="dynamic harmonic regression",
        rung=40,
        summary="Sines and cosines for all seasons, a trend and exogenous inputs; what is left is an autoregression.",
        assumes="Seasons keep their shape; exogenous inputs act at once and in proportion.",
        fails_when="Seasons change shape over the years, or inputs act with a delay or beyond a threshold.",
        data_hunger="Two rounds of a season; eight rows for each exogenous column.",
        latency="A million rows a second.",
        control="All modes; exogenous values are used, so what-if answers them.",
        cost="Milliseconds a series; a second for a year of half-hours.",
        licence="MIT",
        references=("Young, Pedregal and Tych 1999", "Hyndman and Athanasopoulos 2021"),
    )
    laws: ClassVar[tuple[type[Law], ...]] = (Regression,)

    def law(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> Law:  # noqa: ARG002 - draws come later
        """Waves, order and differences by AICc and a test of a unit root."""
        if np.isfinite(x).sum() < 6 + task.exog.shape[1]:
            raise ValueError("too few values for a regression")
        return Regression.fit(x, periods=exact(task.seasons), exog=task.exog)


MODEL = Harmonic
