"""In by the door, out by the window: files and dataframes to tables, and tables back to what they came from."""

# ruff: noqa: ANN401
# Dataframes of any library pass here, and what a cell holds is known at run time only.

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from synthkit.data.cells import Raw
from synthkit.data.infer import infer_schema
from synthkit.data.native import as_words, raw_of, raw_of_arrow, restored
from synthkit.data.parse import parse_table
from synthkit.data.parts import is_url, public
from synthkit.data.schema import Schema
from synthkit.data.table import Table
from synthkit.data.text import MIN_ROWS, disarmed, enough_rows, read_text, write_text_table
from synthkit.errors import ConfigError, ReadError, SchemaError, UnknownName
from synthkit.files import atomic

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MIN_ROWS",
    "Constant",
    "arrow_column",
    "arrow_type",
    "from_table",
    "noted",
    "read_frame",
    "read_table",
    "to_table",
    "typed",
    "write_table",
]

Constant = Literal["refuse", "keep", "drop"]

_TEXT: Final = (".csv", ".tsv", ".txt")
_BINARY: Final = (".parquet", ".pq", ".feather", ".arrow", ".ipc")
_KNOWN: Final = ".csv .tsv .txt (also with .gz), .parquet, .feather, .arrow"


def read_frame(path: str | Path, *, encoding: str = "utf-8") -> Raw:
    """Read a file as it is: text cells to the letter, Parquet and Feather columns in their own types.

    Args:
        path: .csv, .tsv or .txt (also .gz), .parquet, .feather or .arrow.
        encoding: of text files.

    Raises:
        ReadError: missing, a folder, of unknown kind, empty, ragged, wrongly encoded, or with a header that is none.
    """
    if is_url(path):
        raise ReadError(f"{public(str(path))!r} is a URL", hint="copy the file here: this reads one local file")
    path = Path(path)
    _check_path(path)
    if _suffix(path) in _TEXT:
        return read_text(path, encoding=encoding)
    raw = raw_of_arrow(_read_arrow(path))
    if not raw.columns:
        raise ReadError(f"{path.name!r} holds no columns", hint="was it written by mistake?")
    enough_rows(path.name, len(raw))
    return raw


def read_table(
    path: str | Path,
    *,
    schema: Schema | None = None,
    target: str | None = None,
    time: str | None = None,
    entity: str | None = None,
    drop: Sequence[str] = (),
    constant: Constant | None = None,
    encoding: str = "utf-8",
) -> Table:
    """Read a file, infer its schema (or hold it to a given one), and type every column.

    Args:
        path: see `read_frame`.
        schema: what the columns are; inferred if None. Values and missing cells that the schema's own data did not
            have are accepted, so a holdout is read with the schema of the training rows.
        target: the column to predict.
        time: the column that orders the rows.
        entity: the column that says whose row it is.
        drop: columns to leave out before anything else.
        constant: what to do with columns of a single value or none: "refuse" (the default without a schema), "keep"
            (the default with one) or "drop". A `target` named here must have two values in any case.
        encoding: of text files.

    Raises:
        ReadError: the file cannot be read.
        SchemaError: the data contradict the schema, or a column cannot be typed or learned from.
        UnknownName: a target, role or dropped column that does not exist.
    """
    raw = read_frame(path, encoding=encoding)
    return typed(raw, schema=schema, target=target, time=time, entity=entity, drop=drop, constant=constant)


def to_table(
    frame: Any,
    *,
    schema: Schema | None = None,
    target: str | None = None,
    time: str | None = None,
    entity: str | None = None,
    drop: Sequence[str] = (),
    constant: Constant | None = None,
) -> Table:
    """The same from a dataframe: pandas (its index is left out), polars, pyarrow, or any other that narwhals knows.

    >>> import pandas as pd
    >>> table = to_table(pd.DataFrame({"age": [31, 44, 31], "city": ["Bonn", "Ulm", "Bonn"]}))
    >>> [(c.name, c.kind, c.dtype) for c in table.schema]
    [('age', 'integer', 'int64'), ('city', 'categorical', 'object')]
    """
    raw = raw_of(frame)
    enough_rows("the frame", len(raw))
    return typed(raw, schema=schema, target=target, time=time, entity=entity, drop=drop, constant=constant)


def typed(
    raw: Raw,
    *,
    schema: Schema | None = None,
    target: str | None = None,
    time: str | None = None,
    entity: str | None = None,
    drop: Sequence[str] = (),
    constant: Constant | None = None,
    vary: Collection[str] = (),
) -> Table:
    """What `read_table` and `to_table` do with the cells they have read.

    Args:
        raw: the cells.
        schema, target, time, entity, drop, constant: as for `read_table`.
        vary: columns that are known to hold other values in rows that are not here, and so are no constants.
    """
    raw = _dropped(raw, drop)
    if schema is None:
        schema = infer_schema(raw, target=target, time=time, entity=entity)
        constant = constant or "refuse"
    else:
        schema = schema.without({n for n in drop if n in schema})
        schema = schema.with_roles(target=target, time=time, entity=entity)
        constant = constant or "keep"
    if constant not in get_args(Constant):
        raise ConfigError(f"constant={constant!r} is not known", hint="use refuse, keep or drop")
    table = parse_table(raw, schema)
    if target is not None:
        _check_target(table, target)
    if constant == "keep":
        return table
    return _without_constants(table, constant, vary)


