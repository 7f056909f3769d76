"""Tables of many files: how many of their rows a model learns from, which, and what the record says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.data.margins import balanced, error
from synthkit.data.split import MIN_PART, Split, given_holdout, parted
from synthkit.data.stream import Drawn
from synthkit.decide.criteria import shown
from synthkit.decide.learning import FIRST, Curve, curve
from synthkit.errors import ConfigError, InputError
from synthkit.metrics import base
from synthkit.models import registry
from synthkit.models.base import Trained
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.models.base import Synthesizer

__all__ = ["MODEL", "Sample", "no_series", "sample", "split_of"]

MODEL: Final = "trees"
"""Whose curve says how many rows a ladder gets: of the classical models the one that rows help most."""

_JUDGE: Final = 10_000  # rows that sizes are judged on
_SPARE: Final = 0.85  # of the rows that may be learned from; the rest are there to be exchanged for
_BUDGET: Final = 300.0  # seconds of a curve


@dataclass(frozen=True)
class Sample:
    """Rows of a large table.

    Args:
        train: to learn from.
        holdout: kept back; None if none were asked for.
        facts: what was sampled and why, as plain values; `told` says it in words.
    """

    train: Table
    holdout: Table | None
    facts: Mapping[str, Any]


def sample(
    drawn: Drawn,
    make: Callable[[], Synthesizer],
    *,
    share: float = 0.0,
    budget: float = _BUDGET,
    seed: int = 0,
    progress: Progress = silent,
) -> Sample:
    """Choose how many of the rows drawn are learned from, and which.

    A learning curve says how many. Then some are exchanged, so that every column follows its law over all rows of the
    table; no row is there twice. Entities are kept whole, and none is exchanged. Networks learn from nearly all rows
    drawn, without a curve: a step of theirs costs the same however many rows there are.

    Args:
        drawn: the rows.
        make: a model that is not fitted; its curve counts.
        share: of the rows used, to hold back: others than those learned from, and 10,000 if there are as many.
        budget: seconds of the curve.
        seed: the same seed chooses the same rows, unless the budget ended the curve.
        progress: told how far it is.

    Raises:
        InputError: too few rows were drawn.
    """
    order = np.argsort(drawn.priority, kind="stable")
    held = _cut(drawn, order, len(order) - round(len(order) * share))
    pool, back = order[:held], order[held:]
    most = _cut(drawn, order, min(round(held * _SPARE), held - MIN_PART))
    if most < MIN_PART or (share and len(back) < MIN_PART):
        raise InputError(f"{len(order):,} rows are too few to learn from", hint="keep more with --reservoir")
    found = _curve(drawn, make, pool, most, budget=budget, seed=seed, progress=progress)
    rows = _cut(drawn, order, found.rows)
    start = pool[:rows]
    chosen = start if drawn.by == "entity" else balanced(drawn.margins, start, pool[rows:], rng_.stream(seed, "choose"))
    wanted = max(round(rows * share / (1 - share)), _JUDGE)
    back = back[: _cut(drawn, back, wanted)] if wanted < len(back) else back
    facts = _facts(drawn, found, start, chosen, len(back) if share else 0)
    table = drawn.table
    return Sample(table.take(np.sort(chosen)), table.take(np.sort(back)) if share else None, facts)


def split_of(
    drawn: Drawn,
    holdout: Table | None = None,
    *,
    share: float,
    folds: int | None,
    budget: float,
    seed: int,
    progress: Progress = silent,
) -> tuple[tuple[Split, ...], dict[str, Any]]:
    """A split for a ladder of models, by the curve of `MODEL`; and what the goal says of it.

    Args:
        drawn: the rows.
        holdout: rows kept apart by the caller, if there are any.
        share, folds, budget, seed, progress: as for `generate`.

    Raises:
        ConfigError: a share that makes no sense, or folds: a sample of that size needs none.
    """
    if not 0 < share < 1:
        raise ConfigError(f"a holdout share of {share} makes no sense", hint="choose one between 0 and 1, such as 0.2")
    if folds is not None and folds > 1:
        raise ConfigError("folds were asked for, of rows drawn from a larger table", hint="leave out --folds")
    apart = 0.0 if holdout is not None else share
    one = sample(drawn, registry.get(MODEL), share=apart, budget=budget, seed=seed, progress=progress)
    parts = given_holdout(one.train, holdout, seed=seed) if holdout is not None else None
    parts = parts or parted(one.train, one.holdout or one.train, drawn.by, seed)
    told = {"row": "by row, each as likely as any other", "entity": "by entity"}
    split = {} if holdout is not None else {"split": told[drawn.by]}
    return (parts,), {"rows": drawn.rows, "sampled": one.facts, **split}


def no_series(drawn: Drawn | None) -> None:
    """Refuse rows drawn from a larger table where they would be time series.

    Raises:
        ConfigError: not all rows are there.
    """
    if drawn is not None and not drawn.whole:
        raise ConfigError(
            f"time series need every row, and of {drawn.rows:,} only {len(drawn.table):,} were drawn",
            hint=f"keep them all with --reservoir {drawn.rows}, if memory allows, or name fewer files",
        )


def _cut(drawn: Drawn, order: np.ndarray, rows: int) -> int:
    """At most so many of the rows in this order, so that no entity is cut in two."""
    priority = drawn.priority
    while 0 < rows < len(order) and priority[order[rows - 1]] == priority[order[rows]]:
        rows -= 1
    return rows


def _curve(
    drawn: Drawn,
    make: Callable[[], Synthesizer],
    pool: np.ndarray,
    most: int,
    *,
    budget: float,
    seed: int,
    progress: Progress,
) -> Curve:
    judged = _cut(drawn, pool, len(pool) - min(_JUDGE, len(pool) - most))
    sizes = [FIRST * 2**k for k in range(40) if FIRST * 2**k <= min(most, judged)]
    model = make()
    if isinstance(model, Trained):
        return Curve(model.name, (), most, "a step of a network costs the same however many rows there are")
    if len(sizes) < 2:
        return Curve(model.name, (), most, "so few were kept that all of them are needed")
    return curve(
        make, sizes, lambda rows: drawn.table.take(np.sort(pool[:rows])), drawn.table.take(np.sort(pool[judged:])),
        budget=budget, seed=seed, progress=progress,
    )  # fmt: skip


def _facts(drawn: Drawn, found: Curve, start: np.ndarray, chosen: np.ndarray, back: int) -> dict[str, Any]:
    before, after = error(drawn.margins, start), error(drawn.margins, chosen)
    facts = {
        "rows": drawn.rows, "parts": len(drawn.parts), "kept": len(drawn.table), "by": drawn.by, "seed": drawn.seed,
        "learned_from": len(chosen), "because": found.because, "curve_of": found.model,
        "curve": [point.to_dict() for point in found.points],
        "marginal_error": {"uniform": before, "chosen": after},
        "exchanged": len(np.setdiff1d(chosen, start)),
    }  # fmt: skip
    return facts | {"told": _told(drawn, found, facts, back)}


def _told(drawn: Drawn, found: Curve, facts: Mapping[str, Any], back: int) -> list[list[str]]:
    """What was sampled, in words: (label, sentence)."""
    files = f"{len(drawn.parts):,} file{'s' * (len(drawn.parts) != 1)}"
    what = "whole entities" if drawn.by == "entity" else "rows"
    held = f", {back:,} to judge" if back else ""
    told = [
        [
            "Sampled",
            f"{facts['learned_from']:,} of {drawn.rows:,} rows in {files} to learn from{held}; {what} drawn evenly",
        ],
        ["Why so many", f"by the learning curve of {found.model}: {found.because}" if found.points else found.because],
    ]
    if found.points:
        told.append(["Learning curve", "; ".join(_point(point.to_dict()) for point in found.points)])
    if facts["exchanged"]:
        off = {key: f"{100 * value:.3f} %" for key, value in facts["marginal_error"].items()}
        words = f"columns are off by {off['chosen']} on average; by {off['uniform']} before"
        told.append(["Against all rows", f"{words} {facts['exchanged']:,} rows were exchanged"])
    return told


def _point(point: Mapping[str, Any]) -> str:
    scores = ", ".join(
        f"{base.label_of(name).lower()} {shown(s['value'], s['unit'])}" for name, s in point["scores"].items()
    )
    return f"{point['rows']:,} rows: {scores}"
