"""Channels that follow from others or from time alone (a square, a sum, an age): they are computed, not drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

__all__ = ["Formula", "Steady", "formulas", "lines_of", "steady"]

_LEAST = 20  # rows that show a rule
_EXACT = 1e-9  # of the largest value
_LINE = 1e-6  # of the spread of values: what is left of a straight line in numbers of single precision
_OFTEN = 0.2  # share of the rows that go on in a straight line, in a channel that was interpolated
_FAR = 50.0  # spreads of rounding that a channel has to cover before rounding may hide what is left


@dataclass(frozen=True)
class Formula:
    """`target = constant + weights of the sources (+ square of the only source)`.

    Args:
        target: position of the channel.
        sources: positions of others.
        weights: constant, one a source, and with one source its square's.
    """

    target: int
    sources: tuple[int, ...]
    weights: tuple[float, ...]

    def of(self, values: np.ndarray) -> np.ndarray:
        """The channel from (..., k) values of all."""
        found: np.ndarray = _powers(values[..., list(self.sources)]) @ np.array(self.weights)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Formula:
        """Read what `to_dict` gave."""
        return cls(values["target"], tuple(values["sources"]), tuple(values["weights"]))


@dataclass(frozen=True)
class Steady:
    """A channel that moves by `step + pace * gap` with each row of every entity: experience, age."""

    step: float
    pace: float

    def after(self, last: np.ndarray, gap: np.ndarray) -> np.ndarray:
        """The values that follow."""
        moved: np.ndarray = last + self.step + self.pace * gap
        return moved


def formulas(values: np.ndarray, decimals: Sequence[int | None]) -> tuple[Formula, ...]:
    """Which channels of (n, k) values follow from others, none of which does itself.

    >>> x = np.arange(90.0)
    >>> [f.target for f in formulas(np.column_stack([x, x**2]), [0, 0])]
    [1]
    """
    found: list[Formula] = []
    columns = range(values.shape[1])
    for target in reversed(columns):
        leaning = {s for f in found for s in f.sources}
        free = [c for c in columns if c != target and c not in {f.target for f in found}]
        if target in leaning or not free:
            continue
        choices = [(c,) for c in free] + ([tuple(free)] if len(free) > 1 else [])
        for sources in choices:
            weights = _rule(values, target, sources, decimals[target])
            if weights is not None:
                found.append(Formula(target, sources, tuple(map(float, weights))))
                break
    return tuple(reversed(found))


def steady(before: np.ndarray, after: np.ndarray, gap: np.ndarray, decimals: int | None) -> Steady | None:
    """How a channel moves, if it always moves in the same way.

    Args:
        before, after: (n,) values of rows that follow each other.
        gap: (n,) units of time between them; ones on an even calendar.
        decimals: digits after the point.
    """
    seen = np.isfinite(before) & np.isfinite(after)
    if seen.sum() < _LEAST or np.isfinite(before).sum() != np.isfinite(after).sum():
        return None
    move, gap = (after - before)[seen], gap[seen]
    even = gap.std() < _EXACT
    x = np.column_stack([np.ones(len(gap)), np.zeros(len(gap)) if even else gap])
    weights = np.linalg.lstsq(x, move, rcond=None)[0]
    allowed = _allowed(move, decimals) if not even else _EXACT * max(float(np.abs(after[seen]).max()), 1.0)
    if np.abs(move - x @ weights).max() > allowed or np.abs(move).max() <= allowed:
        return None
    return Steady(float(weights[0]), float(weights[1]))


def lines_of(values: np.ndarray, decimals: int | None) -> float:
    """How near to the straight line through the two rows before a row is, if rows often are on it; otherwise 0.

    Values that were measured each hour and filled in between are.

    Args:
        values: (n, T) of n series, NaN beyond their ends.
        decimals: digits after the point.

    >>> lines_of(np.interp(np.arange(90), np.arange(0, 90, 6), np.arange(15) ** 2 % 7)[None], None) > 0
    True
    >>> lines_of(np.arange(90.0)[None] % 2, 0)
    0.0
    """
    steps = np.diff(values, axis=1)
    known = np.isfinite(steps[:, 1:]) & np.isfinite(steps[:, :-1])
    spread = float(np.nanstd(values)) if known.any() else 0.0
    near = max(_LINE * spread, 0.0 if decimals is None else 2 * 10.0**-decimals)
    moving = known & (np.abs(np.nan_to_num(steps[:, 1:])) > _FAR / 4 * near)
    on = moving & (np.abs(np.diff(steps, axis=1)) <= near)
    return near if on.sum() > _OFTEN * max(known.sum(), 1) else 0.0


def _powers(x: np.ndarray) -> np.ndarray:
    ones = np.ones((*x.shape[:-1], 1))
    return np.concatenate([ones, x, x**2] if x.shape[-1] == 1 else [ones, x], axis=-1)


def _rule(values: np.ndarray, target: int, sources: tuple[int, ...], decimals: int | None) -> np.ndarray | None:
    y, x = values[:, target], values[:, list(sources)]
    filled = np.isfinite(y)
    if not np.array_equal(filled, np.isfinite(x).all(1)) or len(np.unique(y[filled])) < _LEAST // 4:
        return None
    x, y = _powers(x[filled]), y[filled]
    if len(y) < _LEAST * x.shape[1]:
        return None
    scale = np.maximum(np.abs(x).max(0), 1e-300)
    weights = np.linalg.lstsq(x / scale, y, rcond=None)[0] / scale
    weights = np.where(np.abs(weights * scale) < _EXACT * np.abs(y).max(), 0.0, weights)
    return weights if np.abs(y - x @ weights).max() <= _allowed(y, decimals) else None


def _allowed(y: np.ndarray, decimals: int | None) -> float:
    """What may be left of an exact rule: rounding of the channel, where it is small beside its spread."""
    exact = _EXACT * max(float(np.abs(y).max()), 1e-300)
    if decimals is None:
        return exact
    rounding = 0.501 * 10.0**-decimals
    return max(exact, rounding) if float(y.std()) > _FAR * rounding else exact
