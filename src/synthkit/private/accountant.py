"""How much noise a privacy budget pays for: zero-concentrated differential privacy, composed by adding.

A Gaussian of variance s² on a query whose value one unit moves by at most d costs d²/(2s²); an exponential mechanism
with parameter e costs e²/8. The sum of all costs, rho, is then turned into (epsilon, delta).

References: Bun and Steinke (2016); Canonne, Kamath and Steinke (2020), proposition 12; Cesar and Rogers (2021).
"""

from __future__ import annotations

import math

from synthkit.errors import ConfigError

__all__ = ["delta_of", "epsilon_of", "rho_of"]


def delta_of(rho: float, epsilon: float) -> float:
    """The smallest delta with which rho-zCDP is (epsilon, delta)-DP.

    >>> round(delta_of(0.015, 1.0) * 1e9, 3) > 1, delta_of(0.0, 1.0)
    (True, 0.0)
    """
    if rho <= 0:
        return 0.0
    low, high = 1.01, (epsilon + 1) / (2 * rho) + 2  # the best order alpha lies between
    for _ in range(200):
        alpha = (low + high) / 2
        slope = (2 * alpha - 1) * rho - epsilon + math.log1p(-1 / alpha)
        low, high = (alpha, high) if slope < 0 else (low, alpha)
    alpha = (low + high) / 2
    log = (alpha - 1) * (alpha * rho - epsilon) + alpha * math.log1p(-1 / alpha)
    return min(1.0, math.exp(min(0.0, log)) / (alpha - 1))


def epsilon_of(rho: float, delta: float) -> float:
    """The smallest epsilon with which rho-zCDP is (epsilon, delta)-DP."""
    if rho <= 0:
        return 0.0
    low, high = 0.0, rho + 2 * math.sqrt(rho * math.log(1 / delta)) + 1
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if delta_of(rho, middle) <= delta else (middle, high)
    return high


def rho_of(epsilon: float, delta: float) -> float:
    """The largest rho that stays within (epsilon, delta).

    >>> rho = rho_of(1.0, 1e-9)
    >>> round(rho, 4), abs(epsilon_of(rho, 1e-9) - 1) < 1e-6
    (0.015, True)

    Raises:
        ConfigError: epsilon is not above 0, or delta not between 0 and 1.
    """
    if not 0 < epsilon < math.inf:
        raise ConfigError(f"epsilon = {epsilon:g} is no privacy budget", hint="give a number above 0, such as 1")
    if not 0 < delta < 1:
        raise ConfigError(f"delta = {delta:g} is no probability", hint="give a number far below 1 / rows, such as 1e-9")
    low, high = 0.0, epsilon + 1
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(middle, epsilon) <= delta else (low, middle)
    return low


def most_found(rate: float, epsilon: float, delta: float) -> float:
    """The largest share of members that any attack finds while it calls `rate` of the others members too.

    >>> round(most_found(0.1, 1.0, 0.0), 3), round(most_found(0.01, 1.0, 0.0), 3)
    (0.272, 0.027)

    References: Kairouz, Oh and Viswanath (2015).
    """
    grow = math.exp(epsilon)
    return min(1.0, grow * rate + delta, 1 - (1 - rate - delta) / grow)


def most_auc(epsilon: float, delta: float) -> float:
    """The largest area under the curve of any attack: that of the curve through `most_found` at every rate.

    >>> round(most_auc(1.0, 0.0), 3), round(most_auc(8.0, 0.0), 3)
    (0.731, 1.0)
    """
    turn = (1 - delta) / (1 + math.exp(epsilon))  # where the two lines meet: (turn, 1 - turn)
    rising = turn * (delta + 1 - turn) / 2
    flat_from = max(turn, 1 - delta)
    falling = (flat_from - turn) * (1 - turn + 1) / 2
    return min(1.0, rising + falling + (1 - flat_from))
