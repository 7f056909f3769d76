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
    ("synthkit models --series", "the ladder for time series"),
    ("synthkit models --private", "those with differential privacy"),
)


def models(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Of one model.", show_default=False, autocompletion=o.model_names),
    ] = None,
    series: Annotated[bool, typer.Option("--series", help="Those of time series, and not those of tables.")] = False,
    private: Annotated[bool, typer.Option("--private", help="Those of tables with differential privacy.")] = False,
    as_json: o.Json = False,
) -> None:
    """List the models from the simplest up: how each works, and when it fails."""
    from synthkit.cli.screen import say, say_json
    from synthkit.decide.ladder import ladder
    from synthkit.decide.series import series_ladder
    from synthkit.models import registry

    everyone = series_ladder(registry.series_names()) if series else ladder()
    if private:
        everyone = tuple(sorted(registry.private_names(), key=lambda model: registry.card(model).rung))
    cards = {model: registry.card(model) for model in ([name] if name else everyone)}
    if as_json:
        return say_json({model: card.to_dict() for model, card in cards.items()})
    return say(_one(name, cards[name]) if name else _all(cards))


def _all(cards: dict[str, Card]) -> Grid:
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid.grid(padding=(0, 2, 1, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for model, card in cards.items():
        lines = Text(f"{card.family}. {card.summary}")
        for label, words in (("fails when", card.fails_when), ("needs", card.data_hunger), ("cost", card.cost)):
            lines.append(f"\n{label}  ", style="dim").append(words)
        lines.append("\nlicence  ", style="dim").append(card.licence)
        grid.add_row(Text(model, style="bold cyan"), lines)
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
