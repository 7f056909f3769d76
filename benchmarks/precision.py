"""alpha-precision and beta-recall, as papers on tables print them (Alaa and others 2022; synthcity's naive variant)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthkit.metrics import _codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table

__all__ = ["precision_recall"]

_STEPS = 30  # values of alpha from 0 to 1
_ROWS = 10_000


def precision_recall(real: Table, synthetic: Table, rng: np.random.Generator) -> tuple[float, float]:
    """Both scores, 1 at best; as many rows of each are looked at, 10,000 at most.

    Precision asks whether each ball round the middle of the real rows that holds a share alpha of them holds the same
    share of the synthetic ones; recall whether the synthetic rows within such a ball of their own lie as near to real
    rows as real rows do. Recall tops out near one half for rows that are not copies.
    """
    from sklearn.neighbors import NearestNeighbors

    n = min(len(real), len(synthetic), _ROWS)
    a, b = _points(real.subsample(n, rng), synthetic.subsample(n, rng))
    alphas = np.linspace(0, 1, _STEPS)
    middle, theirs = a.mean(0), b.mean(0)
    radii = np.quantile(np.linalg.norm(a - middle, axis=1), alphas)
    inside = (np.linalg.norm(b - middle, axis=1)[:, None] <= radii).mean(0)
    own = np.linalg.norm(b - theirs, axis=1)
    reach = NearestNeighbors(n_neighbors=2).fit(a).kneighbors(a)[0][:, 1]
    near, which = (part[:, 0] for part in NearestNeighbors(n_neighbors=1).fit(b).kneighbors(a))
    covered = ((near <= reach)[:, None] & (own[which][:, None] <= np.quantile(own, alphas))).mean(0)
    return tuple(float(1 - np.abs(alphas - found).sum() / alphas.sum()) for found in (inside, covered))  # type: ignore[return-value]


def _points(real: Table, synthetic: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One-hot categories and numbers, scaled to 0..1 on the real rows; a missing number stands at the real median."""
    levels = _codes.levels_of([real])
    sides = [_codes.coded(table, levels, real.schema) for table in (real, synthetic)]
    columns: list[list[NDArray[np.float64]]] = [[], []]
    for name, cells in sides[0].numbers.items():
        filled = cells[np.isfinite(cells)]
        if not len(filled) or filled.min() == filled.max():
            continue
        low, high = filled.min(), filled.max()
        for side, out in zip(sides, columns, strict=True):
            values = np.where(np.isfinite(side.numbers[name]), side.numbers[name], np.median(filled))
            out.append(((values - low) / (high - low))[:, None])
    for name in sides[0].codes:
        size = sides[0].known[name] + 2
        for side, out in zip(sides, columns, strict=True):
            out.append(np.eye(size)[np.minimum(side.codes[name], size - 1)])
    return np.hstack(columns[0]), np.hstack(columns[1])
