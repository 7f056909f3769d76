"""StringLaw: looks right, belongs to nobody."""

from __future__ import annotations

import json
import re
import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthkit.data.schema import RARE
from synthkit.encode.strings import StringLaw


def law(values, *, unique=False, seed=0) -> StringLaw:
    return StringLaw.learn(values, unique=unique, rng=np.random.default_rng(seed))


def made(values, n=200, *, unique=False, seed=0) -> list[str]:
    return law(values, unique=unique).sample(n, np.random.default_rng(seed))


@given(st.lists(st.text(max_size=12), max_size=25), st.booleans(), st.integers(0, 5))
def test_never_gives_out_a_value_of_the_data(values, unique, seed):
    out = made(values, 40, unique=unique, seed=seed)
    assert len(out) == 40
    assert not set(out) & set(values)
    if unique:
        assert len(set(out)) == 40


@given(st.lists(st.text(max_size=12), max_size=25), st.booleans())
def test_state_is_json_and_makes_the_same_strings(values, unique):
    first = law(values, unique=unique)
    plain, arrays = first.to_state()
    again = StringLaw.from_state(json.loads(json.dumps(plain)), arrays)
    assert again.sample(20, np.random.default_rng(1)) == first.sample(20, np.random.default_rng(1))


def test_keys_keep_their_shape_with_leading_zeros():
    rng = np.random.default_rng(0)
    values = [f"{k:05d}" for k in rng.permutation(100_000)[:3000]]
    out = made(values, 3000, unique=True)
    assert all(re.fullmatch(r"\d{5}", word) for word in out)
    assert any(word[0] == "0" for word in out)
    assert len(set(out)) == 3000
    assert not set(out) & set(values)


def test_keys_without_leading_zeros_get_none():
    values = [str(k) for k in np.random.default_rng(0).integers(10**6, 10**7, 500)]
    assert all(re.fullmatch(r"[1-9]\d{6}", word) for word in made(values, 500, unique=True))


def test_common_pieces_are_kept_and_rare_ones_are_shapes():
    rng = np.random.default_rng(0)
    values = [f"PC {rng.integers(10_000, 99_999)}" for _ in range(80)] + ["QX 12345"] * (RARE - 1)
    out = made(values, 500)
    assert all(re.fullmatch(r"(PC|[A-Z]{2}) \d{5}", word) for word in out)
    assert not any(word.startswith("QX") for word in out)


def test_names_of_people_never_come_out():
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    rng = np.random.default_rng(1)
    names = ["".join(rng.choice(letters, 6)).capitalize() for _ in range(300)]
    values = [f"{name}, Mr. {name[::-1].capitalize()}" for name in names]
    out = made(values, 1000)
    words = {w for text in out for w in re.findall(r"\w+", text)}
    real = {w for text in values for w in re.findall(r"\w+", text)} - {"Mr"}
    assert "Mr" in words
    assert not words & real


def test_letters_that_are_not_quite_letters_hide_nothing():
    """A run that begins with a sign such as ½ or ² counts as a word, and a rare word is a shape."""
    values = [f"{sign}{name}" for sign in "½²Ⅷ" for name in ("Smith", "Ferrer", "Yamada")]
    out = " ".join(made(values, 300))
    assert not any(name in out for name in ("Smith", "Ferrer", "Yamada"))


def test_other_scripts_come_out_as_letters_of_the_same_length():
    values = [a + b + c for a in "王李张" for b in "小大中" for c in "明红华"]
    out = made(values, 200)
    assert {len(word) for word in out} == {3}
    assert not set(out) & set(values)


def test_numbers_that_count_upwards_go_on_after_a_gap():
    """Rows held back may bear the very next numbers."""
    values = [str(k) for k in np.random.default_rng(0).permutation(np.arange(1, 500))]
    assert made(values, 4, unique=True) == ["999", "1000", "1001", "1002"]
    assert made(values, 4, unique=False) != ["999", "1000", "1001", "1002"]


def test_a_pattern_without_room_grows_by_one_digit():
    values = [f"A{k}" for k in range(10)]
    out = made(values, 50, unique=True)
    assert len(set(out)) == 50
    assert not set(out) & set(values)
    assert all(re.fullmatch(r"[A-Z]\d{1,4}", word) for word in out)


def test_no_values_and_empty_values():
    assert made([], 3) == ["", "", ""]
    assert len(set(made([], 5, unique=True))) == 5
    assert "" not in made([""] * 9, 20)


def test_long_text_is_cut_and_quick():
    rng = np.random.default_rng(0)
    values = [" ".join(f"w{k}" for k in rng.integers(0, 10**6, 2000)) for _ in range(20)]
    start = time.perf_counter()
    out = made(values, 20)
    assert time.perf_counter() - start < 5
    assert all(0 < len(word) < 5000 for word in out)


def test_hashes_cannot_be_looked_up_without_the_key():
    one, two = law(["Anna", "Bert"], seed=0), law(["Anna", "Bert"], seed=1)
    assert one.key != two.key
    assert not set(one.seen.tolist()) & set(two.seen.tolist())
