"""What a key looks like: names that promise one, and the pattern its words follow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

__all__ = ["key_pattern", "named_like_key", "snake"]

_KEY_NAME: Final = re.compile(r"(^|_)(id|key|uuid|guid|no|nr|number|ssn|iban)$")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_RUN: Final = re.compile(r"[0-9]+|[A-Z]+|[a-z]+|[^0-9A-Za-z]")
_HEX: Final = re.compile(r"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,})", re.IGNORECASE)
_FEW_SHAPES: Final = 4


def snake(name: str) -> str:
    """A column name in snake case.

    >>> snake("PassengerId"), snake("customerID"), snake("Order No.")
    ('passenger_id', 'customer_id', 'order_no')
    """
    return re.sub(r"[^0-9A-Za-z]+", "_", _CAMEL.sub("_", name)).strip("_").lower()


def named_like_key(name: str) -> bool:
    """Whether a name promises a key: `id`, `PassengerId`, `account_no`, but not `paid`."""
    return _KEY_NAME.search(snake(name)) is not None


def key_pattern(words: Sequence[str]) -> str | None:
    r"""The regular expression that all these words follow, or None if they have more than a few shapes or hold blanks.

    Letters and signs that every word shares stay as they are; no other part of a word shows.

    >>> key_pattern(["AB-0012", "AB-0907"]), key_pattern(["7", "19"])
    ('AB-\\d{4}', '\\d{1,2}')
    """
    if not words or any(" " in w for w in words):
        return None
    if all(_HEX.fullmatch(w) for w in words):
        return _hex_pattern(words)
    shapes: dict[tuple[str, ...], list[list[str]]] = {}
    for word in words:
        runs = _RUN.findall(word)
        shapes.setdefault(tuple(_class(r) for r in runs), []).append(runs)
        if len(shapes) > _FEW_SHAPES:
            return None
    order = Counter({shape: len(members) for shape, members in shapes.items()}).most_common()
    return "|".join(_pattern(shape, shapes[shape]) for shape, _ in order)


def _hex_pattern(words: Sequence[str]) -> str | None:
    lengths = {len(w) for w in words}
    if len(lengths) > 1:
        return None
    if "-" in words[0]:
        return "[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"
    return f"[0-9a-f]{{{lengths.pop()}}}"


def _class(run: str) -> str:
    if run[0] in "0123456789":
        return r"\d"
    if "A" <= run[0] <= "Z":
        return "[A-Z]"
    return "[a-z]" if "a" <= run[0] <= "z" else ("-" if run == "-" else re.escape(run))


def _pattern(shape: tuple[str, ...], members: list[list[str]]) -> str:
    out = []
    for i, kind in enumerate(shape):
        runs = {m[i] for m in members}
        if not kind.startswith(("[", r"\d")):
            out.append(kind)
        elif kind != r"\d" and len(runs) == 1 and len(members) > 1:
            out.append(next(iter(runs)))
        else:
            low, high = min(map(len, runs)), max(map(len, runs))
            out.append(kind + ("" if high == 1 else f"{{{low}}}" if low == high else f"{{{low},{high}}}"))
    return "".join(out)
