"""From rows to series: who, when and what, and the calendar they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from synthkit.data.clock import Moments, read_moments, unfolded
from synthkit.data.frequency import Placed, place_dates, place_numbers, seasons_of, spoken, step_of
from synthkit.data.grid import COUNT, Grid
from synthkit.data.panel import PATH, Panel, Roles, Series
from synthkit.data.roles import assign, number_cells, with_numbers
from synthkit.data.schema import Schema
from synthkit.data.table import Table
from synthkit.errors import ConfigError, InputError, SchemaError, UnknownName

if TYPE_CHECKING:
    import numpy.typing as npt

    Whole = npt.NDArray[np.int64]

__all__ = ["MIN_ROWS", "to_panel"]

MIN_ROWS: Final = 8
"""Rows that a lone series needs at least: enough to compute with, far too few to judge by."""


def to_panel(
    table: Table,
    *,
    values: Sequence[str] = (),
    exog: Sequence[str] = (),
    static: Sequence[str] = (),
    time: str | Sequence[str] | None = None,
    entity: str | None = None,
    frequency: str | None = None,
    start: str | None = None,
    season: int | Sequence[int] | None = None,
    zone: str = "",
    wide: Literal["entities", "seasons"] | None = None,
    like: Panel | None = None,
) -> Panel:
    """Read the rows of a table as series on one calendar.

    Args:
        table: long rows, or wide ones (see `wide`).
        values: columns of numbers to model; other columns that change over time are then left out. By default all
            numbers that change over time, and the rest that changes is kept as marks.
        exog: columns of numbers (or of 0 and 1) known in advance.
        static: columns that must stay the same within an entity; those that do are found by themselves.
        time: the time column, or several that make a date together (year, quarter); () for none: rows then follow each
            other at even steps. By default what the schema says, or else the only column of dates, or none.
        entity: the column that says whose row it is; by default what the schema says.
        frequency: "monthly", "30min", "W-SAT": the calendar, where it should not be inferred. Without dates it says
            only what the seasons are, unless `start` is given too.
        start: the date of the first row, where no column has the time.
        season: rows in a season (one or several), instead of those of the calendar; () for none.
        zone: whose clocks ("Europe/Berlin") the local times of the time column follow, where they skip and repeat an
            hour. It is found by itself where the rows show it.
        wide: "entities" where each column of values is a series of its own; "seasons" where the columns are the
            months (quarters, hours) of one row a year (year, day), to be laid end to end. The rows of the panel, and
            those written later on, are long.
        like: a panel whose roles and calendar these rows share; all other options are then left alone.

    Raises:
        UnknownName: a named column does not exist.
        SchemaError: a column cannot play its role, or holds missing or repeated stamps.
        InputError: too few rows, or mixed frequencies.
        ConfigError: an option that makes no sense.

    >>> import pandas as pd
    >>> from synthkit.data import io
    >>> frame = pd.DataFrame({"month": pd.date_range("2020-01-31", periods=36, freq="ME"), "sold": np.arange(36) % 5})
    >>> panel = to_panel(io.to_table(frame))
    >>> panel.grid.step, panel.grid.seasons, panel.roles.values, panel.points
    ('ME', (12,), ('sold',), 36)
    """
    if like is not None:
        return _like(table, like)
    if wide is not None:
        from synthkit.data.wide import to_long

        table, time = to_long(table, wide, time=time, exog=exog)
        entity = table.schema.entity
        values = ()
    table = with_numbers(table, (*values, *exog))
    names = _time_names(table.schema, time)
    entity = entity if entity is not None else table.schema.entity
    owners = _owners(table, entity)
    roles, schema = assign(table, names, entity, owners.codes, values=values, exog=exog, static=static)
    if not roles.values and not roles.marks:
        raise SchemaError("no column changes over time", hint="name a column of numbers with --value")
    step = step_of(frequency) if frequency is not None else None
    rows = _placed(table, names, owners, step=step, start=start, zone=zone)
    longest = int(_lengths(rows, owners).max())
    _long_enough(longest, entity)
    grid = replace(rows.placed.grid, seasons=_seasons(rows.placed.grid, step, season, longest))
    return Panel(_series(table, roles, owners, rows, check=True), grid, roles, schema)


@dataclass(frozen=True, slots=True)
class _Owners:
    """Whose row each row is, as a code into `labels`; labels in order of their first row."""

    codes: Whole
    labels: tuple[str, ...]
    paths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows in order of entity and time, and where they are on the grid."""

    order: Whole
    placed: Placed


