"""Encoded rows as what a mixture reads: a level for every column, and a rank where a number has a place.

A value that many rows share (0 where half of the cells are 0) is a level of its own, and so is a missing cell; all
other numbers share the level 0 and have a rank among themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthkit.encode.columns import Numbers, Strings
from synthkit.encode.encoder import Encoder

__all__ = ["FREE", "Parts", "Place", "Rows"]

FREE = -1
"""In place of a level that is not known."""

CLASSES = 10
"""Of the target at most, for components of their own."""


@dataclass(frozen=True)
class Rows:
    """Rows for a mixture.

    Args:
        codes: (n, s) int32, a level of each column, or `FREE`.
        ranks: (n, d) between 0 and 1, of the numbers that have a place; NaN where there is none or it is not known.
    """

    codes: np.ndarray
    ranks: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: np.ndarray) -> Rows:
        """Some of the rows."""
        return Rows(self.codes[rows], self.ranks[rows])


@dataclass(frozen=True)
class Place:
    """Where the values of a number are.

    Args:
        atoms: places in the support of the values that are levels of their own.
        weights: rows that hold each of them.
        rest: places of the other values.
        below: rows that hold a lower value of the others, and all of them at the end.
        missing: whether one more level stands for missing.
    """

    atoms: np.ndarray
    weights: np.ndarray
    rest: np.ndarray
    below: np.ndarray
    missing: bool

    @classmethod
    def of(cls, code: Numbers, share: float) -> Place:
        """From the counts of a column's values; those that `share` of the filled cells hold are levels of their own."""
        alone = code.atom & (code.counts >= share * code.counts.sum())
        below = np.concatenate([[0], np.cumsum(code.counts[~alone])])
        missing = code.missing > 0 or not len(code.support)
        return cls(np.flatnonzero(alone), code.counts[alone], np.flatnonzero(~alone), below, missing)

    @property
    def size(self) -> int:
        """How many levels there are: the others, the atoms, missing."""
        return 1 + len(self.atoms) + self.missing

    @property
    def shares(self) -> np.ndarray:
        """Of each level among the filled cells; 1 for missing, which counts by its probability."""
        counts = np.r_[self.below[-1], self.weights].astype(float)
        shares: np.ndarray = np.r_[counts / max(counts.sum(), 1.0), np.ones(int(self.missing))]
        return shares

    def encode(self, at: np.ndarray, rng: np.random.Generator | None) -> tuple[np.ndarray, np.ndarray]:
        """Levels and ranks of places in the support (-1: missing); ties are spread by `rng`, or all in their middle."""
        level = np.zeros(len(self.atoms) + len(self.rest) + 1, np.int32)
        level[self.atoms] = 1 + np.arange(len(self.atoms))
        level[-1] = self.size - 1
        codes, ranks = level[at], np.full(len(at), np.nan)
        here = np.flatnonzero((codes == 0) & (at >= 0))
        found = np.searchsorted(self.rest, at[here])
        part = np.full(len(here), 0.5) if rng is None else rng.random(len(here))
        rows = self.below[found] + part * (self.below[found + 1] - self.below[found])
        total = max(int(self.below[-1]), 1)
        ranks[here] = (rows / total).clip(0.25 / total, 1 - 0.25 / total)  # so that no normal score is an outlier
        return codes, ranks

    def decode(self, codes: np.ndarray, ranks: np.ndarray) -> np.ndarray:
        """Places in the support, -1 where missing."""
        out = np.full(len(codes), -1)
        here = codes == 0
        if len(self.rest):
            found = np.searchsorted(self.below, ranks[here] * self.below[-1], side="right") - 1
            out[here] = self.rest[found.clip(0, len(self.rest) - 1)]
        atom = (codes > 0) & (codes <= len(self.atoms))
        out[atom] = self.atoms[codes[atom] - 1]
        return out


