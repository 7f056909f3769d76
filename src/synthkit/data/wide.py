"""Wide files made long: a column for each series, or a column for each month of the year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from synthkit.data.clock import part_of
from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.errors import ConfigError, SchemaError, UnknownName

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["to_long"]

SERIES: Final = "series"
VALUE: Final = "value"
_PARTS: Final = {4: ("quarter", 1), 12: ("month", 1), 24: ("hour", 0)}


def to_long(
    table: Table,
    how: Literal["entities", "seasons"],
    *,
    time: str | Sequence[str] | None = None,
    exog: Sequence[str] = (),
) -> tuple[Table, tuple[str, ...]]:
    """One row for each value of a wide table, and the names of the columns that say when.

    Args:
        table: one row for each point in time ("entities"), or for each year or day ("seasons").
        how: "entities": each column of numbers is a series, and its name goes to a column "series". "seasons": the
            columns of a row are its 4 quarters, 12 months or 24 hours, in order, and are laid end to end.
        time: the time column (or columns, or () for none); by default what the schema says.
        exog: columns that belong to all series alike; "entities" only.

    Raises:
        SchemaError: a column that is neither time nor numbers.
        ConfigError: no such way, or a number of columns that is no season of the time column.

    >>> import pandas as pd
    >>> from synthkit.data import io
    >>> wide = pd.DataFrame({"year": [2001, 2002, 2003], "ulm": [3, 1, 2], "bonn": [2.5, 4.0, 3.1]})
    >>> long, times = to_long(io.to_table(wide, time="year"), "entities")
    >>> times, long.frame.iloc[[0, 3]].to_dict("records")
    (('year',), [{'year': 2001, 'series': 'ulm', 'value': 3.0}, {'year': 2001, 'series': 'bonn', 'value': 2.5}])
    """
    if how not in ("entities", "seasons"):
        raise ConfigError(f"wide={how!r} is not known", hint="use entities or seasons")
    default = (table.schema.time,) if table.schema.time is not None else ()
    times = default if time is None else (time,) if isinstance(time, str) else tuple(time)
    for name in (*times, *exog):
        if name not in table.schema:
            raise UnknownName("column", name, table.schema.names)
    columns = [c for c in table.schema if c.name not in (*times, *exog)]
    for column in columns:
        if column.kind not in ("numeric", "integer"):
            raise SchemaError(
                f"column {column.name!r} is {column.kind}, and a wide table holds only numbers beside the time",
                hint=f"leave it out with --drop {column.name}, or name it as the time or as known in advance",
            )
    if not columns:
        raise SchemaError("no column of numbers is left", hint="name fewer columns as time or known in advance")
    if how == "entities":
        return _entities(table, times, exog, columns), times
    long = _seasons(table, times, columns)
    return long, long.schema.names[:-1]


def _value(columns: Sequence[Column]) -> Column:
    """One column that can hold what all of these do."""
    decimals = [c.decimals if c.kind == "numeric" else 0 for c in columns]
    most = None if None in decimals else max(d for d in decimals if d is not None)
    whole = all(c.kind == "integer" for c in columns)
    reason = f"numbers of the columns {columns[0].name!r} to {columns[-1].name!r}, laid end to end"
    return replace(
        columns[0], name=VALUE, kind="integer" if whole else "numeric", decimals=None if whole else most, reason=reason,
        nullable=any(c.nullable for c in columns),
    )  # fmt: skip


def _free(name: str, taken: Sequence[Column]) -> str:
    """The name, or the first of name_2, name_3, ... where a column has it already."""
    names, k, free = {c.name for c in taken}, 1, name
    while free in names:
        k += 1
        free = f"{name}_{k}"
    return free


def _cells(table: Table, columns: Sequence[Column]) -> np.ndarray:
    """(rows, columns) float64."""
    return np.stack([table.frame[c.name].to_numpy(np.float64, na_value=np.nan) for c in columns], axis=1)


def _column(cells: np.ndarray, column: Column) -> pd.Series[Any]:
    import pandas as pd

    series = pd.Series(cells)
    return series.astype("Int64") if column.kind == "integer" else series


def _entities(table: Table, times: Sequence[str], exog: Sequence[str], columns: Sequence[Column]) -> Table:
    """Series under each other; those that begin later or end earlier are as long as they are."""
    import pandas as pd

    cells = _cells(table, columns)
    held = ~np.isnan(cells)
    inside = np.maximum.accumulate(held, axis=0) & np.maximum.accumulate(held[::-1], axis=0)[::-1]
    owner, row = np.nonzero(inside.T)
    shared = [table.schema[n] for n in (*times, *exog)]
    entity = Column(_free(SERIES, shared), "id", reason="the columns of a wide file, one for each series")
    value = replace(_value(columns), name=_free(VALUE, shared))
    parts: dict[str, Any] = {c.name: table.frame[c.name].iloc[row].reset_index(drop=True) for c in shared}
    names = np.array([c.name for c in columns], object)
    parts[entity.name] = pd.Series(names[owner].tolist(), dtype="object")
    parts[value.name] = _column(cells[row, owner], value)
    kept = [*shared, entity, value]
    time = times[0] if len(times) == 1 else None
    schema = Schema(tuple(kept), time=time, entity=entity.name)
    return Table(pd.DataFrame(parts, columns=list(schema.names)), schema)


def _seasons(table: Table, times: Sequence[str], columns: Sequence[Column]) -> Table:
    import pandas as pd

    part, first = _PARTS.get(len(columns), ("", 0))
    per = "day" if part == "hour" else "year"
    fits = len(times) == 1 and (
        part_of(times[0]) == "year" if per == "year" else table.schema[times[0]].kind == "datetime"
    )
    if times and not (part and fits):
        raise ConfigError(
            f"{len(columns)} columns of numbers are no season of the time column",
            hint="one row a year has 4 or 12 of them (and the year in a column of that name), one row a day has 24; "
            "leave out what is no value, or the time: values then follow each other",
        )
    if part in times:
        raise SchemaError(
            f"time column {part!r} has the name of what the columns are: the {part} of each value",
            hint="give it another name, such as day",
        )
    value = replace(_value(columns), name=_free(VALUE, [table.schema[n] for n in times]))
    rows, k = len(table), len(columns)
    parts: dict[str, Any] = {}
    kept = [table.schema[n] for n in times]
    if times:
        parts[times[0]] = table.frame[times[0]].repeat(k).reset_index(drop=True)
        kept.append(Column(part, "integer", reason=f"the columns of a wide file, one for each {part}"))
        parts[part] = pd.Series(np.tile(np.arange(first, first + k), rows), dtype="Int64")
    parts[value.name] = _column(_cells(table, columns).reshape(-1), value)
    schema = Schema((*kept, value))
    return Table(pd.DataFrame(parts, columns=list(schema.names)), schema)
