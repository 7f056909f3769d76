"""Few rows: models that cannot win left early, and one broken fold told by its number."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from synthkit.data.split import folds
from synthkit.decide.climb import Rung
from synthkit.decide.criteria import Criteria, Verdict
from synthkit.decide.folds import FORESEE, GIVEN_OUT, LOOK, Race, facts, references
from synthkit.decide.ladder import climb
from synthkit.decide.record import record
from synthkit.testing._tables import linked

from .conftest import faithful, shuffled, toy
from .test_record import GOAL, check

TIGHT = Criteria.from_mapping(
    {"shape": {"plus": 0.08}, "trend": False, "detection": False, "utility": False, "identical": False, "dcr": False,
     "membership": False}
)  # fmt: skip


@pytest.fixture(scope="module")
def ten():
    return references(folds(linked(400, 3), count=10, seed=5), seed=5)


def torn(self, n, *, rng):
    """Numbers far from the real ones."""
    table = linked(n, seed=int(rng.integers(1000, 10**6)))
    return replace(table, frame=table.frame.assign(size=table.frame["size"] + 1000))


def test_the_first_pass_is_chosen_and_the_rows_are_those_of_the_first_fold(models, ten):
    models(toy("torn", 1, sample=torn), toy("good", 2, sample=faithful), toy("grand", 3, sample=faithful))
    found = climb(ten, rows=400, criteria=TIGHT, seed=5)
    assert [(r.model, r.folds, r.verdict) for r in found.tried] == [
        ("torn", LOOK, Verdict.FAIL), ("good", 10, Verdict.PASS)
    ]  # fmt: skip
    assert "left after 3 of 10 folds, for others are to be tried" in found.tried[0].because
    once = climb(ten[0], rows=400, criteria=TIGHT, models=["good"], seed=5)
    assert found.table.digest() == once.table.digest() and len(found.table) == 400
    assert json.loads(json.dumps(found.tried[1].to_dict(), allow_nan=False))["folds"] == 10
    assert "folds" not in once.tried[0].to_dict()


def test_metrics_without_a_criterion_are_measured_once(models, ten):
    models(toy("good", 2, sample=faithful))
    rung = climb(ten[:4], rows=400, criteria=TIGHT).rung
    assert rung.scorecard.headline("detection").note.startswith("In the first fold")
    assert rung.scorecard.headline("shape").n > rung.scorecard.headline("detection").n


def test_what_cannot_win_is_left_early_and_the_last_alone_is_not(models, ten):
    models(toy("good", 1, sample=faithful), toy("torn", 2, sample=torn), toy("halves", 3, sample=shuffled))
    never = Criteria.from_mapping({"shape": {"absolute": 0.05}})
    never = Criteria(tuple(c for c in never.criteria if c.metric in ("shape", "detection", "dcr")))
    found = climb(ten, rows=400, criteria=never)
    folded = {r.model: r.folds for r in found.tried}
    assert found.chosen == "good" and folded["good"] == 10 and folded["torn"] == LOOK and folded["halves"] <= FORESEE
    assert "and good does better" in found.tried[1].because
    assert found.rung.scorecard.details("dcr")[0].subject == (GIVEN_OUT,)
    models(toy("torn", 1, sample=torn))
    assert climb(ten, rows=400, criteria=TIGHT).rung.folds == 10, "nothing else is to be tried"


def test_an_error_in_one_fold_is_the_rung_s_and_names_the_fold(models, ten):
    def fit(self, table, *, rng, progress=None):
        calls.append(1)
        return {}["Mr. Secret"] if len(calls) == 3 else type(self).__mro__[1].fit(self, table, rng=rng)

    calls: list[int] = []
    models(toy("brittle", 1, fit=fit), toy("good", 2, sample=faithful))
    found = climb(ten, rows=400, criteria=TIGHT)
    assert found.chosen == "good" and found.tried[0].status == "failed"
    assert found.tried[0].because.startswith("in fold 3 of 10: failed with KeyError") and "Secret" not in str(found)


def test_a_budget_ends_a_rung_between_folds(models, ten):
    models(toy("good", 1, sample=faithful), toy("later", 2, sample=faithful))
    never = Criteria.from_mapping({"shape": {"absolute": 0.0}})
    found = climb(ten, rows=400, criteria=never, budget=1e-9)
    assert [(r.status, r.folds) for r in found.tried] == [("judged", LOOK), ("skipped", 0)]
    assert "left after 3 of 10 folds, when the budget was spent" in found.tried[0].because


def test_a_slow_rung_leaves_half_of_the_budget_to_the_others(models, ten, monkeypatch):
    clock = [0.0]

    def fit(self, table, *, rng, progress=None):
        clock[0] += 10.0
        return type(self).__mro__[1].fit(self, table, rng=rng)

    for module in ("ladder", "folds"):
        monkeypatch.setattr(f"synthkit.decide.{module}.time", SimpleNamespace(perf_counter=lambda: clock[0]))
    models(toy("slow", 1, fit=fit, sample=faithful), toy("quick", 2, sample=faithful))
    unsettled = Criteria.from_mapping({"detection": {"plus": 0.0, "absolute": 0.5}, "shape": False, "trend": False})
    found = climb(ten, rows=400, criteria=unsettled, budget=90.0)
    assert "left after 5 of 10 folds, when half of what was left of the budget was spent" in found.tried[0].because
    assert found.tried[1].status == "judged" and "budget" not in found.tried[1].because
    clock[0] = 0.0
    assert climb(ten, rows=400, criteria=unsettled, budget=90.0, models=["slow"]).rung.folds == 10, "nobody waits"


def test_a_rung_that_the_budget_ends_too_early_is_not_judged(ten, models):
    from synthkit.decide.folds import attempt_folds

    made = toy("good", 1, sample=faithful)
    race = Race(Rung("other", "", "judged", ""), last=False, ends=0.0, share=0.0)
    rung, _, table = attempt_folds(made, ten, rows=400, criteria=TIGHT, seed=0, race=race)
    assert (rung.status, table) == ("skipped", None) and "1 of 10 folds took" in rung.because
    assert "the 3 that a verdict needs are more than half of what was left of the budget" in rung.because


def test_the_record_says_what_was_learned_from_and_how_often_it_was_judged(models, ten):
    models(toy("good", 1, sample=faithful))
    found = climb(ten, rows=400, criteria=TIGHT)
    said = facts(folds(linked(400, 3), count=10, seed=5))
    assert facts([None]) == {} and said["folds"] == 10
    text = " ".join(check(record(found, GOAL | said, date="2026-01-02")).split())
    assert "judged over 10 folds, each of 80 rows held out; intervals by Nadeau and Bengio (2003)" in text
    assert "of the first fold: 1,200 rows were used to learn from; 800 were held back before anything of that" in text
