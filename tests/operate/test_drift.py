"""Drift: intervals that hold, laws that do not cry wolf, and bins that show nobody."""

from __future__ import annotations

import numpy as np
import pytest

from synthkit.data.schema import Column
from synthkit.metrics._codes import Coded
from synthkit.operate._drift_bins import of_profile, of_rows
from synthkit.operate._drift_structure import novelties
from synthkit.operate.drift import column_drift, psi, psi_interval

AGE, JOB = Column("age", "numeric"), Column("job", "categorical")


def coded(**columns: np.ndarray) -> Coded:
    rows = len(next(iter(columns.values())))
    numbers = {n: v for n, v in columns.items() if v.dtype.kind == "f"}
    codes = {n: v for n, v in columns.items() if v.dtype.kind == "i"}
    missing = {n: np.isnan(v) if n in numbers else v == 0 for n, v in columns.items()}
    return Coded(rows, numbers, codes, missing, dict.fromkeys(codes, 6))


def pair(rng: np.random.Generator, new: int, *, shift: float = 0.0, gone: float = 0.05) -> list:
    def side(n: int, shift: float, gone: float) -> Coded:
        age = np.where(rng.random(n) < gone, np.nan, rng.normal(shift, 1, n))
        return coded(age=age, job=rng.choice(6, n, p=[0.02, 0.5, 0.3, 0.1, 0.05, 0.03]))

    base, came = side(2000, 0.0, 0.05), side(new, shift, gone)
    return [of_rows(column, base, came) for column in (AGE, JOB)]


def drifts(counts: list, seed: int = 0):
    return {d.column: d for d in column_drift(counts, seed=seed, judged=["age", "job"])}


@pytest.mark.parametrize("new", [60, 500])
def test_no_drift_is_rarely_called_drift(rng_of, new):
    """Five tests share 5 %: of 100 pairs of samples of one law, no more than a tenth may be called drift."""
    alarms = [any(d.seen for d in drifts(pair(rng_of(i), new), i).values()) for i in range(100)]
    assert sum(alarms) <= 10


def test_what_moved_is_seen_and_only_that(rng_of):
    found = drifts(pair(rng_of(1), 400, shift=0.5))
    assert found["age"].seen and found["age"].distance > found["age"].distance_chance
    assert not found["job"].seen
    assert drifts(pair(rng_of(2), 400, gone=0.3))["age"].seen  # missing cells are a bin of their own


def test_the_interval_holds_the_true_index(rng_of):
    """Of two laws whose index is known, at two standard errors: 95 of 100, give or take."""
    p, q = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.25, 0.25, 0.25, 0.25])
    true, held = float(((p - q) * np.log(p / q)).sum()), 0
    for i in range(300):
        low, high = psi_interval(rng_of(i).multinomial(3000, p), rng_of(i + 999).multinomial(400, q), 1.96)
        held += low <= true <= high
    assert 275 <= held <= 297


def test_the_bias_of_small_samples_is_taken_off(rng_of):
    """The plain index of one law is far above 0 at 60 rows; half of the debiased intervals' middles lie below."""
    p = np.full(10, 0.1)
    draws = [(rng_of(i).multinomial(2000, p), rng_of(i + 999).multinomial(60, p)) for i in range(200)]
    assert np.mean([psi(*d) for d in draws]) > 0.1
    assert np.mean([psi_interval(*d, 0.0)[1] == 0 for d in draws]) > 0.4


def test_pictures_show_no_bin_that_few_rows_share(rng_of):
    shares = [0.1] * 10
    profile = {"edges": [float(e) for e in range(11)], "real": shares, "synthetic": shares, "missing": {"real": 0.0}}
    for n in (7, 23, 60):
        came = coded(age=rng_of(n).uniform(0, 10, n))
        picture = of_profile(AGE, came, profile, {}, 1000).picture
        counts = np.rint(np.array(picture["synthetic"]) * n)
        assert counts.sum() == n and all(c == 0 or c >= 5 for c in counts)
    levels = {"levels": ["a", "b", "c"], "real": [0.5, 0.3, 0.2], "synthetic": [0.5, 0.3, 0.2]}
    came = coded(job=np.array([1] * 20 + [2] * 12 + [3] * 2 + [5] * 1))
    picture = of_profile(JOB, came, levels, {"a": 1, "b": 2, "c": 3}, 1000).picture
    counts = np.rint(np.array(picture["synthetic"]) * 35)
    assert all(c == 0 or c >= 5 for c in counts) and "c" not in picture["levels"]


@pytest.fixture
def rng_of():
    return np.random.default_rng


def test_a_rare_category_that_a_model_kept_to_itself_is_not_gained():
    """Seven in 1,000 new rows may have been four in 3,000 old ones, and cannot have been none of them."""
    base, came = coded(job=np.repeat([1, 2], 500)), coded(job=np.repeat([1, 9], [993, 7]))
    gained = [novelties(base, came, learned=3000, hidden=hidden)[0].gained for hidden in (0, 4)]
    assert gained == [True, False]
    assert novelties(base, coded(job=np.repeat([1, 9], [950, 50])), learned=3000, hidden=4)[0].gained
