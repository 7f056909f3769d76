"""Known data sets: a card for each, and a readable file wherever the data are.

A data set is looked for in this order: shipped with synthkit; in the folder `$SYNTHKIT_DATA` (one folder a set, as in
the cards); in the cache; in an installed package; at its original home, with a checked sha256. The last two are kept
in the cache, `$XDG_CACHE_HOME/synthkit`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synthkit.data import downloads, packages
from synthkit.data.downloads import Download
from synthkit.errors import ConfigError, ReadError, UnknownName
from synthkit.files import atomic

if TYPE_CHECKING:
    from synthkit.data.table import Table

__all__ = ["DataCard", "DataFile", "card", "cards", "load", "path"]

CHECKOUT = Path(__file__).parents[3] / "datasets"
INSTALLED = Path(__file__).parents[1] / "_datasets"


@dataclass(frozen=True, slots=True)
class DataFile:
    """One CSV file of a data set.

    Args:
        part: "table", or "train" and "test" where a usual split exists, or the table's name in a database.
        rows: below the header.
        sha256: of the CSV text, not of its gzip file, which differs from one zlib to the next.
        download: where it can be fetched, if a plain public address is known.
    """

    part: str
    rows: int
    sha256: str
    download: Download | None = None


@dataclass(frozen=True, slots=True)
class DataCard:
    """What a data set is, whose it is, and where it comes from.

    Args:
        name: also the name of its folder.
        kind: table | series | panel | relational.
        title: a few words.
        task: binclass | multiclass | regression | none.
        target: the column usually predicted ("table.column" in a database), or None.
        rows: of all parts together.
        columns: of the table; None for a database.
        missing: number of missing cells.
        missing_mark: the text that stands for a missing cell.
        licence: as its publisher or repository names it.
        source: where this copy was taken from.
        url: the page that describes it, or "".
        notes: what to know before using it.
        files: one entry a part.
        kinds: column -> numeric | categorical | id | datetime | time | entity, in the order of the file.
        provider: "bundled", or the package that holds it, or "".
        loader: its name inside the package.
        frequency: time between rows, as words ("" where there is no time).
        season: rows in a season, or None.
    """

    name: str
    kind: Literal["table", "series", "panel", "relational"]
    title: str
    task: Literal["binclass", "multiclass", "regression", "none"]
    rows: int
    licence: str
    source: str
    files: tuple[DataFile, ...]
    target: str | None = None
    columns: int | None = None
    missing: int = 0
    missing_mark: str = ""
    url: str = ""
    notes: str = ""
    provider: str = ""
    loader: str = ""
    frequency: str = ""
    season: int | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Where `path` finds it besides `$SYNTHKIT_DATA`: "bundled", a package's name, "download", or "".

        "" means that no sure address is known: such a set is read from `$SYNTHKIT_DATA` alone.
        """
        if self.provider:
            return self.provider
        return "download" if all(file.download for file in self.files) else ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of its files."""
        return tuple(file.part for file in self.files)

    def file(self, part: str | None = None) -> DataFile:
        """The file of that part; None means the only one, or the training part.

        Raises:
            UnknownName: no such part.
            ConfigError: a database has many tables, and none was named.
        """
        if part is None:
            if self.kind == "relational":
                raise ConfigError(
                    f"data set {self.name!r} has {len(self.files)} tables", hint=f"name one of {', '.join(self.parts)}"
                )
            return self.files[0]
        for file in self.files:
            if file.part == part:
                return file
        raise UnknownName(f"part of data set {self.name!r} called", part, self.parts)


def cards() -> tuple[DataCard, ...]:
    """All cards, by name.

    >>> len(cards()) > 40
    True
    """
    return tuple(_cards().values())


def card(name: str) -> DataCard:
    """The card of that name, or of the one name that ends in it after a slash.

    Raises:
        UnknownName: no such data set.

    >>> card("credit_data").target, card("co2").name
    ('Status', 'ts_classic/co2')
    """
    found = [full for full in _cards() if full == name] or [full for full in _cards() if full.endswith(f"/{name}")]
    if len(found) != 1:
        raise UnknownName("data set", name, _cards())
    return _cards()[found[0]]


def known(name: str) -> bool:
    """Whether `card` has it."""
    try:
        card(name)
    except UnknownName:
        return False
    return True


def path(name: str, part: str | None = None, *, data: Path | None = None, kept: Path | None = None) -> Path:
    """A CSV file (perhaps gzipped) with the rows of a data set, fetched or written to the cache if need be.

    Args:
        name: of the data set.
        part: "table", "train", "test" or the name of a table; None means the only one, or train.
        data: where to look instead of `$SYNTHKIT_DATA`.
        kept: the cache, instead of `$XDG_CACHE_HOME/synthkit`.

    Raises:
        UnknownName: no such data set or part.
        ReadError: it is not on this machine and could not be fetched.
        MissingExtra: the package that holds it is not installed.

    >>> path("credit_data").name
    'table.csv.gz'
    """
    found = card(name)
    file = found.file(part)
    if found.provider == "bundled":
        return _folder() / found.name / f"{file.part}.csv.gz"
    data = data or _from_environment("SYNTHKIT_DATA")
    for suffix in (".csv.gz", ".csv"):
        if data is not None and (local := data / found.name / (file.part + suffix)).is_file():
            return local
    target = (kept or _cache_folder()) / found.name / f"{file.part}.csv"
    if not target.is_file():
        text = _text(found, file)
        with atomic(target) as unfinished:
            unfinished.write_bytes(text)
    return target


def load(name: str, part: str | None = None) -> Table:
    """The data set as a table, its target set as in its card.

    Raises:
        UnknownName: no such data set or part.
        ReadError: it is not on this machine and could not be fetched.

    >>> len(load("credit_data"))
    4454
    """
    from synthkit.data import io

    found = card(name)
    return io.read_table(path(name, part), target=None if found.kind == "relational" else found.target)


def _text(found: DataCard, file: DataFile) -> bytes:
    """The CSV text of a set that is not on this machine yet."""
    columns = tuple(found.kinds)
    if found.provider:
        return packages.csv_text(found.provider, found.loader, columns)
    if file.download is None:
        raise ReadError(
            f"data set {found.name!r} is not on this machine, and no plain address to fetch it from is known",
            hint=f"set SYNTHKIT_DATA to a folder with {found.name}/{file.part}.csv.gz in it, made from {found.source}",
        )
    return downloads.csv_text(found.name, file.download, columns, sha256=file.sha256)


@cache
def _cards() -> Mapping[str, DataCard]:
    folder = _folder()
    found = [_card(tomllib.loads(file.read_text(encoding="utf-8"))) for file in folder.rglob("card.toml")]
    return {c.name: c for c in sorted(found, key=lambda c: c.name)}


def _card(values: dict[str, Any]) -> DataCard:
    files = []
    for row in values.pop("files"):
        download = row.pop("download", None)
        files.append(DataFile(**row, download=Download(**download) if download else None))
    return DataCard(**values, files=tuple(files))


def _folder() -> Path:
    """Where the cards are: beside src/ in a checkout, inside the package once installed."""
    return CHECKOUT if CHECKOUT.parent.joinpath("src", "synthkit").is_dir() else INSTALLED


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser() if value else None


def _cache_folder() -> Path:
    return (_from_environment("XDG_CACHE_HOME") or Path.home() / ".cache") / "synthkit"
