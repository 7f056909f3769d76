"""Encoded rows as what a network reads: one small whole number a category or a stretch of a number, and normal scores.

A number takes two parts, as the mode-specific normalisation of CTGAN does: the stretch of its range (a bin with about
as many rows as the others; a value that many rows share is a bin of its own) and the place within the stretch as a
standard normal score. A column of thousands of categories is grouped by what goes with them, and a member is drawn from
its group: nothing grows with the number of categories but one small table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from synthkit.encode.columns import Levels, Numbers, Strings
from synthkit.encode.encoder import Encoder

__all__ = ["Bins", "Groups", "Layout", "Rows", "places_of"]

BINS = 24
"""Stretches of a number that no value dominates."""

APART = 2 * BINS
"""A value that one in so many rows hold is a stretch by itself: half of the share of a stretch."""

WIDE = 128
"""Categories of a column beyond which they are grouped."""

_ALONE, _CLUSTERS = 48, 48  # of the groups of a wide column: the commonest categories, and clusters of the others
_EDGE = 1e-4  # of a stretch, so that normal scores stay below four
_PROFILE = 64  # dimensions of what goes with a category


@dataclass(frozen=True)
class Rows:
    """Rows for a network.

    Args:
        codes: (n, s) int32, one for each part with levels.
        scores: (n, p) float32, standard normal within their stretch; 0 where there is no place.
    """

    codes: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: np.ndarray) -> Rows:
        """Some of the rows."""
        return Rows(self.codes[rows], self.scores[rows])


@dataclass(frozen=True)
class Bins:
    """The stretches of a number.

    Args:
        ends: how many rows lie below each stretch, and all of them at the end.
        below: how many rows lie below each value of the column's support, and all of them at the end.
        missing: whether one more code stands for missing.
    """

    ends: np.ndarray
    below: np.ndarray
    missing: bool

    @classmethod
    def of(cls, code: Numbers, stretches: int = BINS, apart: int = APART, exact: int = 0) -> Bins:
        """From the counts of a column's values, in stretches of equal weight; of at most `exact` values, each alone."""
        below = np.concatenate([[0], np.cumsum(code.counts)])
        if not len(code.counts):
            return cls(np.zeros(1, np.int64), below, missing=True)
        alone = (code.counts * apart >= below[-1]) | (len(code.counts) <= exact)
        stretch = below[:-1] * stretches // below[-1]
        begins = np.r_[True, (np.diff(stretch) > 0) | alone[1:] | alone[:-1]]
        return cls(np.r_[below[:-1][begins], below[-1]], below, code.missing > 0)

    @property
    def size(self) -> int:
        """How many stretches there are; the code after them stands for missing."""
        return len(self.ends) - 1

    @property
    def levels(self) -> int:
        """How many codes there are."""
        return self.size + self.missing

    @property
    def broad(self) -> np.ndarray:
        """Whether a stretch, or at last the missing cell, holds more than one value, and so has places."""
        values = np.diff(np.searchsorted(self.below, self.ends))
        return np.concatenate([values > 1, np.zeros(int(self.missing), bool)])

    def encode(self, places: np.ndarray, rng: np.random.Generator | None) -> tuple[np.ndarray, np.ndarray]:
        """Codes and scores of places in the support, -1 where missing; ties are spread, or their middle without rng."""
        from scipy.special import ndtri

        filled = places >= 0
        codes = np.full(len(places), self.size, np.int32)
        scores = np.zeros(len(places), np.float32)
        at = places[filled]
        share = rng.random(len(at)) if rng else 0.5
        rows = self.below[at] + share * (self.below[at + 1] - self.below[at])
        found = np.searchsorted(self.ends, self.below[at], side="right") - 1
        within = (rows - self.ends[found]) / (self.ends[found + 1] - self.ends[found])
        codes[filled] = found
        scores[filled] = np.where(self.broad[found], ndtri(within.clip(_EDGE, 1 - _EDGE)), 0.0)
        return codes, scores

    def decode(self, codes: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Places in the support, -1 where missing."""
        from scipy.special import ndtr

        filled = codes < self.size
        at = np.where(filled, codes, 0)
        if not self.size:
            return np.full(len(codes), -1)
        rows = self.ends[at] + ndtr(scores) * (self.ends[at + 1] - self.ends[at])
        place = np.searchsorted(self.below, rows, side="right") - 1
        last = np.searchsorted(self.below, self.ends[at + 1], side="left") - 1
        return np.where(filled, np.minimum(place, last), -1)


@dataclass(frozen=True)
class Groups:
    """Categories of a wide column, grouped by what goes with them.

    Args:
        group: of each code.
        shares: of each code within its group.
    """

    group: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, size: int, others: np.ndarray, rng: np.random.Generator) -> Groups:
        """Commonest categories alone; the others in clusters of like profile over `others` (n, m) codes."""
        counts = np.bincount(codes, minlength=size).astype(float)
        order = np.argsort(-counts, kind="stable")
        group = np.empty(size, np.int32)
        group[order[:_ALONE]] = np.arange(min(_ALONE, size))
        rest = order[_ALONE:]
        profile = _profiles(codes, counts, others, rng)[rest]
        group[rest] = _ALONE + _clustered(profile, counts[rest], rng)
        total = np.bincount(group, weights=counts + 1e-9)
        return cls(group, (counts + 1e-9) / total[group])

    @property
    def size(self) -> int:
        """How many groups there are."""
        return int(self.group.max()) + 1

    def draw(self, groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A member of each group by its share."""
        out = np.empty(len(groups), np.int32)
        order = np.argsort(self.group, kind="stable")
        ends = np.searchsorted(self.group[order], np.arange(self.size + 1))
        for at in np.unique(groups):
            members = order[ends[at] : ends[at + 1]]
            rows = groups == at
            out[rows] = rng.choice(members, int(rows.sum()), p=self.shares[members] / self.shares[members].sum())
        return out


def _profiles(codes: np.ndarray, counts: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(size, _PROFILE) mean of a random sketch of the other columns, drawn to the mean of all where rows are few."""
    sketch = np.zeros((len(counts), _PROFILE), np.float32)
    for column in others.T:
        directions = rng.standard_normal((int(column.max(initial=0)) + 1, _PROFILE), dtype=np.float32)
        shares = np.bincount(column) / max(len(column), 1)
        centred = directions - shares @ directions
        for at in range(_PROFILE):
            sketch[:, at] += np.bincount(codes, weights=centred[column, at], minlength=len(counts))
    return np.asarray(sketch / (counts + 5.0)[:, None])


def _clustered(profile: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    from sklearn.cluster import MiniBatchKMeans

    from synthkit.rng import seed_of

    few = min(_CLUSTERS, len(profile))
    if few < 2:
        return np.zeros(len(profile), np.int32)
    fitted = MiniBatchKMeans(few, n_init=1, random_state=seed_of(rng), batch_size=1024)
    found = fitted.fit_predict(profile, sample_weight=weights + 1e-3)
    return np.unique(found, return_inverse=True)[1].astype(np.int32)


@dataclass(frozen=True)
class Layout:
    """Which part of a row stands for which column.

    Args:
        encoder: of the columns.
        bins: of each column of numbers.
        groups: of each column with more than `WIDE` categories.
        stretches: of each number that no value dominates.
        apart: a value that one in so many rows hold is a stretch by itself.
        exact: values of a number up to which each is a stretch by itself.
    """

    encoder: Encoder
    bins: Mapping[str, Bins]
    groups: Mapping[str, Groups]
    stretches: int = BINS
    apart: int = APART
    exact: int = 0

    @classmethod
    def learn(
        cls,
        encoder: Encoder,
        arrays: Mapping[str, np.ndarray],
        rng: np.random.Generator,
        *,
        stretches: int = BINS,
        apart: int = APART,
        exact: int = 0,
    ) -> Layout:
        """From encoded train rows."""
        bins = _bins(encoder, stretches, apart, exact)
        wide = [name for name, code in encoder.codes.items() if isinstance(code, Levels) and code.size > WIDE]
        part = cls(encoder, bins, {}, stretches, apart, exact)
        narrow = [n for n in part.names if n not in wide]
        spread, *children = rng.spawn(1 + len(wide))
        others = part._codes(narrow, arrays, spread)[0] if wide else np.zeros((0, 0), np.int32)
        groups = {
            name: Groups.of(arrays[name], encoder.codes[name].size, others, child)  # type: ignore[attr-defined]
            for name, child in zip(wide, children, strict=True)
        }
        return cls(encoder, bins, groups, stretches, apart, exact)

    @property
    def names(self) -> tuple[str, ...]:
        """Columns that a network sees, in order: all but keys and texts that are never missing."""
        codes = self.encoder.codes
        return tuple(n for n, code in codes.items() if not isinstance(code, Strings) or code.missing)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many levels each part of `Rows.codes` has."""
        return tuple(self._size(name) for name in self.names)

    @property
    def scored(self) -> tuple[int, ...]:
        """The part of `Rows.codes` that each column of `Rows.scores` belongs to."""
        return tuple(at for at, name in enumerate(self.names) if name in self.bins)

    @property
    def broad(self) -> tuple[np.ndarray, ...]:
        """For each column of `Rows.scores`, which of its codes have places."""
        return tuple(self.bins[name].broad for name in self.names if name in self.bins)

    def _size(self, name: str) -> int:
        if name in self.bins:
            return self.bins[name].levels
        if name in self.groups:
            return self.groups[name].size
        size: int = self.encoder.codes[name].size  # type: ignore[attr-defined]
        return max(size, 1)

    def encode(self, arrays: Mapping[str, np.ndarray], rng: np.random.Generator | None) -> Rows:
        """Rows for a network; a number that rows share is spread over its ranks, or without `rng` their middle."""
        return Rows(*self._codes(self.names, arrays, rng))

    def _codes(
        self, names: tuple[str, ...] | list[str], arrays: Mapping[str, np.ndarray], rng: np.random.Generator | None
    ) -> tuple[np.ndarray, np.ndarray]:
        codes, scores = [], []
        for name in names:
            found = self.one(name, arrays[name], rng)
            codes.append(found[0])
            if name in self.bins:
                scores.append(found[1])
        n = len(next(iter(arrays.values()))) if arrays else 0
        return (
            np.column_stack(codes).astype(np.int32) if codes else np.zeros((n, 0), np.int32),
            np.column_stack(scores).astype(np.float32) if scores else np.zeros((n, 0), np.float32),
        )

    def one(self, name: str, array: np.ndarray, rng: np.random.Generator | None) -> tuple[np.ndarray, np.ndarray]:
        """Codes and scores of one column; a number that is not in the data takes the nearest below."""
        code = self.encoder.codes[name]
        if isinstance(code, Numbers):
            return self.bins[name].encode(places_of(code, array), rng)
        codes = self.groups[name].group[array] if name in self.groups else array
        return codes, np.zeros(len(codes), np.float32)

    def decode(self, rows: Rows, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """The arrays of the encoder that rows stand for."""
        arrays: dict[str, np.ndarray] = {}
        scored = 0
        for at, (name, child) in enumerate(zip(self.names, rng.spawn(len(self.names)), strict=True)):
            codes, code = rows.codes[:, at], self.encoder.codes[name]
            if isinstance(code, Numbers):
                places = self.bins[name].decode(codes, rows.scores[:, scored])
                arrays[name] = np.r_[np.nan, code.support][places + 1]
                scored += 1
            else:
                arrays[name] = self.groups[name].draw(codes, child) if name in self.groups else codes
        return arrays

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays, for a model's file."""
        plain, arrays = self.encoder.to_state()
        for at, (_, groups) in enumerate(self.groups.items()):
            arrays |= {f"groups{at}.group": groups.group, f"groups{at}.shares": groups.shares}
        cuts = {"stretches": self.stretches, "apart": self.apart, "exact": self.exact}
        return {"encoder": plain, "wide": list(self.groups)} | cuts, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        encoder = Encoder.from_state(plain["encoder"], arrays)
        groups = {
            name: Groups(arrays[f"groups{at}.group"], arrays[f"groups{at}.shares"])
            for at, name in enumerate(plain["wide"])
        }
        cuts = plain["stretches"], plain.get("apart", APART), plain.get("exact", 0)
        return cls(encoder, _bins(encoder, *cuts), groups, *cuts)


def places_of(code: Numbers, values: np.ndarray) -> np.ndarray:
    """Places in the support, -1 where missing; a number that is not there takes the nearest below."""
    below = (np.searchsorted(code.support, values, side="right") - 1).clip(0)
    return np.where(np.isfinite(values), below, -1)


def _bins(encoder: Encoder, stretches: int, apart: int, exact: int) -> dict[str, Bins]:
    numbers = {name: code for name, code in encoder.codes.items() if isinstance(code, Numbers)}
    return {name: Bins.of(code, stretches, apart, exact) for name, code in numbers.items()}
