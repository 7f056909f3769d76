"""How numbers are written in text: which words are numbers, which stand for nothing, and how to write them back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["MARKS", "Numbers", "is_mark", "read_numbers", "resolution", "write_integers", "write_numbers"]

MARKS: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", ".", "#n/a", "#na", "<na>", "nat"})
"""Words (in any case) that mean "nothing here" when they stand among numbers or dates."""

_INFINITE: Final = frozenset({"inf", "infinity"})
_NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:(\.)([0-9]*))?|(\.)([0-9]+))([eE][+-]?[0-9]+)?")
_CODE: Final = re.compile(r"-?0[0-9]+(?:\.[0-9]*)?|\+[0-9]+(?:\.[0-9]*)?")
_LARGEST: Final = 2**63 - 1
_LONGEST: Final = 400  # characters of a number; longer ones are no numbers to anybody
_VISIBLE: Final = 15  # a double holds 15 decimal digits for certain; more digits than that are noise, not a resolution

OTHER, WHOLE, POINT_ZERO, FRACTION, SCIENTIFIC, CODE, MARK, INFINITE = range(8)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What each distinct word of a column is, read as a number.

    Args:
        form: one of OTHER, WHOLE (`12`), POINT_ZERO (`12.0`), FRACTION, SCIENTIFIC, CODE (`00123`, `+49301`, or beyond
            64 bits), MARK (stands for nothing), INFINITE; one a word.
        values: the number, or nan.
        wholes: the exact integer where the word is one, else 0.
        digits: digits after the point.
    """

    form: npt.NDArray[np.int8]
    values: npt.NDArray[np.float64]
    wholes: npt.NDArray[np.int64]
    digits: npt.NDArray[np.int64]

    @property
    def plain(self) -> npt.NDArray[np.bool_]:
        """Words that are finite numbers beyond doubt."""
        return np.isin(self.form, (WHOLE, POINT_ZERO, FRACTION, SCIENTIFIC))

    @property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Words whose value is a whole number of at most 64 bits."""
        exact = np.isin(self.form, (WHOLE, POINT_ZERO))
        near = ~exact & np.isfinite(self.values) & (np.abs(self.values) < 2.0**53)
        out: npt.NDArray[np.bool_] = exact | (near & (np.floor(np.where(near, self.values, 0.5)) == self.values))
        return out


def is_mark(word: str) -> bool:
    """Whether a word stands for a missing value among numbers or dates.

    >>> [is_mark(w) for w in ("NA", " ", "#n/a", "nope")]
    [True, True, True, False]
    """
    return word.strip().casefold() in MARKS


def read_numbers(words: Sequence[str]) -> Numbers:
    """Read each word as a number, and say in which form it is written.

    >>> read_numbers(["12", "12.50", "NA", "00123", "-inf", "red"]).form.tolist()
    [1, 3, 6, 5, 7, 0]
    """
    n = len(words)
    form, digits = np.zeros(n, np.int8), np.zeros(n, np.int64)
    values, wholes = np.full(n, np.nan), np.zeros(n, np.int64)
    for i, word in enumerate(words):
        bare = word.strip()
        if len(bare) > _LONGEST:
            continue
        if (match := _NUMBER.fullmatch(bare)) and not _CODE.fullmatch(bare):
            values[i] = float(bare)
            form[i], digits[i] = _form(match)
            if form[i] in (SCIENTIFIC, FRACTION) and np.isinf(values[i]):
                form[i], values[i] = INFINITE, np.nan  # beyond what a double holds
            elif form[i] in (WHOLE, POINT_ZERO):
                whole = int(bare.partition(".")[0])
                if abs(whole) <= _LARGEST:
                    wholes[i] = whole
                else:
                    form[i] = CODE
        else:
            form[i], values[i] = _not_plain(bare)
    return Numbers(form, values, wholes, digits)


def _form(match: re.Match[str]) -> tuple[int, int]:
    fraction = match[2] if match[1] else match[4]
    if match[5]:
        return SCIENTIFIC, max(0, len(fraction or "") - int(match[5][1:]))
    if fraction is None:
        return WHOLE, 0
    return (POINT_ZERO if fraction == "0" and match[1] else FRACTION), len(fraction)


def _not_plain(bare: str) -> tuple[int, float]:
    if bare.casefold() in MARKS:
        return MARK, np.nan
    if _CODE.fullmatch(bare):
        return CODE, float(bare)
    if bare.lstrip("+-").casefold() in _INFINITE:
        return INFINITE, np.nan
    return OTHER, np.nan


def resolution(numbers: Numbers, counts: npt.NDArray[np.int64], *, native: bool) -> tuple[int | None, str]:
    """Digits after the point that a column uses (None if it has no visible resolution), and its style of writing.

    The style is "str" (the shortest form), "float" (whole numbers end in `.0`) or "fixed" (always the same digits).
    """
    used = numbers.plain & (counts > 0)
    form, digits, seen = numbers.form[used], numbers.digits[used], counts[used]
    most = int(digits.max(initial=0))
    pointed, bare = seen[form == POINT_ZERO].sum(), seen[form == WHOLE].sum()
    style = "float" if pointed > bare else "str"
    scientific = bool((form == SCIENTIFIC).any())
    if most > _VISIBLE or (scientific and not native):
        return None, style
    if most >= 2 and not scientific and bool((digits == most).all()):
        values = numbers.values[used]
        shorter = np.abs(values) * 10.0 ** (most - 1)
        if bool((np.abs(shorter - np.rint(shorter)) < 1e-6).any()):  # some last digit is a zero, and it is written
            style = "fixed"
    return most, style


def round_to(values: npt.NDArray[np.float64], decimals: int | None) -> npt.NDArray[np.float64]:
    """Round to `decimals`, leaving alone what is too large to have that many digits in a double."""
    if decimals is None:
        return values
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = values * 10.0**decimals
        near: npt.NDArray[np.float64] = np.where(np.abs(scaled) < 2.0**53, np.rint(scaled) / 10.0**decimals, values)
    return np.where((near == 0) & (values != 0), 0.0, near)  # a small negative number must not become -0


def write_numbers(values: npt.NDArray[np.float64], decimals: int | None, style: str) -> list[str]:
    """The shortest text of each number at a resolution and in a style.

    >>> write_numbers(np.array([7.25, 3.0, 1e-5]), 5, "str"), write_numbers(np.array([2.5]), 2, "fixed")
    (['7.25', '3', '0.00001'], ['2.50'])
    """
    near = round_to(values, decimals)
    if style == "fixed" and decimals is not None:
        return [f"{v:.{decimals}f}" for v in near.tolist()]
    out = [repr(v) for v in near.tolist()]
    for i, text in enumerate(out):
        if decimals is not None and "e" in text:
            out[i] = np.format_float_positional(near[i], trim="-" if style == "str" else "0")
        elif style == "str" and text.endswith(".0"):
            out[i] = text[:-2]
    return out


def write_integers(values: npt.NDArray[Any], style: str) -> list[str]:
    """Whole numbers as text: `129`, or `129.0` where the file wrote them so."""
    end = ".0" if style == "float" else ""
    return [f"{v}{end}" for v in values.tolist()]
