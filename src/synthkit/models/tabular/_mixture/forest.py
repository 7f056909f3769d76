"""The levels of a row within each component of a mixture: each column given at most one other (Chow and Liu 1968)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Forest", "Levels", "narrow"]

_WIDE, _ALL = 64, 600  # levels of a column, and of all together, that still take part in the search for relations


def narrow(sizes: Sequence[int]) -> np.ndarray:
    """Columns whose relations are looked for."""
    few = np.flatnonzero((np.asarray(sizes, int) <= _WIDE) & (np.asarray(sizes, int) > 1))
    return few[np.cumsum(np.asarray(sizes, int)[few]) <= _ALL]


@dataclass(frozen=True)
class Forest:
    """Which column is given which.

    Args:
        sizes: levels of each column.
        parents: of each column, or -1.
        order: of the columns, parents first.
    """

    sizes: tuple[int, ...]
    parents: tuple[int, ...]
    order: tuple[int, ...]

    @classmethod
    def bare(cls, sizes: Sequence[int]) -> Forest:
        """No column given any other."""
        return cls(tuple(sizes), (-1,) * len(sizes), tuple(range(len(sizes))))

    @classmethod
    def of(cls, codes: np.ndarray, sizes: Sequence[int], chances: np.ndarray, price: float) -> Forest:
        """The forest that makes rows likeliest, within components, of relations that are worth their parameters.

        Args:
            codes: (n, s) levels.
            sizes: levels of each column.
            chances: (n, k) of the components, in each row.
            price: of a parameter, in units of the Bayesian information criterion's.
        """
        few = narrow(sizes)
        if not np.isfinite(price) or len(few) < 2:
            return cls.bare(sizes)
        gains = _gains(codes[:, few], [sizes[at] for at in few], chances, price)
        parents, order = [-1] * len(sizes), []
        left = {*range(len(few))}
        best, giver = np.zeros(len(few)), np.full(len(few), -1)
        while left:
            pick = max(left, key=lambda at: (best[at], gains[at].max(), -at))
            left.remove(pick)
            order.append(int(few[pick]))
            parents[few[pick]] = int(few[giver[pick]]) if giver[pick] >= 0 else -1
            better = gains[pick] > best
            best, giver = np.where(better, gains[pick], best), np.where(better, pick, giver)
        others = [at for at in range(len(sizes)) if at not in set(order)]
        return cls(tuple(sizes), tuple(parents), (*order, *others))

    @cached_property
    def given(self) -> tuple[int, ...]:
        """How many levels the parent of each column has; 1 without a parent."""
        return tuple(1 if up < 0 else self.sizes[up] for up in self.parents)

    @cached_property
    def starts(self) -> np.ndarray:
        """Where the cells of each column's table begin, all tables one after the other, and their end."""
        ends: np.ndarray = np.r_[0, np.cumsum(np.multiply(self.given, self.sizes))].astype(np.int64)
        return ends

    def cells(self, codes: np.ndarray) -> np.ndarray:
        """(n, s) which cell of its table each level is."""
        up = np.zeros(codes.shape, np.int64)
        for at, parent in enumerate(self.parents):
            if parent >= 0:
                up[:, at] = codes[:, parent]
        return np.asarray(self.starts[:-1] + up * np.asarray(self.sizes, int) + codes)

    def design(self, codes: np.ndarray) -> csr_matrix:
        """(n, cells) which cells a row is in."""
        from scipy.sparse import csr_matrix

        cells = self.cells(codes)
        ends = np.arange(len(cells) + 1) * len(self.sizes)
        return csr_matrix((np.ones(cells.size), cells.ravel(), ends), (len(cells), int(self.starts[-1])))

    def split(self, tables: np.ndarray) -> list[np.ndarray]:
        """(k, cells) as one (k, levels of the parent, levels) table a column."""
        ends = self.starts
        return [
            tables[:, ends[at] : ends[at + 1]].reshape(len(tables), given, size)
            for at, (given, size) in enumerate(zip(self.given, self.sizes, strict=True))
        ]

    def shares(self, counts: np.ndarray, base: np.ndarray, weight: float, pure: int | None = None) -> np.ndarray:
        """(k, cells) chances of levels, from (k, cells) counts and as many as `weight` rows of `base` (1, cells).

        The column `pure`, if there is one, is drawn towards nothing.
        """
        weights = [1e-9 if at == pure else weight for at in range(len(self.sizes))]
        parts = zip(self.split(counts), self.split(base), weights, strict=True)
        found = [
            ((held + own_rows * own) / (held.sum(2, keepdims=True) + own_rows)).reshape(len(counts), -1)
            for held, own, own_rows in parts
        ]
        return np.hstack(found) if found else np.zeros((len(counts), 0))

    def base(self, counts: np.ndarray) -> np.ndarray:
        """(1, cells) what all components are drawn towards: the pooled tables, drawn to the columns' own laws."""
        whole = counts.sum(0, keepdims=True)
        own = [np.broadcast_to(_law(t.sum(1, keepdims=True)), t.shape).reshape(1, -1) for t in self.split(whole)]
        return self.shares(whole, np.hstack(own), 1.0) if own else whole


