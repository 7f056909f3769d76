"""`synthkit sample`: rows from a saved model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    import numpy as np

    from synthkit.data.table import Table

__all__ = ["EXAMPLES", "sample"]

EXAMPLES = o.examples(
    ("synthkit sample model -n 1000 -o rows.csv", "a thousand rows"),
    ("synthkit sample runs/credit_data -n 500 --seed 7 -o bad.parquet --where Status=bad", "only of one class"),
    ("synthkit sample model -n 200 -o few.csv --where Home=rent --where Age=40", "several columns given"),
    ("synthkit sample models/co2 --mode continue --paths 100 --horizon 60 -o ahead.csv", "futures of a series"),
)


def sample(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL_DIR", show_default=False,
                       help="The folder that [cyan]fit[/] wrote, or one that [cyan]generate[/] wrote."),
    ],
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", show_default=False, help="A .csv, .tsv or .parquet file.")
    ],
    rows: Annotated[
        int | None,
        typer.Option("--rows", "-n", min=1, metavar="N", show_default=False,
                     help="How many rows of a table.  [dim]\\[default: 1000][/]"),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="COLUMN=VALUE", show_default=False,
                     help="Hold a column at a value; repeat for more. Nothing after the = is a missing cell."),
    ] = None,
    balance: Annotated[
        str | None,
        typer.Option("--balance", metavar="COLUMN[=A:SHARE,...]", show_default=False,
                     help="As many rows of each category, or exactly the shares given: Status=bad:0.3,good:0.7."),
    ] = None,
    mode: o.ModeName = None,
    paths: o.Paths = None,
    horizon: o.Horizon = None,
    future: o.Future = None,
    shock: o.Shock = None,
    harmless: Annotated[
        bool,
        typer.Option("--spreadsheet-safe", help="An apostrophe before what a spreadsheet takes for a formula."),
    ] = False,
    seed: o.Seed = 0,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Make rows, or time series, with a saved model.

    With [cyan]--where[/] the other columns follow their law given those values: no row is thrown away, so a rare value
    costs no more than a common one. Not every model can do it.
    """
    from synthkit import rng
    from synthkit.cli.deliver import check_table, check_writable
    from synthkit.cli.screen import say_json, tell
    from synthkit.data import io
    from synthkit.models import artifact, registry

    check_table(out)
    check_writable(out.parent)
    given = _given(where or ())
    series = o.given(mode=mode, paths=paths, horizon=horizon, future=future, shocks=o.shocks(shock))
    folder = model / "model" if (model / "model" / "manifest.json").is_file() else model
    name = artifact.name_of(folder)
    of_series = name in registry.series_names()
    _check(name, {"--where": given, "--rows": rows, "--balance": balance} if of_series else series, of_series=of_series)
    draw = rng.stream(seed, "sample", name)
    table = (
        _simulated(folder, series, draw) if of_series else _sampled(folder, name, rows or 1000, given, balance, draw)
    )
    io.write_table(table, out, synthetic=True, harmless=harmless)
    if as_json:
        say_json({"model": name, "rows": len(table), "seed": seed, "given": sorted(given), "file": str(out)})
    elif not quiet:
        tell(f"{len(table):,} rows of {name} written to {out}")


def _check(name: str, unfit: Mapping[str, Any], *, of_series: bool) -> None:
    """Refuse options that belong to the other kind of model."""
    from synthkit.errors import ConfigError

    if asked := [option if of_series else f"--{option.rstrip('s')}" for option, value in unfit.items() if value]:
        hint = "use --mode, --paths and --horizon" if of_series else "use --rows and --where"
        kind = "time series" if of_series else "tables"
        raise ConfigError(f"{asked[0]} makes no sense for '{name}', a model of {kind}", hint=hint)


def _sampled(  # noqa: PLR0917
    folder: Path,
    name: str,
    rows: int,
    given: Mapping[str, str | None],
    balance: str | None,
    draw: np.random.Generator,
) -> Table:
    from synthkit.models import registry
    from synthkit.models.base import Conditional

    fitted = registry.opened(folder)
    if not given and not balance:
        made: Table = fitted.sample(rows, rng=draw)
        return made
    if not isinstance(fitted, Conditional):
        raise _unable(name)
    wanted: dict[str, Any] = dict(given)
    if balance:
        column, _, shares = balance.partition("=")
        words = _balanced(fitted.categories(column), shares, rows, column)
        wanted[column] = [words[at] for at in draw.permutation(rows)]
    return fitted.sample_where(rows, wanted, rng=draw)


def _balanced(categories: Sequence[str], shares: str, rows: int, column: str) -> list[str]:
    """`rows` categories in exactly the shares asked for, up to the rounding of whole rows.

    >>> _balanced(("a", "b"), "a:0.25,b:0.75", 8, "x").count("a"), _balanced(("a", "b"), "", 7, "x").count("a")
    (2, 4)
    """
    from synthkit.errors import ConfigError, UnknownName

    parts = dict.fromkeys(categories, 1.0)
    if shares:
        pairs = [pair.rpartition(":") for pair in shares.split(",")]
        try:
            parts = {word.strip(): float(number) for word, _, number in pairs}
        except ValueError:
            raise ConfigError(f"the shares of {column!r} are not numbers", hint="write A:0.3,B:0.7") from None
    if unknown := [word for word in parts if word not in categories]:
        raise UnknownName(f"category of column {column!r}", unknown[0], categories)
    if min(parts.values()) < 0 or not sum(parts.values()) > 0:
        raise ConfigError(f"the shares of {column!r} have to be positive")
    ideal = [rows * share / sum(parts.values()) for share in parts.values()]
    counts = [int(one) for one in ideal]
    by_rest = sorted(range(len(ideal)), key=lambda at: counts[at] - ideal[at])
    for at in by_rest[: rows - sum(counts)]:
        counts[at] += 1
    return [word for word, count in zip(parts, counts, strict=True) for _ in range(count)]


def _simulated(folder: Path, series: Mapping[str, Any], draw: np.random.Generator) -> Table:
    from synthkit import pipeline
    from synthkit.data.future import future_exog
    from synthkit.errors import ConfigError
    from synthkit.models import registry
    from synthkit.models.base import Continuing, Plan

    fitted = registry.opened(folder)
    asked = {"mode": "twin" if "twin" in fitted.modes else "new-entity", **series}
    if (file := asked.pop("future", None)) is not None:
        if not isinstance(fitted, Continuing) or "horizon" not in asked:
            raise ConfigError("known inputs of the future need a horizon", hint="give --horizon, and --mode continue")
        asked["exog"] = future_exog(fitted.places, pipeline.read(file, constant="keep"), asked["horizon"])
    made: Table = fitted.simulate(Plan(**asked), rng=draw).table
    return made


def _given(pairs: Sequence[str]) -> dict[str, str | None]:
    """`["income=>50K", "age="]` as `{"income": ">50K", "age": None}`."""
    from synthkit.errors import ConfigError

    given: dict[str, str | None] = {}
    for pair in pairs:
        column, sign, value = pair.partition("=")
        if not sign or not column:
            raise ConfigError("a condition has no column and value", hint='write it as --where "column=value"')
        if column in given:
            raise ConfigError(f"column {column!r} is given more than once", hint="give each column one value")
        given[column] = value or None
    return given


def _unable(name: str) -> Exception:
    from synthkit.errors import ConfigError
    from synthkit.models import registry

    able = [name for name in registry.names() if hasattr(registry.get(name), "sample_where")]
    return ConfigError(
        f"the model '{name}' cannot hold columns at a value", hint=f"fit one that can: {', '.join(able)}"
    )
