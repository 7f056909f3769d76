"""decode(encode(x)) == x, for whatever x the promise covers."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthkit.data.schema import RARE, Column
from synthkit.encode.clock import Clock
from synthkit.encode.columns import Levels, Numbers
from synthkit.encode.encoder import Encoder
from synthkit.testing import encoder_checks
from synthkit.testing._tables import build

SAFE = 2**53  # integers up to here are exact as float64

UNITS = {"M": "datetime64[M]", "D": "datetime64[D]", "h": "datetime64[h]", "m": "datetime64[m]", "s": "datetime64[s]"}
UNITS |= {"ms": "datetime64[ms]", "us": "datetime64[us]"}


@pytest.mark.parametrize(("name", "check"), encoder_checks())
def test_contract(name, check):
    check()


def both_ways(column: Column, values, *, seed: int = 0):
    """The column through an encoder, its state written as JSON on the way."""
    table = build({column: values})
    plain, arrays = Encoder.learn(table, np.random.default_rng(seed)).to_state()
    encoder = Encoder.from_state(json.loads(json.dumps(plain)), arrays)
    codes = encoder.encode(table, np.random.default_rng(1))
    back = encoder.decode(codes, np.random.default_rng(2), len(table))
    return table.frame[column.name], back.frame[column.name]


@given(st.lists(st.one_of(st.none(), st.integers(-SAFE, SAFE)), min_size=1, max_size=40))
def test_integers(values):
    before, after = both_ways(Column("x", "integer"), values)
    assert after.dtype == "Int64"
    assert after.equals(before)


@given(
    st.integers(0, 6).flatmap(
        lambda d: st.tuples(st.just(d), st.lists(st.one_of(st.none(), st.integers(-(10**8), 10**8)), min_size=1))
    )
)
def test_decimals_keep_their_resolution(drawn):
    decimals, whole = drawn
    values = [None if w is None else float(f"{w}e-{decimals}") for w in whole]
    before, after = both_ways(Column("x", "numeric", decimals=decimals), values)
    assert after.equals(before)


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=40))
def test_numbers_without_a_resolution_are_exact(values):
    before, after = both_ways(Column("x", "numeric"), values)
    assert after.equals(before)


@pytest.mark.parametrize("unit", UNITS)
@given(data=st.data())
def test_dates_at_each_granularity(unit, data):
    low, high = (np.datetime64(y, "us").astype(UNITS[unit]).astype(int) for y in ("1685-01-01", "2254-12-01"))
    counts = data.draw(st.lists(st.one_of(st.none(), st.integers(int(low), int(high))), min_size=2, max_size=30))
    stamps = np.array([np.datetime64("NaT") if c is None else np.datetime64(c, unit) for c in counts], "datetime64[us]")
    before, after = both_ways(Column("x", "datetime"), stamps)
    assert after.dtype == "datetime64[us]"
    assert after.equals(before)
    # Halfway between two real dates there is a date of the same granularity, or of a coarser one.
    clock = Clock.learn(before)
    codes = clock.encode(before)
    middle = clock.decode(np.round((codes[:-1] + codes[1:]) / 2)).dropna().to_numpy("datetime64[us]")
    assert (middle.astype(UNITS[unit]).astype("datetime64[us]") == middle).all()


@given(st.lists(st.one_of(st.none(), st.text(max_size=6)), min_size=1, max_size=12), st.integers(0, 9))
def test_common_categories_and_missing_come_back(words, seed):
    cells = [w for w in words for _ in range(RARE)]
    before, after = both_ways(Column("x", "categorical"), cells, seed=seed)
    assert after.tolist() == before.tolist()


@given(st.lists(st.integers(1, 12), min_size=2, max_size=15), st.integers(0, 9))
def test_rare_categories_are_never_given_out(counts, seed):
    counts = [RARE, *counts]
    cells = pd.Series([f"w{k}" for k, many in enumerate(counts) for _ in range(many)], dtype=object)
    levels = Levels.learn(cells, protect=True)
    assert set(levels.levels) == {f"w{k}" for k, many in enumerate(counts) if many >= RARE}
    assert levels.protected == sum(many for many in counts if many < RARE)
    back = levels.decode(levels.encode(cells, np.random.default_rng(seed)), np.random.default_rng(0))
    kept = cells.isin(levels.levels)
    assert (back[kept] == cells[kept]).all()
    assert set(back) <= set(levels.levels)


def test_rare_rows_are_spread_in_proportion():
    cells = pd.Series(["a"] * 7000 + ["b"] * 3000 + [f"r{k}" for k in range(10_000)], dtype=object)
    codes = Levels.learn(cells, protect=True).encode(cells, np.random.default_rng(0))
    share = float((codes[10_000:] == 0).mean())
    assert share == pytest.approx(0.7, abs=5 * np.sqrt(0.21 / 10_000))


def test_both_words_of_a_boolean_and_all_classes_of_the_target_are_kept():
    table = build(
        {
            Column("flag", "boolean"): ["yes", *["no"] * 99],
            Column("class", "categorical"): ["rare", *["common"] * 99],
            Column("other", "categorical"): ["rare", *["common"] * 99],
        },
        target="class",
    )
    encoder = Encoder.learn(table, np.random.default_rng(0))
    assert encoder.codes["flag"].levels == ("no", "yes")
    assert encoder.codes["class"].levels == ("common", "rare")
    assert encoder.codes["other"].levels == ("common",)
    assert encoder.protected == {"other": 1}


def test_integers_beyond_float64_keep_their_size_and_do_not_overflow():
    values = [2**63 - 1, -(2**63) + 1, 2**53 + 1, 0]
    before, after = both_ways(Column("x", "integer"), values)
    assert np.allclose(after.astype(float), before.astype(float), rtol=1e-15)
    code = Numbers.learn(before, Column("x", "integer"))
    far = code.decode(np.array([1e300, -1e300]), np.random.default_rng(0))
    assert far[0] > 2**62
    assert far[1] < -(2**62)
