"""A junction tree over a few columns: exact marginals of a product of factors, and rows drawn from it.

References: Koller and Friedman (2009), chapter 10; McKenna, Sheldon and Miklau (2019), graphical-model based inference.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["JunctionTree", "project", "spread"]

Columns = tuple[int, ...]
Factors = Mapping[Columns, "NDArray[np.float64]"]


@dataclass(frozen=True)
class JunctionTree:
    """Cliques of columns and the edges between them, in an order in which every clique comes after its parent.

    Args:
        sizes: how many values each column has.
        cliques: ascending places of columns.
        parents: of each clique the place of its parent in `cliques`, -1 for the root of each component.
    """

    sizes: tuple[int, ...]
    cliques: tuple[Columns, ...]
    parents: tuple[int, ...]

    @classmethod
    def of(cls, sizes: Sequence[int], wanted: Iterable[Columns]) -> Self:
        """A tree in which each of the wanted sets of columns lies within a clique, and each column in one."""
        cliques = _maximal(_eliminated(sizes, [*wanted, *((at,) for at in range(len(sizes)))]))
        order, parents = _spanned(cliques)
        return cls(tuple(sizes), tuple(cliques[at] for at in order), tuple(parents))

    @property
    def cells(self) -> int:
        """Of all cliques together: what a marginal costs in time and memory."""
        return sum(math.prod(self.sizes[c] for c in clique) for clique in self.cliques)

    def shape(self, clique: Columns) -> tuple[int, ...]:
        """Of its table."""
        return tuple(self.sizes[c] for c in clique)

    def home(self, columns: Columns) -> Columns:
        """The smallest clique that holds these columns."""
        held = [clique for clique in self.cliques if set(columns) <= set(clique)]
        return min(held, key=lambda clique: math.prod(self.shape(clique)))

    def joint(self, marginals: Factors, one: int, other: int) -> NDArray[np.float64]:
        """The probabilities of two columns (a row for each value of `one`), wherever in the tree they are."""
        path = self._path(one, other)
        if not path:
            each = [project(marginals[home], home, (c,)) for c in (one, other) for home in [self.home((c,))]]
            return np.outer(*each)
        operands: list[Any] = []
        for at, clique in enumerate(path):
            between = [_shared(clique, beside) for beside in path[max(0, at - 1) : at + 2] if beside != clique]
            kept = tuple(c for c in clique if c in {one, other}.union(*between))
            operands += [project(marginals[clique], clique, kept), list(kept)]
            if at:
                held = project(marginals[clique], clique, between[0])
                operands += [np.divide(1, held, out=np.zeros_like(held), where=held > 0), list(between[0])]
        return np.asarray(np.einsum(*operands, [one, other], optimize="greedy"))

    def _path(self, one: int, other: int) -> list[Columns]:
        """The cliques from one that holds the first column to one that holds the other; none if nothing joins them."""
        near: dict[int, list[int]] = {at: [] for at in range(len(self.cliques))}
        for at, up in enumerate(self.parents):
            if up >= 0:
                near[at].append(up)
                near[up].append(at)
        starts = [at for at, clique in enumerate(self.cliques) if one in clique]
        before = dict.fromkeys(starts, -1)
        queue = deque(starts)
        while queue:
            at = queue.popleft()
            if other in self.cliques[at]:
                path = [at]
                while before[path[-1]] >= 0:
                    path.append(before[path[-1]])
                return [self.cliques[place] for place in reversed(path)]
            for beside in near[at]:
                if beside not in before:
                    before[beside] = at
                    queue.append(beside)
        return []

    def marginals(self, factors: Factors) -> dict[Columns, NDArray[np.float64]]:
        """The probabilities of each clique's cells under the product of exp(factor)."""
        beliefs = {clique: np.zeros(self.shape(clique)) for clique in self.cliques}
        for columns, factor in factors.items():
            home = self.home(columns)
            beliefs[home] += spread(factor, columns, home)
        sent: list[NDArray[np.float64]] = [np.zeros(())] * len(self.cliques)
        for at in reversed(range(len(self.cliques))):
            if (up := self.parents[at]) >= 0:
                clique, parent = self.cliques[at], self.cliques[up]
                between = _shared(clique, parent)
                sent[at] = _logsum(beliefs[clique], clique, between)
                beliefs[parent] += spread(sent[at], between, parent)
        for at, (clique, up) in enumerate(zip(self.cliques, self.parents, strict=True)):
            if up >= 0:
                between = _shared(clique, self.cliques[up])
                down = _logsum(beliefs[self.cliques[up]], self.cliques[up], between) - sent[at]
                beliefs[clique] += spread(down, between, clique)
        return {clique: _normal(belief) for clique, belief in beliefs.items()}


def project(table: NDArray[np.float64], columns: Columns, onto: Columns) -> NDArray[np.float64]:
    """The table summed over the columns that are not in `onto`."""
    return np.asarray(table.sum(axis=tuple(at for at, c in enumerate(columns) if c not in onto)))


def spread(table: NDArray[np.float64], columns: Columns, onto: Columns) -> NDArray[np.float64]:
    """The table with an axis of one for each column of `onto` that it lacks."""
    sizes = dict(zip(columns, table.shape, strict=True))
    return table.reshape([sizes.get(c, 1) for c in onto])


def _shared(one: Columns, other: Columns) -> Columns:
    return tuple(c for c in one if c in other)


def _logsum(table: NDArray[np.float64], columns: Columns, onto: Columns) -> NDArray[np.float64]:
    axes = tuple(at for at, c in enumerate(columns) if c not in onto)
    top = table.max(axis=axes, keepdims=True)
    return np.asarray(np.log(np.exp(table - top).sum(axis=axes)) + top.squeeze(axes))


def _normal(belief: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(belief - belief.max())
    return np.asarray(weights / weights.sum())


def _eliminated(sizes: Sequence[int], wanted: Iterable[Columns]) -> list[frozenset[int]]:
    """The cliques that appear when columns are taken out one by one, the one with the smallest clique first."""
    near: dict[int, set[int]] = {at: set() for at in range(len(sizes))}
    for columns in wanted:
        for one, other in combinations(columns, 2):
            near[one].add(other)
            near[other].add(one)
    cliques = []
    while near:
        out = min(near, key=lambda at: (sizes[at] * math.prod(sizes[o] for o in near[at]), at))
        others = near.pop(out)
        cliques.append(frozenset({out, *others}))
        for one in others:
            near[one] |= others
            near[one] -= {one, out}
    return cliques


def _maximal(cliques: list[frozenset[int]]) -> list[Columns]:
    kept: list[frozenset[int]] = []
    for clique in sorted(cliques, key=lambda c: (-len(c), sorted(c))):
        if not any(clique <= other for other in kept):
            kept.append(clique)
    return [tuple(sorted(clique)) for clique in kept]


def _spanned(cliques: Sequence[Columns]) -> tuple[list[int], list[int]]:
    """A spanning forest with the largest separators (Prim): the order of the cliques, and their parents in it."""
    order: list[int] = []
    parents: list[int] = []
    left = set(range(len(cliques)))
    while left:
        best = max(
            ((len(_shared(cliques[a], cliques[b])), -a, -at) for a in left for at, b in enumerate(order)),
            default=(0, 0, 0),
        )
        chosen, parent = (-best[1], -best[2]) if best[0] else (min(left), -1)
        left.remove(chosen)
        order.append(chosen)
        parents.append(parent)
    return order, parents
