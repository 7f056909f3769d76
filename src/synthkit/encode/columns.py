"""One column to one array, and back.

Every code keeps three promises: it is learned from train rows alone, `decode(encode(x))` gives x back except for what
is said below, and its state is plain values and arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd

from synthkit.data.schema import RARE
from synthkit.encode.clock import Clock
from synthkit.encode.strings import StringLaw

if TYPE_CHECKING:
    from synthkit.data.schema import Column

__all__ = ["Code", "Levels", "Numbers", "Strings"]

COMMON = 0.001
"""Share of the rows that hold a value before it counts as a feature of the column and not of people."""

State = tuple[dict[str, Any], dict[str, np.ndarray]]


class Code(Protocol):
    """How one column becomes an array, and an array the column again."""

    kind: ClassVar[str]

    def encode(self, cells: pd.Series, rng: np.random.Generator | None) -> np.ndarray:
        """The array of a column of canonical cells (see `synthkit.data.table.Table`).

        A category that is not given out is one of the common ones, drawn in proportion; without `rng` the commonest.
        """
        ...

    def decode(self, codes: np.ndarray, rng: np.random.Generator) -> pd.Series:
        """Canonical cells again."""
        ...

    def to_state(self) -> State: ...

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self: ...


@dataclass(frozen=True)
class Levels:
    """Categories as integers 0..K-1; the last is "missing" where the column can be.

    A level that fewer than `RARE` rows hold (or more, if asked) is not given out: its rows are spread over the common
    levels in proportion, before any model sees them. Where no level is common, the commonest stands for all. Both words
    of a boolean, and every class of the target, are kept.

    Args:
        levels: the words, most frequent first.
        shares: of the words among filled cells.
        missing: whether the last code stands for a missing cell.
        protected: rows whose rare level was spread.
    """

    kind: ClassVar[str] = "levels"
    levels: tuple[str, ...]
    shares: np.ndarray
    missing: bool
    protected: int = 0

    @classmethod
    def learn(cls, cells: pd.Series, *, protect: bool, rare: int = RARE) -> Levels:
        """Learn from the train rows."""
        counts = cells.value_counts(sort=False)
        counts = counts.iloc[np.lexsort((counts.index.astype(str), -counts.to_numpy()))]
        common = counts[counts >= rare] if protect else counts
        if common.empty:
            common = counts.head(1)
        shares = common.to_numpy(float) / max(float(common.sum()), 1.0)
        spread = int(counts.sum() - common.sum())
        return cls(tuple(map(str, common.index)), shares, bool(cells.isna().any()) or common.empty, spread)

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.levels) + self.missing

    def encode(self, cells: pd.Series, rng: np.random.Generator | None) -> np.ndarray:
        codes = pd.Index(self.levels, dtype=object).get_indexer(pd.Index(cells.astype(object)))
        empty = cells.isna().to_numpy() | (not self.levels)  # no word is known: all there is to give is a missing cell
        lost = (codes < 0) & (~empty if self.missing else True)
        if lost.any():
            codes[lost] = 0 if rng is None else rng.choice(len(self.levels), int(lost.sum()), p=self.shares)
        if self.missing:
            codes[empty] = len(self.levels)
        return codes.astype(np.int32)

    def decode(self, codes: np.ndarray, rng: np.random.Generator) -> pd.Series:
        del rng
        words = np.array([*self.levels, None], dtype=object)
        return pd.Series(words[codes], dtype=object)

    def to_state(self) -> State:
        return {"levels": list(self.levels), "missing": self.missing, "protected": self.protected}, {
            "shares": self.shares
        }

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Levels:
        return cls(tuple(plain["levels"]), arrays["shares"], plain["missing"], plain["protected"])


@dataclass(frozen=True)
class Numbers:
    """Numbers and dates as float64, NaN for missing; decoding rounds to the resolution of the column.

    Whole numbers that a float cannot tell apart are counted from the smallest.

    Args:
        clock: how dates become numbers, or None for numbers.
        whole: whether the column holds whole numbers.
        decimals: digits after the point, or None when the column shows no resolution.
        support: the distinct values, ascending.
        counts: rows that hold each of them.
        missing: share of missing cells.
        rare: rows that have to share a value before it is given out as it is.
        origin: what whole numbers are counted from; 0 but for those beyond 2**53.
    """

    kind: ClassVar[str] = "numbers"
    clock: Clock | None
    whole: bool
    decimals: int | None
    support: np.ndarray = field(repr=False)  # values of the data: they belong into no message
    counts: np.ndarray = field(repr=False)
    missing: float
    rare: int = RARE
    origin: int = 0
    _ranks: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        singles = np.repeat(self.support, np.where(self.atom, 0, self.counts))
        object.__setattr__(self, "_ranks", singles)

    @classmethod
    def learn(cls, cells: pd.Series, column: Column, *, rare: int = RARE) -> Numbers:
        """Learn from the train rows."""
        clock = Clock.learn(cells) if column.kind == "datetime" else None
        origin = _origin(cells) if column.kind == "integer" else 0
        values = clock.encode(cells) if clock else _counted(cells, origin)
        filled = np.isfinite(values)
        support, counts = np.unique(values[filled], return_counts=True)
        whole = clock is not None or column.kind == "integer"
        missing = float(1 - filled.mean()) if len(values) else 0.0
        return cls(clock, whole, column.decimals, support, counts, missing, rare, origin)

    @property
    def atom(self) -> np.ndarray:
        """Which of the support's values are shared by so many rows that they are nobody's, and given out as they are.

        At least `rare` rows, and one in a thousand: a weight that a dozen of 30,000 rows share still singles them out.
        """
        shared: np.ndarray = self.counts >= max(self.rare, COMMON * self.counts.sum())
        return shared

    def encode(self, cells: pd.Series, rng: np.random.Generator | None) -> np.ndarray:
        del rng
        return self.clock.encode(cells) if self.clock else _counted(cells, self.origin)

    def decode(self, codes: np.ndarray, rng: np.random.Generator) -> pd.Series:
        del rng
        values = self.round(codes)
        if self.clock:
            return self.clock.decode(values)
        if self.whole:
            filled = np.isfinite(values)
            whole = np.where(filled, values, 0).clip(-(2.0**63), 2.0**63 - 1025).astype(np.int64) + self.origin
            return pd.Series(pd.arrays.IntegerArray(whole, ~filled))
        return pd.Series(values, dtype="float64")

    def round(self, values: np.ndarray) -> np.ndarray:
        """To the column's own resolution."""
        if self.whole:
            return np.round(values)
        return values if self.decimals is None else np.round(values, self.decimals)

    def rank(self, values: np.ndarray) -> np.ndarray:
        """Place in the support as float32, -1 for missing: what a tree splits on, safe for numbers of any size."""
        ranks = np.searchsorted(self.support, values).astype(np.float32)
        ranks[~np.isfinite(values)] = -1
        return ranks

    def blur(self, values: np.ndarray, width: float, rng: np.random.Generator) -> np.ndarray:
        """Values of the data made values of nobody: each moves to a random place up to `width` ranks away.

        The move follows the column's own empirical quantile function, so the law of the column stays as it was at any
        scale larger than a few order statistics; a value that several rows share moves by as many ranks more. What
        many share (0, 40 hours) is not personal and stays. The ends are reflected inward: no extreme is given out
        unless many share it.
        """
        out = values.copy()
        places = np.searchsorted(self.support, values).clip(max=max(len(self.support) - 1, 0))
        filled = np.isfinite(values)
        go = np.flatnonzero(filled)
        if len(self.support):
            go = go[~self.atom[places[go]]]
        ranks = self._ranks
        if len(go) == 0 or len(ranks) < 2:
            return out
        low = np.searchsorted(ranks, values[go], side="left")
        high = np.searchsorted(ranks, values[go], side="right")
        last = len(ranks) - 1
        reach = width + (high - low - 1)
        at = (low + high - 1) / 2 + rng.uniform(-1, 1, len(go)) * reach
        at = last - np.abs(last - np.abs(at))
        at = at.clip(0.5, last - 0.5) if last > 1 else np.full(len(go), 0.5)
        below = np.minimum(at.astype(np.int64), last - 1)
        part = at - below
        out[go] = self.round(ranks[below] * (1 - part) + ranks[below + 1] * part)
        return out

    def to_state(self) -> State:
        clock = self.clock.unit if self.clock else None
        plain = {"clock": clock, "whole": self.whole, "decimals": self.decimals, "missing": self.missing}
        plain |= {"rare": self.rare} | ({"origin": self.origin} if self.origin else {})
        return plain, {"support": self.support, "counts": self.counts}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Numbers:
        clock = Clock(plain["clock"]) if plain["clock"] else None
        kept = arrays["support"], arrays["counts"], plain["missing"], plain.get("rare", RARE), plain.get("origin", 0)
        return cls(clock, plain["whole"], plain["decimals"], *kept)


