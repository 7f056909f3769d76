"""Forecast: whether paths that continue a series cover what really came."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics.base import Score
from synthkit.metrics.temporal._forecast import Ahead, aheads, grouped, naive_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference

__all__ = ["METRIC", "Forecast"]

STRETCHES = 10
"""Into so many stretches of time the holdout of a lone series is cut for the interval."""


class Forecast:
    """CRPS of the continuations on the holdout, in units of the series' own mean absolute seasonal difference.

    The floor is the seasonal naive forecast with its past errors. The details are the MASE of the median path, the
    share of the holdout inside the central 80 % of the paths (0.8 is right), and both for the naive forecast.

    References: Gneiting and Raftery (2007) for CRPS; Hyndman and Koehler (2006) for the scale and MASE.
    """

    name: ClassVar[str] = "forecast"
    family: ClassVar[Family] = "temporal"
    label: ClassVar[str] = "Forecast"
    question: ClassVar[str] = (
        "Do paths that continue the series cover what came? CRPS, scaled; the floor is the seasonal naive forecast."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:  # noqa: ARG002 - draws nothing
        found = list(aheads(real.train, real.holdout, synthetic))
        if not found:
            return []
        groups = _groups(found)
        told = np.hstack([a.judged() for a in found])
        naive = np.hstack([a.judged(naive_paths(a.past, a.season, len(a.truth))) for a in found])
        value, ci = grouped(told[0], groups)
        floor, _ = grouped(naive[0], groups)
        if not np.isfinite(value) or not np.isfinite(floor):
            return []
        n = int(np.isfinite(told[0]).sum())
        gap, gap_ci = grouped(told[0] - naive[0], groups)
        made = {len(a.paths) for a in found}
        note = f"{len(found):,} series, {min(made):,} paths each, {n:,} points ahead; the floor is the seasonal naive."
        return [
            Score(self.name, self.family, value, "lower", (), floor, ci=ci, n=n, unit="ratio", note=note),
            Score(self.name, self.family, gap, "lower", ("gap",), ci=gap_ci, n=n, unit="ratio"),
            *(_detail(what, told[i], naive[i], groups) for i, what in ((1, "mase"), (2, "coverage"))),
        ]


METRIC = Forecast()


def _groups(found: list[Ahead]) -> NDArray[np.int64]:
    """Points of a series belong together; those of few series by stretches of time."""
    if len(found) >= STRETCHES:
        return np.concatenate([np.full(a.truth.size, i) for i, a in enumerate(found)])
    labels = []
    for i, ahead in enumerate(found):
        stretch = np.arange(len(ahead.truth)) * STRETCHES // len(ahead.truth)
        labels.append(np.repeat(i * STRETCHES + stretch, ahead.truth.shape[1]))
    return np.concatenate(labels)


def _detail(what: str, told: NDArray[np.float64], naive: NDArray[np.float64], groups: NDArray[np.int64]) -> Score:
    value, ci = grouped(told, groups)
    floor, _ = grouped(naive, groups)
    n = int(np.isfinite(told).sum())
    if what == "coverage":
        return Score(METRIC.name, METRIC.family, value, "higher", (what,), floor, ci=ci, n=n, unit="share")
    return Score(METRIC.name, METRIC.family, value, "lower", (what,), floor, ci=ci, n=n, unit="ratio")
