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
