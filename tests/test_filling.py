"""A table with holes in, the whole table out."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import synthkit as sk
from synthkit.cli.main import app
from synthkit.errors import ConfigError, UnknownName


@pytest.fixture
def torn():
    """Two numbers that go together, a word that goes with them, a key, and a column that nobody filled."""
    rng = np.random.default_rng(0)
    x = rng.normal(50, 10, 400)
    frame = pd.DataFrame({
        "key": [f"K-{at:05}" for at in range(400)],
        "x": x.round(1),
        "y": (2 * x + rng.normal(0, 2, 400)).round(1),
        "word": np.where(x > 50, "high", "low"),
        "empty": np.full(400, np.nan),
    })  # fmt: skip
    whole = frame.copy()
    frame.loc[rng.random(400) < 0.2, "y"] = np.nan
    frame.loc[rng.random(400) < 0.2, "word"] = None
    frame.loc[0, "key"] = None
    return frame, whole


@pytest.mark.parametrize(("model", "options"), [("chained", {}), ("mixture", {"choose": False})])
def test_gaps_are_filled_from_the_other_cells(torn, model, options):
    frame, whole = torn
    done = sk.impute(frame, model=None if model == "chained" else model, options=options, expected=True)
    gone = frame["y"].isna()
    assert done.model == model and set(done.cells) == {"y", "word"} and done.cells["y"] == gone.sum()
    assert done.left == {"key": 1, "empty": 400}
    assert np.abs(done.table.frame["y"][gone] - whole["y"][gone]).mean() < 4
    lost = frame["word"].isna()
    assert (done.table.frame["word"][lost] == whole["word"][lost]).mean() > 0.9
    assert done.table.frame["x"].tolist() == frame["x"].tolist()


def test_draws_differ_by_seed_and_by_seed_alone(torn):
    frame, whole = torn
    one, again, other = (sk.impute(frame, seed=seed).table.frame for seed in (1, 1, 2))
    assert one.equals(again) and not one.equals(other)
    gone = frame["y"].isna()
    assert one["y"][gone].std() == pytest.approx(whole["y"][gone].std(), rel=0.2)


def test_a_network_fills_in_its_budget(torn):
    frame, _ = torn
    done = sk.impute(frame.drop(columns=["key", "empty"]), model="autoregressive", budget="3s")
    assert done.model == "autoregressive" and not done.table.frame.isna().any().any()


def test_what_is_not_known_of_the_other_cells_is_averaged_over():
    """Where the word is missing too, the expected number lies between those of both words."""
    rng = np.random.default_rng(5)
    word = rng.choice(["low", "high"], 1000)
    frame = pd.DataFrame({"word": word, "n": np.where(word == "high", 100.0, 0.0) + rng.normal(size=1000)})
    frame.loc[:99, ["word", "n"]] = None
    frame["other"] = rng.normal(size=1000)
    filled = sk.impute(frame, expected=True).table.frame
    assert 25 < filled["n"][:100].mean() < 75 and filled["n"][:100].std() < 30
    drawn = sk.impute(frame).table.frame[:100]
    assert ((drawn["n"] > 50) == (drawn["word"] == "high")).mean() > 0.95  # both fit each other all the same


def test_draws_are_values_of_the_column_and_dates_and_whole_numbers_stay_what_they_are():
    rng = np.random.default_rng(6)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 200), "D")
    frame = pd.DataFrame(
        {"day": days, "count": pd.array(rng.poisson(3, 200), "Int64"), "big": rng.normal(size=200) * 1e300}
    )
    torn = frame.copy()
    for name in torn:
        torn.loc[rng.random(200) < 0.2, name] = None
    done = sk.impute(torn).table.frame
    assert not done.isna().any().any() and done["count"].dtype == "Int64"
    for name in frame:
        assert set(done[name][torn[name].isna()]) <= set(torn[name].dropna())


def test_out_of_time_it_does_without_forests_and_fills_everything(torn):
    done = sk.impute(torn[0], budget="0.001s", expected=True)
    gone = torn[0]["y"].isna()
    assert not done.table.frame[["x", "y", "word"]].isna().any().any()
    assert np.abs(done.table.frame["y"][gone] - torn[1]["y"][gone]).mean() < 4


def test_odd_tables_are_filled():
    """One filled cell, one value, a single column, and more categories than a forest tells apart."""
    one = pd.DataFrame({"a": [1.5, *[None] * 30], "b": ["x", *[None] * 30], "c": range(31)})
    assert sk.impute(one).table.frame[["a", "b"]].nunique().tolist() == [1, 1]
    alone = pd.DataFrame({"a": [*np.arange(20.0), None]})
    assert sk.impute(alone, expected=True).table.frame["a"].iloc[-1] in (9, 10)
    rng = np.random.default_rng(7)
    many = pd.DataFrame({"city": [f"c{at}" for at in rng.integers(0, 80, 600)], "n": rng.normal(size=600)})
    many.loc[:99, "city"] = None
    drawn = sk.impute(many).table.frame["city"]
    assert drawn[:100].nunique() > 35 and set(drawn) <= set(many["city"].dropna())


def test_what_makes_no_sense_is_refused(torn):
    with pytest.raises(ConfigError, match="'trees' cannot fill missing cells"):
        sk.impute(torn[0], model="trees")
    with pytest.raises(UnknownName):
        sk.impute(torn[0], model="no such model")
    with pytest.raises(UnknownName, match="stepps"):
        sk.impute(torn[0], model="autoregressive", options={"stepps": 3})
    with pytest.raises(ConfigError, match="5 trees make no forest"):
        sk.impute(torn[0], options={"trees": 5})
    with pytest.raises(ConfigError, match="not a duration"):
        sk.impute(torn[0], model="autoregressive", budget="soon")


def test_from_the_command_line(torn, tmp_path):
    file, out = tmp_path / "torn.csv", tmp_path / "whole.csv"
    torn[0].drop(columns="empty").to_csv(file, index=False)
    done = CliRunner().invoke(app, ["impute", str(file), "-o", str(out), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["model"] == "chained" and said["left"] == {"key": 1} and said["filled"]["y"] > 50
    whole = pd.read_csv(out)
    assert len(whole) == 400 and whole["y"].notna().all() and whole["word"].notna().all()
    again = CliRunner().invoke(app, ["impute", str(out), "--drop", "key", "-o", str(tmp_path / "same.csv")])
    assert again.exit_code == 0 and "no cell was filled" in again.output
