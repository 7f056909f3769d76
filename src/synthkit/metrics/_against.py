"""The one way fidelity is judged: synthetic against the holdout, beside train against the holdout and against train."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _codes, _intervals
from synthkit.metrics.base import Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._codes import Coded
    from synthkit.metrics.base import Reference

__all__ = [
    "Errors", "Groups", "by_group", "errors", "left_out_shares", "mean", "scores", "shares", "without_each",
]  # fmt: skip

Groups = tuple["NDArray[np.int64]", "NDArray[np.int64]"]
"""The jackknife group of each row of the real and of the synthetic table."""

Errors = dict[tuple[str, ...], "NDArray[np.float64]"]
"""Subject -> its error, followed (if groups were given) by the error with each group left out."""

Measure = Callable[["Coded", "Coded", Groups | None], Errors]
Headline = Callable[[Errors], "NDArray[np.float64]"]


def mean(found: Errors) -> NDArray[np.float64]:
    """The plain mean over subjects."""
    return np.asarray(np.mean(list(found.values()), axis=0))


def errors(
    name: str,
    measure: Measure,
    real: Reference,
    synthetic: Table,
    *,
    rng: np.random.Generator,
    headline: Headline = mean,
    note: str = "",
) -> list[Score]:
    """The headline and the details of an error between two tables, each in [0, 1].

    The floor takes as many train rows as there are synthetic rows (if train has that many), so that both carry the same
    sampling noise.
    """
    sides = _codes.sides(real)
    rows = _codes.ROWS
    fake = sides.code(synthetic).subsample(rows, rng)
    holdout = real.once("capped holdout", lambda: sides.holdout.subsample(rows, rng_.stream(real.seed, "holdout")))
    size = min(fake.rows, sides.train.rows, rows)
    floor = real.once(
        f"{name} floor {size}",
        lambda: measure(holdout, sides.train.subsample(size, rng_.stream(real.seed, "floor", size)), None),
    )
    groups = (_intervals.groups(holdout.rows, rng), _intervals.groups(fake.rows, rng))
    enough = min(holdout.rows, fake.rows) >= 2 * _intervals.GROUPS
    value = measure(holdout, fake, groups if enough else None)
    if not value:
        return []
    train = measure(sides.mirror.subsample(rows, rng), fake, None)
    n = min(holdout.rows, fake.rows)

    return scores(name, value, floor=floor, train=train, n=n, headline=headline, note=note)


def scores(
    name: str, value: Errors, *, floor: Errors, train: Errors, n: int, headline: Headline = mean, note: str = ""
) -> list[Score]:
    """The headline and the details of an error.

    Args:
        name: of the metric.
        value: of synthetic rows against the holdout, one subject at least.
        floor: of train rows against it.
        train: of synthetic rows against train rows.
        n: rows that the value rests on.
        headline: of all subjects.
        note: of the headline.
    """

    def score(subject: tuple[str, ...], pick: Callable[[Errors], NDArray[np.float64] | None]) -> Score:
        found = pick(value)
        assert found is not None
        error = float(found[0])
        interval = _intervals.jackknife(error, found[1:], 0.0, 1.0) if len(found) > 1 else None
        return Score(
            name,
            "fidelity",
            error,
            "lower",
            subject,
            floor=_first(pick(floor)),
            train=_first(pick(train)),
            ci=interval,
            n=n,
            note="" if subject else note,
        )

    def of(subject: tuple[str, ...]) -> Callable[[Errors], NDArray[np.float64] | None]:
        return lambda found: found.get(subject)

    return [score((), lambda found: headline(found) if found else None), *(score(s, of(s)) for s in value)]


def _first(found: NDArray[np.float64] | None) -> float | None:
    return None if found is None else float(found[0])


def left_out_shares(codes: NDArray[np.int64], cells: int, groups: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """The share of rows in each cell: of all rows (first line), then of the rows without each group.

    Args:
        codes: the cell of each row; negative for rows that do not count.
        cells: how many cells there are.
        groups: the group of each row, or None for the first line alone.

    Returns:
        Array (1 + groups, cells); zeros where no row is left.
    """
    if groups is None:
        return shares(np.bincount(codes[codes >= 0], minlength=cells)[None, :])
    return shares(without_each(by_group(codes, cells, groups)))


def by_group(codes: NDArray[np.int64], cells: int, groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """(groups, cells) rows in each cell; rows of a negative code do not count."""
    keys = (groups * cells + codes)[codes >= 0]
    return np.bincount(keys, minlength=_intervals.GROUPS * cells).reshape(_intervals.GROUPS, cells)


def without_each(apart: NDArray[Any]) -> NDArray[Any]:
    """Sums by group (first axis) as those of all rows, then of the rows without each group."""
    total = apart.sum(axis=0, keepdims=True)
    return np.concatenate([total, total - apart])


def shares(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Each line of counts as shares; zeros where it counts nothing."""
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
