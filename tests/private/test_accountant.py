"""What noise costs: the accountant, held against published figures, its own definition and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from synthkit.errors import ConfigError
from synthkit.private.accountant import delta_of, epsilon_of, most_auc, most_found, rho_of


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


@pytest.mark.parametrize("rho", [1e-4, 0.01, 0.3, 2.0, 20.0])
@pytest.mark.parametrize("epsilon", [0.05, 0.5, 3.0, 30.0])
def test_delta_is_the_least_over_all_orders(rho, epsilon):
    """Canonne, Kamath and Steinke (2020), corollary 13, minimised by another algorithm."""

    def log(alpha):
        return (alpha - 1) * (alpha * rho - epsilon) - math.log(alpha - 1) + alpha * math.log1p(-1 / alpha)

    best = min(
        minimize_scalar(lambda t: log(1 + math.exp(t)), bounds=ends, method="bounded", options={"xatol": 1e-12}).fun
        for ends in ((-8, 2), (-3, 8), (2, 14))
    )
    if epsilon > rho:  # below that nothing is promised but that delta is 1 at most
        assert delta_of(rho, epsilon) == pytest.approx(min(1.0, math.exp(best)), rel=1e-6, abs=0)
    assert delta_of(rho, epsilon) <= 1


def test_delta_falls_with_epsilon_and_grows_with_rho_and_what_costs_nothing_gives_nothing():
    deltas = [delta_of(0.1, epsilon) for epsilon in (0.1, 0.5, 1, 2, 4)]
    assert deltas == sorted(deltas, reverse=True) and deltas[0] <= 1
    assert [delta_of(rho, 1.0) for rho in (0.01, 0.1, 1.0)] == sorted(delta_of(rho, 1.0) for rho in (0.01, 0.1, 1.0))
    assert delta_of(0, 1) == delta_of(-1, 1) == epsilon_of(0, 1e-9) == epsilon_of(-1, 1e-9) == 0
    assert 0 < delta_of(1e-3, 1.0) < 1e-6 and delta_of(0.5, 0.1) > 0.1


@pytest.mark.parametrize("delta", [1e-12, 1e-6, 0.01, 0.5])
@pytest.mark.parametrize("rho", [1e-5, 0.02, 0.9, 7.0])
def test_epsilon_is_the_smallest_that_delta_allows_and_rho_the_largest(rho, delta):
    epsilon = epsilon_of(rho, delta)
    assert delta_of(rho, epsilon) <= delta
    assert epsilon < 1e-6 or delta_of(rho, epsilon * (1 - 1e-6)) > delta
    if epsilon > 1e-3:
        found = rho_of(epsilon, delta)
        assert delta_of(found, epsilon) <= delta < delta_of(found * (1 + 1e-6), epsilon)


def test_one_answer_of_a_known_noise_costs_what_the_gaussian_mechanism_does():
    """Balle and Wang (2018): the exact delta of a Gaussian of deviation 5; a bound by zCDP is never below it."""
    from scipy.stats import norm

    s, epsilon = 5.0, 1.0
    exact = norm.cdf(1 / (2 * s) - epsilon * s) - math.exp(epsilon) * norm.cdf(-1 / (2 * s) - epsilon * s)
    assert exact <= delta_of(1 / (2 * s * s), epsilon) < 12 * exact


@pytest.mark.parametrize(("epsilon", "delta"), [(1e-300, 1e-9), (1, 1e-300), (1, 1 - 1e-9), (1e4, 1e-9)])
def test_odd_budgets_are_budgets(epsilon, delta):
    assert 0 <= rho_of(epsilon, delta) <= epsilon + 1


@pytest.mark.parametrize(
    ("epsilon", "delta", "hint"),
    [(0, 1e-9, "above 0"), (-1, 1e-9, "above 0"), (1, 0.0, "1 / rows"), (1, 1.0, "1 / rows"), (1, -0.1, "1 / rows")],
)
def test_the_remedy_is_named(epsilon, delta, hint):
    with pytest.raises(ConfigError) as caught:
        rho_of(epsilon, delta)
    assert hint in caught.value.hint


@pytest.mark.parametrize("delta", [0.0, 1e-6, 0.05, 0.6])
@pytest.mark.parametrize("epsilon", [0.1, 1.0, 4.0])
def test_the_area_is_that_under_the_best_attack_s_curve(epsilon, delta):
    rates = np.linspace(0, 1, 20_001)
    curve = [most_found(rate, epsilon, delta) for rate in rates]
    assert most_auc(epsilon, delta) == pytest.approx(np.trapezoid(curve, rates), abs=1e-6)
    assert curve == sorted(curve) and curve[0] == pytest.approx(min(1, delta)) and curve[-1] == 1


def test_no_attack_beats_both_lines():
    """At most e^epsilon times the false alarms and delta; and of those not found, likewise."""
    assert most_found(0.01, 1, 0.001) == pytest.approx(math.e * 0.01 + 0.001)
    assert most_found(0.5, 1, 0.001) == pytest.approx(1 - (1 - 0.5 - 0.001) / math.e)
    assert most_found(0.9, 1, 0.3) == 1 and most_found(0.0, 3, 0) == 0
