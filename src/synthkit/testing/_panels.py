"""Small panels that models of series are checked on: one series, several, and entities of mixed columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthkit.data import io
from synthkit.data.panel import Panel
from synthkit.data.series import to_panel

__all__ = ["PANELS", "lone", "many", "motley"]


def lone(seed: int = 0) -> Panel:
    """One monthly series of 84 rows with a season, a trend, a known input, a missing cell and a missing row."""
    rng = np.random.default_rng(seed)
    months = pd.date_range("2015-01-01", periods=84, freq="MS")
    t = np.arange(84)
    price = rng.choice([0.0, 1.0], 84)
    sold = 50 + 0.3 * t + 8 * np.sin(2 * np.pi * t / 12) - 5 * price + rng.normal(0, 2, 84).cumsum() * 0.3
    frame = pd.DataFrame({"month": months, "sold": np.round(sold, 2), "price": price})
    frame.loc[17, "sold"] = np.nan
    return to_panel(io.to_table(frame.drop(index=40), time="month"), exog=["price"])


def many(seed: int = 0) -> Panel:
    """Twelve entities with 32 quarters of two channels each, and an attribute that tells of their level."""
    rng = np.random.default_rng(seed)
    quarters = pd.date_range("2010-01-01", periods=32, freq="QS")
    parts = []
    for entity in range(12):
        kind = "big" if entity % 3 else "small"
        noise = rng.normal(0, 1, (32, 2))
        level = (200 if kind == "big" else 90) + 10 * rng.normal()
        first = level + 5 * np.sin(np.pi * np.arange(32) / 2) + noise[:, 0].cumsum()
        second = 10 + 0.5 * noise[:, 0] + noise[:, 1]
        columns = {"shop": f"s{entity:02}", "quarter": quarters, "kind": kind}
        parts.append(pd.DataFrame({**columns, "sales": np.round(first, 1), "stock": np.round(second, 2)}))
    table = io.to_table(pd.concat(parts, ignore_index=True), time="quarter", entity="shop")
    return to_panel(table)


def motley(seed: int = 0) -> Panel:
    """Forty patients seen on odd days, 2 to 9 times each, with a state, a measurement and attributes."""
    rng = np.random.default_rng(seed)
    rows = []
    for patient in range(40):
        day, state, level = 0, "well", rng.normal(5, 1)
        arm = rng.choice(["drug", "placebo"])
        for _ in range(rng.integers(2, 10)):
            rows.append((patient, day, arm, round(20 + patient % 7 + rng.random(), 1), state, round(level, 1)))
            day += int(rng.integers(20, 200))
            state = rng.choice(["well", "ill"], p=[0.7, 0.3]) if state == "well" else state
            level += rng.normal(0.2 if arm == "placebo" else 0.0, 0.5)
    frame = pd.DataFrame(rows, columns=["patient", "day", "arm", "age", "state", "bilirubin"])
    frame.loc[::11, "bilirubin"] = np.nan
    return to_panel(io.to_table(frame, time="day", entity="patient"))


PANELS = {"lone": lone, "many": many, "motley": motley}
