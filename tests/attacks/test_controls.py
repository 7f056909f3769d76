"""Controls: tables of which it is known what they give away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthkit.attacks import controls as controls_
from synthkit.attacks.controls import COUNT, controls
from synthkit.attacks.found import Found
from synthkit.attacks.ground import Ground
from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table

SCHEMA = Schema(
    (Column("k", "numeric"), Column("x", "numeric", nullable=True), Column("c", "categorical", nullable=True))
)


def rows(n, first):
    """Numbers that no two rows share, every tenth missing, and a category."""
    x = np.arange(first, first + n, dtype=float)
    x[::10] = np.nan
    c = np.where(np.arange(n) % 7 == 0, None, np.array([*"abc"], object)[np.arange(n) % 3])
    return Table(pd.DataFrame({"k": np.arange(first, first + n, dtype=float), "x": x, "c": c}), SCHEMA)


@pytest.fixture(scope="module")
def asked():
    """Every table that an attack was shown, and what was said of each; all attacks find 0.7 (0.6 to 0.8)."""
    train, holdout = rows(300, 0), rows(301, 1000)
    ground, seen = Ground.of(train, holdout, 0), []

    def scores(self, synthetic):
        seen.append((self, synthetic))
        return {}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ground, "scores", scores)
        patch.setattr(controls_, "chosen", lambda *_: found(0.7, (0.6, 0.8)))
        made = ground.code(rows(200, 5000))
        told = list(controls(ground, train, made))
    return ground, made, seen, told


def found(auc, ci, least=0.55):
    return Found("distance", auc, ci, (), 100, 100, least)


def test_leaks_hold_the_share_of_train_rows_that_they_say(asked):
    ground, made, seen, told = asked
    assert [one.name for one in told] == [
        "100 % train rows", "5 % train rows", "1 % train rows", "held-out rows as synthetic", "independent columns"
    ]  # fmt: skip
    assert len(told) == COUNT
    for (_, table), share in zip(seen[:3], (1.0, 0.05, 0.01), strict=True):
        copied = np.isin(table.numbers["k"], ground.train.numbers["k"])
        assert copied.sum() == 200 * share and table.rows == 200
        assert np.array_equal(table.numbers["k"][~copied], made.numbers["k"][~copied])
        assert (np.isnan(table.numbers["x"]) == table.missing["x"]).all(), "number and flag come from the same row"
        assert ((table.codes["c"] == 0) == table.missing["c"]).all()
        of = table.numbers["k"] % 10 != 0
        assert np.array_equal(table.numbers["x"][of], table.numbers["k"][of]), "and from the same row as the key"
    assert not np.isin(made.numbers["k"], ground.train.numbers["k"]).any(), "the table itself stays as it was"


def test_what_cannot_leak_is_other_people_and_independent_columns(asked):
    ground, _, seen, _ = asked
    rest, half = seen[3]
    own, others = (set(table.numbers["x"][~table.missing["x"]]) for table in (half, rest.reference))
    whole = set(ground.reference.numbers["x"][~ground.reference.missing["x"]])
    assert not own & others and own | others == whole
    assert (half.rows, rest.reference.rows) == (ground.reference.rows // 2, -(-ground.reference.rows // 2))
    assert seen[4][0] is ground and seen[4][1].rows == 200


def test_expectations_and_what_came(asked):
    *_, told = asked
    assert [one.expected for one in told] == [
        "nearly certain", *["above what the table itself shows, if rows suffice"] * 2, "guessing", "guessing"
    ]  # fmt: skip
    assert [one.works for one in told] == [True, None, None, False, False]
    assert [one.innocent for one in told] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("ci", "auc", "guessed"),
    [((0.5, 0.7), 0.6, True), ((0.51, 0.7), 0.6, False), ((0.51, 0.54), 0.549, True), ((0.51, 0.58), 0.55, False)],
)
def test_guessing_is_an_interval_that_holds_a_coin_or_an_auc_too_small_to_be_seen(ci, auc, guessed):
    assert controls_._guesses(found(auc, ci)) is guessed


def test_a_full_copy_that_is_not_caught_does_not_work(asked, monkeypatch):
    ground, made, *_ = asked
    monkeypatch.setattr(Ground, "scores", lambda *_: {})
    for low, works in ((0.5, False), (0.501, True)):
        monkeypatch.setattr(controls_, "chosen", lambda *_, low=low: found(0.7, (low, 0.8)))
        first = next(controls(ground, rows(300, 0), made))
        assert first.works is works and first.found == found(0.7, (low, 0.8))


def test_the_same_seed_makes_the_same_controls(asked, monkeypatch):
    ground, made, seen, _ = asked
    again = []
    monkeypatch.setattr(Ground, "scores", lambda _, synthetic: again.append(synthetic) or {})
    monkeypatch.setattr(controls_, "chosen", lambda *_: found(0.7, (0.6, 0.8)))
    list(controls(ground, rows(300, 0), made))
    for (_, one), other in zip(seen, again, strict=True):
        assert np.array_equal(one.numbers["x"], other.numbers["x"], equal_nan=True)
    again.clear()
    list(controls(replace(ground, seed=1), rows(300, 0), made))
    assert not np.array_equal(seen[0][1].numbers["x"], again[0].numbers["x"], equal_nan=True)
