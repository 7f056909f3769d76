"""Scales for series: the same twice, blind to nothing they claim to see, and fair to real series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthkit.data.panel_split import split_panel
from synthkit.metrics import base
from synthkit.metrics.base import PanelReference
from synthkit.models.base import Plan
from synthkit.models.series.naive import MODEL as NAIVE
from synthkit.scorecard import Scorecard, score_series
from synthkit.testing._panels import many, motley


def reference(panel, how):
    parts = split_panel(panel, share=0.3, seed=0, how=how)
    return PanelReference(parts.train, parts.holdout, 0)


def judged(real, made):
    return score_series(real, made, seed=1)


@pytest.fixture(scope="module")
def by_time():
    return reference(many(5), "time")


@pytest.fixture(scope="module")
def twins(by_time):
    model = NAIVE().fit(by_time.train, rng=np.random.default_rng(0))
    made = [model.simulate(Plan(mode, 20, horizon), rng=np.random.default_rng(1)) for mode, horizon in PLANS]
    return by_time.train.of([s for panel in made for s in panel])


PLANS = (("twin", None), ("continue", 10))


def test_every_score_is_said_once_and_the_same_twice(by_time, twins):
    one, two = judged(by_time, twins), judged(by_time, twins)
    assert one.scores == two.scores
    assert one.profiles == two.profiles
    keys = [(s.metric, s.subject) for s in one.scores]
    assert len(keys) == len(set(keys))
    for metric in {s.metric for s in one.scores}:
        assert next(s for s in one.scores if s.metric == metric).subject == ()
    assert Scorecard.from_json(one.to_json()).to_json() == one.to_json()
    assert {"forecast", "forecast_utility", "marginal", "autocorrelation"} <= {k for k, _ in keys}


@pytest.mark.parametrize("metric", ["marginal", "autocorrelation", "features"])
def test_fresh_real_rows_do_well_and_shuffled_ones_badly(by_time, metric):
    """The train series score their own floor; with their rows in another order they cannot hide."""
    rng = np.random.default_rng(2)
    shuffled = by_time.train.of([replace(s, values=rng.permutation(s.values)) for s in by_time.train])
    scale = base.get_series(metric)
    real = next(iter(scale(by_time, by_time.train, rng=np.random.default_rng(0))))
    noise = next(iter(scale(by_time, shuffled, rng=np.random.default_rng(0))))
    assert real.value == pytest.approx(real.floor, rel=0.35)
    assert noise.value > 1.5 * noise.floor


def test_series_are_judged_as_they_are_written(by_time):
    """Moved by less than half of their last digit, the series are the same once they are in a file."""
    moved = by_time.train.of([replace(s, values=s.values + 0.004) for s in by_time.train])
    assert moved.table.frame.equals(by_time.train.table.frame)
    assert judged(by_time, moved).scores == judged(by_time, by_time.train).scores


def test_copies_are_caught(by_time):
    """A twin that is its original follows it at every moment and lies on its windows."""
    for metric in ("shadow", "nearest_window"):
        found = next(iter(base.get_series(metric)(by_time, by_time.train, rng=np.random.default_rng(0))))
        assert found.value > 0.95, metric
    entities = reference(motley(), "entity")
    found = next(iter(base.get_series("entity_membership")(entities, entities.train, rng=np.random.default_rng(0))))
    assert found.value > 0.95


def test_forecasts_of_the_truth_are_best(by_time):
    """Paths close about what came beat the naive floor; paths a season late do not."""
    rng = np.random.default_rng(3)
    rows = max(len(s) for s in by_time.holdout)
    sharp = [
        replace(s, values=s.values + rng.normal(0, 0.1, s.values.shape), path=path)
        for s in by_time.holdout
        for path in range(20)
    ]
    far = [replace(s, values=s.values + 500) for s in sharp]
    scale = base.get_series("forecast")
    good, bad = (
        next(iter(scale(by_time, by_time.train.of(paths), rng=np.random.default_rng(0)))) for paths in (sharp, far)
    )
    assert good.value < 0.3 * good.floor
    assert bad.value > 10 * bad.floor
    assert good.n == pytest.approx(rows * len(by_time.holdout) * 2, rel=0.2)


def test_pictures_hold_aggregates_only(by_time, twins):
    """No real cell stands in a profile: lines are means, histograms have no thin bin."""
    cells = {float(f"{v:.5g}") for s in (*by_time.train, *by_time.holdout) for v in s.values.ravel() if v == v}
    fans = [p["series"]["fan"] for p in judged(by_time, twins).profiles if "series" in p]
    assert len(fans) == 2
    for fan in fans:
        drawn = {v for v in fan["real"] if v is not None}
        assert len(drawn) > 20
        assert len(drawn & cells) <= len(drawn) // 20


def test_detection_sees_noise_and_not_real_series():
    panel = many(1)
    long = panel.of([s for seed in range(14) for s in _renamed(many(seed), seed)])
    real = reference(long, "entity")
    scale = base.get_series("series_detection")
    rng = np.random.default_rng(4)
    noise = real.train.of([replace(s, values=rng.permutation(s.values)) for s in real.train])
    told = next(iter(scale(real, noise, rng=np.random.default_rng(0))))
    same = next(iter(scale(real, real.train, rng=np.random.default_rng(0))))
    assert told.value > 0.9
    assert abs(same.value - 0.5) < 0.15


def _renamed(panel, seed):
    return [replace(s, entity=f"{seed}-{s.entity}") for s in panel]
