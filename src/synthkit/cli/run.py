"""`synthkit run`: what a pipeline file asks for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "run"]

EXAMPLES = o.examples(
    ("synthkit run pipelines/credit.toml", "everything stands in the file"),
    ("synthkit run pipelines/share.toml --out out/share --strict", "elsewhere, and INCONCLUSIVE is not enough"),
)


def run(
    ctx: typer.Context,
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.toml", help="The file.", show_default=False)],
    *,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="PATH", show_default=False, help="Instead of the file's own \\[run] out."),
    ] = None,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    r"""Run a pipeline file: generate, written down.

    Its sections are [cyan]\[data][/], [cyan]\[ladder][/], [cyan]\[criteria][/] and [cyan]\[run][/]; the folder
    [cyan]pipelines/[/] of the source holds examples. Paths of the data are relative to the file.
    """
    from synthkit.cli.deliver import Place, deliver, exit_code
    from synthkit.cli.screen import bar
    from synthkit.config import PipelineConfig
    from synthkit.pipeline import run as run_pipeline

    began = time.perf_counter()
    config = PipelineConfig.read(pipeline)
    asked = out if out is not None else str(config.run.out) if config.run.out else None
    place = Place.of(asked, pipeline.stem).check()
    with bar(quiet=quiet or as_json) as progress:
        result = run_pipeline(config, command=ctx.meta["synthkit.command"], progress=progress)
    source = config.data.dataset or str(config.data.source)
    deliver(result, place, source=source, seconds=time.perf_counter() - began, quiet=quiet, as_json=as_json)
    raise typer.Exit(exit_code(result.verdict, strict=strict))
