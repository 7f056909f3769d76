"""What SOURCE may be: a file, many files, or the name of a known data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthkit.data.parts import is_pattern, is_url, means_many, public

if TYPE_CHECKING:
    from synthkit.data.catalog import DataCard

__all__ = ["Source", "find", "local"]


@dataclass(frozen=True, slots=True)
class Source:
    """Rows on this machine.

    Args:
        path: of the file, or a folder, a pattern or a URL.
        name: as it was typed; what the report calls it.
        stem: what a folder of results is called.
        target, time, entity: roles that the card of a known data set gives.
        series: what its card says of its time series, as options of `generate`.
    """

    path: Path | str
    name: str
    stem: str
    target: str | None = None
    time: tuple[str, ...] | None = None
    entity: str | None = None
    series: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lone_time(self) -> str | None:
        """The column that says when, where it takes no more than one."""
        return self.time[0] if self.time and len(self.time) == 1 else None


def find(source: str) -> Source:
    """The file of that name, else the data set of that name (`adult`, or `adult/test` for one of its parts).

    A URL, a folder or a pattern stands for the files there.

    Raises:
        UnknownName: neither a file nor a data set; the nearest names are in the hint.
        ReadError: a data set that is not on this machine and could not be fetched.
    """
    from synthkit.data import catalog

    if is_url(source):
        return Source(source, public(source), _stem(public(source)))
    path = Path(source)
    name, part = (source, None) if catalog.known(source) else _parted(source)
    if path.is_file() or (not catalog.known(name) and (path.exists() or path.suffix or len(path.parts) > 1)):
        return Source(path, source, _stem(path.as_posix()))
    if means_many(source) and not catalog.known(name):
        return Source(path, source, _stem(path.as_posix()))
    card = catalog.card(name)
    found, stem = catalog.path(name, part), source.replace("/", "-")
    if card.kind == "relational":  # its roles are written table.column, and belong to one part each
        return Source(found, source, stem)
    if card.kind == "table":
        return Source(found, source, stem, target=card.target)
    times = tuple(column for column, kind in card.kinds.items() if kind == "time")
    season = {"season": card.season} if card.season else {}
    return Source(found, source, stem, target=None, time=times, entity=_role(card, "entity"), series=season)


def _stem(name: str) -> str:
    """Of the last step that is no pattern.

    >>> _stem("data/sales.csv"), _stem("data/sales/*.parquet"), _stem("s3://bucket/sales/")
    ('sales', 'sales', 'sales')
    """
    steps = [step for step in name.split("/") if step and not is_pattern(step)]
    return (steps[-1].partition(".")[0] if steps else "") or "table"


def _parted(source: str) -> tuple[str, str | None]:
    """`adult/test` as `("adult", "test")`."""
    name, slash, part = source.rpartition("/")
    return (name, part) if slash else (source, None)


def local(name: str) -> tuple[str, Path | None]:
    """Where the rows of a data set are, in a word, and their file if no network is needed to reach them."""
    import os
    from importlib.util import find_spec

    from synthkit.data import catalog

    card = catalog.card(name)
    part = card.parts[0]
    if card.provider == "bundled":
        return "bundled", catalog.path(name, part)
    folder = os.environ.get("SYNTHKIT_DATA")
    for suffix in (".csv.gz", ".csv"):
        if folder and (file := Path(folder).expanduser() / name / (part + suffix)).is_file():
            return "$SYNTHKIT_DATA", file
    if card.provider:
        module = {"scikit-learn": "sklearn"}.get(card.provider, card.provider)
        return (card.provider, catalog.path(name, part)) if find_spec(module) else ("missing", None)
    return ("fetch" if card.origin else "missing"), None


def _role(card: DataCard, role: str) -> str | None:
    """The column of that role, where the card names exactly one."""
    found = [column for column, kind in card.kinds.items() if kind == role]
    return found[0] if len(found) == 1 else None
