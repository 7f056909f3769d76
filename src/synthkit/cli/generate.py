"""`synthkit generate`: from a table to a synthetic one, its report and its decision."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o
from synthkit.cli.ledger import LedgerFile

__all__ = ["EXAMPLES", "generate"]

EXAMPLES = o.examples(
    ("synthkit generate credit_data --target Status", "the bundled table; everything lands in runs/credit_data"),
    ("synthkit generate patients.csv --target outcome --drop name -n 10000 -o out", "10,000 rows into the folder out"),
    (
        "synthkit generate co2.csv --time date --paths 100 --horizon 60 --mode continue",
        "a hundred futures of a time series",
    ),
    ("synthkit generate patients.csv --dp-epsilon 1 --domain domain.toml", "with differential privacy"),
)

_DP = "Differential privacy"


def generate(
    ctx: typer.Context,
    source: o.SourceName,
    *,
    target: o.Target = None,
    time_: o.Time = None,
    entity: o.Entity = None,
    schema: o.SchemaFile = None,
    holdout: Annotated[
        str | None,
        typer.Option(
            "--holdout", metavar="SOURCE", rich_help_panel="The data", show_default=False,
            help="Real rows you kept apart; otherwise a share of the source is held back.",
        ),
    ] = None,
    share: Annotated[
        float, typer.Option("--share", metavar="0..1", rich_help_panel="The data", help="Of the rows to hold back.")
    ] = 0.2,
    folds: Annotated[
        int | None,
        typer.Option("--folds", metavar="N", min=0, rich_help_panel="The data", show_default=False,
                     help="Hold rows back so many times and pool the scores; 1 for once.  "
                     "[dim]\\[default: 10 below 1,000 rows, else 1][/]"),
    ] = None,
    drop: o.Drop = None,
    constant: o.Constant = None,
    encoding: o.Encoding = "utf-8",
    reservoir: o.Reservoir = None,
    value: o.Values = None,
    exog: o.Exog = None,
    static: o.Static = None,
    every: o.Every = None,
    start: o.Start = None,
    season: o.Season = None,
    wide: o.Wide = None,
    mode: o.ModeName = None,
    paths: o.Paths = None,
    horizon: o.Horizon = None,
    future: o.Future = None,
    shock: o.Shock = None,
    rows: Annotated[
        int | None,
        typer.Option("--rows", "-n", metavar="N", show_default=False,
                     help="How many rows to make.  [dim]\\[default: as the source, or its sample][/]"),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--models", "--model", "-m", metavar="NAMES", show_default=False,
                     help="Rungs that may be tried, with commas; all by default: see [cyan]synthkit models[/]."),
    ] = None,
    budget: Annotated[
        str, typer.Option("--budget", metavar="TIME", help="Networks stop in time, and no rung starts after: 90s, 5m.")
    ] = "5m",
    privacy: o.Privacy = None,
    attack: o.Attack = False,
    dp_epsilon: Annotated[
        float | None,
        typer.Option("--dp-epsilon", metavar="EPSILON", rich_help_panel=_DP, show_default=False,
                     help="Make the rows differentially private: 1 is strict, above 5 says little."),
    ] = None,
    dp_delta: Annotated[
        float,
        typer.Option("--dp-delta", metavar="DELTA", rich_help_panel=_DP,
                     help="The chance of a worse loss; far below one over the number of people."),
    ] = 1e-9,
    domain: Annotated[
        Path | None,
        typer.Option("--domain", metavar="FILE", rich_help_panel=_DP, show_default=False,
                     help="What anybody may know about the columns: see [cyan]synthkit domain[/]."),
    ] = None,
    ledger: LedgerFile = None,
    engine: o.EngineName = None,
    workers: o.Workers = None,
    address: o.Address = None,
    seed: o.Seed = 0,
    init_from: o.InitFrom = None,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="PATH", show_default=False,
                     help="A folder for everything, or a .csv or .parquet file for the rows.  "
                     "[dim]\\[default: runs/<source>][/]"),
    ] = None,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Make a synthetic table, or synthetic time series, with the simplest model that is good enough, and say why it is.

    A holdout is kept back before anything is learned; below 1,000 rows ten in turn. Models are tried from the simplest
    up; the first that meets every criterion is chosen. The rows, the report, the decision and the model are written to
    one folder. Of many files, or files larger than memory, a sample is learned from, and the report says which. With
    [cyan]--dp-epsilon[/] the rows and the model are differentially private instead, and the report
    stays in the house.
    Exit code 3 means that the verdict is FAIL.
    """
    from synthkit import pipeline
    from synthkit.cli.deliver import Place, deliver, exit_code
    from synthkit.cli.screen import bar
    from synthkit.cli.source import find
    from synthkit.config import seconds
    from synthkit.models import registry

    began = time.perf_counter()
    names = o.listed(models)
    if dp_epsilon is not None or domain is not None:
        from synthkit.cli.private import Asked, generate_private

        asked = Asked(dp_epsilon, dp_delta, domain, ledger, names, rows, share, encoding, seed)
        generate_private(ctx, source, out, asked, strict=strict, as_json=as_json, quiet=quiet)
    for name in names:
        registry.card(name)  # a wrong name, duration or folder is told before anything is read
    limit = seconds(budget)
    found = find(source)
    place = Place.of(out, found.stem).check()
    series = dict(found.series) | o.given(
        values=value, exog=exog, static=static, frequency=every, start=start, season=season, wide=wide, mode=mode,
        paths=paths, horizon=horizon, future=future, shocks=o.shocks(shock),
    )  # fmt: skip
    with bar(quiet=quiet or as_json) as progress:
        result = pipeline.generate(
            found.path,
            target=target or found.target, time=o.columns(time_) or found.time, entity=entity or found.entity,
            schema=schema,
            holdout=find(holdout).path if holdout else None, share=share, folds=folds, drop=drop or (),
            constant=constant, encoding=encoding, reservoir=reservoir, rows=rows, models=names, budget=limit,
            privacy=privacy, attack=attack, engine=engine or "local", workers=workers, address=address, seed=seed,
            checkpoint=place.folder, init_from=init_from, command=ctx.meta["synthkit.command"], progress=progress,
            **series,
        )  # fmt: skip
    deliver(result, place, source=found.name, seconds=time.perf_counter() - began, quiet=quiet, as_json=as_json)
    raise typer.Exit(exit_code(result.verdict, strict=strict))
