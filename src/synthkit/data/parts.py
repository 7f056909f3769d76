"""Which files a source means: a folder, a pattern such as `sales/*.parquet`, one file, or a URL of any of these."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final

from synthkit.errors import ReadError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["KINDS", "Part", "Parts", "is_pattern", "is_url", "means_many", "parts_of", "public"]

KINDS: Final = {
    "text": (".csv", ".tsv", ".txt"), "Parquet": (".parquet", ".pq"), "Arrow": (".feather", ".arrow", ".ipc"),
}  # fmt: skip
"""Kinds of files and their suffixes; text may be packed (.gz after its suffix)."""

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*(?:::[^:/]*)*://")
_PATTERN: Final = re.compile(r"[*?\[]")
_SECRET: Final = re.compile(r"(?<=://)[^/@\s]*@|(?<=\w)\?(?=[\w%.-]+=)\S*")


@dataclass(frozen=True, slots=True)
class Part:
    """One file.

    Args:
        name: below the folder that all parts share; what messages call it.
        path: in its file system.
        files: the file system.
    """

    name: str
    path: str
    files: AbstractFileSystem

    @property
    def suffix(self) -> str:
        """Of its kind, in lower case: `.csv` for `a.CSV.gz` too."""
        return _suffix(self.name)

    @property
    def packed(self) -> bool:
        """Whether it is packed with gzip."""
        return self.name.lower().endswith(".gz")

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Its bytes.

        Raises:
            ReadError: it cannot be opened.
        """
        try:
            file = self.files.open(self.path, "rb")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ReadError(f"cannot read {self.name!r}: {why}", hint="may you read this file?") from None
        with file:
            yield file


@dataclass(frozen=True, slots=True)
class Parts:
    """The files that a source means, in the order of their names: row numbers count through them.

    Args:
        source: as it was given.
        files: one at least, all of one kind.
    """

    source: str
    files: tuple[Part, ...]

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return _kind(self.files[0].suffix)

    @property
    def suffix(self) -> str:
        """Of the first."""
        return self.files[0].suffix

    @property
    def title(self) -> str:
        """What messages call all of them together."""
        return posixpath.basename(public(self.source).rstrip("/")) or self.source

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.files)


def is_url(source: object) -> bool:
    """Whether a source is an address such as `s3://bucket/folder` rather than a path.

    >>> is_url("memory://a.csv"), is_url("folder/a.csv")
    (True, False)
    """
    return isinstance(source, str) and _URL.match(source) is not None


def is_pattern(path: str) -> bool:
    """Whether a path holds a wildcard: `*`, `?` or `[`."""
    return _PATTERN.search(path) is not None


def means_many(source: object) -> bool:
    """Whether a source is a URL, a folder or a pattern, and so has to be read part by part."""
    if not isinstance(source, str | Path):
        return False
    return is_url(source) or Path(source).is_dir() or (is_pattern(str(source)) and not Path(source).exists())


def public(source: str) -> str:
    """An address without the password or the signature that may stand in it: records and reports are read by others.

    >>> public("https://me:secret@host/a.csv?X-Sig=abc"), public("sales/*.parquet")
    ('https://host/a.csv', 'sales/*.parquet')
    """
    return _SECRET.sub("", source) if "://" in source else source


def parts_of(source: str | Path) -> Parts:
    """The files of a source.

    A folder means every file of a known kind in it and below; names that begin with a dot or an underscore are left
    out, as they are everywhere else.

    Raises:
        ReadError: nothing is there, nothing of a known kind, more than one kind, or columns that stand in names of
            folders alone.
    """
    text = str(source)
    files, root = _located(text)
    try:
        found = _found(files, root)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ReadError(f"cannot look into {public(text)!r}: {why}", hint="is it there, and may you read it?") from None
    single = found == [root]
    base = posixpath.dirname(root) if single else _base(root)
    named = [(path[len(base) :].strip("/") if base and path.startswith(base) else path, path) for path in sorted(found)]
    known = [(name, path) for name, path in named if _kind(_suffix(name)) and (single or not _hidden(name))]
    if not known:
        raise _nothing(text, named)
    _one_kind(text, [name for name, _ in known])
    if not is_pattern(root):
        _no_keys(text, [name for name, _ in known])
    return Parts(text, tuple(Part(name, path, files) for name, path in known))


