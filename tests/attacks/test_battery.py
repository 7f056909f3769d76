"""The battery on tables of which it is known what they give away."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

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


@pytest.fixture(scope="module")
def fewer(parts):
    """600 rows of each half, where one law or another is plain enough to see in them."""
    return Parts(parts.train.take(np.arange(600)), parts.holdout.take(np.arange(600)))


class Parts(NamedTuple):
    train: Table
    holdout: Table


def made(model: str, train: Table, **options: int) -> Table:
    fitted = registry.get(model)(**options).fit(train, rng=rng_.stream(0, "fit"))
    return fitted.sample(len(train), rng=rng_.stream(0, "sample"))


def test_a_copy_is_caught_and_controls_come_out_as_they_should(parts):
    copied = parts.train.take(rng_.stream(0, "copies").integers(0, len(parts.train), len(parts.train)))
    found = attack(parts.train, copied, parts.holdout)
    assert found.verdict is Verdict.FAIL and found.best.ci[0] > 0.75 and "above the limit" in found.because
    assert all(risk.ci[0] > 0.1 and risk.tried for risk in found.risks), "singling out, linking and inferring"
    assert found.outliers.ci[0] > 0.75 and found.group.found.ci[0] > 0.75
    assert all(2 * one.found > one.of for one in found.repeated[1:]) and found.repeated[2].base < 20
    assert [control.works for control in found.controls] == [True, None, None, True, True]
    leaks = [control.found.auc for control in found.controls[:3]]
    assert leaks[0] > 0.75
    assert {one.attack for one in found.each} == set(ATTACKS)
    for one in found.each:
        assert one.ci[0] <= one.auc <= one.ci[1]
        assert [c.rate for c in one.caught] == [0.1, 0.01, 0.001]
        assert [c.told for c in one.caught] == [True, one.outsiders >= 1000, False]
        assert all(0 <= c.ci[0] <= c.share <= c.ci[1] <= 1 for c in one.caught)


@pytest.mark.slow
def test_a_table_that_cannot_copy_is_guessed_about(parts):
    found = attack(parts.train, made("marginals", parts.train), parts.holdout)
    assert found.best.auc < found.best.least and found.verdict is not Verdict.FAIL
    leaks = [control.found.auc for control in found.controls[:3]]
    assert leaks[0] > leaks[1] > 0.52, "one row in twenty is seen"
    assert found.to_dict()["verdict"] == found.verdict.value
    assert attack(parts.train, made("marginals", parts.train), parts.holdout) == found, "the same seed"
    assert all(risk.ci[0] < 0.03 and risk.ci[1] < 0.15 for risk in found.risks) and found.repeated[2].found == 0


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


def test_shadows_and_canaries_see_a_model_that_learns_by_heart(fewer):
    def by_heart(table, rng, rows):
        return table.take(rng.integers(0, len(table), rows))

    def shuffled(table, rng, rows):
        return made("marginals", table)

    copied = attack(
        fewer.train, by_heart(fewer.train, rng_.stream(0, "x"), 2_000), fewer.holdout, make=by_heart
    ).trained
    assert copied.shadow.ci[0] > 0.6 and copied.canaries.ci[0] > 0.6 and 2 <= copied.shadows <= 8
    blind = attack(fewer.train, made("marginals", fewer.train), fewer.holdout, make=shuffled, seconds=0).trained
    assert blind.shadows == 2 and blind.shadow.ci[0] < 0.55 and blind.canaries.ci[0] <= 0.5


@pytest.mark.slow
def test_rows_of_one_person_add_up(parts):
    """Each person has ten rows; those of some are blurred a little and given out."""
    rng = np.random.default_rng(0)

    def people(first, count):
        who = np.repeat(np.arange(first, first + count), 10)
        return pd.DataFrame({
            "who": [f"p{each}" for each in who],
            "x": rng.normal(0, 1, len(who)) + np.repeat(rng.normal(0, 0.3, count), 10),
            "y": rng.normal(0, 1, len(who)), "z": rng.choice([*"abc"], len(who)),
        })  # fmt: skip

    train = read(people(0, 250), entity="who")
    holdout = read(people(1_000, 500), schema=train.schema)
    frame = train.frame.assign(**{c: train.frame[c] + rng.normal(0, 0.12, len(train)) for c in ("x", "y")})
    found = attack(train, Table(frame, train.schema), holdout)
    assert found.unit == "who" and found.by_row is not None
    assert found.best.auc > found.by_row.auc + 0.05, "ten rows tell more than one"
    assert found.best.members + found.best.outsiders <= 500
    assert not any("several rows" in what for what in found.not_tried)


@pytest.mark.slow
def test_the_worst_group_is_found_without_luck(parts):
    """Only rows of one class are copied: the group is that class, and its figure is of rows it was not chosen on."""
    bad = (parts.train.frame["Status"] == "bad").to_numpy()
    rest = made("marginals", parts.train)
    copies = parts.train.take(np.flatnonzero(bad))
    frame = pd.concat([copies.frame, rest.frame[rest.frame["Status"] == "good"]], ignore_index=True)
    found = attack(parts.train, Table(frame, parts.train.schema), parts.holdout)
    assert (found.group.column, found.group.level) == ("Status", "bad") and found.group.found.ci[0] > 0.7
    assert found.verdict is Verdict.FAIL
