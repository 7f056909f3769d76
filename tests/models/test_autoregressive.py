"""What is particular to the autoregressive network: its densities are exact, and its orders agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.models.base import Conditional, Density, Detector, Imputer, Terms
from synthkit.models.tabular.autoregressive import Autoregressive


def of(frame, *kinds):
    return Table(frame, Schema(tuple(Column(name, kind) for name, kind in zip(frame, kinds, strict=True))))


def curve(n, seed=0):
    """y goes with the square of x; a word says on which side of 0 x lies, with some errors."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, n)
    y = x**2 + rng.normal(0, 0.2, n)
    word = np.where((x > 0) ^ (rng.random(n) < 0.1), "right", "left").astype(object)
    return of(pd.DataFrame({"x": x, "y": y, "word": word}), "numeric", "numeric", "categorical")


@pytest.fixture(scope="module")
def fitted():
    return Autoregressive(steps=400).fit(curve(4000), rng=np.random.default_rng(1))


def test_it_has_the_abilities_of_its_card(fitted):
    for ability in (Conditional, Density, Detector, Imputer):
        assert isinstance(fitted, ability), ability


def test_a_curve_is_drawn_from_either_end(fitted):
    """Given y, x is on both sides of 0 where nothing else is known, and on one where the word says so."""
    rows = fitted.sample_where(2000, {"y": 1.0}, rng=np.random.default_rng(2)).frame
    assert 0.4 < (rows["x"] > 0).mean() < 0.6 and abs(rows["x"].abs().median() - 1) < 0.1
    right = fitted.sample_where(2000, {"y": 1.0, "word": "right"}, rng=np.random.default_rng(2)).frame
    assert 0.84 < (right["x"] > 0).mean() < 0.96
    given_x = fitted.sample_where(2000, {"x": 1.5}, rng=np.random.default_rng(2)).frame
    assert abs(given_x["y"].median() - 2.25) < 0.2 and given_x["y"].std() < 0.7


def test_densities_are_near_the_truth(fitted):
    """The law of x, y and the word is known: nats over ranks are those of the joint law less those of each number."""
    from scipy.stats import norm

    rows = curve(3000, seed=9)
    x, y = (rows.frame[name].to_numpy(float) for name in ("x", "y"))
    agrees = (rows.frame["word"] == "right").to_numpy() == (x > 0)
    draws = np.random.default_rng(3).normal(0, 1, 200_000)
    around = np.sort(draws**2 + np.random.default_rng(4).normal(0, 0.2, len(draws)))
    width = 0.1
    of_y = (np.searchsorted(around, y + width) - np.searchsorted(around, y - width)) / len(around) / (2 * width)
    truth = norm.logpdf(y, x**2, 0.2) - np.log(of_y.clip(1e-6)) + np.log(np.where(agrees, 0.9, 0.1))
    told = fitted.log_density(rows)
    assert told.mean() == pytest.approx(truth.mean(), abs=0.35) and told.mean() < truth.mean() + 0.03
    assert np.corrcoef(told, truth)[0, 1] > 0.85


def test_members_of_a_group_share_its_probability():
    """Of more categories than are kept apart, the probabilities add up to one over the categories, not the groups."""
    rng = np.random.default_rng(8)
    towns = np.array([f"t{at:03}" for at in range(200)], dtype=object)
    frame = pd.DataFrame({"town": rng.choice(towns, 6000), "size": rng.normal(0, 1, 6000).round(1)})
    model = Autoregressive(steps=20).fit(of(frame, "categorical", "numeric"), rng=np.random.default_rng(1))
    sizes, counts = np.unique(frame["size"], return_counts=True)
    rows = pd.DataFrame({"town": np.repeat(towns, len(sizes)), "size": np.tile(sizes, len(towns))})
    told = model.log_density(of(rows, "categorical", "numeric"))
    assert np.exp(told) @ np.tile(counts / counts.sum(), len(towns)) == pytest.approx(1, abs=0.02)


def test_cells_that_are_known_are_what_missing_ones_follow(fitted):
    torn = curve(500, seed=5)
    frame = torn.frame.copy()
    frame.loc[:249, "y"] = np.nan
    frame.loc[250:, "word"] = None
    filled = fitted.impute(Table(frame, torn.schema)).frame
    error = filled["y"][:250] - torn.frame["x"][:250] ** 2
    assert np.sqrt((error**2).mean()) < 0.3
    assert (filled["word"][250:] == torn.frame["word"][250:]).mean() > 0.8


def test_odd_rows_are_those_that_do_not_go_together(fitted):
    usual = curve(300, seed=6)
    odd = usual.frame.assign(y=usual.frame["y"].to_numpy()[::-1])
    scores = [fitted.surprise(table)[0].sum(axis=1) for table in (usual, Table(odd, usual.schema))]
    assert np.median(scores[1]) > np.median(scores[0]) + 1
    beyond = usual.frame.head(1).assign(x=40.0)
    surprise, names = fitted.surprise(Table(beyond, usual.schema))
    assert names[surprise[0].argmax()] == "x"


def test_a_warm_start_takes_over_what_is_alike(fitted, tmp_path):
    fitted.save(tmp_path)
    few = curve(150, seed=7)
    more = pd.array(np.arange(150) % 7, dtype="Int64")
    wider = Table(few.frame.assign(more=more), Schema((*few.schema, Column("more", "integer"))))
    cold = Autoregressive(steps=60).fit(wider, rng=np.random.default_rng(1))
    warm = Autoregressive(steps=60)
    warm.terms = Terms(start=tmp_path)
    warm.fit(wider, rng=np.random.default_rng(1))
    assert "of the weights" in warm.notes["begun with"]
    looked = "nats of held-out cells"
    assert warm.notes[looked] < cold.notes[looked] - 0.2