class Parts:
    """Which level and which rank stands for which column.

    Args:
        encoder: of the columns.
        share: of the filled cells that hold a number before it is a level of its own.
    """

    def __init__(self, encoder: Encoder, share: float) -> None:
        self.encoder, self.share = encoder, share
        codes = encoder.codes
        self.names = tuple(n for n, code in codes.items() if not isinstance(code, Strings) or code.missing)
        self.places = {n: Place.of(code, share) for n, code in codes.items() if isinstance(code, Numbers)}
        self.ranked = tuple(at for at, n in enumerate(self.names) if n in self.places and len(self.places[n].rest))
        self.sizes = tuple(self._size(name) for name in self.names)
        target = encoder.schema.target
        classes = target in self.names and target not in self.places and self._size(str(target)) <= CLASSES
        self.target = self.names.index(str(target)) if classes else None

    def _size(self, name: str) -> int:
        if name in self.places:
            return self.places[name].size
        size: int = self.encoder.codes[name].size  # type: ignore[attr-defined]
        return max(size, 1)

    def nothing(self, n: int) -> Rows:
        """`n` rows of which nothing is known."""
        return Rows(np.full((n, len(self.names)), FREE, np.int32), np.full((n, len(self.ranked)), np.nan))

    def encode(self, arrays: Mapping[str, np.ndarray], n: int, rng: np.random.Generator | None = None) -> Rows:
        """Rows of encoded arrays; a column that is not among them is not known."""
        rows = self.nothing(n)
        for at, name in enumerate(self.names):
            if name not in arrays:
                continue
            rows.codes[:, at] = arrays[name] if name not in self.places else 0
            if name in self.places:
                places = self._places(name, arrays[name])
                rows.codes[:, at], ranks = self.places[name].encode(places, rng)
                if at in self.ranked:
                    rows.ranks[:, self.ranked.index(at)] = ranks
        return rows

    def _places(self, name: str, values: np.ndarray) -> np.ndarray:
        """Places in the support; a number that is not there takes the nearest below."""
        code = self.encoder.codes[name]
        assert isinstance(code, Numbers)
        below = (np.searchsorted(code.support, values, side="right") - 1).clip(0)
        return np.where(np.isfinite(values), below, -1)

    def decode(self, rows: Rows) -> dict[str, np.ndarray]:
        """The arrays of the encoder that rows stand for."""
        arrays: dict[str, np.ndarray] = {}
        for at, name in enumerate(self.names):
            codes, code = rows.codes[:, at], self.encoder.codes[name]
            if isinstance(code, Numbers):
                ranks = rows.ranks[:, self.ranked.index(at)] if at in self.ranked else np.zeros(len(codes))
                arrays[name] = np.r_[code.support, np.nan][self.places[name].decode(codes, ranks)]
            else:
                arrays[name] = codes
        return arrays

    def shares(self, rows: Rows) -> np.ndarray:
        """(n, s) log of what the levels of numbers weigh in their columns' own laws; 0 for all other columns."""
        weight = np.zeros(rows.codes.shape)
        for at, name in enumerate(self.names):
            if name in self.places:
                own = self.places[name].shares[rows.codes[:, at]]
                weight[:, at] = np.where(rows.codes[:, at] >= 0, np.log(np.maximum(own, 1e-300)), 0.0)
        return weight

    def mean(self, name: str, chances: np.ndarray, ranks: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(n,) expected value of a number that is not missing.

        Args:
            name: of the column.
            chances: (n, size) of its levels.
            ranks: (n, m) of its values without a level of their own.
            weights: (n, m) their chances.
        """
        place, code = self.places[name], self.encoder.codes[name]
        assert isinstance(code, Numbers)
        held = chances[:, 1 : 1 + len(place.atoms)]
        total, sums = held.sum(1), held @ code.support[place.atoms]
        if len(place.rest):
            at = place.decode(np.zeros(ranks.size, int), ranks.ravel()).reshape(ranks.shape)
            total, sums = total + weights.sum(1), sums + (weights * code.support[at]).sum(1)
        return np.asarray(np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan))
