"""Tables larger than memory: passes over the parts, of which a sample of rows and the law of each column remain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from synthkit.data import io
from synthkit.data.cells import Raw
from synthkit.data.census import margins_of
from synthkit.data.infer import infer_schema
from synthkit.data.margins import Margin
from synthkit.data.parse import parse_column
from synthkit.data.parts import KINDS, Parts, means_many
from synthkit.data.reader import Reader, opened
from synthkit.data.reservoir import Reservoir, by_place, by_value
from synthkit.data.schema import Schema
from synthkit.data.table import Table
from synthkit.data.tally import Tally, tally
from synthkit.data.text import enough_rows
from synthkit.data.widened import of_tally, widened
from synthkit.errors import ConfigError, InputError, SchemaError
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from synthkit.data.io import Constant

__all__ = ["MOST", "Drawn", "draw", "guess", "in_parts"]

MOST: Final = 200_000
"""Rows of a larger table that are kept in memory."""


HUGE: Final = 10 * MOST
"""Rows from which a single Parquet file is read in the same way, unasked."""


def in_parts(source: str | Path) -> bool:
    """Whether a source is read part by part, unasked: many files, a URL, or one Parquet file too large for memory."""
    return means_many(source) or _is_huge(Path(source))


def _is_huge(path: Path) -> bool:
    import pyarrow as pa
    from pyarrow import parquet

    if path.suffix.lower() not in KINDS["Parquet"] or not path.is_file():
        return False
    try:
        return int(parquet.read_metadata(path).num_rows) > HUGE
    except (pa.ArrowException, OSError):
        return False  # whoever reads it says what is wrong


@dataclass(frozen=True)
class Drawn:
    """Rows of a source, and what is known of all of its rows.

    Args:
        table: the rows kept, in their order: all of them, or a uniform sample.
        priority: of each row kept; those with the smallest are a uniform sample again.
        rows: in all parts.
        parts: the files.
        margins: the law of each column over all rows; none where all rows are kept.
        seed: that drew the rows.
        by: what was drawn: "row", or "entity" with all of its rows.
    """

    table: Table
    priority: npt.NDArray[np.uint64]
    rows: int
    parts: Parts
    margins: tuple[Margin, ...] = ()
    seed: int = 0
    by: str = "row"

    @property
    def whole(self) -> bool:
        """Whether the table holds every row."""
        return len(self.table) == self.rows


@dataclass(frozen=True)
class _Pass:
    """What the first pass leaves: rows, their priorities, how many there are in all, and a tally a column."""

    rows: pa.Table
    priority: npt.NDArray[np.uint64]
    total: int
    tallies: Mapping[str, Tally]


def draw(
    source: str | Path,
    *,
    schema: Schema | None = None,
    target: str | None = None,
    time: str | None = None,
    entity: str | None = None,
    drop: Sequence[str] = (),
    constant: Constant | None = None,
    encoding: str = "utf-8",
    most: int | None = None,
    whole: bool = False,
    seed: int = 0,
    progress: Progress = silent,
) -> Drawn:
    """Read a folder, a pattern, a URL or a file part by part, and keep at most so many rows.

    The first pass counts the values of each column and draws the rows; what was guessed from the rows drawn is set
    right by the counts. A second one, of the columns that need it, counts numbers of many distinct values in bins, and
    reads the words of text files that stand for numbers and dates. Where all rows are kept, the table is the one that
    `read_table` makes of a single file with these rows.

    Args:
        source: see `parts_of`.
        schema, target, time, entity, drop, constant, encoding: as for `synthkit.data.io.read_table`. With an entity,
            whole entities are drawn.
        most: rows to keep, 200,000 if None.
        whole: whether to refuse what has more rows, instead of drawing some.
        seed: the same seed draws the same rows.
        progress: told batch by batch.

    Raises:
        ReadError: a part cannot be read, or the parts do not go together.
        SchemaError: the columns contradict one another or the schema, or cannot be typed.
        UnknownName: a role or a dropped column that does not exist.
        InputError: more rows than can be kept, if all are needed.
    """
    most = MOST if most is None else most
    if most < io.MIN_ROWS:
        raise ConfigError(f"{most} rows cannot be learned from", hint=f"keep {MOST:,}, or some thousands at least")
    reader = opened(source, encoding=encoding, drop=drop, schema=schema, roles=(target, time, entity))
    entity = entity or (schema.entity if schema else None)
    first = _first(reader, most, seed, entity, progress, whole=whole)
    enough_rows(reader.parts.title, first.total)
    raw = reader.raw(first.rows)
    asked: dict[str, Any] = {"schema": schema, "target": target, "time": time, "entity": entity, "constant": constant}
    if len(raw) == first.total:
        table = io.typed(raw, **asked)
        return Drawn(table, first.priority, first.total, reader.parts, seed=seed)
    if len(raw) < io.MIN_ROWS:
        raise InputError(
            f"no {entity!r} has as few as {most:,} rows", hint="keep more rows, or name another column as the entity"
        )
    if schema is None:
        guessed = _guessed(raw, first, {"target": target, "time": time, "entity": entity})
        asked |= {"schema": guessed, "constant": constant or "refuse"}
    vary = {name for name, t in first.tallies.items() if not t.known or t.distinct + bool(t.missing) > 1}
    table = io.typed(raw, **asked, vary=vary)
    table = _nullable(table, first.tallies)
    _check(reader, raw, table.schema, first.tallies)
    margins = margins_of(reader, raw, table, first.tallies)
    return Drawn(table, first.priority, first.total, reader.parts, margins, seed, "entity" if entity else "row")


def guess(
    source: str | Path,
    roles: Mapping[str, str | None],
    *,
    encoding: str = "utf-8",
    most: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Schema:
    """The schema that `draw` works with, where no column is refused: its reason then says what is wrong.

    Args:
        source, encoding, most, seed, progress: as for `draw`.
        roles: columns, by target, time and entity.

    Raises:
        ReadError, SchemaError, UnknownName: as `draw` does.
    """
    reader = opened(source, encoding=encoding, roles=list(roles.values()))
    first = _first(reader, most or MOST, seed, roles.get("entity"), progress)
    enough_rows(reader.parts.title, first.total)
    return _guessed(reader.raw(first.rows), first, roles, strict=False)


def _first(
    reader: Reader, most: int, seed: int, entity: str | None, progress: Progress, *, whole: bool = False
) -> _Pass:
    kept, total = Reservoir(most, reader.columns), 0
    tallies: dict[str, Tally] = {}
    for at, before, batch in reader.batches(reader.columns.names):
        progress("read", at / len(reader.parts))
        whose = None if entity is None else batch.column(entity)
        priority = by_place(seed, at, before, batch.num_rows) if whose is None else by_value(seed, whose)
        kept.add(batch, priority, at, before)
        total += batch.num_rows
        if whole and total > most:
            raise InputError(
                f"{reader.parts.title!r} holds more than {most:,} rows, and here all of them are needed",
                hint="read a sample of them (in Python, with reservoir=), or name fewer files",
            )
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            so_far = tallies.get(name)
            one = tally(array) if so_far is None else tally(array, below=so_far.below)
            tallies[name] = one if so_far is None else so_far + one
    rows, priorities = kept.rows()
    return _Pass(rows, priorities, total, tallies)


def _guessed(
    raw: Raw,
    first: _Pass,
    roles: Mapping[str, str | None],
    *,
    strict: bool = True,
) -> Schema:
    """What each column is, by the rows drawn and by what the tallies know beyond them."""
    if len(raw) == first.total:
        return infer_schema(raw, **roles, strict=strict)
    wide = Raw(tuple(widened(cells, first.tallies[cells.name]) for cells in raw.columns), len(raw))
    schema = infer_schema(wide, **roles, strict=strict)
    drawn = f"; from {len(raw):,} of {first.total:,} rows"
    return replace(schema, columns=tuple(replace(c, reason=c.reason + drawn) for c in schema))


def _nullable(table: Table, tallies: Mapping[str, Tally]) -> Table:
    """A column may be missing where it is missing in any row, drawn or not."""
    columns = [replace(c, nullable=c.nullable or tallies[c.name].missing > 0) for c in table.schema]
    return Table(table.frame, replace(table.schema, columns=tuple(columns)))


# --- what the rows that were not drawn hold ---


def _check(reader: Reader, raw: Raw, schema: Schema, tallies: Mapping[str, Tally]) -> None:
    """Refuse what contradicts the schema in rows that were not drawn, by the part that holds it."""
    for column in schema:
        cells, found = raw[column.name], tallies[column.name]
        if cells.source not in ("text", "words", "numbers"):
            continue
        wrong = (column.is_number and found.infinite) or (column.kind == "integer" and not found.whole)
        try:
            parse_column(of_tally(cells, found), column)
        except SchemaError:
            wrong = True
        if wrong:
            for _ in reader.parsed(column):
                pass
            parse_column(of_tally(cells, found), column)  # two words for true are wrong only over several batches
