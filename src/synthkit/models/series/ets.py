"""Exponential smoothing: level, slope and season that follow the series, each at a speed of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from synthkit.data.panel import Panel
from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._ets import Ets
from synthkit.models.series._fitted import Task
from synthkit.models.series._structure import Law

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MODEL", "ExponentialSmoothing"]

_LONGEST = 24  # rows of a season; each of them is a state


class ExponentialSmoothing(Classical):
    """The additive forms (ANN to AAdA, and a level that comes back to its mean), on the logarithm where values are
    positive and their spread grows with the level: there they are the multiplicative ones.

    References:
        Hyndman, Koehler, Ord and Snyder (2008), Forecasting with Exponential Smoothing: The State Space Approach.
    """

    name: ClassVar[str] = "ets"
    card: ClassVar[Card] = Card(
        family="exponential smoothing",
        rung=20,
        summary="Level, slope and season, each corrected by a share of every one-step error; the form by AICc.",
        assumes="One season of at most 24 rows; components drift slowly and their errors are one and the same.",
        fails_when="There are several seasons, cycles without a fixed length, or exogenous causes.",
        data_hunger="Eight rows; two seasons for a season.",
        latency="About ten million rows a second at fixed parameters, a tenth of it with drawn ones.",
        control="All modes; exogenous values are not used.",
        cost="A tenth of a second a series.",
        licence="MIT",
        references=("Hyndman, Koehler, Ord and Snyder 2008",),
    )
    laws: ClassVar[tuple[type[Law], ...]] = (Ets,)

    @classmethod
    def refuses(cls, panel: Panel) -> str:
        """Seasons that are too long for one state a row."""
        if reason := super().refuses(panel):
            return reason
        if panel.grid.seasons and panel.grid.seasons[0] > _LONGEST:
            return f"its season of {panel.grid.seasons[0]} rows is longer than {_LONGEST}"
        return ""

    def law(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> Law:  # noqa: ARG002 - draws come later
        """The form with the least AICc."""
        return Ets.fit(x, season=task.season if task.season <= _LONGEST else 1)


MODEL = ExponentialSmoothing