def _time_names(schema: Schema, time: str | Sequence[str] | None) -> tuple[str, ...]:
    if time is not None:
        names = (time,) if isinstance(time, str) else tuple(time)
    elif schema.time is not None:
        names = (schema.time,)
    else:
        names = tuple(c.name for c in schema if c.kind == "datetime")
        if len(names) > 1:
            raise SchemaError(
                f"columns {', '.join(map(repr, names))} hold dates, and none is named as the time",
                hint="name the one that says when each row was with --time",
            )
    for name in names:
        if name not in schema:
            raise UnknownName("column", name, schema.names)
    return names


def _owners(table: Table, entity: str | None) -> _Owners:
    import pandas as pd

    if entity is None:
        return _Owners(np.zeros(len(table), np.int64), ("",))
    if entity not in table.schema:
        raise UnknownName("column", entity, table.schema.names)
    cells = table.frame[entity]
    if count := int((gone := cells.isna().to_numpy()).sum()):
        raise SchemaError(
            f"entity column {entity!r} has {count:,} missing cells (first at row {int(np.flatnonzero(gone)[0]) + 1:,})",
            hint="fill them in or leave these rows out",
        )
    codes, labels = pd.factorize(cells)
    if len(labels) == len(table) > 1:
        raise InputError(
            f"each {entity!r} has one row only: these are no series",
            hint="name another entity column, or synthesise the rows as a plain table",
        )
    return _Owners(codes.astype(np.int64), tuple(str(label) for label in labels))


def _placed(
    table: Table, names: tuple[str, ...], owners: _Owners, *, step: str | None, start: str | None, zone: str
) -> _Rows:
    if not names:
        return _in_file_order(owners, step, start)
    if start is not None:
        raise ConfigError(f"start={start!r} has no use beside a time column", hint="leave one of them out")
    moments = read_moments(table, names)
    order = np.lexsort((moments.values, owners.codes))
    note = ""
    if moments.dated and not moments.zone:
        moments, order, note = _on_clocks(moments, order, owners, zone)
    codes, sorted_ = owners.codes[order], moments.values[order]
    _no_repeats(sorted_, codes, order, names)
    placed = _on_grid(moments, sorted_, codes, step)
    reason = placed.grid.reason + note
    if bool(((np.diff(order) < 0) & (np.diff(codes) == 0)).any()):
        reason += "; rows were not in order of time and have been sorted"
    if placed.positions is not None and (gaps := _gaps(placed.positions, codes)):
        reason += f"; {gaps:,} step{' has' if gaps == 1 else 's have'} no row, kept as gaps"
    return _Rows(order, replace(placed, grid=replace(placed.grid, reason=reason)))


def _in_file_order(owners: _Owners, step: str | None, start: str | None) -> _Rows:
    """Rows without a time follow each other."""
    order = np.argsort(owners.codes, kind="stable")
    codes = owners.codes[order]
    counts = np.bincount(codes)
    positions = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    if start is None:
        every = "" if step is None else f", {spoken(step)} apart as asked for"
        grid = Grid(COUNT, 0, reason=f"no column has the time: rows follow each other at even steps{every}")
        return _Rows(order, Placed(grid, positions))
    if step is None:
        raise ConfigError("a start without a frequency says nothing", hint="name both, such as --frequency 30min")
    import pandas as pd

    try:
        first = pd.Timestamp(start)
    except ValueError:
        raise ConfigError(f"start={start!r} is no date", hint="write it as 2014-01-01 or 2014-01-01 00:30") from None
    moment = np.array([first.tz_localize(None)], "datetime64[us]")
    grid = place_dates(moment, np.zeros(1, np.int64), step=step).grid
    reason = f"no column has the time: rows follow each other {spoken(step)} apart from {start}, as asked for"
    return _Rows(order, Placed(replace(grid, reason=reason), positions))


