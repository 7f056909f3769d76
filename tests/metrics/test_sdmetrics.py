"""Column shapes and pair trends are those of sdmetrics, to six digits."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.metrics.fidelity.shape import column_shapes
from synthkit.metrics.fidelity.trend import pair_trends

SDTYPES = {"integer": "numerical", "numeric": "numerical", "datetime": "datetime", "text": "unknown", "id": "id"}


def report(real: Table, synthetic: Table):
    """What sdmetrics says with its thresholds off: error by column and by pair, NaN where it passes over one."""
    frames = []
    for table in (real, synthetic):
        frame = table.frame.copy()
        for column in table.schema:
            if column.kind == "integer":  # sdmetrics cannot bin pandas' nullable integers
                frame[column.name] = frame[column.name].astype("float64")
        frames.append(frame)
    columns = {c.name: {"sdtype": SDTYPES.get(c.kind, "categorical")} for c in real.schema}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sdmetrics.reports.single_table import QualityReport

        card = QualityReport()
        card.real_correlation_threshold = card.real_association_threshold = 0
        card.num_rows_subsample = None
        card.generate(*frames, {"columns": columns}, verbose=False)
    shapes, pairs = card.get_details("Column Shapes"), card.get_details("Column Pair Trends")
    return (
        dict(zip(shapes["Column"], 1 - shapes["Score"], strict=True)),
        {(a, b): 1 - s for a, b, s in zip(pairs["Column 1"], pairs["Column 2"], pairs["Score"], strict=True)},
    )


@pytest.mark.parametrize("independent", [False, True])
def test_equal_to_sdmetrics(rows, independent):
    real, synthetic = rows(700, 1), rows(500, 2, independent=independent)
    synthetic.frame.loc[:40, "job"] = "astronaut"  # a level no real row has
    shapes, pairs = report(real, synthetic)
    mine = column_shapes(real, synthetic)
    assert set(mine) == set(shapes) == {"income", "age", "since", "job", "owner", "risk"}
    for column, error in shapes.items():
        assert mine[column] == pytest.approx(error, abs=5e-7), column
    trends = pair_trends(real, synthetic)
    assert set(trends) == set(pairs)
    assert len(pairs) == 15
    for pair, error in pairs.items():
        assert trends[pair] == pytest.approx(error, abs=5e-7), pair


def test_differs_from_sdmetrics_where_a_broken_table_would_be_rewarded():
    """A column that collapsed to one value, or to none, is an error here; sdmetrics leaves it out of the mean."""
    schema = Schema((Column("x", "numeric"), Column("y", "numeric"), Column("z", "numeric")))
    x = np.arange(50.0)
    real = Table(pd.DataFrame({"x": x, "y": 2 * x, "z": -x}), schema)
    broken = Table(pd.DataFrame({"x": x, "y": 7.0, "z": np.nan}), schema)
    shapes, pairs = report(real, broken)
    assert np.isnan(shapes["z"])
    assert np.isnan(pairs[("x", "y")])
    assert column_shapes(real, broken)["z"] == 1
    assert pair_trends(real, broken) == {("x", "y"): 0.5, ("x", "z"): 0.5, ("y", "z"): 0.5}


def test_high_cardinality_pairs_are_counted_exactly():
    """Two columns of 300 levels: the joint table is compressed before it is counted, with the same result."""
    schema = Schema((Column("a", "categorical"), Column("b", "categorical")))
    rng = np.random.default_rng(0)
    tables = [
        Table(pd.DataFrame(rng.integers(0, 300, (2000, 2)).astype(str), columns=["a", "b"], dtype=object), schema)
        for _ in range(2)
    ]
    counts = [t.frame.value_counts() / len(t) for t in tables]
    expected = counts[0].subtract(counts[1], fill_value=0).abs().sum() / 2
    assert pair_trends(*tables)[("a", "b")] == pytest.approx(expected, abs=1e-12)
