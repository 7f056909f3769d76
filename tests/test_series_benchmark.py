"""What the benchmark of windows takes for granted: its judges see what they should, its baselines do what they say."""

from __future__ import annotations

import importlib

import numpy as np
import pytest


@pytest.fixture(scope="module")
def series(root):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root))
        yield importlib.import_module("benchmarks.series")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(5)
    return np.cumsum(rng.normal(size=(700, 4)), axis=0)


def test_windows_from_levels_start_there_and_move_as_told(series, rows):
    moves = np.random.default_rng(0).normal(size=(9, series.LENGTH, 4))
    made = series._from_levels(rows[:9], moves)
    assert made.shape == (9, series.LENGTH, 4)
    np.testing.assert_allclose(made[:, 0], rows[:9])
    np.testing.assert_allclose(np.diff(made, axis=1), moves[:, 1:])


def test_the_block_bootstrap_moves_only_by_steps_of_the_data(series, rows):
    made = series._blocks(rows, seed=3)
    steps = np.diff(made, axis=1).reshape(-1, 4)
    known = np.diff(rows, axis=0)
    gap = np.abs(steps[::40, None] - known).max(axis=2).min(axis=1)
    assert made.shape == (len(rows) - series.LENGTH, series.LENGTH, 4)
    assert gap.max() < 1e-9
    np.testing.assert_array_equal(made, series._blocks(rows, seed=3))


def test_copies_are_at_no_distance_and_held_out_blocks_are_not(series, rows):
    real = series.Scaling.of(rows)(series.windows(rows))
    copies = series.Scaling.of(rows)(series._drawn(series.windows(rows), seed=1))
    found = series.nearest(real, copies, rng=np.random.default_rng(0))
    assert found.median < 0.05
    assert found.held_out_median > 1
    assert found.ratios[0] < 0.05


def test_the_judge_tells_noise_from_walks_and_not_a_copy(series, rows):
    scaling, real = series.Scaling.of(rows), series.windows(rows)
    noise = rows.mean(axis=0) + rows.std(axis=0) * np.random.default_rng(2).normal(size=real.shape)
    far = series.discriminative(scaling(real), scaling(noise), seeds=(0,), steps=1_000)[0]
    near = series.discriminative(scaling(real), scaling(series._drawn(real, seed=1)), seeds=(0,), steps=1_000)[0]
    assert near < 0.15
    assert far > near + 0.2


def test_every_published_row_has_every_set(series):
    assert all(scores.keys() == series.SETS.keys() for scores in series.PUBLISHED.values())
