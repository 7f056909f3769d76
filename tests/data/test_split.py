"""A holdout is drawn once, by the rule that fits the table, and the same seed draws it again."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit.data.io import to_table
from synthkit.data.split import COUNT, MIN_PART, SMALL, folds, given_holdout, partings, split
from synthkit.data.table import Table
from synthkit.errors import ConfigError, InputError, SchemaError


def table(n: int = 200, **roles: str) -> Table:
    i = np.arange(n)
    frame = pd.DataFrame(
        {
            "row": i * 7919 % 10007,
            "who": [f"firm {k * 3 % 17}" for k in i],
            "day": pd.Timestamp("2021-01-01") + pd.to_timedelta(i * 13 % n // 4, unit="D"),
            "y": np.where(i % 20 == 0, "rare", np.where(i % 3 == 0, "some", "most")),
        }
    )
    return to_table(frame, **roles)


@settings(max_examples=40, deadline=None)
@given(st.integers(30, 400), st.floats(0.17, 0.83), st.integers(0, 2**31), st.sampled_from(["", "y"]))
def test_the_parts_make_the_whole(n: int, share: float, seed: int, target: str) -> None:
    whole = table(n, **({"target": target} if target else {}))
    parts = split(whole, share=share, seed=seed)
    assert len(parts.holdout) == pytest.approx(n * share, abs=2)
    both = pd.concat([parts.train.frame, parts.holdout.frame])["row"].astype(int)
    assert sorted(both) == sorted(whole.frame["row"].astype(int))
    again = split(whole, share=share, seed=seed)
    assert (again.digest, again.train.digest()) == (parts.digest, parts.train.digest())
    assert parts.digest == parts.holdout.digest()


def test_another_seed_draws_other_rows_and_classes_keep_their_shares() -> None:
    whole = table(target="y")
    parts = split(whole, seed=1)
    assert parts.digest != split(whole, seed=2).digest
    assert parts.holdout.frame["y"].value_counts().to_dict() == {"most": 25, "some": 13, "rare": 2}
    assert (parts.how, parts.seed) == ("row", 1)


def test_a_class_of_two_rows_is_on_both_sides_and_a_class_of_one_is_learned_from() -> None:
    frame = pd.DataFrame({"x": np.arange(60) * 7919 % 10007, "y": ["two"] * 2 + ["one"] + ["a", "b", "c"] * 19})
    parts = split(to_table(frame, target="y"), seed=0)
    assert (parts.holdout.frame["y"] == "two").sum() == 1
    assert (parts.train.frame["y"] == "one").sum() == 1


def test_no_entity_stands_on_both_sides() -> None:
    parts = split(table(entity="who"), seed=3)
    assert parts.how == "entity"
    assert not set(parts.train.frame["who"]) & set(parts.holdout.frame["who"])
    assert 40 <= len(parts.holdout) < 60


def test_time_splits_at_a_point_in_time() -> None:
    parts = split(table(time="day"), seed=3)
    assert parts.how == "time"
    assert parts.train.frame["day"].max() < parts.holdout.frame["day"].min()
    assert len(parts.holdout) == 40
    assert split(table(time="day"), seed=3, how="row").how == "row"


def test_rows_that_stand_on_both_sides_are_counted() -> None:
    frame = pd.DataFrame({"a": [1, 2] * 50, "b": [None, "x"] * 50})
    assert split(to_table(frame, constant="keep"), seed=0).duplicates == 20
    assert split(table(), seed=0).duplicates == 0


def test_a_given_holdout_needs_the_same_columns() -> None:
    train = table()
    holdout = to_table(train.frame.head(30).assign(y=None)[["y", "row", "who", "day"]], schema=train.schema)
    parts = given_holdout(train, holdout)
    assert (parts.how, parts.duplicates) == ("given", 0)
    assert parts.train.schema == parts.holdout.schema
    assert parts.holdout.schema["y"].nullable
    with pytest.raises(SchemaError, match="column 'who'"):
        given_holdout(train, Table(holdout.frame.drop(columns="who"), holdout.schema.without({"who"})))
    with pytest.raises(SchemaError, match="'y' is categorical in the training rows and integer"):
        given_holdout(train, to_table(train.frame.assign(y=np.arange(200) % 7)))


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(InputError, match=f"at least {5 * MIN_PART} rows"):
        split(table(20), seed=0)
    with pytest.raises(ConfigError, match=r"share of 1\.5"):
        split(table(), share=1.5, seed=0)
    with pytest.raises(ConfigError, match="names none"):
        split(table(), seed=0, how="time")
    with pytest.raises(ConfigError, match="cannot split by 'luck'"):
        split(table(), seed=0, how="luck")
    frame = table().frame
    with pytest.raises(SchemaError, match="1 missing cells \\(first at row 3\\)"):
        split(to_table(frame.assign(day=frame["day"].mask(frame.index == 2)), time="day"), seed=0)


@settings(max_examples=25, deadline=None)
@given(st.integers(30, 300), st.sampled_from([2, 4, 5]), st.integers(0, 2**31), st.sampled_from(["", "y"]))
def test_each_row_is_held_out_once_a_round(n: int, parts: int, seed: int, target: str) -> None:
    whole = table(n, **({"target": target} if target else {}))
    found = folds(whole, count=2 * parts, seed=seed, share=1 / parts)
    held = [set(fold.holdout.frame["row"]) for fold in found]
    for one, fold in zip(held, found, strict=True):
        assert not one & set(fold.train.frame["row"]) and len(one) + len(fold.train) == n
        assert len(one) == pytest.approx(n / parts, abs=2)
    for half in (held[:parts], held[parts:]):
        assert sum(map(len, half)) == n == len(set.union(*half)), "disjoint, and all of them"
    assert held[:parts] != held[parts:]
    again = folds(whole, count=2 * parts, seed=seed, share=1 / parts)
    assert [fold.digest for fold in again] == [fold.digest for fold in found]
    assert found[0].digest == split(whole, share=1 / parts, seed=seed).digest, "the first is the usual holdout"


def test_folds_keep_the_shares_of_classes_and_another_seed_draws_others() -> None:
    whole = table(target="y")
    found = folds(whole, seed=1)
    assert len(found) == COUNT
    for fold in found:
        counts = fold.holdout.frame["y"].value_counts()
        assert abs(counts["most"] - 25.4) < 2.5 and abs(counts["some"] - 12.6) < 2.5 and counts["rare"] == 2
    assert {f.digest for f in found}.isdisjoint({f.digest for f in folds(whole, seed=2)})


def test_no_entity_is_on_both_sides_of_a_fold_and_each_is_held_out_once_a_round() -> None:
    found = folds(table(entity="who"), count=5, seed=3)
    held = [set(fold.holdout.frame["who"]) for fold in found]
    assert not any(one & set(fold.train.frame["who"]) for one, fold in zip(held, found, strict=True))
    assert sum(map(len, held)) == len(set.union(*held)) == 17


@pytest.mark.parametrize(
    ("roles", "options", "error", "says"),
    [
        ({"time": "day"}, {}, ConfigError, "order of time"),
        ({}, {"count": 1}, ConfigError, "1 folds"),
        ({}, {"share": 0.7}, ConfigError, "0.7"),
        ({"entity": "who"}, {"share": 0.05, "count": 20}, InputError, "'who'"),
    ],
)
def test_folds_that_make_no_sense(roles, options, error, says) -> None:
    with pytest.raises(error, match=says):
        folds(table(**roles), seed=0, **options)
    with pytest.raises(InputError, match="too few for 5 parts"):
        folds(table(20), seed=0)


def test_few_rows_are_split_in_folds_unasked() -> None:
    assert len(partings(table(SMALL - 1), count=None, seed=0)) == COUNT
    assert len(partings(table(SMALL), count=None, seed=0)) == 1
    assert [len(partings(table(), count=count, seed=0)) for count in (0, 1, 2, 7)] == [1, 1, 2, 7]
    assert len(partings(table(time="day"), count=None, seed=0)) == 1
    assert len(partings(table(), count=None, seed=0, share=0.6)) == 1
    pair = to_table(pd.DataFrame({"x": np.arange(60) * 7919 % 10007, "who": ["a", "b"] * 30}), entity="who")
    assert len(partings(pair, count=None, seed=0)) == 1, "two entities cannot be dealt to five parts"
    with pytest.raises(InputError, match="'who'"):
        partings(pair, count=5, seed=0)
