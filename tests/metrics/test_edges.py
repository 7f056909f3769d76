"""No table, however odd, breaks a metric: it is scored, or passed over, without a warning."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.scorecard import Scorecard, score


def numbers(n):
    return pd.DataFrame({"x": np.arange(n) % 7 / 1.0, "y": np.sqrt(np.arange(n))})


def everything_missing(n):
    return pd.DataFrame({"x": np.full(n, np.nan), "c": np.full(n, None, dtype=object), "y": np.arange(n) * 1.0})


def constant(n):
    return pd.DataFrame({"x": np.full(n, 3.0), "c": np.full(n, "one", dtype=object)})


def only_ids(n):
    return pd.DataFrame(
        {"k": [f"k{i}" for i in range(n)], "t": ["text", None] * (n // 2) + ["text"] * (n % 2)}, dtype=object
    )


def huge(n):
    x = np.where(np.arange(n) % 2 == 0, 1e300, -1e300)
    return pd.DataFrame({"x": x, "y": x / 1e302 + 1e-300})


def levels(n):
    return pd.DataFrame(
        {"c": [f"level {i % 400}" for i in range(n)], "d": [f"l {i % 3}" for i in range(n)]}, dtype=object
    )


TABLES = {
    "numbers": (numbers, (Column("x", "numeric"), Column("y", "numeric")), "y"),
    "missing": (everything_missing, (Column("x", "numeric"), Column("c", "categorical"), Column("y", "numeric")), "x"),
    "constant": (constant, (Column("x", "numeric"), Column("c", "categorical")), "c"),
    "ids": (only_ids, (Column("k", "id"), Column("t", "text")), "t"),
    "huge": (huge, (Column("x", "numeric"), Column("y", "numeric")), "x"),
    "levels": (levels, (Column("c", "categorical"), Column("d", "categorical")), "c"),
}


@pytest.mark.parametrize("sizes", [(60, 45, 50), (3, 1, 2), (500, 450, 400)])
@pytest.mark.parametrize("kind", TABLES)
def test_odd_tables(kind, sizes):
    make, columns, target = TABLES[kind]
    schema = Schema(columns, target=target)
    train, holdout, synthetic = (Table(make(n), schema) for n in sizes)
    card = score(train, synthetic, holdout)
    for found in card.scores:
        numbers = [found.value, found.floor, found.train, *(found.ci or ())]
        assert all(math.isfinite(x) for x in numbers if x is not None), found
    if kind not in ("ids", "missing"):
        assert {"shape", "identical"} <= {s.metric for s in card.headlines}
    assert Scorecard.from_json(card.to_json()) == card


def test_a_collapsed_table_is_the_worst():
    """A synthetic table of one row over and over must not score well anywhere that asks for likeness or use."""
    schema = Schema((Column("x", "numeric"), Column("y", "numeric"), Column("c", "categorical")), target="y")
    rng = np.random.default_rng(0)

    def table(n):
        x = rng.normal(size=n)
        return Table(
            pd.DataFrame({"x": x, "y": x + rng.normal(size=n) / 3, "c": np.where(x > 0, "up", "down")}), schema
        )

    train, holdout = table(400), table(300)
    card = score(train, train.take(np.zeros(400, dtype=int)), holdout)
    assert card.headline("shape").value > 0.4
    assert card.headline("trend").value > 0.4
    assert card.headline("detection").value > 0.95
    assert card.headline("utility").value <= 0
    assert card.headline("global_utility").value == 0
    assert card.headline("identical").value == 1
