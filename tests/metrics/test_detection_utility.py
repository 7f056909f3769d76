"""Detection does not see what is not there; utility does not crash on what is not there."""

from __future__ import annotations

import numpy as np
import pytest

from synthkit.data.table import Table
from synthkit.metrics import _codes, base
from synthkit.metrics.base import Reference
from synthkit.metrics.fidelity.detection import detect
from synthkit.metrics.utility._task import score


def rng(seed=0):
    return np.random.default_rng(seed)


def test_detection_of_the_same_law_is_one_half(rows):
    """Twenty pairs of independent samples: no optimism from trees chosen on the scored rows; 0.5 is in the interval."""
    found = []
    for k in range(20):
        one, two = rows(300, 400 + k), rows(300, 500 + k)
        levels = _codes.levels_of([one, two])
        found.append(detect(_codes.coded(one, levels), _codes.coded(two, levels), rng(k)))
    assert np.mean([d.auc for d in found]) == pytest.approx(0.5, abs=0.02)
    assert sum(d.ci[0] <= 0.5 <= d.ci[1] for d in found) >= 18


def test_detection_says_which_column_gives_it_away(reference, fresh):
    frame = fresh.frame.copy()
    frame["income"] = frame["income"] * 1.5
    scores = base.get("detection")(reference, Table(frame, fresh.schema), rng=rng())
    assert scores[0].value > 0.6
    assert max(scores[1:], key=lambda s: s.value).subject == ("income",)
    assert sum(s.value for s in scores[1:]) == pytest.approx(1)


def test_invented_levels_are_detected(reference, fresh):
    frame = fresh.frame.copy()
    frame.loc[:299, "job"] = "astronaut"
    assert base.get("detection")(reference, Table(frame, fresh.schema), rng=rng())[0].value > 0.58


@pytest.mark.parametrize(("target", "unit"), [("risk", "auc"), ("job", "auc"), ("income", "r2")])
def test_utility_by_kind_of_target(rows, target, unit):
    reference = Reference(rows(900, 0, target=target), rows(700, 1, target=target))
    good, gap = base.get("utility")(reference, rows(900, 2, target=target), rng=rng())
    bad, worse = base.get("utility")(reference, rows(900, 3, target=target, independent=True), rng=rng())
    assert good.unit == gap.unit == unit
    assert gap.subject == ("gap",)
    assert gap.value == pytest.approx(good.value - good.floor)
    assert gap.ci[0] <= 0.0 + 0.03
    assert gap.ci[1] >= 0.0 - 0.03
    assert bad.value < good.value
    assert worse.ci[1] < 0
    assert bad.floor == good.floor


def test_a_class_the_synthetic_rows_lack_scores_one_half(rows):
    reference = Reference(rows(600, 0), rows(500, 1))
    frame = rows(600, 2).frame.copy()
    frame["risk"] = "low"
    head, gap = base.get("utility")(reference, Table(frame, reference.schema), rng=rng())
    assert head.value == 0.5
    assert gap.ci[1] < 0
    frame["risk"] = None
    assert base.get("utility")(reference, Table(frame, reference.schema), rng=rng())[0].value == 0.5

    reference = Reference(rows(600, 0, target="job"), rows(500, 1, target="job"))
    frame = rows(600, 2).frame.copy()
    frame.loc[frame["job"] == "pilot", "job"] = "clerk"
    head, _ = base.get("utility")(reference, Table(frame, reference.schema), rng=rng())
    assert 0.5 < head.value < head.floor


def test_no_target_no_utility(rows):
    reference = Reference(rows(200, 0, target=None), rows(100, 1, target=None))
    assert not base.get("utility")(reference, rows(200, 2, target=None), rng=rng())


def test_global_utility_names_the_columns_that_lost_their_relations(reference, fresh):
    frame = fresh.frame.copy()
    frame["owner"] = frame["owner"].to_numpy()[rng(1).permutation(len(frame))]
    head, *details = base.get("global_utility")(reference, Table(frame, fresh.schema), rng=rng())
    by_column = {s.subject[0]: s.value for s in details}
    assert min(by_column, key=by_column.get) == "owner"
    assert head.value < 0.9
    assert head.floor == 1


def test_answers_of_another_world_are_as_bad_as_numbers_get():
    truth = np.array([1e-300, 2e-300, 3e-300])
    assert score("regression", truth, truth) == 1.0
    worst = score("regression", truth, np.full(3, 1e300))
    assert np.isfinite(worst) and worst < -1e90
