"""What is particular to the energy over the sequential trees."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import ArtifactError
from synthkit.models import artifact
from synthkit.models.tabular.energy import Energy
from synthkit.models.tabular.trees import Trees

PARTS = [f"part{at}" for at in range(10)]


def bills(rows=6000, seed=0):
    """A total of ten parts: no handful of splits on single parts tells it."""
    rng = np.random.default_rng(seed)
    parts = rng.gamma(2, size=(rows, len(PARTS)))
    frame = pd.DataFrame(parts.round(2), columns=PARTS)
    total = parts.sum(1) * np.exp(rng.normal(0, 0.1, rows))
    return sk.read(frame.assign(kind=np.where(parts[:, 0] > 2, "large", "small"), total=total.round(2)), target="kind")


@pytest.fixture(scope="module")
def made():
    table = bills()
    energy = Energy().fit(table, rng=np.random.default_rng(0))
    trees = Trees().fit(table, rng=np.random.default_rng(0))
    return table, energy, trees


def bond(table):
    """How well the parts say the total: their correlation."""
    frame = table.frame
    return float(np.corrcoef(frame[PARTS].to_numpy(float).sum(1), frame["total"].to_numpy(float))[0, 1])


def test_a_relation_that_no_column_at_a_time_tells_is_stronger(made):
    table, energy, trees = made
    found = [bond(m.sample(6000, rng=np.random.default_rng(1))) for m in (trees, energy)]
    assert found[0] + 0.3 * (bond(table) - found[0]) < found[1] < bond(table) + 0.02, found
    assert energy.notes["strength"] > 0.3


def test_nothing_is_changed_where_the_trees_cannot_be_bettered():
    rng = np.random.default_rng(0)
    table = sk.read(pd.DataFrame({"a": rng.normal(size=1500).round(3), "b": rng.choice(list("xyz"), 1500)}))
    energy = Energy().fit(table, rng=np.random.default_rng(0))
    gain = float(energy.notes["gain on unseen rows"].split()[0])
    assert gain < 0.01
    rows = energy.sample(3000, rng=np.random.default_rng(1)).frame
    assert abs((rows["b"] == "x").mean() - (table.frame["b"] == "x").mean()) < 0.04


def test_a_handful_of_rows_follows_the_law_of_many(made):
    _, energy, trees = made
    draws = [energy.sample(3, rng=np.random.default_rng([3, at])).frame for at in range(80)]
    few = bond(type(energy.sample(3, rng=np.random.default_rng(0)))(pd.concat(draws), made[0].schema))
    assert few > bond(trees.sample(6000, rng=np.random.default_rng(1))) + 0.03


def test_weights_hold_on_a_condition_given_row_by_row(made):
    _, energy, trees = made
    kinds = ["large", "small"] * 1500
    found = {}
    for name, model in (("energy", energy), ("trees", trees)):
        rows = model.sample_where(3000, {"kind": kinds}, rng=np.random.default_rng(4))
        assert rows.frame["kind"].tolist() == kinds
        found[name] = bond(rows)
    assert found["energy"] > found["trees"] + 0.03, found


def test_no_proposal_is_given_out_twice(made):
    _, energy, _ = made
    assert not energy.sample(6000, rng=np.random.default_rng(5)).frame.duplicated().any()


def test_boosted_trees_that_do_not_belong_are_refused(made, tmp_path):
    _, energy, _ = made
    energy.save(tmp_path)
    plain, arrays = artifact.load(tmp_path, "energy")
    artifact.save(tmp_path, "energy", plain, arrays | {"booster0": np.frombuffer(b"tree\nno tree at all\n", np.uint8)})
    with pytest.raises(ArtifactError, match="boosted trees"):
        Energy.load(tmp_path)
    plain["tilt"]["columns"] = plain["tilt"]["columns"][:-1]
    artifact.save(tmp_path, "energy", plain, arrays)
    with pytest.raises(ArtifactError, match="do not fit"):
        Energy.load(tmp_path)
