"""Numbers.blur: the law stays, the values are nobody's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from synthkit.data.schema import RARE, Column
from synthkit.encode.columns import Numbers

CELLS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60)


def learned(values, kind="numeric", **options) -> Numbers:
    return Numbers.learn(pd.Series(values, dtype="Int64" if kind == "integer" else float), Column("x", kind, **options))


@given(CELLS, st.floats(0, 50), st.integers(0, 9))
def test_stays_in_range_and_keeps_gaps(values, width, seed):
    cells = np.array([np.nan, *values, np.nan])
    out = learned(cells).blur(cells, width, np.random.default_rng(seed))
    assert (np.isnan(out) == np.isnan(cells)).all()
    # A mean of two numbers may round by one unit in the last place.
    slack = 1e-9 * max(1.0, np.nanmax(np.abs(cells)))
    assert np.nanmin(out) >= min(values) - slack
    assert np.nanmax(out) <= max(values) + slack


@given(CELLS, st.integers(0, 9))
def test_leaves_its_input_alone(values, seed):
    cells = np.array(values)
    before = cells.copy()
    learned(cells).blur(cells, 3.0, np.random.default_rng(seed))
    assert (cells == before).all()


def test_atoms_stay_and_all_else_moves():
    rng = np.random.default_rng(0)
    cells = np.r_[np.zeros(300), np.full(40, 40.0), rng.lognormal(3, 1, 600)]
    out = learned(cells).blur(cells, 3.0, rng)
    assert (out[:300] == 0).all()
    assert (out[300:340] == 40).all()
    assert not np.isin(out[340:], cells[340:]).any()


@pytest.mark.parametrize("decimals", [0, 2, 3])
def test_keeps_the_resolution(decimals):
    rng = np.random.default_rng(1)
    cells = np.round(rng.gamma(2, 100, 800), decimals)
    out = learned(cells, decimals=decimals).blur(cells, 3.0, rng)
    assert (np.round(out, decimals) == out).all()
    assert (out != cells).mean() > 0.3


def test_integers_stay_whole():
    rng = np.random.default_rng(2)
    cells = rng.integers(0, 10**6, 500)
    out = learned(cells, "integer").blur(cells.astype(float), 3.0, rng)
    assert (out == np.round(out)).all()


@pytest.mark.parametrize("law", ["normal", "lognormal", "uniform", "two humps"])
def test_the_law_is_preserved(law):
    rng = np.random.default_rng(3)
    n = 4000
    cells = {
        "normal": rng.normal(size=n),
        "lognormal": rng.lognormal(8, 1.5, n),
        "uniform": rng.random(n),
        "two humps": np.r_[rng.normal(-20, 1, n // 2), rng.normal(20, 1, n // 2)],
    }[law]
    out = learned(cells).blur(cells, 3.0, rng)
    # Each value moves by at most three ranks of 4,000, so the two distributions are never further apart than that.
    assert ks_2samp(out, cells).statistic <= 4 / n + 1e-12
    assert out.std() == pytest.approx(cells.std(), rel=0.05)


def test_no_value_lands_in_a_gap_that_the_law_does_not_have():
    rng = np.random.default_rng(4)
    cells = np.r_[rng.normal(-20, 1, 2000), rng.normal(20, 1, 2000)]
    out = learned(cells).blur(cells, 3.0, rng)
    assert (np.abs(out) < 10).mean() < 0.002


@given(st.integers(0, 200))
def test_the_unique_extreme_is_never_given_out(seed):
    rng = np.random.default_rng(seed)
    cells = np.r_[rng.normal(size=int(rng.integers(3, 50))), 1e6, -1e6]
    many = np.repeat(cells, 20)
    out = learned(cells).blur(many, 3.0, rng)
    assert not np.isin([1e6, -1e6], out).any()


def test_a_shared_extreme_is_kept():
    cells = np.r_[np.full(4 * RARE, 99_999.0), np.linspace(1, 100, 300)]
    out = learned(cells).blur(cells, 3.0, np.random.default_rng(0))
    assert (out[: 4 * RARE] == 99_999).all()


def test_a_column_of_one_or_two_values():
    rng = np.random.default_rng(0)
    assert learned([5.0]).blur(np.array([5.0]), 3.0, rng).tolist() == [5.0]
    (made,) = learned([1.0, 3.0]).blur(np.array([1.0]), 3.0, rng)
    assert 1 < made < 3
    assert np.isnan(learned([np.nan, np.nan]).blur(np.array([np.nan]), 3.0, rng)).all()
