"""Keys of parts: all different, whoever makes them, and none a real one."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthkit.encode.keys import Deal, Pattern, shuffled
from synthkit.encode.strings import StringLaw
from synthkit.scale.plan import plan

VALUES = st.one_of(
    st.lists(st.text(max_size=8), max_size=25),
    st.lists(st.from_regex(r"(ab|ba|NO|q)?[a-c]{0,2}-?[0-9]{0,2}", fullmatch=True), max_size=40),
    st.lists(st.text("aeb0½-\0", max_size=4), max_size=40),
)


def law(values, seed=0) -> StringLaw:
    return StringLaw.learn(values, unique=True, rng=np.random.default_rng(seed), rare=2)


def parts(made: StringLaw, rows: int, size: int, seed: int = 1) -> list[str]:
    """Keys of all parts, the last part first."""
    shards = reversed(plan(rows, seed=seed, size=size))
    return [word for one in shards for word in made.keys(one.total, np.random.default_rng(seed))(one.first, one.rows)]


@given(VALUES, st.integers(1, 150), st.integers(1, 150), st.integers(0, 3))
def test_keys_of_all_parts_differ_and_none_is_a_value_of_the_data(values, rows, size, seed):
    out = parts(law(values), rows, size, seed)
    assert len(out) == len(set(out)) == rows
    assert not set(out) & set(values)


def test_patterns_that_could_share_words_do_not():
    """A kept piece can be what filled letters would have made, and rows outnumber the words many times over."""
    values = ["a1"] * 60 + ["e2"] * 60 + ["x3", "o4", "z5", "u6"] + ["ab"] * 60 + ["ug", "ip", "et", "ow"]
    out = parts(law(values), 30_000, 7_000)
    assert len(set(out)) == 30_000 and not set(out) & set(values)
    assert {word for word in out if re.fullmatch("[aeiou][0-9]", word)} >= {"a3", "o9"}


def test_parts_cut_elsewhere_hold_the_same_keys():
    made = law([f"PC {k}" for k in np.random.default_rng(0).permutation(90_000)[:500] + 10_000])
    assert sorted(parts(made, 9_001, 1_000)) == sorted(parts(made, 9_001, 4_097))


def test_keys_look_as_those_of_the_data_while_there_is_room():
    values = [f"K{k:05d}" for k in np.random.default_rng(0).permutation(100_000)[:2_000]]
    out = parts(law(values), 20_000, 9_000)
    assert len(set(out)) == 20_000 and not set(out) & set(values)
    assert all(re.fullmatch(r"K\d{5}", word) for word in out)
    numbers = np.array([int(word[1:]) for word in out])
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.03  # in no order
    assert abs(numbers.mean() / 99_999 - 0.5) < 0.01


def test_numbers_that_count_upwards_go_on_from_part_to_part():
    made = law([str(k) for k in range(1, 500)])
    assert made.keys(5, np.random.default_rng(0))(3, 2) == ["1002", "1003"]


@given(st.one_of(st.integers(1, 300), st.integers(1, 2**62)), st.integers(0, 2**62))
def test_a_shuffle_is_a_permutation(size, key):
    some = np.unique(np.linspace(0, size - 1, min(size, 300)).astype(np.uint64).clip(max=size - 1))
    out = shuffled(some, size, key)
    assert len(np.unique(out)) == len(some) and int(out.max()) < size


@pytest.mark.parametrize("pools", [(), ("a",), ("ab", "-", "0123456789"), ("0123456789",) * 40])
def test_two_numbers_never_have_the_same_word(pools):
    pattern = Pattern(pools)
    words = pattern.words(np.arange(min(pattern.size, 5_000), dtype=np.uint64), 9)
    assert len(set(words)) == len(words)
    assert all(len(word) == len(pools) and all(map(str.__contains__, pools, word)) for word in words)


def test_a_word_that_nobody_may_have_is_replaced_by_one_that_nobody_else_has():
    pattern = Pattern(("ab", "ab"))
    deal = Deal((pattern,), 3, 0, frozenset(), 5)
    free = deal.words(0, 3, lambda words: np.zeros(len(words), bool))
    taken = deal.words(0, 3, lambda words: np.array([word == free[1] or word.endswith("01") for word in words]))
    assert len(set(free)) == len(set(taken)) == 3 and free[1] not in taken
