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


def test_small_tables_are_filled_by_the_mixture(torn):
    frame, whole = torn
    done = sk.impute(frame, expected=True)
    gone = frame["y"].isna()
    assert done.model == "mixture" and set(done.cells) == {"y", "word"} and done.cells["y"] == gone.sum()
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


def test_larger_tables_are_filled_by_the_network(torn):
    frame, _ = torn
    many = pd.concat([frame.drop(columns=["key", "empty"])] * 13, ignore_index=True)
    done = sk.impute(many, budget="3s")
    assert done.model == "autoregressive" and not done.table.frame.isna().any().any()


def test_what_makes_no_sense_is_refused(torn):
    with pytest.raises(ConfigError, match="'trees' cannot fill missing cells"):
        sk.impute(torn[0], model="trees")
    with pytest.raises(UnknownName):
        sk.impute(torn[0], model="no such model")
    with pytest.raises(UnknownName, match="stepps"):
        sk.impute(torn[0], model="autoregressive", options={"stepps": 3})
    with pytest.raises(ConfigError, match="not a duration"):
        sk.impute(torn[0], model="autoregressive", budget="soon")


def test_from_the_command_line(torn, tmp_path):
    file, out = tmp_path / "torn.csv", tmp_path / "whole.csv"
    torn[0].drop(columns="empty").to_csv(file, index=False)
    done = CliRunner().invoke(app, ["impute", str(file), "-o", str(out), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["model"] == "mixture" and said["left"] == {"key": 1} and said["filled"]["y"] > 50
    whole = pd.read_csv(out)
    assert len(whole) == 400 and whole["y"].notna().all() and whole["word"].notna().all()
    again = CliRunner().invoke(app, ["impute", str(out), "--drop", "key", "-o", str(tmp_path / "same.csv")])
    assert again.exit_code == 0 and "no cell was filled" in again.output
