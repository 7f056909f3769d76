"""The climb: simplest first, stop at the first pass, survive what fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthkit.decide._escalation import escalation
from synthkit.decide.climb import Rung, why
from synthkit.decide.criteria import Criteria, Judgement, Verdict
from synthkit.decide.ladder import climb, ladder
from synthkit.errors import UnknownName
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.models.base import Terms
from synthkit.models.tabular.marginals import Marginals
from synthkit.scorecard import Scorecard

from .conftest import fails_in_fit, fails_with_a_hint, faithful, shuffled, toy

EASY = Criteria.from_mapping(
    {"shape": {"plus": 0.1}, "trend": {"plus": 0.1}, "detection": False, "utility": {"plus": -0.2}, "identical": False,
     "dcr": False, "membership": False}
)  # fmt: skip


def go(reference, **options):
    return climb(reference, **({"rows": 1200, "criteria": EASY} | options))


def test_rungs_are_climbed_from_the_simplest_up():
    names = ladder()
    rungs = [registry.get(name).card.rung for name in names]
    assert rungs == sorted(rungs)
    assert ladder(["trees", "marginals"]) == ("marginals", "trees")
    with pytest.raises(UnknownName, match="tress"):
        ladder(["tress"])


def test_the_rungs_below_are_listed_as_people_list():
    kept = Judgement("shape", "Shape", 0.0, None, 0.0, "share", "lower", 0.1, "", Verdict.PASS, "", "")
    passed = Rung("d", "family", "judged", "", scorecard=Scorecard(()), judgements=(kept,))
    below = [replace(passed, model=name) for name in "abc"]
    tails = [why(passed, [*below[:n], passed]).partition("; ")[2] for n in range(4)]
    assert tails == ["", "the simpler a did not", "the simpler a and b did not", "the simpler a, b and c did not"]


def test_stops_at_the_first_pass(models, reference):
    models(toy("torn", 1), toy("good", 2, sample=faithful), toy("better", 3, sample=faithful))
    found = go(reference)
    assert [(r.model, r.status, r.verdict) for r in found.tried] == [
        ("torn", "judged", Verdict.FAIL),
        ("good", "judged", Verdict.PASS),
    ]
    assert (found.chosen, found.verdict) == ("good", Verdict.PASS)
    assert found.because == "good is the first rung that meets every criterion; the simpler torn did not"
    assert found.model.name == "good"
    assert len(found.table) == 1200
    assert found.rung.fit_seconds > 0
    assert found.rung.judge_seconds > 0
    assert not found.rung.shortfalls
    assert "trend" in {j.metric for j in found.tried[0].shortfalls}


def test_survives_a_model_that_fails(models, reference):
    models(toy("broken", 1, fit=fails_in_fit), toy("picky", 2, fit=fails_with_a_hint), toy("good", 3, sample=faithful))
    found = go(reference)
    assert [r.status for r in found.tried] == ["failed", "failed", "judged"]
    assert found.chosen == "good"
    broken, picky, _ = found.tried
    assert broken.verdict is None
    assert "KeyError" in broken.because
    assert "Secret" not in broken.because, "another library's message may hold a cell of the data"
    assert picky.because == "failed: two rows are too few"


def test_no_model_at_all(models, reference):
    models(toy("broken", 1, fit=fails_in_fit))
    found = go(reference)
    assert found.chosen is None
    assert found.verdict is Verdict.FAIL
    assert (found.model, found.table, found.rung) == (None, None, None)


def test_the_budget_skips_rungs_but_never_the_first(models, reference):
    models(toy("torn", 1), toy("good", 2, sample=faithful))
    found = go(reference, budget=1e-9)
    assert [r.status for r in found.tried] == ["judged", "skipped"]
    assert "budget" in found.tried[1].because
    assert found.chosen == "torn"
    assert "no rung meets every criterion; torn is the only rung tried" in found.because


def test_the_best_is_chosen_when_none_passes(models, reference):
    hard = Criteria.from_mapping({"trend": {"absolute": 0.0}, "detection": {"absolute": 0.0}})
    models(toy("torn", 1), toy("half", 2, sample=shuffled), toy("worst", 3))
    found = go(reference, criteria=hard)
    assert [r.verdict for r in found.tried] == [Verdict.FAIL] * 3
    assert found.chosen == "half"
    assert found.because.startswith("no rung meets every criterion; half is the best of 3 rungs tried")


def test_more_rows_than_train_are_made_and_as_many_as_train_are_judged(models, reference):
    models(toy("good", 1, sample=faithful))
    found = go(reference, rows=3000)
    assert len(found.table) == 3000
    assert found.rung.scorecard.provenance["rows"]["synthetic"] == len(reference.train)


def test_same_seed_same_climb(models, reference):
    models(toy("torn", 1), toy("good", 2, sample=faithful))
    one, two, other = go(reference, seed=4), go(reference, seed=4), go(reference, seed=5)
    assert one.table.digest() == two.table.digest() != other.table.digest()
    assert one.rung.scorecard.scores == two.rung.scorecard.scores


def test_a_rung_draws_the_same_whatever_was_tried_before(reference):
    alone = climb(reference, rows=200, models=["marginals"], seed=3)
    assert alone.table.digest() == Marginals().fit(
        reference.train, rng=_stream(3, "fit", "marginals")
    ).sample(200, rng=_stream(3, "sample", "marginals")).digest()  # fmt: skip


def test_options_reach_the_model_and_wrong_ones_are_named(reference):
    found = climb(reference, rows=300, models=["trees"], options={"trees": {"trees": 2}})
    assert found.model.growth.trees == 2
    with pytest.raises(UnknownName, match="tress"):
        climb(reference, rows=300, options={"tress": {}})
    with pytest.raises(UnknownName, match="leef") as caught:
        climb(reference, rows=300, models=["trees"], options={"trees": {"leef": 2}})
    assert "leaf" in caught.value.hint


def test_progress_is_told_model_by_model_and_never_falls(models, reference):
    models(toy("torn", 1), toy("good", 2, sample=faithful))
    told = {}
    go(reference, progress=lambda stage, done, note="": told.setdefault(stage, []).append(done))
    assert list(told) == ["torn", "good"]
    for done in told.values():
        assert done == sorted(done)
        assert done[-1] == 1.0


def _stream(*names):
    from synthkit.rng import stream

    return stream(*names)


def collapsed(self, n, *, rng):
    """One row, over and over."""
    return faithful(self, n, rng=rng).take(np.zeros(n, np.int64))


def network(name, rung, *, sample):
    """A toy that is trained, and keeps the terms it was given."""
    notes = {"steps": 40, "best step": 30, "device": "cpu", "stopped because": "all steps done", "memory": "0.1 GB"}
    kind = toy(name, rung, sample=sample)
    kind.terms, kind.notes = Terms(), property(lambda self: notes | {"seconds": self.terms.seconds})
    return kind


def test_networks_share_what_is_left_of_the_budget_and_the_record_says_whether_they_paid(models, reference):
    models(toy("torn", 1), network("worse", 2, sample=collapsed), network("net", 3, sample=faithful))
    found = go(reference, budget=100.0)
    torn, worse, net = found.tried
    assert torn.verdict is Verdict.FAIL and found.chosen == "net"
    assert worse.notes["seconds"] < 50 < net.notes["seconds"] < 100
    said = escalation(found)
    assert "Tried because torn falls short on" in said
    assert "* worse: **did not pay**" in said and "* net: **paid**" in said
    assert "best at 30; stopped: all steps done" in said


def test_networks_are_not_tried_where_only_more_rows_would_settle_it(models, reference):
    models(toy("good", 1, sample=faithful), network("net", 2, sample=faithful))
    few = Reference(reference.train.head(100), reference.holdout.head(100), 0)
    wide = Criteria.from_mapping(
        {"shape": {"plus": 0.2}, "trend": {"plus": 0.3}, "detection": {"absolute": 0.7}, "utility": False,
         "identical": False, "dcr": False, "membership": False}
    )  # fmt: skip
    found = climb(few, rows=100, criteria=wide, seed=2)
    good, net = found.tried
    assert good.verdict is Verdict.INCONCLUSIVE
    assert (net.status, found.chosen) == ("skipped", "good")
    assert "only more rows would settle" in net.because
