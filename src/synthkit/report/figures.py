"""Numbers as the report writes them: one place, so that HTML, Markdown and the terminal never disagree."""

from __future__ import annotations

import math
import unicodedata

__all__ = ["clean", "count", "difference", "finite", "gap", "interval", "number", "seconds", "sentence", "value"]

NONE = "–"
_NBSP = "\u00a0"


def finite(x: object) -> float | None:
    """A float, or None for whatever is not a finite number: JSON has no NaN."""
    return float(x) if isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) else None


def gap(x: object, from_: object) -> float | None:
    """The difference of two numbers, or None where one of them is none.

    >>> gap(3.0, 1.0), gap(None, 1.0)
    (2.0, None)
    """
    a, b = finite(x), finite(from_)
    return None if a is None or b is None else a - b


def value(x: object, unit: str) -> str:
    """A score in its unit.

    >>> value(0.0123, "share").replace(chr(160), " "), value(0.5412, "auc"), value(None, "auc"), value(1234, "count")
    ('1.23 %', '0.541', '–', '1,234')
    """
    number_ = finite(x)
    if number_ is None:
        return NONE
    text = _bare(number_, unit)
    return f"{text}{_NBSP}%" if unit == "share" else text


def difference(x: object, unit: str) -> str:
    """A signed difference of two scores; shares in percentage points.

    >>> difference(0.004, "share").replace(chr(160), " "), difference(-0.02, "auc")
    ('+0.40 points', '−0.020')
    """
    number_ = finite(x)
    if number_ is None:
        return NONE
    text = _bare(abs(number_), unit)
    sign = "" if float(text.replace(",", "")) == 0 else "+" if number_ > 0 else "−"
    return f"{sign}{text}{_NBSP}points" if unit == "share" else f"{sign}{text}"


def interval(ci: object, unit: str) -> str:
    """A 95 % interval, or a dash.

    >>> interval((0.01, 0.02), "share").replace(chr(160), " ")
    '1.00 to 2.00 %'
    """
    if not isinstance(ci, list | tuple) or len(ci) != 2:
        return NONE
    low, high = finite(ci[0]), finite(ci[1])
    if low is None or high is None:
        return NONE
    return f"{_bare(low, unit)} to {value(high, unit)}"


def _bare(x: float, unit: str) -> str:
    if unit == "share":
        text = f"{100 * x:.2f}" if abs(x) < 0.1 else f"{100 * x:.1f}"
    else:
        text = f"{x:,.0f}" if unit == "count" else f"{x:.3f}"
    return text.replace("-", "−")


def count(n: object) -> str:
    """A whole number with thousands set apart.

    >>> count(4454)
    '4,454'
    """
    number_ = finite(n)
    return NONE if number_ is None else f"{number_:,.0f}"


def seconds(s: object) -> str:
    """A duration.

    >>> [seconds(s).replace(chr(160), " ") for s in (0.04, 2.345, 75, 300, 7320, None)]
    ['0.04 s', '2.3 s', '1 min 15 s', '5 min', '2 h 2 min', '–']
    """
    number_ = finite(s)
    if number_ is None:
        return NONE
    if number_ < 59.95:
        return f"{number_:.2f}{_NBSP}s" if number_ < 1 else f"{number_:.1f}{_NBSP}s"
    minutes, rest = divmod(round(number_), 60)
    if minutes < 60:
        return f"{minutes}{_NBSP}min" + (f" {rest}{_NBSP}s" if rest else "")
    return f"{minutes // 60}{_NBSP}h {minutes % 60}{_NBSP}min"


def number(x: object) -> str:
    """An axis label: short, without needless digits.

    >>> [number(x) for x in (0, 1976, 12500, 1234567, 0.00012, 3.14159, -2.5, "2024-05-01T00:00:00", 1.5e12)]
    ['0', '1976', '12,500', '1.23M', '0.00012', '3.14', '−2.5', '2024-05-01', '1.5e+12']
    """
    if isinstance(x, str):
        return x[:10] if x[10:] in ("", "T00:00:00", " 00:00:00") else x[:16].replace("T", " ")
    number_ = finite(x)
    if number_ is None:
        return NONE
    size = abs(number_)
    if size >= 1e9:
        text = f"{number_:.3g}"
    elif size >= 1e6:
        text = f"{number_ / 1e6:.3g}M"
    elif size >= 1e4:
        text = f"{number_:,.0f}"
    else:  # no comma below 10,000: it may be a year
        text = f"{number_:.0f}" if size >= 1000 or number_ == int(number_) else f"{number_:.3g}"
    return text if size >= 1e9 else text.replace("-", "−")


def sentence(text: object, *, capital: bool = True) -> str:
    """Cleaned text with a capital at its start and a full stop at its end, or nothing.

    >>> sentence("falls short on detection"), sentence("Done."), sentence(None)
    ('Falls short on detection.', 'Done.', '')
    """
    words = clean(text or "").strip()
    return (words[:1].upper() if capital else words[:1]) + words[1:] + ("" if not words or words[-1] in ".!?" else ".")


def clean(text: object) -> str:
    """Text that came from the data's header or levels, without what could move a cursor or turn a line around.

    >>> clean("a" + chr(27) + "[31mb" + chr(0x202E) + "c")
    'a�[31mb�c'
    """
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cs") or c in _TURNS else c for c in str(text))


_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
