"""`synthkit augment`: more rows of a rare class, where that helps a model to find it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "augment"]

EXAMPLES = o.examples(
    ("synthkit augment train.csv --target fraud --rare 1 -o augmented.csv", "the real rows, and more of class 1"),
    (
        "synthkit augment train.csv --target fraud --rare 1 --models trees,ctgan --budget 10m -o more.csv",
        "longer",
    ),
)


def augment(
    source: o.SourceName,
    *,
    target: o.Target = None,
    rare: Annotated[str, typer.Option("--rare", metavar="CLASS", help="Of the target, to make more rows of.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the rows go.")],
    models: Annotated[
        list[str] | None,
        typer.Option("--models", "-m", metavar="NAMES", show_default=False, autocompletion=o.model_names,
                     help="To choose from, with commas.  [dim]\\[default: copies,trees,tvae][/]"),
    ] = None,
    budget: Annotated[str, typer.Option("--budget", metavar="TIME", help="For the search: 90s, 5m, 1h.")] = "5m",
    schema: o.SchemaFile = None,
    drop: o.Drop = None,
    constant: o.Constant = None,
    encoding: o.Encoding = "utf-8",
    seed: o.Seed = 0,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Add rows of a rare class to a table, if boosted trees then find that class better among real rows.

    How many, and from which model, is decided by cross-validation: the rows asked about are always real. Nothing is
    added where nothing helps; the file then holds the real rows as they were. New rows come last. No column marks them:
    it would tell a model the answer.
    """
    from synthkit import pipeline
    from synthkit.cli.deliver import check_table, check_writable
    from synthkit.cli.screen import bar, say_json, tell
    from synthkit.cli.source import find
    from synthkit.config import seconds
    from synthkit.data import io
    from synthkit.decide.augment import MODELS

    check_table(out)
    check_writable(out.parent)
    limit = seconds(budget)
    found = find(source)
    with bar(quiet=quiet or as_json) as progress:
        done = pipeline.augment(
            found.path, target=target or found.target, rare=rare, models=o.listed(models) or MODELS, budget=limit,
            seed=seed, schema=schema, drop=drop or (), constant=constant, encoding=encoding, progress=progress,
        )  # fmt: skip
    io.write_table(done.table, out, synthetic=True)
    if as_json:
        say_json(done.to_dict() | {"file": str(out), "seed": seed})
    elif not quiet:
        said = f"{done.added:,} rows added" if done.added else "nothing added"
        tell(f"{said}: {done.because}\n{len(done.table):,} rows written to {out}; the new ones come last")
        for name, why in done.failed.items():
            tell(f"{name}: {why}")
