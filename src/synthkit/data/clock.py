"""When each row was: read from one time column or several, and written back to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.data.dates import offset_of, read_dates
from synthkit.data.grid import DAY, Grid, step_parts
from synthkit.data.keys import snake
from synthkit.data.numbers import round_to
from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.errors import InputError, SchemaError

if TYPE_CHECKING:
    import numpy.typing as npt

    Dates = npt.NDArray[np.datetime64]

__all__ = ["Moments", "part_of", "read_moments", "unfolded", "write_moments"]

_PARTS: Final = {
    "year": (r"(.*_)?(year|yr|yyyy|jahr)", 1, 9999),
    "quarter": (r"(.*_)?(quarter|qtr|q)", 1, 4),
    "month": (r"(.*_)?(month|mon|mm|mo)", 1, 12),
    "day": (r"(.*_)?(day|dom|dd)", 1, 31),
    "hour": (r"(.*_)?(hour|hr|hh)", 0, 23),
    "minute": (r"(.*_)?(minute|min)", 0, 59),
}
_EARLIEST, _LATEST = 1600, 2200  # whole numbers that may be years, whatever their column is called
_LIKE: Final = ("Europe/Berlin", "Europe/London", "America/New_York", "Europe/Athens", "Australia/Sydney",
                "Pacific/Auckland", "America/Santiago")  # fmt: skip
_END: Final = np.datetime64("10000-01-01", "us")  # no file of text, and no Python, knows a later date
_LONGEST: Final = 5_000_000  # rows of a calendar that are worth looking through for hours that clocks skip


@dataclass(frozen=True, slots=True)
class Moments:
    """When each row was.

    Args:
        values: (n,) datetime64[us] (UTC where there is a zone), or numbers.
        zone: of stamps that carry one.
        years: whether the numbers are years.
        decimals: digits after the point of plain numbers.
        offset: what the words say that they are ahead of UTC, or None.
    """

    values: npt.NDArray[Any]
    zone: str = ""
    years: bool = False
    decimals: int | None = 0
    offset: np.timedelta64 | None = None

    def settled(self) -> Moments:
        """Times whose words say how far they are ahead of UTC, in UTC; all others as they are."""
        return self if self.offset is None else replace(self, values=self.values - self.offset, zone="UTC", offset=None)

    @property
    def dated(self) -> bool:
        """Whether these are dates and not numbers."""
        return self.values.dtype.kind == "M"


def part_of(name: str) -> str:
    """The part of a date that a column's name says it holds ("quarter"), or "".

    >>> part_of("obs_year"), part_of("Qtr"), part_of("price")
    ('year', 'quarter', '')
    """
    bare = snake(name)
    return next((part for part, (pattern, _, _) in _PARTS.items() if re.fullmatch(pattern, bare)), "")


def read_moments(table: Table, names: Sequence[str]) -> Moments:
    """Read the time column, or put a date together from several.

    Raises:
        SchemaError: missing cells, words that are no dates, or parts that make no date.
    """
    for name in names:
        if count := int((gone := table.frame[name].isna().to_numpy()).sum()):
            raise SchemaError(
                f"time column {name!r} has {count:,} missing cells (first at row {int(np.flatnonzero(gone)[0]) + 1:,})",
                hint="fill them in or leave these rows out",
            )
    if len(names) > 1:
        return Moments(_together(table, names))
    column = table.schema[names[0]]
    cells = table.frame[column.name]
    if column.kind == "datetime":
        offset = None if column.zone else offset_of(column.format)
        return Moments(cells.to_numpy("datetime64[us]"), column.zone, offset=offset)
    if column.kind == "integer":
        return _of_whole(cells.to_numpy(np.int64), column)
    if column.kind == "numeric":
        return _of_numbers(cells.to_numpy(np.float64), column)
    raise SchemaError(
        f"time column {column.name!r} is {column.kind}: it holds neither dates nor numbers",
        hint="name another column, write its dates as 2024-12-31, or leave the time out: rows then follow each other",
    )


def _of_whole(values: npt.NDArray[np.int64], column: Column) -> Moments:
    low, high = int(values.min()), int(values.max())
    named = part_of(column.name) == "year"
    if (low >= _EARLIEST and high <= _LATEST) or (named and low >= 1000 and high <= 2999):
        return Moments(values, years=True)
    months = (values // 100 - 1970) * 12 + values % 100 - 1
    in_range = (
        low >= _EARLIEST * 100 and high <= _LATEST * 100 and bool(((values % 100 >= 1) & (values % 100 <= 12)).all())
    )
    if in_range and np.gcd.reduce(months - months.min()) % 12:
        return Moments(months.astype("datetime64[M]").astype("datetime64[us]"))
    if low >= _EARLIEST * 10_000 and not np.isnat(read_dates([str(v) for v in np.unique(values)], "%Y%m%d")).any():
        raise SchemaError(
            f"time column {column.name!r} holds whole numbers that look like dates written %Y%m%d",
            hint='set its kind = "datetime" and format = "%Y%m%d" in schema.toml, or write them as 2024-12-31',
        )
    return Moments(values)


def _of_numbers(values: npt.NDArray[np.float64], column: Column) -> Moments:
    if values.min() >= _EARLIEST and values.max() <= _LATEST:  # 1949.083 is February 1949
        months = np.rint((values - 1970) * 12).astype(np.int64)
        dates = months.astype("datetime64[M]").astype("datetime64[us]")
        size = np.gcd.reduce(months - months.min())
        if size % 12 and np.allclose(_decimal_years(dates, column.decimals), values, rtol=0, atol=1e-9):
            return Moments(dates)
    return Moments(values, decimals=column.decimals)


def _decimal_years(dates: Dates, decimals: int | None) -> npt.NDArray[np.float64]:
    months = dates.astype("datetime64[M]").astype(np.int64)
    years: npt.NDArray[np.float64] = 1970 + months / 12
    return years if decimals is None else np.round(years, decimals)


def _together(table: Table, names: Sequence[str]) -> Dates:
    """One date from a column of years (or dates) and columns of quarters, months, days, hours or minutes."""
    first = table.schema[names[0]]
    if first.kind == "datetime":
        dates: Dates = table.frame[first.name].to_numpy("datetime64[us]")
        held = {"year", "quarter", "month", "day"}
    else:
        years = _part(table, first.name, "year")
        dates = (years - 1970).astype("datetime64[Y]").astype("datetime64[us]")
        held = {"year"}
    for name in names[1:]:
        part = part_of(name)
        if not part or part in held:
            raise SchemaError(
                f"time column {name!r} cannot be joined to {names[0]!r}",
                hint="of several time columns the first holds years or dates, and the others are called quarter, "
                "month, day, hour or minute; or leave the time out: rows then follow each other",
            )
        held |= {part}
        dates = _later(dates, part, values := _part(table, name, part))
        if part == "day" and (count := int((wrong := _read(dates, "day") != values).sum())):
            raise SchemaError(
                f"time column {name!r} holds {count:,} days that their month has not "
                f"(first at row {int(np.flatnonzero(wrong)[0]) + 1:,})",
                hint="correct these cells, or leave these rows out",
            )
    return dates


def _part(table: Table, name: str, part: str) -> npt.NDArray[np.int64]:
    column = table.schema[name]
    _, low, high = _PARTS[part]
    if column.kind not in ("integer", "categorical", "boolean"):
        raise SchemaError(
            f"time column {name!r} is {column.kind} and cannot hold the {part}", hint="write whole numbers"
        )
    try:
        values: npt.NDArray[np.int64] = table.frame[name].astype(float).to_numpy().astype(np.int64)
    except ValueError:
        raise SchemaError(f"time column {name!r} holds words for the {part}", hint="write whole numbers") from None
    if count := int(((values < low) | (values > high)).sum()):
        raise SchemaError(
            f"time column {name!r} holds {count:,} values that are no {part} from {low} to {high}",
            hint="correct these cells, or name other time columns",
        )
    return values


def _later(dates: Dates, part: str, values: npt.NDArray[np.int64]) -> Dates:
    if part in ("quarter", "month"):
        months = (values - 1) * (3 if part == "quarter" else 1)
        return (dates.astype("datetime64[M]") + months).astype("datetime64[us]")
    size = {"day": DAY, "hour": 3_600_000_000, "minute": 60_000_000}[part]
    return np.asarray(dates + ((values - (part == "day")) * size).astype("timedelta64[us]"))


def write_moments(schema: Schema, names: Sequence[str], grid: Grid, where: npt.NDArray[Any]) -> Mapping[str, Any]:
    """The time columns of rows at these positions (or stamps, on an irregular grid), as canonical values."""
    import pandas as pd

    if not names:
        return {}
    at: Any = grid.at(where)
    if not grid.dated:
        column = schema[names[0]]
        whole = column.kind == "integer"
        if whole:
            return {column.name: pd.Series(np.rint(at), dtype="Int64")}
        return {column.name: pd.Series(round_to(np.asarray(at, float), column.decimals))}
    if grid.zone:
        utc = len(names) == 1 and schema[names[0]].zone
        at = (at.tz_convert("UTC") if utc else at).tz_localize(None)
    dates: Dates = at.to_numpy().astype("datetime64[us]")
    if len(dates) and dates.max() >= _END:
        raise InputError(
            f"time column {names[0]!r} would go on beyond the year 9999", hint="ask for fewer rows with --horizon"
        )
    if len(names) == 1:
        return {names[0]: _one(schema[names[0]], dates, grid)}
    first, others = schema[names[0]], [part_of(n) for n in names[1:]]
    clock = {"hour": "datetime64[D]", "minute": "datetime64[D]"}
    out: dict[str, Any] = {}
    if first.kind == "datetime":
        out[first.name] = pd.Series(dates.astype(clock[others[0]]).astype("datetime64[us]"))
    else:
        out[first.name] = _whole(first, dates.astype("datetime64[Y]").astype(np.int64) + 1970)
    for name, part in zip(names[1:], others, strict=True):
        out[name] = _whole(schema[name], _read(dates, part))
    return out


def _one(column: Column, dates: Dates, grid: Grid) -> Any:  # noqa: ANN401  # a pandas Series
    import pandas as pd

    if column.kind == "datetime":
        return pd.Series(dates)
    if column.kind == "numeric":
        return pd.Series(_decimal_years(dates, column.decimals))
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    if step_parts(grid.step).months % 12 == 0:
        return _whole(column, years)
    return _whole(column, years * 100 + _read(dates, "month"))


def _whole(column: Column, values: npt.NDArray[np.int64]) -> Any:  # noqa: ANN401  # a pandas Series
    import pandas as pd

    if column.kind == "integer":
        return pd.Series(values, dtype="Int64")
    return pd.Series([str(v) for v in values.tolist()], dtype=object)


def _read(dates: Dates, part: str) -> npt.NDArray[np.int64]:
    month = dates.astype("datetime64[M]")
    day = dates.astype("datetime64[D]")
    if part in ("quarter", "month"):
        found = month.astype(np.int64) % 12
        return np.asarray(found // 3 + 1 if part == "quarter" else found + 1, np.int64)
    if part == "day":
        return np.asarray((day - month.astype("datetime64[D]")).astype(np.int64) + 1)
    minutes = (dates - day).astype(np.int64) // 60_000_000
    return np.asarray(minutes // 60 if part == "hour" else minutes % 60)


def unfolded(wall: Dates, codes: npt.NDArray[np.int64], zone: str = "") -> tuple[Dates, str]:
    """Local times that skip an hour in spring and repeat one in autumn, as UTC, and the zone whose clocks do so.

    Rows that share a stamp are taken for the first and the second time the hour was struck, in this order.

    Args:
        wall: (n,) local times, in order within each entity.
        codes: (n,) the entity of each row, in order.
        zone: whose clocks; tried out if "".

    Returns:
        The UTC times and the zone; `wall` itself and "" where no clock explains what is skipped or repeated.
    """
    again = _repeated(wall, codes)
    for name in (zone,) if zone else _LIKE:
        utc = _utc(wall, again, name, strict=not zone)
        if utc is None or (not zone and _repeated(utc, codes).any()):
            continue
        if zone or again.any() or _skips(wall, name):
            return utc, name
    return wall, ""


def _repeated(dates: Dates, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Rows with the same stamp as an earlier row of the same entity."""
    order = np.lexsort((dates, codes))
    again = (np.diff(dates[order].astype(np.int64)) == 0) & (np.diff(codes[order]) == 0)
    out = np.zeros(len(dates), bool)
    out[order[1:]] = again
    return out


