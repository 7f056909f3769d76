"""Fill a table by chained equations, or by a model that learns rows with their gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthkit.config import seconds
from synthkit.data.schema import Schema
from synthkit.data.table import Table
from synthkit.decide.ladder import check_options
from synthkit.door import Source, read
from synthkit.errors import ConfigError
from synthkit.filling.chained import Chained
from synthkit.models import registry
from synthkit.models.base import Imputer, Terms, Trained
from synthkit.progress import Progress, silent
from synthkit.rng import stream

__all__ = ["Filled", "impute"]

CHAINED = "chained"
"""What fills a table where no model is named: by the benchmark of imputation."""

_Fill = Callable[[Table, bool, float, int, Progress], Table]


@dataclass(frozen=True)
class Filled:
    """A table without missing cells, but of keys and texts.

    Args:
        table: the rows, in their order.
        model: that filled it.
        cells: how many were filled, by column; columns without a gap are left out.
        left: columns that still have gaps, with how many: keys and texts, and columns that were never filled.
    """

    table: Table
    model: str
    cells: Mapping[str, int]
    left: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"model": self.model, "rows": len(self.table), "filled": dict(self.cells), "left": dict(self.left)}


def impute(
    source: Source,
    *,
    model: str | None = None,
    expected: bool = False,
    target: str | None = None,
    schema: Schema | str | Path | None = None,
    drop: Sequence[str] = (),
    encoding: str = "utf-8",
    budget: float | str = 300.0,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Filled:
    """Fill the missing cells of a table from what its other cells say.

    Cells are drawn from their law given the filled cells of their row (and those drawn before), so that spreads and
    relations stay as they are: several seeds make the several tables of multiple imputation (Rubin 1987). It is taken
    that a cell's being missing depends on nothing but what is there to see (missing at random).

    Args:
        source: a file, dataframe or table.
        model: "chained" (see `Chained`), or a model of tables that can impute; chained if None.
        expected: put the expected number or the likeliest category in instead: the least error for a single cell, but
            columns are then narrower than they were.
        target, schema, drop, encoding: of the source, as in `read`.
        budget: seconds, or "90s", "5m": a network stops in time, and chained equations do without forests from then on.
        options: arguments of the model's class, or of `Chained`.
        seed: decides all chance.
        progress: told while the model learns.

    Raises:
        UnknownName: no such model, column or option.
        ConfigError: the model cannot impute.
        ReadError, SchemaError: the source cannot be read.
    """
    table = read(source, target=target, schema=schema, drop=drop, constant="keep", encoding=encoding)
    name = model or CHAINED
    fill = _chained(options or {}) if name == CHAINED else _model(name, options or {})
    before = table.frame.isna().sum()
    if not before.any():
        return Filled(table, name, {}, {})
    whole = fill(table, expected, seconds(budget), seed, progress)
    after = whole.frame.isna().sum()
    cells = {column: int(before[column] - after[column]) for column in before.index if before[column] > after[column]}
    return Filled(whole, name, cells, {column: int(after[column]) for column in after.index if after[column]})


def _chained(options: Mapping[str, Any]) -> _Fill:
    check_options(CHAINED, Chained, options)
    chained = Chained(**options)

    def fill(table: Table, expected: bool, limit: float, seed: int, progress: Progress) -> Table:
        draw = stream(seed, "impute", CHAINED)
        return chained.fill(table, expected=expected, rng=draw, seconds=limit, progress=progress)

    return fill


def _model(name: str, options: Mapping[str, Any]) -> _Fill:
    kind = registry.get(name)
    check_options(name, kind, options)
    model = kind(**options)
    if not isinstance(model, Imputer):
        able = [CHAINED, *(one for one in registry.names() if hasattr(registry.get(one), "impute"))]
        raise ConfigError(f"the model '{name}' cannot fill missing cells", hint=f"take one of {', '.join(able)}")

    def fill(table: Table, expected: bool, limit: float, seed: int, progress: Progress) -> Table:
        if isinstance(model, Trained):
            model.terms = Terms(limit)
        fitted = model.fit(table, rng=stream(seed, "fit", name), progress=progress)
        assert isinstance(fitted, Imputer)
        return fitted.impute(table, rng=None if expected else stream(seed, "impute", name))

    return fill
