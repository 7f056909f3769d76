"""Scores pooled over folds: means, intervals that know that folds share rows, and privacy of the rows given out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthkit.decide.criteria import Criteria, Verdict
from synthkit.decide.folds import GIVEN_OUT, _worse, pooled
from synthkit.metrics._intervals import corrected
from synthkit.metrics.base import Score
from synthkit.scorecard import Scorecard

RATIO = 0.25


def card(value: float, metric: str = "detection", **more) -> Scorecard:
    more = {"ci": (value - 0.1, value + 0.1), "floor": 0.5, "n": 80, "unit": "auc"} | more
    family = "privacy" if metric in ("membership", "dcr", "identical") else "fidelity"
    return Scorecard((Score(metric, family, value, "lower", **more),))


def test_a_pooled_score_is_the_mean_over_the_folds_with_the_corrected_interval():
    values = np.array([0.5, 0.56, 0.6, 0.52, 0.54])
    cards = [card(v, floor=0.5 + at / 100, note=f"{at}") for at, v in enumerate(values)]
    found = pooled(cards, ratio=RATIO).headline("detection")
    mean, ci = corrected(values, RATIO)
    assert (found.value, found.ci) == (pytest.approx(mean), ci)
    assert found.floor == pytest.approx(0.52) and found.unit == "auc" and found.n == 400
    assert found.note == "In the first fold: 0"
    assert pooled(cards * 2, ratio=RATIO).headline("detection").n == 400, "each row counts once"
    foreseen = pooled(cards[:3], ratio=RATIO, count=10).headline("detection")
    assert foreseen.ci == corrected(values[:3], RATIO, count=10)[1]
    far = pooled([card(v) for v in (0.8, 1.0, 0.9)], ratio=RATIO).headline("detection")
    assert far.ci[1] == 1.0


def test_a_paired_difference_is_pooled_and_may_be_negative():
    cards = [Scorecard((Score("utility", "utility", v, "higher", ("gap",), unit="auc"),)) for v in (-0.2, 0.1, -0.3)]
    low, high = pooled(cards, ratio=RATIO).scores[0].ci
    assert low < -0.3 and high > 0.1


def test_folds_that_agree_to_the_last_digit_do_not_make_sure():
    found = pooled([card(0.0, "identical", ci=(0.0, 0.006), unit="share")] * 10, ratio=RATIO).headline("identical")
    assert found.ci == (0.0, pytest.approx(0.006 * np.sqrt(0.1 + RATIO)))


def test_privacy_of_the_rows_given_out_is_shown_and_counts_where_it_is_clearly_worse():
    usual = pooled([card(v, "membership") for v in (0.56, 0.5, 0.52, 0.53)], ratio=RATIO)
    assert usual.headline("membership").value == pytest.approx(0.5275)
    own = next(s for s in usual.details("membership") if s.subject == (GIVEN_OUT,))
    assert (own.value, own.ci) == (0.56, pytest.approx((0.46, 0.66)))
    bad = pooled([card(0.95, "membership", ci=(0.94, 0.96)), *(card(0.5, "membership"),) * 9], ratio=RATIO)
    assert bad.headline("membership").value == 0.95 and "0.545" in bad.headline("membership").note
    assert Criteria().judge(bad)[0].verdict is Verdict.FAIL


def test_a_score_that_some_folds_lack_is_of_those_that_have_it():
    more = Score("shape", "fidelity", 0.1, "lower", floor=0.1)
    cards = [replace(card(0.5), scores=(*card(0.5).scores, more)), card(0.52), card(0.54)]
    assert pooled(cards, ratio=RATIO).headline("shape").note == "In the first fold alone."


def test_floor_and_score_against_train_are_means_or_are_not_known():
    cards = [card(0.5, floor=0.5, train=0.4), card(0.6, floor=0.6, train=None), card(0.7, floor=0.7, train=0.5)]
    found = pooled(cards, ratio=RATIO).headline("detection")
    assert (found.floor, found.train) == (pytest.approx(0.6), None)
    assert pooled(cards[::2], ratio=RATIO).headline("detection").train == pytest.approx(0.45)


def test_rows_are_those_that_were_held_out_in_all_and_unknown_where_no_fold_knows():
    cards = [card(v, n=n) for v, n in ((0.5, 80), (0.6, None), (0.7, 81))]
    assert pooled(cards, ratio=RATIO).headline("detection").n == 161
    ten = pooled([card(v, n=80) for v in np.linspace(0.5, 0.6, 10)], ratio=RATIO).headline("detection")
    assert ten.n == 400, "ten folds of a quarter held out go round twice"
    assert (
        pooled([replace(card(0.5), scores=(replace(card(0.5).scores[0], n=None),))] * 2, ratio=RATIO).scores[0].n
        is None
    )


@pytest.mark.parametrize(
    ("unit", "metric", "ends"),
    [
        ("share", "shape", (0, 1)),
        ("auc", "shape", (0, 1)),
        ("r2", "utility", (None, 1)),
        ("ratio", "shape", (None, None)),
    ],
)
def test_an_interval_ends_where_the_unit_does(unit, metric, ends):
    low, high = pooled([card(v, metric, unit=unit) for v in (0.02, 0.99)], ratio=RATIO).headline(metric).ci
    free = corrected(np.array([0.02, 0.99]), RATIO)[1]
    assert (low, high) == tuple(
        end if end is not None else pytest.approx(own) for end, own in zip(ends, free, strict=True)
    )


def test_folds_that_agree_keep_the_shape_of_each_fold_s_own_interval():
    found = pooled([card(0.1, "identical", ci=(0.08, 0.15), unit="share")] * 4, ratio=RATIO).headline("identical")
    shrunk = np.sqrt(1 / 4 + RATIO)
    assert found.ci == (pytest.approx(0.1 - 0.02 * shrunk), pytest.approx(0.1 + 0.05 * shrunk))
    more = pooled([card(0.1, "identical", ci=(0.08, 0.15))] * 4, ratio=RATIO, count=16).headline("identical")
    assert more.ci[1] == pytest.approx(0.1 + 0.05 * np.sqrt(1 / 16 + RATIO))
    without = pooled([card(0.1, "identical", ci=None)] * 4, ratio=RATIO).headline("identical")
    assert without.ci == (pytest.approx(0.1), pytest.approx(0.1))


@pytest.mark.parametrize(
    ("better", "own", "ci", "worse"),
    [
        ("lower", 0.9, (0.85, 0.95), True),
        ("lower", 0.9, (0.5, 0.95), False),
        ("lower", 0.1, (0.05, 0.15), False),
        ("higher", 0.1, (0.05, 0.15), True),
        ("higher", 0.1, (0.05, 0.6), False),
        ("higher", 0.9, (0.85, 0.95), False),
        ("lower", 0.9, None, False),
    ],
)
def test_the_rows_given_out_count_only_where_both_intervals_part(better, own, ci, worse):
    """The others agree, so that the mean's interval is narrow: about 0.55 to 0.57 where 0.5 and its own are pooled."""
    first = Score("nndr", "privacy", own, better, floor=0.5, ci=ci)
    rest = [replace(first, value=0.5 + at / 1e4, ci=(0.49, 0.51)) for at in range(1, 40)]
    found = pooled([Scorecard((one,)) for one in (first, *rest)], ratio=0.01)
    head = found.headline("nndr")
    assert head.value == pytest.approx(own if worse else np.mean([own, *(one.value for one in rest)]))
    assert ("clearly worse" in head.note) == worse
    assert [one.value for one in found.details("nndr")] == [own]


