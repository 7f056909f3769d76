"""What many noisy sums over random samples of the people cost together, by Renyi differential privacy.

References: Abadi and others (2016), deep learning with differential privacy; Mironov, Talwar and Zhang (2019).
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Final

import numpy as np

from synthkit.errors import ConfigError, MissingExtra

__all__ = ["affordable", "epsilon_of_steps", "multiplier_for"]

_ORDERS: Final = (*np.arange(1.1, 12, 0.2), *range(12, 64), *(round(64 * 2 ** (at / 4)) for at in range(17)))
"""Each gives a bound, and the least counts; high ones take long, and are of use for the smallest epsilons alone."""
_MOST: Final = 2.0**13
"""Times a unit's reach: more noise than that is no answer."""


def epsilon_of_steps(multiplier: float, *, rate: float, steps: int, rho: float, delta: float) -> float:
    """Epsilon of sums whose noise is `multiplier` times what one unit may add, after answers that cost rho.

    Args:
        multiplier: standard deviation of the noise over the largest norm of one unit.
        rate: chance of a unit to be in a sample; each falls a coin of its own.
        steps: samples.
        rho: of everything else that was asked.
        delta: of all together.

    Raises:
        MissingExtra: opacus is not there.
    """
    try:
        from opacus.accountants.analysis import rdp
    except ImportError:
        raise MissingExtra("opacus", "private") from None
    of_steps = rdp.compute_rdp(q=rate, noise_multiplier=multiplier, steps=steps, orders=list(_ORDERS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the best order is the last: the bound holds all the same
        found, _ = rdp.get_privacy_spent(
            orders=list(_ORDERS), rdp=np.asarray(of_steps) + rho * np.array(_ORDERS), delta=delta
        )
    return float(found)


def affordable(epsilon: float, delta: float, *, rate: float, steps: int, rho: float) -> None:
    """Make sure that some noise suffices; it can be asked before anything is charged.

    Raises:
        ConfigError: none does.
        MissingExtra: opacus is not there.
    """
    if epsilon_of_steps(_MOST, rate=rate, steps=steps, rho=rho, delta=delta) > epsilon:
        raise ConfigError(f"epsilon = {epsilon:g} is too little for {steps} steps", hint="use --model aim")


@cache
def multiplier_for(epsilon: float, delta: float, *, rate: float, steps: int, rho: float) -> float:
    """The least noise, to a thousandth, with which all together stay within (epsilon, delta).

    Raises:
        ConfigError: there is none.
        MissingExtra: opacus is not there.
    """
    affordable(epsilon, delta, rate=rate, steps=steps, rho=rho)
    low, high = 0.1, 1.0
    while epsilon_of_steps(high, rate=rate, steps=steps, rho=rho, delta=delta) > epsilon:
        low, high = high, 2 * high
    while high / low > 1.001:
        middle = (low * high) ** 0.5
        fits = epsilon_of_steps(middle, rate=rate, steps=steps, rho=rho, delta=delta) <= epsilon
        low, high = (low, middle) if fits else (middle, high)
    return high
