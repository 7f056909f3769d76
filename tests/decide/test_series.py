"""The ladder for series: the classical model that forecasts best goes on, and every choice has its reason."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from synthkit.data import io
from synthkit.data.panel_split import split_panel
from synthkit.data.series import to_panel
from synthkit.decide.backtest import backtest
from synthkit.decide.criteria import Criteria, Verdict
from synthkit.decide.record import decision, record
from synthkit.decide.series import climb_series, series_ladder
from synthkit.decide.yardsticks import yardsticks
from synthkit.errors import UnknownName
from synthkit.metrics.base import PanelReference
from synthkit.models import registry
from synthkit.models.base import Plan
from synthkit.testing._panels import lone, many, motley


def test_a_backtest_prefers_the_model_that_knows_the_input():
    """The known input moves the series by far more than the noise, and only one of the two leans on it."""
    panel = lone()
    found = backtest(panel, ["naive", "harmonic"], seed=1)
    assert found.chosen == "harmonic"
    naive, harmonic = found.trials
    assert harmonic.crps < naive.crps
    assert found.origins >= 2
    assert "lowest of 2 models" in found.because
    assert found.to_dict() == {**backtest(panel, ["naive", "harmonic"], seed=1).to_dict(), "trials": _trials(found)}


def _trials(found):
    return [t.to_dict() for t in found.trials]


def test_a_spent_budget_leaves_later_models_out_and_says_so():
    found = backtest(many(), ["naive", "ets", "sarimax"], budget=0.0)
    assert [t.crps is not None for t in found.trials[:2]] == [True, True]
    assert "spent" in found.trials[2].because


def test_models_that_are_asked_for_by_name_are_not_tried_unasked():
    assert "bootstrap" in registry.series_names()
    assert "bootstrap" not in series_ladder()
    assert series_ladder(["hybrid", "density", "naive"]) == ("naive", "density", "hybrid")


@pytest.fixture(scope="module")
def climbed():
    panel = lone()
    parts = split_panel(panel, seed=0)
    plan = Plan("twin", paths=2)
    found = climb_series(
        panel, PanelReference(parts.train, parts.holdout, 0), plan=plan, models=["naive", "ets", "harmonic"], seed=2
    )
    return panel, found


def test_a_climb_compares_judges_and_delivers(climbed):
    panel, found = climbed
    assert found.chosen == found.backtest.chosen
    assert {r.status for r in found.tried} == {"judged", "backtested"}
    assert len(found.panel) == 2
    assert all(len(s) == len(panel.series[0]) for s in found.panel)
    assert found.table.schema.names[-1] == "path"
    assert np.isfinite(next(s for s in found.rung.scorecard.headlines if s.metric == "forecast").value)


def test_the_record_says_what_an_auditor_asks(climbed):
    _, found = climbed
    goal = {
        "source": "sales.csv", "series": 1, "mode": "twin", "values": ["sold"], "rows": 84, "calendar": "a month",
        "train_rows": 67, "holdout_rows": 17, "split": "the last rows", "seed": 2, "holdout_digest": "0" * 64,
    }  # fmt: skip
    text = record(found, goal, date="2026-01-01")
    for words in ("sales.csv", "### Backtest", "What the fit found", "Retrain when", "Retire the series", "a month"):
        assert words in text, words
    assert decision(found, goal)["backtest"]["chosen"] == found.chosen


def test_copies_stand_beside_the_scores(climbed):
    _, found = climbed
    copy, blocks = found.yardsticks["copy of train"], found.yardsticks["block bootstrap"]
    floors = {s.metric: s.floor for s in found.rung.scorecard.headlines}
    assert copy["marginal"] == pytest.approx(floors["marginal"])  # the floor is what the train rows score
    assert "forecast" not in copy
    assert blocks["marginal"] > 0


def test_copies_of_entities_held_back_are_caught():
    panel = many()
    parts = split_panel(panel, share=0.5, seed=0, how="entity")
    found = yardsticks(PanelReference(parts.train, parts.holdout, 0), paths=1, seed=0)
    assert found["copy of train"]["entity_membership"] == 1.0


def test_entities_of_mixed_columns_go_to_the_model_that_can():
    panel = motley()
    parts = split_panel(panel, seed=0, how="entity")
    found = climb_series(panel, PanelReference(parts.train, parts.holdout, 0), plan=Plan("new-entity", paths=5))
    assert found.chosen == "sequences"
    assert len(found.panel) == 5
    refused = {r.model: r.because for r in found.tried if r.status == "skipped"}
    assert "even steps" in refused["ets"]


def test_an_unknown_option_is_named():
    panel = lone()
    parts = split_panel(panel, seed=0)
    real = PanelReference(parts.train, parts.holdout, 0)
    with pytest.raises(UnknownName, match="colour"):
        climb_series(panel, real, plan=Plan(), options={"naive": {"colour": 1}})


def test_limits_of_series_can_be_changed():
    changed = Criteria.from_mapping({"forecast": {"times": 2.0}, "spectrum": False}, series=True)
    names = [c.metric for c in changed.criteria]
    assert "spectrum" not in names
    assert next(c for c in changed.criteria if c.metric == "forecast").times == 2.0
    assert Verdict.all_of([]) is not None


def test_a_slow_model_does_not_keep_quick_ones_from_their_turn(monkeypatch):
    """With time for little more than one slow fit, what stands after the slow model on the ladder is still compared."""
    slow, told = registry.simulator("components"), []

    def fit(self, panel, **rest):
        told.append(panel.points)
        time.sleep(0.3 * panel.points / 200)
        return usual(self, panel, **rest)

    usual = slow.fit
    monkeypatch.setattr(slow, "fit", fit)
    rng = np.random.default_rng(0)
    hours = pd.date_range("2024-01-01", periods=6000, freq="h")
    load = np.round(5 + np.sin(np.arange(6000) / 24 * 2 * np.pi) + rng.normal(0, 0.3, 6000), 3)
    panel = to_panel(io.to_table(pd.DataFrame({"when": hours, "load": load}), time="when"))
    monkeypatch.setattr("synthkit.decide.backtest.QUICK", 1000)
    found = backtest(panel, ["components", "naive", "harmonic"], budget=1.0)
    assert max(told) < 200  # a taste, and no fit to all
    crps = {t.model: t.crps for t in found.trials}
    assert crps["components"] is None
    assert crps["naive"] is not None
    assert crps["harmonic"] is not None
