"""Tables of a known law, built by hand: the metrics must work without the door."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.metrics.base import Reference

COLUMNS = (
    Column("income", "numeric", nullable=True),
    Column("age", "integer", nullable=True),
    Column("since", "datetime", nullable=True),
    Column("job", "categorical", nullable=True),
    Column("owner", "boolean"),
    Column("key", "id"),
    Column("remark", "text", nullable=True),
    Column("risk", "categorical"),
)


def draw(n: int, seed: int, *, target: str | None = "risk", independent: bool = False) -> Table:
    """`n` rows of one law with missing cells and dependent columns; `independent` keeps the marginals alone."""
    rng = np.random.default_rng([7, seed])
    age = rng.integers(18, 80, n).astype(float)
    job = rng.choice(["nurse", "clerk", "farmer", "pilot"], n, p=[0.4, 0.3, 0.2, 0.1]).astype(object)
    income = np.round(np.exp(rng.normal(7 + age / 60 + (job == "pilot"), 0.4)), 2)
    owner = np.where(rng.random(n) < np.where(age > 45, 0.8, 0.2), "yes", "no").astype(object)
    score = (income > 3000) * 1.5 + (owner == "yes") - (job == "clerk") + rng.logistic(size=n)
    risk = np.where(score > 1.5, "low", "high").astype(object)
    since = np.datetime64("2015-01-01", "us") + rng.integers(0, 3000, n).astype("timedelta64[D]")
    remark = np.array([f"row {k}" for k in rng.integers(0, 10**9, n)], dtype=object)
    frame = pd.DataFrame(
        {
            "income": income,
            "age": pd.array(age, dtype="Int64"),
            "since": since,
            "job": job,
            "owner": owner,
            "key": [f"{seed}-{k:06d}" for k in range(n)],
            "remark": remark,
            "risk": risk,
        }
    )
    if independent:
        frame = pd.DataFrame({c: frame[c].iloc[rng.permutation(n)].reset_index(drop=True) for c in frame})
    gone = rng.random(n) < 0.15
    frame.loc[gone, "income"] = np.nan
    frame.loc[gone & (rng.random(n) < 0.5), "job"] = None
    frame.loc[rng.random(n) < 0.05, "age"] = pd.NA
    frame.loc[rng.random(n) < 0.05, "since"] = pd.NaT
    frame.loc[rng.random(n) < 0.3, "remark"] = None
    return Table(frame, Schema(COLUMNS, target=target))


@pytest.fixture(scope="session")
def rows() -> Callable[..., Table]:
    return draw


@pytest.fixture(scope="session")
def reference() -> Reference:
    """Train and holdout of one law; shared by the tests of a session, so that floors are computed once."""
    return Reference(draw(1500, 0), draw(1000, 1), seed=3)


@pytest.fixture(scope="session")
def fresh() -> Table:
    """A perfect model: an independent sample of the same law."""
    return draw(1500, 2)


@pytest.fixture(scope="session")
def shuffled() -> Table:
    """The control: every column right, no column related to another."""
    return draw(1500, 3, independent=True)
