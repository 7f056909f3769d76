"""What attacks find, as scores that the criteria of a release judge."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from synthkit.attacks import scores as scores_
from synthkit.attacks.battery import Battery
from synthkit.attacks.controls import Control
from synthkit.attacks.found import Caught, Found
from synthkit.attacks.ground import FEWEST, Group
from synthkit.attacks.risk import risk
from synthkit.attacks.scores import CRITERIA, climbed, with_attacks
from synthkit.decide.climb import Climb, Rung
from synthkit.decide.criteria import Criteria, Verdict
from synthkit.scorecard import Scorecard


def found(name="distance", auc=0.55, ci=(0.52, 0.58), **more):
    caught = (Caught(0.1, 0.2, (0.15, 0.25), told=True), Caught(0.001, 0.5, (0.1, 0.9), told=False))
    return Found(name, auc, ci, caught, **({"members": 70, "outsiders": 60, "least": 0.54} | more))


def guessed(right):
    return np.arange(100) < right


@pytest.fixture
def battery():
    control = Control("100 % train rows", "nearly certain", found(auc=0.99), works=True)
    return Battery(
        each=(found("distance"), found("density", auc=0.51)),
        best=found("distance", auc=0.56, members=35),
        controls=(control, replace(control, name="a", works=False), replace(control, name="b", works=None)),
        risks=(
            risk("singling out", guessed(30), guessed(10), guessed(5)),
            risk("inference: job", guessed(60), guessed(50), guessed(40)),
        ),
        outliers=found("distance", auc=0.6),
        group=Group("job", "pilot", found(auc=0.61)),
        repeated=(),
        trained=None,
        by_row=None,
        unit="row",
        rows={},
        limit=0.6,
        seed=0,
    )


def by_subject(battery):
    return {(score.metric, *score.subject): score for score in scores_._scores(battery)}


def test_every_figure_of_the_battery_is_a_score(battery):
    told = by_subject(battery)
    head = told["attacks",]
    assert (head.value, head.floor, head.ci, head.n, head.unit, head.better, head.family) == (
        0.56, 0.5, (0.52, 0.58), 35, "auc", "lower", "privacy"
    )  # fmt: skip
    assert head.note == "distance, chosen on half of the targets and reported on the other half."
    assert told["attacks", "density"].value == 0.51 and told["attacks", "density"].note == "on all targets"
    assert told["attacks", "the most outlying 5 %"].value == 0.6
    assert told["attacks", "job: the level found best"].value == 0.61
    caught = told["attacks", "found at 10 % false alarms"]
    assert (caught.value, caught.floor, caught.ci, caught.n, caught.better) == (0.2, 0.1, (0.15, 0.25), 35, "lower")
    assert not any("0.1 %" in part for key in told for part in key), "too few outsiders to tell"


def test_controls_say_whether_they_came_out_as_they_should(battery):
    told = by_subject(battery)
    notes = [told["attacks", f"control: {name}"].note for name in ("100 % train rows", "a", "b")]
    assert notes == [
        "expected: nearly certain; as it should be", "expected: nearly certain; NOT as it should be",
        "expected: nearly certain; for comparison",
    ]  # fmt: skip


def test_a_risk_is_its_excess_and_the_shares_it_comes_of(battery):
    told = by_subject(battery)
    single, guess = told["singling_out",], told["inference",]
    assert (single.value, single.floor, single.n, single.note) == (pytest.approx(0.2), 0.0, 100, "")
    assert single.ci == battery.risks[0].ci and single.better == guess.better == "lower"
    assert guess.note == "of job, the worst of those tried"
    shares = [told["inference", f"right {who}"].value for who in ("about members", "about others", "by blind guesses")]
    assert shares == [0.6, 0.5, 0.4]
    assert told["inference", "right about others"].ci == battery.risks[1].control.ci


def test_a_unit_that_is_not_the_row_and_no_group_are_said(battery):
    told = by_subject(replace(battery, unit="who", group=None))
    assert told["attacks",].note.endswith("other half. By who: the rows of one add up.")
    assert not any("found best" in part for key in told for part in key)


@pytest.mark.parametrize(
    ("metric", "limit"), [("attacks", 0.6), ("singling_out", 0.1), ("linkability", 0.1), ("inference", 0.1)]
)
def test_the_limits_of_attacks_hold_whole_intervals(metric, limit):
    (criterion,) = (one for one in CRITERIA if one.metric == metric)
    score = replace(scores_._of(found(), ()), metric=metric, value=limit)
    verdicts = [
        criterion.judge(replace(score, ci=ci)).verdict
        for ci in ((0.0, limit), (0.0, limit + 0.001), (limit + 0.001, 1.0))
    ]
    assert verdicts == [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL] and criterion.why


def test_too_few_rows_held_back_leave_the_card_as_it_is(battery, monkeypatch):
    asked = []
    monkeypatch.setattr(scores_, "attack", lambda *given, **more: asked.append((given, more["seed"])) or battery)
    card = Scorecard(())
    few, enough = (SimpleNamespace(train="train", holdout=range(rows)) for rows in (2 * FEWEST - 1, 2 * FEWEST))
    assert with_attacks(card, "table", few, seed=7) is card and not asked
    told = with_attacks(card, "table", enough, seed=7)
    assert told.headline("attacks").value == 0.56 and asked == [(("train", "table", enough.holdout), 7)]


def test_the_chosen_rung_is_judged_by_the_attacks_too_and_no_other(battery, monkeypatch):
    monkeypatch.setattr(scores_, "attack", lambda *_, **__: battery)
    parts = SimpleNamespace(train=(), holdout=range(500))
    a, b = (Rung(name, "", "judged", "", scorecard=Scorecard(())) for name in "ab")
    climb = Climb((a, b), "b", "", table=object())
    done = climbed(climb, parts, Criteria(CRITERIA), seed=0)
    assert done.tried[0] is a and done.rung.scorecard.headline("attacks")
    assert {j.metric: j.verdict for j in done.rung.judgements} == {
        "attacks": Verdict.PASS, "singling_out": Verdict.INCONCLUSIVE, "inference": Verdict.INCONCLUSIVE
    }  # fmt: skip
    bare = (
        replace(climb, chosen=None),
        replace(climb, table=None),
        replace(climb, tried=(a, replace(b, scorecard=None))),
    )
    assert all(climbed(one, parts, Criteria(CRITERIA), seed=0) is one for one in bare)
