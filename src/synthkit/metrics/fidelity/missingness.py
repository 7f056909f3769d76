"""Missing cells: as often, and in the same rows together, as in the real table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics import _against, _intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._against import Errors, Groups
    from synthkit.metrics._codes import Coded
    from synthkit.metrics.base import Family, Reference, Score

__all__ = ["METRIC", "Missingness", "differences", "gone", "headline"]


class Missingness:
    """Error of the missing cells: how often each column lacks a value, and each pair of columns together.

    The headline is the mean of two means: over columns, of the difference of missing shares; over pairs of columns, of
    the difference of the shares of rows that lack both. Columns without a missing cell in any table are left out; ids
    and texts count.
    """

    name: ClassVar[str] = "missingness"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Missing cells"
    question: ClassVar[str] = (
        "Are cells missing as often, and in the same rows together, as in the real table? 0 % is identical."
    )

    def __call__(self, real: Reference, synthetic: Table, *, rng: np.random.Generator) -> list[Score]:
        tables = (real.train, real.holdout, synthetic)
        names = [c.name for c in real.schema if any(t.frame[c.name].isna().any() for t in tables)]
        if not names:
            return []

        def measure(one: Coded, other: Coded, groups: Groups | None) -> Errors:
            return gaps(one, other, groups, names)

        found = _against.errors("missingness", measure, real, synthetic, rng=rng, headline=headline)
        return [score for score in found if len(score.subject) < 2]


METRIC = Missingness()


def gaps(real: Coded, synthetic: Coded, groups: Groups | None, names: list[str]) -> Errors:
    """The difference of missing shares by column, and of shares of rows that lack both by pair."""
    mine, theirs = (None, None) if groups is None else groups
    return differences(np.abs(_rates(real, names, mine) - _rates(synthetic, names, theirs)), names)


def differences(gap: NDArray[np.float64], names: list[str]) -> Errors:
    """(lines, columns, columns) differences by their subjects."""
    found: Errors = {(name,): gap[:, i, i] for i, name in enumerate(names)}
    found |= {(a, b): gap[:, i, j] for i, a in enumerate(names) for j, b in enumerate(names) if i < j}
    return found


def _rates(table: Coded, names: list[str], groups: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Shares of rows that lack both columns (on the diagonal: that one); of all rows, then without each group."""
    counts = gone(table, names, groups)
    if groups is None:
        return counts / table.rows
    rows = np.bincount(groups, minlength=_intervals.GROUPS)[:, None, None]
    return np.asarray(_against.without_each(counts) / _against.without_each(rows))


def gone(table: Coded, names: list[str], groups: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """(groups, columns, columns) rows that lack both; one group where none are given."""
    lacks = np.column_stack([table.missing[name] for name in names]).astype(float)
    parts = [lacks] if groups is None else [lacks[groups == g] for g in range(_intervals.GROUPS)]
    return np.stack([part.T @ part for part in parts])


def headline(found: Errors) -> NDArray[np.float64]:
    """The mean of the columns' and of the pairs' means."""
    parts = [[gap for subject, gap in found.items() if len(subject) == size] for size in (1, 2)]
    return np.asarray(np.mean([np.mean(part, axis=0) for part in parts if part], axis=0))
