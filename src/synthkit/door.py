"""What may come in: a path, a folder, a pattern, a URL, a dataframe or a table; and what each is called afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthkit.data import io
from synthkit.data.parts import means_many, public
from synthkit.data.reader import opened
from synthkit.data.schema import Schema
from synthkit.data.stream import Drawn, draw, in_parts
from synthkit.data.table import Table
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.io import Constant

__all__ = ["Source", "like", "load", "more", "named", "read"]

Source = Any
"""A path (also of a folder, a pattern or a URL), a `Table`, or any dataframe that narwhals knows."""


def read(
    source: Source,
    *,
    schema: Schema | str | Path | None = None,
    target: str | None = None,
    time: str | None = None,
    entity: str | None = None,
    drop: Sequence[str] = (),
    constant: Constant | None = None,
    encoding: str = "utf-8",
    reservoir: int | None = None,
    seed: int = 0,
) -> Table:
    """A file or a dataframe as a table, its schema inferred or given.

    A folder, a pattern such as `sales/*.parquet`, or a URL is read part by part: all of it, if it has at most 200,000
    rows. With a `reservoir` so many rows are kept at most, a uniform sample where there are more, the same for the same
    seed.

    Raises:
        ReadError: the file is missing, empty, ragged, or in another encoding.
        SchemaError: a column cannot be typed, is constant, or contradicts the schema.
        InputError: many files with too many rows, and no reservoir.
        UnknownName: a named column does not exist.
    """
    asked: dict[str, Any] = {"target": target, "time": time, "entity": entity, "drop": drop, "constant": constant}
    whole = reservoir is None
    return load(source, schema, asked, encoding=encoding, reservoir=reservoir, whole=whole, seed=seed)[0]


def load(
    source: Source,
    schema: Schema | str | Path | None,
    asked: Mapping[str, Any],
    *,
    encoding: str = "utf-8",
    reservoir: int | None = None,
    whole: bool = False,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[Table, Drawn | None]:
    """What `read` gives, and what is known of all rows where a source was read part by part.

    Args:
        source, schema, encoding, reservoir, seed: as for `read`.
        asked: the roles, `drop` and `constant` of `read`.
        whole: whether to refuse many files with too many rows, instead of drawing some.
        progress: told part by part.
    """
    roles = {role: asked.get(role) for role in ("target", "time", "entity")}
    if isinstance(source, Table):
        return Table(source.frame, source.schema.with_roles(**roles)), None
    given = Schema.read(schema) if isinstance(schema, str | Path) else schema
    if given is not None:
        given = given.with_roles(**roles)
    if not isinstance(source, str | Path):
        return io.to_table(source, schema=given, **asked), None
    if reservoir is None and not (means_many(source) if whole else in_parts(source)):
        return io.read_table(source, schema=given, **asked, encoding=encoding), None
    found = draw(
        source, schema=given, **asked, encoding=encoding, most=reservoir, whole=whole, seed=seed, progress=progress
    )  # fmt: skip
    return found.table, found


def more(
    schema: Schema, source: Source, drop: Sequence[str], encoding: str, *, most: int | None = None, seed: int = 0
) -> Table:
    """More rows of a known schema; columns that were dropped may be there or not.

    Of a source of many files `most` rows are drawn, as `read` does.
    """
    if isinstance(source, Table):
        return source
    if isinstance(source, str | Path) and in_parts(source):
        there = [name for name in drop if name in opened(source, encoding=encoding).columns.names]
        return draw(source, schema=schema, drop=there, constant="keep", encoding=encoding, most=most, seed=seed).table
    if isinstance(source, str | Path):
        raw = io.read_frame(source, encoding=encoding)
        there = [name for name in drop if name in raw.names]
        return io.read_table(source, schema=schema, drop=there, constant="keep", encoding=encoding)
    there = [name for name in drop if name in list(source.columns)]
    return io.to_table(source, schema=schema, drop=there, constant="keep")


def like(source: Source) -> Any:  # noqa: ANN401 - any dataframe
    """The dataframe that came in, if one did."""
    return None if isinstance(source, str | Path | Table) else source


def named(source: Source) -> str:
    """What records call it."""
    return public(str(source)) if isinstance(source, str | Path) else f"a {type(source).__name__}"