def _dropped(raw: Raw, drop: Sequence[str]) -> Raw:
    for name in drop:
        if name not in raw.names:
            raise UnknownName("column", name, raw.names)
    kept = tuple(c for c in raw.columns if c.name not in set(drop))
    if not kept:
        raise SchemaError("no column is left", hint="drop fewer columns")
    return Raw(kept, raw.rows)


def _check_target(table: Table, target: str) -> None:
    levels = table.frame[target].nunique()
    if levels < 2:
        held = "one class only" if table.schema[target].is_discrete else "one value only"
        raise SchemaError(
            f"target {target!r} holds {held if levels else 'no value at all'}",
            hint="name another column with --target, or read a file with more than one",
        )


_FEW = 3  # columns that a hint names one by one


def _without_constants(table: Table, constant: Constant, vary: Collection[str]) -> Table:
    """Refuse or drop the columns that cannot tell one row from another."""
    if table.schema.target is not None:
        _check_target(table, table.schema.target)
    levels = {c.name: table.frame[c.name].nunique() for c in table.schema if c.name not in vary}
    empty = [n for n, k in levels.items() if k == 0]
    same = [n for n, k in levels.items() if k == 1 and not table.frame[n].isna().any()]
    if not (found := {*empty, *same}):
        return table
    if constant == "drop":
        schema = table.schema.without(found)
        if not len(schema):
            raise SchemaError("every column holds one single value or none", hint="there is nothing to learn here")
        return Table(table.frame[list(schema.names)], schema)
    said = []
    if empty:
        said.append(f"{_these(empty)} no value at all")
    if same:
        said.append(f"{_these(same)} one single value in every row")
    names = [n for n in table.schema.names if n in found]
    flags = " ".join(f"--drop {n!r}" if " " in n else f"--drop {n}" for n in names)
    flags = flags if len(names) <= _FEW else "--constant drop"
    raise SchemaError(" and ".join(said), hint=f"leave them out with {flags}, or keep them with --constant keep")


def _these(names: list[str]) -> str:
    return f"column {names[0]!r} holds" if len(names) == 1 else f"columns {', '.join(map(repr, names))} hold"


def from_table(table: Table, like: Any = None) -> Any:
    """The rows as the kind of dataframe, and in the storage types, that came in.

    Args:
        table: real or synthetic rows.
        like: the dataframe that came in (pandas, polars, pyarrow); None gives pandas in the types the columns had at
            the door, or, for text files, in the plainest type of each kind.
    """
    import narwhals as nw
    import pandas as pd

    if like is None or isinstance(like, pd.DataFrame):
        dtypes = {} if like is None else dict(like.dtypes)
        parts = {c.name: restored(table.frame[c.name], c, dtypes.get(c.name)) for c in table.schema}
        return pd.DataFrame(parts, columns=list(table.schema.names))
    known = nw.from_native(like, eager_only=True)
    arrow = _arrow(table, known.to_arrow().schema)
    back = nw.from_arrow(arrow, backend=known.implementation)
    dtypes = {n: t for n, t in known.schema.items() if n in back.schema and back.schema[n] != t}
    return nw.to_native(back.with_columns(*(nw.col(n).cast(t) for n, t in dtypes.items())) if dtypes else back)


def _arrow(table: Table, schema: Any) -> Any:
    """Arrow columns in the types of an arrow schema, or in their natural ones where those cannot hold them."""
    import pyarrow as pa

    columns = []
    for column in table.schema:
        wanted = schema.field(column.name).type if column.name in schema.names else None
        columns.append(arrow_column(table.frame[column.name], column, wanted))
    return pa.table(dict(zip(table.schema.names, columns, strict=True)))


def arrow_column(series: pd.Series[Any], column: Any, wanted: Any) -> Any:
    """An Arrow array of canonical cells, of the type wanted if it can hold them, else of the natural one."""
    import pandas as pd
    import pyarrow as pa

    if wanted is None:
        series = restored(series, column)
    elif pa.types.is_string(wanted) or pa.types.is_large_string(wanted):
        series = restored(series, column, "object")
    elif pa.types.is_boolean(wanted):
        series = restored(series, column, "boolean")
    elif (not column.is_number or column.kind == "datetime") and (
        pa.types.is_integer(wanted) or pa.types.is_floating(wanted)
    ):
        series = restored(series, column, "Int64" if pa.types.is_integer(wanted) else "Float64")
    array = pa.Array.from_pandas(
        series.astype(series.dtype.subtype) if isinstance(series.dtype, pd.SparseDtype) else series
    )
    if wanted is None or array.type == wanted:
        return array
    try:
        if pa.types.is_timestamp(wanted) and wanted.tz is not None:
            array = array.cast(pa.timestamp("us", "UTC"))
        if pa.types.is_dictionary(wanted):
            return array.cast(wanted.value_type).dictionary_encode().cast(wanted)
        return array.cast(wanted, safe=False) if pa.types.is_temporal(wanted) else array.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return array


