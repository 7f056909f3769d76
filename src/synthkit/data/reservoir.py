"""A uniform sample of rows that pass by once, in bounded memory: those with the smallest priorities.

A priority is drawn from the seed and from where a row stands (its part, its place in it), never from what it holds or
from when it came by. So the rows chosen do not depend on the size of batches or on the order in which parts are read,
samples of parts merge into the sample of the whole, and a smaller sample is a part of a larger one.

References:
    Cohen and Kaplan (2007), Summarizing data using bottom-k sketches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.data.batches import plain
from synthkit.data.tally import hashed, mixed

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["Reservoir", "by_place", "by_value"]


def by_place(seed: int, part: int, start: int, rows: int) -> npt.NDArray[np.uint64]:
    """Priorities of rows `start` to `start + rows` of a part: one stream a part, so each row has its own."""
    with np.errstate(over="ignore"):
        steps = np.arange(start, start + rows, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return mixed(_key(seed, part) + steps)


def by_value(seed: int, cells: pa.Array) -> npt.NDArray[np.uint64]:
    """Priorities by what a column holds: rows with the same value are chosen together."""
    import pyarrow as pa

    column = cells.dictionary_encode() if not pa.types.is_dictionary(cells.type) else cells
    words = np.array([str(word) for word in column.dictionary.to_pylist()] + [""], object)
    codes = column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        found: npt.NDArray[np.uint64] = mixed(hashed(words) + _key(seed, 0))[codes]
    return found


def _key(seed: int, part: int) -> np.uint64:
    return np.uint64(np.random.SeedSequence([seed, part]).generate_state(1, np.uint64)[0])


class Reservoir:
    """At most `size` rows of those added.

    Where rows share a priority, all of them are kept or none.
    """

    def __init__(self, size: int, columns: pa.Schema) -> None:
        self.size, self.columns = size, columns
        self._below = np.uint64(2**64 - 1)
        self._kept: list[tuple[pa.RecordBatch, npt.NDArray[np.uint64], npt.NDArray[np.int64]]] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch, priority: npt.NDArray[np.uint64], part: int, start: int) -> None:
        """Some rows more.

        Args:
            batch: the rows.
            priority: of each.
            part: which they belong to.
            start: the place of the first in the part.
        """
        import pyarrow as pa

        keep = np.flatnonzero(priority < self._below)
        places = np.stack([np.full(len(keep), part, np.int64), start + keep], axis=1)
        held = batch if len(keep) == batch.num_rows else batch.take(pa.array(keep))
        self._kept.append((plain(held, self.columns), priority[keep], places))
        self._rows += len(keep)
        if self._rows > 2 * self.size:
            self._prune()

    def _prune(self) -> None:
        import pyarrow as pa

        if self._rows <= self.size:
            return
        priority = np.concatenate([p for _, p, _ in self._kept])
        self._below = np.partition(priority, self.size)[self.size]
        kept = []
        for batch, own, places in self._kept:
            keep = np.flatnonzero(own < self._below)
            if len(keep):
                kept.append((batch.take(pa.array(keep)), own[keep], places[keep]))
        self._kept, self._rows = kept, sum(len(own) for _, own, _ in kept)

    def rows(self) -> tuple[pa.Table, npt.NDArray[np.uint64]]:
        """The rows kept, in the order in which they stand in the parts, and their priorities."""
        import pyarrow as pa

        self._prune()
        table = pa.Table.from_batches([batch for batch, _, _ in self._kept], schema=self.columns)
        if not self._kept:
            return table, np.zeros(0, np.uint64)
        places = np.concatenate([place for _, _, place in self._kept])
        order = np.lexsort((places[:, 1], places[:, 0]))
        priority: Any = np.concatenate([own for _, own, _ in self._kept])
        return table.take(pa.array(order)), priority[order]
