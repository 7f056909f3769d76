"""What the report draws of each column: binned shares of real and synthetic rows, and no row of either.

Aggregates only: a bin or a level that fewer than `FEW` real rows share is merged with others, bin edges are round
numbers about the 1st and 99th percentile, and what lies beyond is counted in the outer bins: no extreme of the real
rows shows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.metrics import _codes

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from synthkit.data.schema import Column
    from synthkit.data.table import Table
    from synthkit.metrics._codes import Coded
    from synthkit.metrics.base import Reference

__all__ = ["profiles"]

FEW = 5
BINS = 30
LEVELS = 12
REST = "other"

SECOND = 1_000_000.0
DAY = 86_400 * SECOND
# Bin widths that a reader of dates expects, from a second to ten years.
STEPS = np.array(
    [SECOND * s for s in (1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 43_200)]
    + [DAY * d for d in (1, 2, 7, 14, 30, 91, 182, 365, 1826, 3652, 36_524)]
)


def profiles(reference: Reference, synthetic: Table) -> list[dict[str, Any]]:
    """One mapping a column: what it is, its missing shares, and its distribution in real and synthetic rows.

    Keys of every column: `column`, `kind`, `reason`, `missing` ({"real", "synthetic"}). Numbers and dates add `edges`
    (one more than bins; ISO strings for dates; the outer bins hold the tails), discrete columns `levels` (the last may
    be the rest); both add `real` and `synthetic`, shares of the cells that are not missing. Ids and texts add only
    `distinct_real_share`, the share of train rows' values that are distinct. "Real" means train and holdout together.
    """
    sides = _codes.sides(reference)
    fake = sides.code(synthetic)
    found = []
    for column in reference.schema:
        name = column.name
        gone = np.concatenate([sides.train.missing[name], sides.holdout.missing[name]])
        profile: dict[str, Any] = {
            "column": name,
            "kind": column.kind,
            "reason": column.reason,
            "missing": {"real": float(gone.mean()), "synthetic": float(fake.missing[name].mean())},
        }
        if column.is_number:
            real = np.concatenate([sides.train.numbers[name], sides.holdout.numbers[name]])
            profile |= _number(column, real[~gone], fake.numbers[name][~fake.missing[name]])
        elif column.is_discrete:
            profile |= _discrete(name, sides.levels[name], (sides.train, sides.holdout), fake)
        else:
            cells = reference.train.frame[name].dropna()
            profile["distinct_real_share"] = float(cells.nunique() / len(cells)) if len(cells) else 0.0
        found.append(profile)
    return found


def _number(column: Column, real: NDArray[np.float64], fake: NDArray[np.float64]) -> dict[str, Any]:
    if len(real) < FEW:
        return {"edges": [], "real": [], "synthetic": []}
    edges = _edges(real, whole=column.kind == "integer", dates=column.kind == "datetime")
    counts = _counts(real, edges)
    edges = edges[_merged(counts)]
    shown: list[Any] = [float(e) for e in edges]
    if column.kind == "datetime":
        shown = [str(d) for d in np.datetime_as_string(edges.astype("datetime64[us]"), unit="s")]
    return {"edges": shown, "real": _shares(_counts(real, edges)), "synthetic": _shares(_counts(fake, edges))}


def _edges(values: NDArray[np.float64], *, whole: bool, dates: bool) -> NDArray[np.float64]:
    """About `BINS` bins of a round width between the 1st and the 99th percentile; whole numbers sit amid their bins."""
    low, high = np.quantile(values, [0.01, 0.99])
    step = _step((high - low) / BINS, dates=dates)
    if whole:
        step = max(1.0, step)
    shift = 0.5 if whole and step < 100 else 0.0
    first, last = math.floor((low + shift) / step), math.ceil((high + shift) / step)
    if whole:
        last = math.floor((high + shift) / step) + 1
    edges = np.arange(first, max(last, first + 1) + 1) * step - shift
    # 0.1 * 3 is not 0.3: give the edge the digits its step has.
    return edges if dates else np.round(edges, max(0, 2 - math.floor(math.log10(step)))) + 0.0


def _step(width: float, *, dates: bool) -> float:
    """The next round number (1, 2, 2.5, 5 times a power of ten; a usual span of time for dates) not below `width`."""
    if width <= 0:
        return DAY if dates else 1.0
    if dates and width >= SECOND:
        return float(STEPS[min(int(np.searchsorted(STEPS, width)), len(STEPS) - 1)])
    power = 10.0 ** math.floor(math.log10(width))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= width * (1 - 1e-9))


def _counts(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows a bin; the tails count in the outer bins."""
    return np.bincount(np.searchsorted(edges[1:-1], values, side="right"), minlength=len(edges) - 1)


def _merged(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the edges to keep so that every bin holds at least `FEW` rows."""
    kept, held = [0], 0
    for place, count in enumerate(counts, start=1):
        held += int(count)
        if held >= FEW:
            kept.append(place)
            held = 0
    if kept[-1] != len(counts):
        kept[-1 if len(kept) > 1 else 0 :] = [len(counts)] if len(kept) > 1 else [0, len(counts)]
    return np.array(kept)


def _discrete(name: str, levels: pd.Index[Any], real: tuple[Coded, Coded], fake: Coded) -> dict[str, Any]:
    """The most frequent levels by name, the others together."""
    cells = np.concatenate([part.codes[name] for part in real])
    counts = np.bincount(cells, minlength=len(levels) + 1)[1:]
    shown = min(LEVELS, int((counts >= FEW).sum()))
    folded = [_folded(counts, shown), _folded(np.bincount(fake.codes[name], minlength=len(levels) + 1)[1:], shown)]
    names = [str(level) for level in levels[:shown]]
    if folded[0][-1] or folded[1][-1]:
        names.append(REST if REST not in names else f"{REST} levels")
    else:
        folded = [counts[:-1] for counts in folded]
    return {"levels": names, "real": _shares(folded[0]), "synthetic": _shares(folded[1])}


def _folded(counts: NDArray[np.int64], shown: int) -> NDArray[np.int64]:
    return np.append(counts[:shown], counts[shown:].sum())


def _shares(counts: NDArray[np.int64]) -> list[float]:
    total = counts.sum()
    return [round(float(c / total), 6) if total else 0.0 for c in counts]
