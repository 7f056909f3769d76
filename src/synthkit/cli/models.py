"""`synthkit models`: the ladder, and the card of each rung."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from synthkit.models.card import Card

__all__ = ["EXAMPLES", "models"]

EXAMPLES = o.examples(
    ("synthkit models", "the ladder, simplest first"),
    ("synthkit models trees", "all there is to know about one"),
    ("synthkit models --json", "for a program"),
)


def models(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Of one model.", show_default=False)] = None,
    as_json: o.Json = False,
) -> None:
    """List the models from the simplest up: how each works, and when it fails."""
    from synthkit.cli.screen import say, say_json
    from synthkit.decide.ladder import ladder
    from synthkit.models import registry

    cards = {model: registry.get(model).card for model in ([name] if name else ladder())}
    if as_json:
        return say_json({model: card.to_dict() for model, card in cards.items()})
    return say(_one(name, cards[name]) if name else _all(cards))


def _all(cards: dict[str, Card]) -> Grid:
    from rich import box
    from rich.table import Table as Grid

    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_lines=False, row_styles=["", ""])
    grid.add_column("model", style="bold cyan", no_wrap=True)
    grid.add_column("how it works", ratio=3)
    grid.add_column("fails when", ratio=3)
    grid.add_column("cost", ratio=2)
    grid.add_column("licence", ratio=2)
    for model, card in cards.items():
        grid.add_row(model, card.summary, card.fails_when, card.cost, card.licence)
        grid.add_section()
    return grid


def _one(name: str, card: Card) -> Grid:
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    grid.add_row("model", Text(name, style="bold cyan"))
    for key, value in card.to_dict().items():
        grid.add_row(key.replace("_", " "), Text("\n".join(value) if isinstance(value, tuple) else str(value)))
    return grid
