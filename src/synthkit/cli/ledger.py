"""`synthkit ledger`: what has been spent on which data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "LedgerFile", "ledger"]

EXAMPLES = o.examples(
    ("synthkit ledger", "every data set, its budget and its releases"),
    ("synthkit ledger --ledger team/ledger.json --json", "another ledger, for a program"),
)

LedgerFile = Annotated[
    Path | None,
    typer.Option(
        "--ledger", metavar="FILE", envvar="SYNTHKIT_LEDGER", show_default=False,
        rich_help_panel="Differential privacy",
        help="Where spending is written down.  [dim]\\[default: ~/.synthkit/privacy-ledger.json][/]",
    ),
]  # fmt: skip


def ledger(*, file: LedgerFile = None, as_json: o.Json = False) -> None:
    """Show the privacy budgets: what has been spent on which data, by which releases, and what is left.

    Data are known by the name that the domain file gives them, and by a salted digest of their content. Releases of the
    same data add up; one that would go over the budget is refused before anything is asked of the data.
    """
    from dataclasses import asdict

    from rich.table import Table as Grid
    from rich.text import Text

    from synthkit.cli.screen import say, say_json, tell
    from synthkit.private.ledger import Ledger

    found = Ledger(file)
    accounts = found.accounts()
    if as_json:
        return say_json({"accounts": [asdict(each) | {"spent": each.spent} for each in accounts]})
    if not accounts:
        return tell(f"nothing is written down in {found.path}")
    grid = Grid(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for head in ("data", "budget", "delta", "spent", "releases", "last"):
        grid.add_column(head, justify="left" if head in ("data", "last") else "right")
    for each in accounts:
        last = each.releases[-1] if each.releases else None
        said = f"{last.when[:10]}, epsilon {last.epsilon:g} by {last.model}" if last else ""
        numbers = f"{each.epsilon:g}", f"{each.delta:g}", f"{each.spent:.3g}", str(len(each.releases))
        grid.add_row(Text(each.name), *numbers, said)
    return say(grid)
