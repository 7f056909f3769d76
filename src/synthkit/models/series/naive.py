"""Seasonal naive: the last season comes again. The rung every other model has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._fitted import Task
from synthkit.models.series._structure import Law
from synthkit.models.series._walk import seasonal_walk

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MODEL", "Naive"]


class Naive(Classical):
    """A random walk of whole seasons with a drift.

    References:
        Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, section 5.2.
    """

    name: ClassVar[str] = "naive"
    card: ClassVar[Card] = Card(
        family="seasonal random walk",
        rung=10,
        summary="Each row is that of a season before, moved by a drift and by a random step.",
        assumes="Nothing lasts but the last season; steps are alike at all times.",
        fails_when="The level comes back to a mean, or the season is noisy: noise is taken for news.",
        data_hunger="Two rows; two seasons for a season.",
        latency="About ten million rows a second over many paths.",
        control="All modes; exogenous values are not used.",
        cost="Milliseconds a series.",
        licence="MIT",
        references=("Hyndman and Athanasopoulos 2021",),
    )

    def law(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> Law:
        """The walk, whose drift is known only as well as the rows tell."""
        return seasonal_walk(x, task.season, task.draws, rng)


MODEL = Naive
