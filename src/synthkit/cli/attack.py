"""`synthkit attack`: try to tell who was in the training rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthkit.attacks import Battery, Found

__all__ = ["EXAMPLES", "attack"]

EXAMPLES = o.examples(
    (
        "synthkit attack train.csv synthetic.csv --holdout test.csv",
        "all attacks, beside controls",
    ),
    ("synthkit attack train.csv made.csv --holdout test.csv --limit 0.55 --strict --json", "for a build script"),
)
_MARKS = {True: "✓", False: "✗", None: "·"}
_NOT_TRIED = (
    "Not tried: attacks on the model itself, shadow models, singling out, linking, inferring a column, and whether"
    " several rows of one person add up. No attack found is not the same as anonymous."
)


def attack(
    real: Annotated[
        str,
        typer.Argument(metavar="REAL", help="The rows that the generator learned from.", show_default=False),
    ],
    synthetic: Annotated[str, typer.Argument(metavar="SYNTHETIC", help="The rows it made.", show_default=False)],
    *,
    holdout: Annotated[
        str,
        typer.Option("--holdout", metavar="SOURCE", rich_help_panel="The data", show_default=False,
                     help="Real rows of the same kind that it never saw: half are asked about, half the attacker has."),
    ],
    limit: Annotated[
        float,
        typer.Option("--limit", metavar="AUC", min=0.5, max=1.0, help="For the best attack; 0.5 is guessing."),
    ] = 0.6,
    schema: o.SchemaFile = None,
    drop: o.Drop = None,
    encoding: o.Encoding = "utf-8",
    seed: o.Seed = 0,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Try to tell from a synthetic table whose row the generator learned from.

    Four attacks (nearest row, density ratio, likelihood ratio, classifier); the best on one half of the rows is
    reported on the other. Beside them tables that leak on purpose, which have to be caught, and tables that cannot.
    The whole interval has to be below the limit: too few rows are INCONCLUSIVE. Exit code 3 means FAIL.
    """
    from synthkit import pipeline
    from synthkit.attacks import attack as attacked
    from synthkit.cli.deliver import exit_code
    from synthkit.cli.screen import bar, say, say_json
    from synthkit.cli.source import find

    train = pipeline.read(
        find(real).path, schema=Path(schema) if schema else None, drop=drop or (), constant="keep", encoding=encoding
    )
    others = [
        pipeline.read(find(source).path, schema=train.schema, constant="keep", encoding=encoding)
        for source in (synthetic, holdout)
    ]
    with bar(quiet=quiet or as_json) as progress:
        found = attacked(train, *others, limit=limit, seed=seed, progress=progress)
    if as_json:
        say_json(found.to_dict() | {"not_tried": _NOT_TRIED})
    elif not quiet:
        say(*_shown(found))
    raise typer.Exit(exit_code(found.verdict, strict=strict))


def _shown(found: Battery) -> Iterator[Any]:
    from rich.text import Text

    from synthkit.cli.governed import SIGNS

    sign, colour = SIGNS[found.verdict.value]
    yield f"[bold {colour}]{sign} {found.verdict.value}[/]  {found.because}."
    yield ""
    yield _table([(one.attack, one) for one in found.each], "Attack")
    yield ""
    yield _table([(f"{_MARKS[c.works]} {c.name}", c.found) for c in found.controls], "Control, by the best attack")
    counts = ", ".join(f"{name} {n:,}" for name, n in found.rows.items())
    yield Text(f"\nRows: {counts}. An AUC of {found.best.least:.3f} would be seen with a power of 80 %.", style="dim")
    yield Text(_NOT_TRIED, style="dim")


def _table(rows: list[tuple[str, Found]], first: str) -> Any:  # noqa: ANN401 - rich's table
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    grid.add_column(first)
    for head in ("AUC", "95 % interval", *(f"found at {100 * c.rate:g} %" for c in rows[0][1].caught)):
        grid.add_column(head, justify="right")
    for name, one in rows:
        shares = [f"{100 * c.share:.1f} %" if c.told else "–" for c in one.caught]
        grid.add_row(Text(name), f"{one.auc:.3f}", f"{one.ci[0]:.3f} to {one.ci[1]:.3f}", *shares)
    return grid