def _origin(cells: pd.Series) -> int:
    """The smallest, where floats would not tell the largest apart and all lie in reach of it; else 0."""
    held = cells.dropna()
    low, high = (int(held.min()), int(held.max())) if len(held) else (0, 0)
    return low if max(-low, high) > 2**53 and high - low < 2**62 else 0


def _counted(cells: pd.Series, origin: int) -> np.ndarray:
    """Floats counted from there, NaN for missing."""
    if not origin:
        return cells.to_numpy(float, na_value=np.nan)
    gone = cells.isna().to_numpy()
    return np.where(gone, np.nan, (cells.to_numpy(np.int64, na_value=origin) - origin).astype(float))


@dataclass(frozen=True)
class Strings:
    """Keys and free text: only whether a cell is filled (0) or missing (1) is learned; the words are made new.

    Args:
        law: makes the words.
        missing: whether cells can be missing.
        empty: whether all are, whatever a model says.
    """

    kind: ClassVar[str] = "strings"
    law: StringLaw
    missing: bool
    empty: bool = False

    @classmethod
    def learn(cls, cells: pd.Series, column: Column, rng: np.random.Generator, *, rare: int = RARE) -> Strings:
        """Learn from the train rows."""
        filled = cells.dropna().astype(str)
        law = StringLaw.learn(filled, unique=column.kind == "id", rng=rng, rare=rare)
        return cls(law, len(filled) < len(cells), not len(filled))

    @property
    def size(self) -> int:
        """How many codes there are."""
        return 2

    def encode(self, cells: pd.Series, rng: np.random.Generator | None) -> np.ndarray:
        del rng
        return cells.isna().to_numpy().astype(np.int32)

    def decode(self, codes: np.ndarray, rng: np.random.Generator) -> pd.Series:
        cells = np.full(len(codes), None, dtype=object)
        filled = np.flatnonzero(codes == 0) if not self.empty else np.zeros(0, np.int64)
        cells[filled] = self.law.sample(len(filled), rng)
        return pd.Series(cells, dtype=object)

    def to_state(self) -> State:
        plain, arrays = self.law.to_state()
        return {"law": plain, "missing": self.missing, "empty": self.empty}, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Strings:
        return cls(StringLaw.from_state(plain["law"], arrays), plain["missing"], plain.get("empty", False))
