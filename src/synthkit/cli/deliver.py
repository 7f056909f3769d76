"""The end of a run: where its files go, what is said about them, and the exit code."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthkit.cli.screen import say, say_json, tell_licence
from synthkit.errors import ConfigError, OutputError

if TYPE_CHECKING:
    from synthkit import Scorecard
    from synthkit.decide.criteria import Verdict
    from synthkit.result import Result

__all__ = ["TABLES", "Place", "check_table", "check_writable", "deliver", "exit_code", "show"]

TABLES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".feather", ".arrow", ".ipc")
"""Suffixes that make `-o` the file of the rows; text files may have `.gz` after theirs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a run go.

    Args:
        folder: of everything a run leaves behind.
        table: the file of the rows, if it is not in the folder.
    """

    folder: Path
    table: Path | None = None

    @classmethod
    def of(cls, out: str | None, stem: str) -> Place:
        """What `-o` means: a folder, or the file of the rows; `runs/<stem>` is the folder of what is not said.

        >>> Place.of("rows.csv.gz", "credit").folder.as_posix(), Place.of("out", "credit").table
        ('runs/credit', None)

        Raises:
            ConfigError: the suffix of a file, but of none we can write.
        """
        default = Path("runs") / stem
        if out is None:
            return cls(default)
        path = Path(out)
        if path.is_dir() or out.endswith("/") or not _suffix(path)[1:].isalpha():
            return cls(path)
        check_table(path, "; for a folder of that name, end it with /")
        return cls(default, path)

    def check(self) -> Place:
        """The same place, if its files can be written: better to know before hours of work."""
        check_writable(self.folder)
        if self.table is not None:
            check_writable(self.table.parent)
            if self.table.is_dir():
                raise OutputError(f"{str(self.table)!r} is a folder", hint="choose another name with -o")
        return self


def check_table(path: Path, otherwise: str = "") -> None:
    """Refuse a file for rows whose suffix says no kind of table, before any work is done.

    Raises:
        ConfigError: no such kind; `otherwise` is added to the hint.
    """
    if _suffix(path) not in TABLES:
        raise ConfigError(
            f"cannot tell from {path.name!r} what kind of file to write", hint=f"known: {', '.join(TABLES)}{otherwise}"
        )


def _suffix(path: Path) -> str:
    return Path(path.stem if path.suffix.lower() == ".gz" else path.name).suffix.lower()


def check_writable(folder: Path) -> None:
    """See whether files can be written to a folder, which need not be there yet; nothing is left behind.

    Raises:
        OutputError: it cannot be made or written to.
    """
    above = folder
    while not above.exists() and above != above.parent:
        above = above.parent
    try:
        with tempfile.TemporaryDirectory(dir=above, prefix=".synthkit-"):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write to {str(folder)!r}: {error.strerror}", hint="choose a folder you may write to with -o"
        ) from None


def deliver(
    result: Result, place: Place, *, source: str, seconds: float, quiet: bool = False, as_json: bool = False
) -> None:
    """Write the files of a run, and say what came of it.

    Args:
        result: of the pipeline.
        place: where its files go.
        source: what the report calls the real table.
        seconds: the run took.
        quiet: say nothing.
        as_json: say it as one JSON object.
    """
    result = replace(result, goal={**result.goal, "source": source})
    files = result.save(place.folder, table=place.table)
    decision = result.decision
    if as_json:
        facts = {key: decision[key] for key in ("verdict", "chosen", "because", "criteria")}
        say_json({**facts, "files": {k: str(v) for k, v in files.items()}, "seconds": round(seconds, 3)})
    elif not quiet:
        show(result.scorecard, decision, files)
        tell_licence(decision["chosen"])


def show(scorecard: Scorecard, decision: Mapping[str, Any], files: Mapping[str, Path]) -> None:
    """About ten lines on stdout, and the files."""
    from synthkit.report.terminal import terminal
    from synthkit.report.view import view

    named = [("rows" if what == "table" else what, str(where)) for what, where in files.items()]
    say(terminal(view(scorecard, decision), named))


def exit_code(verdict: Verdict, *, strict: bool) -> int:
    """0; 3 when the verdict is FAIL, and 4 when it is INCONCLUSIVE and that is not enough.

    >>> from synthkit.decide.criteria import Verdict
    >>> exit_code(Verdict.INCONCLUSIVE, strict=False), exit_code(Verdict.INCONCLUSIVE, strict=True)
    (0, 4)
    """
    return {"FAIL": 3, "INCONCLUSIVE": 4 if strict else 0}.get(verdict.value, 0)
