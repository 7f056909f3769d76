"""The privacy dial, in every model of tables."""

from __future__ import annotations

import numpy as np
import pytest

import synthkit as sk
from synthkit.data import catalog
from synthkit.data.split import split
from synthkit.errors import ConfigError
from synthkit.metrics import base
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.models.base import Trained
from synthkit.models.tabular.trees import Trees
from synthkit.testing._tables import linked, mixed

STRICT = 20


def made_by(name, **options):
    kind = registry.get(name)
    options |= {"steps": 20} if isinstance(kind(), Trained) else {}
    return kind(**options)


@pytest.mark.parametrize("name", registry.names())
def test_no_category_comes_out_that_fewer_rows_hold(name, tmp_path):
    table = mixed(800)
    usual, strict = (made_by(name, **dial).fit(table, rng=np.random.default_rng(0)) for dial in ({}, {"privacy": 150}))
    counts = table.frame["job"].value_counts()
    kept = set(counts.index[counts >= 150])
    assert kept < set(usual.sample(800, rng=np.random.default_rng(1)).frame["job"].dropna())
    rows = strict.sample(800, rng=np.random.default_rng(1))
    assert set(rows.frame["job"].dropna()) <= kept
    strict.save(tmp_path / "model")
    again = registry.get(name).load(tmp_path / "model")
    assert again.guard == strict.guard
    assert again.sample(800, rng=np.random.default_rng(1)).frame.equals(rows.frame)


def test_no_leaf_draws_from_fewer_rows():
    model = Trees(privacy=STRICT).fit(mixed(800), rng=np.random.default_rng(0))
    for _, forest in model._law.laws.values():
        leaves = (forest.feature < 0) & (forest.parent >= 0)
        assert (forest.stop - forest.start)[leaves].min(initial=STRICT) >= STRICT


def test_more_of_it_is_farther_from_the_train_rows():
    parts = split(linked(4000), share=0.5, seed=0)
    reference = Reference(parts.train, parts.holdout, 0)

    def nearer(**dial):
        model = Trees(**dial).fit(parts.train, rng=np.random.default_rng(0))
        made = model.sample(len(parts.train), rng=np.random.default_rng(1))
        return next(iter(base.get("dcr")(reference, made, rng=np.random.default_rng(2)))).value

    assert nearer(leaf=1, wide_leaf=1) > nearer(privacy=200)


def test_the_whole_ladder_obeys_and_the_record_says_so(tmp_path):
    result = sk.generate(mixed(800), models=["marginals", "trees"], privacy=STRICT, seed=1, folds=1)
    assert result.model.guard.rows == STRICT
    result.save(tmp_path)
    assert f"privacy dial was set to {STRICT}" in (tmp_path / "decision.md").read_text(encoding="utf-8")
    own = sk.generate(mixed(800), models=["trees"], privacy=STRICT, options={"trees": {"privacy": 50}}, seed=1, folds=1)
    assert own.model.guard.rows == 50


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ConfigError, match="privacy of 0 rows"):
        Trees(privacy=0)
    with pytest.raises(ConfigError, match="for tables"):
        sk.generate(catalog.path("co2"), time="date", privacy=5)
