"""How sure a figure is: Wilson, DeLong, order statistics, the delete-a-group jackknife, means over folds. All 95 %."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "auc",
    "clopper_pearson",
    "corrected",
    "delong",
    "delong_gap",
    "groups",
    "jackknife",
    "median",
    "placements",
    "wilson",
]

Interval = tuple[float, float]
Z = 1.959963984540054
GROUPS = 20


def wilson(successes: float, n: int) -> Interval:
    """The interval of a share, sane at 0 and at 1.

    >>> low, high = wilson(0, 100)
    >>> round(low, 4), round(high, 4)
    (0.0, 0.037)

    References: Wilson (1927).
    """
    share, z2 = successes / n, Z * Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def clopper_pearson(successes: int, n: int) -> Interval:
    """The exact interval of a share, which holds it at least as often as it says.

    >>> low, high = clopper_pearson(0, 100)
    >>> round(low, 4), round(high, 4)
    (0.0, 0.0362)

    References: Clopper and Pearson (1934).
    """
    from scipy.special import betaincinv

    low = float(betaincinv(successes, n - successes + 1, 0.025)) if successes else 0.0
    high = float(betaincinv(successes + 1, n - successes, 0.975)) if successes < n else 1.0
    return low, high


def median(values: NDArray[np.float64]) -> tuple[float, Interval]:
    """The median and the order statistics that hold it, whatever the distribution."""
    ranked, n = np.sort(values), len(values)
    half = Z * math.sqrt(n) / 2
    low, high = max(0, math.floor(n / 2 - half)), min(n - 1, math.ceil(n / 2 + half))
    return float(np.median(ranked)), (float(ranked[low]), float(ranked[high]))


def groups(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The group of each of `n` rows: equal sizes, at random."""
    return np.asarray(rng.permutation(n) % GROUPS, dtype=np.int64)


def jackknife(value: float, left_out: NDArray[np.float64], low: float = -math.inf, high: float = math.inf) -> Interval:
    """The interval of `value` from its values with each group of rows left out in turn, cut to [low, high].

    Deleting whole groups, unlike single rows, is also valid for figures that are not smooth in the rows, such as a
    maximum or a nearest neighbour.

    References: Shao and Wu (1989).
    """
    from scipy.special import stdtrit

    count = len(left_out)
    spread = math.sqrt((count - 1) / count * float(((left_out - left_out.mean()) ** 2).sum()))
    half = float(stdtrit(count - 1, 0.975)) * spread
    return max(low, value - half), min(high, value + half)


def corrected(
    values: NDArray[np.float64],
    ratio: float,
    *,
    count: int | None = None,
    low: float = -math.inf,
    high: float = math.inf,
) -> tuple[float, Interval]:
    """The mean over folds and its interval, cut to [low, high].

    Folds share rows, so their values vary less than those of fresh rows would: the variance of the mean of J values is
    taken to be (1 / J + held out / learned from) times theirs, and not 1 / J of it, with J - 1 degrees of freedom.

    Args:
        values: (J,) of each fold, two at least.
        ratio: rows held out for each row learned from.
        count: of folds that the interval is for, where it is foreseen from fewer; as many as there are by default.
        low, high: what the figure cannot pass.

    >>> mean, (lower, upper) = corrected(np.array([0.50, 0.52, 0.54, 0.50, 0.54]), 0.25)
    >>> round(mean, 3), round(lower, 3), round(upper, 3)
    (0.52, 0.483, 0.557)

    References: Nadeau and Bengio (2003), Inference for the generalization error.
    """
    from scipy.special import stdtrit

    count = count or len(values)
    mean = float(np.mean(values))
    half = float(stdtrit(count - 1, 0.975)) * math.sqrt((1 / count + ratio) * float(np.var(values, ddof=1)))
    return mean, (max(low, mean - half), min(high, mean + half))


def auc(members: NDArray[Any], others: NDArray[Any]) -> float:
    """The probability that a member scores above another, ties counting half."""
    return float(placements(members, others)[0].mean())


def delong(members: NDArray[Any], others: NDArray[Any]) -> tuple[float, Interval]:
    """The AUC and its interval.

    References: DeLong, DeLong and Clarke-Pearson (1988), in the O(n log n) form of Sun and Xu (2014).
    """
    above, below = placements(members, others)
    value = float(above.mean())
    half = Z * math.sqrt(_variance(above) + _variance(below))
    return value, (max(0.0, value - half), min(1.0, value + half))


def delong_gap(
    first: tuple[NDArray[Any], NDArray[Any]], second: tuple[NDArray[Any], NDArray[Any]]
) -> tuple[float, Interval]:
    """AUC of the first scores less AUC of the second, on the same rows, and the interval of that difference.

    Args:
        first: scores of the members and of the others by the first model.
        second: scores of the same members and others by the second.
    """
    above, below = (a - b for a, b in zip(placements(*first), placements(*second), strict=True))
    value = float(above.mean())
    half = Z * math.sqrt(_variance(above) + _variance(below))
    return value, (value - half, value + half)


def placements(members: NDArray[Any], others: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each member the share of others below it, for each other the share of members above it; ties count half."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([members, others]))
    m, n = len(members), len(others)
    above = (ranks[:m] - rankdata(members)) / n
    below = 1 - (ranks[m:] - rankdata(others)) / m
    return above, below


def _variance(placements: NDArray[np.float64]) -> float:
    """Of the mean."""
    return float(placements.var(ddof=1) / len(placements)) if len(placements) > 1 else 0.0
