"""Linear state-space models in innovations form: one simulator in plain numpy for every one of them.

    y[t] = design . x[t] + offset + exog[t] . beta + v[t]        v[t] = sqrt(variance[t]) u[t]
    x[t+1] = transition x[t] + intercept + gain[t] v[t]

Gain and variance are those of the Kalman filter; both settle to constants. The filter's own innovations rebuild the
series exactly, and innovations of any law with mean 0 and variance 1 give paths with the autocovariance of the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.models.series._structure import Origin

__all__ = ["Form", "InnovationsForm", "fourier"]


def fourier(start: int, n: int, periods: Sequence[tuple[float, int]]) -> np.ndarray:
    """(n, 2 * orders) cosines and sines of rows `start` to `start + n - 1`, for each (period, order).

    >>> fourier(0, 3, [(4.0, 1)]).round(6).tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]
    """
    rows = np.arange(start, start + n)
    waves = [2 * np.pi * k * rows / period for period, order in periods for k in range(1, order + 1)]
    return np.column_stack([f(w) for w in waves for f in (np.cos, np.sin)]) if waves else np.zeros((n, 0))


@dataclass(frozen=True, slots=True)
class Form:
    """Systems of one model: the point estimate first, then draws of its parameters (g of them in all, s states).

    Args:
        transition: (g, s, s).
        intercept: (g, s).
        design: (g, s).
        offset: (g,).
        beta: (g, e) coefficients of the exogenous columns, then of the Fourier columns.
        gain: (g, s) settled Kalman gain.
        variance: (g,) settled variance of the innovations.
        start, start_root: (g, s) mean and (g, s, s) root of the covariance of the state at the first row, given all
            rows (the smoothed one: the prior of a diffuse state would begin anywhere).
        end, end_root: the same of the state after the last row, less what the settled innovations already hold.
    """

    transition: np.ndarray
    intercept: np.ndarray
    design: np.ndarray
    offset: np.ndarray
    beta: np.ndarray
    gain: np.ndarray
    variance: np.ndarray
    start: np.ndarray
    start_root: np.ndarray
    end: np.ndarray
    end_root: np.ndarray

    def __len__(self) -> int:
        return len(self.offset)

    @classmethod
    def joined(cls, forms: Sequence[Form]) -> Form:
        """Several forms of the same size as one."""
        return cls(**{f.name: np.concatenate([getattr(form, f.name) for form in forms]) for f in fields(cls)})


class InnovationsForm:
    """A law of one channel as a linear system (satisfies `Law`).

    Args:
        form: the systems.
        first: (s,) state at the first row before anything was seen, for the replay.
        gains: (T, s) gain of the filter at each row.
        variances: (T,) variance of the innovation at each row.
        raw: (T,) standardised innovations, NaN where missing, burn-in included.
        burn: rows at the start whose innovations only find the state.
        periods: (period, order) of Fourier columns the law adds to the exogenous ones by itself.
        parameters: point estimates.

    References:
        Durbin and Koopman (2012), Time Series Analysis by State Space Methods, section 4.3.
    """

    kind: ClassVar[str] = "innovations form"

    def __init__(
        self,
        form: Form,
        *,
        first: np.ndarray,
        gains: np.ndarray,
        variances: np.ndarray,
        raw: np.ndarray,
        burn: int = 0,
        periods: Sequence[tuple[float, int]] = (),
        parameters: Mapping[str, float] | None = None,
    ) -> None:
        self.form = form
        self.parameters: Mapping[str, float] = dict(parameters or {})
        self._first, self._gains, self._variances, self._raw = first, gains, variances, raw
        self._burn, self._periods = burn, tuple((float(p), int(k)) for p, k in periods)
        self.innovations = np.where(np.arange(len(raw)) < burn, np.nan, raw)

    def __len__(self) -> int:
        return len(self._raw)

    def simulate(
        self,
        shocks: np.ndarray,
        *,
        origin: Origin,
        exog: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Paths driven by standardised innovations; see `Law.simulate`.

        With `rng` None and origin "start", the rows of the burn-in use the fitted series' own innovations: they are
        what tells the state of the first row.
        """
        paths, n = shocks.shape
        made = np.empty((paths, n))
        which = np.zeros(paths, dtype=int) if rng is None else self._members(paths, rng)
        shocks = np.nan_to_num(shocks)
        if rng is None and origin == "start":
            burn = min(self._burn, n)
            shocks = shocks.copy()
            shocks[:, :burn] = np.nan_to_num(self._raw[:burn])
        for g in np.unique(which):
            rows = np.flatnonzero(which == g)
            state = self._begin(int(g), len(rows), origin, rng)
            gains, variances = self._steps(int(g), n, replay=rng is None and origin == "start")
            made[rows] = _run(self.form, int(g), state, shocks[rows] * np.sqrt(variances), gains)
            made[rows] += self._fixed(int(g), n, origin, exog)
        return made

    def _members(self, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Which draw of the parameters each path has."""
        return rng.integers(1, len(self.form), paths) if len(self.form) > 1 else np.zeros(paths, dtype=int)

    def _begin(self, g: int, paths: int, origin: Origin, rng: np.random.Generator | None) -> np.ndarray:
        """(paths, s) states to begin with."""
        form = self.form
        if rng is None:
            return np.tile(self._first if origin == "start" else form.end[g], (paths, 1))
        mean, root = (form.start, form.start_root) if origin == "start" else (form.end, form.end_root)
        return np.asarray(mean[g] + rng.standard_normal((paths, mean.shape[1])) @ root[g].T)

    def _steps(self, g: int, n: int, *, replay: bool) -> tuple[np.ndarray, np.ndarray]:
        """(n, s) gains and (n,) variances: the filter's own where the fitted series is replayed, else the settled."""
        gains = np.tile(self.form.gain[g], (n, 1))
        variances = np.full(n, self.form.variance[g])
        if replay:
            known = min(n, len(self))
            gains[:known], variances[:known] = self._gains[:known], self._variances[:known]
        return gains, variances

    def _fixed(self, g: int, n: int, origin: Origin, exog: np.ndarray | None) -> np.ndarray:
        """(n,) what the exogenous and the Fourier columns add."""
        known = np.zeros((n, 0)) if exog is None else exog
        waves = fourier(0 if origin == "start" else len(self), n, self._periods)
        columns = np.hstack([known, waves])
        # A law without weights (a seasonal walk) leaves known inputs aside.
        return np.asarray(columns @ self.form.beta[g]) if self.form.beta.shape[1] else np.zeros(n)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        plain = {"parameters": dict(self.parameters), "burn": self._burn, "periods": [list(p) for p in self._periods]}
        arrays = {f.name: getattr(self.form, f.name) for f in fields(Form)}
        return plain, {
            **arrays,
            "first": self._first,
            "gains": self._gains,
            "variances": self._variances,
            "raw": self._raw,
        }

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        form = Form(**{f.name: arrays[f.name] for f in fields(Form)})
        own = {name: arrays[name] for name in ("first", "gains", "variances", "raw")}
        return cls(form, burn=plain["burn"], periods=plain["periods"], parameters=plain["parameters"], **own)


def _run(form: Form, g: int, state: np.ndarray, v: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """(paths, n) from (paths, s) first states, (paths, n) innovations and (n, s) gains."""
    onward, design = np.ascontiguousarray(form.transition[g].T), form.design[g]
    intercept, offset = form.intercept[g], form.offset[g]
    made = np.empty_like(v)
    for t in range(v.shape[1]):
        made[:, t] = state @ design + offset + v[:, t]
        state = state @ onward + intercept + v[:, t, None] * gains[t]
    return made
