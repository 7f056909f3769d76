"""Synthetic tables with differential privacy, from the file to the rows: domain, ledger, curator, model, evaluation."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.data import io
from synthkit.data.native import raw_of
from synthkit.data.split import given_holdout
from synthkit.decide.climb import Climb, Rung
from synthkit.decide.criteria import Criteria
from synthkit.decide.upkeep import Upkeep
from synthkit.errors import ConfigError, SynthkitError
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.models.base import Wary
from synthkit.private.accountant import rho_of
from synthkit.private.curator import Curator
from synthkit.private.domain import Domain, Rows
from synthkit.private.ledger import Ledger
from synthkit.private.noise import Noise
from synthkit.progress import Progress, silent
from synthkit.result import Result
from synthkit.scorecard import Scorecard, score

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.models.base import Private

__all__ = ["DELTA", "MODEL", "generate_private"]

DELTA: Final = 1e-9
MODEL: Final = "aim"
_BECAUSE: Final = (
    "it was asked for with differential privacy: no model was compared on the rows, for that would cost too"
)


def generate_private(
    source: Any,  # noqa: ANN401 - a path or any dataframe
    *,
    domain: Domain | str | Path,
    epsilon: float,
    delta: float = DELTA,
    model: str = MODEL,
    options: Mapping[str, Any] | None = None,
    rows: int | None = None,
    share: float = 0.2,
    criteria: Criteria | Mapping[str, Any] | None = None,
    ledger: Ledger | str | Path | None = None,
    encoding: str = "utf-8",
    upkeep: Mapping[str, Any] | None = None,
    seed: int = 0,
    command: str = "",
    progress: Progress = silent,
) -> Result:
    """Make a synthetic table that is (epsilon, delta)-differentially private, model file included.

    The rows are read once, as cells of the domain; a share of the units is held back by coins of the operating system;
    the rest are seen by nobody but a curator whose every answer is noisy and paid for. The seed draws the synthetic
    rows from the model; it never touches the noise. What is measured on real rows afterwards (scorecard, report,
    decision) is not covered: see `Result.guarantee`.

    Args:
        source: a path (.csv, .tsv, .parquet, .feather, also .gz), or a pandas, polars or pyarrow table.
        domain: what anybody may know about the columns: see `synthkit.private.domain.Domain`, or a file.
        epsilon, delta: the budget. Epsilon 1 is strict; delta has to be far below one over the number of people.
        model: "aim", "mst", or another of `registry.private_names()`.
        options: arguments of its class.
        rows: how many to make; as many as the data have by default, as far as the noise tells.
        share: of the units to hold back.
        criteria: what is good enough.
        ledger: where the spending is written down: see `synthkit.private.ledger.Ledger`.
        encoding: of a text file.
        upkeep: limits of the plan for afterwards that differ from the usual.
        seed: draws the rows from the fitted model.
        command: how the run was asked for, for the record.
        progress: told how far it is.

    Raises:
        BudgetSpent: the ledger says no.
        SchemaError: the domain is not one, or not signed as public.
        ConfigError: a budget or an option that makes no sense, or the file lacks a column of the domain.
        MissingExtra: the model needs a package that is not there.
    """
    if not 0 < share < 1:
        raise ConfigError(f"a holdout share of {share} makes no sense", hint="choose one between 0 and 1, such as 0.2")
    if rows is not None and rows < 1:
        raise ConfigError(f"{rows} rows cannot be made", hint="ask for at least one")
    rho_of(epsilon, delta)  # what makes no sense is told before anything is read or charged
    fitted = registry.private(model)(**(options or {}))
    if isinstance(fitted, Wary):
        fitted.ready(epsilon, delta)
    known = domain if isinstance(domain, Domain) else Domain.read(domain)
    ledger = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
    plan = Upkeep.from_dict(upkeep or {}).to_dict()
    progress("read", 0.0)
    named = isinstance(source, str | Path)
    raw = io.read_frame(source, encoding=encoding) if named else raw_of(source)
    real = known.rows(raw)
    progress("read", 1.0)
    whole = (known.epsilon, known.delta or delta) if known.epsilon is not None else None
    ledger.charge(raw, data=known.data, epsilon=epsilon, delta=delta, model=model, adds_up=fitted.adds_up, whole=whole)
    held = _coins(real, share)
    began = time.perf_counter()
    curator = Curator(real.take(~held), known.sizes, epsilon=epsilon, delta=delta, bound=known.bound)
    fitted.fit(curator, known, rng=rng_.stream(seed, "fit", model), progress=progress)
    fit_seconds = time.perf_counter() - began
    made = fitted.sample(rows or max(1, round(fitted.rows / (1 - share))), rng=rng_.stream(seed, "sample", model))
    sample_seconds = time.perf_counter() - began - fit_seconds
    limits = criteria if isinstance(criteria, Criteria) else Criteria.from_mapping(criteria or {})
    goal = {
        "source": str(source) if named else f"a {type(source).__name__}", "rows": len(raw), "seed": seed,
        "columns": len(known.names), "target": known.target, "rows_made": len(made), "command": command,
        "upkeep": plan, "limits": limits.to_list(), "guarantee": fitted.guarantee.to_dict(),
    }  # fmt: skip
    judged, more = _judged(known.real(raw, real), held, made, limits, seed=seed, progress=progress)
    judge_seconds = time.perf_counter() - began - fit_seconds - sample_seconds
    rung = _rung(fitted, judged, limits, (fit_seconds, sample_seconds, judge_seconds))
    climb = Climb((rung,), model, _BECAUSE, fitted, made)
    return Result(climb, known.schema, goal | more, None if named else source)


def _coins(rows: Rows, share: float) -> np.ndarray:
    """Which rows are held back: a coin for each unit, so that one unit more or less moves no other."""
    units, at = np.unique(rows.units, return_inverse=True)
    held: np.ndarray = Noise().shares(len(units), share)[at]
    return held


def _judged(
    real: Table, held: np.ndarray, made: Table, limits: Criteria, *, seed: int, progress: Progress
) -> tuple[Scorecard, dict[str, Any]]:
    """The internal evaluation. Rows that are too few or too odd to be judged are no error: that would be an answer."""
    train, holdout = real.take(~held), real.take(held)
    facts = {
        "source_digest": real.digest(), "train_rows": len(train), "holdout_rows": len(holdout), "holdout_repeats": 0,
        "split": "by coins of the operating system, one for each unit of privacy", "holdout_digest": holdout.digest(),
    }  # fmt: skip
    try:
        parts = given_holdout(train, holdout, seed=seed)
        card = score(Reference(train, holdout, seed), made, seed=seed, progress=progress)
        limits.judge(card)
    except (SynthkitError, ValueError, ArithmeticError):
        return Scorecard(()), facts
    return card, facts | {"holdout_repeats": parts.duplicates}


def _rung(model: Private, card: Scorecard, limits: Criteria, seconds: tuple[float, float, float]) -> Rung:
    judgements = limits.judge(card) if card.scores else ()
    guarantee = model.guarantee
    notes = {"epsilon": guarantee.epsilon, "delta": guarantee.delta, "rho": guarantee.rho, "rows": model.rows}
    said = guarantee.sentence if judgements else "there are too few rows to judge it by; " + guarantee.sentence
    return replace(
        Rung(model.name, model.card.family, "judged", said, *seconds, scorecard=card, judgements=judgements),
        notes=notes,
    )
