"""Series cut to blocks of one length, so that like is compared with like.

The autocorrelation of 24 points is not that of 400: it is biased, and it is noisy. Real and synthetic series are
therefore cut to blocks as long as what was held back, figures are taken a block, and sets of blocks are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.metrics.temporal._lines import line_of, spread_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from synthkit.data.panel import Panel, Series
    from synthkit.metrics.base import PanelReference

__all__ = ["Blocks", "Sides", "settled", "sides"]

LONG = 256  # a block need not be longer than this, or than four seasons: more and shorter blocks show their own spread
CELLS = 4_000_000  # numbers of synthetic series looked at: 32 MB
TREND = 0.2  # share of a series' variance that its line explains; a stationary AR(1) of .8 with 144 points has .05
DRIFT = 0.5  # share of variance between the means of blocks


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Pieces of series, all of one length, in order of path, then series, then time.

    Args:
        values: (N, L, k), scaled as the sides say; NaN where missing, and where a series was shorter than a block.
        inside: (N, L) bool, False beyond the ends of a short series.
        marks: column -> (N, L) codes; 0 is missing, -1 beyond the ends.
        gaps: (N, L) time since the row before, NaN at the first row of a series; (N, 0) on an even calendar.
        rows: (N,) rows of the whole series, at its first block; NaN at the others.
        series: (N,) which series of the panel each comes from.
        entity: (N,) whose it is, as a whole number, the same one on all sides; -1 for entities train does not have.
    """

    values: NDArray[np.float64]
    inside: NDArray[np.bool_]
    marks: Mapping[str, NDArray[np.int64]]
    gaps: NDArray[np.float64]
    rows: NDArray[np.float64]
    series: NDArray[np.int64]
    entity: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The real series as blocks, and what every side is cut and scaled by, all decided on train.

    Args:
        length: rows of a block.
        season: rows of the longest season that fits twice into a block (else once); 0 for none.
        channels: the columns of numbers.
        trending: (k,) whether the channel trends or wanders; each block's own line is then removed.
        own: entity -> ((k,) centre, (k,) spread), where each series is scaled by its own train part: a panel of series
            of all sizes would else be judged by its largest. Empty where entities were held back.
        shared: centre and spread of all train values, for entities without their own.
        levels: mark -> the levels in train and holdout -> code, from 1; levels that only synthetic series have
            share one more.
        codes: entity -> whole number.
        train, holdout: the blocks.
    """

    length: int
    season: int
    channels: tuple[str, ...]
    trending: NDArray[np.bool_]
    own: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    shared: tuple[NDArray[np.float64], NDArray[np.float64]]
    levels: Mapping[str, Mapping[Any, int]]
    codes: Mapping[str, int]
    train: Blocks
    holdout: Blocks

    def scaled(self, series: Series) -> NDArray[np.float64]:
        """The values of a series less its centre, over its spread."""
        centre, spread = self.own.get(series.entity, self.shared)
        if self.own and series.entity not in self.own and len(series):
            centre, spread = _centre(series.values)
        return np.asarray((series.values - centre) / spread)

    def code(self, panel: Panel, rng: np.random.Generator) -> Blocks:
        """The blocks of other series; of whole paths (or series) drawn at random where there are very many."""
        return self.cut(_some(panel, CELLS // max(1, len(self.channels)), rng))

    def cut(self, panel: Panel) -> Blocks:
        """The blocks of all series; rows that do not fill a block are left out at the start of each."""
        order = sorted(range(len(panel)), key=lambda i: (panel.series[i].path, i))
        pieces = [self._pieces(panel.series[i], i) for i in order if 2 * len(panel.series[i]) >= self.length]
        if not pieces:
            return _no_blocks(self.length, len(self.channels), self.levels, timed=not panel.grid.regular)
        return Blocks(
            np.concatenate([p.values for p in pieces]),
            np.concatenate([p.inside for p in pieces]),
            {name: np.concatenate([p.marks[name] for p in pieces]) for name in self.levels},
            np.concatenate([p.gaps for p in pieces]),
            np.concatenate([p.rows for p in pieces]),
            np.concatenate([p.series for p in pieces]),
            np.concatenate([p.entity for p in pieces]),
        )

    def _pieces(self, one: Series, place: int) -> Blocks:
        size = self.length
        count = max(1, len(one) // size)
        skip = max(0, len(one) - count * size)
        marks = {}
        for name, table in self.levels.items():
            cells = [table.get(v, 0 if v is None else len(table) + 1) for v in one.marks[name][skip:]]
            marks[name] = _folded(np.array(cells, dtype=np.int64), count, size, -1)
        gaps = np.empty((count, 0))
        if one.stamps is not None:
            gaps = _folded(np.diff(one.stamps, prepend=np.nan)[skip:], count, size, np.nan)
        return Blocks(
            _folded(self.scaled(one)[skip:], count, size, np.nan),
            _folded(np.ones(len(one) - skip, dtype=bool), count, size, False),
            marks,
            gaps,
            np.where(np.arange(count) == 0, float(len(one)), np.nan),
            np.full(count, place, dtype=np.int64),
            np.full(count, self.codes.get(one.entity, -1), dtype=np.int64),
        )


def _no_blocks(length: int, channels: int, marks: Iterable[str], *, timed: bool) -> Blocks:
    cells = np.empty((0, length))
    return Blocks(
        np.empty((0, length, channels)),
        cells > 0,
        {name: cells.astype(np.int64) for name in marks},
        np.empty((0, length if timed else 0)),
        np.empty(0),
        np.empty(0, dtype=np.int64),
        np.empty(0, dtype=np.int64),
    )


def sides(real: PanelReference) -> Sides:
    """The blocks of the real series, computed once a reference."""
    return real.once("blocks", lambda: _sides(real))


def _sides(real: PanelReference) -> Sides:
    train, holdout = real.train, real.holdout
    seasons = train.grid.seasons
    length = _length([len(s) for s in holdout], seasons)
    wide = len(train.roles.values)
    pooled = np.concatenate([s.values for s in train]) if len(train) else np.empty((0, wide))
    own = {} if real.by_entity else {s.entity: _centre(s.values) for s in train}
    nothing = _no_blocks(length, wide, (), timed=False)
    made = Sides(
        length,
        max((s for s in seasons if 2 * s <= length), default=max((s for s in seasons if s + 3 <= length), default=0)),
        train.roles.values,
        np.zeros(wide, dtype=bool),
        own,
        _centre(pooled),
        {name: _levels(name, train, holdout) for name in train.roles.marks},
        {entity: i for i, entity in enumerate(train.entities)},
        nothing,
        nothing,
    )
    blocks = made.cut(train)
    return replace(made, train=blocks, holdout=made.cut(holdout), trending=_trending(train, blocks, wide))


def _length(lengths: list[int], seasons: tuple[int, ...]) -> int:
    """Rows of a block: the usual length of what was held back, in equal parts where that is long."""
    usual = int(np.median(lengths)) if lengths else 0
    fitting = [s for s in seasons if 4 * s <= usual]
    parts = -(-usual // max(LONG, 4 * max(fitting, default=0)))
    return max(1, usual // max(1, parts))


def _trending(train: Panel, blocks: Blocks, wide: int) -> NDArray[np.bool_]:
    """Whether a channel's usual series follows a line, or its blocks lie at levels of their own."""
    found = np.zeros(wide, dtype=bool)
    for channel in range(wide):
        explained = [_explained(s.values[:, channel]) for s in train if len(s) >= 8]
        if explained and np.nanmedian(explained) > TREND:
            found[channel] = True
            continue
        between = []
        for one in np.unique(blocks.series):
            cells = blocks.values[blocks.series == one, :, channel]
            there = ~np.isnan(cells)
            if len(cells) < 4 or not there.any(axis=1).all():
                continue
            means = np.nanmean(cells, axis=1)
            between.append(means.var() / max(float(np.nanvar(cells)), 1e-12))
        found[channel] = bool(between) and float(np.median(between)) > DRIFT
    return found


