"""Nearest window: whether pieces of synthetic paths lie closer to train than pieces of real paths it never saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _intervals
from synthkit.metrics.base import Score
from synthkit.metrics.temporal._blocks import sides
from synthkit.metrics.temporal._clusters import clustered
from synthkit.metrics.temporal._kinds import twins_of
from synthkit.metrics.temporal._windows import asked, nearest, width_of, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference

__all__ = ["METRIC", "NearestWindow"]

QUERIES = 4_000
CLOSE = 0.05
FEW = 10
MANY_SERIES = 10
NOTE = (
    "The floor is one half by construction. Windows of {width} rows, each set to mean 0 and spread 1. A path smoother"
    " than real ones lies closer without copying."
)
LITTLE = " Only {n} held-out windows, which overlap: a smoke test."


class NearestWindow:
    """The chance that a synthetic window is nearer to its nearest train window than a held-out one; ties count half.

    Windows are compared by form: half a block (at most 24 rows), each channel less its mean over its spread. Every
    train window is searched, overlapping ones too, for at most 4,000 synthetic and held-out windows. Details: the share
    of synthetic windows nearer than the nearest twentieth of held-out ones, and the share that are a train window.
    """

    name: ClassVar[str] = "nearest_window"
    family: ClassVar[Family] = "privacy"
    label: ClassVar[str] = "Nearest window"
    question: ClassVar[str] = (
        "Do pieces of synthetic paths lie closer to the series the model learned from than pieces of real paths it"
        " never saw? 50 % is no, 100 % is copied."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        found = sides(real)
        width = width_of(found.length)
        index = real.once("train windows", lambda: windows(real.train, found, step=1)[0])
        if len(index) < FEW or not found.channels:
            return []
        far, whose = real.once("held-out windows", lambda: _unseen(real, index))
        queries, origin = asked(windows(twins_of(real, synthetic), found, step=width), len(index), QUERIES, rng)
        if len(far) < FEW or not len(queries):
            return []
        near = nearest(queries, index)
        value, ci = _closer(near, origin, far, whose, width)
        note = NOTE.format(width=width) + (LITTLE.format(n=len(far)) if len(far) < 2 * width else "")
        n = min(len(near), len(far))
        head = Score(self.name, self.family, value, "lower", floor=0.5, ci=ci, n=n, note=note)
        limit = float(np.quantile(far, CLOSE))
        close, same = float((near < limit).mean()), float((near == 0).mean())
        return [
            head,
            Score(self.name, self.family, close, "lower", ("nearest@5%",), floor=float((far < limit).mean()), n=n),
            Score(self.name, self.family, same, "lower", ("identical",), floor=float((far == 0).mean()), n=n),
        ]


METRIC = NearestWindow()


def _unseen(real: PanelReference, index: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    found = sides(real)
    queries, origin = windows(real.holdout, found, step=1)
    queries, origin = asked((queries, origin), len(index), QUERIES, rng_.stream(real.seed, "held-out windows"))
    return nearest(queries, index), origin


def _closer(
    near: NDArray[np.float64], origin: NDArray[np.int64], far: NDArray[np.float64], whose: NDArray[np.int64], width: int
) -> tuple[float, tuple[float, float]]:
    """The AUC, and an interval that knows that windows of one series go together and that held-out ones overlap."""
    value = _intervals.auc(-near, -far)
    above, below = _intervals.placements(-near, -far)
    variance = clustered(above, origin, alone=1.0) + clustered(below, whose, alone=float(width))
    half = _intervals.Z * float(np.sqrt(variance))
    return value, (max(0.0, value - half), min(1.0, value + half))
