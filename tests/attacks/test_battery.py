"""The battery on tables of which it is known what they give away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthkit import rng as rng_
from synthkit.attacks import attack
from synthkit.attacks.membership import ATTACKS, View
from synthkit.data.split import split
from synthkit.data.table import Table
from synthkit.decide.criteria import Verdict
from synthkit.errors import InputError
from synthkit.metrics import _codes
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.pipeline import read


@pytest.fixture(scope="module")
def parts(credit):
    """Half of the rows learned from, half not."""
    return split(read(credit, target="Status"), share=0.5, seed=0)


def made(model: str, train: Table, **options: int) -> Table:
    fitted = registry.get(model)(**options).fit(train, rng=rng_.stream(0, "fit"))
    return fitted.sample(len(train), rng=rng_.stream(0, "sample"))


def test_a_copy_is_caught_and_controls_come_out_as_they_should(parts):
    copied = parts.train.take(rng_.stream(0, "copies").integers(0, len(parts.train), len(parts.train)))
    found = attack(parts.train, copied, parts.holdout)
    assert found.verdict is Verdict.FAIL and found.best.ci[0] > 0.75 and "above the limit" in found.because
    assert [control.works for control in found.controls] == [True, None, None, True, True]
    leaks = [control.found.auc for control in found.controls[:3]]
    assert leaks[0] > 0.75
    assert {one.attack for one in found.each} == set(ATTACKS)
    for one in found.each:
        assert one.ci[0] <= one.auc <= one.ci[1]
        assert [c.rate for c in one.caught] == [0.1, 0.01, 0.001]
        assert [c.told for c in one.caught] == [True, one.outsiders >= 1000, False]
        assert all(0 <= c.ci[0] <= c.share <= c.ci[1] <= 1 for c in one.caught)


def test_a_table_that_cannot_copy_is_guessed_about(parts):
    found = attack(parts.train, made("marginals", parts.train), parts.holdout)
    assert found.best.auc < found.best.least and found.verdict is not Verdict.FAIL
    leaks = [control.found.auc for control in found.controls[:3]]
    assert leaks[0] > leaks[1] > 0.52, "one row in twenty is seen"
    assert found.to_dict()["verdict"] == found.verdict.value
    assert attack(parts.train, made("marginals", parts.train), parts.holdout) == found, "the same seed"


@pytest.mark.parametrize("name", list(ATTACKS))
def test_every_attack_sees_copies_and_nothing_where_there_is_nothing(parts, name):
    sides = _codes.sides(Reference(parts.train, parts.holdout, 0))
    half = sides.holdout.rows // 2
    outsiders, known = sides.holdout.take(np.arange(half)), sides.holdout.take(np.arange(half, 2 * half))
    copies, others = View(sides.train, known, 0), View(known.take(np.arange(half // 2)), known, 0)
    inside, outside = (ATTACKS[name](copies, targets).mean() for targets in (sides.train, outsiders))
    assert inside > outside
    rest = replace(others, reference=known.take(np.arange(half // 2, half)))
    gap = ATTACKS[name](rest, sides.train).mean() - ATTACKS[name](rest, outsiders).mean()
    assert abs(gap) < abs(inside - outside) / 4


def test_too_few_rows_settle_nothing():
    rows = pd.DataFrame({"a": np.arange(600) % 37, "b": [*"xyz"] * 200})
    table = read(rows)
    few, more, train = (table.take(np.arange(*ends)) for ends in ((0, 150), (0, 260), (260, 600)))
    with pytest.raises(InputError, match="150 rows held out are too few"):
        attack(train, train, few)
    assert attack(train, more, more).verdict is not Verdict.PASS


def test_a_holdout_of_another_law_is_noticed_and_not_taken_for_a_leak(parts):
    shifted = Table(parts.holdout.frame.assign(Age=parts.holdout.frame["Age"] + 30), parts.holdout.schema)
    found = attack(parts.train, made("marginals", parts.train), shifted)
    assert found.best.ci[0] > found.limit and found.verdict is Verdict.INCONCLUSIVE
    assert "train and holdout differ" in found.because and "split at random" in found.because
