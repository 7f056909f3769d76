"""Laws of the bag of trees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthkit.models._forest import Given, Growth
from synthkit.models._grow import grow

ROWS = 2000


@pytest.fixture(scope="module")
def law():
    """A number that a level and another number say something of."""
    rng = np.random.default_rng(0)
    level, other = rng.integers(0, 3, ROWS).astype(np.int32), rng.random(ROWS).astype(np.float32)
    target = level + other + rng.normal(0, 0.5, ROWS)
    givens = [Given(level, 3), Given(other, 0)]
    return grow(target, 0, givens, Growth(), np.random.default_rng(1)), givens, target


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 500))
def test_without_givens_every_donor_is_drawn_as_often_as_the_others(seed, n):
    forest = grow(np.arange(100.0), 0, [], Growth(), np.random.default_rng(0))
    drawn = forest.draw([], n, np.random.default_rng(seed))
    counts = np.bincount(drawn.astype(int), minlength=100)
    assert np.abs(counts - n / 100).max() < 2.5  # by chance alone it would be 6 at 500 rows, in the middle of seeds


def test_many_rows_stray_less_from_the_law_than_chance_would_have_them(law):
    forest, givens, target = law
    middles = [forest.draw(givens, ROWS, np.random.default_rng(seed)).mean() for seed in range(40)]
    assert np.std(middles) < 0.6 * target.std() / ROWS**0.5
    assert abs(np.mean(middles) - target.mean()) < 0.02


def test_a_single_row_still_follows_its_law(law):
    forest, givens, _ = law
    one = [Given(g.codes[:1], g.size) for g in givens]
    lone = np.array([forest.draw(one, 1, np.random.default_rng(seed))[0] for seed in range(800)])
    same = [Given(np.repeat(g.codes[:1], 800), g.size) for g in givens]
    many = forest.draw(same, 800, np.random.default_rng(0))
    assert abs(lone.mean() - many.mean()) < 4 * many.std() / 800**0.5
    assert 0.8 < lone.std() / many.std() < 1.25


def test_which_rows_get_which_values_is_chance(law):
    forest, givens, _ = law
    same = [Given(np.repeat(g.codes[:1], ROWS), g.size) for g in givens]
    drawn = forest.draw(same, ROWS, np.random.default_rng(0))
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.08
    assert abs(np.corrcoef(drawn, np.arange(ROWS))[0, 1]) < 0.08
