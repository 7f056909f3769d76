"""What one pass over a column leaves: counts that add up, so that the tallies of parts make the tally of the whole.

A tally is of bounded size. Of a column with few distinct values it holds them all with their counts; of one with many
it holds those with the smallest hashes, still with their exact counts (distinct sampling, Gibbons 2001), from which the
number of distinct values follows (Bar-Yossef et al. 2002) and whether a value stands there twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.data.native import number_words

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["KEPT", "Tally", "filled", "hashed", "mixed", "tally"]

KEPT: Final = 16_384
"""Distinct values kept: with so many hashes the number of distinct values is known to 0.8 %."""

_ALL: Final = np.uint64(2**64 - 1)


@dataclass(frozen=True)
class Tally:
    """Counts of one column, over some rows.

    Args:
        rows: how many.
        missing: of them without a value.
        hashes: of the values kept, ascending.
        values: those values: numbers, dates as microseconds, or words as an object array.
        counts: rows that hold each of them.
        below: values with a smaller hash are all kept.
        infinite: rows with an infinite number.
        whole: whether every number is whole (and not only those kept).
        known: whether the values of this type are counted at all.
    """

    rows: int
    missing: int
    hashes: npt.NDArray[np.uint64]
    values: npt.NDArray[Any]
    counts: npt.NDArray[np.int64]
    below: np.uint64 = _ALL
    infinite: int = 0
    whole: bool = True
    known: bool = True

    @property
    def complete(self) -> bool:
        """Whether every distinct value is kept."""
        return self.known and self.below == _ALL

    @property
    def distinct(self) -> int:
        """How many distinct values there are; an estimate where not all are kept."""
        if self.complete or not len(self.hashes):
            return len(self.hashes)
        return round(len(self.hashes) / (float(self.below) / 2.0**64))

    @property
    def repeated(self) -> bool:
        """Whether some value is held by more than one row, as far as those kept tell."""
        return bool((self.counts > 1).any())

    @property
    def words(self) -> list[str]:
        """The values kept, as words."""
        if self.values.dtype == object:
            return list(self.values)
        return number_words(self.values, str(self.values.dtype))

    def __add__(self, other: Tally) -> Tally:
        """The tally of the rows of both; in whichever order tallies are added, the result is the same."""
        below = min(self.below, other.below)
        hashes = np.concatenate([self.hashes, other.hashes])
        keep = hashes < below if below < _ALL else slice(None)
        found, first, place = np.unique(hashes[keep], return_index=True, return_inverse=True)
        counts = np.zeros(len(found), np.int64)
        np.add.at(counts, place, np.concatenate([self.counts, other.counts])[keep])
        values = _joined(self.values, other.values)[keep][first]
        both = replace(
            self, rows=self.rows + other.rows, missing=self.missing + other.missing, hashes=found, values=values,
            counts=counts, below=below, infinite=self.infinite + other.infinite, whole=self.whole and other.whole,
            known=self.known and other.known,
        )  # fmt: skip
        return _cut(both)


def tally(array: pa.Array, *, below: np.uint64 = _ALL) -> Tally:
    """The tally of some rows.

    Args:
        array: the cells.
        below: values with larger hashes are not wanted.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    rows, missing = len(array), array.null_count
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind):
        counted = pc.value_counts(array.drop_null())
        words, counts = counted.field("values"), counted.field("counts").to_numpy(zero_copy_only=False)
        return _cut(_of_words(rows, missing, words, counts, below))
    if pa.types.is_dictionary(kind):
        held = array.indices.drop_null().to_numpy(zero_copy_only=False)
        counts = np.bincount(held, minlength=len(array.dictionary))
        return _cut(_of_words(rows, missing, array.dictionary, counts, below))
    if pa.types.is_decimal(kind) or (numbers := filled(array)) is None:
        return Tally(rows, missing, np.zeros(0, np.uint64), np.zeros(0), np.zeros(0, np.int64), known=False)
    return _cut(_of_numbers(numbers, rows, below))


def _of_numbers(numbers: npt.NDArray[Any], rows: int, below: np.uint64) -> Tally:
    missing, infinite, whole = rows - len(numbers), 0, True
    if numbers.dtype.kind == "f":
        finite = np.isfinite(numbers)
        infinite = int((~finite).sum())
        numbers = (numbers[finite] if infinite else numbers) + numbers.dtype.type(0)  # -0 and 0 are one value
        whole = bool((np.floor(numbers) == numbers).all())
    hashes = hashed(numbers)
    if below < _ALL:
        keep = hashes < below
        hashes, numbers = hashes[keep], numbers[keep]
    found, first, counts = np.unique(hashes, return_index=True, return_counts=True)
    return Tally(rows, missing, found, numbers[first], counts.astype(np.int64), below, infinite, whole)


def _of_words(rows: int, missing: int, words: pa.Array, counts: npt.NDArray[np.int64], below: np.uint64) -> Tally:
    """Words and their counts, with hashes, in their order, of those wanted."""
    values = np.array([str(word) for word in words.to_pylist()], object)
    hashes = hashed(values)
    order = np.argsort(hashes)
    order = order[(counts[order] > 0) & (hashes[order] < below)] if below < _ALL else order[counts[order] > 0]
    return Tally(rows, missing, hashes[order], values[order], counts[order].astype(np.int64), below)


def _cut(found: Tally) -> Tally:
    """At most `KEPT` values, those with the smallest hashes."""
    if len(found.hashes) <= KEPT:
        return found
    return replace(
        found, hashes=found.hashes[:KEPT], values=found.values[:KEPT], counts=found.counts[:KEPT],
        below=found.hashes[KEPT],
    )  # fmt: skip


def _joined(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.concatenate([one, other]) if len(one) and len(other) else one if len(one) else other


def filled(array: pa.Array) -> npt.NDArray[Any] | None:
    """The numbers of a column that are not missing, or its dates as microseconds; None for other types."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_decimal(kind):
        array = array.cast(pa.float64(), safe=False)
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        array = array.cast(pa.timestamp("ms") if pa.types.is_date(kind) else kind)
        array = array.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False).cast(pa.int64())
    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        return None
    values: npt.NDArray[Any] = array.drop_null().to_numpy(zero_copy_only=False)
    return values[~np.isnan(values)] if values.dtype.kind == "f" else values


def hashed(values: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """A hash of each value, the same in every process and on every machine."""
    import pandas as pd

    if values.dtype == object:
        found: npt.NDArray[np.uint64] = pd.util.hash_array(values, categorize=False)
        return mixed(found)
    wide = values.astype(np.float64 if values.dtype.kind == "f" else np.int64, copy=False)
    return mixed(wide.view(np.uint64))


def mixed(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Keys to numbers that look drawn evenly from all of 64 bits, one to one (the finaliser of SplitMix64).

    References:
        Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.
    """
    with np.errstate(over="ignore"):
        z = keys + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