def _explained(values: NDArray[np.float64]) -> float:
    there = np.flatnonzero(~np.isnan(values))
    if len(there) < 8 or np.ptp(values[there]) == 0:
        return np.nan
    return float(np.corrcoef(there, values[there])[0, 1] ** 2)


def _centre(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Median and spread of each column; 0 and 1 where there is nothing."""
    centre, spread = [], []
    for column in values.T:
        there = column[~np.isnan(column)]
        centre.append(float(np.median(there)) if len(there) else 0.0)
        spread.append(spread_of(there))
    return np.array(centre), np.array(spread)


def _levels(name: str, train: Panel, holdout: Panel) -> dict[Any, int]:
    seen = {v for panel in (train, holdout) for s in panel for v in s.marks[name] if v is not None}
    return {level: i for i, level in enumerate(sorted(seen, key=lambda v: (type(v).__name__, v)), start=1)}


def _folded(cells: NDArray[Any], count: int, size: int, filler: float) -> NDArray[Any]:
    """(count * size, ...) rows as (count, size, ...); a short series is filled at its end."""
    short = count * size - len(cells)
    if short > 0:
        cells = np.concatenate([cells, np.full((short, *cells.shape[1:]), filler, dtype=cells.dtype)])
    return cells.reshape(count, size, *cells.shape[1:])


def _some(panel: Panel, rows: int, rng: np.random.Generator) -> Panel:
    """About so many rows, of whole paths where there are several, else of whole series."""
    total = panel.points
    if total <= rows:
        return panel
    paths = sorted({s.path for s in panel})
    if len(paths) > 1:
        chosen = set(rng.permutation(paths)[: max(1, rows * len(paths) // total)].tolist())
        return panel.of([s for s in panel if s.path in chosen])
    picks = np.sort(rng.permutation(len(panel))[: max(1, rows * len(panel) // total)])
    return panel.of([panel.series[i] for i in picks])


def settled(values: NDArray[np.float64], trending: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N, L, k) blocks, less each block's own line in the channels that trend."""
    if not trending.any():
        return values
    found = values.copy()
    for channel in np.flatnonzero(trending):
        found[:, :, channel] -= line_of(values[:, :, channel])
    return found
