"""A vector autoregression around waves and known inputs: all channels of a series at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.models.series._form import fourier
from synthkit.models.series._orders import differences
from synthkit.models.series._seasons import bridged
from synthkit.models.series._structure import Origin

__all__ = ["Vector"]

_ORDERS = (1, 2, 3, 5)
_PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)  # on standardised columns
_LATE = 0.25  # of the rows: the block that order and penalty are chosen on
_WAVES = 5
_RADIUS = 0.995  # of the companion matrix at most: no path may run away
_BURN = 60


@dataclass(frozen=True, slots=True)
class _Weights:
    """Of z[t] = constant + sum of A[i] z[t-i] + error: the estimate first, then draws.

    Args:
        constant: (g, k).
        lags: (g, p * k, k), newest lag first.
        sigma: (k,) standard deviations of the errors.
    """

    constant: np.ndarray
    lags: np.ndarray
    sigma: np.ndarray

    @property
    def order(self) -> int:
        return int(self.lags.shape[1] // self.lags.shape[2])

    def next(self, past: np.ndarray, which: np.ndarray) -> np.ndarray:
        """(paths, k) what is expected after (paths, p, k) rows, newest first."""
        flat = past.reshape(len(past), -1)
        if len(self.constant) == 1 or not which.any():
            return np.asarray(self.constant[0] + flat @ self.lags[0])
        return np.asarray(self.constant[which] + np.einsum("ni,nij->nj", flat, self.lags[which]))


class Vector:
    """All channels of one series (satisfies `Structure`).

    Each channel is waves of its seasons and known inputs times weights, plus a rest. The rests, differenced once where
    they wander, follow a vector autoregression with ridge weights; order and penalty are those that foretell a late
    block best, one row ahead.

    Args:
        fixed: (f, k) weights of waves and known inputs.
        periods: of the waves.
        wanders: (k,) whether the channel is differenced.
        weights: of the autoregression.
        head, tail: the first and the last p + 1 rows of the rests.
        innovations: (T, k).

    References:
        Luetkepohl (2005), New Introduction to Multiple Time Series Analysis, chapters 2 and 3.
    """

    kind: ClassVar[str] = "vector autoregression"

    def __init__(
        self,
        *,
        fixed: np.ndarray,
        periods: Sequence[tuple[float, int]],
        wanders: np.ndarray,
        weights: _Weights,
        head: np.ndarray,
        tail: np.ndarray,
        innovations: np.ndarray,
    ) -> None:
        self._fixed, self._wanders, self._weights = fixed, wanders, weights
        self._periods = tuple((float(p), int(k)) for p, k in periods)
        self._head, self._tail, self.innovations = head, tail, innovations
        self.parameters: Mapping[str, float] = {
            "order": float(weights.order),
            "channels differenced": float(wanders.sum()),
            "radius": _radius(weights.lags[0]),
        }

    @classmethod
    def fit(
        cls, x: np.ndarray, *, seasons: Sequence[int], exog: np.ndarray, draws: int, rng: np.random.Generator
    ) -> Self:
        """Fit (T, k) working values, NaN where missing, with (T, e) known inputs.

        Raises:
            ValueError: too few rows for so many channels.
        """
        n = len(x)
        whole = np.column_stack([bridged(column, seasons) for column in x.T])
        periods = [(float(m), min(_WAVES, m // 2)) for m in seasons if 2 * m <= n]
        columns = np.hstack([fourier(0, n, periods), exog])
        wanders = np.array([differences(column, 1)[0] > 0 for column in whole.T])
        fixed = _fixed(whole, columns, wanders)
        rest = whole - columns @ fixed
        order, penalty = _chosen(_moved(rest, wanders))
        weights = _learned(_moved(rest, wanders), order, penalty, columns=columns.shape[1], draws=draws, rng=rng)
        rest, errors = _walked(rest, np.isfinite(x), wanders, weights)
        size = order + 1
        parts = {"head": rest[:size], "tail": rest[-size:], "innovations": errors}
        return cls(fixed=fixed, periods=periods, wanders=wanders, weights=weights, **parts)

    def simulate(
        self,
        shocks: np.ndarray,
        *,
        origin: Origin,
        exog: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """(paths, n, k) from (paths, n, k) standardised innovations; see `Structure`."""
        paths, n, _ = shocks.shape
        size = len(self._head)
        known = np.zeros((n, 0)) if exog is None else exog
        begin = 0 if origin == "start" else len(self.innovations)
        around = np.hstack([fourier(begin, n, self._periods), known]) @ self._fixed
        which = np.zeros(paths, dtype=np.int64)
        if rng is not None and len(self._weights.constant) > 1:
            which = rng.integers(1, len(self._weights.constant), size=(paths,))
        if origin == "end":
            rest = self._forward(np.broadcast_to(self._tail, (paths, *self._tail.shape)), shocks, which)
        elif rng is None:
            first = np.broadcast_to(self._head, (paths, *self._head.shape))
            rest = np.concatenate([first, self._forward(first, shocks[:, size:], which)], axis=1)[:, :n]
        else:
            rest = self._forward(self._begun(which, rng), shocks, which)
        return np.asarray(around + rest)

    def _begun(self, which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Rows before a new path: from a long run, ending near where the fitted series began."""
        known = self.innovations[np.isfinite(self.innovations).all(axis=1)]
        pool = known if len(known) else np.zeros((1, self.innovations.shape[1]))
        shocks = pool[rng.integers(0, len(pool), (len(which), _BURN))]
        blank = np.zeros((len(which), len(self._head), shocks.shape[2]))
        run = self._forward(blank, shocks, which)[:, -len(self._head) :]
        level = self._head[0] - run[:, -1] + self._weights.sigma * rng.standard_normal((len(which), shocks.shape[2]))
        return np.where(self._wanders, run + level[:, None], run)

    def _forward(self, past: np.ndarray, shocks: np.ndarray, which: np.ndarray) -> np.ndarray:
        """The rests that follow (paths, p + 1, k) rows."""
        paths, n, k = shocks.shape
        made = np.empty((paths, n, k))
        moved = np.where(self._wanders, np.diff(past, axis=1), past[:, 1:])[:, ::-1]
        last = past[:, -1]
        for t in range(n):
            z = self._weights.next(moved, which) + shocks[:, t] * self._weights.sigma
            last = np.where(self._wanders, last, 0.0) + z
            moved = np.concatenate([z[:, None], moved[:, :-1]], axis=1)
            made[:, t] = last
        return made

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        arrays = {name: getattr(self._weights, name) for name in _Weights.__slots__}
        arrays |= {"fixed": self._fixed, "wanders": self._wanders, "head": self._head, "tail": self._tail}
        return {"periods": [list(p) for p in self._periods]}, {**arrays, "innovations": self.innovations}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        weights = _Weights(**{name: arrays[name] for name in _Weights.__slots__})
        own: dict[str, Any] = {name: arrays[name] for name in ("fixed", "wanders", "head", "tail", "innovations")}
        return cls(periods=plain["periods"], weights=weights, **own)


