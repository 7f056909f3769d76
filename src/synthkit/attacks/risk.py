"""How often an attacker is right about people in the data, beyond how often about people who never were.

Whatever is guessed as well of people who were not in the data is knowledge of the world, and no leak. So each share of
right guesses on train rows (main) stands beside that on as many held-out rows (control), and beside that of guesses
that used nothing of the table's relations (baseline).

References: Article 29 Working Party (2014), opinion 05/2014 on anonymisation techniques.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.metrics import _intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LIMIT", "Risk", "Share", "risk", "worst"]

LIMIT: Final = 0.1
"""Excess of right guesses that is still bearable; health agencies use 0.09 for identity disclosure."""


@dataclass(frozen=True, slots=True)
class Share:
    """Right guesses.

    Args:
        right: how many.
        n: of so many.
        ci: of their share (Wilson).
    """

    right: int
    n: int
    ci: tuple[float, float]

    @property
    def share(self) -> float:
        """Of all guesses."""
        return self.right / self.n

    @classmethod
    def of(cls, right: NDArray[np.bool_]) -> Share:
        """From guess by guess."""
        return cls(int(right.sum()), len(right), _intervals.wilson(int(right.sum()), len(right)))


@dataclass(frozen=True, slots=True)
class Risk:
    """One criterion.

    Args:
        name: singling out, linkability, inference; and what of.
        main: guesses about train rows.
        control: about rows held out.
        baseline: guesses without the table's relations, about train rows.
        excess: main less control: the share of people who are guessed because they were in the data.
        ci: its interval, of both shares together.
    """

    name: str
    main: Share
    control: Share
    baseline: Share
    excess: float
    ci: tuple[float, float]

    @property
    def tried(self) -> bool:
        """Whether the attack is any better than guessing: if not, a small excess says little."""
        return self.main.ci[1] > self.baseline.share


def risk(name: str, main: NDArray[Any], control: NDArray[Any], baseline: NDArray[Any]) -> Risk:
    """From guesses that were right or wrong.

    References: Newcombe (1998), method 10, for the interval of the difference.
    """
    one, other, base = (Share.of(np.asarray(side, bool)) for side in (main, control, baseline))
    gap = one.share - other.share
    low = gap - math.hypot(one.share - one.ci[0], other.ci[1] - other.share)
    high = gap + math.hypot(one.ci[1] - one.share, other.share - other.ci[0])
    return Risk(name, one, other, base, gap, (low, high))


def worst(guesses: dict[str, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]], name: str) -> Risk:
    """The one whose excess is largest on every other guess, as it is on the rest: a maximum without its luck."""
    first = {key: risk(key, *(side[::2] for side in sides)) for key, sides in guesses.items()}
    key = max(first, key=lambda each: first[each].excess)
    return risk(f"{name}: {key}" if len(guesses) > 1 else name, *(side[1::2] for side in guesses[key]))
