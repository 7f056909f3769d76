"""`synthkit verify`: whether it is still what was decided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from synthkit.data.table import Table

__all__ = ["EXAMPLES", "verify"]

EXAMPLES = o.examples(
    ("synthkit verify released/credit_data-1", "a released folder, and its line in the log"),
    ("synthkit verify registry --strict", "every decision: for a build script"),
    ("synthkit verify runs/credit_data --source credit_data", "a run, and that it was made from these rows"),
)

_YES = {"PASS": "yes", "FAIL": "no", "INCONCLUSIVE": "not sure"}


def verify(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Of a run, a release, or the registry.", show_default=False)
    ],
    *,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="SOURCE", show_default=False,
                     help="The real rows, to hold against the digest in the record."),
    ] = None,
    registry: o.RegistryFolder = Path("registry"),
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Check that rows, figures and decision are what they were: digests and gates again, and the log line by line.

    Exit code 3 means no, and the check that failed says what was altered; with --strict, 4 means that a review is due
    or that evidence is missing.
    """
    from synthkit.cli.deliver import exit_code
    from synthkit.cli.governed import told
    from synthkit.cli.screen import say_json
    from synthkit.operate.registry import Registry
    from synthkit.operate.verify import verify as verified

    found = verified(folder, registry=Registry(registry), source=_table(source, folder) if source else None)
    if as_json:
        say_json(found.to_dict())
    elif not quiet:
        told(found.checks, f"{_YES[found.verdict.value]}  {folder} ({found.what})", found.verdict.value)
    raise typer.Exit(exit_code(found.verdict, strict=strict))


def _table(source: str, folder: Path) -> Table:
    from synthkit import pipeline
    from synthkit.cli.source import find
    from synthkit.operate.dossier import Dossier

    goal = Dossier.open(folder).decision["goal"]
    drawn = {"reservoir": goal["sampled"]["kept"], "seed": goal["seed"]} if "sampled" in goal else {}
    return pipeline.read(find(source).path, schema=folder / "schema.toml", constant="keep", **drawn)
