"""Column shapes: whether each column, by itself, looks like the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from synthkit.metrics import _against, _codes, _intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._against import Errors, Groups
    from synthkit.metrics._codes import Coded
    from synthkit.metrics.base import Family, Reference, Score

__all__ = ["METRIC", "Shape", "column_shapes"]


class Shape:
    """Error of the marginal distributions: the mean over columns of a distance between 0 and 1.

    Numbers and dates: the Kolmogorov-Smirnov statistic; categories: the total variation distance; missing cells left
    out of both (`missingness` weighs them). Equal to one minus the Column Shapes score of sdmetrics 0.32, except that a
    column of which the synthetic table has no value at all counts as an error of 1, where sdmetrics passes over it.
    """

    name: ClassVar[str] = "shape"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Column shapes"
    question: ClassVar[str] = (
        "How far is each column's distribution from the real one? 0 % is identical; as low as the floor is as close as"
        " fresh real rows come."
    )

    def __call__(self, real: Reference, synthetic: Table, *, rng: np.random.Generator) -> list[Score]:
        return _against.errors(self.name, shapes, real, synthetic, rng=rng)


METRIC = Shape()


def column_shapes(real: Table, synthetic: Table) -> dict[str, float]:
    """The shape error of each column between two tables, over all their rows.

    Args:
        real: the rows to compare with; give train here to compute what papers print.
        synthetic: rows with the same schema.
    """
    levels = _codes.levels_of([real])
    found = shapes(_codes.coded(real, levels), _codes.coded(synthetic, levels, real.schema), None)
    return {subject[0]: float(error[0]) for subject, error in found.items()}


def shapes(real: Coded, synthetic: Coded, groups: Groups | None) -> Errors:
    """The error of each column that has a value in the real table."""
    found: Errors = {}
    lines = 1 if groups is None else 1 + _intervals.GROUPS
    for name in real.columns:
        there = [~table.missing[name] for table in (real, synthetic)]
        if not there[0].any():
            continue
        if not there[1].any():
            found[(name,)] = np.ones(lines)
        elif name in real.numbers:
            values = [_rounded(t.numbers[name][keep]) for t, keep in zip((real, synthetic), there, strict=True)]
            kept = None if groups is None else (groups[0][there[0]], groups[1][there[1]])
            found[(name,)] = _ks(values[0], values[1], kept)
        else:
            found[(name,)] = _tvd(real.codes[name] - 1, synthetic.codes[name] - 1, groups)
    return found


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """As sdmetrics does: 14 decimals, so that noise of the last bit is no difference."""
    return np.round(values, 14) if np.abs(values).max() < 1e9 else values


def _ks(a: NDArray[np.float64], b: NDArray[np.float64], groups: Groups | None) -> NDArray[np.float64]:
    """The largest gap between two empirical distribution functions: of all rows, then without each group."""
    both = np.concatenate([a, b])
    order = np.argsort(both)
    ranked = both[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    mine = order < len(a)
    up, down = np.cumsum(mine)[ends], np.cumsum(~mine)[ends]
    gaps = [_gap(up, down)]
    if groups is not None:
        group = np.concatenate(groups)[order]
        for g in range(_intervals.GROUPS):
            gone = group == g
            gaps.append(_gap(up - np.cumsum(gone & mine)[ends], down - np.cumsum(gone & ~mine)[ends]))
    return np.array(gaps)


def _gap(up: NDArray[Any], down: NDArray[Any]) -> float:
    if not up[-1] or not down[-1]:
        return 1.0
    return float(np.abs(up / up[-1] - down / down[-1]).max())


def _tvd(a: NDArray[np.int64], b: NDArray[np.int64], groups: Groups | None) -> NDArray[np.float64]:
    cells = 1 + max(int(a.max()), int(b.max()))
    mine, theirs = (None, None) if groups is None else groups
    shares = _against.left_out_shares(a, cells, mine) - _against.left_out_shares(b, cells, theirs)
    return np.asarray(np.abs(shares).sum(axis=1) / 2)
