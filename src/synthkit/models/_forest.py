"""The law of one column given others, as a bag of trees whose leaves hold donors. Arrays in, arrays out.

To draw, a row falls to a leaf of one tree and takes the target of a donor there; with a small chance that shrinks with
the leaf's size it takes one of the parent's instead. How the trees are grown stands in `_grow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

__all__ = ["Forest", "Given", "Growth", "evenly", "matrix"]

_SHRINK = 0.1  # rows' worth of the parent at least where chances are asked for, so that none is 0
_NEGLIGIBLE = 1e-4  # of a chance, that nodes further up can still add to it
_SMALL = 2**22  # places up to here are counted before they are sorted
_GOLDEN = (5**0.5 - 1) / 2  # its multiples are spread over [0, 1) as evenly as any number's


@dataclass(frozen=True, slots=True)
class Given:
    """A column that others are predicted from.

    Args:
        codes: level codes (int32), or ranks (float32) of a number.
        size: how many levels; 0 for ranks.
    """

    codes: np.ndarray
    size: int


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees grow.

    Args:
        trees: in a bag; None for what `bag` says.
        leaf: rows that a leaf needs at least before pruning, for a categorical target.
        wide_leaf: the same for a numeric one.
        shrink: rows' worth of the parent in the law of a leaf.
    """

    trees: int | None = None
    leaf: int = 3
    wide_leaf: int = 10
    shrink: float = 2.0


