"""Odd tables: each comes through whole."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthkit.data.schema import Column
from synthkit.data.table import Table
from synthkit.testing._bench import Bench
from synthkit.testing._run import require
from synthkit.testing._tables import ODD_NAMES, ODD_WORDS, build, mixed

__all__ = ["CHECKS"]


def _comes_through(bench: Bench, table: Table, n: int = 50) -> Table:
    """Fit, save, load and sample; require the schema, the types and the rows."""
    model = bench.fit(table)
    rows = bench.draw(model, n)
    require(len(rows) == n, f"{len(rows)} rows were given where {n} were asked for")
    require(rows.schema == table.schema, "the schema changed")
    require(list(rows.frame.dtypes) == list(table.frame.dtypes), "types of the frame changed")
    for column in table.schema:
        if column.is_discrete:
            new = set(rows.frame[column.name].dropna()) - set(table.frame[column.name].dropna())
            require(not new, f"column {column.name!r} holds categories that no real row has")
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        again = bench.draw(type(model).load(Path(folder) / "model"), n)
    require(again.frame.equals(rows.frame), "a saved and loaded model gives other rows")
    return rows


def _with(columns: Mapping[Column, Any], n: int = 120) -> Table:
    """The columns beside two plain ones."""
    rng = np.random.default_rng(3)
    plain = {
        Column("plain number", "numeric"): rng.normal(size=n),
        Column("plain word", "categorical"): rng.choice(["x", "y", "z"], n),
    }
    return build({**plain, **columns})


def constant_columns(bench: Bench) -> None:
    """A column of one value keeps it, whatever its kind."""
    n = 120
    table = _with(
        {
            Column("word", "categorical"): ["same"] * n,
            Column("number", "numeric", decimals=1): [2.5] * n,
            Column("whole", "integer"): [7] * n,
            Column("flag", "boolean"): ["yes"] * n,
            Column("day", "datetime"): [np.datetime64("2024-05-17", "us")] * n,
        }
    )
    rows = _comes_through(bench, table)
    for name in table.schema.names[2:]:
        held = set(rows.frame[name])
        require(held == set(table.frame[name]), f"the constant column '{name}' did not keep its value")


def empty_columns(bench: Bench) -> None:
    """A column without any value stays without, whatever its kind."""
    n = 60
    kinds = ("numeric", "integer", "categorical", "boolean", "datetime", "id", "text")
    table = _with({Column(f"no {kind}", kind): [None] * n for kind in kinds}, n)  # type: ignore[arg-type]
    rows = _comes_through(bench, table)
    for kind in kinds:
        require(rows.frame[f"no {kind}"].isna().all(), f"values were invented in the empty {kind} column")


def one_row(bench: Bench) -> None:
    """A table of one row does not break it."""
    _comes_through(bench, mixed(200).head(1))


def two_rows(bench: Bench) -> None:
    """A table of two rows does not break it."""
    _comes_through(bench, mixed(200).head(2))


def one_column(bench: Bench) -> None:
    """A table of one column, of any kind, does not break it."""
    table = mixed(100)
    for column in table.schema:
        _comes_through(bench, build({column: table.frame[column.name].to_numpy()}), 10)


def keys_and_text_alone(bench: Bench) -> None:
    """A table with nothing to learn still gives new keys and new text, and its progress ends."""
    told: list[float] = []
    table = mixed(100)
    alone = Table(table.frame[["key"]], table.schema.without(set(table.schema.names) - {"key"}))
    made = bench.draw(bench.fit(alone, progress=lambda _, done, __="": told.append(done)), 30).frame["key"]
    require(made.is_unique and not made.isin(alone.frame["key"]).any(), "keys are not new")
    require(told and told[-1] == 1.0, "progress does not end at 1")


def odd_names(bench: Bench) -> None:
    """Column names may hold quotes, newlines, dots, markup, nothing to see, or the names we use inside."""
    rng = np.random.default_rng(4)
    columns: dict[Column, Any] = {}
    for at, name in enumerate(ODD_NAMES):
        if at % 3:
            columns[Column(name, "integer" if at % 3 == 1 else "numeric")] = rng.integers(0, 9, 60)
        else:
            columns[Column(name, "categorical")] = rng.choice(["p", "q", "r"], 60)
    _comes_through(bench, build(columns, target=ODD_NAMES[0]))


def odd_words(bench: Bench) -> None:
    """Categories that look like nothing, numbers, markup or another script are words like any other."""
    cells = np.array(ODD_WORDS * 12, dtype=object)
    table = _with({Column("word", "categorical"): cells}, len(cells))
    held = set(_comes_through(bench, table, 1500).frame["word"])
    require(held == set(ODD_WORDS), f"{len(set(ODD_WORDS) - held)} of {len(ODD_WORDS)} odd words were lost")


def words_of_a_boolean(bench: Bench) -> None:
    """A boolean keeps the two words it had, also when few rows hold one of them, or some hold none."""
    n = 150
    table = _with(
        {
            Column("t/f", "boolean"): ["t", "f"] * (n // 2),
            Column("1/0", "boolean"): ["1"] * 40 + ["0"] * (n - 40),
            Column("True/False", "boolean"): ["True"] * 50 + ["False"] * 50 + [None] * (n - 100),
            Column("rarely", "boolean"): ["yes"] * 3 + ["no"] * (n - 3),
        },
        n,
    )
    frame = _comes_through(bench, table, 3000).frame
    require(set(frame["t/f"]) == {"t", "f"}, "the words t and f were not kept")
    require(set(frame["1/0"]) == {"1", "0"}, "the words 1 and 0 were not kept")
    require(set(frame["True/False"]) == {"True", "False", None}, "the words True and False, and missing, were not kept")
    require(set(frame["rarely"]) == {"yes", "no"}, "the rarer word of a boolean was lost")


def numbers_of_any_size(bench: Bench) -> None:
    """Numbers from 1e-300 to 1e300 and integers of 18 digits stay finite and in range."""
    n = 200
    rng = np.random.default_rng(6)
    table = _with(
        {
            Column("tiny", "numeric"): rng.uniform(1, 9, n) * 1e-300,
            Column("vast", "numeric"): rng.normal(size=n) * 1e300,
            Column("both", "numeric"): rng.choice([-1e300, -1.0, 1e-300, 1e300], n),
            Column("long", "integer"): 9_007_199_254_740_993 + rng.integers(0, 10**17, n),
            Column("below", "integer"): rng.integers(-(10**18), 10**18, n),
        },
        n,
    )
    frame = _comes_through(bench, table, 400).frame
    for name in table.schema.names[2:]:
        made, real = frame[name].astype(float), table.frame[name].astype(float)
        require(np.isfinite(made).all(), f"column '{name}' holds values that are not finite")
        require(made.between(real.min(), real.max()).all(), f"column '{name}' leaves the real range")


def dates_of_any_age(bench: Bench) -> None:
    """Dates before 1970, in year 9999, and to the microsecond come through."""
    n = 120
    rng = np.random.default_rng(8)
    old = np.datetime64("1850-01-01", "us") + rng.integers(0, 20_000, n).astype("timedelta64[D]")
    fine = np.datetime64("2024-01-01", "us") + rng.integers(0, 10**13, n).astype("timedelta64[us]")
    far = np.where(rng.random(n) < 0.3, np.datetime64("9999-12-31", "us"), old)
    table = _with({Column("old", "datetime"): old, Column("fine", "datetime"): fine, Column("far", "datetime"): far})
    frame = _comes_through(bench, table, 200).frame
    for name in ("old", "fine", "far"):
        real = table.frame[name]
        require(frame[name].between(real.min(), real.max()).all(), f"column '{name}' leaves the real range")


def repeated_rows(bench: Bench) -> None:
    """A table of the same few rows again and again does not break it."""
    _comes_through(bench, mixed(200).take(np.repeat(np.arange(4), 30)))


def a_thousand_columns(bench: Bench) -> None:
    """A table of 1,000 columns does not break it."""
    rng = np.random.default_rng(9)
    columns: dict[Column, Any] = {Column(f"n{k}", "numeric"): rng.normal(size=150) for k in range(700)}
    columns |= {Column(f"c{k}", "categorical"): rng.choice(["a", "b", "c"], 150) for k in range(300)}
    _comes_through(bench, build(columns), 20)


def ten_thousand_categories(bench: Bench) -> None:
    """A column of 10,000 common categories does not break it."""
    rng = np.random.default_rng(10)
    words = np.array([f"w{k}" for k in range(10_000)] * 6, dtype=object)
    place = rng.permutation(len(words))
    table = build(
        {
            Column("word", "categorical"): words[place],
            Column("half", "categorical"): np.where(place % 10_000 < 5000, "low", "high"),
            Column("size", "numeric"): rng.normal(place % 10_000, 100.0),
        }
    )
    made = _comes_through(bench, table, 20_000).frame
    require(made["word"].nunique() > 5000, "most of the categories were lost")


def targets_of_any_kind(bench: Bench) -> None:
    """A target may be a whole number, a date, a word or constant, with gaps or without."""
    n, rng = 90, np.random.default_rng(12)
    x = rng.normal(size=n)
    day = np.datetime64("2024-01-01", "us") + np.arange(n).astype("timedelta64[D]")
    for column, cells in (
        (Column("y", "integer"), np.where(rng.random(n) < 0.1, np.nan, np.round(3 * x))),
        (Column("y", "datetime"), day),
        (
            Column("y", "categorical"),
            [None if at % 5 == 0 else "top" if one > 1 else "rest" for at, one in enumerate(x)],
        ),
        (Column("y", "numeric"), np.full(n, 1.5)),
    ):
        _comes_through(bench, build({Column("x", "numeric"): x, column: cells}, target="y"), 20)


def mostly_missing(bench: Bench) -> None:
    """Columns of which one cell in twenty is there keep about as many, whatever their kind."""
    table, rng = mixed(300), np.random.default_rng(13)
    frame = table.frame.copy()
    for column in table.schema:
        if column.name != table.schema.target and column.kind != "id":
            frame.loc[rng.random(300) > 0.05, column.name] = None
    kept = build({replace(c, nullable=True): frame[c.name].to_numpy() for c in table.schema}, target="risk")
    made = _comes_through(bench, kept, 600).frame
    for name in ("income", "age", "job", "since"):
        share = float(made[name].notna().mean())
        require(0.005 < share < 0.2, f"{share:.1%} of the cells of '{name}' are there, of the real ones about 5 %")


def columns_that_say_the_same(bench: Bench) -> None:
    """Twin columns, and one that is another in other words, do not break it."""
    rng = np.random.default_rng(14)
    x, word = rng.normal(size=150), rng.choice(["a", "b", "c"], 150)
    table = build({
        Column("x", "numeric"): x, Column("twin", "numeric"): x, Column("double", "numeric"): 2 * x,
        Column("word", "categorical"): word, Column("same", "categorical"): np.char.upper(word).astype(object),
    })  # fmt: skip
    _comes_through(bench, table, 50)


def heavy_tails(bench: Bench) -> None:
    """Incomes of which a few are a million times the usual stay finite and in range, and so does the usual."""
    rng = np.random.default_rng(15)
    table = _with({Column("income", "numeric", decimals=2): np.round(np.exp(rng.normal(0, 5, 400)), 2)}, 400)
    made, real = _comes_through(bench, table, 2000).frame["income"], table.frame["income"]
    require(np.isfinite(made).all() and made.between(real.min(), real.max()).all(), "the range was left")
    gap = abs(float(np.log(made.clip(0.01)).median() - np.log(real.clip(0.01)).median()))
    require(gap < 1.0, f"the median is {np.exp(gap):.1f} times off")


def a_class_of_one_in_fifty(bench: Bench) -> None:
    """A rare class of the target keeps a share between a quarter and four times its own."""
    rng = np.random.default_rng(16)
    rare = np.where(np.arange(1000) % 50 == 0, "ill", "well")
    table = build(
        {Column("x", "numeric"): rng.normal((rare == "ill") * 2.0, 1.0), Column("y", "categorical"): rare}, target="y"
    )
    share = float((_comes_through(bench, table, 5000).frame["y"] == "ill").mean())
    require(0.005 <= share <= 0.08, f"{share:.2%} of the rows are of a class of 2 %")


def long_whole_numbers(bench: Bench) -> None:
    """Whole numbers of 19 digits, which a float cannot tell apart, stay between the smallest and the largest."""
    rng = np.random.default_rng(17)
    table = _with({Column("account", "integer"): pd.array(2**62 + rng.integers(0, 5000, 120), "Int64")})
    made, real = _comes_through(bench, table, 300).frame["account"], table.frame["account"]
    require(int(made.min()) >= int(real.min()) and int(made.max()) <= int(real.max()), "the range was left")
    require(made.nunique() > 50, "most of the digits were lost")


CHECKS = (
    constant_columns,
    empty_columns,
    one_row,
    two_rows,
    one_column,
    keys_and_text_alone,
    odd_names,
    odd_words,
    words_of_a_boolean,
    numbers_of_any_size,
    dates_of_any_age,
    repeated_rows,
    a_thousand_columns,
    ten_thousand_categories,
    targets_of_any_kind,
    mostly_missing,
    columns_that_say_the_same,
    heavy_tails,
    a_class_of_one_in_fifty,
    long_whole_numbers,
)
