"""A column before it has a kind: its distinct words, and which row holds which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from synthkit.data.dates import write_dates
from synthkit.data.numbers import Numbers, read_numbers

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Cells", "Raw", "Source"]

Source = Literal["text", "words", "numbers", "levels", "booleans", "dates"]


@dataclass(frozen=True)
class Cells:
    """One column as it came: distinct words, and for each row the word's position, or -1 for a missing cell.

    Everything the door wants to know about a column it asks of the distinct words, weighted by their counts.

    Args:
        name: of the column.
        words: the distinct values as text, in the order they appear.
        codes: one a row.
        source: where the words come from: a text file, or a native column of words, numbers, levels (a category type),
            booleans or dates.
        dtype: the storage type to give back.
        dates: the distinct values of a native datetime column.
        before: rows of the file in front of these, so that messages count from its first.
    """

    name: str
    words: Sequence[str]
    codes: npt.NDArray[np.int64]
    source: Source = "text"
    dtype: str = "str"
    dates: npt.NDArray[np.datetime64] | None = None
    before: int = 0

    @classmethod
    def of_words(cls, name: str, cells: npt.NDArray[Any], *, source: Source = "text", dtype: str = "str") -> Cells:
        """Factorise an object array of str; None is missing, and so is an empty cell of a text file."""
        import pandas as pd

        codes, uniques = pd.factorize(cells)
        words = [str(w) for w in uniques]
        codes = codes.astype(np.int64)
        if source == "text" and "" in words:
            empty = words.index("")
            del words[empty]
            codes = np.where(codes == empty, -1, codes - (codes > empty))
        return cls(name, words, codes, source, dtype)

    @classmethod
    def of_dates(cls, name: str, cells: npt.NDArray[np.datetime64], dtype: str) -> Cells:
        """Factorise native dates."""
        import pandas as pd

        codes, uniques = pd.factorize(cells.astype("datetime64[us]"))
        dates: npt.NDArray[np.datetime64] = np.asarray(uniques, "datetime64[us]")
        return cls(name, write_dates(dates, "") if len(dates) else [], codes.astype(np.int64), "dates", dtype, dates)

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        """Rows that hold each word."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.words)).astype(np.int64)

    @cached_property
    def empty(self) -> int:
        """Rows whose cell is empty (or null)."""
        return int((self.codes < 0).sum())

    @cached_property
    def numbers(self) -> Numbers:
        """The words read as numbers."""
        return read_numbers(self.words)

    def rows_of(self, chosen: npt.NDArray[np.bool_]) -> tuple[int, int]:
        """How many rows hold one of the chosen words, and the first of them (1 is the first row below the header)."""
        at = np.flatnonzero(np.append(chosen, False)[self.codes])
        return len(at), int(at[0]) + 1 + self.before if len(at) else 0


@dataclass(frozen=True)
class Raw:
    """A file or a frame as it came, before any column has a kind.

    Args:
        columns: in order.
        rows: how many.
    """

    columns: tuple[Cells, ...]
    rows: int

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, name: str) -> Cells:
        return self.columns[self.names.index(name)]
