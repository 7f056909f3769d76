"""Intervals hold what they should, as often as they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit.metrics import _intervals

SMALL = st.lists(st.integers(0, 6), min_size=1, max_size=30).map(lambda xs: np.array(xs, dtype=float))


@settings(max_examples=60, deadline=None)
@given(SMALL, SMALL)
def test_auc_is_that_of_sklearn_ties_and_all(members, others):
    from sklearn.metrics import roc_auc_score

    truth = np.repeat([1, 0], [len(members), len(others)])
    expected = roc_auc_score(truth, np.concatenate([members, others]))
    value, (low, high) = _intervals.delong(members, others)
    assert value == pytest.approx(expected, abs=1e-12)
    assert _intervals.auc(members, others) == value
    assert 0 <= low <= value <= high <= 1
    assert _intervals.auc(others, members) == pytest.approx(1 - value, abs=1e-12)


def test_delong_has_the_known_variance():
    """Without a signal the variance of the AUC is (m + n + 1) / 12mn; and 95 % of the intervals hold the truth."""
    rng = np.random.default_rng(1)
    m, n = 300, 200
    widths, held, paired = [], 0, 0
    for _ in range(400):
        members, others, noise = rng.normal(size=m), rng.normal(size=n), rng.normal(size=m + n)
        value, (low, high) = _intervals.delong(members, others)
        widths.append((high - low) / 2)
        held += low <= 0.5 <= high
        other = (members + noise[:m], others + noise[m:])
        gap, (low, high) = _intervals.delong_gap((members, others), other)
        assert gap == pytest.approx(value - _intervals.auc(*other))
        paired += low <= 0 <= high
    assert np.mean(widths) == pytest.approx(_intervals.Z * np.sqrt((m + n + 1) / (12 * m * n)), rel=0.02)
    assert 0.92 <= held / 400 <= 0.98
    assert 0.92 <= paired / 400 <= 0.98


def test_jackknife_of_a_mean_covers_it():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(300):
        x = rng.exponential(size=400)
        groups = _intervals.groups(len(x), rng)
        left_out = np.array([x[groups != g].mean() for g in range(_intervals.GROUPS)])
        low, high = _intervals.jackknife(x.mean(), left_out)
        held += low <= 1 <= high
    assert 0.91 <= held / 300 <= 0.985


def test_median_and_wilson_are_sane_at_the_edges():
    assert _intervals.median(np.array([3.0])) == (3.0, (3.0, 3.0))
    rng = np.random.default_rng(3)
    found = [_intervals.median(rng.normal(size=201))[1] for _ in range(300)]
    assert 0.92 <= np.mean([low <= 0 <= high for low, high in found]) <= 0.99
    assert _intervals.wilson(0, 50)[0] == 0
    assert _intervals.wilson(50, 50)[1] == 1
    assert _intervals.wilson(5, 50) == pytest.approx(
        (0.0435, 0.2136), abs=1e-4
    )  # Newcombe (1998), formula of his Table I


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=20), st.floats(0.05, 1))
def test_the_interval_over_folds_is_that_of_nadeau_and_bengio_and_wider_than_the_naive_one(values, ratio):
    from scipy import stats

    values = np.array(values)
    mean, (low, high) = _intervals.corrected(values, ratio)
    j, spread = len(values), values.std(ddof=1)
    half = stats.t.ppf(0.975, j - 1) * np.sqrt((1 / j + ratio) * spread**2)
    assert mean == pytest.approx(values.mean())
    assert (low, high) == (pytest.approx(mean - half, abs=1e-9), pytest.approx(mean + half, abs=1e-9))
    naive = stats.t.ppf(0.975, j - 1) * spread / np.sqrt(j)
    assert high - low >= 2 * naive - 1e-12 and (spread == 0 or high - low > 2 * naive)
    cut = _intervals.corrected(values, ratio, low=0.0, high=1.0)[1]
    assert 0 <= cut[0] <= cut[1] <= 1
    more = _intervals.corrected(values, ratio, count=100)[1]
    assert more[1] - more[0] <= high - low + 1e-12


def test_the_corrected_interval_holds_a_mean_over_overlapping_folds_and_the_naive_one_does_not():
    """A learner that estimates a mean: of its squared error over ten folds, 95 % intervals from many data sets."""
    rng, held, naive, runs = np.random.default_rng(0), 0, 0, 400
    truth = 1 + 1 / 80
    for _ in range(runs):
        x = rng.normal(size=100)
        errors = []
        for _ in range(2):
            parts = np.array_split(rng.permutation(100), 5)
            errors += [((x[part] - np.delete(x, part).mean()) ** 2).mean() for part in parts]
        mean, (low, high) = _intervals.corrected(np.array(errors), 0.25)
        held += low <= truth <= high
        shrink = np.sqrt(0.1 / 0.35)
        naive += abs(truth - mean) <= shrink * (high - mean)
    assert held / runs > 0.93 and naive / runs < 0.88


def test_shares_at_their_ends_stay_shares_however_the_floats_round():
    for n in range(1, 400):
        assert _intervals.wilson(0, n)[0] == 0 < _intervals.wilson(0, n)[1] < 1
        assert 0 < _intervals.wilson(n, n)[0] < 1 == _intervals.wilson(n, n)[1]
        assert _intervals.clopper_pearson(0, n)[0] == 0
        assert _intervals.clopper_pearson(n, n)[1] == 1


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (1, 10), (5, 10), (9, 10), (10, 10), (3, 200)])
def test_intervals_of_a_share_are_those_of_scipy(successes, n):
    from scipy.stats import binomtest

    known = binomtest(successes, n)
    assert _intervals.wilson(successes, n) == pytest.approx(known.proportion_ci(method="wilson"), abs=1e-12)
    assert _intervals.clopper_pearson(successes, n) == pytest.approx(known.proportion_ci(method="exact"), abs=1e-9)


@pytest.mark.parametrize(
    ("n", "low", "high"), [(2, 0, 1), (3, 0, 2), (4, 0, 3), (25, 7, 18), (100, 40, 60), (101, 40, 61)]
)
def test_the_median_is_held_by_its_order_statistics(n, low, high):
    """Places n / 2 less and plus 1.96 sqrt(n) / 2, rounded outwards; Conover (1999), section 3.2."""
    values = np.random.default_rng(0).permutation(n).astype(float)
    assert _intervals.median(values) == (np.median(np.arange(n)), (low, high))


def test_groups_are_twenty_of_equal_size_at_random():
    found = _intervals.groups(205, np.random.default_rng(0))
    assert np.bincount(found).tolist() == [11] * 5 + [10] * 15
    assert (np.diff(found) != 1).any()


def test_the_jackknife_of_a_mean_is_the_interval_of_student_s_t():
    """With a row a group: value plus and minus t times the standard error."""
    from scipy import stats

    x = np.random.default_rng(0).normal(size=12)
    left_out = (x.sum() - x) / 11
    low, high = _intervals.jackknife(x.mean(), left_out)
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 11, x.mean(), stats.sem(x)))
    assert _intervals.jackknife(x.mean(), left_out, low + 0.01, high - 0.01) == (low + 0.01, high - 0.01)


def test_an_interval_foreseen_for_more_folds_has_their_degrees_of_freedom():
    from scipy import stats

    values = np.array([0.5, 0.6, 0.55])
    mean, (low, high) = _intervals.corrected(values, 0.25, count=10)
    half = stats.t.ppf(0.975, 9) * np.sqrt((1 / 10 + 0.25) * values.var(ddof=1))
    assert (low, high) == pytest.approx((mean - half, mean + half))


def test_delong_by_hand():
    """Three members, two others: placements of members 1, 1, 1/2, of others 2/3, 1; each variance over its count."""
    members, others = np.array([3.0, 4.0, 1.0]), np.array([1.5, 0.5])
    above, below = _intervals.placements(members, others)
    assert (above.tolist(), below.tolist()) == ([1, 1, 0.5], [pytest.approx(2 / 3), 1])
    half = _intervals.Z * np.sqrt(np.var([1, 1, 0.5], ddof=1) / 3 + np.var([2 / 3, 1], ddof=1) / 2)
    value, (low, high) = _intervals.delong(members, others)
    assert (value, low, high) == (pytest.approx(5 / 6), pytest.approx(5 / 6 - half), 1)
    assert _intervals.delong(-members, -others)[1][0] == 0
    assert _intervals.delong(members[:1], others[:1]) == (1, (1, 1)), "one of each: no spread is known"
    gap, ends = _intervals.delong_gap((members, others), (-members, -others))
    half = _intervals.Z * np.sqrt(np.var([1, 1, 0], ddof=1) / 3 + np.var([1 / 3, 1], ddof=1) / 2)
    assert (gap, *ends) == pytest.approx((2 / 3, 2 / 3 - half, 2 / 3 + half))
