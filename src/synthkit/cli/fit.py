"""`synthkit fit`: one model on all rows, saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    import numpy as np

    from synthkit.data.panel import Panel
    from synthkit.models.base import Simulator
    from synthkit.progress import Progress

__all__ = ["EXAMPLES", "fit"]

EXAMPLES = o.examples(
    ("synthkit fit credit_data --model trees -o model", "learn from all rows"),
    ("synthkit fit patients.csv --model copula --target outcome --seed 7 -o models/copula", "another model and seed"),
    ("synthkit fit 'sales/*.parquet' -o models/sales", "a table larger than memory, in many files"),
    ("synthkit fit co2 --model mstl -o models/co2", "a model of time series"),
    ("synthkit fit sales.csv --time month --entity shop --model ets --workers 2 -o models/sales", "of many series"),
)


def fit(
    source: o.SourceName,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", show_default=False, help="Where to save it.")],
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="NAME", help="Which model: see [cyan]synthkit models[/].", autocompletion=o.model_names
        ),
    ] = "trees",
    target: o.Target = None,
    time: o.Time = None,
    entity: o.Entity = None,
    schema: o.SchemaFile = None,
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
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="TIME", help="Networks stop in time: 90s, 5m, 1h.", show_default=False),
    ] = None,
    init_from: o.InitFrom = None,
    privacy: o.Privacy = None,
    engine: o.EngineName = None,
    workers: o.Workers = None,
    address: o.Address = None,
    seed: o.Seed = 0,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Fit one model, of tables or of time series, to all rows and save it, to sample from later.

    No row is held back, so nothing is judged: [cyan]synthkit generate[/] says which model is good enough.
    """
    from functools import partial

    from synthkit import large, rng
    from synthkit.cli.deliver import check_writable
    from synthkit.cli.screen import bar, say_json, tell, tell_licence
    from synthkit.cli.source import find
    from synthkit.config import seconds
    from synthkit.door import load
    from synthkit.errors import ConfigError
    from synthkit.models import registry
    from synthkit.models.base import Terms, Trained
    from synthkit.series import read_panel

    registry.card(model)  # a wrong name is told before anything is read
    check_writable(out)
    found = find(source)
    times = o.columns(time) or found.time
    asked: Any = {"target": target or found.target, "time": times[0] if times and len(times) == 1 else None}
    asked |= {"entity": entity or found.entity, "drop": drop or (), "constant": constant}
    draw, sampled, crew = rng.stream(seed, "fit", model), {}, _Crew(engine or "local", workers, address)
    with bar(quiet=quiet or as_json) as progress:
        table, drawn = load(
            found.path, schema, asked, encoding=encoding, reservoir=reservoir, seed=seed, progress=progress
        )  # fmt: skip
        if model in registry.series_names():
            if privacy is not None:
                raise ConfigError("--privacy is for tables; models of series have no such dial")
            large.no_series(drawn)
            asked = dict(found.series) | o.given(
                values=value, exog=exog, static=static, frequency=every, start=start, season=season, wide=wide
            )
            _learnt(model, read_panel(table, asked, time=times), draw, progress, crew).save(out)
        else:
            crew.refuse(f"'{model}' learns a table in one process")
            make = partial(registry.get(model), **o.given(privacy=privacy))
            if drawn is not None and not drawn.whole:
                chosen = large.sample(drawn, make, seed=seed, progress=progress)
                table, sampled = chosen.train, dict(chosen.facts)
            fresh = make()
            if isinstance(fresh, Trained):
                fresh.terms = Terms(seconds(budget) if budget else float("inf"), out, init_from)
            elif budget or init_from:
                raise ConfigError(f"'{model}' is no network: it takes neither --budget nor --init-from")
            fresh.fit(table, rng=draw, progress=progress).save(out)
    if as_json:
        facts = {"model": model, "rows": len(table), "columns": len(table.schema), "seed": seed, "folder": str(out)}
        say_json(facts | ({"sampled": sampled} if sampled else {}))
    elif not quiet:
        for label, words in sampled.get("told", ()):
            tell(f"{label}: {words}")
        tell_licence(model)
        tell(f"{model} fitted to {len(table):,} rows and saved to {out}; sample with: synthkit sample {out} -n 1000")


@dataclass(frozen=True, slots=True)
class _Crew:
    """Who was asked to fit many series."""

    engine: str
    workers: int | None
    address: str | None

    def refuse(self, why: str) -> None:
        """Say that this model is no work for several.

        Raises:
            ConfigError: anybody was asked.
        """
        from synthkit.scale.engine import unasked

        each = "models that fit each of many series alone"
        unasked(why, each, engine=self.engine, workers=self.workers, address=self.address)


def _learnt(name: str, panel: Panel, draw: np.random.Generator, progress: Progress, crew: _Crew) -> Simulator:
    """The model of series, fitted."""
    from synthkit.errors import ConfigError
    from synthkit.models import registry
    from synthkit.models.base import Separate
    from synthkit.scale.panels import separately
    from synthkit.threads import one_blas_thread

    if why_not := registry.simulator(name).refuses(panel):
        raise ConfigError(
            f"the model '{name}' does not suit these series: {why_not}",
            hint="see `synthkit models --series`, or let `synthkit generate` choose",
        )
    simulator = registry.simulator(name)()
    if not isinstance(simulator, Separate):
        crew.refuse(f"'{name}' learns all series together, in one process")
    with one_blas_thread(), separately(crew.engine, workers=crew.workers, address=crew.address) as (each, _):
        if isinstance(simulator, Separate):
            simulator.each = each
        return simulator.fit(panel, rng=draw, progress=progress)
