"""Which columns tell most about another: wide tables would otherwise cost the square of their width."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from synthkit.models._forest import Given
from synthkit.models._grow import bins_of

__all__ = ["strongest"]

_MOST = 40  # predictors a column's trees see; with fewer columns before it nothing is screened
_ROWS = 4000  # rows the screening looks at
_CELLS = 10  # classes of a predictor


def strongest(
    target: np.ndarray, size: int, before: Mapping[str, Given], rng: np.random.Generator, most: int = _MOST
) -> tuple[str, ...]:
    """The names of the `most` columns with the largest mutual information with the target, in their own order.

    Args:
        target: level codes or numbers, one a row.
        size: how many levels the target has; 0 for numbers.
        before: the candidates.
        rng: chooses the rows to look at.
        most: how many to keep.
    """
    if len(before) <= most:
        return tuple(before)
    rows = rng.permutation(len(target))[:_ROWS]
    bins, classes = bins_of(target[rows], size)
    score = {name: _information(_coarse(g, rows), bins, classes) for name, g in before.items()}
    kept = set(sorted(before, key=lambda name: -score[name])[:most])
    return tuple(name for name in before if name in kept)


def _coarse(given: Given, rows: np.ndarray) -> np.ndarray:
    codes = given.codes[rows]
    if given.size:
        capped: np.ndarray = np.minimum(codes, _CELLS - 1)
        return capped
    cuts = np.unique(np.quantile(codes, np.linspace(0, 1, _CELLS)[1:-1], method="nearest"))
    classes: np.ndarray = np.searchsorted(cuts, codes, side="left")
    return classes


def _information(codes: np.ndarray, bins: np.ndarray, classes: int) -> float:
    """Mutual information in nats, less its expectation under independence (Miller 1955)."""
    joint = np.bincount(codes * classes + bins, minlength=_CELLS * classes).reshape(-1, classes) / len(bins)
    row, column = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
    held = joint > 0
    chance = ((row > 0).sum() - 1) * ((column > 0).sum() - 1) / (2 * len(bins))
    return float((joint[held] * np.log(joint[held] / (row @ column)[held])).sum() - chance)