@pytest.mark.parametrize(
    ("better", "touch", "apart"), [("lower", (0.5, 0.6), (0.51, 0.6)), ("higher", (0.3, 0.4), (0.3, 0.39))]
)
def test_an_end_that_touches_the_mean_s_is_not_clearly_worse(better, touch, apart):
    mean = Score("nndr", "privacy", 0.45, better, ci=(0.4, 0.5))
    assert not _worse(replace(mean, ci=touch), mean)
    assert _worse(replace(mean, ci=apart), mean)
    assert not _worse(replace(mean, ci=apart), replace(mean, ci=None))


def test_details_of_privacy_and_headlines_of_other_families_have_no_row_of_their_own():
    detail = Score("membership", "privacy", 0.1, "lower", ("tpr@10%",), floor=0.1)
    cards = [replace(card(v), scores=(*card(v).scores, replace(detail, value=v))) for v in (0.5, 0.6)]
    found = pooled(cards, ratio=RATIO)
    assert [score.subject for score in found.scores] == [(), ("tpr@10%",)]
    assert found.scores[1].value == pytest.approx(0.55)


def test_notes_that_agree_are_kept_and_a_lone_score_says_so():
    same = pooled([card(v, note="exact") for v in (0.5, 0.6)], ratio=RATIO).headline("detection")
    alone = pooled([card(0.5, note="exact"), Scorecard(())], ratio=RATIO).headline("detection")
    assert (same.note, alone.note) == ("exact", "In the first fold: exact")
