"""States and gaps: marks, missing cells, lengths and time between rows, none of which is a plain number over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics.temporal._judged import judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference, Score
    from synthkit.metrics.temporal._blocks import Blocks, Sides
    from synthkit.metrics.temporal._judged import Described

__all__ = ["METRIC", "Transitions"]

LEVELS = 12
MISSING = "missing"


class Transitions:
    """Distance between states and their successions, each from 0 to 1: the mean over parts, then over columns.

    For a mark: total variation distance of `states` and of `transitions` (pairs of a state and the next, missing as a
    state, the levels beyond the twelve most frequent as one). For a channel with missing cells: the same of missing and
    there. Where entities were held back: the Kolmogorov-Smirnov distance of the `rows of a series`. Without an even
    calendar: that of the `time between rows`.
    """

    name: ClassVar[str] = "transitions"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "States and gaps"
    question: ClassVar[str] = (
        "Do states follow one another, cells go missing and rows come as in real series? 0 % is the same; as low as the"
        " floor is as close as fresh real rows come."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        def described(blocks: Blocks, sides: Sides) -> Described:
            return _described(blocks, sides, by_entity=real.by_entity)

        return judged(self.name, described, _distance, real, synthetic, rng=rng, unit="share")


METRIC = Transitions()


def _described(blocks: Blocks, sides: Sides, *, by_entity: bool) -> Described:
    found: Described = {}
    for name, codes in blocks.marks.items():
        fold, count = _fold(name, sides)
        folded = np.where(codes >= 0, fold[np.maximum(codes, 0)], -1)
        found |= _succession(name, folded, count)
    real = (sides.train, sides.holdout)
    for place, channel in enumerate(sides.channels):
        gone = np.isnan(blocks.values[:, :, place])
        # Decided on all sides: cells that only synthetic series lack are an error too.
        if any((np.isnan(b.values[:, :, place]) & b.inside).any() for b in (*real, blocks)):
            found |= _succession(f"{channel} {MISSING}", np.where(blocks.inside, gone.astype(np.int64), -1), 2)
    if by_entity:
        found[("rows of a series",)] = blocks.rows[:, None]
    if blocks.gaps.shape[1]:
        found[("time between rows",)] = blocks.gaps
    return found


def _fold(name: str, sides: Sides) -> tuple[NDArray[np.int64], int]:
    """Code -> state: missing, the most frequent levels of train, and all others as one; and how many states."""
    count = len(sides.levels[name])
    seen = sides.train.marks[name]
    counts = np.bincount(seen[seen > 0], minlength=count + 1)[1 : count + 1]
    kept = np.argsort(-counts, kind="stable")[:LEVELS]
    fold = np.full(count + 2, len(kept) + 1, dtype=np.int64)
    fold[0] = 0
    fold[kept + 1] = np.arange(1, len(kept) + 1)
    return fold, len(kept) + 2


def _succession(name: str, codes: NDArray[np.int64], count: int) -> Described:
    """Counts a block of each state, and of each pair of a state and the next."""
    pairs = np.where((codes[:, 1:] >= 0) & (codes[:, :-1] >= 0), codes[:, :-1] * count + codes[:, 1:], -1)
    found: Described = {(name, "states"): _counts(codes, count)}
    if codes.shape[1] > 1:
        found[(name, "transitions")] = _counts(pairs, count * count)
    return found


def _counts(codes: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    there = codes >= 0
    keys = np.arange(len(codes))[:, None] * count + codes
    return np.bincount(keys[there], minlength=len(codes) * count).reshape(len(codes), count).astype(np.float64)


def _distance(part: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if part in ("states", "transitions"):
        first, second = a.sum(axis=0), b.sum(axis=0)
        if not first.sum() or not second.sum():
            return np.nan
        return float(np.abs(first / first.sum() - second / second.sum()).sum() / 2)
    from scipy.stats import ks_2samp

    first, second = a[~np.isnan(a)], b[~np.isnan(b)]
    if not len(first) or not len(second):
        return np.nan
    return float(ks_2samp(first, second, method="asymp").statistic)
