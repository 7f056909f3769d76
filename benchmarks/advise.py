"""The rung that the advice names before any fit, held against the one that the ladder really chooses."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.advice import USUAL
from synthkit import pipeline
from synthkit import rng as rng_
from synthkit.cli.source import find
from synthkit.decide.advise import advise
from synthkit.errors import MissingExtra, ReadError
from synthkit.models import registry
from synthkit.series import read_panel

if TYPE_CHECKING:
    import pandas as pd

    from synthkit.data.table import Table
    from synthkit.decide.advise import Advice
    from synthkit.result import Result

RUNGS = ("marginals", "copula", "trees", "energy")
CLASSICAL = ("naive", "ets", "components", "mstl", "sarimax", "harmonic", "var")
TABLES = (
    "adult", "beijing", "breast_cancer", "credit_data", "default", "diabetes", "diabetes130", "diamonds",
    "german_credit", "hypothyroid", "insurance", "iris", "lending_club_10k", "magic", "mammography", "pima", "shoppers",
    "telco_churn", "titanic", "wine", "keel_imbalanced/abalone19", "keel_imbalanced/car-good",
    "keel_imbalanced/flare-F", "keel_imbalanced/kddcup-rootkit-imap_vs_back", "keel_imbalanced/page-blocks0",
    "keel_imbalanced/poker-8_vs_6", "keel_imbalanced/winequality-white-3_vs_7", "keel_imbalanced/yeast6",
)  # fmt: skip
"""The weights of the rules were set with these in view."""
UNSEEN_TABLES = (
    "keel_imbalanced/abalone-21_vs_8", "keel_imbalanced/kr-vs-k-zero_vs_fifteen", "keel_imbalanced/shuttle-c0-vs-c4",
    "statsmodels/anes96", "statsmodels/engel", "statsmodels/fair", "statsmodels/modechoice", "statsmodels/randhie",
    "statsmodels/star98",
)  # fmt: skip
"""First run when the weights stood."""
SERIES: dict[str, dict[str, Any]] = {
    "ts_classic/air_passengers": {},
    "ts_classic/co2": {},
    "ts_classic/daily_min_temperatures": {},
    "ts_classic/elecdemand": {"values": ("Demand",)},
    "ts_classic/elnino": {"wide": "seasons"},
    "ts_classic/macrodata": {"values": ("realgdp", "realcons", "unemp")},
    "ts_classic/sunspots": {},
    "ts_stock": {"values": ("Close",)},
    "ts_ett/ETTh1": {"values": ("OT",)},
    "ts_energy": {"values": ("Appliances",)},
}
UNSEEN_SERIES: dict[str, dict[str, Any]] = {
    "statsmodels/nile": {},
    "statsmodels/elec_equip": {},
    "statsmodels/danish_data": {},
}
TARGETS = {"anes96": "PID", "engel": "foodexp", "fair": "affairs", "modechoice": "choice", "randhie": "mdvis"}
TIMES = {"nile": ("year",), "elec_equip": ("DATE",), "danish_data": ("period",)}
ROWS, CELLS, ROWS_OF_SERIES = 4_000, 60_000, 1_000
BUDGET = 120.0
AGAIN = 2
"""Every second table is climbed with a second seed: the ladder agrees with itself no more often than that."""


@dataclass(frozen=True)
class Rows:
    """Where rows are, and their roles."""

    source: Any
    target: str | None = None
    time: tuple[str, ...] | None = None
    entity: str | None = None
    series: dict[str, Any] = field(default_factory=dict)


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """One row a data set: what was said, what was chosen."""
    rows, missing = [], []
    for name, kind, unseen, held in _asked():
        try:
            row = held(name) | {"kind": kind, "unseen": unseen}
        except (ReadError, MissingExtra) as error:
            missing.append({"name": name, "why": error.message})
            say(f"advise: {name} left out: {error}")
            continue
        rows.append(row)
        say(f"advise: {name}: said {row['said']}, chosen {row['chosen']} ({row['verdict']}), {row['seconds']:.0f} s")
    again = list(_again([row for row in rows if row["kind"] == "table"][::AGAIN], say))
    return {
        "rows": rows,
        "missing": missing,
        "again": again,
        "limits": {"rows": ROWS, "cells": CELLS, "rows_of_series": ROWS_OF_SERIES, "budget": BUDGET},
        "summary": summary(rows, again),
    }


def _asked() -> Iterator[tuple[str, str, bool, Callable[[str], dict[str, Any]]]]:
    for unseen, names in ((False, TABLES), (True, UNSEEN_TABLES)):
        yield from ((name, "table", unseen, _table) for name in names)
    for unseen, named in ((False, SERIES), (True, UNSEEN_SERIES)):
        yield from ((name, "series", unseen, _series) for name in named)


def _find(name: str) -> Rows:
    package, _, part = name.partition("/")
    if package == "statsmodels":
        return Rows(_statsmodels(part), TARGETS.get(part), TIMES.get(part))
    found = find(name)
    return Rows(found.path, found.target, found.time, found.entity, dict(found.series))


def _statsmodels(name: str) -> pd.DataFrame:
    """As it comes, but for years that are written as fractions."""
    frame = importlib.import_module(f"statsmodels.datasets.{name}").load_pandas().data
    frame = frame.reset_index() if frame.index.name else frame
    return frame.astype({"year": int}) if "year" in frame else frame


def _part(name: str, seed: int = 0) -> tuple[Table, str | None]:
    """At most so many rows and cells of a table, drawn by the seed."""
    found = _find(name)
    table = pipeline.read(found.source, target=found.target, constant="drop")
    rows = min(ROWS, CELLS // len(table.schema))
    return table.subsample(rows, rng_.stream(seed, "advise", name)), found.target


def _table(name: str) -> dict[str, Any]:
    table, target = _part(name)
    began = time.perf_counter()
    advice = advise(table, goal="share")
    told = time.perf_counter()
    result = pipeline.generate(table, target=target, models=RUNGS, budget=BUDGET, constant="drop")
    return _row(name, advice, result) | _seconds(began, told)


def _series(name: str) -> dict[str, Any]:
    found = _find(name)
    lone = found.time[0] if found.time and len(found.time) == 1 else None
    table = pipeline.read(found.source, time=lone, entity=found.entity)
    table = table.take(np.arange(max(len(table) - ROWS_OF_SERIES, 0), len(table)))
    asked = {**found.series, **{**SERIES, **UNSEEN_SERIES}[name]}
    panel = read_panel(table, asked, time=found.time)  # type: ignore[arg-type]
    began = time.perf_counter()
    advice = advise(panel, goal="forecast")
    told = time.perf_counter()
    names = [model for model in CLASSICAL if model != "var" or len(panel.roles.values) > 1]
    result = pipeline.generate(table, time=found.time, models=names, mode="continue", budget=BUDGET, **asked)
    crps = {t.model: t.crps for t in result.climb.backtest.trials if t.crps is not None and t.left is None}
    times = crps[advice.expected] / min(crps.values()) if advice.expected in crps else None
    return _row(name, advice, result) | {"times_best_crps": times and round(times, 3)} | _seconds(began, told)


def _row(name: str, advice: Advice, result: Result) -> dict[str, Any]:
    facts = advice.facts
    return {
        "name": name,
        "rows": facts.rows,
        "columns": facts.columns,
        "said": advice.expected,
        "chosen": result.climb.chosen,
        "verdict": result.verdict.value,
        "piloted": result.climb.chosen in advice.pilot.models,
    }


def _seconds(began: float, told: float) -> dict[str, float]:
    return {"advice_seconds": round(told - began, 2), "seconds": round(time.perf_counter() - told, 1)}


def _again(rows: Iterable[dict[str, Any]], say: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """The same tables with another seed: other rows drawn, another holdout."""
    for row in rows:
        table, target = _part(row["name"], seed=1)
        result = pipeline.generate(table, target=target, models=RUNGS, budget=BUDGET, seed=1, constant="drop")
        say(f"advise: {row['name']} with another seed: {row['chosen']}, {result.climb.chosen}")
        yield {"name": row["name"], "first": row["chosen"], "second": result.climb.chosen}


def _height(model: str) -> int:
    return registry.card(model).rung


def summary(rows: Sequence[dict[str, Any]], again: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How often the advice was right, beside always saying the same, and beside the ladder with another seed."""
    found = {}
    for kind, usual in USUAL.items():
        for unseen in (False, True):
            some = [row for row in rows if row["kind"] == kind and row["unseen"] == unseen]
            found[f"{kind}, {'unseen' if unseen else 'seen'}"] = {
                "sets": len(some),
                "right": sum(row["said"] == row["chosen"] for row in some),
                "usual": sum(row["chosen"] == usual for row in some),
                "too_low": sum(_height(row["said"]) < _height(row["chosen"]) for row in some),
                "too_high": sum(_height(row["said"]) > _height(row["chosen"]) for row in some),
                "piloted": sum(row["piloted"] for row in some),
            }
    itself = sum(row["first"] == row["second"] for row in again)
    return {"kinds": found, "itself": {"sets": len(again), "right": itself}}
