"""Windows of series as rows of features, for a classifier that tells real from synthetic ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.metrics.temporal._acf import acf
from synthkit.metrics.temporal._catch import SHORTEST, catch
from synthkit.metrics.temporal._lines import filled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel, Series
    from synthkit.metrics.temporal._blocks import Sides

__all__ = ["QUARTERS", "Marked", "marked"]

QUARTERS = 4
"""Windows are dealt into so many parts, so that a classifier is tried on windows that are far from those it saw."""

STRETCH = 4  # windows wide: pieces of a lone series that are dealt as a whole, less the windows that touch the next
ALONE = 4  # series from which on whole series are dealt
POINTS = 12  # values of a window shown one by one
LEVELS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """Windows as rows of features.

    Args:
        cells: (n, f) features, NaN where unknown.
        whose: (f,) the column each feature tells of.
        series: (n,) place in the panel of the series each window comes from.
        quarter: (n,) 0 to 3; windows of different quarters share no rows of a series.
        stretch: (n,) a piece of about ten of the series, for intervals over time.
    """

    cells: NDArray[np.float64]
    whose: tuple[str, ...]
    series: NDArray[np.int64]
    quarter: NDArray[np.int64]
    stretch: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cells)

    def only(self, quarters: tuple[int, ...]) -> Marked:
        """The windows of some quarters."""
        return self.rows(np.flatnonzero(np.isin(self.quarter, quarters)))

    def some(self, n: int, rng: np.random.Generator) -> Marked:
        """At most `n` windows, at random."""
        return self if len(self) <= n else self.rows(np.sort(rng.permutation(len(self))[:n]))

    def rows(self, kept: NDArray[np.int64]) -> Marked:
        """Some windows."""
        return Marked(self.cells[kept], self.whose, self.series[kept], self.quarter[kept], self.stretch[kept])


def marked(panel: Panel, sides: Sides, width: int, *, most: int) -> Marked:
    """Windows of `width` rows that overlap by half, about `most` of them over all series.

    A window is described, a channel at a time, by its values (less their mean where the channel trends: how high a
    window lies then tells only when it was), their steps, correlations at short lags and at the season, and the figures
    of `_catch`; a mark by the share of its levels and of changes; attributes as they are, and the time between rows.
    """
    usable = [(i, s) for i, s in enumerate(panel.series) if len(s) >= width]
    step = max(1, width // 2, -(-sum(len(s) - width + 1 for _, s in usable) // most))
    parts = [_of_series(s, i, sides, width, step, whole=len(usable) >= ALONE) for i, s in usable]
    whose = _names(panel, sides)
    if not parts:
        nothing = np.empty(0, dtype=np.int64)
        return Marked(np.empty((0, 0)), (), nothing, nothing, nothing)
    forms = np.concatenate([p[0] for p in parts])
    marks = {n: np.concatenate([p[1][n] for p in parts]) for n in sides.levels}
    rest = np.concatenate([p[2] for p in parts])
    series, quarter, stretch = (np.concatenate([p[k] for p in parts]) for k in (3, 4, 5))
    found: dict[str, list[NDArray[np.float64]]] = {}
    for place, channel in enumerate(sides.channels):
        found[channel] = _figures(forms[:, :, place], sides, level=not sides.trending[place])
    for name, codes in marks.items():
        found[name] = _of_codes(codes, len(sides.levels[name]))
    for place, name in enumerate(whose):
        found[name] = [rest[:, place]]
    columns = [(name, column) for name, several in found.items() for column in several]
    cells = np.column_stack([column for _, column in columns]) if columns else np.empty((len(series), 0))
    return Marked(cells, tuple(name for name, _ in columns), series, quarter, stretch)


def _names(panel: Panel, sides: Sides) -> tuple[str, ...]:
    """What is shown beside channels and marks."""
    return (*panel.roles.static, *(() if panel.grid.regular else ("time between rows",))) if sides.channels else ()


def _of_series(one: Series, place: int, sides: Sides, width: int, step: int, *, whole: bool) -> tuple[Any, ...]:
    """(windows, width, k) values, codes a mark, (windows, rest), and series, quarter and stretch of each window."""
    starts = np.arange(0, len(one) - width + 1, step)
    quarter = np.full(len(starts), place % QUARTERS)
    if not whole:
        piece = STRETCH * width
        inside = (starts % piece) + width <= piece
        starts = starts[inside] if len(one) >= QUARTERS * piece else starts
        piece = piece if len(one) >= QUARTERS * piece else -(-len(one) // QUARTERS)
        quarter = starts // max(1, piece) % QUARTERS
    at = starts[:, None] + np.arange(width)
    codes = {}
    for name, table in sides.levels.items():
        found = [table.get(v, 0 if v is None else len(table) + 1) for v in one.marks[name]]
        codes[name] = np.array(found, dtype=np.int64)[at]
    rest = [_number(one.static[name]) for name in one.static]
    attributes = np.tile(np.array(rest, dtype=np.float64), (len(starts), 1))
    if one.stamps is not None:
        gaps = np.diff(one.stamps)[at[:, :-1]].mean(axis=1)
        attributes = np.column_stack([attributes, gaps])
    label = place * 10 + starts * 10 // max(1, len(one))
    return sides.scaled(one)[at], codes, attributes, np.full(len(starts), place), quarter, label


def _number(value: object) -> float:
    """An attribute as a number; a text by its bytes, which is the same number in every run."""
    if value is None:
        return np.nan
    if isinstance(value, bool | int | float):
        return float(value)
    return float(int.from_bytes(str(value).encode()[:6].ljust(6, b"\0"), "big"))


def _figures(cells: NDArray[np.float64], sides: Sides, *, level: bool) -> list[NDArray[np.float64]]:
    """Features of the windows of one channel."""
    rows = cells.shape[1]
    there = np.isfinite(cells)
    count = np.maximum(there.sum(axis=1), 1)
    mean = np.where(there, cells, 0.0).sum(axis=1) / count
    lone = cells - (0.0 if level else mean[:, None])
    away = np.where(there, cells - mean[:, None], 0.0)
    found = [lone[:, i] for i in np.unique(np.linspace(0, rows - 1, min(rows, POINTS)).astype(int))]
    found += [np.sqrt((away**2).sum(axis=1) / count), there.mean(axis=1)]
    if level:
        found.append(mean)
    steps = np.diff(filled(cells), axis=1)
    found += [steps.mean(axis=1), np.abs(steps).mean(axis=1), steps.max(axis=1), steps.min(axis=1)]
    found += [(steps[:, 1:] * steps[:, :-1] < 0).mean(axis=1), (steps == 0).mean(axis=1)]
    lags = min(sides.season if 3 < sides.season <= rows - 3 else 3, rows - 2)
    correlations = acf(cells, lags)
    found += [correlations[:, i] for i in sorted({*range(min(3, lags)), lags - 1})]
    if rows >= SHORTEST:
        found += list(catch(cells).values())
    return found


def _of_codes(codes: NDArray[np.int64], levels: int) -> list[NDArray[np.float64]]:
    shown = range(min(levels + 2, LEVELS + 1))
    changes = (codes[:, 1:] != codes[:, :-1]).mean(axis=1)
    return [changes, codes[:, 0].astype(np.float64), *((codes == level).mean(axis=1) for level in shown)]
