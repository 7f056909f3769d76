"""Vector autoregression."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._vector import Vector

if TYPE_CHECKING:
    import numpy as np

    from synthkit.data.panel import Panel
    from synthkit.models.series._fitted import Task
    from synthkit.models.series._structure import Structure

__all__ = ["MODEL", "VectorAutoregression"]


class VectorAutoregression(Classical):
    """Every channel leans on the last rows of all of them; seasons and known inputs enter as columns.

    References:
        Luetkepohl (2005), New Introduction to Multiple Time Series Analysis. Litterman (1986), Forecasting with
        Bayesian Vector Autoregressions, Journal of Business and Economic Statistics 4.
    """

    name: ClassVar[str] = "var"
    card: ClassVar[Card] = Card(
        family="vector autoregression",
        rung=50,
        summary="Each channel follows from the last rows of all channels, beside waves for the seasons.",
        assumes="Channels act on each other at once and in proportion; seasons keep their shape.",
        fails_when="Long-run equilibria between channels, thresholds, or very many channels in few rows.",
        data_hunger="Two channels and a dozen rows; better ten rows for each channel and lag.",
        latency="About a hundred thousand rows a second over many paths.",
        control="All modes; exogenous values are used.",
        cost="Milliseconds; a second for seven channels of 17,000 rows.",
        licence="MIT",
        references=("Luetkepohl 2005", "Litterman 1986"),
    )
    structures: ClassVar[tuple[type[Structure], ...]] = (Vector,)

    def structure(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> tuple[Structure, int]:
        """One autoregression of all channels; too few rows make it a seasonal walk for each."""
        try:
            return Vector.fit(x, seasons=task.seasons, exog=task.exog, draws=task.draws, rng=rng), 0
        except ValueError:
            return super().structure(x, task, rng)

    @classmethod
    def refuses(cls, panel: Panel) -> str:
        """Why this model does not suit the panel; "" where it does."""
        if why_not := super().refuses(panel):
            return why_not
        return "" if len(panel.roles.values) > 1 else "it has a single channel"


MODEL = VectorAutoregression
