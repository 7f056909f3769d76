"""Read delimited text to the letter: every cell a word, nothing taken for missing, every fault named by its line."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from synthkit.data.cells import Cells, Raw
from synthkit.errors import ReadError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MIN_ROWS", "check_encoding", "check_header", "delimiter_of", "disarmed", "enough_rows", "read_text",
    "write_text_table",
]  # fmt: skip

MIN_ROWS: Final = 2
"""Rows a table needs before anything can be said about it."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_PEEK: Final = 64 * 1024
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_SPECIAL: Final = re.compile(r'["\r\n]')
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path, *, encoding: str = "utf-8") -> Raw:
    """Read CSV or TSV, packed with gzip or not.

    Raises:
        ReadError: the file is empty, damaged, ragged, not text, or not in this encoding; or its header is not one.
    """
    data = _decoded(path, encoding)
    if not data.strip():
        raise ReadError(f"{path.name!r} is empty", hint="it should hold a header line and rows")
    delimiter = "\t" if ".tsv" in path.suffixes else delimiter_of(data[:_PEEK])
    frame = _parse(path, data, delimiter)
    header = [str(name) for name in frame.iloc[0]]
    check_header(path.name, header)
    enough_rows(path.name, len(frame) - 1)
    if (frame.iloc[:, -1] == "").any() and len(header) > 1:
        _ragged(path, data, delimiter)  # the parser fills short lines up in silence
    body = frame.iloc[1:]
    columns = tuple(Cells.of_words(name, body.iloc[:, i].to_numpy(object)) for i, name in enumerate(header))
    return Raw(columns, len(body))


def enough_rows(origin: str, rows: int) -> None:
    """Refuse a table of fewer than `MIN_ROWS` rows."""
    if rows >= MIN_ROWS:
        return
    held = "a header and no rows" if rows == 0 else f"{rows} row"
    raise ReadError(f"{origin!r} holds {held}", hint=f"at least {MIN_ROWS} rows are needed, and hundreds to learn from")


def _decoded(path: Path, encoding: str) -> str:
    try:
        raw = path.read_bytes()
        if path.suffix.lower() == ".gz":
            raw = gzip.decompress(raw)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ReadError(f"{path.name!r} is not a whole gzip file", hint="was it cut off, or only named .gz?") from None
    except OSError as error:
        raise ReadError(f"cannot read {str(path)!r}: {error.strerror}", hint="may you read this file?") from None
    check_encoding(encoding)
    if raw.startswith(_UTF16) and not encoding.lower().replace("_", "-").startswith("utf-16"):
        raise ReadError(f"{path.name!r} is UTF-16 text, not {encoding}", hint="read it with --encoding utf-16")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in raw[:_PEEK]:
            raise _not_text(path) from None
        line = raw.count(b"\n", 0, error.start) + 1
        raise ReadError(
            f"{path.name!r} is not {encoding} text: byte {error.start:,} (line {line:,}) does not fit",
            hint="read it with --encoding latin-1 (or cp1252), or save it as UTF-8",
        ) from None
    if "\0" in text:
        raise _not_text(path)
    return text.removeprefix("\ufeff")


def check_encoding(encoding: str) -> None:
    """Refuse an encoding that does not exist."""
    try:
        "".encode(encoding)
    except LookupError:
        raise ReadError(
            f"there is no encoding {encoding!r}", hint="common ones: utf-8, latin-1, cp1252, utf-16"
        ) from None


def _not_text(path: Path) -> ReadError:
    return ReadError(
        f"{path.name!r} does not hold text", hint="a CSV is expected; .parquet and .feather are read by suffix"
    )


def delimiter_of(head: str) -> str:
    """The sign that splits the header into most fields and most lines into as many as the header."""
    lines = head.splitlines()[:50]
    best, best_score = ",", (0.0, 0)
    for sign in _DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=sign) if row]
        if not widths or widths[0] < 2:
            continue
        score = (round(Counter(widths)[widths[0]] / len(widths), 1), widths[0])
        if score > best_score:
            best, best_score = sign, score
    return best