def _on_clocks(moments: Moments, order: Whole, owners: _Owners, zone: str) -> tuple[Moments, Whole, str]:
    """Local times as UTC, where clocks skip and repeat an hour among them."""
    wall, codes = moments.values[order], owners.codes[order]
    utc, found = unfolded(wall, codes, zone)
    if not found:
        return moments, order, ""
    values = np.empty_like(moments.values)
    values[order] = utc
    again = order[np.lexsort((utc, codes))]
    said = "" if zone else f"; hours are skipped and repeated as by the clocks of {found}"
    return replace(moments, values=values, zone=found), again, said


def _no_repeats(moments: npt.NDArray[Any], codes: Whole, order: Whole, names: tuple[str, ...]) -> None:
    again = np.flatnonzero((moments[1:] == moments[:-1]) & (codes[1:] == codes[:-1])) + 1
    if not len(again):
        return
    what = f"time column {names[0]!r} holds" if len(names) == 1 else f"time columns {', '.join(map(repr, names))} hold"
    where = "" if codes[0] == codes[-1] else " within one entity"
    raise SchemaError(
        f"{what} {len(again):,} repeated stamps{where} (first at row {int(order[again].min()) + 1:,})",
        hint="name the column that tells the series apart with --entity, or add up or average the rows of each stamp; "
        "local times that repeat an hour when clocks go back need zone=, such as Europe/Berlin",
    )


def _on_grid(moments: Moments, sorted_: npt.NDArray[Any], codes: Whole, step: str | None) -> Placed:
    if moments.dated:
        return place_dates(sorted_, codes, zone=moments.zone, step=step)
    placed = place_numbers(sorted_, codes, decimals=moments.decimals)
    if not moments.years or not placed.grid.regular:
        return placed
    stride = int(placed.grid.stride)
    every = f"{stride if stride > 1 else ''}YS"
    reason = f"whole numbers that are years, {spoken(every)} apart"
    return replace(placed, grid=Grid(every, f"{int(placed.grid.origin):04d}-01-01", reason=reason))


def _gaps(positions: Whole, codes: Whole) -> int:
    within = np.diff(codes) == 0
    return int((np.diff(positions)[within] - 1).sum())


def _lengths(rows: _Rows, owners: _Owners) -> Whole:
    """Steps that each entity spans."""
    codes = owners.codes[rows.order]
    counts = np.bincount(codes)
    if rows.placed.positions is None:
        return counts
    last = np.cumsum(counts) - 1
    return np.asarray(rows.placed.positions[last] - rows.placed.positions[last - counts + 1] + 1)


def _long_enough(longest: int, entity: str | None) -> None:
    if entity is None and longest < MIN_ROWS:
        raise InputError(
            f"a series of {longest} rows is too short", hint=f"at least {MIN_ROWS} are needed, and 50 to learn from"
        )


def _seasons(grid: Grid, step: str | None, season: int | Sequence[int] | None, longest: int) -> tuple[int, ...]:
    if season is None:
        return seasons_of(step if step is not None and not grid.dated else grid.step, longest)
    asked = tuple(sorted({season} if isinstance(season, int) else set(season)))
    for rows in asked:
        if rows < 2:
            raise ConfigError(f"a season of {rows} rows is none", hint="name two rows or more, or no season")
        if 2 * rows > longest:
            raise InputError(
                f"the longest series has {longest:,} steps: too short for a season of {rows:,}",
                hint="at least two seasons are needed: name a shorter season, or none",
            )
    return asked


def _like(table: Table, like: Panel) -> Panel:
    """More rows of a panel that is known, perhaps of several paths."""
    roles, grid = like.roles, like.grid
    owners = _owners(table, roles.entity)
    path = [n for n in table.schema.names if n not in like.schema and n.startswith(PATH)]
    if path:
        pairs = owners.codes * (1 << 32) + table.frame[path[-1]].to_numpy(np.int64)
        found, codes = np.unique(pairs, return_inverse=True)
        owners = _Owners(
            codes.astype(np.int64), tuple(owners.labels[c] for c in found >> 32), tuple((found & 0xFFFFFFFF).tolist())
        )
    if not roles.time:
        rows = _in_file_order(owners, None, None)
        rows = replace(rows, placed=replace(rows.placed, grid=grid))
        return like.of(_series(table, roles, owners, rows, check=False))
    moments = read_moments(table, roles.time)
    moments = moments.settled() if grid.zone else moments
    order = np.lexsort((moments.values, owners.codes))
    if moments.dated and not moments.zone and grid.zone:
        moments, order, _ = _on_clocks(moments, order, owners, grid.zone)
    stamps, codes = moments.values[order], owners.codes[order]
    _no_repeats(stamps, codes, order, roles.time)
    if moments.years and grid.dated:
        stamps = (stamps - 1970).astype("datetime64[Y]")
    at = grid.positions(stamps)
    if grid.regular:
        _no_repeats(at, codes, order, roles.time)
    placed = Placed(grid, at.astype(np.int64)) if grid.regular else Placed(grid, None, at)
    return like.of(_series(table, roles, owners, _Rows(order, placed), check=False))


