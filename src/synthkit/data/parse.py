"""From words to canonical values, strictly by a schema: what contradicts it is an error that names the column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.data.cells import Cells, Raw
from synthkit.data.dates import candidates, read_dates, read_utc
from synthkit.data.numbers import INFINITE, is_mark, resolution
from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.errors import SchemaError, UnknownName

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

__all__ = ["match_schema", "no_infinity", "parse_column", "parse_table"]


def parse_table(raw: Raw, schema: Schema) -> Table:
    """Type every column as the schema says.

    Raises:
        SchemaError: a column lacks, is left over, or holds values that are not of its kind.
    """
    import pandas as pd

    match_schema(raw, schema)
    parsed = {c.name: parse_column(raw[c.name], c) for c in schema}
    columns = []
    for column in schema:
        holes = bool(parsed[column.name].isna().any())
        columns.append(_as_stored(raw[column.name], replace(column, nullable=column.nullable or holes)))
    frame = pd.DataFrame(parsed, index=pd.RangeIndex(len(raw)), columns=list(schema.names))
    return Table(frame, replace(schema, columns=tuple(columns)))


def _as_stored(cells: Cells, column: Column) -> Column:
    """The column with what the schema file may leave open: how this table stores it, and its resolution."""
    if cells.source != "text":
        column = replace(column, dtype=cells.dtype) if column.storage != cells.dtype else column
    elif column.storage != "str" and not column.zone:
        column = replace(column, dtype="str")
    if column.kind == "numeric" and column.decimals is None:
        decimals, _ = resolution(cells.numbers, cells.counts, native=cells.source != "text")
        return replace(column, decimals=decimals)
    return column


def match_schema(raw: Raw, schema: Schema) -> None:
    """Check that data and schema have the same columns, in any order."""
    if lacking := [n for n in schema.names if n not in raw.names]:
        near = UnknownName("column", lacking[0], raw.names).hint
        raise SchemaError(f"the data lack {_columns(lacking)} of the schema", hint=near)
    if extra := [n for n in raw.names if n not in schema]:
        near = UnknownName("column", extra[0], schema.names).hint
        near = f"{near} " if near.startswith("did you mean") else ""
        flags = " ".join(f"--drop {n!r}" if " " in n else f"--drop {n}" for n in extra)
        raise SchemaError(
            f"the data have {_columns(extra)} that the schema has not",
            hint=f"{near}leave them out with {flags}, or give each a [[column]] in the schema",
        )


def _columns(names: list[str]) -> str:
    return ("column " if len(names) == 1 else "columns ") + ", ".join(map(repr, names))


def parse_column(cells: Cells, column: Column) -> pd.Series[Any]:
    """One column as canonical values (see `Table`); a missing cell is nan, NA, NaT or None."""
    import pandas as pd

    gone = _gone(cells, column)
    codes = np.where(np.append(gone, True)[cells.codes], -1, cells.codes)
    if column.kind == "numeric":
        return pd.Series(_take(_numeric(cells, column, gone), codes, np.nan))
    if column.kind == "integer":
        values = _take(_integer(cells, column, gone), codes, 0)
        return pd.Series(pd.arrays.IntegerArray(values, codes < 0))
    if column.kind == "datetime":
        return pd.Series(_take(_datetime(cells, column, gone), codes, np.datetime64("NaT", "us")))
    if column.kind == "boolean" and (kinds := int((cells.counts[~gone] > 0).sum())) > 2:
        raise SchemaError(
            f"column {cells.name!r} is boolean in the schema but holds {kinds:,} distinct values",
            hint='set kind = "categorical" in schema.toml, or list the mark of a missing value under `missing`',
        )
    return pd.Series(_take(np.array(cells.words, object), codes, None), dtype=object)


def _gone(cells: Cells, column: Column) -> npt.NDArray[np.bool_]:
    """The words that stand for a missing cell. A native column says itself what is missing, and "" is a word in it."""
    if cells.source not in ("text", "words"):
        return np.zeros(len(cells.words), bool)
    marks = set(column.missing) - ({""} if cells.source == "words" else set())
    return np.array([w in marks or (column.is_number and is_mark(w)) for w in cells.words], bool)


def _take(values: npt.NDArray[Any], codes: npt.NDArray[np.int64], empty: object) -> npt.NDArray[Any]:
    """The value of each row; position -1 is the missing cell."""
    padded = np.empty(len(values) + 1, values.dtype)
    padded[:-1], padded[-1] = values, empty
    return padded[codes]


def _numeric(cells: Cells, column: Column, gone: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    no_infinity(cells)
    _refuse(cells, column, ~gone & np.isnan(cells.numbers.values), "numbers")
    return cells.numbers.values


def _integer(cells: Cells, column: Column, gone: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    no_infinity(cells)
    numbers = cells.numbers
    _refuse(cells, column, ~gone & ~numbers.whole, "whole numbers of at most 64 bits")
    near = np.where(numbers.whole & ~gone, numbers.values, 0.0)
    inexact = (numbers.wholes == 0) & (near != 0)  # 1e3 or 12.00: whole, but not written so
    return np.where(inexact, near, numbers.wholes).astype(np.int64) if inexact.any() else numbers.wholes


def _datetime(cells: Cells, column: Column, gone: npt.NDArray[np.bool_]) -> npt.NDArray[np.datetime64]:
    if cells.dates is not None:
        return cells.dates
    held = [w for w, g in zip(cells.words, gone, strict=True) if not g]
    values = np.full(len(cells.words), np.datetime64("NaT", "us"))
    if column.zone and not column.format:
        values[~gone] = read_utc(held)
        _refuse(
            cells, column, ~gone & np.isnat(values), "times with an offset from UTC, as 2024-12-31 23:00:00+00:00 is"
        )
        return values
    formats = [column.format] if column.format else candidates(held)
    if held and not formats:
        raise SchemaError(
            f"column {cells.name!r} is datetime in the schema but has no format, and its cells look like no date",
            hint=f'say how its dates are written, such as format = "%Y-%m-%d", under {cells.name!r} in schema.toml',
        )
    for shown in formats if held else []:
        values[~gone] = read_dates(held, shown)
        if not np.isnat(values[~gone]).any():
            break
    _refuse(cells, column, ~gone & np.isnat(values), f"dates written {column.format or ' or '.join(formats)!r}")
    return values


def _refuse(cells: Cells, column: Column, wrong: npt.NDArray[np.bool_], what: str) -> None:
    count, first = cells.rows_of(wrong)
    if count:
        raise SchemaError(
            f"column {cells.name!r} is {column.kind} in the schema but {count:,} of {len(cells):,} values "
            f"are not {what} (first at row {first})",
            hint='correct these cells, set kind = "categorical" or "text" in schema.toml, or list the '
            "mark of a missing value under `missing`",
        )


def no_infinity(cells: Cells) -> None:
    """Refuse a number column that holds infinite values."""
    count, first = cells.rows_of(cells.numbers.form == INFINITE)
    if count:
        raise SchemaError(
            f"column {cells.name!r} holds {count:,} infinite values among numbers (first at row {first})",
            hint="replace them by an empty cell or a finite number; or leave the column out with "
            f"--drop {cells.name!r}",
        )
