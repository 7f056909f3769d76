"""Counts of parts add up to those of the whole, and say what the metrics say of whole tables."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit.metrics import base
from synthkit.metrics._counted import CUTS, Counts, Grid, fidelity
from synthkit.metrics.base import Reference
from synthkit.scorecard import score

from .conftest import draw

COUNTED = ("shape", "trend", "missingness")


@pytest.fixture(scope="module")
def three():
    return draw(900, 1), draw(450, 2), draw(700, 3, independent=True)


@pytest.fixture(scope="module")
def grid(three):
    return Grid.learn(Reference(three[0], three[1], 5))


def same(one: Counts, other: Counts) -> bool:
    exact = all(np.array_equal(one.tables[key], other.tables[key]) for key in one.tables)
    return exact and np.array_equal(one.rows, other.rows) and np.allclose(one.sums, other.sums, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 900), max_size=5).map(sorted))
def test_counts_of_parts_add_up_to_those_of_the_whole(three, grid, cuts):
    table, ends = three[0], [0, *cuts, 900]
    rows = np.arange(900)
    parts = [Counts.of(grid, table.take(rows[a:b]), before=a) for a, b in pairwise(ends)]
    assert same(reduce(add, parts[::-1]), Counts.of(grid, table))


def test_every_error_is_that_of_the_metric_on_whole_tables(three, grid):
    train, holdout, made = three
    assert all(len(cuts) < CUTS or name in ("income", "since") for name, cuts in grid.cuts.items())
    card = score(Reference(train, holdout, 5), made, metrics=COUNTED, seed=5)
    found = fidelity(grid, *(Counts.of(grid, table) for table in (train, holdout, made)))
    ours = {(s.metric, s.subject): s for s in found}
    theirs = {(s.metric, s.subject): s for s in card.scores}
    assert ours.keys() == theirs.keys()
    for key, one in ours.items():
        other = theirs[key]
        cut = key[0] == "shape" and key[1] in ((), ("income",), ("since",))  # more values than cuts
        assert one.value == pytest.approx(other.value, abs=2.1 / CUTS if cut else 1e-9), key
        assert one.n == other.n and one.ci[0] <= one.value <= one.ci[1]
        spreads = [s.ci[1] - s.ci[0] for s in (one, other)]
        assert 0.3 < (spreads[0] + 1e-3) / (spreads[1] + 1e-3) < 3, "other groups, the same spread"
    floors = fidelity(grid, *(Counts.of(grid, table) for table in (made, holdout, train)))
    assert {s.subject: s.floor for s in found if s.metric == "trend"} == pytest.approx(
        {s.subject: s.value for s in floors if s.metric == "trend"}
    ), "the floor is what train rows score"


def test_levels_and_columns_that_the_real_rows_lack_are_errors(three, grid):
    train, holdout, made = three
    strange = made.frame.assign(job="astronaut", age=None, owner=made.frame["owner"])
    strange["age"] = strange["age"].astype("Int64")
    counts = [Counts.of(grid, table) for table in (train, holdout, type(made)(strange, made.schema))]
    found = {s.subject: s.value for s in fidelity(grid, *counts) if s.metric == "shape"}
    assert found["job",] == pytest.approx(1) and found["age",] == 1
    assert {base.get(name).family for name in COUNTED} == {"fidelity"}
