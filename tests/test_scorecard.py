"""The scorecard: frozen, plain, the same for the same seed, and clear about what is wrong with its input."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.errors import ConfigError, SchemaError, UnknownName
from synthkit.metrics.base import Reference, Score
from synthkit.metrics.fidelity.trend import pair_trends
from synthkit.scorecard import Scorecard, score


@pytest.fixture(scope="module")
def parts():
    """Breast cancer, ten columns and the diagnosis: train, holdout, and real rows that play synthetic."""
    raw = load_breast_cancer(as_frame=True).frame.iloc[:, [*range(10), 30]]
    frame = raw.astype("float64").assign(target=raw["target"].map({0: "malignant", 1: "benign"}).astype(object))
    columns = [Column(name, "numeric") for name in frame.columns[:-1]]
    table = Table(frame, Schema((*columns, Column("target", "categorical")), target="target"))
    order = np.random.default_rng(0).permutation(len(table))
    return [table.take(order[k::3]) for k in range(3)]


def test_a_scorecard_survives_json_and_is_the_same_for_the_same_seed(parts):
    train, holdout, synthetic = parts
    stages = []
    card = score(train, synthetic, holdout, seed=5, progress=lambda stage, done, note="": stages.append((stage, done)))
    again = score(Reference(train, holdout, seed=5), synthetic, seed=5)
    other = score(train, synthetic, holdout, seed=6)
    assert card.scores == again.scores
    assert card.profiles == again.profiles
    assert {k: v for k, v in card.provenance.items() if k != "seconds"} == {
        k: v for k, v in again.provenance.items() if k != "seconds"
    }
    assert card.scores != other.scores
    assert Scorecard.from_json(card.to_json()) == card
    assert Scorecard.from_dict(card.to_dict()) == card

    asked = {"shape", "trend", "detection", "utility", "global_utility", "identical", "dcr", "nndr", "membership"}
    assert {s.metric for s in card.headlines} == asked
    assert card.headline("missingness") is None
    assert len(card.details("trend")) == 55
    assert card.provenance["rows"] == {"train": 190, "holdout": 190, "synthetic": 189}
    assert set(card.provenance["seconds"]) >= asked
    assert card.provenance["holdout_sha256"] == holdout.digest()
    assert stages[-1] == ("evaluate", 1.0)
    assert [done for _, done in stages] == sorted(done for _, done in stages)


def test_real_work_is_done_once_a_reference(parts, monkeypatch):
    """The second table judged against the same reference finds every floor ready."""
    train, holdout, synthetic = parts
    reference = Reference(train, holdout)
    score(reference, synthetic)
    kept = dict(reference._kept)
    score(reference, synthetic.take(np.arange(len(synthetic))[::-1]))
    assert reference._kept.keys() == kept.keys()
    assert all(reference._kept[key] is value for key, value in kept.items())


def test_what_is_wrong_is_said_with_the_column(parts):
    train, holdout, synthetic = parts
    with pytest.raises(ConfigError, match="no holdout"):
        score(train, synthetic)
    with pytest.raises(UnknownName, match=r"did you mean 'shape'"):
        score(train, synthetic, holdout, metrics=["shapes"])
    with pytest.raises(SchemaError, match="synthetic table has no rows"):
        score(train, synthetic.head(0), holdout)
    shorter = Table(synthetic.frame.drop(columns="mean area"), synthetic.schema.without({"mean area"}))
    with pytest.raises(SchemaError, match="lacks the column 'mean area'"):
        score(train, shorter, holdout)
    with pytest.raises(SchemaError, match="holdout table has the column 'mean area', which train lacks"):
        score(shorter, shorter, holdout)
    kinds = tuple(replace(c, kind="integer") if c.name == "mean area" else c for c in synthetic.schema)
    recast = Table(synthetic.frame.astype({"mean area": "float64"}), Schema(kinds))
    with pytest.raises(SchemaError, match="column 'mean area' is integer in synthetic and numeric in train"):
        score(train, recast, holdout)


def test_the_order_of_columns_in_the_synthetic_table_does_not_matter(parts):
    train, holdout, synthetic = parts
    names = synthetic.schema.names[::-1]
    turned = Table(synthetic.frame[list(names)], Schema(tuple(synthetic.schema[n] for n in names), target="target"))
    assert score(train, turned, holdout).scores == score(train, synthetic, holdout).scores


def test_json_knows_no_nan():
    card = Scorecard((Score("shape", "fidelity", 0.1, "lower", floor=math.nan),), provenance={"note": math.inf})
    plain = json.loads(card.to_json())
    assert plain["scores"][0]["floor"] is None
    assert plain["provenance"]["note"] is None


def adult() -> Path | None:
    """Where Adult lies, if it does."""
    beside = Path(__file__).parents[1].parent / "shared" / "data"
    found = Path(os.environ.get("SYNTHKIT_DATA", beside)) / "adult"
    return found if found.is_dir() else None


@pytest.mark.slow
@pytest.mark.skipif(adult() is None, reason="Adult is not here")
def test_adult_at_full_size():
    """Real data: the floor of Adult, the price of a bootstrap, and every metric within its time."""
    tables = []
    for part in ("train", "test"):
        frame = pd.read_csv(adult() / f"{part}.csv.gz", na_values="?")
        kinds = {c: "integer" if frame[c].dtype.kind == "i" else "categorical" for c in frame}
        for name, kind in kinds.items():
            cells = frame[name]
            frame[name] = (
                cells.astype("Int64") if kind == "integer" else cells.astype(object).where(cells.notna(), None)
            )
        tables.append(Table(frame, Schema(tuple(Column(n, k) for n, k in kinds.items()), target="income")))
    train, holdout = tables
    copies = train.take(np.random.default_rng(0).integers(0, len(train), len(train)))
    card = score(train, copies, holdout)
    shape, trend, detection = (card.headline(name) for name in ("shape", "trend", "detection"))
    assert shape.floor == pytest.approx(0.0061, abs=0.0002)
    assert trend.floor == pytest.approx(0.0157, abs=0.0005)
    papers = pair_trends(holdout, train)  # each table cut between its own extremes
    assert np.mean(list(papers.values())) == pytest.approx(0.0178, abs=0.0005)
    assert detection.floor == pytest.approx(0.5, abs=0.01)
    assert card.headline("utility").floor == pytest.approx(0.927, abs=0.003)
    assert card.headline("identical").value == 1
    assert card.headline("dcr").ci[0] > 0.7
    assert card.headline("membership").ci[0] > 0.8
    assert all(score.copying > 0.001 for score in (shape, trend, detection))
    seconds = card.provenance["seconds"]
    assert sum(seconds.values()) < 60
