"""Fidelity over any number of rows: sums that are counted part by part, add up, and give the same errors.

What `shape`, `trend` and `missingness` say of two tables depends on counts alone: of levels, of rows below a cut, of
pairs of cells, of products. The counts of parts add up to those of the whole, whoever counted them, in whatever order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from synthkit.metrics import _against, _codes, _intervals
from synthkit.metrics.fidelity import missingness, trend

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from synthkit.data.schema import Schema
    from synthkit.data.table import Table
    from synthkit.metrics._against import Errors
    from synthkit.metrics._codes import Coded
    from synthkit.metrics.base import Reference, Score

__all__ = ["CUTS", "LEVELS", "Counts", "Grid", "fidelity"]

CUTS: Final = 512
"""Places at which the distribution of a number is compared, where it has more values: between two of them lie 0.2 % of
the rows, by which the largest gap can be too small."""

LEVELS: Final = 64
"""Levels of a column that its pairs are counted by; rarer ones count as one."""


@dataclass(frozen=True, slots=True)
class Grid:
    """What is counted, the same for every part.

    Args:
        schema: of all tables.
        levels: of each discrete column; any other counts as one more.
        cuts: of each number, ascending.
        edges: of the bins that pairs of a number are counted in.
        centre, scale: of each number, in the order of the schema, so that squares keep their digits.
    """

    schema: Schema
    levels: Mapping[str, pd.Index]
    cuts: Mapping[str, NDArray[np.float64]]
    edges: Mapping[str, NDArray[np.float64]]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def learn(cls, reference: Reference) -> Grid:
        """From real rows of both parts, or a sample of them."""
        sides = _codes.sides(reference)
        there = {name: _filled(values) for name, values in sides.holdout.numbers.items()}
        cuts = {name: _cuts(np.concatenate([held, _filled(sides.train.numbers[name])])) for name, held in there.items()}
        edges = {name: trend.edges(held) for name, held in there.items() if len(held)}
        centre = [float(held.mean()) if len(held) else 0.0 for held in there.values()]
        spread = [float(held.std()) if len(held) else 0.0 for held in there.values()]
        return cls(sides.schema, sides.levels, cuts, edges, np.array(centre), np.array([s or 1.0 for s in spread]))


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _cuts(values: NDArray[np.float64]) -> NDArray[np.float64]:
    distinct = np.unique(values)
    if len(distinct) <= CUTS:
        return distinct
    return np.unique(np.quantile(values, np.linspace(0, 1, CUTS), method="inverted_cdf"))


@dataclass(frozen=True, slots=True)
class Counts:
    """What is known of some rows, apart for each of the groups of the jackknife.

    Args:
        rows: (groups,).
        tables: (column,) or (column, column) -> (groups, cells) rows in each cell.
        sums: (groups, 4, numbers, numbers) what correlations are made of.
        gone: (groups, columns, columns) rows that lack both cells.
    """

    rows: NDArray[np.int64]
    tables: Mapping[tuple[str, ...], NDArray[np.int64]]
    sums: NDArray[np.float64]
    gone: NDArray[np.float64]

    @classmethod
    def of(cls, grid: Grid, table: Table, before: int = 0) -> Counts:
        """Count the rows of a table.

        Args:
            grid: what to count.
            table: the rows.
            before: rows of its part before them; each row in turn is of the next group.
        """
        coded = _codes.coded(table, grid.levels, grid.schema)
        groups = (np.arange(before, before + coded.rows) % _intervals.GROUPS).astype(np.int64)
        tables: dict[tuple[str, ...], NDArray[np.int64]] = {}
        tables |= {(name,): _against.by_group(*_alone(grid, coded, name), groups) for name in coded.columns}
        cells = {name: _paired(grid, coded, name) for name in coded.columns}
        for one, two in combinations(cells, 2):
            if one not in coded.numbers or two not in coded.numbers:
                (a, height), (b, width) = cells[one], cells[two]
                tables[one, two] = _against.by_group(a * width + b, height * width, groups)
        numbers = list(coded.numbers.values())
        values = np.column_stack(numbers) if numbers else np.empty((coded.rows, 0))
        there = ~np.isnan(values)
        values = np.where(there, (values - grid.centre) / grid.scale, 0.0)
        rows = np.bincount(groups, minlength=_intervals.GROUPS)
        gone = missingness.gone(coded, list(coded.missing), groups)
        return cls(rows, tables, trend.sums(values, there, groups), gone)

    def __add__(self, other: Counts) -> Counts:
        tables = {key: table + other.tables[key] for key, table in self.tables.items()}
        return Counts(self.rows + other.rows, tables, self.sums + other.sums, self.gone + other.gone)


def _alone(grid: Grid, coded: Coded, name: str) -> tuple[NDArray[np.int64], int]:
    """The cell of each row by one column, -1 for a missing one, and how many cells there are."""
    if name in coded.codes:
        known = len(grid.levels[name])
        return np.minimum(coded.codes[name] - 1, known), known + 1
    cuts = grid.cuts[name]
    return np.where(coded.missing[name], -1, np.searchsorted(cuts, coded.numbers[name], side="left")), len(cuts) + 1


def _paired(grid: Grid, coded: Coded, name: str) -> tuple[NDArray[np.int64], int]:
    """The same for the pairs of a column, a missing cell being one of its levels."""
    if name in coded.codes:
        most = min(len(grid.levels[name]), LEVELS) + 1
        return np.minimum(coded.codes[name], most), most + 1
    edges = grid.edges.get(name)
    if edges is None:
        return np.zeros(coded.rows, np.int64), 1
    return np.digitize(coded.numbers[name], edges), len(edges) + 1


def fidelity(grid: Grid, train: Counts, holdout: Counts, synthetic: Counts) -> list[Score]:
    """The scores of `shape`, `trend` and `missingness` over all rows counted.

    Against train they are not given: with other numbers of rows than the holdout has, they would not compare.
    """
    n = int(min(holdout.rows.sum(), synthetic.rows.sum()))
    found: list[Score] = []
    measures = (("shape", _shapes, _against.mean), ("trend", _trends, _against.mean),
                ("missingness", _gaps, missingness.headline))  # fmt: skip
    for name, measure, headline in measures:
        if value := measure(grid, holdout, synthetic):
            floor = {subject: error[:1] for subject, error in measure(grid, holdout, train).items()}
            scores = _against.scores(
                name, value, floor=floor, train={}, n=n, headline=headline, note=f"Over {n:,} rows."
            )
            found += [score for score in scores if name != "missingness" or len(score.subject) < 2]
    return found


def _shapes(grid: Grid, real: Counts, synthetic: Counts) -> Errors:
    found: Errors = {}
    for subject, counts in real.tables.items():
        if len(subject) > 1 or not counts.any():
            continue
        lines = [_against.without_each(table) for table in (counts, synthetic.tables[subject])]
        gaps = _against.shares(lines[0]) - _against.shares(lines[1])
        if not synthetic.tables[subject].any():
            found[subject] = np.ones(len(gaps))
        elif subject[0] in grid.levels:
            found[subject] = np.abs(gaps).sum(axis=1) / 2
        else:
            found[subject] = np.abs(np.cumsum(gaps, axis=1)).max(axis=1)
    return found


def _trends(grid: Grid, real: Counts, synthetic: Counts) -> Errors:
    gaps = trend.correlation_gaps(*(trend.correlations(_against.without_each(c.sums)) for c in (real, synthetic)))
    place = {name: at for at, name in enumerate(grid.cuts)}
    found: Errors = {}
    for one, two in combinations([subject[0] for subject in real.tables if len(subject) == 1], 2):
        if one in place and two in place:
            if not np.isnan(gaps[0, place[one], place[two]]):
                found[one, two] = np.nan_to_num(gaps[:, place[one], place[two]])
            continue
        shares = [_against.shares(_against.without_each(c.tables[one, two])) for c in (real, synthetic)]
        found[one, two] = np.abs(shares[0] - shares[1]).sum(axis=1) / 2
    return found


def _gaps(grid: Grid, real: Counts, synthetic: Counts) -> Errors:
    kept = np.flatnonzero(sum(np.diagonal(c.gone, axis1=1, axis2=2).sum(axis=0) for c in (real, synthetic)))
    names = [grid.schema.names[at] for at in kept]
    rates = [
        _against.without_each(c.gone[:, kept][:, :, kept]) / _against.without_each(c.rows[:, None, None])
        for c in (real, synthetic)
    ]
    return missingness.differences(np.abs(rates[0] - rates[1]), names)
