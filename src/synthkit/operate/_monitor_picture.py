"""What came after the end of series, drawn over the paths on which the model continued them: means, never a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.metrics._profile import FEW
from synthkit.metrics.temporal._profile import QUANTILES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from synthkit.data.grid import Grid

__all__ = ["Ahead", "fans"]

STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class Ahead:
    """Paths of one series beside what came.

    Args:
        first: rows from the end of what was learned to the first of these.
        end: row of the calendar at which what was learned ends.
        paths: (paths, rows, channels).
        truth: (rows, channels); NaN where nothing is known.
    """

    first: int
    end: int
    paths: NDArray[np.float64]
    truth: NDArray[np.float64]


def fans(aheads: Sequence[Ahead], channel: int, grid: Grid) -> dict[str, Any] | None:
    """The picture of one channel, as `synthkit.report.series_charts.fan` draws it; None where rows are too few.

    One series is drawn in its own units, on its own calendar; several together as distances from the mean of their
    paths, in spreads of the paths, by rows after the end. A step is a mean over at least five cells.

    Args:
        aheads: of all series.
        channel: its place.
        grid: the calendar.
    """
    alone = len(aheads) == 1
    first = min(a.first for a in aheads)
    rows = max(a.first + len(a.truth) for a in aheads) - first
    size = max(FEW if alone else 1, -(-rows // STEPS))
    steps = rows // size
    if steps < 2:
        return None
    paths = max(len(a.paths) for a in aheads)
    total, cells = np.zeros((paths + 1, steps)), np.zeros(steps)
    for one in aheads:
        stacked = np.vstack([one.truth[None, :, channel], one.paths[:, :, channel]])
        known = np.asarray(np.isfinite(stacked).all(axis=0))
        if not alone:
            mine = stacked[1:, known]
            stacked = (stacked - mine.mean()) / max(float(mine.std()), 1e-12) if known.any() else stacked
        step = (one.first - first + np.arange(len(one.truth))) // size
        member = (known[:, None] & (step[:, None] == np.arange(steps))).astype(np.float64)
        total[: len(stacked)] += np.where(known, stacked, 0.0) @ member
        cells += member.sum(axis=0)
    means = total / np.where(cells >= FEW, cells, np.nan)
    edges = first + size * np.arange(steps + 1)
    stamps = [str(s)[:16] for s in grid.at(aheads[0].end + edges)] if alone and grid.regular else edges.tolist()
    return {
        "at": stamps,
        "edges": edges.tolist(),
        "real": [_short(v) for v in means[0]],
        "ahead": [None if np.isnan(m).any() else [_short(q) for q in np.quantile(m, QUANTILES)] for m in means[1:].T],
        "twins": None,
        "cut": None,
        "unit": "value" if alone else "spread",
    }


def _short(value: float) -> float | None:
    return float(f"{value:.5g}") if np.isfinite(value) else None
