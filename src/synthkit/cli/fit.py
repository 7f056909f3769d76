"""`synthkit fit`: one model on all rows, saved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "fit"]

EXAMPLES = o.examples(
    ("synthkit fit credit_data --model trees -o model", "learn from all rows"),
    ("synthkit fit patients.csv --model copula --target outcome --seed 7 -o models/copula", "another model and seed"),
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
    seed: o.Seed = 0,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Fit one model to all rows and save it, to sample from later.

    No row is held back, so nothing is judged: [cyan]synthkit generate[/] says which model is good enough.
    """
    from synthkit import pipeline, rng
    from synthkit.cli.deliver import check_writable
    from synthkit.cli.screen import bar, say_json, tell
    from synthkit.cli.source import find
    from synthkit.models import registry

    kind = registry.get(model)
    check_writable(out)
    found = find(source)
    table = pipeline.read(
        found.path,
        target=target or found.target, time=time or found.time, entity=entity or found.entity, schema=schema,
        drop=drop or (), constant=constant, encoding=encoding,
    )  # fmt: skip
    with bar(quiet=quiet or as_json) as progress:
        kind().fit(table, rng=rng.stream(seed, "fit", model), progress=progress).save(out)
    if as_json:
        say_json({"model": model, "rows": len(table), "columns": len(table.schema), "seed": seed, "folder": str(out)})
    elif not quiet:
        tell(f"{model} fitted to {len(table):,} rows and saved to {out}; sample with: synthkit sample {out} -n 1000")
