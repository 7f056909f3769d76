"""How dates are written in text: find the format from the data, read it, and write it back to the letter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["candidates", "looks_dated", "offset_of", "read_dates", "read_utc", "write_dates", "zones"]

# Shape of the date, and the formats it may be, the more likely first.
_DAYS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (r"\d{4}-\d{2}-\d{2}", ("%Y-%m-%d",)),
    (r"\d{4}-\d{2}", ("%Y-%m",)),
    (r"\d{4}/\d{2}/\d{2}", ("%Y/%m/%d",)),
    (r"\d{2}/\d{2}/\d{4}", ("%m/%d/%Y", "%d/%m/%Y")),
    (r"\d{1,2}/\d{1,2}/\d{4}", ("%-m/%-d/%Y", "%-d/%-m/%Y")),
    (r"\d{2}/\d{2}/\d{2}", ("%m/%d/%y", "%d/%m/%y")),
    (r"\d{1,2}/\d{1,2}/\d{2}", ("%-m/%-d/%y", "%-d/%-m/%y")),
    (r"\d{2}-\d{2}-\d{4}", ("%d-%m-%Y", "%m-%d-%Y")),
    (r"\d{2}\.\d{2}\.\d{4}", ("%d.%m.%Y",)),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", ("%-d.%-m.%Y",)),
    (r"[A-Za-z]{3}-\d{4}", ("%b-%Y",)),
    (r"[A-Za-z]{3}-\d{2}", ("%b-%y",)),
    (r"[A-Za-z]{3} \d{4}", ("%b %Y",)),
    (r"[A-Za-z]{3} \d{2}, \d{4}", ("%b %d, %Y",)),
    (r"[A-Za-z]{3} \d{1,2}, \d{4}", ("%b %-d, %Y",)),
    (r"[A-Za-z]{3,9} \d{2}, \d{4}", ("%B %d, %Y",)),
    (r"[A-Za-z]{3,9} \d{1,2}, \d{4}", ("%B %-d, %Y",)),
    (r"\d{2}-[A-Za-z]{3}-\d{4}", ("%d-%b-%Y",)),
    (r"\d{1,2}-[A-Za-z]{3}-\d{4}", ("%-d-%b-%Y",)),
    (r"\d{2}-[A-Za-z]{3}-\d{2}", ("%d-%b-%y",)),
    (r"\d{2} [A-Za-z]{3} \d{4}", ("%d %b %Y",)),
)
_CLOCKS: Final = (
    ("", ""),
    (r"\d{2}:\d{2}", "%H:%M"),
    (r"\d{1,2}:\d{2}", "%-H:%M"),
    (r"\d{2}:\d{2}:\d{2}", "%H:%M:%S"),
    (r"\d{1,2}:\d{2}:\d{2}", "%-H:%M:%S"),
    (r"\d{2}:\d{2}:\d{2}\.\d{3}", "%H:%M:%S.%3f"),
    (r"\d{2}:\d{2}:\d{2}\.\d{6}", "%H:%M:%S.%f"),
    (r"\d{2}:\d{2}:\d{2} [AP]M", "%I:%M:%S %p"),
    (r"\d{2}:\d{2} [AP]M", "%I:%M %p"),
    (r"\d{1,2}:\d{2}:\d{2} [AP]M", "%-I:%M:%S %p"),
    (r"\d{1,2}:\d{2} [AP]M", "%-I:%M %p"),
)
_COMPACT: Final = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_ZONE: Final = re.compile(r"(?<=\d)(Z| UTC|[+-]\d{2}:?\d{2})$")
_OFFSET: Final = re.compile(r"(?:Z| UTC|([+-])(\d{2}):?(\d{2}))$")
_PLAUSIBLE: Final = re.compile(r"(?=.*\d).*([-/.:,]|[A-Za-z] ?\d).*")
_NAMED: Final = re.compile(r"(^|_)(date|day|dt|time|timestamp|ymd)(_|$)")
_SAMPLE: Final = 50
_SLOWLY: Final = 1000  # words that may be read one by one: most words unread means that they are no dates at all


def looks_dated(name: str) -> bool:
    """Whether a column's (snake case) name says that it holds dates."""
    return _NAMED.search(name) is not None


def zones(words: Sequence[str]) -> set[str]:
    """The UTC offsets that end these words, "" for those that have none.

    >>> sorted(zones(["2024-01-01T00:00:00Z", "2024-01-01T00:00:00+02:00"]))
    ['+02:00', 'Z']
    """
    return {m[0] if ":" in w and (m := _ZONE.search(w)) else "" for w in words}


def candidates(words: Sequence[str], *, compact: bool = False) -> list[str]:
    """Formats whose shape most of the first words have, the more likely first.

    Args:
        words: cells.
        compact: whether digits alone may be dates: `%Y%m%d`, and a clock behind it.

    >>> candidates(["03/04/2021", "12/30/2021"])
    ['%m/%d/%Y', '%d/%m/%Y']
    """
    sample = list(words[:_SAMPLE])
    if compact and len(lengths := {len(w) for w in sample}) == 1 and all(w.isdecimal() for w in sample):
        return [_COMPACT[n] for n in lengths if n in _COMPACT]
    sample = [w for w in sample if len(w) <= 40 and _PLAUSIBLE.fullmatch(w)]
    if not sample or 2 * len(sample) < len(words[:_SAMPLE]):
        return []
    zone = max(found := [m[0] if ":" in w and (m := _ZONE.search(w)) else "" for w in sample], key=found.count)
    bare = [w.removesuffix(zone) if zone else w for w in sample]
    return [f + zone for f in _shapes(bare)]


