"""Losers of a backtest leave by their scores, so that a slow machine chooses what a fast one does."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from synthkit.data import io
from synthkit.data.series import to_panel
from synthkit.decide._course import BEHIND, Course, part_with_losers
from synthkit.decide.backtest import backtest
from synthkit.models import registry

NAMES = ["naive", "ets", "harmonic"]


@pytest.fixture(scope="module")
def waves():
    """A month's wave under noise: a random step from the last month is far behind a sine."""
    rng = np.random.default_rng(3)
    days = pd.date_range("2020-01-01", periods=240, freq="MS")
    load = np.round(5 + np.sin(np.arange(240) / 12 * 2 * np.pi) + rng.normal(0, 0.3, 240), 3)
    return to_panel(io.to_table(pd.DataFrame({"when": days, "load": load}), time="when"))


def scores(found):
    return found.chosen, found.because, found.origins, [(t.model, t.crps, t.left) for t in found.trials]


def test_a_slow_loser_leaves_and_takes_nobody_along(waves, monkeypatch):
    """With time for a single fit of the loser, the others still get all of their origins, as on a fast machine."""
    fast = backtest(waves, NAMES, budget=1e9, seed=1)
    naive = next(t for t in fast.trials if t.model == "naive")
    assert naive.left > BEHIND
    assert fast.origins == 4
    assert fast.to_dict()["trials"][0]["left_at"] == round(naive.left, 3)

    clock, usual = [0.0], registry.simulator("naive").fit

    def slow(self, panel, **rest):
        clock[0] += 10
        return usual(self, panel, **rest)

    monkeypatch.setattr(registry.simulator("naive"), "fit", slow)
    for module in ("backtest", "_course"):
        monkeypatch.setattr(f"synthkit.decide.{module}.time", SimpleNamespace(perf_counter=lambda: clock[0]))
    assert scores(backtest(waves, NAMES, budget=15, seed=1)) == scores(fast)
    monkeypatch.setattr("synthkit.decide._course.BEHIND", np.inf)
    assert backtest(waves, NAMES, budget=15, seed=1).origins == 1, "without the rule the clock decides"


def course(name, crps, many=20):
    return Course(name, {}, losses=[np.full(1, crps)], points=[np.full((3, many), crps)])


def test_who_is_clearly_behind_leaves_and_who_is_close_stays():
    courses = [course("best", 1.0), course("close", 1.49), course("behind", 1.51)]
    part_with_losers(courses)
    assert [c.stopped for c in courses] == [False, False, True]
    assert courses[2].left == pytest.approx(1.51)


def test_nobody_leaves_on_a_handful_of_forecasts_or_for_a_fault():
    few = [course("best", 1.0, 5), course("behind", 9.0, 5)]
    broken = Course("broken", {}, because="failed with KeyError")
    part_with_losers([*few, broken])
    assert [c.left for c in (*few, broken)] == [None, None, None]
