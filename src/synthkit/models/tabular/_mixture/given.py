"""What is known of a row, passed along the forest of its levels: exact conditional laws within each component."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthkit.models._forest import evenly
from synthkit.models.tabular._mixture.forest import Levels

__all__ = ["FILLED", "Known"]

FILLED = -2
"""In place of a level that is not known but for not being the last, which is the missing one."""


@dataclass(frozen=True)
class Known:
    """Rows some of whose levels are known, seen from one mixture of k components.

    Args:
        levels: of the mixture.
        codes: (n, s), with `FREE` and `FILLED` where a level is not known.
        log: (n, k) log chance of what is known.
        likely: column -> (n, k, size) how likely what is known below a column is for each of its levels, up to a
            factor; a column of which, with all below, nothing is known in any row is left out.
    """

    levels: Levels
    codes: np.ndarray
    log: np.ndarray
    likely: dict[int, np.ndarray]

    @classmethod
    def of(cls, levels: Levels, codes: np.ndarray) -> Known:
        """From the leaves up."""
        forest, tables = levels.forest, levels.forest.split(levels.tables)
        log = np.zeros((len(codes), len(levels.tables)))
        likely: dict[int, np.ndarray] = {}
        for at in reversed(forest.order):
            held = likely.get(at)
            if held is None and (codes[:, at] == -1).all():
                continue
            if held is None and (codes[:, at] >= 0).all():
                up = tables[at][:, :, codes[:, at]].transpose(2, 0, 1)  # a leaf, or one above leaves not known
            else:
                held = _masked(codes[:, at], forest.sizes[at]) * (1.0 if held is None else held)
                likely[at] = np.broadcast_to(held, (len(codes), len(levels.tables), forest.sizes[at]))
                up = _up(likely[at], tables[at])
            size = np.maximum(up.max(2), 1e-300)
            log += np.log(size)
            up = up / size[:, :, None]
            parent = forest.parents[at]
            if parent < 0:
                log += np.log(np.maximum(up[:, :, 0], 1e-300))
            else:
                likely[parent] = likely[parent] * up if parent in likely else up
        return cls(levels, codes, log, likely)

    def drawn(self, chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n, s) levels, those not known drawn in the component chosen for each row."""
        forest, tables = self.levels.forest, self.levels.forest.split(self.levels.tables)
        out = self.codes.copy()
        for at in forest.order:
            free = np.flatnonzero(out[:, at] < 0)
            if not len(free):
                continue
            up = out[free, forest.parents[at]] if forest.parents[at] >= 0 else np.zeros(len(free), int)
            u = evenly(_alike(tables[at], chosen[free], up), rng)
            if at in self.likely:
                p = tables[at][chosen[free], up] * self.likely[at][free, chosen[free]]
                ends = np.cumsum(p, 1)
                found = (u[:, None] * ends[:, -1:] >= ends).sum(1)
            else:
                found = _inverted(tables[at], chosen[free], up, u)
            out[free, at] = np.minimum(found, forest.sizes[at] - 1)
        return out

    def beliefs(self, told: Callable[[int, np.ndarray], None]) -> None:
        """Tell, column by column, the (n, k, size) law of its level given all that is known.

        Args:
            told: given the column and its law.
        """
        forest, tables = self.levels.forest, self.levels.forest.split(self.levels.tables)
        n, k = len(self.codes), len(self.levels.tables)
        laws: dict[int, np.ndarray] = {}
        for at in forest.order:
            parent = forest.parents[at]
            above = laws[parent] if parent >= 0 else np.ones((n, k, 1))
            joint = np.broadcast_to(tables[at], (n, *tables[at].shape))
            if at in self.likely:
                joint = joint * self.likely[at][:, :, None, :]
            if at not in self.likely and (self.codes[:, at] >= 0).all():
                law = np.broadcast_to(np.eye(forest.sizes[at])[self.codes[:, at]][:, None], (n, k, forest.sizes[at]))
            else:
                total = joint.sum(3, keepdims=True)
                law = (above[..., None] * joint / np.where(total > 0, total, 1.0)).sum(2)
            laws[at] = law
            told(at, law)


def _masked(codes: np.ndarray, size: int) -> np.ndarray:
    """(n, 1, size) which levels can be."""
    can = np.ones((len(codes), size))
    can[codes == FILLED, size - 1] = 0.0
    known = np.flatnonzero(codes >= 0)
    can[known] = 0.0
    can[known, codes[known]] = 1.0
    return can[:, None, :]


def _up(likely: np.ndarray, table: np.ndarray) -> np.ndarray:
    """(n, k, levels of the parent) from (n, k, size) and (k, levels of the parent, size)."""
    return np.asarray((likely.transpose(1, 0, 2) @ table.transpose(0, 2, 1)).transpose(1, 0, 2))


def _alike(table: np.ndarray, chosen: np.ndarray, up: np.ndarray) -> np.ndarray:
    """A place for each row, so that rows of the same law stand together and like laws near each other."""
    first = table[:, :, 0].ravel()
    place = np.empty(len(first), np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(place[chosen * table.shape[1] + up])


def _inverted(table: np.ndarray, chosen: np.ndarray, up: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Levels by the inverse of their cumulative chances, all tables end to end."""
    _, given, size = table.shape
    ends = np.cumsum(table, 2).reshape(-1, size)
    ends = ends / ends[:, -1:] + np.arange(len(ends))[:, None]
    row = chosen * given + up
    found: np.ndarray = np.searchsorted(ends.ravel(), row + u, side="right") - row * size
    return found
