"""`generate` with nothing but the target, over real tables of many kinds: what it chose and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.judge import timed
from benchmarks.machine import load
from synthkit import pipeline
from synthkit.data import catalog
from synthkit.errors import MissingExtra, ReadError
from synthkit.result import Result

NAMES = (
    "credit_data",
    "titanic",
    "telco_churn",
    "german_credit",
    "insurance",
    "diamonds",
    "adult",
    "lending_club_10k",
)
SEED = 0


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """One line a data set; those that are not on this machine are named with the reason."""
    rows, missing = [], []
    for name in NAMES:
        try:
            found = catalog.card(name)
            source = catalog.path(name)
            holdout = catalog.path(name, "test") if "test" in found.parts else None
        except (ReadError, MissingExtra) as error:
            missing.append({"name": name, "why": error.message})
            say(f"sets: {name} left out: {error}")
            continue
        before = load()
        ask = partial(pipeline.generate, source, target=found.target, holdout=holdout, seed=SEED)
        result, spent = timed(ask)
        rows.append({"name": name, "seconds": spent.wall, "cpu_seconds": spent.cpu, "load": before} | plain(result))
        say(f"sets: {name}: {result.climb.chosen}, {result.verdict.value}, {spent.wall:.1f} s")
    return {"seed": SEED, "rows": rows, "missing": missing}


def plain(result: Result) -> dict[str, Any]:
    """The climb, its rungs with their scores, and the verdict."""
    tried = [rung.to_dict() for rung in result.climb.tried]
    for rung in tried:
        rung["scores"] = {name: _rounded(values) for name, values in rung["scores"].items()}
    goal = {key: result.goal[key] for key in ("rows", "columns", "target", "train_rows", "holdout_rows")}
    return {
        "data": goal,
        "chosen": result.climb.chosen,
        "verdict": result.verdict.value,
        "because": result.climb.because,
        "tried": tried,
    }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    ci = values["ci"]
    return {
        "value": round(values["value"], 6),
        "floor": None if values["floor"] is None else round(values["floor"], 6),
        "ci": [round(end, 6) for end in ci] if ci else None,
        "unit": values["unit"],
    }
