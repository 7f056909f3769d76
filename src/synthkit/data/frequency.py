"""How far apart the rows of a table are: find the calendar that its stamps follow, and say why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.data.grid import COUNT, DAY, IRREGULAR, Grid, step_parts
from synthkit.errors import ConfigError, InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    Whole = npt.NDArray[np.int64]

__all__ = ["Placed", "place_dates", "place_numbers", "seasons_of", "step_of"]

_DENSE: Final = 0.6  # rows a position, from which on missing stamps are gaps and not the rule
_MOSTLY: Final = 0.5  # share of steps of exactly one position, likewise
_EMPTY: Final = 0.02  # fewer rows a position than this, and gaps would fill the memory
_NEAR: Final = 0.25  # of a step: how far a stamp may lie off its grid
_RUN: Final = 5  # equal steps that make a frequency of their own
_SAME: Final = 0.9  # share of steps that are equal in such a run
_NICE: Final = tuple(
    [n * 1_000_000 for n in (1, 2, 5, 10, 15, 20, 30)]
    + [n * 60_000_000 for n in (1, 2, 3, 5, 6, 10, 12, 15, 20, 30)]
    + [n * 3_600_000_000 for n in (1, 2, 3, 4, 6, 8, 12)]
    + [DAY, 7 * DAY]
)
_WEEKDAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WORDS: Final = {
    "yearly": "YS", "annual": "YS", "year": "YS", "quarterly": "QS", "quarter": "QS", "monthly": "MS", "month": "MS",
    "weekly": "W", "week": "W", "daily": "D", "day": "D", "business": "B", "business day": "B", "trading day": "B",
    "workday": "B", "hourly": "h", "hour": "h", "minute": "min", "second": "s",
    "Y": "YE", "A": "YE", "AS": "YS", "Q": "QE", "M": "ME", "H": "h", "T": "min", "S": "s", "BM": "BME",
}  # fmt: skip
_SPOKEN: Final = {
    "YS": "year", "YE": "year", "QS": "quarter", "QE": "quarter", "MS": "month", "ME": "month", "BMS": "month",
    "BME": "month", "W": "week", "D": "day", "B": "business day", "h": "hour", "min": "minute", "s": "second",
    "ms": "millisecond", "us": "microsecond",
}  # fmt: skip
_ENDING: Final = {"ME": "its last day", "BME": "its last business day", "BMS": "its first business day"}


@dataclass(frozen=True, slots=True)
class Placed:
    """Rows on their grid.

    Args:
        grid: the calendar.
        positions: of each row; None on an irregular grid.
        stamps: of each row on an irregular grid (see `Grid`), else None.
    """

    grid: Grid
    positions: npt.NDArray[np.int64] | None
    stamps: npt.NDArray[np.float64] | None = None


def step_of(text: str) -> str:
    """The offset alias that words or an older alias mean.

    Raises:
        ConfigError: no known frequency.

    >>> [step_of(t) for t in ("monthly", "1 week", "30min", "1h", "Q-NOV")]
    ['MS', 'W', '30min', 'h', 'QE-NOV']
    """
    found = re.fullmatch(r"\s*([0-9]*)\s*([A-Za-z][A-Za-z ]*?)(-[A-Za-z]{3})?\s*", text)
    if found:
        times, unit, anchor = found[1].lstrip("0"), found[2], (found[3] or "").upper()
        folded = unit.casefold()
        unit = _WORDS.get(unit) or _WORDS.get(folded) or _WORDS.get(folded.removesuffix("s")) or unit
        step = ("" if times == "1" else times) + unit + anchor
        try:
            step_parts(step)
        except ValueError:
            pass
        else:
            return step
    raise ConfigError(
        f"frequency {text!r} is not known",
        hint="use yearly, quarterly, monthly, weekly, daily, business, hourly, or an alias such as 30min, W-SAT or ME",
    )


def seasons_of(step: str, rows: int) -> tuple[int, ...]:
    """The rows of each season that a calendar has, as far as `rows` hold two of them.

    >>> seasons_of("h", 1000), seasons_of("30min", 1000), seasons_of("MS", 144), seasons_of("D", 600)
    ((24, 168), (48, 336), (12,), (7,))
    """
    if step in (COUNT, IRREGULAR):
        return ()
    part = step_parts(step)
    if part.clocked:
        spans: Sequence[int | float] = [DAY / part.micros, 7 * DAY / part.micros]
    elif part.months:
        spans = [12 / part.months]
    else:
        spans = [s / part.times for s in {"D": (7, 365), "W": (52,), "B": (5,)}[part.unit]]
    return tuple(int(s) for s in spans if s == int(s) and s > 1 and 2 * s <= rows)


def spoken(step: str) -> str:
    """A step in words.

    >>> spoken("MS"), spoken("10min"), spoken("2W-SAT"), spoken("count")
    ('a month', '10 minutes', '2 weeks', 'rows in order')
    """
    if step in (COUNT, IRREGULAR):
        return "rows in order" if step == COUNT else "no even steps"
    part = step_parts(step)
    unit = _SPOKEN[part.unit]
    return f"{part.times:,} {unit}s" if part.times > 1 else f"an {unit}" if unit == "hour" else f"a {unit}"


def place_dates(
    moments: npt.NDArray[np.datetime64], codes: Whole, *, zone: str = "", step: str | None = None
) -> Placed:
    """Put rows with dates on the coarsest calendar that holds them all.

    Args:
        moments: (n,) datetime64[us], in order within each entity and without repeats; UTC where there is a zone.
        codes: (n,) the entity of each row, in order.
        zone: of the stamps, or "".
        step: the calendar, where the caller knows it.

    Raises:
        InputError: entities, or parts of one, have different frequencies; two rows fall on the same step.
    """
    origin = str(moments.min())
    if step is not None:
        return _given(moments, codes, zone, step)
    wall = moments
    if zone:
        wall = Grid(IRREGULAR, origin, zone=zone)._on_clock(moments)  # noqa: SLF001  # the same clock
        if len(np.unique(wall.astype(np.int64) % DAY)) > 1:
            wall = moments  # shorter than a day: counted in UTC, where no hour is skipped or repeated
    tried = []
    for found, why in _exact(wall, codes):
        grid = Grid(found, origin, zone=zone, reason=why)
        positions = grid.positions(moments)
        if _even(positions, codes):
            _one_frequency(positions, codes, found)
            return Placed(grid, positions)
        tried.append((positions, found))
    if (near := _near(moments, codes, zone)) is not None:
        return near
    for positions, found in tried:
        _one_frequency(positions, codes, found)
    grid = Grid(IRREGULAR, origin, zone=zone, reason="the stamps follow no even steps: each row keeps its own")
    return Placed(grid, None, grid.positions(moments))


def place_numbers(numbers: npt.NDArray[Any], codes: Whole, *, decimals: int | None) -> Placed:
    """Put rows that are numbered, and not dated, on the coarsest even steps that hold them all.

    Args:
        numbers: (n,) whole or not, in order within each entity and without repeats.
        codes: (n,) the entity of each row, in order.
        decimals: digits after the point of the numbers, 0 for whole ones.

    Raises:
        InputError: entities, or parts of one, have different frequencies.
    """
    scale = 10 ** min(decimals or 0, 9)
    whole = np.rint(numbers * scale).astype(np.int64)
    first = int(whole.min())
    size = max(int(np.gcd.reduce(whole - first)), 1)
    exact = decimals is not None and bool(np.allclose(whole / scale, numbers.astype(float), rtol=0, atol=1e-9))
    positions = (whole - first) // size
    if exact and _even(positions, codes):
        _one_frequency(positions, codes, "")
        start: int | float = first if scale == 1 else first / scale
        stride: int | float = size if scale == 1 else size / scale
        reason = f"numbers {stride:,} apart, from {start}: a count without a calendar"
        return Placed(Grid(COUNT, start, reason=reason, stride=stride), positions)
    if exact:
        _one_frequency(positions, codes, "")
    grid = Grid(IRREGULAR, 0, reason="the numbers follow no even steps: each row keeps its own")
    return Placed(grid, None, numbers.astype(np.float64))


def _exact(moments: npt.NDArray[np.datetime64], codes: Whole) -> list[tuple[str, str]]:
    """Calendars on which every stamp lies, the coarsest first, with the reason for each."""
    day = moments.astype("datetime64[D]")
    clocks = np.unique((moments - day).astype(np.int64))
    found = []
    if len(clocks) == 1:
        found += _by_month(day, codes)
        found += _by_day(day, codes)
    micros = moments.astype(np.int64)
    size = int(np.gcd.reduce(micros - micros.min()))
    if size and size % DAY:
        unit = next(u for u in ("h", "min", "s", "ms", "us") if size % step_parts(u).micros == 0)
        times = size // step_parts(unit).micros
        step = f"{times if times > 1 else ''}{unit}"
        found.append((step, f"all stamps are whole multiples of {spoken(step)} apart"))
    return found


def _by_month(day: npt.NDArray[np.datetime64], codes: Whole) -> list[tuple[str, str]]:
    month = day.astype("datetime64[M]")
    whole = month.astype(np.int64)
    if bool(((np.diff(whole) == 0) & (np.diff(codes) == 0)).any()):
        return []
    size = int(np.gcd.reduce(whole - whole.min()))
    if not size:
        return []
    first, last = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]") - 1
    if bool((day == last).all()):
        end = "E"
    elif len(np.unique((day - first).astype(np.int64))) == 1:
        end = "S"
    elif size < 3 and bool((day == np.busday_offset(last, 0, roll="backward")).all()):
        return [(f"{size if size > 1 else ''}BME", "each stamp is the last business day of its month")]
    elif size < 3 and bool((day == np.busday_offset(first, 0, roll="forward")).all()):
        return [(f"{size if size > 1 else ''}BMS", "each stamp is the first business day of its month")]
    else:
        return []
    step = _months_step(size, int(whole.min()) % 12, end)
    into = int((day - first).astype(np.int64).min()) + 1
    where = "the last day" if end == "E" else "the first day" if into == 1 else f"day {into}"
    return [(step, f"each stamp is {where} of a month, and months are whole multiples of {size} apart")]


def _months_step(size: int, month: int, end: str) -> str:
    """The alias of a step of `size` months that starts (or ends) in a month, January being 0.

    >>> _months_step(12, 6, "S"), _months_step(3, 2, "E"), _months_step(3, 1, "S"), _months_step(2, 0, "S")
    ('YS-JUL', 'QE', 'QS-FEB', '2MS')
    """
    usual = {"S": 0, "E": 11}[end]
    for unit, months in (("Y", 12), ("Q", 3)):
        if size % months == 0:
            times = str(size // months) if size > months else ""
            # a quarter is named by the first (last) of the months of the year on which one starts (ends)
            same = month % months == usual % months
            anchor = "" if same else "-" + _MONTHS[month % months]
            return f"{times}{unit}{end}{anchor}"
    return f"{size if size > 1 else ''}M{end}"


def _by_day(day: npt.NDArray[np.datetime64], codes: Whole) -> list[tuple[str, str]]:
    whole = day.astype(np.int64)
    size = int(np.gcd.reduce(whole - whole.min()))
    if not size:
        return []
    weekday = (whole + 3) % 7  # 1970-01-01 was a Thursday
    if size % 7 == 0:
        times = size // 7
        name = _WEEKDAYS[int(weekday[0])]
        step = f"{times if times > 1 else ''}W-{name}"
        return [(step, f"each stamp is a {day[0].item():%A}")]
    crossed = (np.diff(codes) == 0) & (np.diff(whole) > 0) & (np.diff(weekday) < 0)
    if size == 1 and bool((weekday < 5).all()) and bool(crossed.any()):
        return [("B", "stamps cross weekends and none lies on one")]
    step = f"{size if size > 1 else ''}D"
    return [(step, f"all stamps are whole multiples of {spoken(step)} apart")]


def _steps(positions: Whole, codes: Whole) -> tuple[Whole, Whole]:
    """Steps between neighbours of the same entity, and the entity of each."""
    within = np.diff(codes) == 0
    return np.diff(positions)[within], codes[1:][within]


def _even(positions: Whole, codes: Whole) -> bool:
    """Whether rows fill a grid so far that what is missing may be called a gap."""
    steps, _ = _steps(positions, codes)
    if not len(steps):
        return True
    if bool((steps <= 0).any()):
        return False
    density = len(steps) / float(steps.sum())
    return density >= _DENSE or (density >= _EMPTY and float((steps == 1).mean()) >= _MOSTLY)


def _one_frequency(positions: Whole, codes: Whole, step: str) -> None:
    """Refuse a panel whose entities, or a series whose two halves, step differently."""
    steps, owners = _steps(positions, codes)
    lone = bool((codes == codes[0]).all())
    if lone:
        owners = (np.arange(len(steps)) >= len(steps) // 2).astype(np.int64)
    usual = _usual_steps(_as_months(steps, step), owners)
    if len(found := np.unique(usual)) < 2:
        return
    said = " and ".join(f"{n:,}" for n in found[:2].tolist())
    unit = f"steps of {spoken(step)}" if step else "steps"
    if lone:
        raise InputError(
            f"the rows are first {said} {unit} apart: the frequency changes on the way"
            if usual[0] < usual[-1]
            else f"the rows are {said} {unit} apart in different halves: the frequency changes on the way",
            hint="bring all rows to one frequency (add up or average the finer ones), or cut the file in two",
        )
    raise InputError(
        f"entities have mixed frequencies: rows of some are {found[0]:,}, of others {found[1]:,} {unit} apart",
        hint="bring all entities to one frequency (add up or average the finer ones), or make a file for each",
    )


def _as_months(steps: Whole, step: str) -> Whole:
    """Steps with those of months, quarters and years counted alike, whose days differ."""
    micros = step_parts(step).micros if step else 0
    if not micros or DAY % micros:
        return steps
    days = steps * micros / DAY
    for low, high, usual in ((28, 31, 30), (89, 92, 91), (365, 366, 365)):
        steps = np.where((days >= low) & (days <= high), usual * (DAY // micros), steps)
    return steps


def _usual_steps(steps: Whole, owners: Whole) -> Whole:
    """The step that nearly all neighbours of an owner are apart, for each owner that has such a step."""
    pairs, counts = np.unique(np.stack([owners, steps]), axis=1, return_counts=True)
    total = np.bincount(owners)
    usual = (counts >= _SAME * total[pairs[0]]) & (total[pairs[0]] >= _RUN)
    return np.asarray(pairs[1][usual], np.int64)


def _near(moments: npt.NDArray[np.datetime64], codes: Whole, zone: str) -> Placed | None:
    """Rows on a common calendar that their stamps miss by a little, or None."""
    micros = moments.astype(np.int64)
    steps, _ = _steps(micros, codes)
    if not len(steps):
        return None
    middle = float(np.median(steps))
    for unit, days in (("MS", 30.4), ("QS", 91.3), ("YS", 365.25)):
        if abs(middle / DAY / days - 1) < 0.03:
            grid = Grid(unit, str(moments.min().astype("datetime64[M]").astype("datetime64[D]")), zone=zone)
            positions = grid.positions(moments)
            if _even(positions, codes):
                why = f"one stamp in each {_SPOKEN[unit]}, on different days: put on its first day"
                return Placed(replace(grid, reason=why), positions)
    size = min(_NICE, key=lambda n: abs(np.log(middle / n)))
    if abs(middle / size - 1) > 0.1:
        return None
    first = int(micros.min())
    phase = int(np.median((micros - first + size // 2) % size)) - size // 2
    start = np.datetime64(first + phase, "us")
    step = _fixed_step(size, start)
    grid = Grid(step, str(start), zone=zone)
    positions = grid.positions(moments)
    off = np.abs(micros - first - phase - positions * size)
    if not _even(positions, codes) or float((off < _NEAR * size).mean()) < 0.99:
        return None
    why = f"stamps lie up to {off.max() / 1e6:,.0f} s off steps of {spoken(step)}, and are put on them"
    return Placed(replace(grid, reason=why), positions)


def _fixed_step(size: int, start: np.datetime64) -> str:
    if size == 7 * DAY:
        return "W-" + _WEEKDAYS[(int(start.astype("datetime64[D]").astype(np.int64)) + 3) % 7]
    unit = next(u for u in ("D", "h", "min", "s") if size % step_parts(u).micros == 0)
    times = size // step_parts(unit).micros
    return f"{times if times > 1 else ''}{unit}"


def _given(moments: npt.NDArray[np.datetime64], codes: Whole, zone: str, step: str) -> Placed:
    part = step_parts(step)
    first = moments.min()
    if part.unit == "W":
        day = int(first.astype("datetime64[D]").astype(np.int64))
        if part.anchor in _WEEKDAYS:
            day -= ((day + 3) % 7 - _WEEKDAYS.index(part.anchor)) % 7
            first = np.datetime64(day, "D").astype("datetime64[us]") + (first - first.astype("datetime64[D]"))
        else:
            step = f"{step}-{_WEEKDAYS[(day + 3) % 7]}"
    grid = Grid(step, str(first), zone=zone, reason=f"steps of {spoken(step)}, as asked for")
    positions = grid.positions(moments)
    steps, _ = _steps(positions, codes)
    if bool((steps <= 0).any()):
        raise InputError(
            f"{int((steps <= 0).sum()):,} rows fall on the same {_SPOKEN[part.unit]} as the row before them",
            hint="name a shorter frequency, or add up or average the rows of a step first",
        )
    return Placed(grid, positions)
