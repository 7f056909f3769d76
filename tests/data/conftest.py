"""A dataframe of all that columns can be."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def mixed() -> pd.DataFrame:
    n = 40
    i = np.arange(n)
    return pd.DataFrame(
        {
            "whole": i.astype("int32") % 9,
            "nullable": pd.array([None if k % 5 == 0 else k for k in range(n)], dtype="Int64"),
            "real": np.where(i % 4 == 0, np.nan, i / 8),
            "single": (i / 10).astype("float32"),
            "counted": np.where(i % 4 == 0, np.nan, i).astype(float),
            "flag": i % 2 == 0,
            "bit": i % 3 // 2,
            "when": pd.date_range("2021-01-01", periods=n, freq="h").as_unit("us"),
            "zoned": pd.date_range("2021-03-27", periods=n, freq="h", tz="Europe/Berlin"),
            "level": pd.Categorical(
                np.take(["lo", "mid", "hi"], i % 3), categories=["lo", "mid", "hi", "top"], ordered=True
            ),
            "code": pd.Categorical(i % 4),
            "word": np.where(i % 7 == 0, None, np.take(["x", "", "NA"], i % 3)),
            "zip": [f"{k % 8:05d}" for k in range(n)],
            "money": [f"{k % 6}.50" for k in range(n)],
            "written": [f"2021-0{1 + k % 9}-01" for k in range(n)],
        },
        index=pd.Index(range(5, 5 + n), name="kept out"),
    )