def _parse(path: Path, data: str, delimiter: str) -> pd.DataFrame:
    """The whole file as words, header line included: given the header, pandas would rename double columns."""
    import pandas as pd

    one = delimiter not in data[: data.find("\n")]
    try:
        return pd.read_csv(
            io.StringIO(data), sep=delimiter, header=None, dtype=str, na_filter=False, engine="c", low_memory=False,
            skip_blank_lines=not one,  # in a file of one column an empty line is a missing cell
        )  # fmt: skip
    except pd.errors.ParserError as error:
        if found := re.search(r"EOF inside string starting at row (\d+)", str(error)):
            line = int(found[1]) + 1
            raise ReadError(
                f"{path.name!r}: the quote opened in record {line:,} (the header is 1) is never closed",
                hint="close it, or double it",
            ) from None
        _ragged(path, data, delimiter)
        raise ReadError(f"{path.name!r} cannot be read as a table", hint="is it delimited text?") from None
    except pd.errors.EmptyDataError:
        raise ReadError(f"{path.name!r} is empty", hint="it should hold a header line and rows") from None


def _rows(data: str, delimiter: str) -> Iterator[tuple[int, int]]:
    """Number of the line and of its fields, line by line."""
    reader = csv.reader(io.StringIO(data, newline=""), delimiter=delimiter)
    before = 0
    for row in reader:
        if row:
            yield before + 1, len(row)
        before = reader.line_num


def _ragged(path: Path, data: str, delimiter: str) -> None:
    """Refuse lines that have more or fewer fields than the header."""
    limit = csv.field_size_limit(max(csv.field_size_limit(), len(data)))
    try:
        rows = _rows(data, delimiter)
        _, width = next(rows)
        wrong = [(line, fields) for line, fields in rows if fields != width]
    finally:
        csv.field_size_limit(limit)
    if wrong:
        line, fields = wrong[0]
        others = f", and so have {len(wrong) - 1:,} other lines another number" if len(wrong) > 1 else ""
        raise ReadError(
            f"{path.name!r} is ragged: line {line:,} has {fields} field{'s' * (fields != 1)} where the header has "
            f"{width}{others}",
            hint=f"a cell that holds {delimiter!r} or a line break must stand in double quotes",
        )


def check_header(origin: str, header: list[str]) -> None:
    """Refuse a header with names that are blank or stand there twice."""
    if blank := [i + 1 for i, name in enumerate(header) if not name.strip()]:
        raise ReadError(
            f"{origin!r}: column {blank[0]} has no name",
            hint="give it one in the header line; row numbers saved with a table make such a column",
        )
    if twice := [n for n, times in Counter(header).items() if times > 1]:
        raise ReadError(
            f"{origin!r} has more than one column named " + ", ".join(map(repr, twice)),
            hint="give each column a name of its own in the header line",
        )


def write_text_table(path: Path, names: list[str], columns: list[list[str]], *, delimiter: str, packed: bool) -> None:
    """Write words as delimited text, quoted only where they must be; the same words give the same bytes."""
    quoted = [
        _quoted([name, *cells], delimiter, alone=len(names) == 1) for name, cells in zip(names, columns, strict=True)
    ]
    data = ("\n".join(map(delimiter.join, zip(*quoted, strict=True))) + "\n").encode("utf-8")
    with path.open("wb") as file:
        if packed:
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as pack:
                pack.write(data)
        else:
            file.write(data)


def disarmed(words: list[str]) -> list[str]:
    """Words with an apostrophe before those that a spreadsheet takes for a formula.

    >>> disarmed(["=1+1", "@x", "-", "plain", ""])
    ["'=1+1", "'@x", "'-", 'plain', '']
    """
    return ["'" + word if word.startswith(_FORMULA) else word for word in words]


def _quoted(cells: list[str], delimiter: str, *, alone: bool) -> list[str]:
    """The name of a column and its cells; where no delimiter shows, those that could be taken for one are hidden."""
    joined, others = "\x00".join(cells), alone or any(sign in cells[0] for sign in _DELIMITERS)
    if not _SPECIAL.search(joined) and delimiter not in joined and not others:
        return cells
    signs = _DELIMITERS if others else (delimiter,)

    def quoted(cell: str) -> bool:
        return any(sign in cell for sign in signs) or bool(_SPECIAL.search(cell)) or (alone and not cell)

    return ['"' + c.replace('"', '""') + '"' if quoted(c) else c for c in cells]
