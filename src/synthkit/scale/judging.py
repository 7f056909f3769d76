"""Synthetic tables of any number of rows, judged: fidelity over every row, the rest on rows drawn.

Detection, utility and privacy ask of rows, not of sums; they are asked of a uniform sample of each table, the same for
the same seed. Shapes, trends and missing cells are counted part by part by an engine, and the counts added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial, reduce
from itertools import chain
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.data.reader import Reader, opened
from synthkit.data.schema import Column
from synthkit.data.stream import in_parts
from synthkit.data.table import Table
from synthkit.data.tally import filled
from synthkit.metrics._counted import Counts, Grid, fidelity
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from synthkit.metrics.base import Reference
    from synthkit.scale.engine import Engine
    from synthkit.scorecard import Scorecard

__all__ = ["JUDGED", "counted", "facts", "many"]

JUDGED: Final = 100_000
"""Rows of each table that are drawn to be judged one by one."""


def many(sources: Mapping[str, Any]) -> bool:
    """Whether tables are judged part by part: all are files, and one at least is a folder, a pattern or a URL."""
    given = [source for source in sources.values() if source is not None]
    return all(isinstance(source, str | Path) for source in given) and any(map(in_parts, given))


def counted(
    card: Scorecard,
    reference: Reference,
    sources: Mapping[str, Any],
    engine: Engine,
    *,
    encoding: str = "utf-8",
    progress: Progress = silent,
) -> Scorecard:
    """A scorecard of rows drawn, with the fidelity of every row in the place of theirs.

    Args:
        card: of the rows drawn.
        reference: real rows drawn, which say what is counted.
        sources: of the tables "train", "holdout" and "synthetic": files, folders, patterns or URLs.
        engine: counts.
        encoding: of text.
        progress: told part by part.

    Raises:
        ReadError, SchemaError: a part cannot be read, or contradicts the schema; it is named.
    """
    grid = Grid.learn(reference)
    readers = {role: opened(source, encoding=encoding).apart() for role, source in sources.items()}
    pieces = [(role, reader) for role, parts in readers.items() for reader in parts]
    counting = engine.map(partial(_count, grid), (reader for _, reader in pieces))
    found: dict[str, Counts] = {}
    for done, ((role, _), counts) in enumerate(zip(pieces, counting, strict=True), 1):
        found[role] = found[role] + counts if role in found else counts
        progress("count", done / len(pieces), role)
    scores = fidelity(grid, found["train"], found["holdout"], found["synthetic"])
    measured = {score.metric for score in scores}
    rows = {role: int(counts.rows.sum()) for role, counts in found.items()}
    provenance = dict(card.provenance) | {"judged": card.provenance["rows"], "rows": rows}
    kept = tuple(score for score in card.scores if score.metric not in measured)
    order = {name: at for at, name in enumerate(dict.fromkeys(score.metric for score in card.scores))}
    scores_ = sorted((*kept, *scores), key=lambda score: order.get(score.metric, len(order)))
    return replace(card, scores=tuple(scores_), provenance=provenance)


def facts(card: Scorecard) -> dict[str, Any]:
    """What the goal says of a scorecard of `counted`; nothing of another."""
    if "judged" not in card.provenance:
        return {}
    rows, drawn = card.provenance["rows"], card.provenance["judged"]
    said = f"shapes, trends and missing cells over all rows; the rest on {drawn['synthetic']:,} synthetic rows"
    told = f"{said} and {drawn['train']:,} and {drawn['holdout']:,} real ones, drawn evenly"
    return {"rows": rows["train"], "train_rows": rows["train"], "holdout_rows": rows["holdout"],
            "rows_made": rows["synthetic"], "judged": told}  # fmt: skip


def _count(grid: Grid, reader: Reader) -> Counts:
    """The counts of one part, which may have no rows."""
    import pandas as pd
    import pyarrow as pa

    schema = grid.schema
    none = pa.RecordBatch.from_pylist([], schema=pa.schema([reader.columns.field(name) for name in schema.names]))

    def count(before: int, batch: pa.RecordBatch) -> Counts:
        cells = {c.name: _cells(reader, c, batch.column(c.name), before) for c in schema}
        return Counts.of(grid, Table(pd.DataFrame(cells, columns=list(schema.names)), schema), before)

    batches = chain(reader.batches(schema.names), [(0, 0, none)])
    return reduce(add, (count(before, batch) for _, before, batch in batches))


def _cells(reader: Reader, column: Column, array: pa.Array, before: int) -> pd.Series[Any]:
    """A column of a batch; numbers that are stored as such need not be read as words."""
    import pandas as pd

    numbers = filled(array) if column.kind in ("numeric", "integer") else None
    if numbers is None or not np.isfinite(numbers).all():
        return reader.typed(column, array, 0, before)
    values = np.full(len(array), np.nan)
    values[array.is_valid().to_numpy(zero_copy_only=False)] = numbers
    return pd.Series(values)
