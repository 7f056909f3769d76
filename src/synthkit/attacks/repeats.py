"""What only a few people have, and the synthetic table has too: rare categories, extremes, whole rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthkit.data.schema import RARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.metrics._codes import Coded

__all__ = ["Repeated", "repeated"]


@dataclass(frozen=True, slots=True)
class Repeated:
    """Things of few people that are given out.

    Args:
        name: what things.
        found: how many the synthetic table holds.
        of: how many there are in the train rows.
        base: how many of as many such things of the held-out rows it holds: what chance alone gives; None where that
            cannot be asked.
    """

    name: str
    found: int
    of: int
    base: int | None = None


def repeated(train: Coded, holdout: Coded, synthetic: Coded) -> tuple[Repeated, ...]:
    """Rare categories, extremes and whole rows of train that the synthetic table repeats."""
    rare = [_rare(train.codes[name], synthetic.codes[name], train.known[name]) for name in train.codes]
    ends = [_ends(train.numbers[name], synthetic.numbers[name]) for name in train.numbers]
    few = f"of fewer than {RARE} rows"
    return (
        Repeated(f"categories {few}", sum(found for found, _ in rare), sum(n for _, n in rare)),
        Repeated(f"smallest and largest values {few}", sum(found for found, _ in ends), sum(n for _, n in ends)),
        _rows(train, holdout, synthetic),
    )


def _rare(real: NDArray[np.int64], made: NDArray[np.int64], known: int) -> tuple[int, int]:
    counts = np.bincount(real, minlength=known + 1)[1 : known + 1]
    rare = 1 + np.flatnonzero((counts > 0) & (counts < RARE))
    return int(np.isin(rare, made).sum()), len(rare)


def _ends(real: NDArray[np.float64], made: NDArray[np.float64]) -> tuple[int, int]:
    filled = real[~np.isnan(real)]
    if not len(filled):
        return 0, 0
    ends = [end for end in {filled.min(), filled.max()} if (filled == end).sum() < RARE]
    return int(np.isin(ends, made).sum()), len(ends)


def _rows(train: Coded, holdout: Coded, synthetic: Coded) -> Repeated:
    """Rows that are there once in train, beside as many of the holdout."""
    keys = [_keys(side) for side in (train, holdout, synthetic)]
    n = min(len(keys[0]), len(keys[1]))
    made = set(keys[2])
    found = [sum(key in made for key in _singles(side)[:n]) for side in keys[:2]]
    return Repeated("whole rows", found[0], min(n, len(_singles(keys[0]))), found[1])


def _keys(table: Coded) -> list[bytes]:
    parts = [*table.codes.values(), *(np.nan_to_num(v, nan=-1e300) for v in table.numbers.values())]
    rows = np.ascontiguousarray(np.stack([np.asarray(part, float) for part in parts], axis=1))
    return [row.tobytes() for row in rows]


def _singles(keys: list[bytes]) -> list[bytes]:
    seen: dict[bytes, int] = {}
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
    return [key for key, count in seen.items() if count == 1]
