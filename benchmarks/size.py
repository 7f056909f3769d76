"""Seconds and memory of the trees, the energy and sdv's fastest model, against rows and against columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.apart import apart
from benchmarks.machine import load
from synthkit import pipeline

SHAPES = ((10_000, 15), (100_000, 15), (1_000_000, 15), (10_000, 100), (10_000, 500))
ARMS = {"synthkit trees": 10**9, "synthkit energy": 2_000_000, "sdv GaussianCopulaSynthesizer": 10**9}
"""Model -> cells of the largest table it is run on."""
SEED = 0
FACTORS = 5


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Fit, and sample as many rows as were learned from, each in a process of its own."""
    rows = []
    for n, columns in SHAPES:
        train = pipeline.read(_made(n, columns), target="label")
        for arm, most in ARMS.items():
            if n * columns > most:
                continue
            before = load()
            facts = apart(arm, train, seed=SEED, budget=0.0)[1]
            rows.append(facts | {"name": arm, "rows": n, "columns": columns, "load": before})
            say(f"size: {n:,} x {columns}: {arm}: {facts['seconds']:.1f} s, {facts['peak_mb']:,} MB")
    return {"seed": SEED, "rows": rows}


def _made(n: int, columns: int) -> Any:
    """Prices, counts and categories in turn, moved by a few common factors, and a label of two classes."""
    import pandas as pd

    rng = np.random.default_rng([n, columns])
    factors = rng.normal(size=(n, FACTORS))
    frame: dict[str, Any] = {}
    for at in range(columns - 1):
        pull = factors @ rng.normal(size=FACTORS) + rng.normal(size=n)
        if at % 3 == 0:
            frame[f"price{at}"] = np.exp(pull / 2).round(2)
        elif at % 3 == 1:
            frame[f"count{at}"] = rng.poisson(np.exp(np.clip(pull / 3, -3, 3)))
        else:
            cuts = np.sort(rng.normal(0, 2, rng.integers(2, 12)))
            frame[f"kind{at}"] = np.array([f"k{level}" for level in range(len(cuts) + 1)])[np.searchsorted(cuts, pull)]
    frame["label"] = np.where(factors[:, 0] + rng.normal(size=n) > 1, "yes", "no")
    return pd.DataFrame(frame)
