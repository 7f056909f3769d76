"""Noise that hides a person: whole numbers, exact to the bit, from the operating system's generator and from no seed.

Floating-point noise has gaps that give the true value away (Mironov 2012), and a seed that is known takes the noise off
again. So each draw here is made of fair random bits by comparisons of whole numbers alone.

References: Canonne, Kamath and Steinke (2020), The discrete Gaussian for differential privacy.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SLACK", "Bits", "Noise"]

Bits = Callable[[int], bytes]
"""So many random bytes."""

SLACK: Final = 2.0**-80
"""By which the chances of a choice may be off; far below any delta."""

_WORD: Final = 2**62
_PLACES: Final = 60
_STEPS: Final = 16
"""Parts of one in which variances are counted."""


class Noise:
    """Draws for the answers to questions about people.

    Args:
        bits: where random bytes come from. Only tests pass anything: a recorded sequence, to compare two data sets.
    """

    def __init__(self, bits: Bits = os.urandom) -> None:
        self._bits = bits

    def hide(self, counts: NDArray[np.int64], variance: float) -> NDArray[np.int64]:
        """Counts with noise: here a true count is turned into what may be told."""
        return np.asarray(counts + self.gaussian(counts.size, variance).reshape(counts.shape))

    def hide_real(self, total: NDArray[np.float64], reach: float, sd: float) -> NDArray[np.float64]:
        """A sum that one unit moves by at most `reach`, with a Gaussian of that standard deviation.

        In floating point, and so not exact to the last bit; but made of the operating system's bits as all others are.
        Half of the law is drawn, and then the sign: numbers near 0 lie closer than near 1, where a tail is coarse.
        """
        del reach  # for whoever listens
        from scipy.special import ndtri

        words = self._words(total.size)
        half = -ndtri((words // 2 + 0.5) / _WORD)
        return np.asarray(total + sd * np.where(words % 2 == 1, -half, half).reshape(total.shape))

    def gaussian(self, n: int, variance: float) -> NDArray[np.int64]:
        """(n,) draws of the discrete Gaussian, whose variance is rounded up to a sixteenth.

        A discrete Laplace of scale t is drawn and kept with probability exp(-(|x| - v/t)² / 2v).
        """
        parts = max(1, math.ceil(variance * _STEPS))
        scale = math.isqrt(parts // _STEPS) + 1
        drawn: list[NDArray[Any]] = []
        missing = n
        while missing:
            x = self._laplace(missing + missing // 2 + 8, scale)
            wide = x.astype(object) if scale > 2**13 else x  # whole numbers of any size where 63 bits do not suffice
            above = (np.abs(wide) * scale * _STEPS - parts) ** 2
            kept = x[self._exp(above, 2 * parts * _STEPS * scale * scale)][:missing]
            drawn.append(kept)
            missing -= len(kept)
        return np.concatenate(drawn) if drawn else np.zeros(0, np.int64)

    def choice(self, scores: Sequence[int], rate: Fraction) -> int:
        """A place, with a probability in proportion to exp(rate * score).

        The weights are whole numbers of 128 bits, and off by less than `SLACK`.
        """
        with localcontext() as context:
            context.prec = _PLACES
            factor = Decimal(rate.numerator) / Decimal(rate.denominator)
            best = max(scores)
            weights = [1 + int((factor * (score - best)).exp() * 2**128) for score in scores]
        at = self._below(sum(weights))
        for place, weight in enumerate(weights):
            at -= weight
            if at < 0:
                return place
        return len(weights) - 1

    def shares(self, n: int, share: float) -> NDArray[np.bool_]:
        """(n,) coins that fall True with this probability, rounded to 62 bits."""
        return np.asarray(self._words(n) < int(share * _WORD))

    def _below(self, n: int) -> int:
        """A whole number below n of any size."""
        size = n.bit_length()
        while True:
            found = int.from_bytes(self._bits((size + 7) // 8), "big") >> (-size % 8)
            if found < n:
                return found

    def _words(self, n: int) -> NDArray[np.int64]:
        """(n,) numbers below 2^62."""
        return (np.frombuffer(self._bits(8 * n), np.uint64) >> np.uint64(2)).astype(np.int64)

    def _uniform(self, tops: NDArray[Any]) -> NDArray[Any]:
        """A number below each of `tops`."""
        if tops.dtype == object:
            return np.array([self._below(int(top)) for top in tops], dtype=object)
        found = self._words(len(tops))
        fair = _WORD - _WORD % tops
        while (bad := np.flatnonzero(found >= fair)).size:
            found[bad] = self._words(len(bad))
        return np.asarray(found % tops)

    def _exp(self, above: NDArray[Any], below: int) -> NDArray[np.bool_]:
        """Coins that fall True with probability exp(-above / below).

        exp(-whole) is as many coins of exp(-1) in a row; exp(-part) is a run of ever rarer coins that ends at an odd
        place.
        """
        big = above.dtype == object or below >= 2**57
        tops = above.astype(object) if big else above
        whole, part = tops // below, tops % below
        falls = self._short(part, below)
        left = np.flatnonzero(falls & (whole > 0).astype(bool))
        count = np.ones(len(left), np.int64)
        while left.size:
            fell = self._short(np.full(len(left), below, dtype=tops.dtype), below)
            falls[left[~fell]] = False
            more = fell & (count < whole[left]).astype(bool)
            left, count = left[more], count[more] + 1
        return falls

    def _short(self, above: NDArray[Any], below: int) -> NDArray[np.bool_]:
        """Coins of exp(-above / below) for above <= below."""
        odd = np.ones(len(above), bool)  # a run that ends at its first place is odd
        alive = np.arange(len(above))
        place = 1
        while alive.size:
            tops = np.full(len(alive), below * place, dtype=above.dtype)
            alive = alive[(self._uniform(tops) < above[alive]).astype(bool)]
            place += 1
            odd[alive] = place % 2 == 1
        return odd

    def _laplace(self, n: int, scale: int) -> NDArray[np.int64]:
        """At most n draws of the discrete Laplace with probability in proportion to exp(-|x| / scale)."""
        low = self._uniform(np.full(n, scale, np.int64))
        low = low[self._exp(low, scale)]
        high = np.zeros(len(low), np.int64)
        alive = np.arange(len(low))
        while alive.size:
            alive = alive[self._short(np.ones(len(alive), np.int64), 1)]
            high[alive] += 1
        size = low + scale * high
        negative = self._words(len(size)) % 2 == 1
        kept = ~(negative & (size == 0))
        return np.asarray(np.where(negative, -size, size)[kept], np.int64)
