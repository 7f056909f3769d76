"""`synthkit attack`: try to tell who was in the training rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthkit.attacks import Battery, Found
    from synthkit.attacks.shadow import Maker

__all__ = ["EXAMPLES", "attack"]

EXAMPLES = o.examples(
    (
        "synthkit attack train.csv synthetic.csv --holdout test.csv",
        "all attacks, beside controls",
    ),
    ("synthkit attack train.csv made.csv --holdout test.csv --entity patient", "people with several rows"),
    (
        "synthkit attack train.csv made.csv --holdout test.csv --model trees --budget 2m",
        "shadow models and canaries too",
    ),
    ("synthkit attack train.csv made.csv --holdout test.csv --limit 0.55 --strict --json", "for a build script"),
)
_MARKS = {True: "✓", False: "✗", None: "·"}


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
    target: o.Target = None,
    entity: o.Entity = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", show_default=False, autocompletion=o.model_names,
                     help="The kind of model that made the table: shadow models and canaries are then tried too."),
    ] = None,
    budget: Annotated[str, typer.Option("--budget", metavar="TIME", help="For shadow models: 90s, 5m.")] = "2m",
    schema: o.SchemaFile = None,
    drop: o.Drop = None,
    encoding: o.Encoding = "utf-8",
    seed: o.Seed = 0,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Try to tell from a synthetic table whose row the generator learned from.

    Membership by four attacks, the best of them on half of the people reported on the other half; singling out, linking
    and inferring; outlying rows and the worst group; what few people have and the table repeats. Beside them tables
    that leak on purpose, which have to be caught, and tables that cannot. Intervals have to be below the limits as a
    whole: too few rows are INCONCLUSIVE. Exit code 3 means FAIL.
    """
    from synthkit import pipeline
    from synthkit.attacks import attack as attacked
    from synthkit.cli.deliver import exit_code
    from synthkit.cli.screen import bar, say, say_json
    from synthkit.cli.source import find
    from synthkit.config import seconds

    limit_seconds = seconds(budget)
    make = _maker(model) if model else None
    train = pipeline.read(
        find(real).path, schema=Path(schema) if schema else None, target=target, entity=entity, drop=drop or (),
        constant="keep", encoding=encoding,
    )  # fmt: skip
    others = [
        pipeline.read(find(source).path, schema=train.schema, constant="keep", encoding=encoding)
        for source in (synthetic, holdout)
    ]
    with bar(quiet=quiet or as_json) as progress:
        found = attacked(train, *others, limit=limit, make=make, seconds=limit_seconds, seed=seed, progress=progress)
    if as_json:
        say_json(found.to_dict() | {"not_tried": list(found.not_tried)})
    elif not quiet:
        say(*_shown(found))
    raise typer.Exit(exit_code(found.verdict, strict=strict))


def _maker(name: str) -> Maker:
    """Fits the model of that name, and draws from it."""
    from synthkit.models import registry

    model = registry.get(name)
    return lambda table, rng, rows: model().fit(table, rng=rng).sample(rows, rng=rng)


def _shown(found: Battery) -> Iterator[Any]:
    from rich.text import Text

    from synthkit.cli.governed import SIGNS

    sign, colour = SIGNS[found.verdict.value]
    yield f"[bold {colour}]{sign} {found.verdict.value}[/]  {found.because}."
    yield ""
    who = "" if found.unit == "row" else f", by {found.unit}"
    yield _table([(one.attack, one) for one in found.each], f"Membership{who}")
    yield ""
    yield _table(list(_parts(found)), "Who is found best")
    yield ""
    yield _risks(found)
    yield ""
    yield _table([(f"{_MARKS[c.works]} {c.name}", c.found) for c in found.controls], "Control, by the best attack")
    yield ""
    for one in found.repeated:
        base = "" if one.base is None else f" (of as many held-out ones: {one.base:,})"
        yield Text(f"{one.found:,} of {one.of:,} {one.name} of the real table are in the synthetic one{base}.")
    counts = ", ".join(f"{name} {n:,}" for name, n in found.rows.items())
    yield Text(f"\nRows: {counts}. An AUC of {found.best.least:.3f} would be seen with a power of 80 %.", style="dim")
    yield Text(f"Not tried: {'; '.join(found.not_tried)}. No attack found is not the same as anonymous.", style="dim")


def _parts(found: Battery) -> Iterator[tuple[str, Found]]:
    """The best attack, and where it is at its best."""
    yield f"all, by {found.best.attack}", found.best
    if found.by_row:
        yield f"row by row, by {found.by_row.attack}", found.by_row
    yield "the most outlying 5 %", found.outliers
    if found.group:
        yield f"{found.group.column} = {found.group.level}", found.group.found
    if found.trained:
        yield f"{found.trained.shadows} shadow models", found.trained.shadow
        yield "canaries in a model like it", found.trained.canaries


def _risks(found: Battery) -> Any:  # noqa: ANN401 - rich's table
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    grid.add_column("Right guesses")
    for head in ("members", "outsiders", "blind", "excess", "95 % interval"):
        grid.add_column(head, justify="right")
    for one in found.risks:
        shares = (f"{100 * side.share:.1f} %" for side in (one.main, one.control, one.baseline))
        ends = " to ".join(f"{100 * end:.1f}" for end in one.ci)
        grid.add_row(Text(one.name), *shares, f"{100 * one.excess:+.1f}", ends)
    return grid


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
