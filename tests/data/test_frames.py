"""Dataframes of every library come back as they were, and what is none is refused kindly."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from synthkit.data.io import from_table, to_table
from synthkit.errors import InputError, ReadError, SchemaError


def test_a_pandas_frame_comes_back_as_it_was(mixed: pd.DataFrame) -> None:
    frame, before = mixed, mixed.copy(deep=True)
    table = to_table(frame)
    assert_frame_equal(frame, before)
    kinds = {c.name: c.kind for c in table.schema}
    assert kinds == {
        "whole": "integer", "nullable": "integer", "real": "numeric", "single": "numeric", "counted": "integer",
        "flag": "boolean", "bit": "boolean", "when": "datetime", "zoned": "datetime", "level": "categorical",
        "code": "categorical", "word": "categorical", "zip": "categorical", "money": "numeric", "written": "datetime",
    }  # fmt: skip
    assert_frame_equal(from_table(table, like=frame), before.reset_index(drop=True))
    back = from_table(table).drop(columns=["level", "code"])  # without the original, unused levels and order are gone
    assert_frame_equal(back, before.reset_index(drop=True).drop(columns=["level", "code"]))


def test_new_missing_cells_find_room() -> None:
    frame = pd.DataFrame({"n": np.arange(30) % 7, "flag": np.arange(30) % 2 == 0})
    table = to_table(frame)
    holes = table.frame.copy()
    holes.loc[0, "n"] = pd.NA
    holes.loc[1, "flag"] = None
    back = from_table(type(table)(holes, table.schema), like=frame)
    assert (str(back.dtypes["n"]), str(back.dtypes["flag"])) == ("Int64", "boolean")
    assert back.isna().sum().tolist() == [1, 1]


def test_a_polars_frame_comes_back_as_it_was() -> None:
    frame = pl.DataFrame(
        {
            "n": pl.Series([2**60 + 1, None, 3, 4], dtype=pl.Int64),
            "u": pl.Series([1, 2, 3, 4], dtype=pl.UInt8),
            "x": [0.5, None, 1.25, 2.0],
            "flag": [True, None, False, True],
            "day": [date(2021, 1, 1), None, date(2021, 1, 3), date(2021, 1, 4)],
            "at": pl.Series([1, 2, None, 4], dtype=pl.Int64).cast(pl.Datetime("ms", "Europe/Berlin")),
            "word": ["a", "", None, "b"],
            "cat": pl.Series(["a", "b", None, "a"], dtype=pl.Categorical),
            "enum": pl.Series(["a", "b", "a", "a"], dtype=pl.Enum(["a", "b", "c"])),
            "code": ["007", "008", "009", None],
        }
    )
    back = from_table(to_table(frame), like=frame)
    assert back.schema == frame.schema
    assert back.equals(frame)


def test_an_arrow_table_comes_back_as_it_was() -> None:
    table = pa.table(
        {
            "n": pa.array([1, None, 3], pa.int16()),
            "x": pa.array([0.5, None, 1.25], pa.float32()),
            "flag": [True, None, False],
            "day": pa.array([date(2021, 1, 1), None, date(2021, 1, 3)], pa.date32()),
            "money": pa.array([Decimal("1.50"), None, Decimal("2.25")], pa.decimal128(8, 2)),
            "cat": pa.array(["a", None, "b"]).dictionary_encode(),
            "bit": pa.array([0, 1, None], pa.int64()),
        }
    )
    back = from_table(to_table(table), like=table)
    assert back.schema == table.schema
    assert back.to_pylist() == table.to_pylist()


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([[1], [2, 3]], "holds lists"),
        ([{"a": 1}, {"b": 2}], "holds mappings"),
        ([1 + 2j, 2j], "holds complex numbers"),
        (pd.to_timedelta([1, 2], unit="s"), "holds durations"),
        (pd.period_range("2021", periods=2, freq="Y"), "holds periods"),
        ([b"x", b"y"], "holds bytes"),
        ([1, "one"], "mixes values of the types int, str"),
        ([1.5, float("inf")], "holds 1 infinite values"),
    ],
)
def test_cells_that_are_no_column_kind_are_refused(column: object, message: str) -> None:
    with pytest.raises(SchemaError, match="column 'c' ") as caught:
        to_table(pd.DataFrame({"c": column, "d": [1, 2]}))
    assert message in caught.value.message
    assert caught.value.hint


def test_frames_that_are_none_are_refused() -> None:
    with pytest.raises(SchemaError, match="names must be text"):
        to_table(pd.DataFrame({0: [1, 2], "b": [1, 2]}))
    with pytest.raises(SchemaError, match="more than one column is named 'a'"):
        to_table(pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]))
    with pytest.raises(InputError, match="collect it first"):
        to_table(pl.LazyFrame({"a": [1, 2]}))
    with pytest.raises(InputError, match="not a dataframe"):
        to_table([{"a": 1}])
    with pytest.raises(SchemaError, match="holds lists"):
        to_table(pl.DataFrame({"a": [[1], [2]]}))
    with pytest.raises(ReadError, match="a header and no rows"):
        to_table(pd.DataFrame({"a": []}))


def test_object_columns_of_dates_and_numbers_come_back_as_they_were() -> None:
    frame = pd.DataFrame(
        {
            "day": pd.Series([date(2020, 1, 1), date(9999, 12, 31), None], dtype=object),
            "large": pd.Series([2**63, 1, 2], dtype="uint64"),
            "utc": pd.to_datetime(["2020-01-01", "2021-01-01", None]).tz_localize("UTC"),
        }
    )
    table = to_table(frame)
    assert [c.kind for c in table.schema] == ["datetime", "categorical", "datetime"]
    assert_frame_equal(from_table(table, like=frame), frame)
    assert_frame_equal(from_table(table), frame)
