"""`synthkit generate --dp-epsilon`: the same command, for rows that are differentially private."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Asked", "generate_private"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, beside the source and the place.

    Args:
        epsilon, delta: the budget.
        domain: the file of the public domain.
        ledger: the file of the spending.
        models: names; one at most.
        rows: to make.
        share: of the units to hold back.
        encoding: of a text file.
        seed: draws the rows from the fitted model.
    """

    epsilon: float | None
    delta: float
    domain: Path | None
    ledger: Path | None
    models: Sequence[str]
    rows: int | None
    share: float
    encoding: str
    seed: int


_ALLOWED = {
    "source", "rows", "models", "share", "encoding", "dp_epsilon", "dp_delta", "domain", "ledger", "seed", "out",
    "strict", "as_json", "quiet", "budget",
}  # fmt: skip


def generate_private(
    ctx: typer.Context, source: str, out: str | None, asked: Asked, *, strict: bool, as_json: bool, quiet: bool
) -> NoReturn:
    """Make the rows, write the files, say what came of it, and end the command."""
    from synthkit import dp
    from synthkit.cli.deliver import Place, deliver, exit_code
    from synthkit.cli.screen import bar
    from synthkit.cli.source import find
    from synthkit.errors import ConfigError

    began = time.perf_counter()
    _check(ctx)
    if asked.epsilon is None or asked.domain is None:
        raise ConfigError(
            "differential privacy takes a budget and a public domain", hint="give both --dp-epsilon and --domain"
        )
    if len(asked.models) > 1:
        raise ConfigError(
            "one private model at a time: to compare several on the rows would cost privacy too",
            hint="give --model aim, or none",
        )
    found = find(source)
    place = Place.of(out, found.stem).check()
    with bar(quiet=quiet or as_json) as progress:
        result = dp.generate_private(
            found.path, domain=asked.domain, epsilon=asked.epsilon, delta=asked.delta,
            model=asked.models[0] if asked.models else dp.MODEL, rows=asked.rows, share=asked.share,
            ledger=asked.ledger, encoding=asked.encoding, seed=asked.seed, command=ctx.meta["synthkit.command"],
            progress=progress,
        )  # fmt: skip
    deliver(result, place, source=found.name, seconds=time.perf_counter() - began, quiet=quiet, as_json=as_json)
    raise typer.Exit(exit_code(result.verdict, strict=strict))


def _check(ctx: typer.Context) -> None:
    """Refuse what the domain file says instead, or what would look at the rows."""
    from synthkit.errors import ConfigError

    for name, value in ctx.params.items():
        given = ctx.get_parameter_source(name)
        if name not in _ALLOWED and value not in (None, [], ()) and given is not None and given.name == "COMMANDLINE":
            option = "--" + name.strip("_").replace("_", "-")
            raise ConfigError(
                f"{option} makes no sense with --dp-epsilon",
                hint="roles, columns and ends are in the domain file; nothing else may be taken from the rows",
            )
