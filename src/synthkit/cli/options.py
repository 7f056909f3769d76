"""Options that several commands share, in the words of the field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

__all__ = [
    "Address",
    "Attack",
    "By",
    "Constant",
    "Drop",
    "Encoding",
    "EngineName",
    "Entity",
    "Every",
    "Exog",
    "Future",
    "Horizon",
    "InitFrom",
    "Json",
    "ModeName",
    "Paths",
    "Quiet",
    "Ref",
    "RegistryFolder",
    "Reservoir",
    "SchemaFile",
    "Season",
    "Seed",
    "Shock",
    "SourceName",
    "Start",
    "Static",
    "Strict",
    "Target",
    "Time",
    "Values",
    "Wide",
    "Workers",
    "columns",
    "data_set_names",
    "examples",
    "given",
    "listed",
    "model_names",
    "shocks",
]

_DATA, _SERIES, _WORK, _SCREEN = "The data", "Time series", "Who does the work", "What you see"

SourceName = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A .csv, .tsv (also .gz), .parquet or .feather file; a folder, a pattern ('sales/*.parquet') or a URL of "
        "such files, of any size; or a known data set: see [cyan]synthkit datasets[/].",
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
        help="The column that says when (or several, with commas: year,quarter): the rows are then time series.",
    ),
]  # fmt: skip
Entity = Annotated[
    str | None,
    typer.Option(
        "--entity", metavar="COLUMN", rich_help_panel=_DATA, show_default=False,
        help="Whose row it is: nobody is then on both sides of the holdout. With --time, a series each.",
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
Reservoir = Annotated[
    int | None,
    typer.Option(
        "--reservoir", metavar="ROWS", min=2, rich_help_panel=_DATA, show_default=False,
        help="Rows of a folder, a pattern or a URL that are kept in memory; of more a sample is drawn.  "
        "[dim]\\[default: 200000][/]",
    ),
]  # fmt: skip
Seed = Annotated[
    int, typer.Option("--seed", min=0, metavar="N", help="The same seed gives the same rows, bit for bit.")
]
Privacy = Annotated[
    int | None,
    typer.Option(
        "--privacy", metavar="ROWS", min=1, show_default=False,
        help="Rows that have to stand behind whatever is given out: a category, a leaf of a tree, a value. 20 is "
        "strict; more is more private and less true.",
    ),
]  # fmt: skip
Attack = Annotated[
    bool,
    typer.Option(
        "--attack", help="Run all attacks on the rows too, beside controls, and judge by them: a minute or so."
    ),
]
InitFrom = Annotated[
    Path | None,
    typer.Option(
        "--init-from", metavar="MODEL", show_default=False,
        help="A saved network (tvae, ctgan) of related data to begin with: a warm start for a small table.",
    ),
]  # fmt: skip
EngineName = Annotated[
    Literal["local", "dask", "ray"] | None,
    typer.Option(
        "--engine", rich_help_panel=_WORK, show_default=False,
        help="What does the work: processes of this machine (local), or a cluster (pip install 'synthkit\\[dask]').",
    ),
]  # fmt: skip
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", min=1, rich_help_panel=_WORK, show_default=False,
        help="Processes at a time.  [dim]\\[default: one a core][/]",
    ),
]  # fmt: skip
Address = Annotated[
    str | None,
    typer.Option(
        "--address", metavar="HOST:PORT", rich_help_panel=_WORK, show_default=False,
        help="Of a cluster of yours; otherwise one is started, and stopped at the end.",
    ),
]  # fmt: skip
Strict = Annotated[
    bool, typer.Option("--strict", rich_help_panel=_SCREEN, help="Exit code 4 when the verdict is INCONCLUSIVE.")
]
Json = Annotated[
    bool, typer.Option("--json", rich_help_panel=_SCREEN, help="One JSON object on stdout, and nothing else.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel=_SCREEN, help="No progress and no summary.")]


Values = Annotated[
    list[str] | None,
    typer.Option(
        "--value", metavar="COLUMN", rich_help_panel=_SERIES, show_default=False,
        help="A column of numbers to model; repeat for more. All that change over time by default.",
    ),
]  # fmt: skip
Exog = Annotated[
    list[str] | None,
    typer.Option(
        "--exog", metavar="COLUMN", rich_help_panel=_SERIES, show_default=False,
        help="A column known in advance (holidays, prices set by hand), which models lean on and never make up.",
    ),
]  # fmt: skip
Static = Annotated[
    list[str] | None,
    typer.Option(
        "--static", metavar="COLUMN", rich_help_panel=_SERIES, show_default=False,
        help="A column that stays the same for all rows of an entity; found by itself.",
    ),
]  # fmt: skip
Every = Annotated[
    str | None,
    typer.Option(
        "--every", metavar="STEP", rich_help_panel=_SERIES, show_default=False,
        help="Time between rows (30min, h, D, B, W, MS, QS, YS), where it cannot be inferred.",
    ),
]  # fmt: skip
Start = Annotated[
    str | None,
    typer.Option(
        "--start", metavar="STAMP", rich_help_panel=_SERIES, show_default=False,
        help="When the first row was, for a file without a time column.",
    ),
]  # fmt: skip
Season = Annotated[
    list[int] | None,
    typer.Option(
        "--season", metavar="ROWS", rich_help_panel=_SERIES, show_default=False, min=2,
        help="Rows in a season; repeat for more. By the calendar otherwise.",
    ),
]  # fmt: skip
Wide = Annotated[
    Literal["entities", "seasons"] | None,
    typer.Option(
        "--wide", rich_help_panel=_SERIES, show_default=False,
        help="The columns are a series each (entities), or the parts of one season laid side by side (seasons).",
    ),
]  # fmt: skip
ModeName = Annotated[
    Literal["twin", "continue", "new-entity", "augment", "what-if"] | None,
    typer.Option(
        "--mode", rich_help_panel=_SERIES, show_default=False,
        help="What to make: other paths on the same calendar (twin), what may come after the end (continue), entities "
        "that never were (new-entity), variants to train on (augment), or the future under other conditions "
        "(what-if). By default new entities where there are twenty or more, else twins.",
    ),
]  # fmt: skip
Paths = Annotated[
    int | None,
    typer.Option(
        "--paths", metavar="N", rich_help_panel=_SERIES, show_default=False, min=1,
        help="Paths of each series, or how many new entities.",
    ),
]  # fmt: skip
Horizon = Annotated[
    int | None,
    typer.Option(
        "--horizon", metavar="ROWS", rich_help_panel=_SERIES, show_default=False, min=1,
        help="Rows after the end.  [dim]\\[default: a season][/]",
    ),
]  # fmt: skip
Future = Annotated[
    Path | None,
    typer.Option(
        "--future", metavar="FILE", rich_help_panel=_SERIES, show_default=False,
        help="The --exog columns after the end, with the time column: for continue and what-if.",
    ),
]  # fmt: skip
Shock = Annotated[
    list[str] | None,
    typer.Option(
        "--shock", metavar="NAME=X", rich_help_panel=_SERIES, show_default=False,
        help="What-if: scale=1.5 (all surprises half as large again) or level=-2 (start two of them lower).",
    ),
]  # fmt: skip


By = Annotated[
    str, typer.Option("--by", metavar="NAME", help="Who answers for it: a person's name.", show_default=False)
]
Ref = Annotated[
    str,
    typer.Argument(metavar="NAME", help="Of the decision: its name (the newest) or name@version.", show_default=False),
]
RegistryFolder = Annotated[
    Path,
    typer.Option(
        "--registry", metavar="FOLDER", envvar="SYNTHKIT_REGISTRY", help="The registry: a plain folder, fit for git."
    ),
]


def shocks(given: list[str] | None) -> dict[str, float]:
    """`name=number` pairs.

    >>> shocks(["scale=1.5"])
    {'scale': 1.5}

    Raises:
        ConfigError: not such a pair.
    """
    from synthkit.errors import ConfigError

    found = {}
    for text in given or ():
        name, _, number = text.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise ConfigError(f"{text!r} is not a shock", hint="write scale=1.5 or level=-2") from None
    return found


def columns(given: str | None) -> tuple[str, ...] | None:
    """Column names with commas between them.

    >>> columns("year, quarter")
    ('year', 'quarter')
    """
    return tuple(name.strip() for name in given.split(",")) if given else None


def given(**options: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the command line holds
    """The options that were given.

    >>> given(paths=2, horizon=None, values=[])
    {'paths': 2}
    """
    return {name: value for name, value in options.items() if value}


def data_set_names(incomplete: str) -> list[str]:
    """For the shell to complete."""
    from synthkit.data import catalog

    return [card.name for card in catalog.cards() if card.name.startswith(incomplete)]


def model_names(incomplete: str) -> list[str]:
    """For the shell to complete."""
    from synthkit.models import registry

    known = (*registry.names(), *registry.series_names(), *registry.private_names())
    return [name for name in known if name.startswith(incomplete)]


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
