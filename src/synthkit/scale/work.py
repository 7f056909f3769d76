"""What a worker does: open the model once, and make the parts it is given, each a Parquet file."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from synthkit import files
from synthkit.data.io import noted
from synthkit.encode.arrow import arrow, as_arrow
from synthkit.encode.columns import Strings
from synthkit.encode.strings import Words
from synthkit.errors import ConfigError
from synthkit.models import artifact, registry
from synthkit.models.base import Coding
from synthkit.rng import seed_of, stream
from synthkit.scale.balance import dealt
from synthkit.scale.folder import Folder
from synthkit.scale.plan import Shard

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from synthkit.data.table import Table

__all__ = ["Packed", "Work", "blocks", "made", "name_of", "versions"]

BLOCK: Final = 125_000
"""Rows drawn at a time: memory is bounded by these, whatever a part holds. A row group of the file."""


def name_of(shard: Shard) -> str:
    """Of the file of a part."""
    return f"part-{shard.index:05d}.parquet"


def versions() -> dict[str, str]:
    """Of what the bytes of a part depend on."""
    return {package: version(package) for package in ("synthkit", "numpy", "pandas", "pyarrow", "torch")}


@dataclass(frozen=True)
class Packed:
    """A saved model as it travels: its files, known by their digest.

    Args:
        name: of the model.
        digest: SHA-256 over the names and digests of its files.
        files: name -> bytes.
    """

    name: str
    digest: str
    files: Mapping[str, bytes] = field(compare=False, repr=False)

    @classmethod
    def of(cls, folder: Path) -> Packed:
        """The model saved in a folder."""
        name = artifact.name_of(folder)
        digest = hashlib.sha256(json.dumps(files.digests(folder)).encode()).hexdigest()
        return cls(name, digest, files.packed(folder))

    def opened(self) -> Any:  # noqa: ANN401 - a model of any protocol
        """The model itself; a process opens it once."""
        return _opened(self)


@lru_cache(maxsize=1)
def _opened(packed: Packed) -> Any:  # noqa: ANN401 - as above
    with tempfile.TemporaryDirectory(prefix="synthkit-") as folder:
        files.unpack(packed.files, folder)
        return registry.opened(Path(folder))


@dataclass(frozen=True)
class Work:
    """All that a part hangs on but its place.

    Args:
        model: that draws the rows.
        out: where the parts go.
        where: column -> the value it is held at.
        balance: a column, and how many rows of the whole plan get each of its categories.
        made_with: versions of packages that the plan was begun with.
    """

    model: Packed
    out: Folder
    where: Mapping[str, Any]
    balance: tuple[str, Mapping[str, int]] | None
    made_with: Mapping[str, str]


def made(work: Work, shard: Shard) -> tuple[str, str]:
    """Make one part and write it; its name and SHA-256."""
    if (here := versions()) != dict(work.made_with):
        other = next(name for name in here if here[name] != work.made_with[name])
        raise ConfigError(
            f"a worker has {other} {here[other]}, and the plan was begun with {work.made_with[other]}",
            hint="install the same versions everywhere: the bytes of a part depend on them",
        )
    content = _packed(blocks(work, shard))
    work.out.write(name_of(shard), content)
    return name_of(shard), hashlib.sha256(content).hexdigest()


def blocks(work: Work, shard: Shard) -> Iterator[tuple[pa.Table, pa.Schema]]:
    """The rows of a part, some at a time, and the schema they are read with.

    Raises:
        ConfigError: the model has a column of keys, and no way to tell them apart by their row.
    """
    return _Part(work, shard).blocks()


@dataclass(frozen=True)
class _Part:
    work: Work
    shard: Shard

    def blocks(self) -> Iterator[tuple[pa.Table, pa.Schema]]:
        fitted: Any = self.work.model.opened()
        codes = isinstance(fitted, Coding)
        for at in range(0, self.shard.rows, BLOCK):
            first, rows = self.shard.first + at, min(BLOCK, self.shard.rows - at)
            draw, given = self.shard.stream("sample", self.work.model.name, at), self._given(first, rows)
            if codes:
                drawn = fitted.coded(rows, *([given] if given else []), rng=draw)
                yield arrow(drawn, partial(self._words, first, rows, drawn.rng))
            else:
                yield self._whole(
                    fitted.sample_where(rows, given, rng=draw) if given else fitted.sample(rows, rng=draw)
                )

    def _whole(self, table: Table) -> tuple[pa.Table, pa.Schema]:
        if keys := [column.name for column in table.schema if column.kind == "id"]:
            raise ConfigError(
                f"the model '{self.work.model.name}' cannot make keys unique over parts: column {keys[0]!r}",
                hint="write one file (-o rows.parquet), or make the model `synthkit.models.base.Coding`",
            )
        return as_arrow(table)

    def _given(self, first: int, rows: int) -> dict[str, Any]:
        given = dict(self.work.where)
        if self.work.balance:
            column, many = self.work.balance
            key = seed_of(stream(self.shard.seed, "balance", column))
            given[column] = dealt(dict(many), first, rows, key)
        return given

    def _words(self, first: int, rows: int, draw: np.random.Generator, name: str, code: Strings) -> list[str]:
        if not code.law.unique:
            return code.law.sample(rows, draw)
        if name not in self._keys:
            self._keys[name] = code.law.keys(self.shard.total, stream(self.shard.seed, "keys", name))
        return self._keys[name](first, rows)

    @cached_property
    def _keys(self) -> dict[str, Words]:
        """Column -> its keys by the numbers of their rows."""
        return {}


def _packed(blocks: Iterable[tuple[pa.Table, pa.Schema]]) -> bytes:
    """The bytes of a Parquet file, which says by which schema it is to be read."""
    from pyarrow import parquet

    file = io.BytesIO()
    writer = None
    for block, schema in blocks:
        if writer is None:
            writer = parquet.ParquetWriter(
                file, block.schema, compression="zstd", compression_level=1, store_schema=False
            )
            said = noted(schema, synthetic=True)
            stored = base64.b64encode(schema.with_metadata(said).serialize().to_pybytes())
            kept = {b"ARROW:schema": stored, **said}
            writer.add_key_value_metadata({key.decode(): value.decode() for key, value in kept.items()})
        writer.write_table(block)
    if writer is not None:
        writer.close()
    return file.getvalue()
