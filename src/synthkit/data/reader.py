"""The parts of a source, read through in batches as often as is needed, and single columns of them typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.data.batches import batches, columns_of, plain
from synthkit.data.cells import Cells, Raw
from synthkit.data.native import raw_of_arrow
from synthkit.data.parse import match_schema, parse_column
from synthkit.data.parts import Parts, parts_of
from synthkit.data.schema import Column, Schema
from synthkit.errors import SchemaError, UnknownName

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["Reader", "opened"]


@dataclass(frozen=True)
class Reader:
    """How the parts are read.

    Args:
        parts: the files.
        columns: to read, in the types that hold those of all parts.
        encoding: of text.
    """

    parts: Parts
    columns: pa.Schema
    encoding: str

    @property
    def text(self) -> bool:
        """Whether cells are words, whatever they stand for."""
        return self.parts.kind == "text"

    def raw(self, table: Any) -> Raw:  # noqa: ANN401 - a pyarrow table
        """Rows as cells, as a file that holds just these would be read."""
        if not self.text:
            return raw_of_arrow(table)
        words = {n: table.column(n).to_numpy(zero_copy_only=False).astype(object) for n in table.column_names}
        return Raw(tuple(Cells.of_words(name, cells) for name, cells in words.items()), table.num_rows)

    def cells(self, name: str, array: pa.Array, before: int) -> Cells:
        """One column of a batch, that begins after so many rows of its part."""
        import pyarrow as pa

        columns = pa.schema([self.columns.field(name)])
        batch = plain(pa.RecordBatch.from_arrays([array], names=[name]), columns)
        return replace(self.raw(pa.Table.from_batches([batch]))[name], before=before)

    def batches(self, names: Sequence[str]) -> Iterator[tuple[int, int, pa.RecordBatch]]:
        """Batches of all parts in turn: the part, the rows of it before the batch, the batch."""
        import pyarrow as pa

        columns = pa.schema([self.columns.field(name) for name in names])
        for at, part in enumerate(self.parts):
            before = 0
            for batch in batches(part, columns, encoding=self.encoding):
                yield at, before, batch
                before += batch.num_rows

    def apart(self) -> list[Reader]:
        """One for each part alone, for another process: it has not to look for the parts again, or into the others."""
        return [replace(self, parts=Parts(self.parts.source, (part,))) for part in self.parts]

    def parsed(self, column: Column) -> Iterator[pd.Series[Any]]:
        """A column, batch by batch, as the schema types it; an error names the part."""
        for at, before, batch in self.batches([column.name]):
            yield self.typed(column, batch.column(0), at, before)

    def typed(self, column: Column, array: pa.Array, part: int, before: int) -> pd.Series[Any]:
        """Cells of a column as the schema types them.

        Raises:
            SchemaError: they contradict it; the part and the place in it are named.
        """
        try:
            return parse_column(self.cells(column.name, array, before), column)
        except SchemaError as error:
            name = self.parts.files[part].name
            raise SchemaError(f"part {name!r}: {error.message}", hint=error.hint) from None


def opened(
    source: str | Path,
    *,
    encoding: str = "utf-8",
    drop: Sequence[str] = (),
    schema: Schema | None = None,
    roles: Sequence[str | None] = (),
) -> Reader:
    """The parts of a source and the columns to read, once it is sure that nothing asked for is lacking.

    Raises:
        ReadError, SchemaError: a part cannot be read, or the parts do not go together or contradict the schema.
        UnknownName: a role or a dropped column that does not exist.
    """
    import pyarrow as pa

    parts = parts_of(source)
    columns = columns_of(parts, encoding=encoding)
    for name in (*drop, *(role for role in roles if role is not None)):
        if name not in columns.names:
            raise UnknownName("column", name, columns.names)
    kept = [field for field in columns if field.name not in set(drop)]
    if not kept:
        raise SchemaError("no column is left", hint="drop fewer columns")
    if schema is not None:
        none = np.zeros(0, np.int64)
        match_schema(
            Raw(tuple(Cells(field.name, [], none) for field in kept), 0),
            schema.without({name for name in drop if name in schema}),
        )
    return Reader(parts, pa.schema(kept), encoding)
