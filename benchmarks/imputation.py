"""Filling missing cells: our models beside the mean, chained regressions and chained forests, on cells that are known.

A fifth of the cells of real tables is taken out: at random (MCAR), or more often where another column is large (MAR).
The single best guess is judged by its error, a draw by how far the law of the filled cells is from that of the cells
that were taken out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.chained import chained_forests, iterative, usual
from synthkit import pipeline
from synthkit.data import catalog
from synthkit.data.table import Table
from synthkit.errors import ReadError
from synthkit.rng import stream

SETS = ("german_credit", "insurance", "credit_data", "breast_cancer")
ROWS = 5000
SEEDS = (0,)
SHARE = 0.2
WAYS = ("MCAR", "MAR")
Filler = Callable[[Table, int], tuple[pd.DataFrame, pd.DataFrame]]


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All arms on each set, both ways, for each seed."""
    rows, missing = [], []
    for name in SETS:
        try:
            table = whole(name)
        except ReadError as error:
            missing.append({"name": name, "why": error.message})
            continue
        for way in WAYS:
            for seed in SEEDS:
                torn, gone = holes(table, way, seed)
                for arm, fill in ARMS.items():
                    began = time.perf_counter()
                    best, drawn = fill(torn, seed)
                    spent = time.perf_counter() - began
                    found = judged(table, gone, best, drawn)
                    rows.append({"set": name, "way": way, "seed": seed, "arm": arm, "seconds": spent} | found)
                    say(f"imputation: {name} {way} {seed} {arm}: { ({k: round(v, 3) for k, v in found.items()}) }")
    return {"seeds": list(SEEDS), "share": SHARE, "rows": rows, "missing": missing}


def whole(name: str) -> Table:
    """Rows without a missing cell, at most so many."""
    card = catalog.card(name)
    path = catalog.path(name, "train") if "test" in card.parts else catalog.path(name)
    table = pipeline.read(path, target=card.target, constant="drop")
    full = table.take(np.flatnonzero(table.frame.notna().all(axis=1).to_numpy()))
    return full.subsample(ROWS, stream(0, "imputation"))


def holes(table: Table, way: str, seed: int) -> tuple[Table, dict[str, np.ndarray]]:
    """The table with a fifth of the cells of every column out, but the target's; and which cells those are."""
    rng, frame = stream(seed, "holes", way), table.frame.copy()
    names = [name for name in table.schema.names if name != table.schema.target]
    gone = {}
    for at, name in enumerate(names):
        rate = np.full(len(frame), SHARE)
        if way == "MAR":
            other = table.frame[table.schema.target or names[at - 1]]
            ranks = pd.Series(pd.factorize(other, sort=True)[0]).rank(pct=True).to_numpy()
            odds = 1 / (1 + np.exp(-6 * (ranks - ranks.mean())))
            rate = SHARE * odds / odds.mean()
        gone[name] = rng.random(len(frame)) < rate
        frame.loc[gone[name], name] = None
    return Table(frame, table.schema), gone


def judged(table: Table, gone: dict[str, np.ndarray], best: pd.DataFrame, drawn: pd.DataFrame) -> dict[str, float]:
    """Errors of the best guess (of numbers in standard deviations), and how far the law of the draw is off."""
    errors, right, apart = [], [], []
    for name, cells in gone.items():
        truth, guess, draw = (frame[name][cells] for frame in (table.frame, best, drawn))
        if table.schema[name].is_number:
            real, one, other = (x.astype(float).to_numpy() for x in (truth, guess, draw))
            errors.append(float(np.sqrt(np.mean((one - real) ** 2)) / table.frame[name].astype(float).std()))
            grid = np.unique(real)
            below = (np.searchsorted(np.sort(x), grid, side="right") / len(x) for x in (real, other))
            apart.append(float(np.abs(np.subtract(*below)).max()))
        else:
            right.append(float((guess.astype(str) == truth.astype(str)).mean()))
            shares = [x.astype(str).value_counts(normalize=True) for x in (truth, draw)]
            apart.append(float(shares[0].subtract(shares[1], fill_value=0).abs().sum() / 2))
    found = {"rmse": float(np.mean(errors)), "law": float(np.mean(apart))}
    return found | ({"accuracy": float(np.mean(right))} if right else {})


def _ours(model: str) -> Filler:
    def fill(torn: Table, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        from synthkit.models import registry

        fitted = registry.get(model)().fit(torn, rng=stream(seed, "fit", model))
        best = fitted.impute(torn)  # type: ignore[attr-defined]
        return best.frame, fitted.impute(torn, rng=stream(seed, "impute")).frame  # type: ignore[attr-defined]

    return fill


def _chained(torn: Table, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    from synthkit.filling import impute

    best, drawn = (impute(torn, expected=expected, seed=seed).table.frame for expected in (True, False))
    return best, drawn


ARMS: dict[str, Filler] = {
    "mean or mode": usual,
    "IterativeImputer": iterative,
    "chained forests": chained_forests,
    "synthkit chained": _chained,
    "synthkit mixture": _ours("mixture"),
    "synthkit autoregressive": _ours("autoregressive"),
}
