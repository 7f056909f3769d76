"""What is particular to the mixture: exact conditions, a density that adds up, and cells put in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.decide.ladder import ladder
from synthkit.errors import SchemaError
from synthkit.models.base import Conditional, Density, Detector, Imputer, Noted
from synthkit.models.tabular._mixture.forest import Forest, Levels
from synthkit.models.tabular._mixture.joined import Joined
from synthkit.models.tabular._mixture.law import Mixture as Law
from synthkit.models.tabular._mixture.law import Settings, learned, score_of
from synthkit.models.tabular._mixture.normal import Normal
from synthkit.models.tabular._mixture.parts import FREE, Rows
from synthkit.models.tabular.mixture import Mixture


def of_words(**columns):
    frame = pd.DataFrame({name: np.asarray(words, dtype=object) for name, words in columns.items()})
    return Table(frame, Schema(tuple(Column(name, "categorical") for name in columns)))


def kinds_of_rows(n, seed=0):
    """Two kinds: in one x and y rise together and the word is mostly a, in the other they fall and it is mostly b."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.4
    x = rng.normal(np.where(kind, 2.0, -2.0), 1.0)
    y = np.where(kind, 1.0, -1.0) * x + rng.normal(0, 0.3, n)
    word = np.where(rng.random(n) < 0.1, ~kind, kind)
    frame = pd.DataFrame({"x": x, "y": y, "word": np.where(word, "a", "b").astype(object)})
    return Table(frame, Schema((Column("x", "numeric"), Column("y", "numeric"), Column("word", "categorical"))))


@pytest.fixture(scope="module")
def fitted():
    return Mixture(mixtures=3).fit(kinds_of_rows(500), rng=np.random.default_rng(1))


def a_law():
    """Two mixtures over a chain of three columns."""
    forest = Forest((2, 3, 2), (-1, 0, 1), (0, 1, 2))
    rng = np.random.default_rng(5)

    def one(k):
        tables = [
            rng.dirichlet(np.ones(s), (k, g)).reshape(k, -1) for g, s in zip(forest.given, forest.sizes, strict=True)
        ]
        return Law(rng.dirichlet(np.ones(k)), Levels(forest, np.hstack(tables)), ())

    return Joined((one(2), one(3)), ())


def test_it_has_the_abilities_of_its_card(fitted):
    for ability in (Conditional, Density, Detector, Imputer, Noted):
        assert isinstance(fitted, ability), ability
    assert fitted.notes["components"] >= 2
    assert fitted.notes["held out"] > 0.3, "the columns say much of each other"
    assert Mixture().notes == {}


def test_it_is_tried_unasked_on_small_tables_alone():
    assert "mixture" in ladder(rows=900)
    assert "mixture" not in ladder(rows=1100)
    assert ladder(["mixture"], rows=1100) == ("mixture",)


def test_what_is_known_of_some_levels_is_the_sum_over_the_others():
    law = a_law()
    whole = np.array([(a, b, c) for a in range(2) for b in range(3) for c in range(2)], np.int32)
    none = np.zeros((len(whole), 0))
    chances = np.exp(law.log_density(Rows(whole, none)))
    assert chances.sum() == pytest.approx(1.0)
    for known in ((1, FREE, FREE), (FREE, FREE, 1), (0, FREE, 1), (FREE, 2, FREE)):
        agree = np.all((np.array(known) == FREE) | (whole == known), axis=1)
        some = Rows(np.array([known], np.int32), none[:1])
        assert np.exp(law.log_density(some)[0]) == pytest.approx(chances[agree].sum())


def test_levels_drawn_on_a_condition_follow_the_exact_law():
    law = a_law()
    whole = np.array([(a, b, 1) for a in range(2) for b in range(3)], np.int32)
    want = np.exp(law.log_density(Rows(whole, np.zeros((6, 0)))))
    given = Rows(np.tile(np.array([FREE, FREE, 1], np.int32), (20_000, 1)), np.zeros((20_000, 0)))
    drawn = law.fill(given, np.random.default_rng(0)).codes
    have = np.array([(drawn == row).all(axis=1).mean() for row in whole])
    assert have == pytest.approx(want / want.sum(), abs=0.01)


