"""Noise is what it says it is, to the bit, and comes from no seed."""

from __future__ import annotations

import inspect
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from synthkit.errors import ConfigError
from synthkit.private import noise as noise_module
from synthkit.private.accountant import delta_of, epsilon_of, most_auc, most_found, rho_of
from synthkit.private.noise import Noise


@pytest.mark.parametrize("variance", [0.3, 1.0, 42.5, 2.0e4, 3.0e9])
def test_the_discrete_gaussian_has_its_law(variance):
    drawn = Noise().gaussian(20_000 if variance < 1e9 else 3_000, variance)
    assert drawn.dtype == np.int64
    variance = math.ceil(variance * 16) / 16
    reach = math.ceil(12 * math.sqrt(variance))
    if reach < 200:  # bin by bin
        support = np.arange(-reach, reach + 1)
        law = np.exp(-(support**2) / (2 * variance))
        expected = law / law.sum() * len(drawn)
        found = np.bincount(drawn + reach, minlength=len(support))
        big = expected > 5
        p = stats.chisquare(
            np.append(found[big], found[~big].sum()), np.append(expected[big], expected[~big].sum())
        ).pvalue
    else:  # so wide that the steps of one are not seen
        p = stats.kstest(
            (drawn + np.random.default_rng(0).random(len(drawn)) - 0.5) / math.sqrt(variance), "norm"
        ).pvalue
    assert p > 1e-6


def test_a_choice_is_exponential_in_its_score():
    noise, n = Noise(), 8_000
    found = np.bincount([noise.choice([0, 3, 10, -5], Fraction(1, 4)) for _ in range(n)], minlength=4)
    weights = np.exp(np.array([0, 3, 10, -5]) / 4)
    assert stats.chisquare(found, weights / weights.sum() * n).pvalue > 1e-6


def test_noise_is_not_seeded():
    """Neither numpy's global state nor any seed makes two draws equal."""
    drawn = []
    for _ in range(2):
        np.random.seed(0)  # noqa: NPY002
        drawn.append(Noise().gaussian(50, 100.0))
    assert not np.array_equal(*drawn)
    assert "seed" not in inspect.signature(Noise).parameters and "np.random" not in inspect.getsource(noise_module)


def test_the_accountant_agrees_with_published_figures():
    # Canonne, Kamath and Steinke (2020): rho-zCDP gives (rho + 2 sqrt(rho log(1/delta)), delta), and better
    for rho, delta in ((0.1, 1e-6), (0.5, 1e-9), (0.0137, 1e-9)):
        loose = rho + 2 * math.sqrt(rho * math.log(1 / delta))
        assert 0.8 * loose < epsilon_of(rho, delta) < loose
        assert delta_of(rho, epsilon_of(rho, delta)) <= delta
        assert rho_of(epsilon_of(rho, delta), delta) == pytest.approx(rho, rel=1e-6)
    # the anchors of pure differential privacy
    limits = {0.5: (0.165, 0.016, 0.622), 1: (0.272, 0.027, 0.731), 2: (0.739, 0.074, 0.881), 3: (0.955, 0.201, 0.953)}
    for epsilon, (ten, one, auc) in limits.items():
        assert most_found(0.1, epsilon, 0) == pytest.approx(ten, abs=6e-4)
        assert most_found(0.01, epsilon, 0) == pytest.approx(one, abs=6e-4)
        assert most_auc(epsilon, 0) == pytest.approx(auc, abs=6e-4)


@pytest.mark.parametrize(
    ("epsilon", "delta"), [(0, 1e-9), (-1, 1e-9), (math.inf, 1e-9), (1, 0), (1, 1), (math.nan, 0.1)]
)
def test_a_budget_that_makes_no_sense_is_refused(epsilon, delta):
    with pytest.raises(ConfigError, match=r"epsilon|delta"):
        rho_of(epsilon, delta)


def test_the_noise_of_a_sum_is_gaussian_and_never_infinite():
    drawn = Noise().hide_real(np.full(50_000, 3.0), 1.0, 2.0)
    assert stats.kstest((drawn - 3) / 2, "norm").pvalue > 1e-4
    for word in (b"\x00" * 8, b"\xff" * 8, b"\xfb" + b"\xff" * 7):
        ends = Noise(lambda n, word=word: word * (n // 8)).hide_real(np.zeros(2), 1.0, 1.0)
        assert np.isfinite(ends).all() and np.abs(ends).max() < 10
