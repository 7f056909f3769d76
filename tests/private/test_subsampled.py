"""What many noisy sums over samples cost together."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from synthkit.errors import ConfigError, MissingExtra
from synthkit.private import subsampled
from synthkit.private.accountant import epsilon_of
from synthkit.private.subsampled import affordable, epsilon_of_steps, multiplier_for

ASK = {"rate": 1.0, "steps": 40}  # over everybody: quick to account for


@pytest.mark.parametrize(("epsilon", "rho", "steps"), [(1.0, 0.002, 40), (12.0, 0.0, 1), (0.1, 0.0, 40)])
def test_it_is_the_least_noise_to_a_thousandth(epsilon, rho, steps):
    """Where it is below one too: the second is 0.49."""
    found = multiplier_for(epsilon, 1e-6, rate=1.0, rho=rho, steps=steps)
    assert epsilon_of_steps(found, rate=1.0, rho=rho, steps=steps, delta=1e-6) <= epsilon
    assert epsilon_of_steps(found * 0.998, rate=1.0, rho=rho, steps=steps, delta=1e-6) > epsilon


def test_samples_cost_less_than_everybody_and_steps_add_up():
    cost = {
        (rate, steps): epsilon_of_steps(3.0, rate=rate, steps=steps, rho=0.0, delta=1e-6)
        for rate in (0.05, 1.0) for steps in (10, 40)
    }  # fmt: skip
    assert cost[0.05, 40] < cost[1.0, 40] / 10 and cost[1.0, 10] < cost[1.0, 40] / 1.5
    assert cost[1.0, 40] == pytest.approx(epsilon_of(40 / 18, 1e-6), rel=0.003)


def test_orders_are_above_one_ascend_and_leave_no_wide_gap():
    """At an order of one or less nothing is bounded; steps of a fifth, one, a quarter of an octave will do."""
    orders = np.array(subsampled._ORDERS, float)
    widest = np.where(orders < 12, 0.2, np.where(orders < 64, 1, orders * (2**0.25 - 1) + 1))[:-1]
    steps = np.diff(orders)
    assert orders[0] == pytest.approx(1.1) and orders[-1] == 1024
    assert (steps > 0.01).all() and (steps <= widest + 1e-9).all()


def test_a_single_sum_over_everybody_is_a_gaussian():
    for multiplier in (1.0, 3.0, 20.0):
        found = epsilon_of_steps(multiplier, rate=1.0, steps=1, rho=0.0, delta=1e-6)
        assert epsilon_of(1 / (2 * multiplier**2), 1e-6) == pytest.approx(found, rel=0.01)
        both = epsilon_of_steps(multiplier, rate=1.0, steps=1, rho=0.05, delta=1e-6)
        assert epsilon_of(0.05 + 1 / (2 * multiplier**2), 1e-6) == pytest.approx(both, rel=0.01)


def test_small_epsilons_and_large_ones_have_an_order_that_tells_them():
    """The best order grows as epsilon falls; a grid too coarse or too short would ask for noise without need."""
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
