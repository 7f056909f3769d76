"""Wide files: a column for each series, or a column for each part of a season, mean the same as long ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit.data import io
from synthkit.data.series import to_panel
from synthkit.errors import ConfigError, SchemaError, SynthkitError


def read(frame, wide, time):
    return to_panel(io.to_table(frame, time=time, constant="keep"), wide=wide)


@settings(max_examples=25, deadline=None)
@given(st.integers(12, 40), st.integers(1, 4), st.integers(0, 2**16))
def test_columns_are_series_from_their_first_value_to_their_last(rows, count, seed):
    rng = np.random.default_rng(seed)
    cells = np.round(rng.normal(size=(rows, count)), 3)
    begins, ends = rng.integers(0, 3, count), rows - rng.integers(0, 3, count)
    for c in range(count):
        cells[: begins[c], c] = cells[ends[c] :, c] = np.nan
        cells[rows // 2, c] = np.nan
    months = pd.date_range("2001-01-01", periods=rows, freq="MS")
    frame = pd.DataFrame(cells, columns=[f"city {c}" for c in range(count)]).assign(month=months)
    panel = read(frame, "entities", "month")
    assert panel.entities == tuple(f"city {c}" for c in range(count))
    for c, series in enumerate(panel):
        assert (series.start, len(series)) == (begins[c] - min(begins), ends[c] - begins[c])
        np.testing.assert_array_equal(series.values[:, 0], cells[begins[c] : ends[c], c])


@pytest.mark.parametrize(("parts", "step"), [(4, "QS"), (12, "MS")])
def test_columns_that_are_parts_of_a_year_are_laid_end_to_end(parts, step):
    values = np.round(np.random.default_rng(0).normal(10, 3, (8, parts)), 2)
    frame = pd.DataFrame(values, columns=[f"p{i}" for i in range(parts)])
    frame.insert(0, "year", range(2001, 2009))
    panel = read(frame, "seasons", "year")
    assert panel.grid.step == step
    assert panel.grid.seasons[0] == parts
    np.testing.assert_array_equal(panel.series[0].values[:, 0], values.ravel())


@pytest.mark.parametrize(
    ("change", "wide", "error", "word"),
    [
        ({"name": list("abcdefgh")}, "entities", SchemaError, "name"),
        ({}, "seasons", ConfigError, "no season"),
        ({}, "sideways", ConfigError, "sideways"),
    ],
)
def test_what_is_no_wide_file_is_named(change, wide, error, word):
    frame = pd.DataFrame({"year": range(2001, 2009), "ulm": np.arange(8.0) ** 1.5, "bonn": np.arange(8.0) % 3})
    with pytest.raises(SynthkitError, match=word) as caught:
        read(frame.assign(**change), wide, "year")
    assert isinstance(caught.value, error)
    assert caught.value.hint