def write_table(table: Table, path: str | Path, *, synthetic: bool = False, harmless: bool = False) -> None:
    """Write a table, whole or not at all, as the suffix of `path` says.

    Text files look as the original did: its marks for missing cells, its date formats, its decimals. Parquet and
    Feather files get natural types, and say in their metadata (key `synthkit`) whether their rows are synthetic.

    Args:
        table: the rows.
        path: .csv, .tsv or .txt (also .gz), .parquet, .feather or .arrow.
        synthetic: what the metadata say.
        harmless: put an apostrophe before words and names of a text file that a spreadsheet would run as a formula
            (CWE-1236); they are then no longer to the letter.

    Raises:
        OutputError: the file cannot be written there.
        ConfigError: a suffix of no known kind, or a harmless file that is no text.
    """
    path = Path(path)
    suffix = _suffix(path)
    if suffix not in _TEXT + _BINARY:
        raise ConfigError(f"cannot tell from {path.name!r} what kind of file to write", hint=f"known: {_KNOWN}")
    if harmless and suffix not in _TEXT:
        raise ConfigError(f"{path.name!r} is no text file: a spreadsheet runs no formula of it", hint="write a .csv")
    with atomic(path) as part:
        if suffix in _TEXT:
            names = list(table.schema.names)
            words = [as_words(table.frame[c.name], c) for c in table.schema]
            if harmless:
                words = [w if c.is_number else disarmed(w) for w, c in zip(words, table.schema, strict=True)]
                names = disarmed(names)
            delimiter = "\t" if suffix == ".tsv" else ","
            packed = path.suffix.lower() == ".gz"
            write_text_table(part, names, words, delimiter=delimiter, packed=packed)
        else:
            _write_arrow(table, part, suffix, synthetic=synthetic)


def _write_arrow(table: Table, part: Path, suffix: str, *, synthetic: bool) -> None:
    import pyarrow as pa
    from pyarrow import feather, parquet

    frame = table.frame
    parts = {c.name: arrow_column(frame[c.name], c, arrow_type(c.storage)) for c in table.schema}
    arrow = pa.table(parts)
    arrow = arrow.replace_schema_metadata(noted(arrow.schema, synthetic=synthetic))
    if suffix in (".parquet", ".pq"):
        parquet.write_table(arrow, part)
    else:
        feather.write_feather(arrow, str(part), compression="uncompressed")


def noted(schema: Any, *, synthetic: bool) -> dict[bytes, bytes]:
    """The metadata of an Arrow schema, and that its rows are synthetic or not."""
    return {**(schema.metadata or {}), b"synthkit": json.dumps({"synthetic": synthetic}).encode()}


def arrow_type(dtype: str) -> Any:
    """The arrow type of this name, or None if it is the name of another library's type."""
    import pyarrow as pa

    if dtype == "str":  # of a text file: Arrow has an alias of that name
        return None
    if found := re.fullmatch(r"timestamp\[(s|ms|us|ns), tz=([^]]+)\](\[pyarrow\])?", dtype):
        return pa.timestamp(found[1], found[2])
    if dtype.startswith("dictionary<values=string"):
        return pa.dictionary(pa.int32(), pa.string())
    aliases = {"date32[day]": "date32", "date64[ms]": "date64"}
    try:
        return pa.type_for_alias(aliases.get(dtype, dtype))
    except ValueError:
        return None


def _read_arrow(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import feather, parquet

    try:
        if _suffix(path) in (".parquet", ".pq"):
            table = parquet.ParquetFile(path).read()
        else:
            table = feather.read_table(str(path), memory_map=False)
        table.validate(full=True)  # offsets of a damaged file lead out of its buffers: the process would crash
    except (pa.ArrowInvalid, pa.ArrowException, OSError):
        raise ReadError(
            f"{path.name!r} cannot be read as {_suffix(path)[1:]}", hint="is it whole, and is its suffix right?"
        ) from None
    # pandas keeps an index that is not 0..n-1 as such a column; the index of a frame is no column of the table.
    index = [n for n in table.column_names if n.startswith("__index_level_")]
    return table.drop_columns(index) if index else table


def _suffix(path: Path) -> str:
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes = [s for s in suffixes[-2:-1] if s in _TEXT]
    return suffixes[-1] if suffixes else ""


def _check_path(path: Path) -> None:
    if path.is_dir():
        raise ReadError(
            f"{str(path)!r} is a folder", hint="name a file in it; generate, fit and schema read all parts of a folder"
        )
    if not path.exists():
        names = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, names, n=3)
        hint = "did you mean " + " or ".join(map(repr, near)) + "?" if near else "check the folder and the spelling"
        raise ReadError(f"there is no file {str(path)!r}", hint=hint)
    if _suffix(path) not in _TEXT + _BINARY:
        raise ReadError(f"cannot tell from {path.name!r} what kind of file it is", hint=f"known: {_KNOWN}")