def _law(counts: np.ndarray) -> np.ndarray:
    total = counts.sum(2, keepdims=True)
    return np.asarray(np.where(total > 0, counts / np.maximum(total, 1e-300), 1 / counts.shape[2]))


def _gains(codes: np.ndarray, sizes: Sequence[int], chances: np.ndarray, price: float) -> np.ndarray:
    """(s, s) nats that rows gain where one column is given another, less the price of its parameters."""
    from scipy.sparse import csr_matrix

    (n, k), width = chances.shape, codes.shape[1]
    starts = np.r_[0, np.cumsum(sizes)].astype(np.int64)
    cells = (starts[:-1] + codes).ravel()
    hot = csr_matrix((np.ones(len(cells)), cells, np.arange(n + 1) * width), (n, int(starts[-1])))
    turned = hot.T.tocsr()
    pairs = (turned @ hot).tocoo()  # few of all pairs of levels occur, and only they say anything
    said = np.zeros(pairs.nnz)
    for share in chances.T:
        alone, turned.data = hot.T @ share, share[turned.indices]
        joint = (turned @ hot).data
        free = alone[pairs.row] * alone[pairs.col] / max(share.sum(), 1e-300)
        said += np.where(joint > 0, joint * np.log(np.maximum(joint, 1e-300) / np.maximum(free, 1e-300)), 0.0)
    information = np.zeros((starts[-1], starts[-1]))
    information[pairs.row, pairs.col] = said
    gains = np.add.reduceat(np.add.reduceat(information, starts[:-1], 0), starts[:-1], 1)
    # Tables of the components are drawn together, so their number counts by its root.
    cost = price * np.sqrt(k) * np.outer(np.subtract(sizes, 1), np.subtract(sizes, 1)) * np.log(n) / 2
    gains -= cost
    np.fill_diagonal(gains, -1.0)
    return gains


@dataclass(frozen=True)
class Levels:
    """The chances of levels in each of k components.

    Args:
        forest: which column is given which.
        tables: (k, cells).
    """

    forest: Forest
    tables: np.ndarray

    def log(self, design: csr_matrix) -> np.ndarray:
        """(n, k) log chances of rows whose levels are all known."""
        return np.asarray(design @ np.log(np.maximum(self.tables, 1e-300)).T)

    def each(self, codes: np.ndarray) -> np.ndarray:
        """(n, k, s) log chance of each level given all others."""
        tables = [np.log(np.maximum(table, 1e-300)) for table in self.forest.split(self.tables)]
        parents, rows = self.forest.parents, np.arange(len(codes))
        found = []
        for at, table in enumerate(tables):
            if parents[at] < 0 and at not in parents:
                found.append(table[:, 0, codes[:, at]].T)
                continue
            up = codes[:, parents[at]] if parents[at] >= 0 else np.zeros(len(codes), int)
            whole = table[:, up, :].copy()  # (k, n, size)
            for child in np.flatnonzero(np.equal(parents, at)):
                whole += tables[child][:, :, codes[:, child]].transpose(0, 2, 1)
            top = whole.max(2)
            total = top + np.log(np.exp(whole - top[:, :, None]).sum(2))
            found.append((whole[:, rows, codes[:, at]] - total).T)
        return np.stack(found, 2) if found else np.zeros((len(codes), len(self.tables), 0))
