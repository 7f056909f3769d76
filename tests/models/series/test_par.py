"""PAR behind our protocol: rows follow the rows before them, short entities are learned as well as long ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.data import io
from synthkit.data.panel import Panel
from synthkit.data.series import to_panel
from synthkit.errors import ConfigError
from synthkit.models.base import Plan
from synthkit.models.series.par import Par
from synthkit.testing._panels import lone


@pytest.fixture(scope="module")
def pair() -> tuple[Panel, Panel]:
    """Work and rest take turns, work counts 10 and rest 2, and every third entity is a short one."""
    rng = np.random.default_rng(0)
    rows = []
    for who in range(90):
        first = int(rng.integers(2))
        for t in range(3 if who % 3 == 0 else 9):
            state = ["work", "rest"][(first + t) % 2]
            rows.append((f"p{who:02}", 2000 + t, state, round({"work": 10, "rest": 2}[state] + rng.normal(0, 0.5), 1)))
    frame = pd.DataFrame(rows, columns=["who", "year", "state", "done"])
    panel = to_panel(io.to_table(frame, time="year", entity="who"))
    model = Par(epochs=300).fit(panel, rng=np.random.default_rng(1))
    return panel, model.simulate(Plan("new-entity", paths=400), rng=np.random.default_rng(2))


def test_states_take_turns(pair):
    made = [s.marks["state"] for s in pair[1]]
    turns = np.concatenate([states[1:] != states[:-1] for states in made])
    assert turns.mean() > 0.85


def test_numbers_follow_from_the_row_before(pair):
    made = [s.values[:, 0] for s in pair[1]]
    steps = np.concatenate([np.abs(np.diff(values)) for values in made])
    assert (
        np.mean(steps > 4) > 0.65
    )  # by chance, half of them do; a change of turns moves them by 8, noise by less than 3


def test_entities_end_where_real_ones_do(pair):
    made = np.array([len(s) for s in pair[1]])
    assert set(made) <= set(range(3, 10))
    assert np.mean(np.isin(made, [3, 9])) > 0.4  # .5 to .55 by five seeds; 2/7 if every length were as likely
    assert np.mean(made == 3) > 0.08  # .14 to .22: so short a training does not yet reach the third that is real


def test_what_it_cannot_do_is_said():
    assert "entities" in Par.refuses(lone())
    with pytest.raises(ConfigError, match="at least 1"):
        Par(epochs=0)
