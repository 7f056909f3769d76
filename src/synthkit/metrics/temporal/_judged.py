"""The one way the fidelity of series is judged: synthetic blocks against held-out blocks, beside train's against them.

A figure is taken in every block (a row of numbers), and two sets of blocks are compared. Synthetic blocks are dealt
into draws as large as train, a path at a time, and the value is the mean over the draws: it carries the chance of one
path, as the floor carries that of the one train.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _intervals
from synthkit.metrics.base import Score
from synthkit.metrics.temporal._blocks import sides
from synthkit.metrics.temporal._kinds import twins_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics._intervals import Interval
    from synthkit.metrics.base import PanelReference
    from synthkit.metrics.temporal._blocks import Blocks, Sides

__all__ = ["Described", "apart_in_law", "apart_on_average", "judged"]

Described = dict[tuple[str, ...], "NDArray[np.float64]"]
"""(channel, part) -> (blocks, figures), NaN where a block does not have one."""

Distance = Callable[[str, "NDArray[np.float64]", "NDArray[np.float64]"], float]
"""Of a part (its last name), between the figures of two sets of blocks."""

Found = dict[tuple[str, ...], float]

DRAWS = 24  # of synthetic blocks at most: more paths make no figure surer, for the holdout does not grow
MIRRORS = 8
GROUPS = 12
SPREADS = 8  # blocks on either side from which on their spread is compared too
FEW = 5
ONE = "One held-out block: the interval knows the chance of the synthetic paths, and not that of the block."
SOME = "Only {n} held-out blocks: read value and floor together."


def apart_on_average(_part: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Root mean square, over the figures, of the gap between means (and, of eight blocks or more, between spreads).

    The Frechet distance between two normal laws, a figure at a time.
    """
    gap = _mean(a) - _mean(b)
    squares = gap**2
    if min(len(a), len(b)) >= SPREADS:
        squares = squares + (_spread(a) - _spread(b)) ** 2
    there = ~np.isnan(squares)
    return float(np.sqrt(squares[there].mean())) if there.any() else np.nan


