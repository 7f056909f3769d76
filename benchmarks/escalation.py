"""A table on which the trees break a criterion: whether the networks above them paid, as the decision record says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.judge import timed
from benchmarks.machine import load
from benchmarks.sets import plain
from synthkit import pipeline
from synthkit.data import catalog
from synthkit.decide._escalation import escalation

NAME, SEED, BUDGET = "beijing", 0, 360.0


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """`synthkit generate` with nothing but the target and a budget."""
    found = catalog.card(NAME)
    source, holdout = catalog.path(NAME, "train"), catalog.path(NAME, "test")
    before = load()
    result, spent = timed(
        lambda: pipeline.generate(source, target=found.target, holdout=holdout, seed=SEED, budget=BUDGET)
    )
    say(f"escalation: {NAME}: {result.climb.chosen}, {result.verdict.value}, {spent.wall:.0f} s")
    facts = {"name": NAME, "seed": SEED, "budget_seconds": BUDGET, "seconds": spent.wall, "load": before}
    return facts | plain(result) | {"record": escalation(result.climb)}