def _fixed(whole: np.ndarray, columns: np.ndarray, wanders: np.ndarray) -> np.ndarray:
    """(f, k) least-squares weights beside a line, or of steps on steps where a channel wanders."""
    n, f = columns.shape
    found = np.zeros((f, whole.shape[1]))
    if f == 0:
        return found
    beside = np.column_stack([columns, np.ones(n), np.linspace(-1, 1, n)])
    steps = np.column_stack([np.diff(columns, axis=0), np.ones(n - 1)])
    for c, column in enumerate(whole.T):
        x, y = (steps, np.diff(column)) if wanders[c] else (beside, column)
        found[:, c] = np.linalg.lstsq(x, y, rcond=None)[0][:f]
    return found


def _moved(rest: np.ndarray, wanders: np.ndarray) -> np.ndarray:
    """(T - 1, k) rests, or their steps where a channel wanders."""
    return np.where(wanders, np.diff(rest, axis=0), rest[1:])


def _lagged(z: np.ndarray, order: int) -> np.ndarray:
    """(T - order, order * k), newest first."""
    return np.hstack([z[order - i : len(z) - i] for i in range(1, order + 1)])


def _solved(z: np.ndarray, order: int, penalty: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """(k,) constant, (order * k, k) weights, the inverse of the penalised products of lags, and parameters used.

    Longer lags are held closer to zero, as in the Minnesota prior (Litterman 1986).
    """
    centre, spread = z.mean(axis=0), np.maximum(z.std(axis=0), 1e-9)
    scaled = (z - centre) / spread
    x, y = _lagged(scaled, order), scaled[order:]
    far = np.repeat(np.arange(1, order + 1) ** 2, z.shape[1])
    inverse = np.linalg.inv(x.T @ x + np.diag(penalty * far + 1e-8))
    both = np.tile(spread, order)
    weights = (inverse @ x.T @ y) * spread / both[:, None]
    constant = centre - np.tile(centre, order) @ weights
    return constant, weights, inverse / np.outer(both, both), 1 + float(np.trace(x.T @ x @ inverse))


def _chosen(z: np.ndarray) -> tuple[int, float]:
    """Order and penalty that foretell the late rows best."""
    n, k = z.shape
    cut = n - max(int(_LATE * n), 2)
    if cut < 8:
        raise ValueError("too few rows for a vector autoregression")
    best, found = np.inf, (1, _PENALTIES[-1])
    for order in _ORDERS:
        if cut < 3 * order + 4:
            break
        x, y = _lagged(z[cut - order :], order), z[cut:]
        for penalty in _PENALTIES:
            constant, weights, *_ = _solved(z[:cut], order, penalty)
            loss = float(np.log(np.mean((y - constant - x @ weights) ** 2, axis=0) + 1e-12).sum())
            if loss < best - 0.01 * k:
                best, found = loss, (order, penalty)
    return found


def _learned(
    z: np.ndarray, order: int, penalty: float, *, columns: int, draws: int, rng: np.random.Generator
) -> _Weights:
    """The estimate and draws from its sampling distribution, none of them explosive."""
    constant, weights, inverse, used = _solved(z, order, penalty)
    errors = z[order:] - constant - _lagged(z, order) @ weights
    freedom = max(len(errors) - used - columns, len(errors) / 4, 1.0)
    covariance = errors.T @ errors / freedom
    left = np.linalg.cholesky(inverse + 1e-12 * np.trace(inverse) * np.eye(len(inverse)))
    right = np.linalg.cholesky(covariance + 1e-12 * max(np.trace(covariance), 1e-12) * np.eye(len(covariance)))
    mean = z.mean(axis=0)
    drawn = (weights + left @ rng.standard_normal(weights.shape) @ right.T for _ in range(draws))
    lags, constants = [_tamed(weights), *map(_tamed, drawn)], []
    doubt = np.sqrt(np.diag(covariance) / len(z))
    for i, lag in enumerate(lags):
        centre = mean + (doubt * rng.standard_normal(len(mean)) if i else 0.0)
        constants.append(centre - np.tile(centre, order) @ lag)
    return _Weights(np.stack(constants), np.stack(lags), np.sqrt(np.maximum(np.diag(covariance), 1e-18)))


def _tamed(weights: np.ndarray) -> np.ndarray:
    """The weights, drawn toward zero where their paths would run away."""
    radius = _radius(weights)
    if radius <= _RADIUS:
        return weights
    k = weights.shape[1]
    powers = np.repeat(np.arange(1, len(weights) // k + 1), k)
    return np.asarray(weights * ((_RADIUS / radius) ** powers)[:, None])


def _radius(weights: np.ndarray) -> float:
    """The largest modulus of the companion matrix."""
    size, k = weights.shape
    companion = np.vstack([weights.T, np.eye(size - k, size)])
    return float(np.abs(np.linalg.eigvals(companion)).max())


def _walked(
    rest: np.ndarray, known: np.ndarray, wanders: np.ndarray, weights: _Weights
) -> tuple[np.ndarray, np.ndarray]:
    """The rests with what is expected in place of missing cells, and the standardised innovations."""
    order = weights.order
    z = np.vstack([np.zeros(rest.shape[1]), _moved(rest, wanders)])
    errors = np.full(rest.shape, np.nan)
    begin = order + 1
    if known[begin:].all():
        expected = weights.constant[0] + _lagged(z[1:], order) @ weights.lags[0]
        errors[begin:] = (z[begin:] - expected) / weights.sigma
        return rest, errors
    rest = rest.copy()
    for t in range(begin, len(rest)):
        past = z[t - order : t][::-1][None]
        expected = weights.next(past, np.zeros(1, dtype=int))[0]
        before = np.where(wanders, rest[t - 1], 0.0)
        rest[t] = np.where(known[t], rest[t], before + expected)
        z[t] = rest[t] - before
        errors[t] = np.where(known[t], (z[t] - expected) / weights.sigma, np.nan)
    return rest, errors
