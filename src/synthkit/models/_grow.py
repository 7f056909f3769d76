"""Growing the bag of trees that tells one column from others.

A tree splits on what tells the *distribution* of the target apart, not only its mean: a categorical target by the Gini
index, a numeric one by the squared error over a small basis (its rank, two cosines of the rank, indicators of its
commonest values and of missing).

It is grown large on four fifths of the rows and pruned on the others (reduced-error pruning, Quinlan 1987): a split
stays only if it tells unseen rows apart. That is what keeps leaves from being built round single people: on Adult it
takes the membership attack from an AUC of 0.54 to 0.52 at the same fidelity. Then all rows are donors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.models._forest import Forest, Given, Growth, matrix

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

__all__ = ["bag", "bins_of", "grow"]

_BINS = 16  # quantile bins that stand for a numeric target where levels are put in order
_CLASSES = 64  # classes a split tells apart; further ones are one class for the splits, never for the donors
_COSINES = 3
_ATOMS = 4  # the commonest values are told apart from their neighbours ...
_ATOM_SHARE = 0.01  # ... if more than this share of the rows holds them
_SHAPERS = 0.8  # share of the rows that grows a tree: on Adult less is less faithful, and 0.7 leaks as little
_SEEN = 100_000  # rows: on Adult (32,561) a bag of 16 trees scores as one of 3 does, on tables of a thousand 8 help
_LEAST_TREES, _MOST_TREES = 3, 8
_TREES = 400  # of all columns together, where that leaves each its least
_ROWS = 200_000  # that a tree sees at most
_PRIOR = 5.0  # rows' worth of the overall law in the law of a level, so that a rare level stays in the middle


def grow(target: np.ndarray, size: int, givens: Sequence[Given], growth: Growth, rng: np.random.Generator) -> Forest:
    """Grow the law of `target` given other columns.

    Args:
        target: level codes (int32), or numbers (float64, NaN for missing), one a row.
        size: how many levels the target has; 0 for numbers.
        givens: the columns before it, with the same rows.
        growth: how.
        rng: chooses the rows of each tree.
    """
    if not givens:
        return _root_only(target, growth)
    count = growth.trees or bag(len(target))
    told = _Target.of(target, size)
    trees = [_tree(told, givens, growth, child) for child in rng.spawn(count)]
    return _join(trees, growth)


def bag(rows: int, columns: int = 1) -> int:
    """How many trees a column gets: as many as see `_SEEN` rows together, fewer in wide tables; from 3 to 8.

    >>> bag(1_000), bag(25_000), bag(1_000_000), bag(1_000, columns=200)
    (8, 4, 3, 3)
    """
    return min(max(_SEEN // max(rows, 1), _LEAST_TREES), max(_TREES // max(columns, 1), _LEAST_TREES), _MOST_TREES)


def bins_of(target: np.ndarray, size: int) -> tuple[np.ndarray, int]:
    """A target as a few classes: its commonest levels, or quantile bins with one more for missing; and how many."""
    if size:
        if size <= _CLASSES:
            return target, size
        common = np.argsort(-np.bincount(target, minlength=size), kind="stable")[: _CLASSES - 1]
        place = np.full(size, _CLASSES - 1, np.int32)
        place[common] = np.arange(_CLASSES - 1)
        return place[target], _CLASSES
    filled = np.isfinite(target)
    if not filled.any():
        return np.zeros(len(target), np.int32), 1
    cuts = np.unique(np.quantile(target[filled], np.linspace(0, 1, _BINS + 1)[1:-1], method="nearest"))
    bins = np.searchsorted(cuts, target, side="left").astype(np.int32)
    bins[~filled] = len(cuts) + 1
    return bins, len(cuts) + 2


def _root_only(target: np.ndarray, growth: Growth) -> Forest:
    target = np.sort(target)
    none, zero = np.array([-1]), np.array([0])
    return Forest(
        zero, none, np.zeros(1), none, none, none, zero, np.array([len(target)]), target, np.zeros(0, np.float32),
        growth.shrink,
    )  # fmt: skip


def _order(given: Given, bins: np.ndarray, classes: int) -> np.ndarray:
    """Each level's place along the first principal axis of the target's law given the level (Coppersmith et al. 1999).

    With two classes this is the order by the share of one of them, for which the best split of levels is a cut.
    """
    table = np.bincount(given.codes * classes + bins, minlength=given.size * classes).reshape(given.size, classes)
    total = table.sum(0) / max(table.sum(), 1)
    rows = table.sum(1)
    away = (table + _PRIOR * total) / (rows[:, None] + _PRIOR) - total
    away /= np.sqrt(total + 1e-9)
    _, axes = np.linalg.eigh((away * rows[:, None]).T @ away)
    along = away @ axes[:, -1]
    place = np.empty(given.size, np.float32)
    place[np.argsort(along, kind="stable")] = np.arange(given.size)
    return place


def _basis(target: np.ndarray) -> np.ndarray:
    """What the splits of a numeric target tell apart, one column each."""
    filled = np.isfinite(target)
    values, counts = np.unique(target[filled], return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / max(len(target[filled]), 1)
    rank = np.full(len(target), -0.5)
    rank[filled] = middle[np.searchsorted(values, target[filled])]
    columns = [rank] + [0.35 * np.cos(np.pi * k * rank) for k in range(2, _COSINES + 1)]
    common = [at for at in np.argsort(-counts, kind="stable")[:_ATOMS] if counts[at] > _ATOM_SHARE * len(target)]
    columns += [0.5 * (target == values[at]) for at in common]
    if not filled.all():
        columns.append((~filled).astype(float))
    return np.column_stack(columns)


@dataclass(frozen=True, slots=True)
class _Target:
    """What all trees of a bag share about the column they tell.

    Args:
        values: as they are given out.
        bins: a few classes that stand for them, by which levels are put in order.
        classes: how many.
        basis: what the splits tell apart, one column each.
        said: what scikit-learn is to tell: the bins of a categorical target, the basis of a numeric one.
    """

    values: np.ndarray
    bins: np.ndarray
    classes: int
    basis: np.ndarray
    said: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, size: int) -> _Target:
        bins, classes = bins_of(values, size)
        basis = np.eye(classes)[bins] if size else _basis(values)
        return cls(values, bins, classes, basis, bins if size else basis)


def _tree(target: _Target, givens: Sequence[Given], growth: Growth, rng: np.random.Generator) -> dict[str, np.ndarray]:
    rows = rng.permutation(len(target.values))[:_ROWS]
    cut = max(1, round(_SHAPERS * len(rows)))
    shape, unseen = rows[:cut], rows[cut:]
    bins = target.bins[shape]
    orders = [
        _order(Given(g.codes[shape], g.size), bins, target.classes) if g.size else np.zeros(0, np.float32)
        for g in givens
    ]
    seen = matrix(givens, orders)
    model = _splits(seen[shape], target.said[shape], growth, rng)
    leaf = model.tree_.apply(seen[rows])
    kept = _kept(model.tree_, (leaf[:cut], target.basis[shape]), (leaf[cut:], target.basis[unseen]))
    laid = _lay_out(model.tree_, leaf, target.values[rows])
    laid["feature"] = np.where(kept, laid["feature"], -1)
    return laid | {"orders": np.concatenate(orders)}


def _splits(
    seen: np.ndarray, said: np.ndarray, growth: Growth, rng: np.random.Generator
) -> DecisionTreeClassifier | DecisionTreeRegressor:
    """A fitted tree for classes (one dimension) or for a basis (two)."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind, leaf = (DecisionTreeClassifier, growth.leaf) if said.ndim == 1 else (DecisionTreeRegressor, growth.wide_leaf)
    return kind(min_samples_leaf=leaf, random_state=int(rng.integers(2**31 - 1))).fit(seen, said)


