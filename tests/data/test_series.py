"""Rows become series on the right calendar, come back as they were, and are split without loss."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit.data import io
from synthkit.data.future import future_exog
from synthkit.data.panel_split import split_panel
from synthkit.data.series import to_panel

STEPS = {"D": "D", "B": "B", "ME": "ME", "MS": "MS", "QS": "QS", "h": "h", "30min": "30min", "W-SAT": "W-SAT"}

REAL = {
    "ts_classic/air_passengers": ({}, "MS", (12,), 1),
    "ts_classic/co2": ({"time": "date"}, "W-SAT", (52,), 1),
    "ts_classic/elecdemand": ({"time": (), "frequency": "30min"}, "count", (48, 336), 1),
    "ts_classic/macrodata": ({"time": ("year", "quarter")}, "QS", (4,), 1),
    "ts_ett/ETTh1": ({}, "h", (24, 168), 1),
    "ts_ett/ETTm1": ({}, "15min", (96, 672), 1),
    "panel_sleepstudy": ({"time": "Days", "entity": "Subject"}, "count", (), 18),
}


def frame_of(step, n, seed):
    rng = np.random.default_rng(seed)
    stamps = pd.date_range("2021-01-04", periods=n, freq=step)
    return pd.DataFrame({"when": stamps, "sold": np.round(rng.normal(100, 9, n), 2)})


def thinned(frame, seed):
    """The frame less a tenth of its rows, the first and the last kept."""
    keep = np.random.default_rng(seed).random(len(frame)) > 0.1
    keep[[0, -1]] = True
    return frame[keep].reset_index(drop=True)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(sorted(STEPS)), st.integers(60, 200), st.integers(0, 10**6))
def test_rows_come_back_in_order_of_time_whatever_their_order_and_gaps(step, n, seed):
    rows = thinned(frame_of(step, n, seed), seed)
    shuffled = rows.sample(frac=1, random_state=seed % 1000)
    panel = to_panel(io.to_table(shuffled), time="when")
    back = panel.table.frame
    assert panel.grid.step == STEPS[step]
    assert back["when"].tolist() == rows["when"].tolist()
    assert back["sold"].tolist() == rows["sold"].tolist()
    assert panel.points == n


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(["2021-03-20", "2021-10-20"]), st.integers(0, 10**6))
def test_hours_over_a_change_of_clocks_come_back(start, seed):
    utc = pd.date_range(start, periods=500, freq="h", tz="UTC")
    frame = pd.DataFrame({"when": utc.tz_convert("Europe/Berlin").tz_localize(None)})
    frame["load"] = np.round(np.random.default_rng(seed).normal(0, 1, 500), 3)
    panel = to_panel(io.to_table(frame), time="when", zone="Europe/Berlin")
    assert (panel.grid.step, panel.grid.zone, panel.points) == ("h", "Europe/Berlin", 500)
    assert panel.series[0].present.all()
    assert panel.table.frame["when"].tolist() == frame["when"].tolist()
    assert panel.table.frame["load"].tolist() == frame["load"].tolist()


def test_known_inputs_after_the_end_follow_the_same_clocks():
    """The hours after the end, over the night in which clocks go back, are found by their local times."""
    utc = pd.date_range("2021-10-20", periods=400, freq="h", tz="UTC")
    local = utc.tz_convert("Europe/Berlin").tz_localize(None)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"when": local, "load": rng.normal(size=400), "warm": np.arange(400.0) % 7})
    table = io.to_table(frame.iloc[:200].round(3))
    panel = to_panel(table, time="when", zone="Europe/Berlin", exog=["warm"])
    future = io.to_table(frame[["when", "warm"]].iloc[150:])
    found = future_exog(panel, future, 200)
    np.testing.assert_array_equal(found[""][:, 0], np.arange(200, 400) % 7)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 30), st.integers(40, 90), st.sampled_from(["auto", "time", "entity"]), st.integers(0, 10**6))
def test_a_split_is_disjoint_and_complete(entities, n, how, seed):
    frame = pd.concat([frame_of("D", n, seed + i).assign(shop=f"s{i}") for i in range(entities)], ignore_index=True)
    panel = to_panel(io.to_table(frame), time="when", entity="shop")
    parts = split_panel(panel, seed=seed, how=how)
    place = [{(s.entity, k) for s in side for k in range(s.start, s.stop)} for side in (parts.train, parts.holdout)]
    assert not place[0] & place[1]
    assert place[0] | place[1] == {(s.entity, k) for s in panel for k in range(s.start, s.stop)}
    if parts.how == "entity":
        assert not set(parts.train.entities) & set(parts.holdout.entities)
    else:
        assert all(max(k for e, k in place[0] if e == s.entity) < s.start for s in parts.holdout)


@pytest.mark.parametrize("name", REAL)
def test_real_series_are_on_their_calendar(name, shared_data):
    asked, step, seasons, entities = REAL[name]
    table = io.read_table(shared_data / name / "table.csv.gz")
    panel = to_panel(table, **asked)
    assert (panel.grid.step, panel.grid.seasons, len(panel.entities)) == (step, seasons, entities)
    assert len(panel.table) == len(table)
    parts = split_panel(panel, seed=1)
    assert parts.train.points + parts.holdout.points == panel.points
