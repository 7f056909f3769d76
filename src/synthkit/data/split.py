"""Keep real rows back before anything is learned: by row, by entity or by time; and few rows several times."""

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
    from collections.abc import Iterator

    import numpy.typing as npt
    import pandas as pd

__all__ = ["COUNT", "MIN_PART", "SMALL", "How", "Split", "folds", "given_holdout", "parted", "partings", "split"]

How = Literal["auto", "row", "entity", "time"]

MIN_PART: Final = 5
"""Rows that either part of a split needs at least: enough to compute with, far too few to judge by."""

SMALL: Final = 1_000
"""Rows below which one holdout says too little: another one often chooses another model (`benchmarks/small.py`)."""

COUNT: Final = 10
"""Folds of few rows: two rounds of five. Twenty would make the intervals 14 % narrower for twice the work; a single
round of five would make them 39 % wider."""


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
    held = _held(table, size, way, rng_.stream(seed, "split"))
    return parted(table.take(~held), table.take(held), way, seed)


def folds(table: Table, *, count: int = COUNT, seed: int, share: float = 0.2) -> tuple[Split, ...]:
    """Several splits of the same rows, of which each row is held out in one of every round.

    A round deals the rows out to as many parts as a holdout of that share goes into them, and holds each part out once:
    by row (within each class of a discrete target), or by entity where the schema names one. The first fold is the
    split that `split` draws with the same seed; each further round draws from a stream of its own.

    Args:
        table: real rows.
        count: of folds; where it is no multiple of the parts, the last round is not finished.
        seed: the same seed draws the same folds.
        share: of the rows that a fold holds out: 0.2 are five parts.

    Raises:
        InputError: too few rows or entities.
        ConfigError: rows in the order of time, of which only the last can be held out; or a share or a count that
            makes no sense.
    """
    if count < 2 or not 0 < share <= 0.5:
        raise ConfigError(
            f"{count} folds that hold out {share:g} of the rows each make no sense",
            hint="ask for two folds at least, and for at most half of the rows",
        )
    way = _way(table.schema, "auto")
    if way == "time":
        raise ConfigError("rows in the order of time have no folds", hint="only the last can be held out: ask for 1")
    parts = round(1 / share)
    if len(table) < MIN_PART * parts:
        raise InputError(
            f"{len(table):,} rows are too few for {parts} parts", hint=f"at least {MIN_PART * parts:,} rows are needed"
        )
    rounds = -(-count // parts)
    streams = [rng_.stream(seed, "split", *([] if r == 0 else [r])) for r in range(rounds)]
    held = [one for generator in streams for one in _dealt(table, parts, way, generator)][:count]
    return tuple(parted(table.take(~one), table.take(one), way, seed) for one in held)


def partings(table: Table, *, count: int | None, seed: int, share: float = 0.2) -> tuple[Split, ...]:
    """One split, or folds where they were asked for, or where there are fewer than `SMALL` rows and folds can be made.

    Args:
        table: real rows.
        count: of folds; 0 or 1 for a single holdout, None for what suits the rows.
        seed: the same seed draws the same rows.
        share: of the rows to hold back each time.

    Raises:
        InputError: too few rows or entities for what was asked.
        ConfigError: a share or a count that makes no sense, or folds of rows in the order of time.
    """
    if count is None and len(table) < SMALL and share <= 0.5 and _way(table.schema, "auto") != "time":
        try:
            return folds(table, seed=seed, share=share)
        except InputError:  # too few for several parts; one may do
            count = 1
    if count is None or count in (0, 1):
        return (split(table, share=share, seed=seed),)
    return folds(table, count=count, seed=seed, share=share)


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
    return parted(Table(train.frame, schema), Table(holdout.frame[list(schema.names)], schema), "given", seed)


def parted(train: Table, holdout: Table, how: str, seed: int) -> Split:
    """A split whose parts are known."""
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


def _held(table: Table, size: int, way: str, rng: np.random.Generator, *, keep: int = 1) -> npt.NDArray[np.bool_]:
    """(n,) which rows are held back; `keep` entities are left at least."""
    if way == "entity":
        return _by_entity(table, size, rng, keep=keep)
    return (_by_time if way == "time" else _by_row)(table, size, rng)


def _dealt(table: Table, parts: int, way: str, rng: np.random.Generator) -> Iterator[npt.NDArray[np.bool_]]:
    """(n,) which rows are held back, for each part: drawn one after the other from the rows that are left."""
    left = np.arange(len(table))
    for more in range(parts, 1, -1):
        held = _held(table.take(left), round(len(left) / more), way, rng, keep=more - 1)
        yield np.isin(np.arange(len(table)), left[held])
        left = left[~held]
    yield np.isin(np.arange(len(table)), left)


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


def _by_entity(table: Table, size: int, rng: np.random.Generator, *, keep: int = 1) -> npt.NDArray[np.bool_]:
    """Whole entities by chance until the holdout has its size; rows without an entity count as one."""
    entity = table.schema.entity
    assert entity is not None
    codes, counts = _classes(table.frame[entity])
    if len(counts) < 2:
        raise InputError(f"entity {entity!r} has one value only", hint="split by row or time, or name another entity")
    if len(counts) <= keep:
        raise InputError(f"entity {entity!r} has too few values to be held out in parts", hint="ask for a single fold")
    order = rng.permutation(len(counts))
    upto = int(np.searchsorted(np.cumsum(counts[order]), size)) + 1
    chosen = np.zeros(len(counts), bool)
    chosen[order[: min(upto, len(counts) - keep)]] = True
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
