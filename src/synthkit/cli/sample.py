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
    ("synthkit sample model -n 100_000_000 -o out/", "a hundred million, in parts; run again, it goes on"),
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
        str,
        typer.Option("--out", "-o", metavar="FILE|FOLDER/", show_default=False,
                     help="A .csv, .tsv or .parquet file; or a folder (s3://bucket/folder too) for Parquet parts."),
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
    part_rows: Annotated[
        int | None,
        typer.Option("--part-rows", min=1, metavar="N", show_default=False,
                     help="Rows of a part, for a folder. Run again, parts that are there are kept.  "
                     "[dim]\\[default: 1000000][/]"),
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
    engine: o.EngineName = None,
    workers: o.Workers = None,
    address: o.Address = None,
    seed: o.Seed = 0,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Make rows, or time series, with a saved model.

    With [cyan]--where[/] the other columns follow their law given those values: no row is thrown away, so a rare value
    costs no more than a common one. Not every model can do it.

    To a folder, rows of a table go in parts, by any number of workers and in little memory, however many there are.
    """
    from synthkit import rng
    from synthkit.cli.deliver import check_table, check_writable
    from synthkit.cli.screen import say_json, tell
    from synthkit.data import io
    from synthkit.models import artifact, registry
    from synthkit.scale.sample import saved_in

    given, folder = _given(where or ()), saved_in(model)
    series = o.given(mode=mode, paths=paths, horizon=horizon, future=future, shocks=o.shocks(shock))
    work = o.given(part_rows=part_rows, engine=engine, workers=workers, address=address)
    name = artifact.name_of(folder)
    of_series = name in registry.series_names()
    _check(name, {"--where": given, "--rows": rows, "--balance": balance} if of_series else series, of_series=of_series)
    if _means_parts(out, work):
        _check_harmless(harmless=harmless)
        return _parts(
            folder, out, given, {"rows": rows or 1000, "balance": balance, "seed": seed, **work}, as_json, quiet
        )
    check_table(Path(out), "; for a folder of that name, end it with /")
    check_writable(Path(out).parent)
    draw = rng.stream(seed, "sample", name)
    table = (
        _simulated(folder, series, draw) if of_series else _sampled(folder, name, rows or 1000, given, balance, draw)
    )
    io.write_table(table, out, synthetic=True, harmless=harmless)
    if as_json:
        say_json({"model": name, "rows": len(table), "seed": seed, "given": sorted(given), "file": out})
    elif not quiet:
        tell(f"{len(table):,} rows of {name} written to {out}")
    return None


def _means_parts(out: str, work: Mapping[str, Any]) -> bool:
    """Whether the rows go to a folder in parts.

    Raises:
        ConfigError: they do not, but workers were asked for.
    """
    from synthkit.data.parts import is_url
    from synthkit.errors import ConfigError

    if is_url(out) or out.endswith("/") or Path(out).is_dir() or "part_rows" in work:
        return True
    if work:
        raise ConfigError(f"--{next(iter(work))} is for rows in parts", hint="name a folder: -o out/")
    return False


def _check_harmless(*, harmless: bool) -> None:
    from synthkit.errors import ConfigError

    if harmless:
        raise ConfigError("parts are no text files: a spreadsheet runs no formula of them", hint="write a .csv")


def _parts(  # noqa: PLR0917
    folder: Path, out: str, given: Mapping[str, str | None], asked: Mapping[str, Any], as_json: bool, quiet: bool
) -> None:  # fmt: skip
    """Rows in parts, and a line about them."""
    from dataclasses import asdict

    from synthkit.cli.screen import bar, say_json, tell
    from synthkit.scale.sample import sample as in_parts

    with bar(quiet=quiet or as_json) as progress:
        done = in_parts(folder, out=out, where=given, progress=progress, **asked)
    if as_json:
        say_json(asdict(done) | {"seed": asked["seed"], "given": sorted(given)})
    elif not quiet:
        kept = f" ({done.kept:,} of them were there)" if done.kept else ""
        workers = f"{done.workers} worker{'s' * (done.workers > 1)}"
        speed = f": {done.made / max(done.seconds, 1e-9):,.0f} rows a second by {done.engine}, {workers}"
        where = f"{done.rows:,} rows of {done.model} in {done.parts:,} parts{kept} written to {done.out}"
        tell(where + speed * (done.made > 0))


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
    from synthkit.scale.balance import counts
    from synthkit.scale.sample import unable

    fitted = registry.opened(folder)
    if not given and not balance:
        made: Table = fitted.sample(rows, rng=draw)
        return made
    if not isinstance(fitted, Conditional):
        raise unable(name)
    wanted: dict[str, Any] = dict(given)
    if balance:
        column, _, shares = balance.partition("=")
        many = counts(fitted.categories(column), shares, rows, column)
        words = [word for word, count in many.items() for _ in range(count)]
        wanted[column] = [words[at] for at in draw.permutation(rows)]
    return fitted.sample_where(rows, wanted, rng=draw)


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
