"""Drawn rows straight to Arrow: a category is written as often as it is different, and no cell becomes an object."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from synthkit.data.io import arrow_column, arrow_type
from synthkit.encode.columns import Levels, Strings

if TYPE_CHECKING:
    import pyarrow as pa

    from synthkit.data.schema import Column
    from synthkit.data.table import Table
    from synthkit.encode.columns import Code
    from synthkit.encode.encoder import Coded

__all__ = ["arrow", "as_arrow", "plain"]


def arrow(rows: Coded, words: Callable[[str, Strings], list[str]]) -> pa.Table:
    """The table that `data.io.write_table` writes of the same rows; words of categories are in dictionaries.

    Args:
        rows: as the model drew them.
        words: makes those of a column of keys or texts, one a row.
    """
    import pyarrow as pa

    columns = {}
    for column in rows.encoder.schema:
        code = rows.encoder.codes[column.name]
        codes = rows.arrays[column.name] if column.name in rows.arrays else np.zeros(rows.n, np.int32)
        if isinstance(code, Strings):
            made = np.array([*words(column.name, code), None], object)[:-1]
            made[codes != 0] = None
            columns[column.name] = _typed(pd.Series(made, dtype=object), column)
        else:
            columns[column.name] = _array(code, codes, column, rows.rng)
    return pa.table(columns)


def as_arrow(table: Table) -> pa.Table:
    """The same of a table that is made of cells already."""
    import pyarrow as pa

    return pa.table({column.name: _typed(table.frame[column.name], column) for column in table.schema})


def _array(code: Code, codes: np.ndarray, column: Column, rng: np.random.Generator) -> pa.Array:
    import pyarrow as pa

    if not isinstance(code, Levels):
        return _typed(code.decode(codes, rng), column)
    values = _typed(pd.Series(code.levels, dtype=object), column)
    places = pa.array(codes.astype(np.int32, copy=False), mask=codes == len(code.levels) if code.missing else None)
    return pa.DictionaryArray.from_arrays(places, values) if pa.types.is_string(values.type) else values.take(places)


def _typed(cells: pd.Series, column: Column) -> pa.Array:
    """In the type the column came in; of text where no cell says of what type it is."""
    import pyarrow as pa

    array = arrow_column(cells, column, arrow_type(column.storage))
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array


def plain(table: pa.Table) -> pa.Schema:
    """The schema of a table as if its words were in no dictionaries, which are a matter of how they are written."""
    import pyarrow as pa

    return pa.schema(
        [pa.field(field.name, field.type.value_type) if _of_words(field.type) else field for field in table.schema]
    )


def _of_words(kind: Any) -> bool:  # noqa: ANN401 - an Arrow type
    import pyarrow as pa

    return bool(pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type))
