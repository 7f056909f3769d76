"""Options that several commands share, in the words of the field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = [
    "Constant",
    "Drop",
    "Encoding",
    "Entity",
    "Json",
    "Quiet",
    "SchemaFile",
    "Seed",
    "SourceName",
    "Strict",
    "Target",
    "Time",
    "data_set_names",
    "examples",
    "listed",
    "model_names",
]

_DATA, _SCREEN = "The data", "What you see"

SourceName = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A .csv, .tsv (also .gz), .parquet or .feather file, or a known data set: see [cyan]synthkit datasets[/].",
        show_default=False,
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="COLUMN", rich_help_panel=_DATA, show_default=False,
        help="The column a model would predict: it is kept well, and utility is measured on it.",
    ),
]  # fmt: skip
Time = Annotated[
    str | None,
    typer.Option(
        "--time", metavar="COLUMN", rich_help_panel=_DATA, show_default=False,
        help="The column that orders the rows: the holdout is then the last of them.",
    ),
]  # fmt: skip
Entity = Annotated[
    str | None,
    typer.Option(
        "--entity", metavar="COLUMN", rich_help_panel=_DATA, show_default=False,
        help="Whose row it is: nobody is then on both sides of the holdout.",
    ),
]  # fmt: skip
SchemaFile = Annotated[
    Path | None,
    typer.Option(
        "--schema", metavar="FILE", rich_help_panel=_DATA, show_default=False,
        help="What the columns are, as [cyan]synthkit schema[/] wrote it and you edited it.",
    ),
]  # fmt: skip
Drop = Annotated[
    list[str] | None,
    typer.Option(
        "--drop", metavar="COLUMN", rich_help_panel=_DATA, show_default=False,
        help="Leave this column out; repeat for more.",
    ),
]  # fmt: skip
Constant = Annotated[
    Literal["refuse", "keep", "drop"] | None,
    typer.Option(
        "--constant", rich_help_panel=_DATA, show_default=False,
        help="What to do with columns of a single value.",
    ),
]  # fmt: skip
Encoding = Annotated[
    str, typer.Option("--encoding", metavar="NAME", rich_help_panel=_DATA, help="Of a text file, such as latin-1.")
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, metavar="N", help="The same seed gives the same rows, bit for bit.")
]
Strict = Annotated[
    bool, typer.Option("--strict", rich_help_panel=_SCREEN, help="Exit code 4 when the verdict is INCONCLUSIVE.")
]
Json = Annotated[
    bool, typer.Option("--json", rich_help_panel=_SCREEN, help="One JSON object on stdout, and nothing else.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel=_SCREEN, help="No progress and no summary.")]


def data_set_names(incomplete: str) -> list[str]:
    """For the shell to complete."""
    from synthkit.data import catalog

    return [card.name for card in catalog.cards() if card.name.startswith(incomplete)]


def model_names(incomplete: str) -> list[str]:
    """For the shell to complete."""
    from synthkit.models import registry

    return [name for name in registry.names() if name.startswith(incomplete)]


def examples(*pairs: tuple[str, str]) -> str:
    """The foot of a help page: what to type, and what it does.

    >>> print(examples(("synthkit models", "all of them")))
    [bold]Examples[/bold]
    <BLANKLINE>
    [dim]# all of them[/dim]
    $ [cyan]synthkit models[/cyan]
    """
    shown = [f"[dim]# {what}[/dim]\n$ [cyan]{command.replace('[', chr(92) + '[')}[/cyan]" for command, what in pairs]
    return "\n\n".join(["[bold]Examples[/bold]", *shown])


def listed(values: list[str] | None) -> tuple[str, ...]:
    """Names given with commas, or by repeating the option.

    >>> listed(["trees, copula", "marginals"])
    ('trees', 'copula', 'marginals')
    """
    return tuple(name for value in values or () for part in value.split(",") if (name := part.strip()))
