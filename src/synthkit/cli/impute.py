"""`synthkit impute`: the missing cells of a table, filled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "impute"]

EXAMPLES = o.examples(
    ("synthkit impute patients.csv -o whole.csv", "each missing cell drawn from its law given its row"),
    ("synthkit impute patients.csv --seed 2 -o second.csv", "another draw, as multiple imputation needs"),
    ("synthkit impute patients.csv --expected -o best.csv", "the best single guess"),
    ("synthkit impute patients.csv --model mixture -o other.csv", "by a model's law of whole rows instead"),
)


def impute(
    source: o.SourceName,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the filled table goes.")],
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="NAME", show_default=False, autocompletion=o.model_names,
                     help="That fills it, or chained.  [dim]\\[default: chained][/]"),
    ] = None,
    expected: Annotated[
        bool,
        typer.Option("--expected", help="The expected number or likeliest category; columns then lose some spread."),
    ] = False,
    target: o.Target = None,
    budget: Annotated[str, typer.Option("--budget", metavar="TIME", help="Of learning, at most: 90s, 5m.")] = "5m",
    schema: o.SchemaFile = None,
    drop: o.Drop = None,
    encoding: o.Encoding = "utf-8",
    seed: o.Seed = 0,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Fill the missing cells of a table from what the other cells of their rows say.

    Each column is guessed from the others in turn, by regressions and forests side by side; or a model of whole rows
    learns them with their gaps. Filled cells are left as they are. Keys and free text are not filled. It is
    taken that whether a cell is missing depends on nothing but what is there to see.
    """
    from synthkit import filling
    from synthkit.cli.deliver import check_table, check_writable
    from synthkit.cli.screen import bar, say_json, tell
    from synthkit.cli.source import find
    from synthkit.data import io

    check_table(out)
    check_writable(out.parent)
    found = find(source)
    with bar(quiet=quiet or as_json) as progress:
        done = filling.impute(
            found.path, model=model, expected=expected, target=target or found.target, schema=schema, drop=drop or (),
            encoding=encoding, budget=budget, seed=seed, progress=progress,
        )  # fmt: skip
    io.write_table(done.table, out)
    if as_json:
        say_json(done.to_dict() | {"file": str(out), "seed": seed})
    elif not quiet:
        several = "" if len(done.cells) == 1 else "s"
        cells = f"{sum(done.cells.values()):,} cells of {len(done.cells)} column{several} filled by {done.model}"
        tell(f"{cells if done.cells else 'no cell was filled'}; table written to {out}")
        for column, left in done.left.items():
            tell(f"column '{column}' keeps {left:,} missing cells: there is nothing to fill them from")
