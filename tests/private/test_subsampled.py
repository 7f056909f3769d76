"""What many noisy sums over samples cost together."""

from __future__ import annotations

import math
import sys

import pytest

from synthkit.errors import ConfigError, MissingExtra
from synthkit.private.accountant import epsilon_of
from synthkit.private.subsampled import affordable, epsilon_of_steps, multiplier_for

ASK = {"rate": 0.05, "steps": 40}


def test_it_is_the_least_noise_to_a_thousandth():
    found = multiplier_for(1.0, 1e-6, rho=0.002, **ASK)
    assert epsilon_of_steps(found, rho=0.002, delta=1e-6, **ASK) <= 1.0
    assert epsilon_of_steps(found * 0.998, rho=0.002, delta=1e-6, **ASK) > 1.0


def test_a_single_sum_over_everybody_is_a_gaussian():
    for multiplier in (1.0, 3.0, 20.0):
        found = epsilon_of_steps(multiplier, rate=1.0, steps=1, rho=0.0, delta=1e-6)
        assert epsilon_of(1 / (2 * multiplier**2), 1e-6) == pytest.approx(found, rel=0.01)
        both = epsilon_of_steps(multiplier, rate=1.0, steps=1, rho=0.05, delta=1e-6)
        assert epsilon_of(0.05 + 1 / (2 * multiplier**2), 1e-6) == pytest.approx(both, rel=0.01)


def test_small_epsilons_and_large_ones_have_an_order_that_tells_them():
    """The best order grows as epsilon falls; a grid too coarse, or too short, would ask for noise that is not needed."""
    for rho in (1e-5, 1e-4, 1e-3, 0.01, 0.1, 1.0, 5.0, 10.0, 30.0):
        alone = epsilon_of_steps(1e4, rate=1e-3, steps=1, rho=rho, delta=1e-6)
        assert epsilon_of(rho, 1e-6) == pytest.approx(alone, rel=0.003)


def test_without_opacus_it_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "opacus.accountants.analysis", None)
    with pytest.raises(MissingExtra, match=r"synthkit\[private\]"):
        affordable(1.0, 1e-6, rho=0.0, **ASK)


def test_what_no_noise_pays_for_is_refused_and_the_remedy_named():
    least = epsilon_of_steps(2.0**13, rho=0.0, delta=1e-6, **ASK)
    affordable(least, 1e-6, rho=0.0, **ASK)
    for ask in (affordable, multiplier_for):
        with pytest.raises(ConfigError, match="too little for 40 steps") as refused:
            ask(least * 0.999, 1e-6, rho=0.0, **ASK)
        assert "aim" in refused.value.hint
    with pytest.raises(ConfigError, match="too little"):
        affordable(1.0, 1e-6, rho=0.5, **ASK), "counts before it spent too much"
    assert math.isfinite(multiplier_for(least * 1.01, 1e-6, rho=0.0, **ASK))
