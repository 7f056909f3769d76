"""Categories in exact shares, over all parts together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthkit.encode.keys import shuffled
from synthkit.errors import ConfigError, UnknownName

__all__ = ["counts", "dealt"]


def counts(categories: Sequence[str], shares: str, rows: int, column: str) -> dict[str, int]:
    """How many of `rows` rows get each category, in the shares asked for up to the rounding of whole rows.

    Args:
        categories: that the column has.
        shares: `a:0.3,b:0.7`; "" for as many of each.
        rows: in all.
        column: its name, for errors.

    >>> counts(("a", "b"), "a:0.25,b:0.75", 8, "x"), counts(("a", "b"), "", 7, "x")
    ({'a': 2, 'b': 6}, {'a': 4, 'b': 3})

    Raises:
        ConfigError: shares that are no numbers, or none of them positive.
        UnknownName: no such category.
    """
    parts = dict.fromkeys(categories, 1.0)
    if shares:
        pairs = [pair.rpartition(":") for pair in shares.split(",")]
        try:
            parts = {word.strip(): float(number) for word, _, number in pairs}
        except ValueError:
            raise ConfigError(f"the shares of {column!r} are not numbers", hint="write A:0.3,B:0.7") from None
    if unknown := [word for word in parts if word not in categories]:
        raise UnknownName(f"category of column {column!r}", unknown[0], categories)
    if min(parts.values()) < 0 or not sum(parts.values()) > 0:
        raise ConfigError(f"the shares of {column!r} have to be positive")
    ideal = [rows * share / sum(parts.values()) for share in parts.values()]
    whole = [int(one) for one in ideal]
    by_rest = sorted(range(len(ideal)), key=lambda at: whole[at] - ideal[at])
    for at in by_rest[: rows - sum(whole)]:
        whole[at] += 1
    return dict(zip(parts, whole, strict=True))


def dealt(many: dict[str, int], first: int, rows: int, key: int) -> list[str]:
    """The categories of some rows of a plan, as if the categories of all its rows had been shuffled.

    Args:
        many: rows of each category in the whole plan.
        first: number of the first row.
        rows: how many.
        key: of the shuffle.

    >>> sorted(dealt({"a": 2, "b": 3}, 0, 3, 1) + dealt({"a": 2, "b": 3}, 3, 2, 1))
    ['a', 'a', 'b', 'b', 'b']
    """
    ends = np.cumsum(list(many.values()))
    places = shuffled(np.arange(first, first + rows, dtype=np.uint64), int(ends[-1]), key)
    words = np.array(list(many), object)
    return list(words[np.searchsorted(ends, places.astype(np.int64), side="right")])