def _shapes(sample: Sequence[str]) -> tuple[str, ...]:
    """The formats of the shape that most words have, if it is half of them or more."""
    best: tuple[str, ...] = ()
    most = len(sample) / 2 - 0.5  # a half is enough: every cell is read later on
    for day, clock, formats in _all_shapes():
        if not any(day.match(w) for w in sample[:5]):
            continue
        count = sum(clock.fullmatch(w) is not None for w in sample)
        if count > most:
            best, most = formats, count
    return best


@cache
def _all_shapes() -> tuple[tuple[re.Pattern[str], re.Pattern[str], tuple[str, ...]], ...]:
    """Shape of the day, shape of the whole, formats: each day with each clock, joined by T or a blank."""
    return tuple(
        (re.compile(day), re.compile(day + gap + clock), tuple(f + gap + clock_format for f in formats))
        for day, formats in _DAYS
        for clock, clock_format in _CLOCKS
        for gap in (("T", " ") if clock else ("",))
    )


def read_dates(words: Sequence[str], format: str) -> npt.NDArray[np.datetime64]:  # noqa: A002  # its name everywhere
    """Words as datetime64[us] by a format; NaT where a word does not follow it.

    >>> read_dates(["Mar-2018", "soon"], "%b-%Y").astype(str).tolist()
    ['2018-03-01T00:00:00.000000', 'NaT']
    """
    import pandas as pd

    plain = format.replace("%-", "%").replace("%3f", "%f")
    found = pd.to_datetime(pd.Series(list(words), dtype=object), format=plain, errors="coerce")
    out: npt.NDArray[np.datetime64] = found.to_numpy().astype("datetime64[us]")
    unread = np.flatnonzero(np.isnat(out)).tolist()
    for i in unread if 2 * len(unread) <= len(words) or len(unread) <= _SLOWLY else ():
        # pandas reads by way of nanoseconds and so knows no year after 2262; 9999-12-31 is a common "for ever".
        try:
            moment = datetime.strptime(words[i], plain)  # noqa: DTZ007  # the wall clock as written
            out[i] = np.datetime64(moment.isoformat(), "us")
        except ValueError:
            continue
    return out


def read_utc(words: Sequence[str]) -> npt.NDArray[np.datetime64]:
    """Times with an offset from UTC, in any of the known forms, as UTC; NaT where a word is none.

    >>> read_utc(["2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00"]).astype("M8[m]").tolist()
    [datetime.datetime(2024, 1, 1, 0, 0), datetime.datetime(2024, 1, 1, 0, 0), None]
    """
    out = np.full(len(words), np.datetime64("NaT", "us"))
    for zone in sorted(zones(words) - {""}):
        at = [i for i, word in enumerate(words) if word.endswith(zone) and zones([word]) == {zone}]
        held = [words[i] for i in at]
        found = candidates(held)
        if found and (offset := offset_of(found[0])) is not None:
            out[at] = read_dates(held, found[0]) - offset
    return out


def offset_of(format: str) -> np.timedelta64 | None:  # noqa: A002  # its name everywhere
    """What times in this format are ahead of UTC, or None where it does not say so.

    >>> offset_of("%Y-%m-%dT%H:%M+02:00"), offset_of("%H:%MZ"), offset_of("%Y-%m-%d")
    (np.timedelta64(120,'m'), np.timedelta64(0,'m'), None)
    """
    found = _OFFSET.search(format)
    if found is None:
        return None
    minutes = 60 * int(found[2]) + int(found[3]) if found[1] else 0
    return np.timedelta64(-minutes if found[1] == "-" else minutes, "m")


def write_dates(
    values: npt.NDArray[np.datetime64],
    format: str,  # noqa: A002  # its name everywhere
    *,
    utc: bool = False,
) -> list[str]:
    """Dates as text by a format, or in the shortest ISO form that holds them all where the format is "".

    Args:
        values: dates.
        format: as in `Column.format`.
        utc: say so behind the clock, where the format is "".

    >>> write_dates(np.array(["2021-03-04"], "datetime64[us]"), "%-m/%-d/%Y")
    ['3/4/2021']
    """
    import pandas as pd

    format = format or (_iso(values, clock=True) + "+00:00" if utc else _iso(values))  # noqa: A001
    # Two control characters mark the spots that strftime cannot write on every platform.
    marked = format.replace("%-", "\x02%").replace("%3f", "%f\x03").replace("%Y", "\x04%Y\x05")
    text: Any = pd.Series(values.astype("datetime64[us]")).dt.strftime(marked)
    if "%-" in format:
        text = text.str.replace("\x020?", "", regex=True)
    text = text.str.replace("\x04([0-9]+)\x05", lambda year: year[1].zfill(4), regex=True)
    if "%3f" in format:
        text = text.str.replace("[0-9]{3}\x03", "", regex=True)
    return [str(t) for t in text.tolist()]


def _iso(values: npt.NDArray[np.datetime64], *, clock: bool = False) -> str:
    rest = values.astype("datetime64[us]").astype(np.int64)
    if not clock and not (rest % 86_400_000_000).any():
        return "%Y-%m-%d"
    return "%Y-%m-%d %H:%M:%S" if not (rest % 1_000_000).any() else "%Y-%m-%d %H:%M:%S.%f"
