"""Laws of choosing among proposals."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthkit.models.tabular._choice import chosen


@given(
    weights=st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=60),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_as_many_as_asked_for_and_none_twice(weights, share, seed):
    n = round(share * len(weights))
    rows = {"x": np.arange(len(weights)) % 3, "y": np.where(np.arange(len(weights)) % 5, 1.5, np.nan)}
    at = chosen(np.array(weights), rows, n, np.random.default_rng(seed))
    assert len(set(at)) == n
    assert (np.diff(at) > 0).all()


def test_chances_are_in_proportion_to_weights():
    rng = np.random.default_rng(0)
    weights, rows = np.repeat([1.0, 2.0, 4.0], 100), {"x": rng.random(300)}
    counts = np.zeros(300)
    for seed in range(400):
        counts[chosen(weights, rows, 50, np.random.default_rng(seed))] += 1
    shares = counts.reshape(3, 100).mean(1) / 400
    np.testing.assert_allclose(shares, 50 * np.array([1, 2, 4]) / 700, rtol=0.03)


def test_parts_of_the_table_get_their_share():
    """Of 500 rows, as many of each of ten kinds as the weights say, to within two."""
    rng = np.random.default_rng(1)
    kind, weights = rng.integers(0, 10, 4000), rng.exponential(size=4000)
    got = np.bincount(kind[chosen(weights, {"kind": kind}, 500, rng)], minlength=10)
    wanted = np.bincount(kind, weights) * 500 / weights.sum()
    assert np.abs(got - wanted).max() < 2
