"""What is wrong with series is said by name, with a remedy, and without a cell of the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import ConfigError, InputError, SynthkitError


def monthly(n=60, **columns):
    months = pd.date_range("2015-01-01", periods=n, freq="MS")
    rng = np.random.default_rng(0)
    sold = np.round(100 + 10 * np.sin(np.pi * np.arange(n) / 6) + rng.normal(0, 3, n).cumsum(), 2)
    return pd.DataFrame({"month": months, "sold": sold, **columns})


def refusal(frame, kind=SynthkitError, **asked):
    with pytest.raises(kind) as caught:
        sk.generate(frame, **{"time": "month", "models": ["naive"], **asked})
    return f"{caught.value} {caught.value.hint}".lower()


def test_rows_in_any_order_give_the_same_series():
    frame = monthly()
    shuffled = frame.sample(frac=1, random_state=1)
    one, two = (sk.generate(f, time="month", models=["naive"], seed=3) for f in (frame, shuffled))
    assert one.table.digest() == two.table.digest()


def test_two_rows_for_one_month():
    frame = pd.concat([monthly(), monthly().iloc[[7]]], ignore_index=True)
    said = refusal(frame, InputError)
    assert "month" in said
    assert any(word in said for word in ("twice", "repeated", "duplicate"))
    assert "entity" in said


def test_dates_that_are_none():
    frame = monthly().astype({"month": str})
    frame.loc[10, "month"] = "next spring"
    said = refusal(frame)
    assert "month" in said
    assert "spring" not in said


def test_too_short_for_its_season():
    said = refusal(monthly(15), InputError, season=12)
    assert "season" in said
    assert "12" in said


def test_too_short_at_all():
    assert "rows" in refusal(monthly(5), InputError)


def test_a_series_that_never_moves():
    frame = monthly()
    frame["sold"] = 5.0
    assert "sold" in refusal(frame, InputError)


def test_a_series_without_a_value():
    frame = monthly()
    frame["sold"] = np.nan
    assert "sold" in refusal(frame, InputError)


@pytest.mark.parametrize("steps", [("D", "7D"), ("D", "MS"), ("h", "D"), ("D", "QE")])
def test_entities_on_calendars_of_their_own(steps):
    fine, coarse = (
        pd.DataFrame({"month": pd.date_range("2019-03-04", periods=50, freq=step), "sold": np.arange(50.0) ** 1.3 % 7})
        for step in steps
    )
    frame = pd.concat([fine.assign(shop="a"), coarse.assign(shop="b")], ignore_index=True)
    said = refusal(frame, InputError, entity="shop")
    assert "mixed frequencies" in said
    assert "one frequency" in said


@pytest.mark.parametrize(("asked", "word"), [({"horizon": 0}, "horizon"), ({"paths": 0}, "paths")])
def test_nothing_asked_for(asked, word):
    assert word in refusal(monthly(), ConfigError, mode="continue", **asked)


def test_a_horizon_for_twins():
    assert "horizon" in refusal(monthly(), ConfigError, mode="twin", horizon=4)


def test_known_inputs_that_end_too_soon():
    frame = monthly(price=np.arange(60) % 2)
    said = refusal(frame, exog=["price"], mode="continue", horizon=3, models=["harmonic"])
    assert "price" in said
    assert "future" in said
    future = pd.DataFrame({"month": pd.date_range("2020-01-01", periods=2, freq="MS"), "price": [0, 1]})
    assert "lacks 1 of the 3 rows" in refusal(
        frame, exog=["price"], mode="continue", horizon=3, models=["harmonic"], future=future
    )
    whole = pd.DataFrame({"month": pd.date_range("2020-01-01", periods=3, freq="MS"), "price": [0, 1, 0]})
    made = sk.generate(
        frame, time="month", exog=["price"], mode="continue", horizon=3, models=["harmonic"], future=whole
    ).frame
    assert made["price"].tolist() == [0, 1, 0]


def test_options_of_series_for_a_model_of_tables():
    assert "time series" in refusal(monthly(), ConfigError, models=["trees"], mode="twin")


def test_rows_cannot_be_asked_for():
    assert "paths" in refusal(monthly(), ConfigError, rows=10)
