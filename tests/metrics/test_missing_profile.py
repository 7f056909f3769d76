"""Missing cells are weighed where they are, and the profiles show aggregates alone."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.metrics import base
from synthkit.metrics._profile import profiles
from synthkit.metrics.base import Reference


def test_cells_missing_as_often_but_not_together(reference, fresh):
    """`job` is missing only where `income` is; shuffling `job` keeps every share and breaks the pairs."""
    metric, rng = base.get("missingness"), np.random.default_rng(0)
    good, *_ = metric(reference, fresh, rng=rng)
    frame = fresh.frame.copy()
    frame["job"] = frame["job"].to_numpy()[rng.permutation(len(frame))]
    bad, *details = metric(reference, Table(frame, fresh.schema), rng=rng)
    assert bad.value > good.value
    assert {s.subject[0] for s in details} == {"income", "age", "since", "job", "remark"}
    full = fresh.frame.copy()
    full["income"] = 1.0
    worst, *details = metric(reference, Table(full, fresh.schema), rng=rng)
    assert worst.value > bad.value
    assert next(s for s in details if s.subject == ("income",)).value == pytest.approx(0.15, abs=0.03)


def test_no_missing_cell_no_score():
    table = Table(pd.DataFrame({"x": np.arange(60.0)}), Schema((Column("x", "numeric"),)))
    assert not base.get("missingness")(Reference(table, table), table, rng=np.random.default_rng(0))


def test_profiles_hold_shares_that_enough_rows_stand_behind(reference, fresh):
    found = {p["column"]: p for p in profiles(reference, fresh)}
    assert list(found) == list(reference.schema.names)
    n = len(reference.train) + len(reference.holdout)
    for name, profile in found.items():
        gone = profile["missing"]["real"] * n
        if "edges" in profile:
            assert len(profile["edges"]) == len(profile["real"]) + 1 == len(profile["synthetic"]) + 1
            assert 10 <= len(profile["real"]) <= 40
            assert list(profile["edges"]) == sorted(profile["edges"])
        if "real" in profile:
            assert sum(profile["real"]) == pytest.approx(1, abs=1e-4)
            assert sum(profile["synthetic"]) == pytest.approx(1, abs=1e-4)
            assert min(profile["real"]) * (n - gone) > 4.9, name
    assert found["since"]["edges"][0].startswith("20")
    assert found["owner"]["levels"] == ["no", "yes"] or found["owner"]["levels"] == ["yes", "no"]
    assert found["key"]["distinct_real_share"] == 1
    assert set(found["remark"]) == {"column", "kind", "reason", "missing", "distinct_real_share"}
    json.dumps(list(found.values()), allow_nan=False)


def test_profiles_show_no_extreme_and_no_rare_level():
    rng = np.random.default_rng(0)
    schema = Schema((Column("pay", "numeric"), Column("kids", "integer"), Column("town", "categorical")))

    def table(n):
        town = rng.choice([f"town {k}" for k in range(20)], n).astype(object)
        town[:2] = "hermitage"
        frame = pd.DataFrame(
            {"pay": rng.lognormal(8, 1, n), "kids": pd.array(rng.poisson(1.5, n), "Int64"), "town": town}
        )
        frame.loc[0, ["pay", "kids"]] = 123_456_789.0, 77
        return Table(frame, schema)

    train, holdout, fake = table(600), table(300), table(500)
    pay, kids, town = profiles(Reference(train, holdout), fake)
    values = set(np.concatenate([t.frame["pay"].to_numpy() for t in (train, holdout)]))
    assert not values & set(pay["edges"])
    assert max(pay["edges"]) < 123_456_789
    assert kids["edges"][0] == -0.5
    assert np.diff(kids["edges"])[:4].tolist() == [1, 1, 1, 1]  # few values: a bin a value
    assert max(kids["edges"]) < 20
    assert len(town["levels"]) == 13
    assert town["levels"][-1] == "other"
    assert "hermitage" not in town["levels"]
    assert "hermitage" not in json.dumps([pay, kids, town])