def test_the_surprise_of_a_cell_is_what_the_row_loses_by_it():
    law = a_law()
    rows = Rows(np.array([(0, 2, 1), (1, 0, 0)], np.int32), np.zeros((2, 0)))
    odd = law.surprise(rows)
    for at in range(3):
        without = Rows(rows.codes.copy(), rows.ranks)
        without.codes[:, at] = FREE
        assert odd[:, at] == pytest.approx(law.log_density(without) - law.log_density(rows))


def test_a_normal_score_given_others_is_that_of_the_regression():
    cov = np.array([[[1.0, 0.8, 0.1], [0.8, 2.0, 0.3], [0.1, 0.3, 1.5]]])
    normal = Normal(np.arange(3), np.array([[0.5, -1.0, 2.0]]), cov)
    scores = np.tile([np.nan, 1.0, 0.0], (40_000, 1))
    noise = np.random.default_rng(0).standard_normal(scores.shape)
    drawn = normal.filled(scores, np.zeros(len(scores), int), noise)[:, 0]
    gain = np.linalg.solve(cov[0][1:, 1:], cov[0][0, 1:])
    assert drawn.mean() == pytest.approx(0.5 + gain @ [2.0, -2.0], abs=0.02)
    assert drawn.var() == pytest.approx(1.0 - gain @ cov[0][0, 1:], rel=0.03)


def test_density_adds_up_to_one_over_categories_and_missing_cells():
    rng = np.random.default_rng(0)
    one = rng.choice(["a", "b", "c"], 400)
    two = np.where(rng.random(400) < 0.7, one, rng.choice(["a", "b", "c"], 400)).astype(object)
    two[rng.random(400) < 0.2] = None
    model = Mixture(mixtures=2).fit(of_words(one=one, two=two), rng=rng)
    every = [(a, b) for a in "abc" for b in ("a", "b", "c", None)]
    chances = np.exp(model.log_density(of_words(one=[a for a, _ in every], two=[b for _, b in every])))
    assert chances.sum() == pytest.approx(1.0)
    share = np.mean([(a, b) == ("a", "a") for a, b in zip(one, two, strict=True)])
    assert chances[0] == pytest.approx(share, abs=0.03)


def test_density_of_numbers_is_over_their_ranks(fitted):
    alone = Mixture(mixtures=2).fit(
        Table(kinds_of_rows(500).frame[["x"]], Schema((Column("x", "numeric"),))), rng=np.random.default_rng(0)
    )
    own = alone.log_density(kinds_of_rows(300, seed=3))
    assert own == pytest.approx(np.zeros(300), abs=1e-6), "a column by itself is uniform over its ranks"
    table = kinds_of_rows(400, seed=7)
    moved = table.frame.assign(y=np.random.default_rng(0).permutation(table.frame["y"]))
    assert fitted.log_density(table).mean() > 0.5 > -1.0 > fitted.log_density(Table(moved, table.schema)).mean()
    column = kinds_of_rows(500).frame["y"]
    lines = [
        np.exp(fitted.log_density(Table(pd.DataFrame({"x": 2.0, "y": column, "word": word}), table.schema)))
        for word in "ab"
    ]
    assert sum(lines).mean() == pytest.approx(1.0, abs=0.1), "added up over the rest, the rank of x is uniform"


def test_the_density_of_a_known_mixture_is_learned():
    rng = np.random.default_rng(2)
    kind = rng.random(4000) < 0.5
    codes = (rng.random((4000, 4)) < np.where(kind, 0.9, 0.2)[:, None]).astype(np.int32)
    rows = Rows(codes, np.zeros((4000, 0)))
    settings = Settings(components=2, price=float("inf"))
    law = learned(rows, (2,) * 4, settings, least=5, target=None, rng=np.random.default_rng(0))
    every = np.array([[(n >> at) & 1 for at in range(4)] for n in range(16)], np.int32)
    ones = every.sum(1)
    want = 0.5 * 0.9**ones * 0.1 ** (4 - ones) + 0.5 * 0.2**ones * 0.8 ** (4 - ones)
    have = np.exp(Joined((law,), ()).log_density(Rows(every, np.zeros((16, 0)))))
    assert have == pytest.approx(want, abs=0.01)
    assert score_of(np.array([0.5]))[0] == 0


