"""What rows drawn from a table do not show of it: values and gaps that only other rows have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from synthkit.data.cells import Cells
from synthkit.data.numbers import INFINITE, OTHER, read_numbers
from synthkit.data.tally import Tally

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["of_tally", "widened"]

_FEW: Final = 64  # distinct values of a column that are all shown to the guess: levels, classes, true and false


def of_tally(cells: Cells, tally: Tally) -> Cells:
    """The values that a tally keeps, once each, as cells like these."""
    words = tally.words
    return replace(cells, words=words, codes=np.arange(len(words), dtype=np.int64))


def widened(cells: Cells, tally: Tally) -> Cells:
    """The cells drawn, and behind them what they lack and the kind of a column hangs on.

    That is a missing cell where some row has one; a value twice where some value is not unique; all values of a column
    of few; and of a column of many those written in a form that no row drawn has (a fraction among whole numbers, a
    mark for a missing cell). Words that are no numbers at all among many numbers are not added: such a column is
    refused by the rows that hold them, where their place can be told.

    Args:
        cells: of the rows drawn.
        tally: of all rows.
    """
    more: list[int] = []
    words = list(cells.words)
    if cells.source in ("text", "words", "numbers"):
        unseen = _telling(cells, tally)
        more += range(len(words), len(words) + len(unseen))
        words += unseen
        if tally.repeated and words and len(cells.words) == int((cells.codes >= 0).sum()):
            more.append(0)
    if tally.missing and not cells.empty:
        more.append(-1)
    if not more:
        return cells
    return replace(cells, words=words, codes=np.concatenate([cells.codes, np.array(more, np.int64)]))


def _telling(cells: Cells, tally: Tally) -> list[str]:
    seen = set(cells.words)
    unseen = [word for word in tally.words if word not in seen]
    if not unseen or (tally.complete and len(tally.values) <= _FEW):
        return sorted(unseen)
    forms: npt.NDArray[np.int8] = read_numbers(unseen).form
    new = ~np.isin(forms, [*np.unique(cells.numbers.form), OTHER, INFINITE])
    return sorted(word for word, keep in zip(unseen, new, strict=True) if keep)