@dataclass(frozen=True)
class Forest:
    """A grown bag; nodes of all trees stand in one array each.

    Args:
        roots: the first node of each tree.
        feature: column a node splits on, -1 in a leaf.
        threshold: left if the feature is at most this.
        left, right, parent: other nodes (-1: none).
        start, stop: the node's donors are `donors[start:stop]`; an inner node's cover its subtree's.
        donors: values of the target, ascending in each leaf.
        orders: for each tree and each level column in turn, the rank of each level, in one array.
        shrink: see `Growth`.
    """

    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    parent: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    donors: np.ndarray
    orders: np.ndarray
    shrink: float

    def draw(self, givens: Sequence[Given], n: int, rng: np.random.Generator) -> np.ndarray:
        """One value of the target for each of `n` rows of `givens`.

        Each row's value follows the law of its leaf, but not independently of the others: among rows of the same or of
        neighbouring leaves the donors are drawn evenly, so that shares and quantiles of many rows stray from the law
        by far less than chance would have them (array-RQMC: L'Ecuyer, Lecot and Tuffin 2008).
        """
        count = len(self.roots)
        tree = rng.permutation((np.arange(n) + rng.integers(count)) % count)
        node = np.empty(n, np.int64)
        for at in range(len(self.roots)):
            rows = np.flatnonzero(tree == at)
            node[rows] = self._fall(at, [Given(g.codes[rows], g.size) for g in givens], len(rows))
        node = self._climb(node, rng)
        width = self.stop[node] - self.start[node]
        drawn: np.ndarray = self.donors[self.start[node] + (evenly(self.start[node], rng) * width).astype(np.int64)]
        return drawn

    def chances(self, givens: Sequence[Given], donors: np.ndarray, asked: np.ndarray, size: int) -> np.ndarray:
        """(n,) chance of a class of the target in each row of `givens`: the law that `draw` draws from.

        Args:
            givens: columns, with n rows.
            donors: the class of each of the donors, from 0 to size - 1.
            asked: (n,) classes asked for.
            size: how many there are; above the roots, all are as likely.
        """
        total = len(donors)
        sorted_by_class = np.sort(donors.astype(np.int64) * total + np.arange(total))
        found = np.zeros(len(asked))
        for at in range(len(self.roots)):
            node = self._fall(at, givens, len(asked))
            found += self._told(node, sorted_by_class, asked.astype(np.int64) * total, size)
        return found / len(self.roots)

    def _told(self, node: np.ndarray, sorted_by_class: np.ndarray, begin: np.ndarray, size: int) -> np.ndarray:
        """The chance of a class in each leaf, shrunk to its parent's, that to its own parent's, and so on."""
        shrink, found, left = max(self.shrink, _SHRINK), np.zeros(len(node)), np.ones(len(node))
        moving = np.arange(len(node))
        while len(moving):
            here = node[moving]
            start, stop = self.start[here], self.stop[here]
            low, high = (np.searchsorted(sorted_by_class, begin[moving] + end) for end in (start, stop))
            found[moving] += left[moving] * (high - low) / (stop - start + shrink)
            left[moving] *= shrink / (stop - start + shrink)
            above = self.parent[here]
            top = moving[above < 0]
            found[top] += left[top] / size
            on = (above >= 0) & (left[moving] > _NEGLIGIBLE * found[moving])
            moving, above = moving[on], above[on]
            node[moving] = above
        return found

    def _fall(self, at: int, givens: Sequence[Given], n: int) -> np.ndarray:
        """The leaf of tree `at` that each row reaches."""
        node = np.full(n, self.roots[at], np.int64)
        if not givens or n == 0:
            return node
        seen = matrix(givens, self._orders_of(at, givens))
        cells, width = seen.ravel(), seen.shape[1]
        below = np.column_stack([self.right, self.left]).ravel()
        rows, here = np.arange(n), node
        while True:
            feature = self.feature[here]
            on = np.flatnonzero(feature >= 0)
            if len(on) < len(rows):
                node[rows] = here
                rows, here, feature = rows[on], here[on], feature[on]
            if not len(rows):
                return node
            goes_left = cells[rows * width + feature] <= self.threshold[here]
            here = below[2 * here + goes_left]

    def _climb(self, node: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Move some rows to their parent: all from a node without donors, else with chance shrink / (shrink + size)."""
        moving = np.arange(len(node))
        while len(moving):
            here = node[moving]
            size = self.stop[here] - self.start[here]
            up = (rng.random(len(here)) * (self.shrink + size) < self.shrink) | (size == 0)
            up &= self.parent[here] >= 0
            moving = moving[up]
            node[moving] = self.parent[node[moving]]
        return node

    def _orders_of(self, at: int, givens: Sequence[Given]) -> list[np.ndarray]:
        sizes = [g.size for g in givens]
        begin = at * sum(sizes)
        ends = begin + np.cumsum(sizes)
        return [self.orders[end - size : end] for end, size in zip(ends, sizes, strict=True)]

    def arrays(self) -> dict[str, np.ndarray]:
        """All fields as arrays, for a model's file."""
        return {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Forest:
        """Read what `arrays` gave."""
        shrink = float(arrays["shrink"])
        return cls(**{name: part for name, part in arrays.items() if name != "shrink"}, shrink=shrink)


def matrix(givens: Sequence[Given], orders: Sequence[np.ndarray]) -> np.ndarray:
    """What a tree splits on: ranks of numbers, and levels by their place in an order made for the target."""
    columns = [order[g.codes] if g.size else g.codes for g, order in zip(givens, orders, strict=True)]
    return np.column_stack(columns).astype(np.float32)


def evenly(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Numbers in [0, 1), each uniform by itself, and evenly spread over any run of places (Kronecker's sequence)."""
    order = _sorted(place, rng.random(len(place)))
    part = np.empty(len(place))
    part[order] = (rng.random() + _GOLDEN * np.arange(len(place))) % 1.0
    return part


def _sorted(place: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """`np.lexsort((chance, place))`, in half the time where places are small whole numbers."""
    if place.dtype.kind not in "iu" or not len(place) or place.min() < 0 or place.max() >= _SMALL:
        return np.lexsort((chance, place))
    ranks = (np.cumsum(np.bincount(place) > 0) - 1)[place]
    few = ranks.astype(np.uint16) if ranks.max() < 2**16 else ranks  # so few are sorted by counting
    order = np.argsort(chance)
    return order[np.argsort(few[order], kind="stable")]
