"""Fetch a file from its original home, check that it is the right one, and write it as plain CSV."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

from synthkit.errors import ReadError

__all__ = ["Download", "csv_text"]

SECONDS = 60.0  # without a byte; not of the whole download
LIMIT = 256 * 2**20  # bytes; the largest known file has 4 MB, so more is not the file we asked for


@dataclass(frozen=True, slots=True)
class Download:
    """Where a file is, and how it differs from CSV with a header.

    Args:
        url: http, https or file.
        sha256: of the bytes as they are there, or "" when not known (the CSV made of them is checked anyway).
        header: whether the first line holds the names.
        delimiter: between cells.
        skip: lines before the table.
        suffix: a text that every row ends with and that is not part of its last cell.
    """

    url: str
    sha256: str = ""
    header: bool = True
    delimiter: str = ","
    skip: int = 0
    suffix: str = ""


def csv_text(name: str, download: Download, columns: Sequence[str], *, sha256: str) -> bytes:
    """The rows at `download` as CSV with the header `columns`, exactly the bytes whose sha256 is given.

    Raises:
        ReadError: no answer, or another file than the card describes.
    """
    raw = _fetch(name, download)
    if download.sha256:
        _check(name, download, raw, download.sha256)
    try:
        text = _plain(raw.decode("utf-8"), download, columns).encode()
    except (UnicodeDecodeError, csv.Error):
        text = b""  # not the file we know; the check below says so
    _check(name, download, text, sha256)
    return text


def _plain(text: str, download: Download, columns: Sequence[str]) -> str:
    r"""Header, trimmed cells, no blank lines, one kind of line end.

    >>> _plain("junk\na, 1.\nb, 2.\n\n", Download("file:///x", header=False, skip=1, suffix="."), ["k", "n"])
    'k,n\na,1\nb,2\n'
    """
    lines = io.StringIO(text, newline="")
    for _ in range(download.skip):
        lines.readline()
    rows = csv.reader(lines, delimiter=download.delimiter, skipinitialspace=True)
    if download.header:
        next(rows, None)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        if row:
            row[-1] = row[-1].removesuffix(download.suffix)
            writer.writerow([cell.strip() for cell in row])
    return out.getvalue()


def _fetch(name: str, download: Download) -> bytes:
    from http.client import HTTPException
    from urllib.request import urlopen

    try:
        with urlopen(download.url, timeout=SECONDS) as answer:  # noqa: S310  addresses come from our own cards
            raw: bytes = answer.read(LIMIT + 1)
    except (OSError, HTTPException) as error:  # URLError, HTTPError and timeouts are OSErrors
        why = getattr(error, "reason", None) or error
        raise ReadError(f"data set {name!r} could not be fetched from {download.url}: {why}", hint=_REMEDY) from None
    if len(raw) > LIMIT:
        raise ReadError(f"{download.url} holds more than {LIMIT >> 20} MB, and is not data set {name!r}", hint=_REMEDY)
    return raw


def _check(name: str, download: Download, content: bytes, expected: str) -> None:
    if hashlib.sha256(content).hexdigest() != expected:
        raise ReadError(
            f"the file at {download.url} is not the one that the card of {name!r} describes: its sha256 differs",
            hint=_REMEDY,
        )


_REMEDY = "get the data another way and set SYNTHKIT_DATA to the folder that holds them"
