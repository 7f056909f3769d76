"""Networks from the command line: fit, go on after a kill, sample on conditions, score rows."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from synthkit.models.tabular.flow import Flow
from synthkit.models.tabular.tvae import Tvae

STEPS = 60


@pytest.fixture
def brief(monkeypatch):
    """A tvae, and a flow, that are trained for a few steps only."""
    for kind in (Tvae, Flow):
        init = kind.__init__
        short = lambda self, init=init, **options: init(self, **{"steps": STEPS, **options})  # noqa: E731
        monkeypatch.setattr(kind, "__init__", short)


@pytest.fixture
def fitted(brief, ring, few):
    assert ring("fit", few, "--target", "Status", "--model", "tvae", "-o", "model", "--budget", "5m").exit_code == 0
    return "model"


def test_the_licence_is_told_once(brief, ring, few):
    said = ring("fit", few, "--target", "Status", "--model", "tvae", "-o", "model").stderr
    assert said.count("BUSL-1.1") == 1
    assert "BUSL" not in ring("fit", few, "--target", "Status", "--model", "trees", "-o", "trees").stderr


def test_balance_gives_exact_shares(fitted, ring):
    for balance, want in (("Status", {"good": 50, "bad": 50}), ("Status=good:0.9,bad:0.1", {"good": 90, "bad": 10})):
        done = ring("sample", fitted, "-n", 100, "--balance", balance, "-o", "rows.csv")
        assert done.exit_code == 0, done.output
        rows = pd.read_csv("rows.csv")
        assert rows["Status"].value_counts().to_dict() == want
        assert set(rows["Status"].iloc[:50]) == {"good", "bad"}, "classes come in blocks"


@pytest.mark.parametrize(
    ("balance", "says"),
    [("Status=wonderful:1", "wonderful"), ("Status=good:x", "not numbers"), ("Age", "categories"), ("Stats", "Status")],
)
def test_balance_that_makes_no_sense_is_refused(fitted, ring, balance, says):
    done = ring("sample", fitted, "--balance", balance, "-o", "rows.csv", "--json")
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert says in said["error"] + said["hint"]


@pytest.mark.parametrize("model", ["tvae", "flow"])
def test_score_writes_a_line_a_row_and_no_cell(model, brief, ring, few):
    assert ring("fit", few, "--target", "Status", "--model", model, "-o", "model").exit_code == 0
    assert ring("score", few, "--model", "model", "-o", "scores.csv").exit_code == 0
    scores = pd.read_csv("scores.csv")
    assert list(scores.columns) == ["row", "score", "oddest"] and len(scores) == 400
    assert scores["row"].tolist() == list(range(1, 401))
    assert set(scores["oddest"]) <= set(pd.read_csv(few).columns)
    assert scores["score"].nunique() > 300


def test_a_model_that_cannot_score_says_which_can(ring, few):
    ring("fit", few, "--target", "Status", "--model", "copula", "-o", "copula")
    done = ring("score", few, "--model", "copula", "-o", "scores.csv", "--json")
    assert done.exit_code == 1 and "flow, mixture, trees, tvae" in json.loads(done.stdout)["hint"]


def test_a_warm_start_is_written_down(fitted, ring, few):
    words = (
        "generate",
        few,
        "--target",
        "Status",
        "--model",
        "tvae",
        "--init-from",
        fitted,
        "-o",
        "out",
        "--json",
        "--folds",
        1,
    )
    assert ring(*words).exit_code in (0, 3)
    record = json.loads(Path("out/record.json").read_text())
    notes = record["tried"][0]["notes"]
    assert notes["begun with"].startswith("100% of the weights")
    assert {"steps", "stopped because", "told from held-out rows", "memory", "device"} <= set(notes)
    assert "told from held-out rows" in Path("out/decision.md").read_text()


def test_a_warm_start_with_nothing_to_begin_is_refused(ring, few, fitted):
    words = ("generate", few, "--target", "Status", "--models", "trees", "--init-from", fitted, "--json")
    done = ring(*words)
    assert done.exit_code == 1 and "not tried" in json.loads(done.stdout)["error"]


def test_a_network_option_for_trees_is_refused(ring, few):
    done = ring("fit", few, "--target", "Status", "--model", "trees", "-o", "m", "--budget", "5m", "--json")
    assert done.exit_code == 1 and "no network" in json.loads(done.stdout)["error"]
