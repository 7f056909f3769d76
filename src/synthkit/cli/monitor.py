"""`synthkit monitor`: after a release, new real rows have come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["EXAMPLES", "monitor"]

EXAMPLES = o.examples(
    ("synthkit monitor january.csv --model runs/credit_data", "keep, retrain, or retire?"),
    ("synthkit monitor january.csv --model runs/credit_data --learned credit_data", "against the rows learned from"),
    ("synthkit monitor january.csv --model runs/credit_data --drop ID -o drift.html", "with a page to look at"),
    ("synthkit monitor january.csv --model runs/credit_data --strict --json", "for a nightly job"),
)
CODES = {"KEEP": 0, "RETRAIN": 5, "RETIRE": 6, "UNSETTLED": 0}
UNSETTLED = 4
"""With --strict."""


def monitor(
    source: Annotated[
        str,
        typer.Argument(metavar="NEW_REAL", help="Real rows that came since: a file, or a known data set.",
                       show_default=False),
    ],
    *,
    model: Annotated[
        Path,
        typer.Option("--model", metavar="RUN", show_default=False, help="The folder of the run that made the rows."),
    ],
    learned: Annotated[
        str | None,
        typer.Option("--learned", metavar="SOURCE", rich_help_panel="The data", show_default=False,
                     help="The real rows that `generate` read: a sharper baseline than rows the model made."),
    ] = None,
    drop: o.Drop = None,
    encoding: o.Encoding = "utf-8",
    seed: o.Seed = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", show_default=False,
                     help="Write the report too: .html, .md, .json or .txt."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", rich_help_panel="What you see", help="Exit code 4 when it is UNSETTLED.")
    ] = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Look at new real rows, and say whether to keep a model and its rows, to retrain, or to retire them.

    By the plan in the decision record: drift of each column and of all together, the criteria again, and the structure
    of the file. Series are continued from their end, and what came is held against the paths.

    Exit codes: 0 KEEP (and UNSETTLED: more rows would settle it), 4 UNSETTLED with --strict, 5 RETRAIN, 6 RETIRE, 1 if
    it could not be done.
    """
    from synthkit.cli.deliver import check_writable
    from synthkit.cli.report import check_form
    from synthkit.cli.screen import bar, say_json
    from synthkit.cli.source import find
    from synthkit.operate.monitor import monitor as watch

    if out is not None:
        check_form(out)
        check_writable(out.parent)
    new = find(source)
    with bar(quiet=quiet or as_json) as progress:
        found = watch(
            new.path, model, learned=find(learned).path if learned else None, drop=o.listed(drop), encoding=encoding,
            seed=seed, name=source, progress=progress,
        )  # fmt: skip
    if out is not None:
        found.report(out)
    if as_json:
        say_json({**found.to_dict(), "files": {"report": str(out)} if out else {}})
    elif not quiet:
        _told(found.to_dict(), out)
    verdict = found.verdict.value
    raise typer.Exit(UNSETTLED if strict and verdict == "UNSETTLED" else CODES[verdict])


def _told(watch: Mapping[str, Any], out: Path | None) -> None:
    """The verdict, then a few lines."""
    from rich.table import Table
    from rich.text import Text

    from synthkit.cli.screen import say
    from synthkit.report.monitor import SIGNS, because, lines

    _, sign, tone = SIGNS[watch["verdict"]]
    colour = {"pass": "green", "fail": "red", "inconclusive": "yellow"}[tone]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True, max_width=24)
    grid.add_column(overflow="fold")
    told = lines(watch)
    for i, (label, words) in enumerate(told):
        again = i and told[i - 1][0] == label
        grid.add_row(f"  {'' if again else label}", Text(words))
    if out is not None:
        grid.add_row("  report", Text(str(out), style="cyan"))
    say(Text.assemble((f"{sign} {watch['verdict']}  ", f"bold {colour}"), because(watch)), grid)
