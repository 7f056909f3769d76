"""Networks on a column of 10,000 categories: 100,000 rows, one process a fit, peak memory and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.apart import apart
from benchmarks.machine import load
from synthkit import pipeline

ROWS, MERCHANTS = 100_000, 10_000
ARMS = ("synthkit tvae", "synthkit ctgan", "synthkit copulagan")
BUDGET = 60.0
SEED = 0


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Payments at merchants, some of them much larger than others; each merchant has its own prices and hours."""
    train = pipeline.read(_payments(), target="fraud")
    real = set(train.frame["merchant"])
    rows = []
    for arm in ARMS:
        before = load()
        made, facts = apart(arm, train, seed=SEED, budget=BUDGET)
        seen = set(made.frame["merchant"].dropna())
        rows.append(facts | {"name": arm, "load": before, "merchants": len(seen), "invented": len(seen - real)})
        say(f"wide: {arm}: {facts['seconds']:.0f} s, {facts['peak_mb']} MB, {len(seen):,} merchants")
    return {"seed": SEED, "budget_seconds": BUDGET, "train": len(train), "merchants": len(real), "rows": rows}


def _payments() -> Any:
    import pandas as pd

    rng = np.random.default_rng(SEED)
    size = rng.pareto(1.5, MERCHANTS) + 0.3
    merchant = np.r_[np.arange(MERCHANTS), rng.choice(MERCHANTS, ROWS - MERCHANTS, p=size / size.sum())]
    price, hour, risk = rng.normal(3, 1, MERCHANTS), rng.uniform(6, 22, MERCHANTS), rng.beta(0.3, 15, MERCHANTS)
    return pd.DataFrame({
        "merchant": [f"M{at:05d}" for at in merchant],
        "amount": np.exp(price[merchant] + rng.normal(0, 0.4, ROWS)).round(2),
        "hour": ((hour[merchant] + rng.normal(0, 2, ROWS)) % 24).astype(int),
        "card": rng.choice(["credit", "debit", "prepaid"], ROWS, p=[0.5, 0.4, 0.1]),
        "fraud": np.where(rng.random(ROWS) < risk[merchant], "yes", "no"),
    })  # fmt: skip
