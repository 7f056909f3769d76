"""A table is a frame that has been through the door: typed columns and the schema that says what they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthkit.data.schema import Schema
from synthkit.errors import SchemaError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["Table"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and their schema: the only thing that flows between the rooms.

    The frame is pandas with one canonical type a kind: numeric float64; integer Int64; datetime datetime64[us];
    categorical, boolean, id and text as object strings, with None for a missing cell (a boolean keeps the word it had
    in the file). How values were stored before the door is in `Column.dtype`, and `synthkit.data.io` gives it back.

    Args:
        frame: one column for each of the schema, in its order, with a plain 0..n-1 index.
        schema: what the columns are.
    """

    frame: pd.DataFrame
    schema: Schema

    def __post_init__(self) -> None:
        if tuple(self.frame.columns) != self.schema.names:
            raise SchemaError("the frame's columns are not the schema's, or not in its order")

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, rows: np.ndarray) -> Table:
        """The rows at these positions (an index or a boolean mask), in this order."""
        return Table(
            self.frame[rows].reset_index(drop=True)
            if rows.dtype == bool
            else self.frame.iloc[rows].reset_index(drop=True),
            self.schema,
        )

    def head(self, n: int) -> Table:
        """The first `n` rows."""
        return Table(self.frame.head(n).reset_index(drop=True), self.schema)

    def subsample(self, n: int, rng: np.random.Generator) -> Table:
        """At most `n` rows, drawn without replacement, in their own order."""
        if len(self) <= n:
            return self
        rows = rng.choice(len(self), n, replace=False)
        rows.sort()
        return self.take(rows)

    def digest(self) -> str:
        """SHA-256 over names, kinds and every cell: the same content gives the same digest on any machine."""
        sha = hashlib.sha256()
        for column in self.schema:
            sha.update(f"{column.name}\x1f{column.kind}\x1e".encode())
            cells = self.frame[column.name]
            mask = cells.isna().to_numpy()
            sha.update(mask.tobytes())
            text = "\x1f".join(cells[~mask].astype(str))
            sha.update(text.encode("utf-8", "surrogatepass"))
        return sha.hexdigest()