def apart_in_law(_part: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The Wasserstein distance between all cells of either side, in steps of a hundredth."""
    first, second = (side[~np.isnan(side)] for side in (a, b))
    if not len(first) or not len(second):
        return np.nan
    at = (np.arange(100) + 0.5) / 100
    return float(np.abs(np.quantile(first, at) - np.quantile(second, at)).mean())


def judged(
    name: str,
    describe: Callable[[Blocks, Sides], Described],
    distance: Distance,
    real: PanelReference,
    synthetic: Panel,
    *,
    rng: np.random.Generator,
    unit: str,
    note: str = "",
) -> list[Score]:
    """The headline (the mean over channels), its gap to the floor, then channels, then their parts.

    Args:
        name: of the metric.
        describe: the figures of each block; nothing where the metric does not apply.
        distance: between the figures of two sets of blocks.
        real: train and holdout.
        synthetic: the series to judge.
        rng: draws paths, train blocks as many as the holdout has, and groups.
        unit: of the scores.
        note: a sentence the reader needs.
    """
    found = sides(real)
    train, holdout = real.once(
        f"{name} figures", lambda: (describe(found.train, found), describe(found.holdout, found))
    )
    made = found.code(twins_of(real, synthetic), rng)
    fake = describe(made, found)
    parts = [p for p in holdout if p in fake and p in train and len(fake[p]) and len(train[p]) and len(holdout[p])]
    if not parts:
        return []
    table = _Table(found, made, train, holdout, fake, parts, distance)
    floor = real.once(f"{name} floor", lambda: table.between(train, None, holdout, None))
    values = [table.between(fake, draw, holdout, None) for draw in table.draws(rng)]
    mirrors = real.once(f"{name} mirrors", lambda: table.mirrors(rng_.stream(real.seed, name, "mirror")))
    draws = table.draws(rng, MIRRORS)
    near = [table.between(fake, draws[i % len(draws)], train, rows) for i, rows in enumerate(mirrors)]
    value, mirror = _average(values), _average(near)
    if () not in value:
        return []
    own, both = table.intervals(values, floor, rng)
    blocks = len(found.holdout)
    notes = [note, ONE if blocks == 1 else SOME.format(n=blocks) if blocks < FEW else ""]

    def score(subject: tuple[str, ...]) -> Score:
        head = not subject
        return Score(
            name,
            "fidelity",
            value[subject],
            "lower",
            subject,
            floor=floor.get(subject),
            train=mirror.get(subject),
            ci=own if head else None,
            n=min(blocks, len(made)),
            unit=unit,
            note=" ".join(n for n in notes if n) if head else "",
        )

    scores = [score(())]
    if () in floor and both is not None:
        gap = value[()] - floor[()]
        scores.append(Score(name, "fidelity", gap, "lower", ("gap",), ci=both, n=scores[0].n, unit=unit))
    return scores + [score(s) for s in sorted((s for s in value if s), key=lambda s: (len(s), list(value).index(s)))]


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The figures of all blocks, and how they are compared."""

    sides: Sides
    made: Blocks
    train: Described
    holdout: Described
    fake: Described
    parts: list[tuple[str, ...]]
    distance: Distance

    def between(
        self, a: Described, rows: NDArray[np.int64] | None, b: Described, others: NDArray[np.int64] | None
    ) -> Found:
        """The distance of each part, the mean of each channel's parts, and the mean of the channels."""
        leaves: Found = {}
        for part in self.parts:
            first, second = (x[part] if keep is None else x[part][keep] for x, keep in ((a, rows), (b, others)))
            if len(first) and len(second):
                error = self.distance(part[-1], first, second)
                if np.isfinite(error):
                    leaves[part] = error
        return _rolled(leaves)

    def draws(self, rng: np.random.Generator, most: int = DRAWS) -> list[NDArray[np.int64]]:
        """Synthetic blocks dealt into draws of as many as train has, in order (so a path, or a path's part, each)."""
        size, count = max(1, len(self.sides.train)), len(self.made)
        starts = np.arange(max(1, count // size)) * size
        if len(starts) > most:
            starts = np.sort(rng.permutation(starts)[:most])
        return [np.arange(s, min(s + size, count)) for s in starts.tolist()]

    def mirrors(self, rng: np.random.Generator) -> list[NDArray[np.int64]]:
        """Draws of as many train blocks as the holdout has."""
        size, count = len(self.sides.holdout), len(self.sides.train)
        if size >= count:
            return [np.arange(count)]
        return [np.sort(rng.permutation(count)[:size]) for _ in range(MIRRORS)]

    def intervals(
        self, values: list[Found], floor: Found, rng: np.random.Generator
    ) -> tuple[Interval | None, Interval | None]:
        """Of the value, and of value less floor on the same holdout: groups of blocks left out on each side in turn."""
        value = _average(values)
        over_fake = self._by_draws(values) if len(values) >= FEW else self._over_fake(rng)
        clusters = _clusters(self.sides.holdout)
        own, both = 0.0, 0.0
        many = clusters.max(initial=-1) + 1 >= FEW
        if many:
            draws, groups = self.draws(rng, FEW), _groups(clusters, rng)
            without, less = [], []
            for g in range(groups.max() + 1):
                kept = np.flatnonzero(groups != g)
                here = _average([self.between(self.fake, d, self.holdout, kept) for d in draws]).get((), np.nan)
                without.append(here)
                less.append(here - self.between(self.train, None, self.holdout, kept).get((), np.nan))
            own, both = _deleted(np.array(without)), _deleted(np.array(less))
        over_train = self._left_out(self.train, self.sides.train, rng)
        if over_fake is None and not many:
            return None, None
        found = []
        for centre, variance in (
            (value[()], own + (over_fake or 0.0)),
            (value[()] - floor.get((), np.nan), both + (over_fake or 0.0) + (over_train or 0.0)),
        ):
            half = _intervals.Z * float(np.sqrt(variance))
            found.append((centre - half, centre + half))
        return (max(0.0, found[0][0]), found[0][1]), found[1]

    def _by_draws(self, values: list[Found]) -> float:
        """The variance of a mean over draws."""
        return float(np.var([v[()] for v in values if () in v], ddof=1) / len(values))

    def _over_fake(self, rng: np.random.Generator) -> float | None:
        return self._left_out(self.fake, self.made, rng)

    def _left_out(self, figures: Described, blocks: Blocks, rng: np.random.Generator) -> float | None:
        """The variance of a side's distance to the holdout, with groups of its own blocks left out in turn."""
        clusters = _clusters(blocks)
        if clusters.max(initial=-1) + 1 < FEW:
            return None
        groups = _groups(clusters, rng)
        found = [
            self.between(figures, np.flatnonzero(groups != g), self.holdout, None).get((), np.nan)
            for g in range(groups.max() + 1)
        ]
        return _deleted(np.array(found))


def _rolled(leaves: Found) -> Found:
    """Means over the parts of a channel, and over the channels; parts are kept where a channel has several."""
    channels: dict[str, list[float]] = {}
    for part, error in leaves.items():
        channels.setdefault(part[0], []).append(error)
    found: Found = {(name,): float(np.mean(errors)) for name, errors in channels.items()}
    head: Found = {(): float(np.mean(list(found.values())))} if found else {}
    return head | found | {part: error for part, error in leaves.items() if len(part) > 1}


def _average(values: list[Found]) -> Found:
    keys = dict.fromkeys(key for value in values for key in value)
    return {key: float(np.mean([v[key] for v in values if key in v])) for key in keys}


def _clusters(blocks: Blocks) -> NDArray[np.int64]:
    """Blocks that are not to be parted: those of a series where there are many series, else each by itself."""
    labels, found = np.unique(blocks.series, return_inverse=True)
    return found.astype(np.int64) if len(labels) >= 2 * FEW else np.arange(len(blocks))


def _groups(clusters: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    count = int(clusters.max()) + 1
    return np.asarray((rng.permutation(count) % min(GROUPS, count))[clusters])


def _deleted(found: NDArray[np.float64]) -> float:
    """The jackknife's variance."""
    found = found[~np.isnan(found)]
    count = len(found)
    return float((count - 1) / count * ((found - found.mean()) ** 2).sum()) if count > 1 else 0.0


def _mean(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    there = ~np.isnan(cells)
    count = there.sum(axis=0)
    total = np.where(there, cells, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _spread(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    there = ~np.isnan(cells)
    away = np.where(there, cells - _mean(cells), 0.0)
    return np.asarray(np.sqrt((away**2).sum(axis=0) / np.maximum(there.sum(axis=0) - 1, 1)))
