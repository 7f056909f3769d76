"""Exact nearest neighbours between mixed rows.

Exact on purpose: an approximate search that misses a neighbour lengthens distances and flatters privacy. To bound the
cost of large tables fewer rows are asked about; the rows searched are never thinned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.metrics._threads import each

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from synthkit.metrics._codes import Coded

__all__ = ["QUERIES", "Points", "Space", "asked", "nearest", "nearest_by_group", "nearest_rows", "summed"]

QUERIES = 5_000
FEWEST = 500
PAIRS = 1e9
CELLS = 1_000_000  # distances held at once by a thread: 8 MB, which stays in the cache

FAR = 1e12
"""Ranges of the train rows from their median beyond which all numbers are equally far."""
TIE = 1e-9
"""Distances closer than this are equal: sums of floats in another order differ in their last bits."""


@dataclass(frozen=True, slots=True)
class Points:
    """Rows in a space: scaled numbers (rows, numbers) and codes (rows, discrete columns and missing flags)."""

    numbers: NDArray[np.float64]
    codes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: NDArray[Any]) -> Points:
        """The rows at these positions."""
        return Points(self.numbers[rows], self.codes[rows])


@dataclass(frozen=True, slots=True)
class Space:
    """The distance between rows: a number's scaled difference, or 1 for another category, summed over columns.

    A number is scaled by the range from the 1st to the 99th percentile of the train rows, so that one outlier does not
    make all others neighbours (by the whole range where those two are equal, by 1 where that is 0). A missing cell is
    a category of its own; a missing number also stands at the train median.

    Args:
        centre: train median of each number.
        scale: range of each number.
    """

    centre: dict[str, float]
    scale: dict[str, float]

    @classmethod
    def of(cls, train: Coded) -> Space:
        """The space the train rows span."""
        centre, scale = {}, {}
        for name, cells in train.numbers.items():
            there = cells[~np.isnan(cells)]
            low, middle, high = np.quantile(there, [0.01, 0.5, 0.99]) if len(there) else (0.0, 0.0, 0.0)
            with np.errstate(over="ignore"):
                whole = float(np.ptp(there)) if len(there) else 0.0
                wide = float(high - low) or whole or 1.0
            centre[name], scale[name] = float(middle), min(wide, float(np.finfo(float).max))
        return cls(centre, scale)

    def points(self, table: Coded) -> Points:
        """The table's rows in this space."""
        with np.errstate(over="ignore"):
            numbers = [
                np.clip(
                    (np.where(table.missing[n], self.centre[n], table.numbers[n]) - self.centre[n]) / self.scale[n],
                    -FAR,
                    FAR,
                )
                for n in table.numbers
            ]
        codes = [*table.codes.values(), *(table.missing[n] for n in table.numbers)]
        return Points(
            np.ascontiguousarray(np.array(numbers, dtype=np.float64).reshape(len(numbers), table.rows).T),
            np.array(codes, dtype=np.int64).reshape(len(codes), table.rows).T,
        )


def asked(points: Points, index: int, rng: np.random.Generator) -> Points:
    """The rows to ask about: at most `QUERIES`, fewer (but `FEWEST`) where the `index` rows to search are very many."""
    most = int(np.clip(PAIRS / max(index, 1), FEWEST, QUERIES))
    return points if len(points) <= most else points.take(np.sort(rng.choice(len(points), most, replace=False)))


def nearest(queries: Points, index: Points, count: int = 1) -> NDArray[np.float64]:
    """Distances from each query to its `count` nearest rows of `index`, nearest first: (queries, count)."""

    def reduce(distances: NDArray[np.float64]) -> NDArray[np.float64]:
        if count == 1:
            return np.asarray(distances.min(axis=1, keepdims=True))
        return np.sort(np.partition(distances, count - 1, axis=1)[:, :count], axis=1)

    return _blocks(queries, index, reduce)


def nearest_rows(queries: Points, index: Points, count: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances from each query to its `count` nearest rows of `index`, in no order, and which rows these are."""

    def reduce(distances: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = np.argpartition(distances, count - 1, axis=1)[:, :count]
        return np.stack([np.take_along_axis(distances, rows, axis=1), rows.astype(np.float64)], axis=2)

    found = _blocks(queries, index, reduce)
    return found[:, :, 0], found[:, :, 1].astype(np.int64)


def summed(
    queries: Points, index: Points, kernel: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """For each query the sum over `index` of a function of the distance: (queries,)."""
    return _blocks(queries, index, lambda d: np.asarray(kernel(d).sum(axis=1)))


def nearest_by_group(queries: Points, index: Points, groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distance from each query to the nearest row of each group of `index`, none empty: (queries, groups)."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(groups.max() + 1))
    return _blocks(queries, index.take(order), lambda d: np.minimum.reduceat(d, starts, axis=1))


def _blocks(
    queries: Points, index: Points, reduce: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """`reduce` of the distances of each block of queries to the whole index, stacked."""
    # Small integers compare eight or four times faster than 64-bit ones.
    most = max((int(p.codes.max()) for p in (queries, index) if p.codes.size), default=0)
    kind = np.uint8 if most < 256 else np.uint16 if most < 65_536 else np.uint32
    mine, theirs = queries.codes.astype(kind), np.ascontiguousarray(index.codes.T.astype(kind))
    size = max(1, CELLS // max(1, len(index)))

    def block(start: int) -> NDArray[np.float64]:
        rows = slice(start, start + size)
        return reduce(_distances(queries.numbers[rows], index.numbers, mine[rows], theirs))

    return np.concatenate(each(block, range(0, len(queries), size)))


def _distances(
    numbers: NDArray[np.float64], others: NDArray[np.float64], codes: NDArray[Any], columns: NDArray[Any]
) -> NDArray[np.float64]:
    from scipy.spatial.distance import cdist

    shape = (len(numbers), len(others))
    found = cdist(numbers, others, "cityblock") if numbers.shape[1] else np.zeros(shape)
    mismatches = np.zeros(shape, dtype=np.uint8 if len(columns) < 256 else np.uint16)
    for place, column in enumerate(columns):
        np.add(mismatches, codes[:, place, None] != column, out=mismatches)
    found += mismatches
    return np.asarray(found)
