"""Rows drawn from a junction tree so evenly that the draw itself hardly adds any error.

A row's place between 0 and 1 is not random but the next of the golden ratio's multiples, handed out in the order of the
columns that are already drawn: any run of rows that agree in them gets each value in nearly the right number.

References: McKenna, Miklau and Sheldon (2021), section 4 (rounding in place of drawing); Weyl (1916).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.models.private._graph import Columns, JunctionTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["drawn", "evenly"]

_GOLDEN: Final = (math.sqrt(5) - 1) / 2


def evenly(keys: list[NDArray[Any]], n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(n,) places between 0 and 1, spread evenly over rows that are alike by the keys, the first counting most."""
    order = np.lexsort([rng.random(n), *keys[::-1]])
    places = np.empty(n)
    places[order] = (np.arange(n) * _GOLDEN + rng.random()) % 1
    return places


def drawn(
    tree: JunctionTree, marginals: dict[Columns, NDArray[np.float64]], n: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """(n, columns) rows."""
    rows = np.zeros((n, len(tree.sizes)), np.int64)
    done: list[int] = []
    for clique in tree.cliques:
        given = tuple(c for c in clique if c in done)
        new = tuple(c for c in clique if c not in done)
        if not new:
            continue
        sizes = [tree.sizes[c] for c in given]
        table = np.transpose(marginals[clique], [clique.index(c) for c in (*given, *new)])
        rising = np.cumsum(table.reshape(math.prod(sizes), -1), axis=1)
        state = np.ravel_multi_index([rows[:, c] for c in given], sizes) if given else np.zeros(n, np.int64)
        u = evenly([state, *(rows[:, c] for c in done)], n, rng)
        cells = _found(rising, state, u)
        for column, values in zip(new, np.unravel_index(cells, [tree.sizes[c] for c in new]), strict=True):
            rows[:, column] = values
        done += new
    return rows


def _found(rising: NDArray[np.float64], state: NDArray[np.int64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """The cell whose part of the state's row of `rising` holds u; any where the state never occurs."""
    cells = np.zeros(len(state), np.int64)
    order = np.argsort(state, kind="stable")
    starts = np.flatnonzero(np.diff(state[order], prepend=-1))
    last = rising.shape[1] - 1
    for part in np.split(order, starts[1:]):
        row = rising[state[part[0]]] if len(part) else rising[0]
        row = row if row[-1] > 0 else np.arange(1.0, last + 2)
        cells[part] = np.searchsorted(row / row[-1], u[part], side="right").clip(max=last)
    return cells