def _utc(wall: Dates, again: npt.NDArray[np.bool_], zone: str, *, strict: bool) -> Dates | None:
    """The UTC times, or None where the zone has no such local times."""
    import pandas as pd

    found = pd.DatetimeIndex(wall).tz_localize(zone, ambiguous=~again, nonexistent="NaT" if strict else "shift_forward")
    if found.isna().any():
        return None
    out: Dates = found.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")
    return out


def _skips(wall: Dates, zone: str) -> bool:
    """Whether every hour that the zone's clocks skip is missing, its neighbours are not, and none is to be repeated."""
    import pandas as pd

    micros = np.unique(wall.astype(np.int64))
    size = int(np.gcd.reduce(micros - micros[0]))
    rows = (micros[-1] - micros[0]) // max(size, 1) + 1
    if not size or DAY % size or size == DAY or rows == len(micros) or rows > _LONGEST:
        return False
    every = pd.DatetimeIndex((micros[0] + np.arange(rows) * size).astype("datetime64[us]"))
    local = every.tz_localize(zone, ambiguous=np.ones(rows, bool), nonexistent="NaT")
    if bool(every.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").isna().any()):
        return False  # an hour that such clocks repeat was struck only once
    skipped = every[local.isna()].to_numpy().astype("datetime64[us]").astype(np.int64)
    around = np.setdiff1d(np.concatenate([skipped - size, skipped + size]), skipped)
    return len(skipped) > 0 and not bool(np.isin(skipped, micros).any()) and bool(np.isin(around, micros).all())
