"""`synthkit evaluate`: judge a table that any tool made."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "evaluate"]

EXAMPLES = o.examples(
    ("synthkit evaluate train.csv synthetic.csv --holdout test.csv --target income", "the full judgement"),
    ("synthkit evaluate real.csv synthetic.csv", "without a holdout: fidelity and utility, but not privacy"),
    ("synthkit evaluate train/ 'made/*.parquet' --holdout test/ --workers 2", "tables larger than memory"),
    ("synthkit evaluate train.csv made.csv --holdout test.csv -o report.html --strict --json", "for a build script"),
)


def evaluate(
    real: Annotated[
        str,
        typer.Argument(metavar="REAL", help="The rows that the generator learned from.", show_default=False),
    ],
    synthetic: Annotated[str, typer.Argument(metavar="SYNTHETIC", help="The rows it made.", show_default=False)],
    *,
    holdout: Annotated[
        str | None,
        typer.Option("--holdout", metavar="SOURCE", rich_help_panel="The data", show_default=False,
                     help="Real rows that the generator never saw: without them nobody can tell if it copied."),
    ] = None,
    target: o.Target = None,
    attack: o.Attack = False,
    schema: o.SchemaFile = None,
    drop: o.Drop = None,
    encoding: o.Encoding = "utf-8",
    seed: o.Seed = 0,
    engine: o.EngineName = None,
    workers: o.Workers = None,
    address: o.Address = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", show_default=False,
                     help="Write the report too: .html, .md, .json or .txt."),
    ] = None,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Judge a synthetic table, whoever made it.

    It is held against real rows the generator never saw, beside what fresh real rows would score. Without such a
    holdout the verdict is INCONCLUSIVE at best. Exit code 3 means that it is FAIL.
    """
    from synthkit.cli.deliver import check_writable, exit_code, show
    from synthkit.cli.report import check_form
    from synthkit.cli.screen import bar, say_json
    from synthkit.cli.source import find
    from synthkit.pipeline import evaluate as judge
    from synthkit.report.render import write

    began = time.perf_counter()
    if out is not None:
        check_form(out)
        check_writable(out.parent)
    found = find(real)
    with bar(quiet=quiet or as_json) as progress:
        judged = judge(
            found.path, find(synthetic).path, holdout=find(holdout).path if holdout else None,
            target=target or found.target, schema=schema, drop=drop or (), attack=attack, encoding=encoding,
            seed=seed, engine=engine or "local", workers=workers, address=address, progress=progress,
        )  # fmt: skip
    decision = judged.decision
    decision = {**decision, "goal": {**decision["goal"], "source": real}}
    files = {"report": write(out, judged.scorecard, decision)} if out is not None else {}
    if as_json:
        facts = {key: decision[key] for key in ("verdict", "sentence", "criteria")}
        took = round(time.perf_counter() - began, 3)
        say_json({**facts, "files": {k: str(v) for k, v in files.items()}, "seconds": took})
    elif not quiet:
        show(judged.scorecard, decision, files)
    raise typer.Exit(exit_code(judged.verdict, strict=strict))
