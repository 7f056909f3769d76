"""Files appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from synthkit.errors import OutputError

__all__ = ["atomic", "digests", "packed", "sha256", "staged", "unpack", "write_text"]


@contextmanager
def atomic(path: str | Path, *, private: bool = False) -> Iterator[Path]:
    """A temporary path beside `path` to write to; it takes the place of `path` when the block ends without an error.

    The temporary file is readable by its owner alone until then, and is removed if anything goes wrong.

    Args:
        path: its folder is made if need be.
        private: leave the file readable by its owner alone, whatever the umask says.

    Raises:
        OutputError: the folder cannot be made or written to.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise _refused(path, error) from None
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        if not private:
            mask = os.umask(0)
            os.umask(mask)
            part.chmod(0o666 & ~mask)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {str(path)!r}: {error.strerror}", hint="is the disk full?") from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def staged(folder: str | Path) -> Iterator[Path]:
    """A hidden folder inside `folder` to write files to; they move to `folder` together when the block ends.

    If the block raises, nothing has moved and the hidden folder is gone.

    Raises:
        OutputError: the folder cannot be made or written to.
    """
    folder = Path(folder)
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(dir=folder, prefix=".run."))
    except OSError as error:
        raise _refused(folder, error) from None
    try:
        yield stage
        goals = {path: folder / path.relative_to(stage) for path in sorted(stage.rglob("*")) if path.is_file()}
        if blocked := next((goal for goal in goals.values() if goal.is_dir()), None):
            raise OutputError(
                f"cannot write {str(blocked)!r}: a folder is in the way", hint="move it, or choose another -o"
            )
        for path, goal in goals.items():
            goal.parent.mkdir(parents=True, exist_ok=True)
            path.replace(goal)
    except OSError as error:
        raise _refused(folder, error) from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if new and not any(folder.iterdir()):
            folder.rmdir()


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(f"cannot write {str(path)!r}: {error.strerror}", hint="choose a folder you may write to with -o")


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    with atomic(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def sha256(path: str | Path) -> str:
    """Of the bytes of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def packed(folder: str | Path) -> dict[str, bytes]:
    """The files below a folder as they travel, by their path there; hidden ones are left out."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def unpack(content: Mapping[str, bytes], folder: str | Path) -> None:
    """Write what `packed` gave into a folder."""
    for name, each in content.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each)


def digests(folder: str | Path, *, leave: Collection[str] = ()) -> dict[str, str]:
    """SHA-256 of each file below a folder, by its path there; hidden ones and those in `leave` are left out."""
    folder = Path(folder)
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    kept = {name: path for name, path in paths.items() if name not in leave and not name.startswith(".")}
    return {name: sha256(path) for name, path in kept.items()}
