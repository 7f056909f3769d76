"""Several seasons at once, each of a shape that moves, around a smoothed or autoregressive level."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from synthkit.data.panel import Panel
from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._fitted import Task
from synthkit.models.series._seasons import Seasonal
from synthkit.models.series._structure import Law

__all__ = ["MODEL", "SeveralSeasons"]


class SeveralSeasons(Classical):
    """Seasons by MSTL; the adjusted series by exponential smoothing or an autoregression; seasons are drawn anew.

    References:
        Bandara, Hyndman and Bergmeir (2025), MSTL: A Seasonal-Trend Decomposition Algorithm for Time Series with
        Multiple Seasonal Patterns. Cleveland, Cleveland, McRae and Terpenning (1990), STL.
    """

    name: ClassVar[str] = "mstl"
    card: ClassVar[Card] = Card(
        family="seasonal decomposition",
        rung=35,
        summary="Each season is taken out by local regression; the rest is smoothed; shapes of seasons drift.",
        assumes="Seasons add up on the working scale and change slowly; their lengths are whole numbers of rows.",
        fails_when="A season is held fewer than three times: noise is then taken for season.",
        data_hunger="Two rounds of the longest season, better five.",
        latency="A million rows a second.",
        control="All modes; exogenous values are not used.",
        cost="Under a tenth of a second a series; seconds for a year of half-hours.",
        licence="MIT",
        references=("Bandara, Hyndman and Bergmeir 2025", "Cleveland, Cleveland, McRae and Terpenning 1990"),
    )
    laws: ClassVar[tuple[type[Law], ...]] = (Seasonal,)

    @classmethod
    def refuses(cls, panel: Panel) -> str:
        """A panel in which no series holds a season twice."""
        if reason := super().refuses(panel):
            return reason
        shortest = min((m for m in panel.grid.seasons if m > 1), default=0)
        if not shortest:
            return "it has no season"
        if all(len(s) <= 2 * shortest for s in panel):
            return "no series holds its season twice"
        return ""

    def law(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> Law:  # noqa: ARG002 - draws come later
        """Seasons and the law of the rest."""
        if np.isfinite(x).sum() < 8:
            raise ValueError("too few values to take apart")
        return Seasonal.fit(x, seasons=task.seasons)


MODEL = SeveralSeasons
