"""What the report draws of series: aggregates only, no single real cell.

Real rows are shown as means over at least `FEW` cells; lines of real rows are therefore in steps of neighbouring rows
that do not overlap (from overlapping means single cells could be worked out).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.metrics._profile import FEW, profiles
from synthkit.metrics.base import Reference
from synthkit.metrics.temporal._acf import acf
from synthkit.metrics.temporal._blocks import settled, sides
from synthkit.metrics.temporal._kinds import ahead_of, twins_of
from synthkit.metrics.temporal._spectrum import bands, log_power
from synthkit.metrics.temporal.autocorrelation import lags_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel, Series
    from synthkit.metrics.base import PanelReference
    from synthkit.metrics.temporal._blocks import Blocks, Sides

__all__ = ["series_profiles"]

CHANNELS = 8
STEPS = 90
LAGS = 60
PATHS = 400
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MANY = 20  # entities from which on their quartiles are drawn


def series_profiles(reference: PanelReference, synthetic: Panel) -> list[dict[str, Any]]:
    """One mapping a column: as for tables (see `metrics._profile.profiles`), and for numbers a "series" of pictures.

    Keys of "series", each absent where it makes no sense:

    * `fan`: `at` (ISO stamps, numbers, or rows since the start), `edges` (rows at which steps begin, and the end),
      `real` (a mean a step, None where fewer than five cells), `twins` and `ahead` (step -> five quantiles over paths
      of their means: 5, 25, 50, 75 and 95 %; None where there is no path), `cut` (row the holdout begins at, or None),
      `unit` ("value", or "spread" where series of all sizes are drawn together);
    * `acf` and `acf_size`: `lags`, `real`, `synthetic` (means over blocks; of values, and of their distance from their
      mean), `season` (rows) and `rows` (of a block);
    * `spectrum`: `period` (rows a wave), `real`, `synthetic` (log10 of power).

    Other columns (time, entity) are left out.
    """
    twins, ahead = twins_of(reference, synthetic), ahead_of(reference, synthetic)
    roles = reference.train.roles
    shown = {*roles.values, *roles.marks, *roles.static}
    columns = [p for p in _of_table(reference, twins if len(twins) else synthetic) if p["column"] in shown]
    pictures = _Pictures.of(reference, twins, ahead)
    for profile in columns:
        if profile["column"] in roles.values[:CHANNELS]:
            profile["series"] = pictures.drawn(roles.values.index(profile["column"]))
    return columns


def _of_table(reference: PanelReference, made: Panel) -> list[dict[str, Any]]:
    rows = made.of([s for s in made if s.path == 0]).table
    plain = reference.once("tables", lambda: Reference(reference.train.table, reference.holdout.table, reference.seed))
    return profiles(plain, rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Pictures:
    """What the pictures of all channels share.

    Args:
        reference: the real series.
        twins, ahead: synthetic series beside train, and after it.
        scale: how blocks are cut and scaled.
        made: blocks of the twins.
        edges: (n + 1,) rows at which a step of the fan begins, counted as `_row` counts, and the end.
        alone: whether one series is drawn on its own calendar and in its own units.
    """

    reference: PanelReference
    twins: Panel
    ahead: Panel
    scale: Sides
    made: Blocks
    edges: NDArray[np.int64]
    alone: bool

    @classmethod
    def of(cls, reference: PanelReference, twins: Panel, ahead: Panel) -> _Pictures:
        scale = sides(reference)
        some = twins.of([s for s in twins if s.path < PATHS])
        alone = len(reference.train.entities) == 1 and not reference.by_entity
        real = [*reference.train, *reference.holdout]
        first = min((s.start for s in real), default=0) if alone else 0
        last = max((s.stop if alone else len(s) for s in real), default=0)
        if not alone and not reference.by_entity:
            last = max((s.stop - _start(reference, s.entity) for s in reference.holdout), default=last)
        size = _size_of_step(last - first, reference.train.grid.seasons, alone=alone)
        begin = first + (last - first) % size  # the end is what matters: odd rows are left out at the start
        return cls(reference, some, ahead, scale, scale.cut(some), np.arange(begin, last + 1, size), alone)

    def drawn(self, channel: int) -> dict[str, Any]:
        """The pictures of one channel."""
        found = {"fan": self._fan(channel), **self._correlations(channel), "spectrum": self._spectrum(channel)}
        return {name: picture for name, picture in found.items() if picture}

    def _fan(self, channel: int) -> dict[str, Any]:
        real = self.reference
        steps = len(self.edges) - 1
        if steps < 3 or not real.train.grid.regular:
            return {}
        sums = [self._sums(s, channel) for s in (*real.train, *real.holdout)]
        total, cells = (np.sum(part, axis=0) for part in zip(*sums, strict=True))
        line = np.where(cells >= FEW, total / np.maximum(cells, 1), np.nan)
        grid, cut = real.train.grid, None
        if not real.by_entity and real.holdout.series:
            cut = min(int(self._row(s)) for s in real.holdout)
        stamps = [str(s)[:16] for s in grid.at(self.edges)] if self.alone else [int(e) for e in self.edges]
        return {
            "at": stamps,
            "edges": [int(e) for e in self.edges],
            "real": _plain(line),
            "twins": self._quantiles(self.twins, channel),
            "ahead": self._quantiles(self.ahead, channel),
            "cut": cut,
            "unit": "value" if self.alone else "spread",
        }

    def _row(self, series: Series) -> int:
        """The row of the fan at which a series begins: by the calendar, or since the start of its entity."""
        if self.alone:
            return series.start
        return 0 if self.reference.by_entity else max(0, series.start - _start(self.reference, series.entity))

    def _sums(self, series: Series, channel: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(steps,) sum and count of the cells of one series in each step."""
        values = series.values[:, channel] if self.alone else self.scale.scaled(series)[:, channel]
        step = np.searchsorted(self.edges, self._row(series) + np.arange(len(series)), side="right") - 1
        there = np.isfinite(values) & series.present & (step >= 0) & (step < len(self.edges) - 1)
        width = len(self.edges) - 1
        total = np.bincount(step[there], values[there], minlength=width).astype(np.float64)
        return total, np.bincount(step[there], minlength=width).astype(np.float64)

    def _quantiles(self, panel: Panel, channel: int) -> list[list[float] | None] | None:
        some = panel.series[: PATHS * 4]
        if not some:
            return None
        sums = [self._sums(s, channel) for s in some]
        total, cells = (np.array(part) for part in zip(*sums, strict=True))
        found: list[list[float] | None] = []
        for step in range(len(self.edges) - 1):
            there = cells[:, step] > 0
            if there.sum() < FEW:
                found.append(None)
                continue
            means = total[there, step] / cells[there, step]
            found.append([_short(q) for q in np.quantile(means, QUANTILES)])
        return found if any(found) else None

    def _correlations(self, channel: int) -> dict[str, Any]:
        lags = min(lags_of(self.scale), LAGS)
        if self.scale.length < 2 * FEW or lags < 2 or not len(self.made):
            return {}
        found = {}
        for name, as_ in (("acf", _as_is), ("acf_size", _size)):
            real, made = (acf(as_(self._cells(b, channel)), lags) for b in (self.scale.train, self.made))
            season = self.scale.season
            rows = {"lags": lags, "season": season if season <= lags else 0, "rows": self.scale.length}
            found[name] = rows | {"real": _plain(_mean(real)), "synthetic": _plain(_mean(made))}
        return found

    def _spectrum(self, channel: int) -> dict[str, Any]:
        rows = self.scale.length
        if rows < 4 * FEW or not len(self.made):
            return {}
        parts = bands(rows, self.scale.season)
        parts = sorted(parts, key=lambda p: float(p.mean()))
        both = [_mean(log_power(self._cells(b, channel), parts)) / np.log(10) for b in (self.scale.train, self.made)]
        period = [_short(rows / (float(p.mean()) + 1)) for p in parts]
        return {"period": period, "real": _plain(both[0]), "synthetic": _plain(both[1])}

    def _cells(self, blocks: Blocks, channel: int) -> NDArray[np.float64]:
        return settled(blocks.values, self.scale.trending)[:, :, channel]


def _size_of_step(rows: int, seasons: tuple[int, ...], *, alone: bool) -> int:
    """Rows of a step: a small part of a season, or whole seasons where rows are many (half ones would zigzag)."""
    size = max(FEW if alone else 1, -(-rows // STEPS))
    for season in seasons:
        whole = season * -(-size // season)
        if 3 * size > season and rows // whole >= STEPS // 3:
            return whole
    return size


def _start(reference: PanelReference, entity: str) -> int:
    """Where the train series of an entity begins."""
    starts: dict[str, int] = reference.once("starts", lambda: {s.entity: s.start for s in reference.train})
    return starts.get(entity, 0)


def _as_is(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    return cells


def _size(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    there = np.isfinite(cells)
    mean = np.where(there, cells, 0).sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.abs(cells - mean))


def _mean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    there = np.isfinite(rows)
    count = there.sum(axis=0)
    return np.where(count > 0, np.where(there, rows, 0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [_short(v) if np.isfinite(v) else None for v in values]


def _short(value: float) -> float:
    return float(f"{value:.5g}")
