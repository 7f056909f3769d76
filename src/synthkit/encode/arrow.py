"""Drawn rows straight to Arrow: a category is written as often as it is different, and no cell becomes an object."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from synthkit.data.io import arrow_column, arrow_type
from synthkit.encode.columns import Levels, Strings

if TYPE_CHECKING:
    import pyarrow as pa

    from synthkit.data.schema import Column
    from synthkit.data.table import Table
    from synthkit.encode.encoder import Coded

__all__ = ["arrow", "as_arrow"]


def arrow(rows: Coded, words: Callable[[str, Strings], list[str]]) -> tuple[pa.Table, pa.Schema]:
    """The table that `data.io.write_table` writes of the same rows, and its schema.

    In the table, words of categories are in dictionaries, also where the schema has plain words: how they are written
    is no matter of what they are.

    Args:
        rows: as the model drew them.
        words: makes those of a column of keys or texts, one a row.
    """
    import pyarrow as pa

    columns, fields = {}, []
    for column in rows.encoder.schema:
        code = rows.encoder.codes[column.name]
        codes = rows.arrays[column.name] if column.name in rows.arrays else np.zeros(rows.n, np.int32)
        if isinstance(code, Levels):
            array, kind = _levels(code, codes, column)
        elif isinstance(code, Strings):
            made = np.array([*words(column.name, code), None], object)[:-1]
            made[codes != 0] = None
            array, kind = _typed(pd.Series(made, dtype=object), column)
        else:
            array, kind = _typed(code.decode(codes, rows.rng), column)
        columns[column.name] = array
        fields.append(pa.field(column.name, kind))
    return pa.table(columns), pa.schema(fields)


def _levels(code: Levels, codes: np.ndarray, column: Column) -> tuple[pa.Array, pa.DataType]:
    import pyarrow as pa

    values, kind = _typed(pd.Series(code.levels, dtype=object), column)
    gone = codes == len(code.levels) if code.missing else None
    places = pa.array(codes.astype(np.int32, copy=False), mask=gone)
    return pa.DictionaryArray.from_arrays(places, values) if pa.types.is_string(kind) else values.take(places), kind


def as_arrow(table: Table) -> tuple[pa.Table, pa.Schema]:
    """The same of a table that is made of cells already."""
    import pyarrow as pa

    made = pa.table({column.name: _typed(table.frame[column.name], column)[0] for column in table.schema})
    return made, made.schema


def _typed(cells: pd.Series, column: Column) -> tuple[pa.Array, pa.DataType]:
    """In the type the column came in; of text where no cell says of what type it is."""
    import pyarrow as pa

    array = arrow_column(cells, column, arrow_type(column.storage))
    array = array.cast(pa.string()) if pa.types.is_null(array.type) else array
    return array, array.type
