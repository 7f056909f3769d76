"""`synthkit pilot`: a short list of models, measured side by side before a decision."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from synthkit.cli.deliver import Place
    from synthkit.operate.pilot import Pilot

__all__ = ["EXAMPLES", "pilot"]

EXAMPLES = o.examples(
    ("synthkit pilot credit_data --target Status --models marginals,copula,trees", "three models, side by side"),
    ("synthkit pilot pipelines/credit.toml --challenge", "and what stands above the winner: would it pay?"),
    ("synthkit pilot co2.csv --time date --budget 10m --jobs 4", "models of a time series, four at a time"),
    ("synthkit pilot loans.csv --engine dask --address tcp://scheduler:8786", "on a cluster of yours"),
    ("synthkit pilot loans.parquet --models trees,tvae --price-per-hour 0.05", "with what each costs in money"),
)


def pilot(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE|PIPELINE.toml", show_default=False,
            help="A pipeline file, or what [cyan]synthkit generate[/] takes: a file of rows, or a known data set.",
        ),
    ],
    *,
    target: o.Target = None,
    time_: o.Time = None,
    entity: o.Entity = None,
    schema: o.SchemaFile = None,
    drop: o.Drop = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--models", "--model", "-m", metavar="NAMES", show_default=False,
                     help="The short list, with commas; all of them run.  [dim]\\[default: up the ladder until one is "
                     "good enough][/]"),
    ] = None,
    challenge: Annotated[
        bool, typer.Option("--challenge", help="Run what stands above the winner too: would it have paid?")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", metavar="N", min=1, show_default=False,
                     help="Processes at a time; they change no row, but of a network that its time stops.  "
                     "[dim]\\[default: the usable cores][/]"),
    ] = None,
    engine: o.EngineName = None,
    address: o.Address = None,
    first_rows: Annotated[
        int, typer.Option("--first-round", metavar="ROWS", min=0, help="After which losers leave; 0: no first round.")
    ] = 2000,
    price: Annotated[
        float | None,
        typer.Option("--price-per-hour", metavar="X", min=0, show_default=False,
                     help="Of one core: the cost is then told in money too."),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="TIME", show_default=False,
                     help="For all of it: a model that runs over its share is stopped.  [dim]\\[default: 5m][/]"),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option("--rows", "-n", metavar="N", help="How many rows to make.  [dim]\\[default: as the source][/]",
                     show_default=False),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, metavar="N", show_default=False,
                     help="The same seed gives the same rows as generate.  [dim]\\[default: 0][/]"),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FOLDER", show_default=False,
                     help="For everything a run leaves behind.  [dim]\\[default: runs/<source>][/]"),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", rich_help_panel="What you see", help="The comparison as Markdown.")
    ] = False,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Measure a short list of models side by side before a decision: quality, seconds, latency, memory, size and cost.

    Each model runs in a process of its own, so that one that fails, runs over its share of the time or is killed takes
    nobody along. A model that is clearly worse than a simpler one leaves after a first round on few rows. The winner is
    the simplest that meets every criterion, else the best; the folder holds what generate leaves, and pilot.json.
    Exit code 3 means that the verdict is FAIL.
    """
    from synthkit.cli.deliver import exit_code
    from synthkit.cli.screen import bar

    asked = o.given(
        target=target, time=o.columns(time_), entity=entity, schema=schema, drop=drop, models=o.listed(models),
        jobs=jobs, budget=budget, rows=rows,
    )  # fmt: skip
    asked |= {key: value for key, value in (("seed", seed), ("price", price)) if value is not None}
    asked |= {
        "engine": engine or "local",
        "address": address,
        "challenge": challenge,
        "first_rows": first_rows,
        "command": ctx.meta["synthkit.command"],
    }
    work, name, place = _work(source, asked, out)
    with bar(quiet=quiet or as_json) as progress:
        found = work(progress=progress)
    found = replace(found, goal={**found.goal, "source": name})
    _deliver(found, place, markdown=markdown, quiet=quiet, as_json=as_json)
    raise typer.Exit(exit_code(found.verdict, strict=strict))


def _work(source: str, asked: dict[str, Any], out: str | None) -> tuple[Any, str, Place]:
    """What is to be done, what the report calls the rows, and where the files go."""
    from functools import partial
    from pathlib import Path

    from synthkit.cli.deliver import Place
    from synthkit.cli.source import find
    from synthkit.config import PipelineConfig, seconds
    from synthkit.errors import ConfigError
    from synthkit.models import registry
    from synthkit.operate.pilot import pilot as piloted
    from synthkit.operate.pilot import pilot_run

    for name in asked.get("models", ()):
        registry.card(name)  # a wrong name or duration is told before anything is read
    if "budget" in asked:
        seconds(asked["budget"])
    if source.endswith(".toml"):
        if wrong := sorted(set(asked) & {"target", "time", "entity", "schema", "drop"}):
            raise ConfigError(f"--{wrong[0]} stands in the pipeline file", hint="write it in its [data] section")
        config = PipelineConfig.read(source)
        usual = out if out is not None else str(config.run.out) if config.run.out else None
        place = Place.of(usual, Path(source).stem).check()
        return partial(pilot_run, config, **asked), config.data.dataset or str(config.data.source), place
    found = find(source)
    known = {"target": found.target, "time": found.time, "entity": found.entity, **found.series}
    asked = {key: value for key, value in known.items() if value is not None} | asked
    return partial(piloted, found.path, **asked), found.name, Place.of(out, found.stem).check()


def _deliver(found: Pilot, place: Place, *, markdown: bool, quiet: bool, as_json: bool) -> None:
    """Write the files, and show the comparison."""
    import sys

    from synthkit.cli.screen import say, say_json, tell_licence
    from synthkit.report.pilot import terminal

    files = {what: str(where) for what, where in found.save(place.folder, table=place.table).items()}
    if as_json:
        say_json(found.to_dict() | {"files": files})
    elif markdown:
        sys.stdout.write(found.markdown())
    elif not quiet:
        named = [("rows" if what == "table" else what, where) for what, where in files.items() if what != "mark"]
        say(terminal(found.to_dict(), named))
        tell_licence(found.climb.chosen or "")
