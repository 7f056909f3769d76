"""What every metric keeps, ours and other people's: found by the registry, so a new one needs no line here."""

from __future__ import annotations

import math

import numpy as np
import pytest

from synthkit.errors import UnknownName
from synthkit.metrics import base

EXACT = {"shape", "trend", "missingness", "identical"}
PRIVACY = ["identical", "dcr", "nndr", "membership"]
# What tells a table whose columns are right one by one from a table that is right.
JOINT = ["trend", "detection", "utility", "global_utility"]


@pytest.fixture(scope="module")
def judge(reference):
    """Scores of a table by a metric, computed once."""
    kept = {}

    def scores(name, table, seed=0):
        key = (name, id(table), seed)
        if key not in kept:
            kept[key] = (table, list(base.get(name)(reference, table, rng=np.random.default_rng(seed))))
        return kept[key][1]

    return scores


def test_all_ten_are_found():
    assert set(base.names()) >= {"shape", "trend", "missingness", "detection", "utility", "global_utility", *PRIVACY}
    with pytest.raises(UnknownName, match="shpae"):
        base.get("shpae")


@pytest.mark.parametrize("name", base.names())
def test_scores(name, judge, fresh, reference):
    before = [table.digest() for table in (reference.train, reference.holdout, fresh)]
    metric, scores = base.get(name), judge(name, fresh)
    again = list(metric(reference, fresh, rng=np.random.default_rng(0)))
    assert scores == again, "the same rng gives the same scores"
    assert [table.digest() for table in (reference.train, reference.holdout, fresh)] == before
    assert isinstance(metric, base.Metric)
    assert metric.label
    assert metric.question.strip()[-1] in ".?"

    head = scores[0]
    assert head.subject == ()
    assert head.floor is not None
    assert head.ci is not None
    assert head.n
    assert len({s.subject for s in scores}) == len(scores)
    for score in scores:
        assert (score.metric, score.family) == (name, metric.family)
        assert score.unit in {"share", "auc", "r2", "ratio", "count"}
        assert all(math.isfinite(x) for x in (score.value, score.floor, score.train) if x is not None)
        if score.subject != ("gap",):
            assert 0 <= score.value <= 1
        if score.ci is not None:
            assert score.ci[0] <= score.value <= score.ci[1]
        assert base.Score.from_dict(score.to_dict()) == score


@pytest.mark.parametrize("name", base.names())
def test_an_independent_sample_is_at_the_floor(name, judge, fresh):
    head = judge(name, fresh)[0]
    width = max(head.ci[1] - head.ci[0], 0.01)
    worse = head.value - head.floor if head.better == "lower" else head.floor - head.value
    assert worse <= width


@pytest.mark.parametrize("name", JOINT)
def test_broken_relations_score_worse(name, judge, fresh, shuffled):
    good, bad = judge(name, fresh)[0], judge(name, shuffled)[0]
    if good.better == "lower":
        assert bad.ci[0] > good.ci[1]
    else:
        assert bad.ci[1] < good.ci[0]


def test_shuffled_columns_keep_their_shapes(judge, fresh, shuffled):
    good, bad = judge("shape", fresh)[0], judge("shape", shuffled)[0]
    assert abs(good.value - bad.value) < 0.02


@pytest.mark.parametrize("name", PRIVACY)
def test_a_copy_of_train_scores_worse(name, judge, fresh, reference):
    good, bad = judge(name, fresh)[0], judge(name, reference.train)[0]
    if good.better == "lower":
        assert bad.ci[0] > good.ci[1]
    else:
        assert bad.ci[1] < good.ci[0]


@pytest.mark.parametrize("name", ["shape", "trend", "detection"])
def test_copying_shows_against_train(name, judge, fresh, reference):
    """Against the holdout a copy of train is as good as fresh rows; against train it is better, and that is copying."""
    copy, honest = judge(name, reference.train)[0], judge(name, fresh)[0]
    assert copy.copying > 0.005
    assert abs(honest.copying) < copy.copying
    assert copy.value == pytest.approx(copy.floor, abs=copy.ci[1] - copy.ci[0])


@pytest.mark.parametrize("name", base.names())
def test_the_order_of_rows_does_not_matter(name, judge, fresh):
    rows = np.random.default_rng(5).permutation(len(fresh))
    one, two = judge(name, fresh)[0], judge(name, fresh.take(rows))[0]
    slack = 1e-12 if name in EXACT else (one.ci[1] - one.ci[0])
    assert abs(one.value - two.value) <= slack
    assert one.floor == two.floor
