"""`synthkit retire`: a decision ends."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "retire"]

EXAMPLES = o.examples(
    ('synthkit retire credit_data --by Ada --why "the model review is over"', "its purpose has ended"),
    ('synthkit retire credit_data@1 --by Ada --why "a customer asked to be erased"', "one version"),
)


def retire(
    ref: o.Ref,
    *,
    by: o.By,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.", show_default=False)],
    registry: o.RegistryFolder = Path("registry"),
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Retire a decision: its rows are not to be used any more, and `synthkit verify` says so of their copies.

    Nothing is deleted: the record of what was decided stays. Delete the rows where they were released to.
    """
    from synthkit.cli.governed import shown
    from synthkit.operate.registry import Registry
    from synthkit.operate.steps import Act
    from synthkit.operate.steps import retire as retired

    version = retired(Registry(registry), ref, Act(by), why=why)
    shown(
        version,
        (),
        f"retired by {by}: {why}",
        {"decision": version.decision},
        as_json=as_json,
        quiet=quiet,
    )
