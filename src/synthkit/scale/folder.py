"""Where parts lie: a folder of this machine, or of a store that fsspec knows. A file appears whole or not at all."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from synthkit.data.parts import is_url, public
from synthkit.errors import ConfigError, OutputError
from synthkit.files import atomic

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["Folder"]


@dataclass(frozen=True)
class Folder:
    """A folder of files that are written once.

    Args:
        address: a path, or an address such as `s3://bucket/folder`.
    """

    address: str

    @classmethod
    def of(cls, out: str | Path) -> Folder:
        """The folder that a person names; a path is made whole, for workers may be at home elsewhere."""
        return cls(str(out) if is_url(out) else str(Path(out).absolute()))

    def __str__(self) -> str:
        return public(self.address)

    @cached_property
    def local(self) -> Path | None:
        """Its path, if it is of this machine (or of a disk that this machine shares with others)."""
        if not is_url(self.address):
            return Path(self.address)
        return Path(self._store[1]) if self.protocol == "file" else None

    @property
    def protocol(self) -> str:
        """Of the store: "file", "s3", "memory"."""
        if not is_url(self.address):
            return "file"
        kind = self._store[0].protocol
        return kind if isinstance(kind, str) else kind[0]

    @cached_property
    def _store(self) -> tuple[AbstractFileSystem, str]:
        from fsspec.core import url_to_fs

        try:
            files, root = url_to_fs(self.address)
        except ImportError as error:
            package = re.search(r"[Ii]nstall (\w+)", str(error))
            hint = f"pip install {package[1]}" if package else "install the package that fsspec names for it"
            raise ConfigError(f"writing to {str(self)!r} needs a package that is not installed", hint=hint) from None
        except ValueError:
            raise ConfigError(
                f"{str(self)!r} is no address", hint="known are those of fsspec: file://, s3://, gs://"
            ) from None
        return files, str(root)

    def names(self) -> set[str]:
        """Of the files in it; none where there is no folder yet."""
        if self.local is not None:
            return {path.name for path in self.local.iterdir() if path.is_file()} if self.local.is_dir() else set()
        files, root = self._store
        files.invalidate_cache()
        try:
            found = files.ls(root, detail=False)
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise self._refused(error) from None
        return {posixpath.basename(str(path)) for path in found}

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        if self.local is not None:
            return (self.local / name).read_bytes()
        files, root = self._store
        return bytes(files.cat_file(posixpath.join(root, name)))

    def write(self, name: str, content: bytes) -> None:
        """A file, whole or not at all: a store of objects takes it in one piece.

        Raises:
            OutputError: it cannot be written.
        """
        if self.local is not None:
            with atomic(self.local / name) as part:
                part.write_bytes(content)
            return
        files, root = self._store
        try:
            files.makedirs(root, exist_ok=True)
            files.pipe_file(posixpath.join(root, name), content)
        except OSError as error:
            raise self._refused(error) from None

    def tidy(self) -> None:
        """Remove what workers that were killed left of files they were writing; a store of objects shows none."""
        if self.local is not None and self.local.is_dir():
            for path in self.local.glob(".part-*.parquet.*.part"):
                path.unlink(missing_ok=True)

    def _refused(self, error: OSError) -> OutputError:
        why = error.strerror or type(error).__name__
        return OutputError(f"cannot write to {str(self)!r}: {why}", hint="is it there, and may you write to it?")
