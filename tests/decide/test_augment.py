"""Rows of a rare class: added where they help, refused where they do not."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import synthkit as sk
from synthkit.cli.main import app
from synthkit.decide import _rare as module
from synthkit.decide._copies import Copies
from synthkit.decide.augment import chosen
from synthkit.errors import ConfigError, InputError, UnknownName


def rare_table(rows=1500, *, rare=60, tells=2.0, seed=0):
    """Two clouds; `tells` is the distance of their middles."""
    rng = np.random.default_rng(seed)
    y = np.zeros(rows, int)
    y[:rare] = 1
    x = rng.normal(size=(rows, 4)) + tells * y[:, None] * [1, 1, 0, 0]
    frame = pd.DataFrame(x.round(4), columns=list("abcd"))
    return frame.assign(kind=rng.choice(["u", "v"], rows), fraud=y)


@pytest.fixture(scope="module")
def helped():
    return sk.augment(rare_table(tells=1.5), target="fraud", rare="1", models=["trees"], seed=1)


def test_real_rows_come_first_and_new_ones_are_of_the_class(helped):
    real = rare_table(tells=1.5)
    assert helped.added > 0 and len(helped.table) == len(real) + helped.added
    frame = helped.table.frame
    assert np.allclose(frame["a"].iloc[: len(real)], real["a"])
    assert (frame["fraud"].iloc[len(real) :] == "1").all()
    assert helped.chosen.gain > helped.chosen.error > 0
    assert helped.added == helped.chosen.rows


def test_new_rows_help_on_rows_that_nobody_saw(helped):
    fresh = rare_table(6000, rare=240, tells=1.5, seed=9)
    coder = module.Coder.of(helped.table)
    unseen = sk.read(fresh, target="fraud")
    is_rare = (unseen.frame["fraud"] == "1").to_numpy(bool)
    scores = []
    for table in (helped.table.head(1500), helped.table):
        y = (table.frame["fraud"] == "1").to_numpy(bool)
        scores.append(module.marks(coder.seen(table), y, coder.seen(unseen), is_rare, seed=0).both)
    assert scores[1] > scores[0] + 0.02


def test_nothing_is_added_where_nothing_helps():
    noise = rare_table(tells=0.0, seed=1)
    found = sk.augment(noise, target="fraud", rare="1", models=["trees"], seed=1)
    assert found.added == 0 and found.chosen is None and len(found.table) == len(noise)
    assert "helps by more than its standard error" in found.because
    assert len(found.tried) == len(module.SHARES)


def trial(model, *gains):
    return module.Trial(model, 0.5, 1.0, 100, np.array(gains))


GAINS = {
    "none": (((0.01, 0.02), (-0.02, 0.01), (0.0, -0.02)), ((0.0, 0.0),)),
    "copies": (((0.02, 0.10), (0.01, 0.11), (0.02, 0.12)), ((0.0, 0.11), (0.02, 0.12), (0.01, 0.10))),
    "trees": (((0.02, 0.10), (0.01, 0.11), (0.02, 0.12)), ((0.06, 0.20), (0.05, 0.19), (0.08, 0.21))),
}


@pytest.mark.parametrize("wins", GAINS)
def test_a_model_has_to_beat_the_copies_before_it_and_not_only_nothing(wins):
    tried = [trial(name, *rows) for name, rows in zip(("copies", "trees"), GAINS[wins], strict=True)]
    best = chosen(tried, ("copies", "trees"), np.zeros((3, 2)))
    assert (best.model if best else "none") == wins


def test_average_precision_is_not_given_away_for_balanced_accuracy():
    costly = trial("trees", (-0.03, 0.3), (-0.01, 0.3), (-0.02, 0.3))
    assert chosen([costly], ("trees",), np.zeros((3, 2))) is None


def test_copies_repeat_every_row_of_the_class_as_often_as_any_other():
    table = sk.read(rare_table(200, rare=20), target="fraud")
    copies = Copies().fit(table, rng=np.random.default_rng(0))
    rows = copies.sample_where(50, {"fraud": "1"}, rng=np.random.default_rng(1)).frame
    assert (rows["fraud"] == "1").all() and len(rows) == 50
    assert set(rows.groupby(list("abcd")).size()) == {2, 3}


def test_the_same_seed_gives_the_same_rows(helped):
    again = sk.augment(rare_table(tells=1.5), target="fraud", rare="1", models=["trees"], seed=1)
    assert again.table.frame.equals(helped.table.frame)


def test_a_model_that_breaks_or_comes_too_late_is_named(monkeypatch):
    found = sk.augment(rare_table(400, rare=40), target="fraud", rare="1", models=["trees", "tvae"], budget=0.01)
    assert "budget" in found.failed["tvae"]


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"target": None, "rare": "1"}, ConfigError, "target"),
        ({"target": "a", "rare": "1"}, ConfigError, "target"),
        ({"target": "fraud", "rare": "2"}, UnknownName, "fraud"),
        ({"target": "fraud", "rare": "1", "models": ["marginals"]}, ConfigError, "marginals"),
        ({"target": "fraud", "rare": "1", "models": ["tree"]}, UnknownName, "tree"),
    ],
)
def test_what_makes_no_sense_is_refused(options, error, says):
    with pytest.raises(error, match=says):
        sk.augment(rare_table(200, rare=20), **options)


def test_too_few_rows_of_the_class_are_refused():
    with pytest.raises(InputError, match="only 9 rows"):
        sk.augment(rare_table(200, rare=9), target="fraud", rare="1")


def test_from_the_command_line(tmp_path):
    rare_table(600, rare=40).to_csv(tmp_path / "train.csv", index=False)
    words = ["augment", str(tmp_path / "train.csv"), "--target", "fraud", "--rare", "1", "--models", "trees", "--json"]
    done = CliRunner().invoke(app, [*words, "-o", str(tmp_path / "more.csv")])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    more = pd.read_csv(tmp_path / "more.csv")
    assert list(more.columns) == [*"abcd", "kind", "fraud"]
    assert len(more) == 600 + said["added"] and (more["fraud"].iloc[600:] == 1).all()
