"""`synthkit release`: accepted rows leave the house."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "release"]

EXAMPLES = o.examples(
    ('synthkit release credit_data --by "Grace Hopper"', "into released/credit_data-1"),
    ("synthkit release credit_data@2 --by Grace -o share/credit --with-model", "one version, with its model"),
)


def release(
    ref: o.Ref,
    *,
    by: o.By,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FOLDER", show_default=False,
                     help="Where to.  [dim]\\[default: released/<name>-<version>][/]"),
    ] = None,
    with_model: Annotated[
        bool, typer.Option("--with-model", help="The fitted model too: whoever holds it can draw rows without end.")
    ] = False,
    registry: o.RegistryFolder = Path("registry"),
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Release an accepted decision's rows: into a folder with their mark, cards, decision, report and a receipt.

    Its gate looks again at files and criteria, at waivers that ran out, and at the day of the review. For partners and
    the public whoever releases may not be the one who accepted.
    """
    from synthkit.cli.deliver import check_writable
    from synthkit.cli.governed import shown
    from synthkit.operate.registry import Registry
    from synthkit.operate.steps import Act
    from synthkit.operate.steps import release as released

    if out is not None:
        check_writable(out)
    version, checks, folder = released(Registry(registry), ref, Act(by), to=out, with_model=with_model)
    shown(
        version, checks, f"released by {by} to the audience {version.audience}",
        {"folder": folder, "next": f"synthkit verify {folder}"}, as_json=as_json, quiet=quiet,
    )  # fmt: skip
