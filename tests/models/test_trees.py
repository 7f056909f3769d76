"""What is particular to the sequential trees."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest

from synthkit.data import io
from synthkit.data.schema import Column
from synthkit.data.split import split
from synthkit.data.table import Table
from synthkit.metrics import base
from synthkit.metrics.base import Reference
from synthkit.models.tabular.marginals import Marginals
from synthkit.models.tabular.trees import Trees
from synthkit.testing._tables import build, linked, mixed


def fitted(table, **options):
    return Trees(**options).fit(table, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def judged():
    """Scores of the trees and of the control on a real table of mixed types."""
    from sklearn.datasets import load_breast_cancer

    frame = load_breast_cancer(as_frame=True).frame.iloc[:, [*range(8), -1]].copy()
    frame["target"] = frame["target"].map({0: "malignant", 1: "benign"})
    frame["size"] = pd.cut(frame["mean radius"], 4, labels=["s", "m", "l", "xl"]).astype(object)
    parts = split(io.to_table(frame, target="target"), share=0.4, seed=0)
    reference = Reference(parts.train, parts.holdout, 0)

    def scores(model):
        made = model.fit(parts.train, rng=np.random.default_rng(0)).sample(
            len(parts.train), rng=np.random.default_rng(1)
        )
        return {
            name: next(iter(base.get(name)(reference, made, rng=np.random.default_rng(2))))
            for name in ("detection", "utility", "trend")
        }

    return scores(Trees()), scores(Marginals())


@pytest.mark.parametrize(("metric", "better"), [("detection", -1), ("utility", 1), ("trend", -1)])
def test_beats_independent_columns_on_real_data(judged, metric, better):
    trees, control = (scores[metric] for scores in judged)
    low, high = (trees.ci[0], control.ci[1]) if better > 0 else (control.ci[0], trees.ci[1])
    assert low > high, f"{metric}: trees {trees.value:.3f} {trees.ci}, control {control.value:.3f} {control.ci}"


def test_order_begins_with_what_is_given_then_the_target_then_few_values():
    table = mixed(300)
    assert next(iter(fitted(table, trees=1)._law.laws)) == "risk"
    order = list(fitted(table, trees=1, given=["age", "job"])._law.laws)
    assert order[:3] == ["age", "job", "risk"]
    kinds = [table.schema[name].is_number for name in order[3:]]
    assert kinds == sorted(kinds), "columns of levels come before numbers"
    assert "key" not in order, "a key without gaps says nothing"
    assert "remark" in order, "whether a remark is there does"


def test_relations_are_learned():
    made = fitted(linked()).sample(20_000, rng=np.random.default_rng(1)).frame
    for group, p in (("a", 0.1), ("b", 0.5), ("c", 0.9)):
        rows = made[made["group"] == group]
        assert (rows["answer"] == "yes").mean() == pytest.approx(p, abs=0.05)
        assert rows["size"].mean() == pytest.approx(100 * p, abs=3)


def test_what_is_missing_is_missing_together():
    table = mixed(2000)
    assert (table.frame["income"].isna() == table.frame["paid"].isna()).all()
    made = fitted(table).sample(4000, rng=np.random.default_rng(1)).frame
    both = made["income"].isna() & made["paid"].isna()
    assert both.sum() > 0.8 * made["income"].isna().sum()


def test_the_relation_is_found_among_a_hundred_other_columns():
    """Screening keeps what matters: the one column that tells the target is the last but one of 120."""
    rng = np.random.default_rng(5)
    n = 1200
    columns = {Column(f"noise {k}", "categorical"): rng.choice(["p", "q", "r"], n) for k in range(118)}
    cause = rng.normal(size=n)
    columns[Column("cause", "numeric")] = cause
    columns[Column("effect", "numeric")] = cause + rng.normal(scale=0.1, size=n)
    model = fitted(build(columns), trees=2)
    assert max(len(before) for before, _ in model._law.laws.values()) <= 40
    made = model.sample(3000, rng=np.random.default_rng(1)).frame
    assert np.corrcoef(made["cause"], made["effect"])[0, 1] > 0.9


@pytest.mark.parametrize("cores", [1, 2, 7, None])
def test_rows_do_not_depend_on_the_number_of_threads(monkeypatch, cores):
    table = mixed(200)
    want = fitted(table, trees=3).sample(100, rng=np.random.default_rng(1)).frame
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert fitted(table, trees=3).sample(100, rng=np.random.default_rng(1)).frame.equals(want)


def test_options_survive_saving(tmp_path):
    model = fitted(mixed(100), trees=2, leaf=7, wide_leaf=30, shrink=1.0, blur=2.0, given=["age"])
    model.save(tmp_path)
    loaded = Trees.load(tmp_path)
    assert loaded.growth == model.growth
    assert (loaded.blur, loaded.given) == (2.0, ("age",))


def test_larger_leaves_are_further_from_the_data():
    """The privacy knob turns: with whole-table leaves the relation is gone."""
    table = linked()

    def told(model):
        made = model.sample(8000, rng=np.random.default_rng(1)).frame
        return abs(np.corrcoef(made["size"], made["answer"] == "yes")[0, 1])

    assert told(fitted(table)) > 0.5
    assert told(fitted(table, leaf=3000, wide_leaf=3000)) < 0.1


def test_an_odd_cell_is_told_and_scores_survive_saving(tmp_path):
    rows = linked(2000)
    model = fitted(rows)
    frame = rows.frame.head(2).copy()
    frame["size"] = frame["size"].astype(float)
    frame.loc[1, "size"] = 10 * rows.frame["size"].max()
    frame = frame.astype(rows.frame.dtypes)
    odd, names = model.surprise(Table(frame, rows.schema))
    assert names[odd[1].argmax()] == "size" and odd[1].sum() > odd[0].sum() + np.log(2000)
    model.save(tmp_path)
    again = Trees.load(tmp_path)
    assert (again.log_density(rows) == model.log_density(rows)).all()
    assert (again.surprise(rows)[0] == model.surprise(rows)[0]).all()
