"""Singling out, linking and inferring, on tables so small that every right guess can be counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthkit.attacks import criteria
from synthkit.attacks.criteria import Sight, inference, linkability, only, singling_out
from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.metrics import _codes
from synthkit.metrics.base import Reference


def coded(frame, other):
    """Both as arrays that agree."""
    kinds = {name: "numeric" if frame[name].dtype.kind == "f" else "categorical" for name in frame}
    schema = Schema(tuple(Column(name, kind, nullable=True) for name, kind in kinds.items()))
    sides = _codes.sides(Reference(Table(frame, schema), Table(other, schema), 0))
    return sides.train, sides.holdout


def people(n, seed, shift=0):
    """Three columns that tell each other, and one that tells nothing."""
    rng = np.random.default_rng(seed)
    x = rng.permutation(n) * 10.0 + shift
    return pd.DataFrame({"x": x, "y": 2 * x, "c": [f"g{int(v) % 70 // 10}" for v in x], "z": rng.normal(size=n)})


@pytest.fixture(scope="module")
def sight():
    """The synthetic rows are the members; outsiders lie between them, in other groups."""
    members, outsiders = coded(people(200, 0), people(200, 1, shift=5))
    return Sight(members, members, outsiders, seed=0)


def test_copies_are_singled_out_linked_and_inferred_and_outsiders_less(sight):
    single, linked, guessed = singling_out(sight), linkability(sight), inference(sight)
    assert single.main.share == 1, "whoever is alone in the table is alone among the members: they are the same"
    assert single.control.share < 0.9 and single.main.n == single.control.n <= criteria.GUESSES
    assert linked.main.share == 1 and linked.main.n == 200 and linked.baseline.share < 0.2
    assert guessed.main.share == 1 and guessed.main.n == 100, "the other half chose the column"
    assert guessed.name.startswith("inference: ") and single.name == "singling out" and linked.name == "linkability"
    assert single.excess > 0.1 and guessed.excess > 0.1


def test_the_same_seed_guesses_the_same_and_another_does_not(sight):
    for attack in (singling_out, linkability, inference):
        assert attack(sight) == attack(replace(sight))
    assert not np.array_equal(sight.shuffled.numbers["x"], replace(sight, seed=1).shuffled.numbers["x"])


def test_shuffled_keeps_each_column_and_no_relation(sight):
    blind = sight.shuffled
    for name in ("x", "y", "z"):
        assert sorted(blind.numbers[name]) == sorted(sight.synthetic.numbers[name])
    assert np.bincount(blind.codes["c"]).tolist() == np.bincount(sight.synthetic.codes["c"]).tolist()
    together = (blind.numbers["y"] == 2 * blind.numbers["x"]).mean()
    assert together < 0.05 and (sight.synthetic.numbers["y"] == 2 * sight.synthetic.numbers["x"]).all()


def test_missing_cells_move_with_their_column_when_shuffled():
    frame = pd.DataFrame({"x": [np.nan, *range(1, 60)], "c": [None, *"ab" * 29, "a"]})
    made, _ = coded(frame, frame)
    blind = Sight(made, made, made, 3).shuffled
    assert (np.isnan(blind.numbers["x"]) == blind.missing["x"]).all() and blind.missing["x"].sum() == 1
    assert ((blind.codes["c"] == 0) == blind.missing["c"]).all() and blind.missing["c"].sum() == 1


def test_only_some_columns_are_left(sight):
    part = only(sight.members, ["x", "c"])
    assert (set(part.numbers), set(part.codes), set(part.missing), set(part.known)) == (
        {"x"}, {"c"}, {"x", "c"}, {"c"}
    )  # fmt: skip
    assert part.rows == 200


def test_a_description_fits_to_within_its_width_its_ends_included():
    frame = pd.DataFrame({"x": [0.0, 1.0, 2.0, np.nan], "c": ["a", "b", "a", "a"]})
    made, _ = coded(pd.concat([frame] * 10, ignore_index=True), frame)
    table = made.take(np.arange(4))
    fits = lambda **cells: criteria._fits(cells, table, {"x": 1.0}).tolist()  # noqa: E731
    code = float(table.codes["c"][0])
    assert fits(x=1.0) == [True, True, True, False], "a distance equal to the width still fits"
    assert fits(x=2.5) == [False, False, True, False]
    assert fits(x=float("nan")) == [False, False, False, True], "missing fits missing"
    assert fits(c=code) == [True, False, True, True]
    assert fits(x=0.0, c=code) == [True, False, False, False], "both have to fit"


def test_descriptions_fit_one_row_alone_and_have_two_to_five_columns():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{at}": rng.normal(size=40) for at in range(7)})
    made, _ = coded(frame, frame)
    width = dict.fromkeys(made.numbers, 0.2)
    found = list(criteria._unique(made, width, np.random.default_rng(0)))
    assert len(found) == criteria.GUESSES
    assert {len(one) for one in found} == {2, 3, 4, 5}
    assert all(criteria._fits(one, made, width).sum() == 1 for one in found[:50])
    narrow, _ = coded(frame[["x0"]], frame[["x0"]])
    assert {len(one) for one in criteria._unique(narrow, {"x0": 0.0}, np.random.default_rng(0))} == {1}
    alike, _ = coded(pd.DataFrame({"x": np.ones(30), "y": np.ones(30)}), pd.DataFrame({"x": [1.0], "y": [1.0]}))
    assert list(criteria._unique(alike, {"x": 1.0, "y": 1.0}, np.random.default_rng(0))) == []


def test_the_search_for_descriptions_ends():
    """One row in forty is alone: four times as many attempts as guesses find fewer than guesses."""
    frame = pd.DataFrame({"x": [0.0] * 39 + [9.0], "y": [0.0] * 39 + [9.0]})
    made, _ = coded(frame, frame)
    found = list(criteria._unique(made, {"x": 0.1, "y": 0.1}, np.random.default_rng(0)))
    assert all(one == {"x": 9.0, "y": 9.0} for one in found)
    assert pytest.approx(len(found), rel=0.25) == 4 * criteria.GUESSES / 40


def test_where_nobody_is_alone_or_one_column_is_left_nothing_is_guessed():
    same = pd.DataFrame({"x": np.ones(30)})
    made, others = coded(same, same)
    sight = Sight(made, made, others, 0)
    for attack, name in ((singling_out, "singling out"), (linkability, "linkability"), (inference, "inference")):
        found = attack(sight)
        assert (found.name, found.main.share, found.main.n, found.excess) == (name, 0, 1, 0)


def test_two_columns_are_enough_to_link_and_to_infer():
    x = np.arange(60.0)
    made, others = coded(pd.DataFrame({"x": x, "y": -x}), pd.DataFrame({"x": x + 300, "y": x + 300}))
    sight = Sight(made, made, others, 0)
    assert linkability(sight).main.share == 1 == inference(sight).main.share
    assert linkability(sight).main.n == 60


def test_halves_meet_where_any_neighbour_is_shared():
    one, other = np.array([[1, 2], [3, 4], [5, 6]]), np.array([[2, 9], [7, 8], [6, 5]])
    assert criteria._meet(one, other).tolist() == [True, False, True]


def test_five_neighbours_in_the_columns_asked_about():
    x = np.arange(20.0)
    made, _ = coded(pd.DataFrame({"x": x, "far": x[::-1] * 100}), pd.DataFrame({"x": x, "far": x}))
    near = criteria._nearest(made, made.take(np.array([10])), ["x"])
    assert sorted(near[0]) == [8, 9, 10, 11, 12]
    assert criteria._nearest(made, made.take(np.array([10])), ["x"], 1).tolist() == [[10]]
    assert criteria._nearest(made.take(np.arange(3)), made, ["x"]).shape == (20, 3), "fewer rows than neighbours"


def test_the_usual_guess_is_the_commonest_or_the_median_or_missing():
    frame = pd.DataFrame(
        {"c": [*"aabbb"], "x": [1.0, 2.0, 9.0, np.nan, np.nan], "m": [1.0, np.nan, np.nan, 4.0, np.nan]}
    )
    made, _ = coded(pd.concat([frame] * 8, ignore_index=True), frame)
    table = made.take(np.arange(5))
    assert criteria._usual(table, "c").tolist() == [table.codes["c"][2]]
    assert criteria._usual(table, "x").tolist() == [2.0], "three of five are filled"
    assert np.isnan(criteria._usual(table, "m")).all(), "two of five are not most"
    half = table.take(np.array([0, 1, 3, 4]))
    assert np.isnan(criteria._usual(half, "x")).all(), "half is not most"


def test_a_number_is_right_within_five_hundredths_of_the_range_and_missing_if_missing():
    x = np.linspace(0, 100, 201)
    made, side = coded(
        pd.DataFrame({"x": x, "c": ["a", *"b" * 200]}),
        pd.DataFrame({"x": [50.0, 50.0, np.nan, np.nan], "c": [*"abab"]}),
    )
    sight = Sight(made, made, side, 0)
    width = criteria.WITHIN * (np.quantile(x, 0.99) - np.quantile(x, 0.01))
    right = lambda guess: criteria._right(side, np.asarray(guess), sight, "x").tolist()  # noqa: E731
    assert width == pytest.approx(4.9)
    assert right([54.8, 55.0, np.nan, 50.0]) == [True, False, True, False]
    assert right([45.2, 45.0, 0.0, np.nan]) == [True, False, False, True]
    codes = side.codes["c"]
    assert criteria._right(side, np.array([codes[0]]), sight, "c").tolist() == [True, False, True, False]


def test_the_target_is_inferred_first_and_four_columns_at_most(monkeypatch):
    asked = []
    monkeypatch.setattr(criteria, "_inferred", lambda _, secret: asked.append(secret) or (np.ones(4, bool),) * 3)
    rng = np.random.default_rng(0)
    made, _ = coded(*[pd.DataFrame({c: rng.normal(size=30) for c in "abcdefg"})] * 2)
    inference(Sight(made, made, made, 0, target="d"))
    assert asked[0] == "d" and len(set(asked)) == len(asked) == 4
    asked.clear()
    inference(Sight(made, made, made, 0))
    assert len(set(asked)) == 4
    asked.clear()
    inference(Sight(made, made, made, 0, target="gone"))
    assert len(set(asked)) == 4 and "gone" not in asked


def test_no_more_than_so_many_people_are_guessed_about(monkeypatch):
    monkeypatch.setattr(criteria, "GUESSES", 30)
    made, others = coded(people(100, 0), people(100, 1))
    sight = Sight(made, made, others, 0)
    assert (linkability(sight).main.n, linkability(sight).control.n) == (30, 30)
    assert inference(sight).main.n == 15 and singling_out(sight).main.n <= 30
