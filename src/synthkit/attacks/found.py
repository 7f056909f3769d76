"""What an attack achieves, with how sure that is, and the choice of the best one without its luck."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _intervals
from synthkit.metrics.privacy.membership import found_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Caught", "Found", "Scores", "chosen", "found", "halves"]

RATES: Final = (0.10, 0.01, 0.001)
DRAWS: Final = 400
POWER: Final = 0.8416212335729143
"""Standard deviations for a power of 80 %."""

Scores = tuple["NDArray[np.float64]", "NDArray[np.float64]"]
"""Of the members and of the outsiders; higher for members."""


@dataclass(frozen=True, slots=True)
class Caught:
    """Members found while so many outsiders are called members too.

    Args:
        rate: share of the outsiders that are called members.
        share: of the members that are found; `rate` is guessing.
        ci: its interval, over draws of members and outsiders.
        told: whether there are enough outsiders (ten beyond the threshold) for it to say anything.
    """

    rate: float
    share: float
    ci: tuple[float, float]
    told: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What one attack achieves.

    Args:
        attack: its name.
        auc: 0.5 is guessing.
        ci: its interval (DeLong).
        caught: members found at fixed rates of false alarms.
        members, outsiders: how many were asked about.
        least: the smallest AUC that so many rows show with a power of 80 %.
    """

    attack: str
    auc: float
    ci: tuple[float, float]
    caught: tuple[Caught, ...]
    members: int
    outsiders: int
    least: float


def halves(scores: Scores, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which members and which outsiders the best attack is chosen on; it is reported on the others."""
    rng = rng_.stream(seed, "attack", "halves")
    inside, outside = (rng.permutation(len(side)) % 2 == 0 for side in scores)
    return inside, outside


def chosen(scores: Mapping[str, Scores], seed: int) -> Found:
    """The attack that does best on one half of the targets, as it does on the other."""
    inside, outside = halves(next(iter(scores.values())), seed)
    best = max(scores, key=lambda name: _intervals.auc(scores[name][0][inside], scores[name][1][outside]))
    return found(best, (scores[best][0][~inside], scores[best][1][~outside]), seed)


def found(name: str, scores: Scores, seed: int) -> Found:
    """What the scores come to."""
    inside, outside = scores
    auc, ci = _intervals.delong(inside, outside)
    m, n = len(inside), len(outside)
    spread = math.sqrt((m + n + 1) / (12 * m * n))
    rng = rng_.stream(seed, "attack", "draws", name)
    caught = tuple(_caught(inside, outside, rate, rng) for rate in RATES)
    return Found(name, auc, ci, caught, m, n, 0.5 + (_intervals.Z + POWER) * spread)


def _caught(inside: NDArray[np.float64], outside: NDArray[np.float64], rate: float, rng: np.random.Generator) -> Caught:
    """The share found at one rate of false alarms; the interval draws both sides anew, and holds Wilson's."""
    share = found_at(inside, outside, rate)
    drawn = [found_at(rng.choice(inside, len(inside)), rng.choice(outside, len(outside)), rate) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    least, most = _intervals.wilson(share * len(inside), len(inside))
    return Caught(rate, share, (min(float(low), least), max(float(high), most)), rate * len(outside) >= 10)
