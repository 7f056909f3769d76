"""The gate of the hybrid: shut where there is nothing to learn, open where blocks of the old innovations fall short."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.data import io
from synthkit.data.series import to_panel
from synthkit.models.base import Plan
from synthkit.models.series._gan_source import Gan
from synthkit.models.series.ets import MODEL as ETS
from synthkit.models.series.hybrid import MODEL as HYBRID
from synthkit.testing._panels import lone


def daily(steps):
    frame = pd.DataFrame({"day": pd.date_range("2015-01-01", periods=len(steps), freq="D"), "level": steps.cumsum()})
    return to_panel(io.to_table(frame, time="day"))


def threshold(n, seed=0):
    """Steps whose size and sign hang on the step before."""
    rng = np.random.default_rng(seed)
    steps = np.zeros(n)
    for t in range(1, n):
        before = steps[t - 1]
        steps[t] = (0.7 if before > 0 else -0.6) * before + (1.0 if before > 0 else 0.4) * rng.standard_normal()
    return daily(steps)


def test_few_rows_are_refused_with_the_reason():
    assert "300" in HYBRID.refuses(lone())


def test_innovations_without_a_pattern_train_no_network():
    panel = daily(np.random.default_rng(2).standard_normal(1_000))
    model = HYBRID(base="ets").fit(panel, rng=np.random.default_rng(0))
    assert "no pattern" in model.notes["switched off"]
    assert dict(model.settled) == {"base": "ets"}
    plain = ETS().fit(panel, rng=np.random.default_rng(0).spawn(2)[0])
    one, two = (m.simulate(Plan("twin"), rng=np.random.default_rng(5)).table.digest() for m in (model, plain))
    assert one == two  # with its gate shut it is the classical model


def test_what_an_earlier_fit_settled_is_not_tested_again():
    model = HYBRID(base="naive", steps=5).fit(threshold(500), rng=np.random.default_rng(0))
    assert "gate" not in model.notes
    assert model.settled["steps"] == 5
    made = model.simulate(Plan("continue", paths=3, horizon=700), rng=np.random.default_rng(1))
    assert all(len(s) == 700 and np.isfinite(s.values).all() for s in made)  # any length, in one pass


def test_calibrated_innovations_have_the_marginals_of_the_data():
    from synthkit.models.nn.gan import Recipe

    rng = np.random.default_rng(0)
    rows = rng.standard_t(4, (1_200, 2)) / np.sqrt(2)
    source = Gan.learn([rows], [np.zeros((1_200, 0))], rng=rng, recipe=Recipe(steps=10), steps=10)
    made = source.draw(4, np.zeros((3_000, 0)), series=None, rng=np.random.default_rng(1)).reshape(-1, 2)
    assert np.abs(made.mean(axis=0)).max() < 0.1
    assert np.abs(made.std(axis=0) - 1).max() < 0.1
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    assert np.abs(np.quantile(made, levels, axis=0) - np.quantile(rows, levels, axis=0)).max() < 0.2


def stormy(n, seed=0):
    """Steps that are wild on days known in advance to be stormy: no block of old steps knows what day it lands on."""
    rng = np.random.default_rng(seed)
    storm = (rng.random(n) < 0.3).astype(int)
    steps = np.where(storm == 1, rng.exponential(2.0, n) - 2.0, 0.3 * rng.standard_normal(n))
    frame = pd.DataFrame({"day": pd.date_range("2015-01-01", periods=n, freq="D"), "level": steps.cumsum()})
    frame["storm"] = storm
    return to_panel(io.to_table(frame, time="day"), exog=["storm"])


@pytest.mark.slow
def test_the_gate_opens_for_a_law_that_blocks_cannot_keep():
    model = HYBRID(base="ets").fit(stormy(3_000), rng=np.random.default_rng(0))
    assert "switched on" in model.notes, model.notes
    assert model.notes["innovations"] == "gan"
    assert model.notes["gate"]["difference"] > model.notes["gate"]["error"]
    calm = {"": np.zeros((30, 1))}
    wild = {"": np.ones((30, 1))}
    spread = [
        np.std([np.diff(s.values[:, 0]) for s in model.simulate(Plan("continue", 40, 30, exog), rng=_rng())])
        for exog in (calm, wild)
    ]
    assert spread[1] > 1.1 * spread[0]  # the paths answer the known input


def _rng():
    return np.random.default_rng(7)
