"""What has to hold before a decision goes one stage on, on a dossier made by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from synthkit.decide.criteria import Criteria, Criterion, Verdict
from synthkit.errors import ConfigError, UnknownName
from synthkit.metrics.base import Score
from synthkit.operate.dossier import Dossier
from synthkit.operate.gates import Audience, Check, Waiver, approval, evidence, figures, judged, people, verdict
from synthkit.scorecard import Scorecard

PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
TODAY = dt.date(2026, 3, 1)
INTERNAL, PARTNER, PUBLIC = (Audience.of(name) for name in ("internal", "partner", "public"))


def score(metric, value, ci, family="privacy"):
    return Score(metric, family, value, "lower", floor=0.5, ci=ci, unit="auc")


def dossier(*, dial=None, kind="table", dcr=0.52, top=0.54, review=TODAY, told=None):
    """A run that keeps its two criteria: shape at most 0.6 and membership at most 0.6."""
    card = Scorecard(
        (
            score("shape", 0.5, (0.5, 0.55), "fidelity"),
            score("membership", 0.52, (0.5, top)),
            score("dcr", dcr, (dcr, dcr)),
        ),
        provenance={"holdout_sha256": "h"},
    )
    criteria = Criteria((Criterion("shape", absolute=0.6), Criterion("membership", absolute=0.6)))
    goal = {"holdout_digest": "h", **({} if dial is None else {"privacy": dial})}
    found = [{"metric": j.metric, "verdict": j.verdict.value} for j in criteria.judge(card)]
    decision = {"goal": goal, "kind": kind, "criteria": found if told is None else told}
    text = f"---\nreview: {review.isoformat()}\n---\n"
    return Dossier(Path(), {}, decision, card, criteria, {}, text)


def waived(metric="shape", until=TODAY):
    return Waiver(metric, "only the format matters", until, "Ada")


def by_what(checks):
    return {check.what: check for check in checks}


def test_one_failed_check_closes_the_gate_and_none_is_no_yes():
    yes, no, unsure = (Check("x", each, "") for each in (PASS, FAIL, UNSURE))
    assert (verdict([yes, yes]), verdict([yes, unsure]), verdict([yes, unsure, no])) == (PASS, UNSURE, FAIL)
    assert verdict([]) is UNSURE


def test_figures_have_to_be_those_of_the_rows_and_verdicts_those_of_the_figures():
    kept = figures(dossier())
    assert [(c.what, c.verdict) for c in kept] == [("holdout", PASS), ("verdicts", PASS)]
    assert (kept[0].because, kept[1].because) == (
        "the figures belong to the rows held back", "the verdicts follow from the figures"
    )  # fmt: skip
    other = dossier()
    other = replace(other, scorecard=replace(other.scorecard, provenance={"holdout_sha256": "another"}))
    assert figures(other)[0] == Check("holdout", FAIL, "the figures belong to other rows than those held back")
    shape, other = {"metric": "shape", "verdict": "PASS"}, {"metric": "membership", "verdict": "INCONCLUSIVE"}
    for told in ([], [shape], [shape, other]):
        assert figures(dossier(told=told))[1] == Check("verdicts", FAIL, "the verdicts do not follow from the figures")


def test_any_altered_file_is_no_evidence(monkeypatch):
    monkeypatch.setattr(Dossier, "altered", lambda _: {"a.csv": "was altered", "b.json": "is missing"})
    found = evidence(dossier())
    assert [(c.verdict, c.because) for c in found[:2]] == [(FAIL, "a.csv was altered"), (FAIL, "b.json is missing")]
    assert len(found) == 4
    monkeypatch.setattr(Dossier, "altered", lambda _: {})
    whole = evidence(replace(dossier(), listed={"a": "1", "b": "2"}))
    assert whole[0] == Check("files", PASS, "2 files are as they were left") and verdict(whole) is PASS


def test_an_audience_adds_its_limits_to_those_of_the_run_where_they_were_measured():
    own = judged(dossier())
    assert [(j.metric, j.limit) for j in own] == [("shape", 0.6), ("membership", 0.6)]
    assert judged(dossier(), INTERNAL) == own
    more = judged(dossier(), PUBLIC)
    assert more[:2] == own and {(j.metric, j.limit) for j in more[2:]} == {("membership", 0.55), ("dcr", 0.55)}
    assert [j.why for j in more[2:]] == [c.why for c in Criteria().criteria if c.metric in ("dcr", "membership")]
    series = dossier(kind="series")
    card = replace(series.scorecard, scores=(score("entity_membership", 0.5, (0.5, 0.5)),))
    (asked,) = judged(replace(series, scorecard=card), PUBLIC)
    assert asked.why == Criteria.for_series().criteria[-1].why and asked.limit == 0.55, "the criterion of series"
    bare = dossier()
    bare = replace(bare, scorecard=replace(bare.scorecard, scores=bare.scorecard.scores[:1]))
    assert [j.metric for j in judged(bare, PUBLIC)] == ["shape"], "what was not measured is not asked"


@pytest.mark.parametrize(
    ("audience", "top", "dcr", "found"),
    [
        (PUBLIC, 0.55, 0.55, PASS), (PUBLIC, 0.551, 0.55, UNSURE), (PUBLIC, 0.55, 0.551, FAIL),
        (PARTNER, 0.58, 0.58, PASS), (PARTNER, 0.581, 0.58, UNSURE), (PARTNER, 0.58, 0.581, FAIL),
        (INTERNAL, 0.6, 0.9, PASS), (INTERNAL, 0.601, 0.5, UNSURE),
    ],
)  # fmt: skip
def test_limits_of_each_audience_hold_to_their_edge(audience, top, dcr, found):
    assert verdict(approval(dossier(dial=10, top=top, dcr=dcr), audience, (), today=TODAY)) is found


@pytest.mark.parametrize(("dial", "found"), [(None, FAIL), (0, FAIL), (9, FAIL), (10, PASS), (11, PASS)])
def test_the_public_asks_for_ten_rows_behind_whatever_is_given_out(dial, found):
    checks = by_what(approval(dossier(dial=dial), PUBLIC, (), today=TODAY))
    assert checks["privacy dial"].verdict is found
    assert checks["privacy dial"].because == f"{dial or 0} rows stand behind whatever is given out; public asks for 10"
    assert "privacy dial" not in by_what(approval(dossier(dial=dial), PARTNER, (), today=TODAY))
    assert "privacy dial" not in by_what(approval(dossier(dial=dial, kind="series"), PUBLIC, (), today=TODAY))


@pytest.mark.parametrize(("days", "found"), [(-1, UNSURE), (0, PASS), (1, PASS)])
def test_a_review_is_due_until_its_day_is_over(days, found):
    due = TODAY + dt.timedelta(days=days)
    checks = by_what(approval(dossier(review=due), INTERNAL, (), today=TODAY))
    assert checks["review"] == Check("review", found, f"review due on {due.isoformat()}")


@pytest.mark.parametrize(("days", "found"), [(-1, FAIL), (0, PASS), (1, PASS)])
def test_a_waiver_holds_to_the_end_of_its_day(days, found):
    bad = replace(dossier(), criteria=Criteria((Criterion("shape", absolute=0.4),)))
    until = TODAY + dt.timedelta(days=days)
    (check, _) = approval(bad, INTERNAL, (waived(until=until),), today=TODAY)
    assert check.verdict is found and check.what == "column shapes, at most 0.4"
    tail = ": only the format matters" if found is PASS else ", which is past"
    assert check.because.endswith(f"; waived by Ada until {until.isoformat()}{tail}")
    (check, _) = approval(bad, INTERNAL, (waived("trend"),), today=TODAY)
    assert check.verdict is FAIL and "waived" not in check.because, "a waiver of something else"


def test_a_criterion_that_is_kept_needs_no_waiver_and_mentions_none():
    check, *_ = approval(dossier(), INTERNAL, (waived(),), today=TODAY)
    assert check.verdict is PASS and "waived" not in check.because


@pytest.mark.parametrize(("audience", "found"), [(INTERNAL, PASS), (PARTNER, FAIL), (PUBLIC, FAIL)])
def test_privacy_is_waived_inside_the_house_alone(audience, found):
    bad = replace(dossier(dial=10), criteria=Criteria((Criterion("membership", absolute=0.4),)))
    check, *_ = approval(bad, audience, (waived("membership"),), today=TODAY)
    assert check.verdict is found
    assert (f"for the audience '{audience.name}' nobody may waive it" in check.because) == (found is FAIL)
    shape = replace(bad, criteria=Criteria((Criterion("shape", absolute=0.4),)))
    assert approval(shape, audience, (waived(),), today=TODAY)[0].verdict is PASS, "likeness may be waived"


@pytest.mark.parametrize(
    ("audience", "releaser", "found"),
    [
        (INTERNAL, "Ada", PASS),
        (PARTNER, "Ada", FAIL),
        (PARTNER, "ADA", FAIL),
        (PARTNER, " Ada ", FAIL),
        (PARTNER, "Grace", PASS),
        (PUBLIC, "ada", FAIL),
    ],
)
def test_outside_the_house_two_people_have_to_agree(audience, releaser, found):
    check = people(audience, "Ada", releaser)
    assert (check.what, check.verdict) == ("people", found)
    assert check.because == (
        f"approved by Ada, released by {releaser}" if found is PASS
        else f"{releaser} approved it too, and the audience '{audience.name}' asks for two people"
    )  # fmt: skip


def test_a_waiver_has_a_reason_a_known_metric_and_comes_back_from_its_file():
    assert Waiver.from_dict(waived().to_dict()) == waived()
    assert waived().to_dict()["until"] == "2026-03-01"
    for reason in ("", " \t"):
        with pytest.raises(ConfigError, match="no reason"):
            replace(waived(), reason=reason)
    with pytest.raises(UnknownName, match="shpae"):
        waived("shpae")
    with pytest.raises(UnknownName, match="audience"):
        Audience.of("version")
    assert Check("files", FAIL, "gone").to_dict() == {"what": "files", "verdict": "FAIL", "because": "gone"}
