"""Rows chosen among proposals by their weights, with no more chance in it than need be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthkit.encode.encoder import Columns, Encoder, length
from synthkit.models.tabular._calibration import Calibration

__all__ = ["Choice", "chosen"]

Draw = Callable[[int, Columns, np.random.Generator], dict[str, np.ndarray]]
"""Some encoded rows, of which some columns are fixed at as many codes each."""

_LEAST = 2_000  # proposals at least, so that a handful of rows follows the same law as many
_LOWEST = 20.0  # log weight below which a row is never chosen anyway
_AT_ONCE = 200_000  # proposals at a time, so that memory stays bounded
_KEYS = 8  # columns by which proposals are put in order


@dataclass(frozen=True)
class Choice:
    """Rows of a model, chosen among proposals.

    Args:
        encoder: of the rows.
        proposals: rows of the model to choose one from.
        calibration: the tables that many rows together follow; with None each column keeps the law it has anyway.
        weigh: logs of how much likelier rows are than the model says, (n,); None where that is not known.
        cap: the largest weight of a row; one that is much likelier than the model says is not drawn at any price.
    """

    encoder: Encoder
    proposals: int
    calibration: Calibration | None = None
    weigh: Callable[[Columns], np.ndarray] | None = None
    cap: float = 20.0

    def weights(self, rows: Columns) -> np.ndarray:
        """What `weigh` says of n encoded rows, (n,), within bounds."""
        if self.weigh is None:
            return np.zeros(length(rows))
        return np.asarray(np.clip(self.weigh(rows), -_LOWEST, np.log(self.cap)))

    def left(self, rows: Columns) -> float:
        """What share of encoded rows their weights leave, 1 where all weigh the same: the effective sample size."""
        weights = np.exp(self._raked(rows))
        return float(weights.sum() ** 2 / (len(weights) * (weights**2).sum()))

    def _raked(self, rows: Columns) -> np.ndarray:
        """Logs of the weights of rows that nothing is fixed in."""
        return (self.calibration or Calibration.of(self.encoder, rows)).raked(rows, self.weights(rows))

    def draw(self, n: int, fixed: Columns, propose: Draw, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """`n` encoded rows; what is fixed is fixed in all proposals."""
        parts = []
        most = max(_AT_ONCE // self.proposals, 1)
        for at, draw in enumerate(rng.spawn(max(-(-n // most), 1))):
            rows = slice(at * most, min((at + 1) * most, n))
            some = {name: codes[rows] for name, codes in fixed.items()}
            parts.append(self._chosen(rows.stop - rows.start, some, propose, draw))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _chosen(self, n: int, fixed: Columns, propose: Draw, rng: np.random.Generator) -> dict[str, np.ndarray]:
        alike = all((codes[:1] == codes).all() or np.isnan(codes).all() for codes in fixed.values())
        times = max(self.proposals, -(-_LEAST // max(n, 1))) if alike else 2 * self.proposals
        proposed = propose(times * n, {name: np.tile(codes, times) for name, codes in fixed.items()}, rng)
        if not proposed or not n:  # nothing but keys and texts, or no rows
            return proposed
        logs = self.weights(proposed) if fixed else self._raked(proposed)
        if alike:  # all proposals compete
            won = chosen(np.exp(logs - logs.max()), proposed, n, rng)
        else:  # only those for the same values do, in a race that the weights handicap
            race = rng.exponential(size=times * n) / np.exp(logs - logs.max())
            won = np.argmin(race.reshape(times, n), axis=0) * n + np.arange(n)
        return {name: array[won] for name, array in proposed.items()}


def chosen(weights: np.ndarray, rows: Columns, n: int, rng: np.random.Generator) -> np.ndarray:
    """Places of `n` different rows, ascending, each with a chance in proportion to its weight (at most 1).

    The rows are put in order by their first columns and taken at even steps of the summed chances (systematic
    sampling, Madow 1949): like rows are not chosen independently, so any part of the table gets its share.

    Args:
        weights: (m,) positive, of m >= n rows.
        rows: m encoded rows.
        n: how many.
        rng: where the steps begin, and the order of equal rows.
    """
    if n == 0:
        return np.zeros(0, np.int64)
    keys = [np.nan_to_num(array.astype(np.float64), nan=-np.inf) for array in list(rows.values())[:_KEYS]]
    order = np.lexsort((rng.random(len(weights)), *reversed(keys)))
    steps = np.cumsum(_chances(weights, n)[order])
    at = np.searchsorted(steps * (n / steps[-1]), np.arange(n) + rng.random(), side="right")
    taken = np.zeros(len(weights), bool)
    taken[at.clip(max=len(weights) - 1)] = True
    taken[np.flatnonzero(~taken)[: n - int(taken.sum())]] = True  # where rounding put two steps on one row
    return np.sort(order[taken])


def _chances(weights: np.ndarray, n: int) -> np.ndarray:
    """Chances that sum to `n`, in proportion to the weights but for those that would pass 1."""
    chances = weights * (n / weights.sum())
    sure = np.zeros(len(weights), bool)
    while (chances[~sure] > 1).any():
        sure |= chances > 1
        chances = np.where(sure, 1.0, weights * ((n - sure.sum()) / weights[~sure].sum()))
    found: np.ndarray = chances
    return found
