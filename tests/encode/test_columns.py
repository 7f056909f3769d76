"""Where a column's protection begins: a category, a value, a rank, a row more or less."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.data.schema import RARE, Column
from synthkit.encode.columns import COMMON, Levels, Numbers, Strings


def words(**counts):
    return pd.Series([word for word, many in counts.items() for _ in range(many)], dtype=object)


def numbers(values, kind="numeric", **more):
    cells = pd.Series(values, dtype="Int64" if kind == "integer" else float)
    return Numbers.learn(cells, Column("x", kind), **more)


class Moves:
    """A generator whose moves are known: all the way up, all the way down, or a part of it."""

    def __init__(self, part):
        self.part = part

    def uniform(self, low, high, n):
        assert (low, high) == (-1, 1)
        return np.full(n, self.part)


def test_a_category_is_given_out_from_so_many_rows_on():
    learned = Levels.learn(words(a=RARE, b=RARE - 1, c=9, d=RARE), protect=True)
    assert learned.levels == ("c", "a", "d"), "by rows, and by the word where these are equal"
    assert learned.shares == pytest.approx(np.array([9, 5, 5]) / 19)
    assert (learned.protected, learned.missing, learned.size) == (RARE - 1, False, 3)
    assert Levels.learn(words(a=9, b=10), protect=True, rare=10).levels == ("b",)
    every = Levels.learn(words(a=1, b=2), protect=False)
    assert (every.levels, every.protected) == (("b", "a"), 0)


def test_where_no_category_is_common_the_commonest_stands_for_all():
    learned = Levels.learn(words(b=2, a=2, c=1), protect=True)
    assert (learned.levels, learned.shares.tolist(), learned.protected) == (("a",), [1.0], 3)
    none = Levels.learn(pd.Series([None, None], dtype=object), protect=True)
    assert (none.levels, none.size, none.missing, none.protected) == ((), 1, True, 0)
    for rng in (None, np.random.default_rng(0)):
        assert none.encode(pd.Series(["new", None], dtype=object), rng).tolist() == [0, 0], (
            "a code there is, for missing"
        )
    empty = Levels.learn(pd.Series([], dtype=object), protect=True)
    assert (empty.levels, empty.size) == ((), 1), "a column that was never seen comes out missing"


def test_what_is_not_said_is_nobody_spread_and_nothing_counted_from_elsewhere():
    assert Levels(("a",), np.ones(1), missing=False).protected == 0
    plain = Numbers(None, True, None, np.array([1.0]), np.array([1]), 0.0)
    assert plain.decode(np.array([5.0]), np.random.default_rng(0)).tolist() == [5] and plain.rare == RARE


def test_words_that_are_not_given_out_become_the_commonest_or_are_drawn():
    learned = Levels.learn(words(a=60, b=40), protect=True)
    cells = pd.Series(["b", "new", None, "a"], dtype=object)
    assert learned.encode(cells, None).tolist() == [1, 0, 0, 0], "the column has no missing cell to give"
    drawn = learned.encode(pd.Series(["new"] * 4000, dtype=object), np.random.default_rng(0))
    assert drawn.dtype == np.int32 and drawn.mean() == pytest.approx(0.4, abs=0.04)
    some = Levels.learn(pd.concat([words(a=60, b=40), pd.Series([None])], ignore_index=True), protect=True)
    assert some.encode(cells, None).tolist() == [1, 0, 2, 0] and some.size == 3
    assert some.decode(np.array([0, 1, 2]), np.random.default_rng(0)).tolist() == ["a", "b", None]


def test_a_value_is_nobody_s_from_so_many_rows_and_one_in_a_thousand_on():
    few = numbers([*[1.0] * RARE, *[2.0] * (RARE - 1), 3.0])
    assert few.atom.tolist() == [True, False, False]
    assert numbers([*[1.0] * 20, *[2.0] * 19], rare=20).atom.tolist() == [True, False]
    many = [*np.repeat(1.0, 12), *np.repeat(2.0, 11), *np.arange(3, 11_980 + 0.0)]
    found = numbers(many)
    assert len(many) == 12_000 and COMMON == 0.001
    assert found.atom[:3].tolist() == [True, False, False], "twelve of 12,000, but not eleven"


def test_missing_cells_and_kinds_are_learned():
    assert numbers([1.0, np.nan, np.nan, 4.0]).missing == 0.5
    assert numbers([]).missing == 0 and numbers([np.nan]).missing == 1
    assert numbers([1, 2], "integer").whole and not numbers([1.0]).whole
    learned = numbers([3.0, 1.0, 3.0, np.nan])
    assert (learned.support.tolist(), learned.counts.tolist()) == ([1.0, 3.0], [1, 2])
    assert learned.rank(np.array([0.0, 1.0, 2.0, 3.0, 9.0, np.nan])).tolist() == [0, 0, 1, 1, 2, -1]


@pytest.mark.parametrize(
    ("low", "high", "origin"),
    [(0, 2**53, 0), (0, 2**53 + 1, 0), (1, 2**53 + 1, 1), (-(2**53), 0, 0), (-(2**53) - 1, 0, -(2**53) - 1),
     (5, 2**62 + 4, 5), (5, 2**62 + 5, 0), (2**60, 2**60 + 3, 2**60)],
)  # fmt: skip
def test_whole_numbers_beyond_what_floats_tell_apart_are_counted_from_the_smallest(low, high, origin):
    cells = pd.Series([low, high, None], dtype="Int64")
    learned = Numbers.learn(cells, Column("x", "integer"))
    assert learned.origin == origin
    codes = learned.encode(cells, None)
    assert np.isnan(codes[2]) and codes[0] == low - origin
    back = learned.decode(codes, np.random.default_rng(0))
    assert back[0] == low and pd.isna(back[2]) and (not origin or back[1] == high or high - low > 2**53)
    assert Numbers.from_state(*learned.to_state()).origin == origin


def test_numbers_far_beyond_64_bits_stay_within_them():
    learned = numbers([1, 2], "integer")
    back = learned.decode(np.array([1e300, -1e300, np.nan, 1.4]), np.random.default_rng(0))
    assert back[0] == 2**63 - 1024 and back[1] == -(2**63) and pd.isna(back[2]) and back[3] == 1


def blurred(values, part, width=1.0, **more):
    learned = numbers(values, **more)
    return learned.blur(np.array(sorted(set(values))), width, Moves(part)).tolist()


def test_a_value_moves_by_so_many_ranks_along_the_column_s_own_quantiles():
    ten = [float(10 * at) for at in range(10)]
    assert blurred(ten, 0.0)[1:-1] == ten[1:-1], "no move"
    assert blurred(ten, 1.0)[:8] == ten[1:9], "a rank up"
    assert blurred(ten, 0.5)[1:8] == [each + 5 for each in ten[1:8]], "half a rank: halfway between two values"
    assert blurred(ten, -1.0, width=2.0)[3:] == ten[1:8], "two ranks down"
    assert blurred(ten, 0.25, width=2.0)[1:8] == [each + 5 for each in ten[1:8]]


def test_the_ends_are_reflected_and_no_extreme_is_given_out():
    ten = [float(10 * at) for at in range(10)]
    assert blurred(ten, 1.0, width=3.0)[-4:] == [85.0, 80.0, 70.0, 60.0], "what would pass the end comes back"
    assert blurred(ten, -1.0, width=3.0)[:4] == [30.0, 20.0, 10.0, 5.0]
    assert blurred(ten, 0.0)[0] == 5.0 and blurred(ten, 0.0)[-1] == 85.0, "half a rank from the end at least"
    assert blurred([1.0, 3.0], 1.0) == [2.0, 2.0] == blurred([1.0, 3.0], -1.0), "of two values the middle"
    assert blurred([1.0, 3.0, 9.0], 0.0) == [2.0, 3.0, 6.0]
    assert blurred([5.0], 1.0) == [5.0]


def test_a_value_that_some_share_moves_by_as_many_ranks_more():
    values = [0.0, 10.0, 20.0, 20.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    moved = dict(zip(sorted(set(values)), blurred(values, 1.0), strict=True))
    assert moved[20.0] == 40.0, "from the middle of three, one rank and two"
    assert moved[10.0] == 20.0 and moved[30.0] == 40.0
    back = dict(zip(sorted(set(values)), blurred(values, -1.0), strict=True))
    assert back[20.0] == 5.0, "to the end, and half a rank back"
    assert back[50.0] == 40.0


def test_what_many_share_stays_and_counts_for_no_rank():
    values = [*[20.0] * RARE, *(float(10 * at) for at in range(10) if at != 2)]
    moved = dict(zip(sorted(set(values)), blurred(values, 1.0), strict=True))
    assert moved[20.0] == 20.0
    assert (moved[10.0], moved[0.0]) == (30.0, 10.0), "the next rank is that of the next single value"


def test_blurring_leaves_missing_cells_and_rounds_to_the_column_s_digits():
    learned = numbers([0.0, 0.1, 0.4, 0.55, 0.9])
    fine = Numbers(None, False, 1, learned.support, learned.counts, 0.0)
    found = fine.blur(np.array([np.nan, 0.1, 0.4]), 1.0, Moves(0.5))
    assert np.isnan(found[0]) and found[1:].tolist() == [0.2, 0.5], "0.25 and 0.475 at one digit"
    assert numbers([np.nan]).blur(np.array([np.nan]), 1.0, Moves(1.0)).shape == (1,)
    beyond = learned.blur(np.array([7.0]), 1.0, Moves(0.0))
    assert beyond[0] <= 0.9, "a value the column never had is none of its extremes either"


def test_strings_learn_who_is_missing_and_nothing_else():
    cells = pd.Series(["AB 12", None, "CD 34"], dtype=object)
    learned = Strings.learn(cells, Column("x", "text"), np.random.default_rng(0))
    assert (learned.missing, learned.size) == (True, 2) and learned.encode(cells, None).tolist() == [0, 1, 0]
    back = learned.decode(np.array([1, 0, 0]), np.random.default_rng(0))
    assert back[0] is None and all(isinstance(word, str) and word not in set(cells) for word in back[1:])
    whole = Strings.learn(cells.dropna(), Column("x", "id"), np.random.default_rng(0))
    assert not whole.missing and whole.law.unique and not learned.law.unique
    again = Strings.from_state(*learned.to_state())
    assert again.missing and again.decode(np.zeros(5, int), np.random.default_rng(3)).equals(
        learned.decode(np.zeros(5, int), np.random.default_rng(3))
    )
