"""Detection of series: whether a gradient boosting can tell stretches of synthetic paths from real ones of later."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _intervals
from synthkit.metrics._boosting import Boosting
from synthkit.metrics._threads import each
from synthkit.metrics.base import Score
from synthkit.metrics.temporal._acf import acf
from synthkit.metrics.temporal._blocks import settled, sides
from synthkit.metrics.temporal._kinds import twins_of
from synthkit.metrics.temporal._lines import filled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics._boosting import Fitted
    from synthkit.metrics._intervals import Interval
    from synthkit.metrics.base import Family, PanelReference
    from synthkit.metrics.temporal._blocks import Blocks, Sides

__all__ = ["METRIC", "SeriesDetection"]

FOLDS = 5
FEWEST = 60
"""Windows of each side: fewer could not tell an AUC of 0.5 from one of 0.7."""
MOST = 2_000
WIDEST, NARROWEST = 24, 8
SHORT = 4  # rows of the shortest series that count as a window of their own
LAGS = 3
BOOSTING = Boosting(rounds=100, depth=4, leaves=15, patience=0)
# The folds' models share windows: Nadeau and Bengio (2003), as for the detection of rows.
WIDER = math.sqrt(1 + FOLDS / (FOLDS - 1))


class SeriesDetection:
    """The classifier two-sample test on windows that do not overlap: cross-validated AUC of LightGBM.

    Folds are runs of time (or of entities), so that neighbours of a window that is asked about were not learned from
    beyond the edges. A window is told by its values, its steps, their means and spreads and its first
    autocorrelations; where the channel trends, each block's own line is taken out, since a later stretch lies elsewhere
    whoever made it. The floor is the same for windows of train.

    References: Lopez-Paz and Oquab (2017).
    """

    name: ClassVar[str] = "series_detection"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Detection"
    question: ClassVar[str] = (
        "Can a gradient boosting tell synthetic stretches from real ones? AUC 0.5 means it cannot, 1 that it can."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        found = sides(real)
        held = real.once("detection windows", lambda: _windows(found.holdout, found))
        train = real.once("detection train windows", lambda: _windows(found.train, found))
        made = _windows(found.code(twins_of(real, synthetic), rng), found)
        value = _told(held, made, rng)
        if value is None:
            return []
        floor = real.once(
            "series detection floor", lambda: _told(held, train, rng_.stream(real.seed, "series detection"))
        )
        near = _told(train, made, rng)
        return [
            Score(
                self.name,
                self.family,
                value.auc,
                "lower",
                floor=None if floor is None else floor.auc,
                train=None if near is None else near.auc,
                ci=value.ci,
                n=value.n,
                unit="auc",
                note="0.5 cannot be told from real, 1 always can. A floor above 0.5: the series itself changed.",
            )
        ]


METRIC = SeriesDetection()


@dataclass(frozen=True, slots=True)
class _Told:
    auc: float
    ci: Interval
    n: int


def _width(found: Sides) -> int:
    """Rows of a window: narrow enough for many of them in the holdout, wide enough to show a shape."""
    rows = found.holdout.inside.sum()
    wide = int(np.clip(rows // (2 * FEWEST), NARROWEST, WIDEST))
    return max(SHORT, min(wide, found.length))


def _windows(blocks: Blocks, found: Sides) -> NDArray[np.float64]:
    """(windows, features), in the order of their blocks; windows that lack half a channel are left out."""
    width, rows = _width(found), found.length
    if not len(blocks) or rows < SHORT:
        return np.empty((0, 0))
    level = settled(blocks.values, found.trending)
    starts = range(rows % width, rows - width + 1, width)
    cut = np.stack([level[:, at : at + width] for at in starts], axis=1)
    cells = cut.reshape(-1, width, cut.shape[-1])
    parts = [filled(np.ascontiguousarray(cells[:, :, c])) for c in range(cells.shape[2])]
    there = ~np.any([np.isnan(part).any(axis=1) for part in parts], axis=0)
    return np.concatenate([_features(part[there]) for part in parts], axis=1)


def _features(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.diff(cells, axis=1)
    size = np.abs(steps)
    figures = [cells.mean(axis=1), cells.std(axis=1), size.mean(axis=1), size.max(axis=1), (size == 0).mean(axis=1)]
    lags = np.nan_to_num(acf(cells, min(LAGS, cells.shape[1] - 2)))
    # What is left of an exact line is rounding, which tells arithmetic apart and not series.
    return np.round(np.concatenate([cells, steps, np.column_stack(figures), lags], axis=1), 9) + 0.0


def _told(real: NDArray[np.float64], fake: NDArray[np.float64], rng: np.random.Generator) -> _Told | None:
    """Tell two sets of windows apart; None if there are too few."""
    n = min(len(real), len(fake), MOST)
    if n < FEWEST:
        return None
    sets = [part[np.sort(rng.permutation(len(part))[:n])] for part in (real, fake)]
    x, y = np.concatenate(sets), np.repeat([0, 1], n)
    fold = np.tile(np.arange(n) * FOLDS // n, 2)  # neighbours in time share a fold
    streams = rng.spawn(FOLDS)

    def fit(k: int) -> Fitted:
        learn = fold != k
        return BOOSTING.fit(x[learn], y[learn], task="binary", categorical=(), rng=streams[k])

    scores = np.empty(2 * n)
    for k, fitted in enumerate(each(fit, range(FOLDS))):
        scores[fold == k] = fitted.predict(x[fold == k])
    auc, (low, high) = _intervals.delong(scores[y == 1], scores[y == 0])
    return _Told(auc, (max(0.0, auc - WIDER * (auc - low)), min(1.0, auc + WIDER * (high - auc))), n)
