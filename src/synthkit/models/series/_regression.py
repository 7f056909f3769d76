"""Regression on waves, a trend and exogenous inputs with autoregressive errors: dynamic harmonic regression.

    x[t] = level + slope t + sum of waves + exog[t] . b + n[t]        A(B) n[t] = e[t]

Fitted by least squares on the whitened series (Cochrane and Orcutt's iteration) with Burg's autoregression, so a year
of half-hours takes a second where a state-space model with a season of 336 takes hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.models.series._autoregression import burg, unit_root, whitened
from synthkit.models.series._filters import made_from, pacf_to_ar, poly, taken_apart
from synthkit.models.series._structure import Origin

__all__ = ["Regression", "frequencies", "waves"]

_TINY = 1e-12
_ORDERS = 40  # waves of one season at most
_SURE = 0.999  # largest partial autocorrelation of a drawn autoregression


def frequencies(periods: Sequence[float], rows: int) -> tuple[tuple[float, ...], ...]:
    """For each period its waves as rounds a row, less those a shorter period has already.

    >>> frequencies([4.0, 8.0], 100)
    ((0.25, 0.5), (0.125, 0.375))
    """
    found: list[tuple[float, ...]] = []
    for period in sorted(periods):
        if rows < 2 * period:
            continue
        taken = np.array([f for waves in found for f in waves])
        orders = range(1, min(int(period / 2), _ORDERS, max(rows // 10, 1)) + 1)
        own = [k / period for k in orders if not len(taken) or np.abs(taken - k / period).min() > 0.2 / rows]
        found.append(tuple(own))
    return tuple(found)


def waves(start: int, n: int, rounds: Sequence[float]) -> np.ndarray:
    """(n, columns) cosines and sines of rows `start` to `start + n - 1`; the wave of two rows has no sine."""
    at = 2 * np.pi * np.arange(start, start + n)[:, None] * np.asarray(rounds, dtype=np.float64)[None, :]
    sines = np.sin(at[:, [i for i, f in enumerate(rounds) if abs(f - 0.5) > 1e-9]])
    return np.hstack([np.cos(at), sines])


class Regression:
    """One channel as waves, trend and inputs with autoregressive errors (satisfies `Law`).

    Args:
        rounds: frequencies of the waves.
        slope: whether there is a trend (the drift, of differences).
        differences: 0, or 1 where the errors have a unit root.
        coefficients: (q,) level, trend, exogenous, waves; `root` (q, q) of their covariance.
        partial: (p,) partial autocorrelations of the errors (of their differences).
        sigma, freedom: standard deviation of the innovations and its degrees of freedom.
        innovations: (T,).
        edges: what is around the ends: "head" and "tail" (p + differences,) values, "head_exog" and "tail_exog".

    References:
        Young, Pedregal and Tych (1999), Dynamic harmonic regression. Cochrane and Orcutt (1949).
    """

    kind: ClassVar[str] = "regression"

    def __init__(
        self,
        *,
        rounds: Sequence[float],
        slope: bool,
        differences: int,
        coefficients: np.ndarray,
        root: np.ndarray,
        partial: np.ndarray,
        sigma: float,
        freedom: int,
        innovations: np.ndarray,
        edges: Mapping[str, np.ndarray],
    ) -> None:
        self.innovations = innovations
        self._rounds, self._slope, self._differences = tuple(rounds), slope, differences
        self._coefficients, self._root, self._partial = coefficients, root, partial
        self._sigma, self._freedom, self._edges = sigma, freedom, dict(edges)
        ar = -pacf_to_ar(partial[None])[0, 1:]
        self.parameters: Mapping[str, float] = {
            "waves": float(len(self._rounds)),
            "differences": float(differences),
            "slope": float(coefficients[1]) if slope else 0.0,
            **{f"ar{i + 1}": float(value) for i, value in enumerate(ar[:4])},
            "ar order": float(len(partial)),
            "sigma": sigma,
        }

    @classmethod
    def fit(cls, values: np.ndarray, *, periods: Sequence[float] = (), exog: np.ndarray | None = None) -> Self:
        """Waves, trend, order and differences chosen by AICc and a test of a unit root.

        Args:
            values: (T,) on the working scale, NaN for missing.
            periods: rows of each season, not necessarily whole.
            exog: (T, e), always used.
        """
        known = np.zeros((len(values), 0)) if exog is None else exog
        plan = _Search(values, frequencies(periods, len(values)), known)
        rounds, slope = plan.choose(differences=0)
        if unit_root(plan.rest, len(plan.partial), slope=slope):
            rounds, slope = plan.choose(differences=1)
        return cls._settled(plan, rounds, slope)

    @classmethod
    def _settled(cls, plan: _Search, rounds: tuple[float, ...], slope: bool) -> Self:
        """Innovations and uncertainties at the chosen form."""
        columns = plan.columns(rounds, slope)
        rest = plan.values - columns @ plan.coefficients  # NaN where missing
        size = len(plan.partial) + plan.differences
        bridged = plan.bridged - columns @ plan.coefficients
        a = _polynomial(plan.partial, plan.differences)
        errors = np.full(len(rest), np.nan)
        errors[size:], _state = taken_apart(rest[size:], a, np.ones(1), _after(bridged[:size][None], a)[0])
        freedom = max(int(np.isfinite(errors).sum()) - len(plan.coefficients) - len(plan.partial), 1)
        sigma = max(float(np.sqrt(np.nansum(errors**2) / freedom)), _TINY)
        full = made_from(np.nan_to_num(errors[size:])[None], a, np.ones(1), _after(bridged[:size][None], a))[0]
        whole = np.concatenate([bridged[:size], full]) + columns @ plan.coefficients
        tail = slice(len(rest) - size, None)
        return cls(
            rounds=rounds,
            slope=slope,
            differences=plan.differences,
            coefficients=plan.coefficients,
            root=plan.root * sigma,
            partial=plan.partial,
            sigma=sigma,
            freedom=freedom,
            innovations=errors / sigma,
            edges={
                "head": whole[:size],
                "tail": whole[tail],
                "head_exog": plan.exog[:size],
                "tail_exog": plan.exog[tail],
            },
        )

    def __len__(self) -> int:
        return len(self.innovations)

    def simulate(
        self,
        shocks: np.ndarray,
        *,
        origin: Origin,
        exog: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Paths driven by standardised innovations; see `Law.simulate`."""
        paths, n = shocks.shape
        shocks = np.nan_to_num(shocks)
        first = 0 if origin == "start" else len(self)
        fixed = self._columns(first, n, np.zeros((n, 0)) if exog is None else exog)
        if rng is None:
            return self._replayed(shocks, fixed, origin)
        coefficients = self._coefficients + rng.standard_normal((paths, len(self._root))) @ self._root.T
        partial = self._drawn_partial(paths, rng)
        sigma = np.full(paths, self._sigma)
        if self._freedom > 4:
            sigma *= np.sqrt(self._freedom / rng.chisquare(self._freedom, paths))
        past = self._past(coefficients, partial, sigma, origin, rng)
        made = coefficients @ fixed.T
        for i in range(paths):
            a = _polynomial(partial[i], self._differences)
            made[i] += made_from(shocks[i : i + 1] * sigma[i], a, np.ones(1), _after(past[i : i + 1], a))[0]
        return np.asarray(made)

    def _replayed(self, shocks: np.ndarray, fixed: np.ndarray, origin: Origin) -> np.ndarray:
        """Paths at the point estimates; from the start the first rows, which find the state, are those of the data."""
        a = _polynomial(self._partial, self._differences)
        size = len(a) - 1
        side = "head" if origin == "start" else "tail"
        begin = 0 if origin == "start" else len(self) - size
        around = self._columns(begin, size, self._edges[f"{side}_exog"])
        past = self._edges[side] - around @ self._coefficients
        state = np.broadcast_to(_after(past[None], a), (len(shocks), size))
        if origin == "end":
            return np.asarray(made_from(shocks * self._sigma, a, np.ones(1), state) + fixed @ self._coefficients)
        made = made_from(shocks[:, size:] * self._sigma, a, np.ones(1), state)
        whole = np.hstack([np.broadcast_to(past, (len(shocks), size)), made])[:, : shocks.shape[1]]
        return np.asarray(whole + fixed @ self._coefficients)

    def _drawn_partial(self, paths: int, rng: np.random.Generator) -> np.ndarray:
        """(paths, p) partial autocorrelations by Fisher's z, so that every draw is stationary."""
        z = np.arctanh(self._partial) + rng.standard_normal((paths, len(self._partial))) / np.sqrt(len(self))
        return np.asarray(np.clip(np.tanh(z), -_SURE, _SURE))

    def _past(
        self,
        coefficients: np.ndarray,
        partial: np.ndarray,
        sigma: np.ndarray,
        origin: Origin,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """(paths, p + differences) errors before the first row made: the data's, or drawn from their own law."""
        size = partial.shape[1] + self._differences
        if origin == "end":
            around = self._columns(len(self) - size, size, self._edges["tail_exog"])
            return np.asarray(self._edges["tail"] - coefficients @ around.T)
        drawn = _stationary(partial, sigma, rng)
        if not self._differences:
            return drawn
        # A level has no law of its own: it begins where the data begin.
        around = self._columns(0, size, self._edges["head_exog"])
        begin = (self._edges["head"] - coefficients @ around.T)[:, :1]
        steps = np.cumsum(drawn[:, ::-1], axis=1)[:, ::-1]
        return np.hstack([begin - steps, begin])

    def _columns(self, first: int, n: int, exog: np.ndarray) -> np.ndarray:
        return _design(first, n, len(self), exog, self._rounds, slope=self._slope)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        plain = {
            "rounds": list(self._rounds),
            "slope": self._slope,
            "differences": self._differences,
            "sigma": self._sigma,
            "freedom": self._freedom,
        }
        own = {"coefficients": self._coefficients, "root": self._root, "partial": self._partial}
        return plain, {**own, "innovations": self.innovations, **{f"edge {k}": v for k, v in self._edges.items()}}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        own: dict[str, Any] = {name: arrays[name] for name in ("coefficients", "root", "partial", "innovations")}
        edges = {name.removeprefix("edge "): value for name, value in arrays.items() if name.startswith("edge ")}
        return cls(**plain, **own, edges=edges)


class _Search:
    """The choice of waves, trend and order for one series."""

    def __init__(self, values: np.ndarray, rounds: tuple[tuple[float, ...], ...], exog: np.ndarray) -> None:
        rows = np.arange(len(values))
        self.values, self.exog = values, exog
        self.known = np.isfinite(values)
        self.bridged = np.interp(rows, rows[self.known], values[self.known])
        self.differences = 0
        self.partial = np.zeros(0)
        self.rest = self.bridged
        self.coefficients = np.zeros(0)
        self.root = np.zeros((0, 0))
        self._offered = rounds

    def columns(self, rounds: Sequence[float], slope: bool) -> np.ndarray:
        """The design matrix."""
        return _design(0, len(self.values), len(self.values), self.exog, rounds, slope=slope)

    def choose(self, *, differences: int) -> tuple[tuple[float, ...], bool]:
        """Waves and trend by AICc on the series whitened by the autoregression of what they leave; twice around."""
        self.differences = differences
        kept, slope = self._offered, True
        self._solve(kept, slope, np.zeros(0))
        for _ in range(2):
            partial = self._autoregression(kept)
            kept, slope = self._thinned(partial)
            self._solve(kept, slope, partial)
            self._bridge(kept, slope)
        self.partial = self._autoregression(kept)
        return tuple(f for own in kept for f in own), slope

    def _autoregression(self, kept: Sequence[tuple[float, ...]]) -> np.ndarray:
        """Partial autocorrelations of what is left; the order may reach one short season."""
        rest = np.diff(self.rest, n=self.differences)
        shortest = max((round(1 / own[0]) for own in self._offered[:1]), default=0)
        most = min(max(24, shortest + 2 if shortest <= 48 else 0), int(self.known.sum()) // 5)
        return burg(rest - rest.mean(), most, used=1 + 2 * sum(map(len, kept)))

    def _bridge(self, kept: Sequence[tuple[float, ...]], slope: bool) -> None:
        """Missing values by the regression and what is left of their neighbours."""
        if self.known.all():
            return
        mean = self.columns([f for own in kept for f in own], slope) @ self.coefficients
        rows = np.arange(len(self.values))
        rest = np.interp(rows, rows[self.known], (self.values - mean)[self.known])
        self.bridged = mean + rest
        self.rest = rest

    def _solve(self, kept: Sequence[tuple[float, ...]], slope: bool, partial: np.ndarray) -> None:
        """Coefficients by least squares on the whitened series."""
        columns = self.columns([f for own in kept for f in own], slope)
        left, right = self._whitened(columns, partial)
        used = np.flatnonzero(np.abs(left).max(axis=0) > 1e-9)
        fit, *_ = np.linalg.lstsq(left[:, used], right, rcond=None)
        self.coefficients = np.zeros(columns.shape[1])
        self.coefficients[used] = fit
        covariance = np.zeros((columns.shape[1],) * 2)
        covariance[np.ix_(used, used)] = np.linalg.pinv(left[:, used].T @ left[:, used], hermitian=True)
        values, vectors = np.linalg.eigh(covariance)
        self.root = vectors * np.sqrt(np.maximum(values, 0.0))
        if self.differences:  # the level is not in differences: it is where the data are
            self.coefficients[0] = float(np.mean(self.bridged - columns @ self.coefficients))
        self.rest = self.bridged - columns @ self.coefficients

    def _whitened(self, columns: np.ndarray, partial: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Columns and series, differenced and whitened, rows of missing values left out."""
        both = np.diff(np.column_stack([columns, self.bridged]), n=self.differences, axis=0)
        white = whitened(both, partial)[self.known[self.differences :]]
        return white[:, :-1], white[:, -1]

    def _thinned(self, partial: np.ndarray) -> tuple[tuple[tuple[float, ...], ...], bool]:
        """How many waves of each season AICc keeps, and whether the trend."""
        fixed = 2 + self.exog.shape[1]
        rounds = [f for own in self._offered for f in own]
        left, right = self._whitened(self.columns(rounds, slope=True), partial)
        gram, cross, total = left.T @ left, left.T @ right, float(right @ right)
        owners = _owners(self._offered, rounds)

        def criterion(slope: bool, orders: Sequence[int]) -> float:
            waves_kept = [at for at, (season, order) in enumerate(owners) if order < orders[season]]
            at = [0, *([1] if slope else []), *range(2, fixed), *(fixed + i for i in waves_kept)]
            return _aicc(gram, cross, total, at, len(right))

        orders = [len(own) for own in self._offered]
        for season in reversed(range(len(orders))):
            trials = [[*orders[:season], k, *orders[season + 1 :]] for k in range(len(self._offered[season]) + 1)]
            orders = min(trials, key=lambda trial: criterion(True, trial))
        slope = criterion(True, orders) < criterion(False, orders)
        return tuple(own[:k] for own, k in zip(self._offered, orders, strict=True)), slope


def _owners(offered: Sequence[Sequence[float]], rounds: Sequence[float]) -> list[tuple[int, int]]:
    """(season, order) of each column of `waves`: all cosines, then the sines."""
    own = [(season, order) for season, of in enumerate(offered) for order in range(len(of))]
    return own + [owner for owner, f in zip(own, rounds, strict=True) if abs(f - 0.5) > 1e-9]


def _aicc(gram: np.ndarray, cross: np.ndarray, total: float, at: Sequence[int], n: int) -> float:
    """Of the regression on some of the columns."""
    part = gram[np.ix_(at, at)].copy()
    part[np.diag_indices_from(part)] += 1e-10 * (np.diag(part) + 1e-10)
    squares = total - float(cross[at] @ np.linalg.solve(part, cross[at]))
    k = len(at) + 1
    if n - k - 1 <= 0:
        return float("inf")
    return n * float(np.log(max(squares / n, _TINY))) + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def _design(first: int, n: int, total: int, exog: np.ndarray, rounds: Sequence[float], *, slope: bool) -> np.ndarray:
    """(n, q) level, trend from -1/2 to 1/2 over the fitted rows, exogenous columns, waves."""
    rows = np.arange(first, first + n)
    trend = [rows / max(total - 1, 1) - 0.5] if slope else []
    return np.column_stack([np.ones(n), *trend, exog, waves(first, n, rounds)])


def _polynomial(partial: np.ndarray, differences: int) -> np.ndarray:
    ar = pacf_to_ar(partial[None])[0]
    return poly(ar, np.array([1.0, -1.0])) if differences else ar


def _after(past: np.ndarray, a: np.ndarray) -> np.ndarray:
    """(paths, d) state after (paths, d) past values of an autoregression."""
    d = len(a) - 1
    state = np.zeros((len(past), d))
    for i in range(d):
        state[:, i] = -past[:, i:] @ a[:i:-1]
    return state


def _stationary(partial: np.ndarray, sigma: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(paths, p) values drawn from the stationary law of each autoregression, exactly."""
    paths, p = partial.shape
    drawn = np.zeros((paths, p))
    scale = sigma / np.sqrt(np.prod(1 - partial**2, axis=1))
    for t in range(p):
        ar = pacf_to_ar(partial[:, :t])[:, 1:]
        drawn[:, t] = -(ar * drawn[:, :t][:, ::-1]).sum(axis=1) + scale * rng.standard_normal(paths)
        scale = scale * np.sqrt(1 - partial[:, t] ** 2)
    return drawn
