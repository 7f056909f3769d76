"""`synthkit datasets`: the known tables, and where their rows are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from synthkit.data.catalog import DataCard

__all__ = ["EXAMPLES", "datasets"]

EXAMPLES = o.examples(
    ("synthkit datasets", "all of them"),
    ("synthkit datasets credit_data", "one card, and the path of its rows"),
    ("synthkit datasets adult --fetch", "get it from its home, with its sha256 checked"),
)

_WIDE = 110
"""Columns from which on the licence has room in the list."""

_STYLES = {"bundled": "green", "$SYNTHKIT_DATA": "green", "fetch": "yellow", "missing": "red"}


def datasets(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Of one data set.", show_default=False, autocompletion=o.data_set_names),
    ] = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch it now, if it is not on this machine.")] = False,
    as_json: o.Json = False,
) -> None:
    """List the known data sets and where each is found; use a name wherever a file is asked for.

    They ship with synthkit, come from an installed package, are read from the folder [cyan]$SYNTHKIT_DATA[/], or are
    fetched from their original home when they are used.
    """
    from synthkit.cli.screen import say, say_json, width
    from synthkit.cli.source import local
    from synthkit.data import catalog

    if name is None:
        cards = catalog.cards()
        if as_json:
            return say_json({card.name: _facts(card, *local(card.name)) for card in cards})
        return say(_all([(card, local(card.name)[0]) for card in cards], wide=width() >= _WIDE))
    card = catalog.card(name)
    where, path = local(name)
    if fetch and path is None:
        path = catalog.path(name, card.parts[0])
    if as_json:
        return say_json(_facts(card, where, path))
    return say(_one(card, where, path))


def _facts(card: DataCard, where: str, path: Path | None) -> dict[str, Any]:
    plain = (
        "name",
        "kind",
        "title",
        "task",
        "target",
        "rows",
        "columns",
        "missing",
        "licence",
        "source",
        "url",
        "notes",
    )
    facts = {key: getattr(card, key) for key in plain}
    return {**facts, "parts": list(card.parts), "found": where, "path": str(path) if path else None}


def _all(rows: list[tuple[DataCard, str]], *, wide: bool) -> Grid:
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    grid.add_column("name", style="bold", overflow="fold", min_width=28)
    grid.add_column("kind", no_wrap=True)
    grid.add_column("rows", justify="right", no_wrap=True)
    grid.add_column("cols", justify="right", no_wrap=True)
    grid.add_column("target", overflow="ellipsis", no_wrap=True)
    grid.add_column("found", no_wrap=True)
    if wide:  # a narrow screen has it on the card
        grid.add_column("licence", style="dim", overflow="ellipsis", no_wrap=True)
    for card, where in rows:
        columns = "" if card.columns is None else str(card.columns)
        found = Text(where, style=_STYLES.get(where, "cyan"))
        licence = [Text(_short(card.licence))] if wide else []
        grid.add_row(card.name, card.kind, f"{card.rows:,}", columns, Text(card.target or ""), found, *licence)
    return grid


def _short(licence: str) -> str:
    """The name of a licence without its remarks; the card has the whole of it.

    >>> _short("CC BY 4.0 (UCI Machine Learning Repository)")
    'CC BY 4.0'
    """
    return re.split(r"[(;,]", licence)[0].strip()


def _one(card: DataCard, where: str, path: Path | None) -> Grid:
    from rich.table import Table as Grid
    from rich.text import Text

    facts = _facts(card, where, path)
    facts["parts"] = ", ".join(card.parts)
    facts["path"] = path or {"fetch": f"not here yet: synthkit datasets {card.name} --fetch"}.get(where)
    if where == "missing":
        facts["path"] = f"not on this machine: set SYNTHKIT_DATA to a folder with {card.name}/ in it"
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for key, value in facts.items():
        if value not in (None, ""):
            style = {"name": "bold cyan", "path": "cyan"}.get(key, "")
            grid.add_row(key, Text(f"{value:,}" if isinstance(value, int) else str(value), style=style))
    return grid
