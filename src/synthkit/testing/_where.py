"""Rows that agree with given values, for models that can make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from synthkit.data.table import Table
from synthkit.errors import ConfigError, UnknownName
from synthkit.models.base import Conditional, Synthesizer
from synthkit.testing._bench import Bench
from synthkit.testing._run import refused, require
from synthkit.testing._tables import linked

__all__ = ["CHECKS"]


def _where(model: Synthesizer, n: int, given: Mapping[str, Any | Sequence[Any]], seed: int = 0) -> Table:
    if not isinstance(model, Conditional):
        raise TypeError("the model is not Conditional")
    return model.sample_where(n, given, rng=np.random.default_rng([3, seed]))


def given_values_are_kept(bench: Bench) -> None:
    """Every row holds the given value, whatever the kind of its column, and nothing else changes."""
    day = pd.Timestamp(bench.table.frame["since"].iloc[5])
    conditions: list[dict[str, Any]] = [
        {"risk": "high"},
        {"job": "pilot"},
        {"age": 44},
        {"job": "clerk", "risk": "low", "age": 30, "owner": "no", "income": 1234.5, "since": day},
    ]
    for given in conditions:
        rows = _where(bench.model, 30, given)
        require(len(rows) == 30, f"{len(rows)} rows were given where 30 were asked for")
        require(rows.schema == bench.table.schema, "the schema changed")
        require(list(rows.frame.dtypes) == list(bench.table.frame.dtypes), "types of the frame changed")
        for name, value in given.items():
            require((rows.frame[name] == value).all(), f"not every row holds the value given for column '{name}'")


def missing_can_be_given(bench: Bench) -> None:
    """None asks for a missing cell, of a number and of a category."""
    for name in ("children", "job"):
        rows = _where(bench.model, 30, {name: None})
        require(rows.frame[name].isna().all(), f"column '{name}' was to be missing in every row")


def a_value_for_each_row(bench: Bench) -> None:
    """`n` values are taken row by row; another number of them is a ConfigError."""
    words = ["nurse", "clerk", "farmer", "pilot"] * 5
    rows = _where(bench.model, 20, {"job": words})
    require(rows.frame["job"].tolist() == words, "the values are not those given, in their order")
    ages = np.arange(20, 40)
    require((_where(bench.model, 20, {"age": ages}).frame["age"] == ages).all(), "an array of numbers was not kept")
    refused(lambda: _where(bench.model, 7, {"job": words}), ConfigError, "20 values for 7 rows")


def a_rare_condition_is_met(bench: Bench) -> None:
    """A class that one row in a hundred holds gives as many rows as were asked for, and varied ones."""
    rows = _where(bench.model, 300, {"status": "rare"})
    require(len(rows) == 300 and (rows.frame["status"] == "rare").all(), "the rows are not all of the rare class")
    require(rows.frame["ratio"].nunique() > 30, "the rows of the rare class are all alike")


def no_rows_on_a_condition(bench: Bench) -> None:
    """0 rows are given when 0 are asked for."""
    require(len(_where(bench.model, 0, {"job": "clerk"})) == 0, "rows were given though none were asked for")


def same_seed_same_conditional_rows(bench: Bench) -> None:
    """The same generator gives the same rows, whatever was asked before."""
    once = _where(bench.model, 40, {"job": "clerk"})
    _where(bench.model, 10, {"age": 30})
    bench.draw(bench.model, 10)
    again = _where(bench.model, 40, {"job": "clerk"})
    require(once.frame.equals(again.frame), "the same condition and seed gave other rows")
    one, two = (_where(bench.fit(linked(600)), 40, {"group": "c"}) for _ in range(2))
    require(one.frame.equals(two.frame), "a model fitted again gave other rows on the same condition")


def words_stay_new_on_a_condition(bench: Bench) -> None:
    """Keys and free text are as new on a condition as they are without."""
    rows = _where(bench.model, 1500, {"age": 40}).frame
    real = bench.table.frame
    require(rows["key"].is_unique, "a key comes twice")
    require(not rows["key"].isin(real["key"]).any(), "a real key was given out")
    require(not rows["remark"].dropna().isin(real["remark"]).any(), "a real free text was given out")


def conditions_that_make_no_sense(bench: Bench) -> None:
    """An unknown column or category is UnknownName; a key, free text or a value of the wrong kind is ConfigError."""
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"jbo": "clerk"}, UnknownName),
        ({"job": "astronaut"}, UnknownName),
        ({"job": "druid"}, UnknownName),  # a rare category: to answer would be to give it out
        ({"key": "K-00001"}, ConfigError),
        ({"remark": "hello"}, ConfigError),
        ({"age": "old"}, ConfigError),
        ({"income": float("inf")}, ConfigError),
        ({"since": "not a day"}, ConfigError),
        ({"owner": None}, ConfigError),  # never missing in the data
    ]
    for given, error in wrong:
        refused(lambda g=given: _where(bench.model, 5, g), error, f"the condition {given}")  # type: ignore[misc]


def conditional_law_is_the_models_own(bench: Bench) -> None:
    """Rows on a condition follow the law of the unconditional rows that meet it, up to chance."""
    free = bench.draw(bench.linked, 20_000).frame
    for column, value in (("group", "c"), ("group", "a"), ("answer", "yes")):
        other, word = ("answer", "yes") if column == "group" else ("group", "c")
        want = free[free[column] == value]
        have = _where(bench.linked, 4000, {column: value}).frame
        p, q = float((want[other] == word).mean()), float((have[other] == word).mean())
        # Five standard errors, and three points for a model that learns the reversed law from its own rows.
        slack = 0.03 + 5 * np.sqrt(max(p * (1 - p), 0.01) * (1 / len(want) + 1 / len(have)))
        given = f"given {column} = '{value}'"
        require(
            abs(p - q) <= slack, f"the share of '{word}' {given} is {q:.3f}, among rows that happen to hold it {p:.3f}"
        )
        middle, found, spread = want["size"].mean(), have["size"].mean(), float(want["size"].std())
        slack = 0.1 * spread + 5 * spread * np.sqrt(1 / len(want) + 1 / len(have))
        require(
            abs(middle - found) <= slack, f"the mean {given} is {found:.1f}, among rows that happen to {middle:.1f}"
        )


def conditional_law_is_the_true_one(bench: Bench) -> None:
    """Rows on any columns follow the law of unseen real rows that meet the condition, up to chance."""
    known, unseen = linked().frame, linked(20_000, seed=1).frame
    conditions: list[dict[str, Any]] = [
        {"group": "c"},
        {"answer": "yes"},
        {"group": "b", "answer": "no"},
        {"size": 50.0},
        {"size": 50.0, "answer": "no"},
    ]
    for given in conditions:
        want, learned = (_meeting(frame, given) for frame in (unseen, known))
        have = _where(bench.linked, 4000, given).frame
        rows = sum(1 / len(frame) for frame in (want, learned, have))
        for name, word in (("answer", "yes"), ("group", "b"), ("size", None)):
            if name in given:
                continue
            truth, found = (frame[name] if word is None else (frame[name] == word) * 1.0 for frame in (want, have))
            # Five standard errors of what was learned, drawn and looked at, and a part of the spread for smoothness.
            slack = (0.15 if word is None else 0.05) * max(float(truth.std()), 0.5) + 5 * float(truth.std()) * rows**0.5
            p, q = float(truth.mean()), float(found.mean())
            what = f"the mean of '{name}'" if word is None else f"the share of '{word}'"
            require(abs(p - q) <= slack, f"{what} given {given} is {q:.3f}, among unseen real rows {p:.3f}")


def _meeting(frame: pd.DataFrame, given: Mapping[str, Any]) -> pd.DataFrame:
    """Rows that hold what is given; a number within five of it."""
    for name, value in given.items():
        frame = frame[(frame[name] - value).abs() <= 5] if isinstance(value, float) else frame[frame[name] == value]
    return frame


CHECKS = (
    given_values_are_kept,
    missing_can_be_given,
    a_value_for_each_row,
    a_rare_condition_is_met,
    no_rows_on_a_condition,
    same_seed_same_conditional_rows,
    words_stay_new_on_a_condition,
    conditions_that_make_no_sense,
    conditional_law_is_the_models_own,
    conditional_law_is_the_true_one,
)