def _kept(tree: Any, grown: tuple[np.ndarray, np.ndarray], unseen: tuple[np.ndarray, np.ndarray]) -> np.ndarray:  # noqa: ANN401
    """Which splits, with all below them, lower the squared error over the basis on rows the tree was not grown on.

    Args:
        tree: scikit-learn's.
        grown: leaves and basis of the rows it was grown on.
        unseen: leaves and basis of the others.
    """
    left, right = tree.children_left, tree.children_right
    ends = _ends(tree)
    n, total, _ = _sums(*grown, ends)
    means = total / np.maximum(n, 1)[:, None]
    n, total, square = _sums(*unseen, ends)
    error = square - 2 * (total * means).sum(1) + n * (means**2).sum(1)
    kept = np.zeros(len(left), bool)
    for node in range(len(left) - 1, -1, -1):
        if left[node] < 0:
            continue
        below = error[left[node]] + error[right[node]]
        if below < error[node]:
            kept[node], error[node] = True, below
    return kept


def _sums(leaf: np.ndarray, basis: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each node: rows, sum of the basis, and sum of its squares, over the node's whole subtree."""
    by_leaf = np.argsort(leaf, kind="stable")
    ordered, basis = leaf[by_leaf], basis[by_leaf]
    start = np.searchsorted(ordered, np.arange(len(ends)), side="left")
    stop = np.searchsorted(ordered, ends, side="right")
    total = np.concatenate([np.zeros((1, basis.shape[1])), np.cumsum(basis, 0)])
    square = np.concatenate([[0.0], np.cumsum((basis**2).sum(1))])
    return stop - start, total[stop] - total[start], square[stop] - square[start]


def _ends(tree: Any) -> np.ndarray:  # noqa: ANN401
    """The last node of each subtree: scikit-learn numbers nodes depth first, so a subtree is a run of numbers."""
    ends = np.arange(len(tree.children_left))
    for node in range(len(ends) - 1, -1, -1):
        if tree.children_left[node] >= 0:
            ends[node] = ends[tree.children_right[node]]
    return ends


def _lay_out(tree: Any, leaf: np.ndarray, target: np.ndarray) -> dict[str, np.ndarray]:  # noqa: ANN401
    """A fitted tree as arrays, its donors sorted so that each node's stand together, and a leaf's by value."""
    left, right = tree.children_left, tree.children_right
    count = len(left)
    inner = np.flatnonzero(left >= 0)
    parent = np.full(count, -1)
    parent[left[inner]] = inner
    parent[right[inner]] = inner
    by_leaf = np.lexsort((target, leaf))
    ordered = leaf[by_leaf]
    return {
        "feature": np.where(left >= 0, tree.feature, -1),
        "threshold": tree.threshold,
        "left": left,
        "right": right,
        "parent": parent,
        "start": np.searchsorted(ordered, np.arange(count), side="left"),
        "stop": np.searchsorted(ordered, _ends(tree), side="right"),
        "donors": target[by_leaf],
    }


def _join(trees: Sequence[dict[str, np.ndarray]], growth: Growth) -> Forest:
    """Trees one after the other in the same arrays, their numbers moved along."""
    nodes = np.cumsum([0] + [len(t["feature"]) for t in trees])
    rows = np.cumsum([0] + [len(t["donors"]) for t in trees])

    def joined(key: str, moved: np.ndarray | None = None) -> np.ndarray:
        parts = [t[key] for t in trees]
        if moved is not None:
            parts = [np.where(p >= 0, p + by, -1) for p, by in zip(parts, moved[:-1], strict=True)]
        return np.concatenate(parts)

    return Forest(
        roots=nodes[:-1],
        feature=joined("feature").astype(np.int32),
        threshold=joined("threshold"),
        left=joined("left", nodes).astype(np.int32),
        right=joined("right", nodes).astype(np.int32),
        parent=joined("parent", nodes).astype(np.int32),
        start=joined("start", rows).astype(np.int32),
        stop=joined("stop", rows).astype(np.int32),
        donors=joined("donors"),
        orders=joined("orders"),
        shrink=growth.shrink,
    )