def test_conditions_are_those_of_the_rows_that_meet_them(fitted):
    real = kinds_of_rows(100_000, seed=9).frame
    for x in (-2.5, -1.0, 2.0):
        near = real[(real["x"] - x).abs() < 0.1]
        made = fitted.sample_where(3000, {"x": x}, rng=np.random.default_rng(4)).frame
        assert (made["x"] == x).all()
        assert made["y"].mean() == pytest.approx(near["y"].mean(), abs=0.35)
        assert (made["word"] == "a").mean() == pytest.approx((near["word"] == "a").mean(), abs=0.1)


def test_missing_cells_are_filled_better_than_by_the_mean_and_the_commonest_word(fitted):
    whole = kinds_of_rows(600, seed=11)
    frame, rng = whole.frame.copy(), np.random.default_rng(0)
    gone = {name: rng.random(600) < 0.2 for name in frame}
    for name, cells in gone.items():
        frame.loc[cells, name] = None
    holed = Table(frame, whole.schema)
    likely, drawn = fitted.impute(holed), fitted.impute(holed, rng=np.random.default_rng(3))
    for made in (likely, drawn):
        assert not made.frame.isna().any(axis=None)
        for name, cells in gone.items():
            assert (made.frame.loc[~cells, name] == whole.frame.loc[~cells, name]).all()
    y = gone["y"] & ~gone["x"]
    error = (likely.frame["y"] - whole.frame["y"])[y].std()
    assert error < 0.6 * whole.frame["y"].std()
    word = gone["word"] & ~gone["x"]
    assert (likely.frame["word"] == whole.frame["word"])[word].mean() > 0.8
    assert drawn.frame["y"].std() == pytest.approx(whole.frame["y"].std(), rel=0.1)
    assert error < (drawn.frame["y"] - whole.frame["y"])[y].std(), "the expected number errs least"


def test_a_cell_that_does_not_go_with_its_row_is_the_odd_one(fitted):
    table = kinds_of_rows(300, seed=12)
    frame = table.frame.copy()
    frame.loc[0] = [3.0, -3.0, "a"]
    frame.loc[1, "x"] = 99.0
    odd, names = fitted.surprise(Table(frame, table.schema))
    assert names == ("x", "y", "word")
    assert abs(odd[2:].mean(axis=0)).max() < 0.5
    assert odd.sum(axis=1).argsort()[-2:].tolist() in ([0, 1], [1, 0])
    assert odd[1].argmax() == 0
    with pytest.raises(SchemaError, match="'y'"):
        fitted.surprise(Table(frame.drop(columns="y"), Schema((table.schema["x"], table.schema["word"]))))


def test_saved_and_loaded_it_knows_the_same(fitted, tmp_path):
    fitted.save(tmp_path)
    again, table = Mixture.load(tmp_path), kinds_of_rows(50, seed=1)
    assert again.notes == fitted.notes
    assert (again.log_density(table) == fitted.log_density(table)).all()
    assert (again.surprise(table)[0] == fitted.surprise(table)[0]).all()
    rows = [m.sample_where(40, {"word": "b"}, rng=np.random.default_rng(2)).digest() for m in (fitted, again)]
    assert rows[0] == rows[1]


def test_numbers_of_a_table_are_spread_evenly_and_are_nobodys(fitted):
    real = kinds_of_rows(500).frame
    made = fitted.sample(500, rng=np.random.default_rng(0)).frame
    assert not made["x"].isin(real["x"]).any()
    steps = np.linspace(0.05, 0.95, 19)
    assert made["x"].quantile(steps).to_numpy() == pytest.approx(real["x"].quantile(steps).to_numpy(), abs=0.1)
