"""A part read in batches of rows: only a few thousand rows are in memory at a time, whatever the file's size."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

from synthkit.data.native import check_names
from synthkit.data.parts import Part, Parts
from synthkit.data.text import check_encoding, check_header, delimiter_of
from synthkit.errors import ReadError, SchemaError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ROWS", "batches", "columns_of", "plain"]

ROWS: Final = 131_072
"""Rows of a batch: enough that the work is done by column and not by row, and some tens of megabytes."""

_PEEK: Final = 64 * 1024
_BLOCK: Final = 8 * 2**20
_CODE: Final = 3  # bytes that a cell takes at most where it is a code and not a word


def columns_of(parts: Parts, *, encoding: str = "utf-8") -> pa.Schema:
    """The columns that all parts have, in the order of the first, each of a type that holds those of all parts.

    Raises:
        SchemaError: a part has other columns, or one of a type that does not go together with the others.
        ReadError: a part cannot be read.
    """
    import pyarrow as pa

    first, *rest = ((part, _columns(part, encoding)) for part in parts)
    check_names(first[1].names)
    found = first[1]
    for part, columns in rest:
        if odd := sorted(set(columns.names) ^ set(found.names)):
            lacks = odd[0] in found.names
            raise SchemaError(
                f"part {part.name!r} {'lacks the' if lacks else 'has a'} column {odd[0]!r} that part "
                f"{first[0].name!r} {'has' if lacks else 'has not'}",
                hint="read parts of one layout alone, with a pattern such as '2024-*.parquet'",
            )
        try:
            same = pa.schema([columns.field(name) for name in found.names])
            found = pa.unify_schemas([found, same], promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            name = next(n for n in found.names if not _together(found.field(n), columns.field(n)))
            raise SchemaError(
                f"column {name!r} is {columns.field(name).type} in part {part.name!r} and {found.field(name).type} in "
                "those before it",
                hint="write all parts with the same type, or read those of one type with a pattern",
            ) from None
    return found


def _together(one: pa.Field, other: pa.Field) -> bool:
    import pyarrow as pa

    try:
        pa.unify_schemas([pa.schema([one]), pa.schema([other])], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return False
    return True


def batches(part: Part, columns: pa.Schema, *, encoding: str = "utf-8", rows: int = ROWS) -> Iterator[pa.RecordBatch]:
    """The rows of a part in order, in these columns and types; a column of words may come as codes (`plain`).

    Args:
        part: a file.
        columns: of `columns_of`, or some of them.
        encoding: of text.
        rows: of a batch at most.

    Raises:
        ReadError: the part is damaged, ragged, or in another encoding.
        SchemaError: a value does not fit the type that its column has in all parts.
    """
    import pyarrow as pa

    read = {"text": _text, "Parquet": _parquet, "Arrow": _arrow}[_kind(part)]
    try:
        for batch in read(part, columns.names, encoding, rows):
            for at in range(0, batch.num_rows, rows):
                piece = batch.slice(at, rows)
                piece.validate(full=True)  # offsets of a damaged file lead out of its buffers
                yield _cast(piece, columns, part)
    except (pa.ArrowInvalid, pa.ArrowException, OSError, EOFError):
        raise ReadError(
            f"{part.name!r} cannot be read as {part.suffix[1:]}", hint="is it whole, and is its suffix right?"
        ) from None


def _kind(part: Part) -> str:
    return Parts("", (part,)).kind


def _cast(batch: pa.RecordBatch, columns: pa.Schema, part: Part) -> pa.RecordBatch:
    import pyarrow as pa

    batch = batch.select(columns.names)
    arrays = []
    for array, field in zip(batch.columns, columns, strict=True):
        try:
            same = array.type in (field.type, _coded_type(field.type))
            arrays.append(array if same else array.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise SchemaError(
                f"column {field.name!r} is {array.type} in part {part.name!r}, whose values do not all fit the "
                f"{field.type} of other parts",
                hint="write all parts with the same type",
            ) from None
    return pa.RecordBatch.from_arrays(arrays, names=columns.names)


def _coded_type(kind: pa.DataType) -> pa.DataType:
    """The type of a column of words that is read as codes."""
    import pyarrow as pa

    return pa.dictionary(pa.int32(), kind)


def plain(batch: pa.RecordBatch, columns: pa.Schema) -> pa.RecordBatch:
    """A batch in just these types: codes become words."""
    import pyarrow as pa

    arrays = [a if a.type == f.type else a.cast(f.type) for a, f in zip(batch.columns, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=columns)


def _plain(schema: pa.Schema) -> pa.Schema:
    """Without metadata, and without the index that pandas keeps as a column: it is no column of the table."""
    import pyarrow as pa

    kept = [field.with_nullable(True).remove_metadata() for field in schema]
    return pa.schema([field for field in kept if not field.name.startswith("__index_level_")])


def _columns(part: Part, encoding: str) -> pa.Schema:
    """The columns of one part, from its header or its footer alone."""
    import pyarrow as pa
    from pyarrow import ipc, parquet

    if _kind(part) == "text":
        names, _ = _head(part, encoding)
        return pa.schema([(name, pa.string()) for name in names])
    try:
        with part.open() as file:
            found = parquet.read_schema(file) if _kind(part) == "Parquet" else ipc.open_file(file).schema
    except (pa.ArrowInvalid, pa.ArrowException, OSError):
        raise ReadError(
            f"{part.name!r} cannot be read as {part.suffix[1:]}", hint="is it whole, and is its suffix right?"
        ) from None
    if not (plain := _plain(found)).names:
        raise ReadError(f"{part.name!r} holds no columns", hint="was it written by mistake?")
    return plain


def _parquet(part: Part, names: Sequence[str], encoding: str, rows: int) -> Iterator[pa.RecordBatch]:
    del encoding
    from pyarrow import parquet

    with part.open() as file:
        plain = parquet.ParquetFile(file)
        coded = [name for name in _coded(plain) if name in names]
        yield from parquet.ParquetFile(file, read_dictionary=coded).iter_batches(rows, columns=list(names))


def _coded(file: Any) -> list[str]:  # noqa: ANN401 - pyarrow's ParquetFile
    """Columns of words that are stored as codes: read as such, they come three times as fast (measured)."""
    import pyarrow as pa

    found = []
    for at in range(file.metadata.num_columns if file.metadata.num_row_groups else 0):
        chunk = file.metadata.row_group(0).column(at)
        name = chunk.path_in_schema
        small = chunk.total_uncompressed_size < _CODE * max(chunk.num_values, 1)
        if small and name in file.schema_arrow.names and pa.types.is_string(file.schema_arrow.field(name).type):
            found.append(name)
    return found


def _arrow(part: Part, names: Sequence[str], encoding: str, rows: int) -> Iterator[pa.RecordBatch]:
    del encoding, names, rows
    from pyarrow import ipc

    with part.open() as file:
        reader = ipc.open_file(file)
        for at in range(reader.num_record_batches):
            yield reader.get_batch(at)


def _text(part: Part, names: Sequence[str], encoding: str, rows: int) -> Iterator[pa.RecordBatch]:
    """Every cell a word, and nothing but an empty one taken for missing."""
    del rows
    import pyarrow as pa
    from pyarrow import csv as text

    header, delimiter = _head(part, encoding)
    wrong: list[Any] = []

    def refused(row: Any) -> str:  # noqa: ANN401 - pyarrow's InvalidRow
        wrong.append(row)
        return "error"

    read = text.ReadOptions(
        column_names=header, skip_rows_after_names=1, encoding=encoding, block_size=_BLOCK, use_threads=False
    )
    parse = text.ParseOptions(
        delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=len(header) > 1, invalid_row_handler=refused
    )
    convert = text.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()), include_columns=list(names), null_values=[""],
        strings_can_be_null=True,
    )  # fmt: skip
    with _unpacked(part) as file:
        try:
            yield from text.open_csv(file, read, parse, convert)
        except pa.ArrowInvalid as error:
            raise _why(part, error, wrong, delimiter, encoding) from None


def _why(part: Part, error: Exception, wrong: list[Any], delimiter: str, encoding: str) -> ReadError:
    """What is wrong with a text file; pyarrow's own words would quote it."""
    if wrong:
        row = wrong[0]
        where = f"line {row.number:,}" if row.number else "a line"
        return ReadError(
            f"{part.name!r} is ragged: {where} has {row.actual_columns} fields where the header has "
            f"{row.expected_columns}",
            hint=f"a cell that holds {delimiter!r} or a line break must stand in double quotes",
        )
    if "UTF8" in str(error):
        return ReadError(f"{part.name!r} is not {encoding} text", hint="read it with --encoding latin-1 (or cp1252)")
    return ReadError(f"{part.name!r} cannot be read as a table", hint="is it delimited text?")


@contextmanager
def _unpacked(part: Part) -> Iterator[IO[bytes]]:
    with part.open() as file:
        yield gzip.GzipFile(fileobj=file) if part.packed else file  # type: ignore[misc]


def _head(part: Part, encoding: str) -> tuple[list[str], str]:
    """The header of a text file, and the sign between its cells."""
    check_encoding(encoding)
    with _unpacked(part) as file:
        try:
            data = file.read(_PEEK)
        except (OSError, EOFError):
            raise ReadError(f"{part.name!r} is not a whole gzip file", hint="was it cut off?") from None
    try:  # the last letter may be cut in two
        text = codecs.getincrementaldecoder(encoding)().decode(data).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise ReadError(
            f"{part.name!r} is not {encoding} text", hint="read it with --encoding latin-1 (or cp1252)"
        ) from None
    if not text.strip() or "\0" in text:
        what = "does not hold text" if text.strip() else "is empty"
        raise ReadError(f"{part.name!r} {what}", hint="it should hold a header line and rows")
    delimiter = "\t" if part.suffix == ".tsv" else delimiter_of(text)
    header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    check_header(part.name, header)
    return header, delimiter
