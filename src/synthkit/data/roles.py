"""What each column of a table of series is for, by rule and with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.data.keys import named_like_key
from synthkit.data.panel import Roles
from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.errors import SchemaError, UnknownName

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["assign", "number_cells", "one_each", "with_numbers"]

_USED: Final = "; used as "
_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(?:\.0+)?")
_EXACT: Final = 2**53
_LEAST, _LARGEST = 1e-12, 1e100  # of the largest number of a column: squares and powers of the rest keep their digits
_TRUTH: Final = {"0": 0.0, "1": 1.0, "False": 0.0, "True": 1.0}


def assign(
    table: Table,
    time: Sequence[str],
    entity: str | None,
    codes: npt.NDArray[np.int64],
    *,
    values: Sequence[str] = (),
    exog: Sequence[str] = (),
    static: Sequence[str] = (),
) -> tuple[Roles, Schema]:
    """Give each column its role; the schema is that of the columns used, each with the role in its reason.

    Args:
        table: the rows.
        time: the time columns.
        entity: the entity column.
        codes: (n,) the entity of each row.
        values, exog, static: what the caller named.

    Raises:
        UnknownName: a named column does not exist.
        SchemaError: a column cannot play the role it was named for.
    """
    schema = table.schema
    _distinct(
        schema, {"time": time, "entity": (entity,) if entity else (), "value": values, "exog": exog, "static": static}
    )
    taken = {*time, *((entity,) if entity else ()), *values, *exog, *static}
    said = dict.fromkeys(values, "a value: named so") | dict.fromkeys(exog, "known in advance: named so")
    said |= dict.fromkeys(static, "static: named so")
    found: dict[str, list[str]] = {"values": [], "marks": [], "static": []}
    for column in schema:
        if column.name in taken:
            continue
        if entity is not None and one_each(table, column.name, codes):
            found["static"].append(column.name)
            said[column.name] = f"static: one value for each {entity!r}"
        elif not values:
            role = "values" if column.kind in ("numeric", "integer") else "marks"
            found[role].append(column.name)
            what = "a value: numbers that" if role == "values" else f"a mark: {column.kind} cells that"
            said[column.name] = f"{what} change over time"
    for name in static:
        if entity is None or not one_each(table, name, codes):
            why = "there is no entity column" if entity is None else f"it changes within one {entity!r}"
            raise SchemaError(f"column {name!r} cannot be static: {why}", hint="leave it out of the static columns")
    named = set(static) | set(found["static"])
    roles = Roles(
        tuple(time), entity, tuple(values) or tuple(found["values"]), tuple(found["marks"]), tuple(exog),
        tuple(n for n in schema.names if n in named),
    )  # fmt: skip
    return roles, _used(schema, roles, said)


def _distinct(schema: Schema, named: dict[str, Sequence[str]]) -> None:
    seen: dict[str, str] = {}
    for role, names in named.items():
        for name in names:
            if name not in schema:
                raise UnknownName("column", name, schema.names)
            if name in seen:
                raise SchemaError(
                    f"column {name!r} is named as {seen[name]} and as {role}", hint="give each column one role"
                )
            seen[name] = role


def _used(schema: Schema, roles: Roles, said: dict[str, str]) -> Schema:
    """The schema of the columns that play a role."""
    kept = {*roles.time, *((roles.entity,) if roles.entity else ()), *said}
    columns = []
    for column in schema:
        if column.name in kept:
            reason = column.reason.partition(_USED)[0]
            columns.append(
                replace(column, reason=f"{reason}{_USED}{said[column.name]}" if column.name in said else reason)
            )
    target = schema.target if schema.target in kept else None
    return Schema(tuple(columns), target, roles.time[0] if len(roles.time) == 1 else None, roles.entity)


def with_numbers(table: Table, names: Iterable[str]) -> Table:
    """The table with whole numbers as numbers, where the door took them for a key or for yes and no.

    That is right for a plain table and wrong for a series: a count that only grows is no key. Columns named by the
    caller are numbers if they can be; others where they look like a key by their steady order alone.
    """
    import pandas as pd

    named, frame, columns = set(names), dict(table.frame.items()), []
    for column in table.schema:
        wanted = column.name in named and column.kind in ("id", "boolean", "categorical")
        if wanted or (column.kind == "id" and table.schema.entity is None and not named_like_key(column.name)):
            cells = table.frame[column.name]
            gone = cells.isna().to_numpy()
            words = cells[~gone].tolist()
            if words and all(_WHOLE.fullmatch(w) for w in words):
                whole = np.zeros(len(cells), np.int64)
                whole[~gone] = [int(w.partition(".")[0]) for w in words]
                if wanted or bool((np.diff(whole) != 1).any()):  # 1, 2, 3, ... counts the rows
                    frame[column.name] = pd.Series(pd.arrays.IntegerArray(whole, gone))
                    column = replace(column, kind="integer", reason="whole numbers")  # noqa: PLW2901
        columns.append(column)
    return Table(pd.DataFrame(frame), replace(table.schema, columns=tuple(columns)))


def one_each(table: Table, name: str, codes: npt.NDArray[np.int64]) -> bool:
    """Whether a column has one value (or none) for each entity."""
    import pandas as pd

    cells = pd.factorize(table.frame[name], use_na_sentinel=False)[0]
    first = np.zeros(int(codes.max()) + 1, np.int64)
    first[codes[::-1]] = cells[::-1]
    return bool((first[codes] == cells).all())


def number_cells(table: Table, names: Iterable[str], role: str, *, whole: bool = True) -> npt.NDArray[np.float64]:
    """Columns of numbers as (n, k) float64, NaN where missing.

    Args:
        table: the rows.
        names: the columns.
        role: what they are for, in words.
        whole: check that a column has two values or more.

    Raises:
        SchemaError: not numbers, infinite, constant, without any value, or too large to be exact.
    """
    names = list(names)
    out = np.empty((len(table), len(names)))
    for i, name in enumerate(names):
        column = table.schema[name]
        if whole and bool(table.frame[name].isna().all()):
            raise SchemaError(f"{role} column {name!r} has no value at all", hint=f"leave it out with --drop {name}")
        if column.kind in ("numeric", "integer"):
            cells = table.frame[name].to_numpy(np.float64, na_value=np.nan)
        else:
            cells = _truth(table.frame[name], column, role)
        _check(cells, column, role, whole=whole)
        out[:, i] = cells
    return out


def _truth(cells: Any, column: Column, role: str) -> npt.NDArray[np.float64]:  # noqa: ANN401  # a pandas Series
    if role != "value" and column.kind == "boolean" and set(cells.dropna()) <= _TRUTH.keys():
        return np.array([np.nan if c is None else _TRUTH[c] for c in cells.tolist()])
    raise SchemaError(
        f"column {column.name!r} is {column.kind} and cannot be {'known in advance' if role == 'exog' else 'a value'}",
        hint="only numbers can; leave it unnamed, and it is kept as a mark, or write it as "
        + ("0 and 1" if role == "exog" else 'numbers and set kind = "numeric" in schema.toml'),
    )


def _check(cells: npt.NDArray[np.float64], column: Column, role: str, *, whole: bool) -> None:
    name = column.name
    gone = np.isnan(cells)
    if endless := int(np.isinf(cells).sum()):
        first = int(np.flatnonzero(np.isinf(cells))[0]) + 1
        raise SchemaError(
            f"column {name!r} holds {endless:,} infinite values (first at row {first:,})",
            hint="replace them by an empty cell or a finite number",
        )
    if role == "exog":
        if gone.any():
            raise SchemaError(
                f"column {name!r} is known in advance but has {int(gone.sum()):,} missing cells "
                f"(first at row {int(np.flatnonzero(gone)[0]) + 1:,})",
                hint="fill them in, or make it a value that is modelled",
            )
        return
    held = cells[~gone]
    if column.kind == "integer" and len(held) and float(np.abs(held).max()) >= _EXACT:
        raise SchemaError(
            f"value column {name!r} holds whole numbers beyond 9,007,199,254,740,992",
            hint='they are no amounts: set kind = "id" in schema.toml, or divide them by a power of ten',
        )
    if whole and len(held) and held.min() == held.max():
        raise SchemaError(
            f"value column {name!r} holds one single value in every row",
            hint=f"there is nothing to model: leave it out with --drop {name}, or name other values",
        )
    largest = float(np.abs(held).max()) if len(held) else 0.0
    if whole and len(held) and not _LEAST < largest < _LARGEST:
        much = largest > 1
        raise SchemaError(
            f"value column {name!r} holds numbers {'beyond' if much else 'of less than'} "
            f"{_LARGEST if much else _LEAST:g}, whose powers a computer cannot count with",
            hint=f"{'divide' if much else 'multiply'} them by a power of ten: use another unit",
        )
