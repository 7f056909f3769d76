"""Tables of columns and of pairs that weighted rows follow."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthkit.encode.encoder import Encoder
from synthkit.errors import ArtifactError
from synthkit.models.tabular._calibration import Calibration, Grid
from synthkit.models.tabular.autoregressive import Autoregressive
from synthkit.testing._tables import linked

FEW = 20


@pytest.fixture(scope="module")
def learned():
    """An encoder, real rows, other rows of the same columns that are not linked, and what was counted."""
    table = linked(3000)
    encoder = Encoder.learn(table, np.random.default_rng(0))
    real = encoder.encode(table, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    made = {name: rng.permutation(np.tile(array, 4)) for name, array in real.items()}
    return encoder, real, made, Calibration.learn(encoder, real, made, np.random.default_rng(2), least=FEW)


def shares(calibration, rows, weights, names):
    places = calibration._places(names, calibration._located(rows))
    return np.bincount(places, weights, calibration._size(names)) / weights.sum()


def test_pairs_follow_the_real_ones(learned):
    _, real, made, calibration = learned
    weights = np.exp(calibration.raked(made, np.zeros(12_000)))
    for names in [*itertools.combinations(real, 2), *((name,) for name in real)]:
        wanted = shares(calibration, real, np.ones(3000), names)
        before = np.abs(shares(calibration, made, np.ones(12_000), names) - wanted).sum()
        after = np.abs(shares(calibration, made, weights, names) - wanted).sum()
        assert after < 0.05, names
        assert len(names) == 1 or before > 0.3, names


def test_weights_stay_next_to_what_they_were(learned):
    """Where the tables agree already no weight is touched, and what rows differ in within a cell is kept."""
    _, real, _, calibration = learned
    same = np.exp(calibration.raked(real, np.zeros(3000)))
    assert same.std() / same.mean() < 0.02
    size = real["size"]
    logs = 0.01 * (size - size.mean())
    found = calibration.raked(real, logs)
    cells = [calibration._cells(table, calibration._located(real)) for table in calibration.tables]
    _, cell = np.unique(np.column_stack(cells), axis=0, return_inverse=True)
    for one in np.unique(cell)[:200]:
        moved = (found - logs)[cell == one]
        assert np.ptp(moved) < 1e-9, "rows that no table tells apart were not treated alike"


def test_each_column_can_keep_its_law(learned):
    encoder, _, made, _ = learned
    logs = np.random.default_rng(1).normal(size=12_000) + made["answer"] + made["size"] / 50
    own = Calibration.of(encoder, made)
    weights = np.exp(own.raked(made, logs))
    for name in made:
        wanted = shares(own, made, np.ones(12_000), (name,))
        assert np.abs(shares(own, made, weights, (name,)) - wanted).sum() < 0.01, name
    assert abs(np.average(made["size"], weights=np.exp(logs)) - made["size"].mean()) > 1


def test_cells_of_few_real_rows_are_one(learned):
    *_, calibration = learned
    for table in calibration.tables:
        inner = table.shares[:-1]
        assert len(inner) == 0 or inner.min() * 3000 >= FEW - 1e-9


def test_no_number_of_the_data_is_kept(learned):
    """Cuts lie at numbers of the rows that a model made."""
    encoder, real, made, _ = learned
    moved = made | {"size": made["size"] + 0.123}
    calibration = Calibration.learn(encoder, real, moved, np.random.default_rng(2), least=FEW)
    for grids in (calibration.fine, calibration.coarse):
        assert len(grids["size"].cuts) > 5
        assert not np.isin(grids["size"].cuts, real["size"]).any()


def test_it_comes_back_as_it_was_and_a_broken_one_is_refused(learned):
    _, _, made, calibration = learned
    plain, arrays = calibration.to_state()
    again = Calibration.from_state(plain, arrays)
    zeros = np.zeros(12_000)
    assert np.array_equal(again.raked(made, zeros), calibration.raked(made, zeros))
    with pytest.raises(ArtifactError, match="calibration"):
        Calibration.from_state(plain, arrays | {"calibration.cells": arrays["calibration.cells"][:0]})


@given(
    cells=st.lists(st.floats(-1e12, 1e12) | st.just(np.nan), max_size=60),
    asked=st.lists(st.floats(allow_nan=True, allow_infinity=False), max_size=60),
    most=st.integers(1, 20),
)
def test_each_number_has_a_place(cells, asked, most):
    grid = Grid.learn(np.array(cells, float), None, most)
    places = grid(np.array(asked, float))
    assert ((places >= 0) & (places < grid.size)).all()
    assert (places[np.isnan(np.array(asked, float))] == grid.size - 1).all()
    filled = np.sort(np.array(asked, float)[~np.isnan(np.array(asked, float))])
    assert (np.diff(grid(filled)) >= 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_number_that_many_cells_share_has_a_place_of_its_own(dtype):
    others = np.linspace(-1, 1, 51, dtype=dtype)
    cells = np.concatenate([np.full(40, others[25], dtype), others])
    at = Grid.learn(cells, None, 10)(others)
    assert (at == at[25]).sum() == 1


@given(counts=st.lists(st.integers(0, 40), min_size=1, max_size=30), most=st.integers(1, 12))
def test_each_code_has_a_place(counts, most):
    codes = np.repeat(np.arange(len(counts)), counts)
    grid = Grid.learn(codes, len(counts), most)
    assert grid.size <= most or len(counts) <= most
    assert grid(np.arange(len(counts))).max(initial=0) < grid.size


def test_a_table_of_a_network_follows_the_counts_and_few_rows_are_its_own():
    table = linked(2000)
    model = Autoregressive(steps=60).fit(table, rng=np.random.default_rng(0))
    plain = Autoregressive(steps=60, proposals=1).fit(table, rng=np.random.default_rng(0))
    rows, own = (m.sample(2000, rng=np.random.default_rng(1)).frame for m in (model, plain))

    def off(frame):
        pairs = table.frame.groupby(["group", "answer"]).size() / len(table)
        return (frame.groupby(["group", "answer"]).size() / len(frame) - pairs).abs().sum()

    assert off(rows) < off(own) / 2
    some, others = (m.sample(30, rng=np.random.default_rng(1)).frame for m in (model, plain))
    assert some.equals(others)
