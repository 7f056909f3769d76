"""Keep real rows back before anything is learned: by row, by entity or by time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from synthkit import rng as rng_
from synthkit.data.schema import Schema
from synthkit.data.table import Table
from synthkit.errors import ConfigError, InputError, SchemaError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

__all__ = ["MIN_PART", "How", "Split", "given_holdout", "split"]

How = Literal["auto", "row", "entity", "time"]

MIN_PART: Final = 5
"""Rows that either part of a split needs at least: enough to compute with, far too few to judge by."""


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to learn from and rows that no model sees.

    Args:
        train: rows to learn from.
        holdout: rows to judge against.
        how: row | entity | time | given.
        seed: that drew the rows; the same seed draws the same rows.
        digest: SHA-256 of the holdout, for the record.
        duplicates: holdout rows that also stand, cell for cell, in the training part.
    """

    train: Table
    holdout: Table
    how: str
    seed: int
    digest: str
    duplicates: int = 0


def split(table: Table, *, share: float = 0.2, seed: int, how: How = "auto") -> Split:
    """Draw a holdout.

    Args:
        table: real rows.
        share: of the rows to hold back, between 0 and 1.
        seed: the same seed draws the same rows.
        how: "row" (within each class of a discrete target), "entity" (no entity on both sides), "time" (the last rows,
            none as early as a training row), or "auto": by entity or time where the schema names one, by row else.

    Raises:
        InputError: too few rows, entities or points in time.
        ConfigError: a share or a way that makes no sense here.
    """
    if not 0 < share < 1:
        raise ConfigError(f"a holdout share of {share} makes no sense", hint="choose one between 0 and 1, such as 0.2")
    if how not in get_args(How):
        raise ConfigError(f"cannot split by {how!r}", hint="known: " + ", ".join(get_args(How)))
    size = round(len(table) * share)
    if min(size, len(table) - size) < MIN_PART:
        need = math.ceil(MIN_PART / min(share, 1 - share))
        raise InputError(
            f"{len(table):,} rows are too few to hold {share:.0%} of them back",
            hint=f"at least {need:,} rows are needed, or a holdout file of your own",
        )
    way = _way(table.schema, how)
    generator = rng_.stream(seed, "split")
    held = {"row": _by_row, "entity": _by_entity, "time": _by_time}[way](table, size, generator)
    return _made(table.take(~held), table.take(held), way, seed)


def given_holdout(train: Table, holdout: Table, *, seed: int = 0) -> Split:
    """A split whose holdout was given as a file or frame of its own.

    Raises:
        SchemaError: the parts do not have the same columns, of the same kinds.
    """
    ours, theirs = train.schema, holdout.schema
    if set(ours.names) != set(theirs.names):
        odd = min(set(ours.names) ^ set(theirs.names))
        where = "the training rows" if odd in ours else "the holdout"
        raise SchemaError(f"only {where} have a column {odd!r}", hint="both parts need the same columns")
    for column in ours:
        if theirs[column.name].kind != column.kind:
            raise SchemaError(
                f"column {column.name!r} is {column.kind} in the training rows "
                f"and {theirs[column.name].kind} in the holdout",
                hint="read the holdout with the schema of the training rows",
            )
    schema = replace(ours, columns=tuple(replace(c, nullable=c.nullable or theirs[c.name].nullable) for c in ours))
    return _made(Table(train.frame, schema), Table(holdout.frame[list(schema.names)], schema), "given", seed)


def _made(train: Table, holdout: Table, how: str, seed: int) -> Split:
    return Split(train, holdout, how, seed, holdout.digest(), _shared_rows(train, holdout))


def _shared_rows(train: Table, holdout: Table) -> int:
    """Holdout rows that also stand in the training part."""
    import pandas as pd

    both = pd.concat([train.frame, holdout.frame], ignore_index=True)
    codes = [pd.factorize(both[c], use_na_sentinel=False)[0] for c in both.columns]
    rows = pd.DataFrame(dict(enumerate(codes)))
    ids = rows.groupby(list(rows.columns), sort=False).ngroup().to_numpy()
    return int(np.isin(ids[len(train) :], ids[: len(train)]).sum())


def _way(schema: Schema, how: How) -> str:
    if how == "auto":
        return "entity" if schema.entity else "time" if schema.time else "row"
    if how != "row" and getattr(schema, how) is None:
        raise ConfigError(f"cannot split by {how}: the schema names none", hint=f"name the {how} column with --{how}")
    return how


def _by_row(table: Table, size: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Rows by chance; a discrete target keeps its shares, as far as each class has two rows or more."""
    target = table.schema.target
    order = rng.permutation(len(table))
    held = np.zeros(len(table), bool)
    if target is None or not table.schema[target].is_discrete:
        held[order[:size]] = True
        return held
    classes, counts = _classes(table.frame[target])
    quota = _quota(counts, size, len(table))
    shuffled = classes[order]
    rank = np.empty(len(table), np.int64)  # of each row within its class, in the order of the permutation
    by_class = np.argsort(shuffled, kind="stable")
    rank[by_class] = np.arange(len(table)) - np.repeat(np.cumsum(counts) - counts, counts)
    held[order] = rank < quota[shuffled]
    return held


def _classes(target: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    import pandas as pd

    codes: npt.NDArray[np.int64] = pd.factorize(target, use_na_sentinel=False)[0].astype(np.int64)
    return codes, np.bincount(codes).astype(np.int64, copy=False)


def _quota(counts: npt.NDArray[np.int64], size: int, rows: int) -> npt.NDArray[np.int64]:
    """Holdout rows of each class: its share by largest remainder, one at least if it has two rows, but never all."""
    ideal = counts * (size / rows)
    low = np.where(counts > 1, 1, 0)
    quota: npt.NDArray[np.int64] = np.clip(np.floor(ideal).astype(np.int64), low, np.maximum(counts - 1, 0))
    for c in np.argsort(-(ideal - np.floor(ideal)), kind="stable"):
        if quota.sum() < size and quota[c] < counts[c] - 1:
            quota[c] += 1
    return quota


def _by_entity(table: Table, size: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Whole entities by chance until the holdout has its size; rows without an entity count as one."""
    entity = table.schema.entity
    assert entity is not None
    codes, counts = _classes(table.frame[entity])
    if len(counts) < 2:
        raise InputError(f"entity {entity!r} has one value only", hint="split by row or time, or name another entity")
    order = rng.permutation(len(counts))
    upto = int(np.searchsorted(np.cumsum(counts[order]), size)) + 1
    chosen = np.zeros(len(counts), bool)
    chosen[order[: min(upto, len(counts) - 1)]] = True
    return chosen[codes]


def _by_time(table: Table, size: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:  # noqa: ARG001  # same shape
    """The last rows; rows of the same time stay on the same side."""
    time = table.schema.time
    assert time is not None
    moments = table.frame[time]
    if moments.isna().any():
        first = int(np.flatnonzero(moments.isna())[0]) + 1
        raise SchemaError(
            f"time column {time!r} has {int(moments.isna().sum()):,} missing cells (first at row {first})",
            hint="fill them in or leave these rows out",
        )
    values = moments.to_numpy(np.int64 if table.schema[time].kind == "integer" else None)
    cut = np.sort(values)[len(table) - size]
    held: npt.NDArray[np.bool_] = values >= cut
    if held.all():
        raise InputError(
            f"time column {time!r} has too few points in time to hold the last ones back", hint="split by row instead"
        )
    return held
