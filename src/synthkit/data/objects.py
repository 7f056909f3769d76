"""Columns of Python objects: what they were, kept in a word beside their storage type, and made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PREFIX", "again", "label", "true", "whole"]

PREFIX: Final = "object:"

_LABELS: Final = {
    "boolean": "booleans", "integer": "integers", "floating": "floats", "mixed-integer-float": "floats",
    "decimal": "decimals", "datetime": "datetimes", "datetime64": "datetimes", "date": "dates",
}  # fmt: skip
_TRUE: Final = frozenset({"true", "1", "1.0"})


def true(word: str) -> bool:
    """The truth that the word of a boolean column stands for.

    >>> true("True"), true("1.0"), true("0")
    (True, True, False)
    """
    return word.casefold() in _TRUE


def whole(word: str) -> int:
    """The whole number that a word stands for, to the last digit.

    >>> whole("-12"), whole("3.0"), whole("9223372036854775807")
    (-12, 3, 9223372036854775807)
    """
    return int(word) if word.lstrip("-").isdecimal() else int(float(word))


_MAKE: Final[Mapping[str, Callable[[str], Any]]] = {
    "booleans": true, "integers": whole, "floats": float, "decimals": Decimal,
}  # fmt: skip


def label(series: pd.Series[Any], inferred: str, kept: str) -> str:
    """The storage type to remember of an object column whose cells pandas infers to be so.

    >>> import pandas as pd
    >>> label(pd.Series([True, None], dtype=object), "boolean", "object")
    'object:booleans'
    """
    if kept != "object" or inferred not in _LABELS:
        return kept
    zoned = inferred == "datetime" and any(getattr(cell, "tzinfo", None) is not None for cell in series)
    return PREFIX + _LABELS[inferred] + (" in UTC" if zoned else "")


def _moment(what: str) -> Callable[[Any], Any]:
    """What makes a date or a time of a canonical cell, or of the word of a key."""
    import pandas as pd

    def made(cell: Any) -> Any:  # noqa: ANN401  # a pandas Timestamp or a word
        moment = pd.Timestamp(cell).to_pydatetime()
        return moment.date() if what == "dates" else moment.replace(tzinfo=UTC) if what.endswith("UTC") else moment

    return made


def again(series: pd.Series[Any], words: list[Any], stored: str) -> pd.Series[Any]:
    """The objects that a column held; None where a cell is missing.

    Args:
        series: canonical cells.
        words: the same as text, at the resolution of the column.
        stored: what `label` said.
    """
    import pandas as pd

    what, gone = stored.removeprefix(PREFIX), series.isna().to_numpy()
    if what.startswith("date"):
        make = _moment(what)
        return pd.Series([None if g else make(cell) for cell, g in zip(series, gone, strict=True)], dtype=object)
    make = _MAKE[what]
    return pd.Series([None if g else make(word) for word, g in zip(words, gone, strict=True)], dtype=object)
