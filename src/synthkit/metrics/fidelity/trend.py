"""Pair trends: whether pairs of columns hang together as they do in the real rows."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics import _against, _codes, _intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._against import Errors, Groups
    from synthkit.metrics._codes import Coded
    from synthkit.metrics.base import Family, Reference, Score

__all__ = ["METRIC", "Trend", "correlation_gaps", "correlations", "edges", "largest", "pair_trends", "sums"]

_HUGE = 1e307


class Trend:
    """Error of the pairs of columns: the mean over all pairs of a distance between 0 and 1.

    Two numbers: half the difference of their Pearson correlations, over rows that have both. Any other pair: the total
    variation distance of the two joint tables, a missing cell being a level, numbers cut into ten bins of equal width
    between the extremes of the real table. sdmetrics cuts each table between its own extremes instead, so that one
    outlier more or less moves every bin: the floor of credit_data is then 12 %, which says nothing. `pair_trends` gives
    that figure, as papers print it.
    """

    name: ClassVar[str] = "trend"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Pair trends"
    question: ClassVar[str] = (
        "How far is the relation of each pair of columns from the real one? 0 % is identical; as low as the floor is as"
        " close as fresh real rows come."
    )

    def __call__(self, real: Reference, synthetic: Table, *, rng: np.random.Generator) -> list[Score]:
        return _against.errors(self.name, trends, real, synthetic, rng=rng)


METRIC = Trend()


def pair_trends(real: Table, synthetic: Table) -> dict[tuple[str, str], float]:
    """The trend error of each pair of columns between two tables, over all their rows, as papers print it.

    Equal to one minus the Column Pair Trends score of sdmetrics 0.32 with both thresholds at 0 and no subsample. Only a
    synthetic correlation that is undefined (a constant column) counts as 0, where sdmetrics passes over the pair.

    Args:
        real: the rows to compare with; give train here to compute what papers print.
        synthetic: rows with the same schema.
    """
    levels = _codes.levels_of([real])
    found = trends(_codes.coded(real, levels), _codes.coded(synthetic, levels, real.schema), None, own_bins=True)
    return {(subject[0], subject[1]): float(error[0]) for subject, error in found.items()}


def trends(real: Coded, synthetic: Coded, groups: Groups | None, *, own_bins: bool = False) -> Errors:
    """The error of each pair; pairs of numbers without a correlation in the real table are left out.

    Args:
        real: the rows to compare with.
        synthetic: rows with the same schema.
        groups: of their rows, for the jackknife.
        own_bins: whether the numbers of the synthetic table are cut between its own extremes, as sdmetrics does.
    """
    numbers = [name for name in real.columns if name in real.numbers]
    place = {name: i for i, name in enumerate(numbers)}
    mine, theirs = (None, None) if groups is None else groups
    gaps = correlation_gaps(_correlations(real, numbers, mine), _correlations(synthetic, numbers, theirs))
    cells = [
        {name: _cells(table, name, table if own_bins else real) for name in real.columns} for table in (real, synthetic)
    ]
    found: Errors = {}
    for one, two in combinations(real.columns, 2):
        if one in place and two in place:
            gap = gaps[:, place[one], place[two]]
            if not np.isnan(gap[0]):
                found[(one, two)] = np.nan_to_num(gap)
            continue
        a, b, size = _codes.joint((cells[0][one], cells[1][one]), (cells[0][two], cells[1][two]))
        shares = _against.left_out_shares(a, size, mine) - _against.left_out_shares(b, size, theirs)
        found[(one, two)] = np.abs(shares).sum(axis=1) / 2
    return found


def _cells(table: Coded, name: str, extremes: Coded) -> NDArray[np.int64]:
    """The column as levels: 0..11 for a number; the last holds the maximum and the missing cells, as in sdmetrics.

    Args:
        table: whose column it is.
        name: of the column.
        extremes: the table between whose extremes numbers are cut.
    """
    if name in table.codes:
        return table.codes[name]
    bounds = extremes.numbers[name]
    there = bounds[~np.isnan(bounds)]
    return np.digitize(table.numbers[name], edges(there)) if len(there) else np.zeros(table.rows, dtype=np.int64)


def edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ten bins of equal width, or one where the values are too large for ten bins between them to be told apart."""
    shrink = 4.0 if np.abs(values).max() > _HUGE else 1.0  # the width of all ten overflows; powers of two are exact
    try:
        return np.histogram_bin_edges(values / shrink) * shrink
    except ValueError:
        return np.array([values.min(), values.max()])


def _correlations(table: Coded, names: list[str], groups: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Pearson correlations over the rows that have both columns: of all rows, then without each group.

    Returns:
        Array (1 + groups, columns, columns); NaN where a column is constant over those rows.
    """
    values = np.column_stack([table.numbers[n] for n in names]) if names else np.empty((table.rows, 0))
    there = ~np.isnan(values)
    count = np.maximum(there.sum(axis=0), 1)
    # Scale and centre first: sums of squares of, say, dates in microseconds would lose every digit or overflow.
    values = values / largest(np.where(there, values, 0.0))
    values = np.where(there, values - np.where(there, values, 0.0).sum(axis=0) / count, 0.0)
    scale = np.sqrt((values**2).sum(axis=0) / count)
    values /= np.where(scale > 0, scale, 1.0)
    found = sums(values, there, groups)
    return correlations(found if groups is None else _against.without_each(found))


def correlations(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """(lines, columns, columns) Pearson correlations, from (lines, 4, columns, columns) `sums`."""
    n, x, xx, xy = np.moveaxis(lines, 1, 0)
    n = np.maximum(n, 1)
    spread = xx / n - (x / n) ** 2
    product = spread * np.swapaxes(spread, 1, 2)
    covariance = xy / n - x / n * np.swapaxes(x / n, 1, 2)
    # Columns have unit variance here, so a variance of 1e-12 on the common rows is a constant and rounding.
    defined = (n >= 2) & (spread > 1e-12) & (np.swapaxes(spread, 1, 2) > 1e-12)
    return np.where(defined, np.clip(covariance / np.sqrt(np.where(defined, product, 1.0)), -1, 1), np.nan)


def largest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest of each column by size, or 1 where all are 0."""
    found = np.abs(values).max(axis=0, initial=0.0)
    return np.where(found > 0, found, 1.0)


def sums(
    values: NDArray[np.float64], there: NDArray[np.bool_], groups: NDArray[np.int64] | None
) -> NDArray[np.float64]:
    """(groups, 4, columns, columns) what correlations are made of, over the rows that have both columns.

    Args:
        values: (rows, columns), of about unit size; 0 where there is none.
        there: where there is one.
        groups: of the rows; None for one group.
    """
    parts = [slice(None)] if groups is None else [groups == g for g in range(_intervals.GROUPS)]
    return np.stack([_sums(values[rows], there[rows].astype(float)) for rows in parts])


def _sums(values: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([there.T @ there, values.T @ there, (values**2).T @ there, values.T @ values])


def correlation_gaps(real: NDArray[np.float64], synthetic: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half the differences; NaN where the real table has no correlation."""
    return np.abs(real - np.nan_to_num(synthetic)) / 2
