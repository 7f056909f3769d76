"""What the benchmark of augmentation takes for granted: lessons see no future, arms weigh the same."""

from __future__ import annotations

import importlib

import numpy as np
import pytest


@pytest.fixture(scope="module")
def augment(root):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root))
        yield importlib.import_module("benchmarks.augment")


@pytest.fixture(scope="module")
def rows():
    """Each value says its series and its month: 1000 * (series + 1) + month."""
    return 1000.0 * np.arange(1, 4)[:, None] + np.arange(60)


def test_a_lesson_has_the_months_before_its_target_and_no_later_one(augment, rows):
    x, y = augment._lessons(rows)
    level = np.concatenate([
        np.tile(rows[:, origin - augment.SEASON : origin].mean(axis=1), min(augment.AHEAD, 60 - origin))
        for origin in range(augment.LAGS, 60, 3)
    ])  # fmt: skip
    last = (x[:, -1] + 1) * level
    np.testing.assert_allclose((y + 1) * level - last, x[:, 0])
    assert x[:, 0].max() == augment.AHEAD


def test_futures_are_taught_from_the_real_last_months(augment, rows):
    futures = np.repeat(rows[:, None, -1:], 2, axis=1) + np.arange(1, augment.AHEAD + 1)
    x, y = augment._ahead(rows, futures)
    known, level = augment._features(rows[:, -augment.LAGS :], 7)
    at = x[:, 0] == 7
    np.testing.assert_allclose(x[at], np.tile(known, (2, 1)))
    np.testing.assert_allclose((y[at] + 1) * np.tile(level, 2), np.tile(rows[:, -1] + 7, 2))


def test_extra_rows_weigh_as_much_as_the_real_ones_however_many(augment, rows, monkeypatch):
    lightgbm = pytest.importorskip("lightgbm")
    seen = []
    whole = lightgbm.Dataset

    def spied(x, y, weight):
        seen.append(weight)
        return whole(x, y, weight=weight)

    monkeypatch.setattr(lightgbm, "Dataset", spied)
    monkeypatch.setattr(augment, "ROUNDS", 2)
    real = augment._lessons(rows)
    made = augment._boosted(rows, [real, real, real], 0)
    n = len(real[1])
    assert made.shape == (3, augment.AHEAD)
    assert seen[0][:n].sum() == pytest.approx(n)
    assert seen[0][n:].sum() == pytest.approx(n)


def test_the_test_of_gaps_finds_a_shift_and_not_noise(augment):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=400)
    losses = {"real rows alone": noise, "better": noise - 0.2 + 0.1 * rng.normal(size=400)}
    found = augment._row("better", losses)["against real rows alone"]
    assert found["gap"] < -0.15
    assert found["p"] < 1e-6
    assert augment._p(noise - noise.mean()) > 0.9
