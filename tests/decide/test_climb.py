"""Which rung is better, what is said of it, and what it comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthkit.decide.climb import Climb, Rung, outcome, rank, why
from synthkit.decide.criteria import Judgement, Verdict
from synthkit.metrics.base import Score
from synthkit.scorecard import Scorecard

PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def judged(verdict, value=0.1, *, limit=0.2, better="lower", label="Column shapes"):
    return Judgement("shape", label, value, None, 0.1, "share", better, limit, "at most", verdict, "", "")


def rung(*judgements, model="m", detection=None, metric="detection", **more):
    scores = () if detection is None else (Score(metric, "fidelity", detection, "lower", unit="auc"),)
    more = {"status": "judged", "because": "b", "scorecard": Scorecard(scores)} | more
    return Rung(model, "family", judgements=judgements, **more)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (rung(judged(UNSURE), judged(UNSURE)), rung(judged(PASS), judged(FAIL))),
        (rung(judged(UNSURE)), rung(judged(UNSURE, 0.3))),
        (rung(judged(UNSURE, 0.2)), rung(judged(UNSURE, 0.21))),
        (rung(judged(UNSURE, 0.3, better="higher")), rung(judged(UNSURE, 0.1, better="higher"))),
        (rung(judged(UNSURE, 0.2, better="higher")), rung(judged(UNSURE, 0.19, better="higher"))),
        (rung(judged(UNSURE, 0.3), detection=0.9), rung(judged(FAIL, 0.1), detection=0.5)),
        (rung(judged(PASS), detection=0.6), rung(judged(PASS), detection=0.7)),
        (rung(judged(PASS), detection=0.6, metric="series_detection"), rung(judged(PASS), detection=0.7)),
        (rung(judged(PASS), detection=0.99), rung(judged(PASS))),
        (rung(judged(PASS), detection=0.99), rung(judged(PASS), scorecard=None)),
    ],
)
def test_fewer_failures_then_fewer_values_beyond_then_harder_to_tell(better, worse):
    assert rank(better) < rank(worse)


def test_the_numbers_of_a_rank():
    assert rank(rung(judged(FAIL, 0.3), judged(FAIL, 0.4), judged(UNSURE, 0.21), detection=0.7)) == (2, 3, 0.7)
    assert rank(rung(judged(PASS, 0.2), judged(PASS, 0.2, better="higher"))) == (0, 0, 1.0), "on the limit is kept"


def test_what_judgements_come_to():
    fails, unsure = judged(FAIL, label="Trend"), judged(UNSURE, label="Detection")
    assert outcome([judged(PASS)]) == outcome([]) == "meets every criterion"
    assert outcome([unsure, fails, fails]) == "falls short on trend, trend; is unsettled on detection"


def test_a_verdict_is_that_of_the_rung_and_none_without_scores():
    assert rung(judged(PASS), judged(UNSURE)).verdict is UNSURE
    assert rung(judged(PASS), scorecard=None).verdict is None
    assert rung().verdict is UNSURE, "nothing judged is not a pass"
    both = rung(judged(PASS), judged(FAIL), judged(UNSURE))
    assert both.shortfalls == both.judgements[1:]


def test_a_climb_has_the_verdict_of_its_choice_and_fails_without_one():
    kept, broken = rung(judged(PASS), model="a"), rung(judged(FAIL), model="b")
    assert (Climb((broken, kept), "a", "").verdict, Climb((broken, kept), "a", "").rung) == (PASS, kept)
    assert Climb((broken, kept), "b", "").verdict is FAIL
    assert Climb((kept,), None, "").verdict is FAIL
    assert Climb((replace(kept, scorecard=None),), "a", "").verdict is FAIL


def test_why_a_rung_that_does_not_pass_was_chosen():
    one, two = rung(judged(FAIL), because="it falls short"), rung(judged(FAIL), model="n")
    assert why(one, [one]) == "no rung meets every criterion; m is the only rung tried, and it falls short"
    skipped = replace(two, status="skipped")
    assert "m is the only rung tried" in why(one, [one, skipped])
    assert "m is the best of 2 rungs tried" in why(one, [one, two, skipped])


def test_a_pass_names_the_simpler_ones_that_were_judged():
    kept = rung(judged(PASS), model="c")
    a, b = rung(judged(FAIL), model="a"), rung(judged(FAIL), model="b", status="judged")
    skipped = replace(a, model="s", status="skipped")
    assert why(kept, [a, skipped, b, kept]).endswith("criterion; the simpler a and b did not")
    assert why(kept, [a, b, replace(a, model="d"), kept]).endswith("; the simpler a, b and d did not")
    assert why(kept, [kept]) == "c is the first rung that meets every criterion"


def test_plain_values_round_the_seconds_and_leave_details_out():
    detail = Score("shape", "fidelity", 0.5, "lower", subject=("age",))
    head = Score("trend", "fidelity", 0.25, "lower", floor=0.1, ci=(0.2, 0.3))
    one = rung(
        judged(FAIL), scorecard=Scorecard((detail, head)), fit_seconds=1.23456, sample_seconds=2.34567,
        judge_seconds=3.45678, notes={"form": 1},
    )  # fmt: skip
    assert one.to_dict() == {
        "model": "m", "family": "family", "status": "judged", "verdict": "FAIL", "because": "b",
        "fit_seconds": 1.235, "sample_seconds": 2.346, "judge_seconds": 3.457,
        "scores": {"trend": {"value": 0.25, "ci": (0.2, 0.3), "floor": 0.1, "unit": "share"}}, "notes": {"form": 1},
    }  # fmt: skip
    assert replace(one, folds=3).to_dict()["folds"] == 3
    bare = Rung("m", "family", "failed", "b")
    assert bare.to_dict() | {"scores": {}, "verdict": None} == bare.to_dict()
    assert [bare.to_dict()[f"{part}_seconds"] for part in ("fit", "sample", "judge")] == [0, 0, 0]


def test_a_climb_that_is_printed_shows_no_row():
    told = repr(Climb((), None, "", model="Mr. Model", table="Mr. Row", panel="Mr. Row"))
    assert "Mr." not in told and "chosen=None" in told
