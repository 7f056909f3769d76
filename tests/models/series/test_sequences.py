"""What sequences are for: entities that stay themselves, lengths and gaps by their law, attributes that tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.data import io
from synthkit.data.panel import Panel
from synthkit.data.series import to_panel
from synthkit.errors import ConfigError
from synthkit.models.base import Plan
from synthkit.models.series.sequences import Sequences
from synthkit.testing._panels import lone


def visits(seed: int = 0, entities: int = 200) -> Panel:
    """People with a level of their own that depends on an attribute; 3 to 8 rows on odd days; a count next to it."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(entities):
        arm = ["drug", "placebo"][who % 2]
        level, day = 10.0 + 4.0 * (arm == "drug") + rng.normal(0, 2), 0
        for _ in range(rng.integers(3, 9)):
            score = round(level + rng.normal(0, 0.7), 2)
            rows.append((who, day, arm, score, int(rng.choice([0, 5, 10])), round(2 * score, 2)))
            day += int(rng.choice([7, 14, 90]))
    columns = ["who", "day", "arm", "score", "dose", "double"]
    return to_panel(io.to_table(pd.DataFrame(rows, columns=columns), time="day", entity="who"))


@pytest.fixture(scope="module")
def pair() -> tuple[Panel, Panel]:
    panel = visits()
    model = Sequences().fit(panel, rng=np.random.default_rng(0))
    return panel, model.simulate(Plan("new-entity", paths=400), rng=np.random.default_rng(1))


def channel(panel: Panel, name: str) -> list[np.ndarray]:
    at = panel.roles.values.index(name)
    return [s.values[:, at] for s in panel]


def within(panel: Panel) -> float:
    """The share of the variance of scores that lies between entities."""
    scores = channel(panel, "score")
    inner = np.mean([s.var(ddof=1) for s in scores if len(s) > 2])
    return float(1 - inner / np.concatenate(scores).var())


def test_entities_stay_themselves(pair):
    real, made = map(within, pair)
    assert real > 0.85
    assert abs(real - made) < 0.06


def test_lengths_and_gaps_follow_their_law(pair):
    real, made = pair
    assert abs(np.mean([len(s) for s in real]) - np.mean([len(s) for s in made])) < 0.6
    assert max(len(s) for s in made) <= 1.2 * 8 + 1
    gaps = np.concatenate([np.diff(s.stamps) for s in made])
    assert (gaps > 0).all()
    for gap in (7, 14, 90):
        assert abs(np.mean(gaps == gap) - 1 / 3) < 0.1


def test_attributes_tell_of_the_level(pair):
    gaps = []
    for panel in pair:
        means = {arm: [s.mean() for s, o in zip(channel(panel, "score"), panel, strict=True) if o.static["arm"] == arm]
                 for arm in ("drug", "placebo")}  # fmt: skip
        gaps.append(np.mean(means["drug"]) - np.mean(means["placebo"]))
    assert gaps[0] > 3
    assert abs(gaps[1] - gaps[0]) < 1.0


def test_values_of_discrete_columns_and_formulas_are_exact(pair):
    _, made = pair
    assert set(np.concatenate(channel(made, "dose")).tolist()) == {0.0, 5.0, 10.0}
    score, double = (np.concatenate(channel(made, name)) for name in ("score", "double"))
    assert np.abs(double - 2 * score).max() < 0.011


def test_no_entity_is_copied(pair):
    real, made = pair
    seen = {s.values.tobytes() for s in real}
    assert not any(s.values.tobytes() in seen for s in made)


def test_a_lone_series_is_refused_with_the_reason():
    assert "entities" in Sequences.refuses(lone())
    assert Sequences.refuses(visits(entities=30)) == ""


def test_lengths_cannot_be_asked_for():
    model = Sequences().fit(visits(entities=30), rng=np.random.default_rng(0))
    with pytest.raises(ConfigError, match="lengths of their own"):
        model.simulate(Plan("new-entity", horizon=5), rng=np.random.default_rng(0))


def test_values_that_were_filled_in_between_lie_on_lines():
    """Measured each sixth row and filled in on straight lines: made series are made of such lines too."""
    rng = np.random.default_rng(3)
    parts = []
    for who in range(60):
        knots = 20 + rng.normal(0, 2, 6).cumsum()
        values = np.interp(np.arange(30), np.arange(0, 36, 6), knots)
        parts.append(pd.DataFrame({"who": f"p{who}", "row": np.arange(30), "heat": values}))
    panel = to_panel(io.to_table(pd.concat(parts, ignore_index=True), time="row", entity="who"))
    made = (
        Sequences()
        .fit(panel, rng=np.random.default_rng(0))
        .simulate(Plan("new-entity", paths=60), rng=np.random.default_rng(1))
    )
    assert np.isfinite(np.concatenate(channel(made, "heat"))).all()

    def straight(panel: Panel) -> float:
        bends = [np.abs(np.diff(values, 2)) for values in channel(panel, "heat")]
        return float(np.mean(np.concatenate(bends) < 1e-4))

    assert straight(panel) == pytest.approx(24 / 28, abs=0.02)
    assert straight(made) == pytest.approx(straight(panel), abs=0.1)
