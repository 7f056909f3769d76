"""Limits, intervals and verdicts."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthkit.decide.criteria import Criteria, Criterion, Verdict
from synthkit.errors import ConfigError, UnknownName
from synthkit.metrics.base import Score
from synthkit.scorecard import Scorecard

PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def score(value, better="lower", *, floor=0.1, ci=None, metric="shape", subject=()):
    return Score(metric, "fidelity", value, better, subject=subject, floor=floor, ci=ci)


@pytest.mark.parametrize(
    ("better", "value", "ci", "verdict"),
    [
        ("lower", 0.10, (0.05, 0.15), PASS),
        ("lower", 0.20, (0.15, 0.20), PASS),  # on the limit is kept
        ("lower", 0.19, (0.15, 0.21), UNSURE),
        ("lower", 0.25, (0.19, 0.30), UNSURE),
        ("lower", 0.25, (0.20, 0.30), UNSURE),
        ("lower", 0.25, (0.21, 0.30), FAIL),
        ("lower", 0.20, None, PASS),
        ("lower", 0.21, None, FAIL),
        ("higher", 0.30, (0.25, 0.35), PASS),
        ("higher", 0.25, (0.20, 0.35), PASS),
        ("higher", 0.25, (0.19, 0.30), UNSURE),
        ("higher", 0.15, (0.10, 0.20), UNSURE),
        ("higher", 0.15, (0.10, 0.19), FAIL),
        ("higher", 0.20, None, PASS),
        ("higher", 0.19, None, FAIL),
        ("lower", float("nan"), None, UNSURE),
    ],
)
def test_a_verdict_needs_the_whole_interval(better, value, ci, verdict):
    found = Criterion("shape", absolute=0.2).judge(score(value, better, ci=ci))
    assert found.verdict is verdict
    assert found.limit == 0.2
    assert found.because


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from(["lower", "higher"]))
def test_pass_and_fail_are_never_both_possible(a, b, c, limit, better):
    low, value, high = sorted([a, b, c])
    wide = Criterion("shape", absolute=limit).judge(score(value, better, ci=(low, high))).verdict
    narrow = Criterion("shape", absolute=limit).judge(score(value, better)).verdict
    assert wide in (narrow, UNSURE)  # a wider interval only ever makes less sure
    straddles = low < limit < high
    assert (wide is UNSURE) or not straddles


def test_limits_lean_on_the_floor():
    found = Criterion("shape", times=2, plus=0.05).judge(score(0.24, floor=0.1))
    assert found.limit == pytest.approx(0.25)
    assert found.rule == "at most 2 times the floor plus 5 points"
    assert found.verdict is PASS
    assert Criterion("utility", plus=-0.05).judge(score(0.8, "higher", floor=0.9)).verdict is FAIL


def test_chance_is_the_best_that_is_asked_for():
    assert Criterion("detection", plus=0.1, chance=0.5).judge(score(0.58, floor=0.4)).verdict is PASS
    assert Criterion("detection", plus=0.1).judge(score(0.58, floor=0.4)).verdict is FAIL
    assert Criterion("detection", plus=0.1, chance=0.5).judge(score(0.65, floor=0.6)).limit == pytest.approx(0.7)


def test_a_paired_criterion_uses_the_interval_of_the_gap():
    head = score(0.80, "higher", floor=0.82, ci=(0.74, 0.86))
    gap = score(-0.02, "higher", ci=(-0.03, -0.01), subject=("gap",))
    assert Criterion("utility", plus=-0.05, paired=True).judge(head, gap).verdict is PASS
    assert Criterion("utility", plus=-0.05, paired=True).judge(head).verdict is UNSURE
    assert Criterion("utility", plus=-0.05).judge(head, gap).verdict is UNSURE


def test_the_interval_of_a_gap_is_laid_on_the_floor():
    head = score(0.80, "higher", floor=0.82, ci=(0.74, 0.86))
    gap = score(-0.02, "higher", ci=(-0.03, -0.01), subject=("gap",))
    judge = Criterion("utility", plus=-0.05, paired=True).judge
    assert judge(head, gap).ci == (pytest.approx(0.79), pytest.approx(0.81))
    for lacks in ((replace(head, floor=None), gap), (head, replace(gap, ci=None))):
        assert judge(*lacks).ci == head.ci


def limits(criteria):
    return {c.metric: (c.times, c.plus, c.absolute, c.chance, c.paired) for c in criteria.criteria}


def test_the_limits_that_nobody_asked_to_change():
    """What a release has to keep by default: whoever moves one of these moves every verdict."""
    assert limits(Criteria()) == {
        "shape": (1, 0.02, None, None, False),
        "trend": (1, 0.03, None, None, False),
        "detection": (1, 0.1, None, 0.5, False),
        "utility": (1, -0.05, None, None, True),
        "identical": (1.5, 0.005, None, None, False),
        "dcr": (1, 0, 0.6, None, False),
        "membership": (1, 0, 0.6, None, False),
    }
    assert limits(Criteria.for_series()) == limits(Criteria.from_mapping({}, series=True)) == {
        "marginal": (1.5, 0.05, None, None, False),
        "autocorrelation": (1.5, 0.05, None, None, False),
        "spectrum": (1.5, 0.1, None, None, False),
        "series_detection": (1, 0.15, None, 0.5, False),
        "forecast": (1, 0, None, None, False),
        "forecast_utility": (1, 0.1, None, None, True),
        "nearest_window": (1, 0, 0.7, None, False),
        "entity_membership": (1, 0, 0.6, None, False),
    }  # fmt: skip
    assert all(c.why for c in (*Criteria().criteria, *Criteria.for_series().criteria))


@pytest.mark.parametrize(
    ("criterion", "better", "unit", "rule", "limit"),
    [
        (Criterion("shape", plus=0.02), "lower", "share", "at most the floor plus 2 points", 0.12),
        (Criterion("utility", plus=-0.05), "higher", "auc", "at least the floor less 0.05", 0.05),
        (Criterion("shape", times=1.5), "lower", "share", "at most 1.5 times the floor", 0.15),
        (Criterion("detection", plus=0.1, chance=0.5), "lower", "auc", "at most chance (0.5) plus 0.1", 0.6),
        (Criterion("detection", plus=0.1, chance=0.1), "lower", "auc", "at most the floor plus 0.1", 0.2),
        (Criterion("detection", plus=0.1, chance=0.05), "lower", "auc", "at most the floor plus 0.1", 0.2),
        (Criterion("utility", plus=-0.1, chance=0.05), "higher", "auc", "at least chance (0.05) less 0.1", -0.05),
        (Criterion("utility", plus=-0.1, chance=0.5), "higher", "auc", "at least the floor less 0.1", 0.0),
        (Criterion("dcr", absolute=0.6), "lower", "share", "at most 60 %", 0.6),
        (Criterion("dcr", absolute=0.6, times=3, plus=1, chance=0.9), "lower", "share", "at most 60 %", 0.6),
    ],
)
def test_a_limit_and_the_words_for_it(criterion, better, unit, rule, limit):
    found = criterion.judge(replace(score(0.1, better, floor=0.1), unit=unit))
    assert (found.rule, found.limit) == (rule, pytest.approx(limit))


@pytest.mark.parametrize(
    ("ci", "because"),
    [
        ((0.1, 0.2), "15 % keeps the limit of 20 %, and so does its whole interval"),
        ((0.1, 0.3), "15 % has an interval that straddles the limit of 20 %: more rows would settle it"),
        ((0.21, 0.3), "15 % breaks the limit of 20 %, and so does its whole interval"),
    ],
)
def test_the_sentence_says_what_the_interval_does(ci, because):
    assert Criterion("shape", absolute=0.2).judge(score(0.15, ci=ci)).because == because


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_without_a_floor_a_relative_limit_settles_nothing(better):
    found = Criterion("shape", plus=0.5 if better == "lower" else -0.5).judge(score(0.0, better, floor=None))
    assert found.verdict is UNSURE
    assert "absolute" in found.because


def test_one_fail_outweighs_all():
    for verdicts in itertools.product(Verdict, repeat=3):
        found = Verdict.all_of(verdicts)
        assert found is (FAIL if FAIL in verdicts else UNSURE if UNSURE in verdicts else PASS)


def test_nothing_judged_is_not_a_pass():
    assert Verdict.all_of([]) is UNSURE


def test_criteria_judge_what_was_measured():
    card = Scorecard((score(0.1), score(0.3, subject=("age",)), score(0.9, metric="trend", ci=(0.8, 1.0))))
    found = Criteria().judge(card)
    assert [(j.metric, j.verdict) for j in found] == [("shape", PASS), ("trend", FAIL)]
    assert all(j.why for j in found)
    assert found[0].to_dict()["verdict"] == "PASS"


def test_defaults_can_be_changed_one_by_one():
    made = Criteria.from_mapping({"shape": {"plus": 0.5}, "trend": False, "dcr": {"times": 2}, "nndr": {"absolute": 1}})
    by = {c.metric: c for c in made.criteria}
    assert by["shape"].plus == 0.5
    assert "trend" not in by
    assert (by["dcr"].times, by["dcr"].absolute) == (2, None)
    assert by["nndr"].absolute == 1
    assert by["detection"] == {c.metric: c for c in Criteria().criteria}["detection"]
    assert Criteria.from_mapping({}) == Criteria()
    kept = Criteria.from_mapping({"dcr": {"absolute": 0.55}, "detection": {"times": 2.0}})
    by = {c.metric: c for c in kept.criteria}
    assert (by["dcr"].absolute, by["detection"].times, by["detection"].plus) == (0.55, 2, 0.1)
    assert [c.metric for c in kept.criteria] == [c.metric for c in Criteria().criteria]
    assert "trend" in {c.metric for c in Criteria.from_mapping({"nndr": False, "shape": {"plus": 1}}).criteria}


def test_more_criteria_are_added_and_none_is_replaced():
    first = Criteria((Criterion("shape", absolute=0.1),))
    found = first.with_more([Criterion("shape", absolute=0.9), Criterion("dcr", absolute=0.6)])
    assert [(c.metric, c.absolute) for c in found.criteria] == [("shape", 0.1), ("dcr", 0.6)]
    assert Criteria.from_list(found.to_list()) == found


def test_only_headlines_and_their_gaps_are_judged():
    gap = score(0.0, "higher", metric="utility", subject=("gap",), ci=(-0.01, 0.01))
    head = score(0.1, "higher", metric="utility", ci=(0.0, 0.5))
    (found,) = Criteria().judge(Scorecard((score(9, subject=("age",)), gap, head)))
    assert (found.metric, found.verdict, found.ci) == ("utility", PASS, (pytest.approx(0.09), pytest.approx(0.11)))


@pytest.mark.parametrize(
    "change",
    [True, 0.5, "strict", [], {}, {"at_most": 1}, {"plus": "much"}, {"plus": True}, {"absolute": None},
     {"absolute": float("nan")}, {"times": float("inf")}],
)  # fmt: skip
def test_what_is_not_a_limit_is_refused(change):
    with pytest.raises(ConfigError, match="'shape'") as caught:
        Criteria.from_mapping({"shape": change})
    assert "absolute" in caught.value.hint


def test_an_unknown_metric_is_named():
    with pytest.raises(UnknownName, match="shpae") as caught:
        Criteria.from_mapping({"shpae": {"plus": 1}})
    assert "shape" in caught.value.hint
