"""The shard plan: how many rows fall into parts, and the chance each of them draws from.

A part is a function of the seed and its place in the plan alone, so it is the same whoever makes it, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from synthkit import rng as rng_
from synthkit.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["PART", "Shard", "plan"]

PART: Final = 1_000_000
"""Rows of a part: a Parquet file of tens of megabytes, which one process makes in seconds."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of a plan.

    Args:
        index: its place, from 0.
        first: rows in the parts before it.
        rows: of its own.
        total: rows of all parts.
        seed: of the plan.
    """

    index: int
    first: int
    rows: int
    total: int
    seed: int

    def stream(self, *names: str | int) -> np.random.Generator:
        """The generator of this part for a use of that name."""
        return rng_.stream(self.seed, *names, "shard", self.index)


def plan(rows: int, *, seed: int, size: int = PART) -> tuple[Shard, ...]:
    """The parts that so many rows fall into: all of `size` rows but the last.

    Raises:
        ConfigError: fewer than one row, or parts of fewer.

    >>> [(shard.first, shard.rows) for shard in plan(25, seed=1, size=10)]
    [(0, 10), (10, 10), (20, 5)]
    """
    if rows < 1 or size < 1:
        raise ConfigError(f"{rows:,} rows in parts of {size:,} make no sense", hint="ask for one row at least of each")
    return tuple(
        Shard(index, first, min(size, rows - first), rows, seed) for index, first in enumerate(range(0, rows, size))
    )
