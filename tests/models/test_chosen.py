"""Networks whose rows are chosen among proposals: what no pair of columns shows is mended too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.models.base import Terms
from synthkit.models.tabular.autoregressive import Autoregressive


def parity(rows=2000, seed=0):
    """Columns of which any two tell nothing of each other, and some three together nearly everything."""
    rng = np.random.default_rng(seed)
    a, b, d = rng.integers(0, 2, (3, rows))
    c, e = (a ^ other ^ (rng.random(rows) < 0.05) for other in (b, d))
    named = zip("abcde", (a, b, c, d, e), strict=True)
    return sk.read(pd.DataFrame({name: np.array(["no", "yes"])[column] for name, column in named}))


def even(table, names):
    """The share of rows in which three columns agree as they do in nearly all real ones."""
    one, two, three = (table.frame[name] == "yes" for name in names)
    return float(1 - (one ^ two ^ three).mean())


@pytest.fixture(scope="module")
def fitted():
    """A network that has hardly learned, and the same without a choice."""
    chosen, plain = (Autoregressive(steps=8, **more) for more in ({}, {"proposals": 1}))
    return tuple(model.fit(parity(), rng=np.random.default_rng(0)) for model in (chosen, plain))


def drawn(model, n=2000):
    return model.sample(n, rng=np.random.default_rng(1))


def test_what_three_columns_say_together_is_mended(fitted):
    for names in ("abc", "ade"):
        chosen, plain = (even(drawn(model), names) for model in fitted)
        assert plain < 0.75, "the network knows it already"
        assert abs(chosen - even(parity(), names)) < 0.03
    assert float(fitted[0].notes["gain on unseen rows"].split()[0]) > 0.5


def test_more_proposals_are_drawn_where_few_are_like_real_rows(fitted):
    asked = fitted[0].proposals
    assert asked < fitted[0].notes["proposals"] <= 3 * asked
    assert "proposals" not in fitted[1].notes


def test_rows_on_a_condition_follow_it_too(fitted):
    given = {"a": "yes", "b": "no"}
    chosen, plain = (m.sample_where(400, given, rng=np.random.default_rng(2)).frame["c"] == "yes" for m in fitted)
    assert plain.mean() < 0.75 < 0.85 < chosen.mean()


def test_it_is_saved_with_the_model(fitted, tmp_path):
    fitted[0].save(tmp_path)
    again = Autoregressive.load(tmp_path)
    assert drawn(again).digest() == drawn(fitted[0]).digest()
    assert dict(again.notes) == dict(fitted[0].notes)


def test_no_boosting_where_time_is_short():
    model = Autoregressive(steps=8)
    model.terms = Terms(seconds=1e-3)
    model.fit(parity(600), rng=np.random.default_rng(0))
    assert model.notes["strength"] == 0
    assert len(drawn(model)) == 2000