def _series(table: Table, roles: Roles, owners: _Owners, rows: _Rows, *, check: bool) -> tuple[Series, ...]:
    """Cut the rows into series and put a row without content where the grid has a gap."""
    codes = owners.codes[rows.order]
    counts = np.bincount(codes, minlength=len(owners.labels))
    lengths = _lengths(rows, owners)
    begin = np.cumsum(lengths) - lengths
    at = rows.placed.positions
    first = np.cumsum(counts) - counts
    starts = np.zeros(len(counts), np.int64) if at is None else at[first]
    into = np.arange(len(codes)) if at is None else begin[codes] + at - starts[codes]
    total = int(lengths.sum())
    present = np.zeros(total, bool)
    present[into] = True
    values = np.full((total, len(roles.values)), np.nan)
    values[into] = number_cells(table, roles.values, "value", whole=check)[rows.order]
    exog = _filled(number_cells(table, roles.exog, "exog")[rows.order], table.schema, roles.exog, into, total)
    marks = {n: _objects(table, n, rows.order, into, total) for n in roles.marks}
    static = {n: _first_cells(table, n, rows.order[first]) for n in roles.static}
    stamps = rows.placed.stamps
    out = []
    for i, label in enumerate(owners.labels):
        part = slice(int(begin[i]), int(begin[i] + lengths[i]))
        out.append(
            Series(
                label, int(starts[i]), values[part], exog[part], present[part],
                {n: cells[part] for n, cells in marks.items()}, {n: cells[i] for n, cells in static.items()},
                None if stamps is None else stamps[part], owners.paths[i] if owners.paths else 0,
            )
        )  # fmt: skip
    return tuple(out)


def _filled(
    cells: npt.NDArray[np.float64], schema: Schema, names: Sequence[str], into: Whole, total: int
) -> npt.NDArray[np.float64]:
    """What is known in advance at every step: in a gap amounts lie on a line, whole numbers stay as they were."""
    out = np.empty((total, len(names)))
    every = np.arange(total)
    last = np.searchsorted(into, every, side="right") - 1
    for i, name in enumerate(names):
        line = schema[name].kind == "numeric"
        out[:, i] = np.interp(every, into, cells[:, i]) if line else cells[last, i]
    return out


def _objects(table: Table, name: str, order: Whole, into: Whole, total: int) -> npt.NDArray[Any]:
    out = np.full(total, None, object)
    cells = table.frame[name]
    if table.schema[name].kind == "datetime":
        cells = _iso(cells)
    out[into] = cells.to_numpy(object)[order]
    return out


def _iso(cells: Any) -> Any:  # noqa: ANN401  # a pandas Series
    """Dates as ISO text, None where missing."""
    text = np.datetime_as_string(cells.to_numpy("datetime64[us]"), unit="us").astype(object)
    text[cells.isna().to_numpy()] = None
    return type(cells)(text, dtype=object)


def _first_cells(table: Table, name: str, rows: Whole) -> list[Any]:
    cells = table.frame[name].iloc[rows]
    kind = table.schema[name].kind
    if kind in ("numeric", "integer"):
        return [None if np.isnan(v) else v for v in cells.to_numpy(np.float64, na_value=np.nan).tolist()]
    if kind == "datetime":
        seconds = cells.to_numpy("datetime64[us]").astype(np.int64) / 1e6
        return [None if gone else v for v, gone in zip(seconds.tolist(), cells.isna().tolist(), strict=True)]
    return list(cells.to_numpy(object))