def _located(text: str) -> tuple[AbstractFileSystem, str]:
    """The file system of an address, and the path in it."""
    from fsspec.core import url_to_fs

    try:
        files, root = url_to_fs(text)
    except ImportError as error:
        package = re.search(r"[Ii]nstall (\w+)", str(error))
        hint = f"pip install {package[1]}" if package else "install the package that fsspec names for it"
        raise ReadError(f"reading {public(text)!r} needs a package that is not installed", hint=hint) from None
    except ValueError:
        raise ReadError(
            f"{public(text)!r} is no address that can be read", hint="known are those of fsspec: file://, s3://, gs://"
        ) from None
    return files, str(root)


def _found(files: AbstractFileSystem, root: str) -> list[str]:
    """Paths of files: of a pattern (and in the folders that it matches), of a folder, or the file itself."""
    if is_pattern(root) and not files.exists(root):
        matches = [str(path) for path in files.glob(root)]
        inside = [files.find(path) if files.isdir(path) else [path] for path in matches]
        return [str(path) for paths in inside for path in paths]
    if files.isdir(root):
        return [str(path) for path in files.find(root)]
    return [root] if files.exists(root) else []


def _base(root: str) -> str:
    """The part of a path in front of any pattern."""
    kept: list[str] = []
    for step in PurePosixPath(root).parts:
        if is_pattern(step):
            break
        kept.append(step)
    return str(PurePosixPath(*kept)) if kept else ""


def _suffix(name: str) -> str:
    plain = name.lower().removesuffix(".gz")
    suffix = posixpath.splitext(plain)[1]
    return "" if plain != name.lower() and suffix not in KINDS["text"] else suffix


def _kind(suffix: str) -> str:
    return next((kind for kind, suffixes in KINDS.items() if suffix in suffixes), "")


def _hidden(name: str) -> bool:
    return any(step.startswith((".", "_")) for step in name.split("/"))


def _nothing(text: str, named: Sequence[tuple[str, Any]]) -> ReadError:
    shown = public(text)
    suffixes = " ".join(suffix for kind in KINDS.values() for suffix in kind)
    if named:
        return ReadError(f"{shown!r} holds no file of a kind that can be read", hint=f"known: {suffixes}")
    what = "no file matches" if is_pattern(text) else "there is no file at" if is_url(text) else "no file is in"
    return ReadError(f"{what} {shown!r}", hint="check the folder and the spelling")


def _one_kind(text: str, names: Sequence[str]) -> None:
    kinds: dict[str, str] = {}
    for name in names:
        kinds.setdefault(_kind(_suffix(name)), name)
    if len(kinds) > 1:
        said = " and ".join(f"{kind} ({name!r})" for kind, name in kinds.items())
        only = f"{public(text).rstrip('/')}/*{_suffix(names[0])}"
        raise ReadError(f"{public(text)!r} mixes files of more than one kind: {said}", hint=f"name one kind: '{only}'")


def _no_keys(text: str, names: Sequence[str]) -> None:
    """Refuse folders named `year=2024`: a column would be lost in silence."""
    keys = sorted({step.partition("=")[0] for name in names for step in name.split("/")[:-1] if "=" in step})
    if keys:
        deep = "/*" * max(name.count("/") for name in names)
        raise ReadError(
            f"the column {keys[0]!r} stands in names of folders of {public(text)!r}, and not in the files",
            hint=f"write it into the files, or do without it: '{public(text).rstrip('/')}{deep}/*{_suffix(names[0])}'",
        )
