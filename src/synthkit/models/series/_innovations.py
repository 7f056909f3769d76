"""Two laws of innovations without a network: normal, and blocks of the fitted ones."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

__all__ = ["Blocks", "Normal", "first_part", "joined_rows", "last_part"]

_OWN = 60  # innovations a series needs to be its own reservoir; shorter ones share that of the panel
_BLUR = 0.1  # standard deviations of the kernel that keeps any historical innovation from coming back exactly
_LONGEST = 50  # rows of a block on average, at most
_MEASURED = 1_000  # series whose block length is estimated; the median of that many stands for the others
_RESERVOIR = 200_000  # rows kept, at most, of all series together


def joined_rows(innovations: Sequence[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """One (T', k) array a series without holes.

    Rows with every channel missing (burn-in, gaps) are left out. A single missing cell of a row is drawn from what
    its channel has elsewhere in the series; a channel without any gets normal numbers.
    """
    whole = []
    for rows in innovations:
        kept = rows[np.isfinite(rows).any(axis=1)].copy()
        for column in kept.T:
            holes = ~np.isfinite(column)
            known = column[~holes]
            if holes.any():
                column[holes] = rng.choice(known, holes.sum()) if len(known) else rng.standard_normal(holes.sum())
        whole.append(kept)
    return whole


def first_part(rows: np.ndarray, share: float) -> np.ndarray:
    """All but the last `share` of the rows."""
    return rows[: len(rows) - int(share * len(rows))]


def last_part(rows: np.ndarray, share: float) -> np.ndarray:
    """The last `share` of the rows."""
    return rows[len(rows) - int(share * len(rows)) :]


def _evened(rows: np.ndarray) -> np.ndarray:
    """Mean 0 and variance 1 in each column; a column that never moves becomes 0."""
    if len(rows) < 2:
        return np.zeros_like(rows)
    spread = rows.std(axis=0)
    return np.asarray((rows - rows.mean(axis=0)) / np.where(spread > 1e-12, spread, 1.0))


class Normal:
    """Independent over time, jointly normal over channels: what textbooks assume (satisfies `Source`).

    Args:
        root: (k, k) with root root' = the correlations over channels.
    """

    kind: ClassVar[str] = "normal"

    def __init__(self, root: np.ndarray) -> None:
        self._root = root

    @classmethod
    def learn(
        cls, innovations: Sequence[np.ndarray], context: Sequence[np.ndarray], *, rng: np.random.Generator
    ) -> Self:
        """Learn the correlations over channels, drawn a little toward none."""
        del context
        rows = np.vstack([_evened(part) for part in joined_rows(innovations, rng)])
        n, k = rows.shape
        joint = rows.T @ rows / max(n, 1) * (n / (n + 10.0))
        np.fill_diagonal(joint, 1.0)
        values, vectors = np.linalg.eigh(joint)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        return cls(root / np.sqrt((root**2).sum(axis=1, keepdims=True)) if k else root)

    def draw(self, paths: int, context: np.ndarray, *, series: int | None, rng: np.random.Generator) -> np.ndarray:
        """(paths, n, k) normal numbers."""
        del series
        return np.asarray(rng.standard_normal((paths, len(context), len(self._root))) @ self._root.T)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        return {}, {"root": self._root}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        del plain
        return cls(arrays["root"])


class Blocks:
    """Blocks of the fitted innovations, of random length, all channels together (satisfies `Source`).

    A series with enough innovations is its own reservoir; shorter ones and new entities draw from all. A small normal
    kernel is added, and the sum brought back to variance 1, so that no old innovation returns exactly.

    Args:
        rows: (N, k) innovations of all series, one after the other, mean 0 and variance 1 within each.
        ends: (series + 1,) where each begins in `rows`.
        lengths: (series + 1,) mean block length of each, then of the pool.

    References:
        Politis and Romano (1994), The Stationary Bootstrap. Politis and White (2004), Automatic Block-Length Selection
        for the Dependent Bootstrap.
    """

    kind: ClassVar[str] = "blocks"

    def __init__(self, rows: np.ndarray, ends: np.ndarray, lengths: np.ndarray) -> None:
        self._rows, self._ends, self._lengths = rows, ends, lengths
        self._pool = _Reservoir(rows, self.length)

    @classmethod
    def learn(
        cls, innovations: Sequence[np.ndarray], context: Sequence[np.ndarray], *, rng: np.random.Generator
    ) -> Self:
        """Keep the innovations and find the length of a block."""
        del context
        parts = [_evened(part) for part in joined_rows(innovations, rng)]
        each = max(_OWN, _RESERVOIR // max(len(parts), 1))
        parts = [part[-each:] for part in parts]
        long = [i for i, part in enumerate(parts) if len(part) >= _OWN]
        if len(long) > _MEASURED:
            long = rng.choice(long, _MEASURED, replace=False).tolist()
        own = np.full(len(parts), np.nan)
        own[long] = [_block(parts[i]) for i in long]
        pool = np.vstack(parts)
        shared = float(np.nanmedian(own)) if np.isfinite(own).any() else _block(pool)
        ends = np.cumsum([0, *(len(part) for part in parts)])
        return cls(pool, ends, np.append(np.where(np.isfinite(own), own, shared), shared))

    @property
    def length(self) -> float:
        """Mean length of a block of the pool, in rows."""
        return float(self._lengths[-1])

    def draw(self, paths: int, context: np.ndarray, *, series: int | None, rng: np.random.Generator) -> np.ndarray:
        """(paths, n, k) rows in blocks."""
        n, k = len(context), self._rows.shape[1]
        held = self._reservoir(series)
        if len(held.rows) < 2 or n == 0:
            return rng.standard_normal((paths, n, k))
        fresh = rng.random((paths, n)) < 1 / held.length
        fresh[:, 0] = True
        starts = rng.integers(0, len(held.rows), (paths, n))
        last = np.maximum.accumulate(np.where(fresh, np.arange(n), 0), axis=1)
        at = np.take_along_axis(starts, last, axis=1) + np.arange(n) - last
        drawn = held.rows[at % len(held.rows)] + _BLUR * rng.standard_normal((paths, n, k))
        return np.asarray((drawn - held.mean) / held.spread)

    def _reservoir(self, series: int | None) -> _Reservoir:
        """What a series draws from."""
        if series is not None:
            own = self._rows[self._ends[series] : self._ends[series + 1]]
            if len(own) >= _OWN and (own.std(axis=0) > 0).all():
                return _Reservoir(own, float(self._lengths[series]))
        return self._pool

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        return {}, {"rows": self._rows, "ends": self._ends, "lengths": self._lengths}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        del plain
        return cls(arrays["rows"], arrays["ends"], arrays["lengths"])


class _Reservoir:
    """Rows to draw blocks from, and the mean length of a block."""

    def __init__(self, rows: np.ndarray, length: float) -> None:
        self.rows, self.length = rows, length
        if len(rows):
            self.mean, self.spread = rows.mean(axis=0), np.sqrt(rows.var(axis=0) + _BLUR**2)


def _block(rows: np.ndarray) -> float:
    """Mean block length by Politis and White, the longest over channels and over the innovations and their squares."""
    from arch.bootstrap import optimal_block_length

    moving = rows[:, rows.std(axis=0) > 1e-12]
    if len(moving) < 10 or moving.shape[1] == 0:
        return 1.0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of degenerate columns, whose length is then not finite
        found = optimal_block_length(np.hstack([moving, moving**2]))["stationary"].to_numpy()
    found = found[np.isfinite(found)]
    longest = max(1.0, min(_LONGEST, len(rows) / 4))
    return float(np.clip(found.max(initial=1.0), 1.0, longest))
