"""What was decided, line by line: each line holds the digest of the line before, so that none can be changed unseen."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from synthkit.errors import ArtifactError
from synthkit.files import write_text

__all__ = ["START", "Entry", "Log"]

START: Final = "0" * 64
"""What the first line names as the digest of the line before."""
_FIELDS = {"number", "time", "event", "name", "version", "actor", "facts", "previous"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log.

    Args:
        number: counted from 1.
        time: UTC, ISO 8601.
        event: what happened: a stage that was reached, or "refused".
        name, version: of what it happened to.
        actor: who did it.
        facts: why, and the evidence, as plain values.
        previous: SHA-256 of the line before.
        sha256: of this one.
    """

    number: int
    time: str
    event: str
    name: str
    version: int
    actor: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    previous: str = START
    sha256: str = ""

    def digest(self) -> str:
        """What `sha256` has to be."""
        content = {key: value for key, value in asdict(self).items() if key in _FIELDS}
        return hashlib.sha256(_canonical(content).encode()).hexdigest()


class Log:
    """A file of JSON lines that only grows.

    Args:
        path: of the file, which need not be there yet.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def entries(self) -> tuple[Entry, ...]:
        """All lines.

        Raises:
            ArtifactError: a line was altered, added, moved or taken out.
        """
        entries, faults = self.read()
        if faults:
            raise ArtifactError(faults[0], hint="take the log back from version control or a backup")
        return entries

    def read(self) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """The lines that can be read, and what is wrong with the others."""
        if not self.path.is_file():
            return (), ()
        found: list[Entry] = []
        before = START
        *lines, rest = self.path.read_bytes().decode("utf-8", "replace").split("\n")
        for number, line in enumerate([*lines, *filter(None, [rest])], 1):
            entry = _parsed(line)
            if entry is None or _canonical(asdict(entry)) != line or entry.sha256 != entry.digest() or line == rest:
                return tuple(found), (f"line {number} of {self.path.name} was altered",)
            if entry.number != number or entry.previous != before:
                return tuple(found), (f"before line {number} of {self.path.name} lines were altered or taken out",)
            found.append(entry)
            before = entry.sha256
        return tuple(found), ()

    def append(self, event: str, *, name: str, version: int, actor: str, time: str, facts: Mapping[str, Any]) -> Entry:
        """Add a line; the file is whole at any time, and two who write at once wait for each other.

        Raises:
            ArtifactError: the log was tampered with.
        """
        with self._alone():
            entries = self.entries()
            before = entries[-1].sha256 if entries else START
            bare = Entry(len(entries) + 1, time, event, name, version, actor, facts, before)
            entry = Entry(**{**asdict(bare), "sha256": bare.digest()})
            write_text(self.path, "".join(f"{_canonical(asdict(one))}\n" for one in (*entries, entry)))
        return entry

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f".{self.path.name}.lock").open("w") as lock:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _parsed(line: str) -> Entry | None:
    try:
        values = json.loads(line)
        return Entry(**values) if set(values) == {*_FIELDS, "sha256"} else None
    except (ValueError, TypeError):
        return None
