"""The curator: the only one who sees the rows. Every answer is noisy, and paid for before it is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.errors import ConfigError
from synthkit.private.accountant import rho_of
from synthkit.private.noise import SLACK, Noise
from synthkit.private.subsampled import multiplier_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.private.domain import Rows

__all__ = ["Charge", "Curator", "Question", "summed"]

Labels = tuple["NDArray[np.int64]", ...]
_CENTS: Final = 2**24


@dataclass(frozen=True, slots=True)
class Charge:
    """One touch of the data.

    Args:
        what: was asked.
        rho: it cost; of sums over samples all that was left, for their cost is no rho.
        noise: standard deviation of the answer, or 0 for a choice.
        steps: sums over samples that this stands for; 0 for a count or a choice.
        rate: chance of a unit to be in a sample.
        clip: what a unit may add to a sum.
    """

    what: str
    rho: float
    noise: float = 0.0
    steps: int = 0
    rate: float = 1.0
    clip: float = 0.0


@dataclass(frozen=True)
class Question:
    """How far the counts of some columns are from a guess.

    Args:
        columns: their places.
        coarser: for each of them the group of each cell.
        guess: the counts expected, an axis a column.
        penalty: taken off the distance.
    """

    columns: tuple[int, ...]
    coarser: Labels
    guess: NDArray[np.float64]
    penalty: float


class Curator:
    """Answers questions about rows until the budget is spent.

    Neighbours are two data sets of which one has one more unit (add or remove). A unit has at most `bound` rows, so no
    count of cells moves by more than `bound` in all.

    Args:
        rows: as cells of the domain.
        sizes: cells of each column.
        epsilon, delta: the budget.
        bound: rows of a unit.
        noise: only tests pass any.
    """

    def __init__(
        self,
        rows: Rows,
        sizes: Sequence[int],
        *,
        epsilon: float,
        delta: float,
        bound: int = 1,
        noise: Noise | None = None,
    ) -> None:
        self.sizes = tuple(sizes)
        self.bound = bound
        self.epsilon, self.delta = epsilon, delta
        self.rho = rho_of(epsilon, delta - _slack(delta))
        self.charges: list[Charge] = []
        self._codes = rows.codes
        self._people, self._units = int(rows.units.max(initial=-1)) + 1, rows.units
        self._noise = noise or Noise()
        self._kept: dict[tuple[int, ...], NDArray[np.int64]] = {}

    @property
    def left(self) -> float:
        """Of the budget."""
        return max(0.0, self.rho - sum(charge.rho for charge in self.charges))

    def spread_for(self, rho: float) -> float:
        """The standard deviation of a count that costs so much."""
        return self.bound / math.sqrt(2 * rho)

    def through(self, labels: Sequence[NDArray[np.int64]]) -> Curator:
        """The same rows and the same budget, each column seen in groups of its cells (which noisy answers made)."""
        seen = object.__new__(Curator)
        seen.__dict__.update(self.__dict__)
        seen.sizes = tuple(int(each.max()) + 1 for each in labels)
        seen._codes = np.stack([each[self._codes[:, at]] for at, each in enumerate(labels)], axis=1)
        seen._kept = {}
        return seen

    def count(self, columns: tuple[int, ...], coarser: Labels, rho: float, what: str) -> NDArray[np.float64]:
        """Counts with discrete Gaussian noise, an axis a column."""
        self._afford(rho)
        self._charge(Charge(what, rho, self.spread_for(rho)))
        true = summed(self._counts(columns), coarser)
        return np.asarray(self._noise.hide(true, self.bound**2 / (2 * rho)), float)

    def choose(self, questions: Sequence[Question], rho: float, what: str) -> int:
        """The place of a question whose guess is far off (exponential mechanism).

        A distance is a whole number, and one unit moves it by at most `bound`.
        """
        self._charge(Charge(what, rho))
        scores = []
        for asked in questions:
            off = np.abs(summed(self._counts(asked.columns), asked.coarser) - np.rint(asked.guess).astype(np.int64))
            scores.append(int(off.sum()) - round(asked.penalty))
        rate = Fraction(math.floor(math.sqrt(8 * rho) / (2 * self.bound) * _CENTS), _CENTS)
        return self._noise.choice(scores, rate)

    def sums(
        self,
        gradient: Callable[[NDArray[Any], int], NDArray[Any]],
        size: int,
        *,
        steps: int,
        rate: float,
        clip: float,
    ) -> Iterator[NDArray[np.float64]]:
        """Noisy sums of the units' clipped gradients, step by step, with all that is left of the budget.

        In each step every unit is in the sample by a coin of its own; its rows' gradients are added up, cut to the
        norm `clip`, and summed with those of the others.

        Their noise is a floating-point Gaussian: unlike that of counts it is not exact to the last bit.

        Args:
            gradient: of some rows, in cells, at a step: (rows, size). A row's may depend on no other row, nor on its
                place among them: also not by what is drawn for it from a seed.
            size: parameters.
            steps: how many; public.
            rate: chance of a unit to be in a sample.
            clip: norm of a unit's gradient at most.
        """
        # Why all together is (epsilon, delta): answers of rho so far are (a, a rho)-RDP at every order a, each sum is a
        # sampled Gaussian of known RDP (units are in by coins of their own, neighbours add or remove one, and one moves
        # a sum by `clip` at most), RDP adds up order by order, and the multiplier is the least whose sum is within.
        # What the books lose is all there is: this part is no rho, and the ledger adds the release up as epsilon.
        spent = sum(charge.rho for charge in self.charges)
        multiplier = multiplier_for(self.epsilon, self.delta, rate=rate, steps=steps, rho=spent)
        what = f"gradients: DP-SGD, {steps} steps"
        self._charge(Charge(what, self.left, multiplier * clip, steps, rate, clip))
        for step in range(steps):
            chosen = self._noise.shares(self._people, rate)[self._units]
            total = np.zeros(size)
            if chosen.any():
                order = np.flatnonzero(chosen)[np.argsort(self._units[chosen], kind="stable")]
                each = gradient(self._codes[order], step)
                starts = np.flatnonzero(np.diff(self._units[order], prepend=-1))
                total = _clipped(each if len(starts) == len(order) else _added(each, starts), clip)
            yield self._noise.hide_real(total, clip, multiplier * clip)

    def _counts(self, columns: tuple[int, ...]) -> NDArray[np.int64]:
        """True counts, kept for the next question; they never leave this object."""
        if columns not in self._kept:
            shape = [self.sizes[c] for c in columns]
            cells = np.ravel_multi_index([self._codes[:, c] for c in columns], shape)
            self._kept[columns] = np.bincount(cells, minlength=math.prod(shape)).reshape(shape)
        return self._kept[columns]

    def _charge(self, charge: Charge) -> None:
        self._afford(charge.rho)
        self.charges.append(charge)

    def _afford(self, rho: float) -> None:
        if not 0 < rho <= self.left * (1 + 1e-9):
            raise ConfigError("the privacy budget is spent", hint="ask for fewer rounds, or give more epsilon")


def _added(each: NDArray[Any], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The gradients of each unit's rows as one."""
    with np.errstate(invalid="ignore"):  # infinities that cancel
        return np.asarray(np.add.reduceat(each, starts, axis=0, dtype=float))


def _clipped(units: NDArray[Any], clip: float) -> NDArray[np.float64]:
    """The sum of gradients cut to a norm.

    A unit whose gradient is infinite or no number adds nothing, for no factor would cut it.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.sqrt(np.einsum("ij,ij->i", units, units, dtype=float))
    if not (finite := np.isfinite(norms)).all():
        units, norms = units[finite], norms[finite]
    return np.asarray(np.minimum(1.0, clip / np.maximum(norms, 1e-12)) @ units, float)


def summed(table: NDArray[Any], coarser: Labels) -> NDArray[Any]:
    """A table over coarser groups, an axis a column."""
    for axis, labels in enumerate(coarser):
        moved = np.moveaxis(table, axis, 0)
        found = np.zeros((int(labels.max()) + 1, *moved.shape[1:]), moved.dtype)
        np.add.at(found, labels, moved)
        table = np.moveaxis(found, 0, axis)
    return table


def _slack(delta: float) -> float:
    """What the rounding of all choices together may cost, at most a millionth of delta."""
    return min(delta * 1e-6, 1e6 * SLACK)
