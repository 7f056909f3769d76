"""StringLaw: where a piece begins to be kept, what a shape says, and when keys count on."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from synthkit.data.schema import RARE
from synthkit.encode.strings import StringLaw


def learned(values, *, unique=False, **options) -> StringLaw:
    return StringLaw.learn(values, unique=unique, rng=np.random.default_rng(0), **options)


def made(values, n=300, *, unique=False, **options) -> list[str]:
    return learned(values, unique=unique, **options).sample(n, np.random.default_rng(1))


def test_a_piece_is_kept_from_so_many_rows_on_however_often_a_row_holds_it():
    def kept(values, **options):
        return any("PC" in word for word in made(values, 60, **options))

    assert kept([f"PC {k}" for k in range(RARE)]) and not kept([f"PC {k}" for k in range(RARE - 1)])
    assert not kept(["PC PC PC 1234567"] * (RARE - 1)), "rows count, and not pieces"
    assert kept([f"PC {k}" for k in range(10)], rare=10) and not kept([f"PC {k}" for k in range(9)], rare=10)


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("QXZ", "[A-Z]{3}"), ("qxzkwv", "[a-z]{6}"), ("Qxzkwv", "[A-Z][a-z]{5}"), ("Qx-93", "[A-Z][a-z]-[1-9][0-9]"),
        ("7310", "[1-9][0-9]{3}"), ("0731", "[0-9]{4}"), ("½x3", "[a-z]{2}[0-9]"), ("½-3", "½-[0-9]"),
        ("a b_c", "[a-z] [a-z]_[a-z]"),
    ],
)  # fmt: skip
def test_a_lone_value_leaves_its_shape_behind(value, pattern):
    words = made([value])
    assert all(re.fullmatch(f"{pattern}[0-9]*", word) for word in words) and value not in words
    assert len(set(words)) > 5


def test_digits_are_drawn_evenly_and_lead_with_nought_only_where_some_number_does():
    plain, noughts = made(["7310"], 2000), made(["7310", "01"], 2000)
    for place in range(4):
        assert {word[place] for word in plain} == set("0123456789" if place else "123456789")
    long = [word for word in noughts if len(word) >= 4]
    assert 0.04 < np.mean([word[0] == "0" for word in long]) < 0.2
    assert {word[0] for word in made(["a7", "b5", "c3"], 300)} <= set("abcdefghijklmnoprstuvwyz")
    assert any(word[1] == "0" for word in made(["a7"], 300)), "a lone nought is a number"


def test_letters_alternate_so_that_words_can_be_read():
    words = made(["qxzkwvbt"], 600)
    assert all((a in "aeiou") != (b in "aeiou") for word in words for a, b in itertools.pairwise(word))
    assert {letter for word in words for letter in word} == set("aeioubcdfghjklmnprstvwz")
    assert 0.33 < np.mean([word[0] in "aeiou" for word in words]) < 0.47


def test_what_follows_follows_as_often_as_in_the_data():
    rows = [*(f"q{k}" for k in range(10_000, 10_030)), *(f"q-{k}" for k in range(10_000, 10_010))]
    words = made(rows, 3000)
    assert np.mean([word[1] == "-" for word in words]) == pytest.approx(0.25, abs=0.04)


def test_the_place_in_the_string_is_known_up_to_the_eighth():
    """A code whose letters and digits change places keeps its layout."""
    values = [f"a{k}b{k}c{k}d" for k in range(9)]
    assert all(re.fullmatch("a[0-9]b[0-9]c[0-9]d[0-9]*", word) for word in made(values))
    assert {int(state.split("|")[0]) for state in learned(["a1b2c3d4e5f6g7"]).chain} == set(range(9))


@pytest.mark.parametrize(
    ("values", "first"),
    [(["1", "2", "3"], 7), (["0", "1"], 4), (["5"], 7), (["1", "4"], 7), (["10", "12", "15"], 19)],
)
def test_keys_that_count_up_almost_without_gaps_go_on(values, first):
    assert made(values, 2, unique=True) == [str(first), str(first + 1)]
    assert learned(values).first is None, "what is no key does not count"


@pytest.mark.parametrize(
    "values", [[], ["1", "5"], ["01", "02"], ["a"], ["1", "x"], ["\u0664", "\u0665"], ["-1", "0"], ["", "1"]]
)
def test_other_keys_do_not_count_on(values):
    assert learned(values, unique=True).first is None


def test_a_long_remark_is_cut_after_four_hundred_pieces_and_one():
    assert max(map(len, made([" ".join(["x"] * 900)], 50))) == 401


def test_a_word_is_made_longer_only_where_the_pattern_has_no_room():
    """Two digits that nine of ten keys have taken: what is left comes out before any key of three digits."""
    values = [str(k) for k in range(10, 100) if k % 10]
    words = made([f"x{value}" for value in values], 9, unique=True)
    assert all(re.fullmatch(r"[a-z]\d+", word) for word in words) and len(set(words)) == 9


def test_a_nought_alone_is_a_number_and_leads_no_other():
    words = made(["7310", "0"], 2000)
    assert not any(word[0] == "0" for word in words if len(word) >= 4)


def test_hashes_are_of_64_bits_by_a_key_of_128():
    law = learned([f"name {k}" for k in range(200)])
    assert len(bytes.fromhex(law.key)) == 16 and law.seen.dtype == np.uint64
    assert len(law.seen) == 200 and int(law.seen.max()) >= 2**62 and (np.diff(law.seen.astype(float)) > 0).all()
