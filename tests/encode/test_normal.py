"""NormalScores: uniform places, normal scores, and the same arrays back."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from synthkit.encode.encoder import Encoder
from synthkit.encode.normal import NormalScores
from synthkit.testing._tables import mixed


@pytest.fixture(scope="module")
def scored():
    table = mixed(3000)
    encoder = Encoder.learn(table, np.random.default_rng(0))
    arrays = encoder.encode(table, np.random.default_rng(1))
    laws = NormalScores.learn(encoder, arrays)
    return laws, arrays, laws.encode(arrays, np.random.default_rng(2))


def test_scores_are_standard_normal(scored):
    _, arrays, scores = scored
    assert list(scores) == list(arrays)
    for name, score in scores.items():
        assert np.isfinite(score).all()
        assert kstest(score, "norm").pvalue > 1e-4, name


def test_decode_gives_the_arrays_back(scored):
    laws, arrays, scores = scored
    back = laws.decode(scores)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        # An interval end can fall to its neighbour by rounding, and 4.75 standard deviations are as far as scores go.
        same = (back[name] == array) | ((back[name] != back[name]) & (array != array))
        assert same.mean() > 0.999, name


def test_fresh_normal_draws_follow_the_laws(scored):
    laws, arrays, _ = scored
    n = 20_000
    rng = np.random.default_rng(3)
    drawn = laws.decode({name: rng.normal(size=n) for name in arrays})
    for name, array in arrays.items():
        if array.dtype == np.int32:
            values, counts = np.unique(array, return_counts=True)
            for value, p in zip(values, counts / len(array), strict=True):
                found = float((drawn[name] == value).mean())
                assert found == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / n) + 1e-6), name
        else:
            p = np.isnan(array).mean()
            assert np.isnan(drawn[name]).mean() == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / n) + 1e-6)
            assert np.isin(drawn[name][np.isfinite(drawn[name])], array).all()


def test_scores_far_out_stay_on_the_support(scored):
    laws, arrays, _ = scored
    ends = laws.decode({name: np.array([-40.0, 40.0]) for name in arrays})
    for name, array in arrays.items():
        known = array[np.isfinite(array)]
        assert all(v in known or np.isnan(v) for v in ends[name].astype(float)), name
