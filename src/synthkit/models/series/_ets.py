"""Exponential smoothing in additive form, as a rational filter: a likelihood in microseconds, a simulator in one call.

The sum of squared one-step errors is quadratic in the initial states, so these are solved for exactly at each trial of
the smoothing constants; only two to four numbers are left to search for. Multiplicative forms are the additive ones on
the logarithm, which is what the working scale of a positive series is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.models.series._filters import free_to_state, made_from, taken_apart
from synthkit.models.series._structure import Origin

__all__ = ["Ets", "EtsForm", "forms_for"]

_TINY = 1e-12
_DAMPING = (0.8, 0.98)  # Hyndman and Athanasopoulos: below, the damping is over in a moment; above, there is none
_RECALL = (0.0, 0.995)  # of a level that comes back to its mean
_EDGE = 7.0  # logits beyond this are 0 or 1
_REVERTS = 4.0  # AICc a reverting level has to gain: the test of a unit root leans to "no" without such a margin
_HOPELESS = 20.0  # AICc behind the best before any search, beyond which no form came first after it (350 series of M3
# and of ours): half of the searches are spared
_STEP = 1.5e-8  # of a difference quotient: the root of the resolution of a double
_ONE = np.ones(1)
_LATEST = 3000  # rows the smoothing constants are searched on; older ones still shape the states


@dataclass(frozen=True, slots=True)
class EtsForm:
    """Which components there are: "ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA"; "R" in place of "N" or "A" in the middle
    is a level that comes back to its mean, which the textbook family lacks and simulation over decades needs.
    """

    trend: str
    """N, A, Ad or R."""
    season: int
    """Rows; 1 for none."""

    @property
    def name(self) -> str:
        """The usual three letters."""
        return f"A{self.trend}{'A' if self.season > 1 else 'N'}"

    @property
    def constants(self) -> tuple[str, ...]:
        """Names of the numbers that are searched for."""
        more = {"N": (), "A": ("beta",), "Ad": ("beta", "phi"), "R": ("rho",)}[self.trend]
        return ("alpha", *more, *(("gamma",) if self.season > 1 else ()))

    @property
    def states(self) -> int:
        """How many numbers the state at the start has."""
        return (1 if self.trend == "N" else 2) + self.season - 1

    def read(self, z: np.ndarray) -> dict[str, float]:
        """The smoothing constants from their logits."""
        held = (min(max(x, -_EDGE), _EDGE) for x in z.tolist())
        share = {name: 1 / (1 + math.exp(-x)) for name, x in zip(self.constants, held, strict=True)}
        found = {"alpha": share["alpha"]}
        if "beta" in share:
            found["beta"] = share["alpha"] * share["beta"]
        if "phi" in share:
            found["phi"] = _DAMPING[0] + (_DAMPING[1] - _DAMPING[0]) * share["phi"]
        if "rho" in share:
            found["rho"] = _RECALL[0] + (_RECALL[1] - _RECALL[0]) * share["rho"]
        if "gamma" in share:
            found["gamma"] = (1 - share["alpha"]) * share["gamma"]
        return found

    def filters(self, constants: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
        """The polynomials A = (1 - B^m) (1 - f B), f the factor of the slope or of the level's way back, and C."""
        m, f, alpha = self.season, self._factor(constants), constants["alpha"]
        a = np.zeros(m + 2)
        a[0] = 1.0  # 1 - B^m holds the unit root of the level too
        a[1] -= f
        a[m] -= 1.0
        a[m + 1] += f
        c = a.copy()
        c[1] += alpha
        if self.trend == "R":
            c[m + 1] -= alpha
        else:
            c[2 : m + 1] += alpha * (1 - f)
            c[m + 1] -= alpha * f
        if "beta" in constants:
            c[1 : m + 1] += f * constants["beta"]
        if m > 1:
            c[m] += constants["gamma"]
            c[m + 1] -= constants["gamma"] * f
        return (a[:-1], c[:-1]) if self.trend == "N" else (a, c)

    def _factor(self, constants: Mapping[str, float]) -> float:
        return {"N": 0.0, "A": 1.0}.get(self.trend) or constants.get("phi", constants.get("rho", 0.0))

    def free(self, constants: Mapping[str, float], n: int) -> np.ndarray:
        """(n, states) path without innovations for each state: level, slope (or first deviation), seasons but one."""
        path = np.empty((n, self.states))
        path[:, 0] = 1.0
        if self.trend in ("A", "Ad"):
            path[:, 1] = np.cumsum(self._factor(constants) ** np.arange(1, n + 1))
        if self.trend == "R":
            path[:, 1] = self._factor(constants) ** np.arange(n, dtype=np.float64)
        path[:, self.states - self.season + 1 :] = _around(self.season, n)
        return path

    def begun(self, constants: Mapping[str, float], a: np.ndarray) -> np.ndarray:
        """(states, states) what each of the states of `free` is as a state of the filter, one a column."""
        d, m = self.states, self.season
        path = self.free(constants, d)
        state = path.copy()
        state[1:] += a[1] * path[:-1] if m > 1 else -self._factor(constants) * path[:-1]
        state[m:] -= path[: d - m]
        return state


@lru_cache(maxsize=64)
def _around(season: int, n: int) -> np.ndarray:
    """(n, season - 1) seasons that add up to nothing over a round."""
    at = np.arange(n)[:, None] % season
    return np.asarray((at == np.arange(season - 1)).astype(np.float64) - (at == season - 1))


def forms_for(season: int, known: int) -> tuple[EtsForm, ...]:
    """The forms worth a try for `known` values; a season needs two of its rounds.

    >>> [form.name for form in forms_for(4, 20)]
    ['ANN', 'AAN', 'AAdN', 'ARN', 'ANA', 'AAA', 'AAdA', 'ARA']
    """
    seasons = (1, season) if season > 1 and known >= 2 * season + 3 else (1,)
    found = [EtsForm(trend, m) for m in seasons for trend in ("N", "A", "Ad", "R")]
    fits = tuple(form for form in found if known - len(form.constants) - form.states - 2 > 0)
    return fits or (EtsForm("N", 1),)


class Ets:
    """Exponential smoothing of one channel (satisfies `Law`).

    Args:
        form: its components.
        logits: (p,) of the smoothing constants, and their covariance (p, p).
        initial: (states,) at the first row, and a root of their covariance (states, states).
        sigma: standard deviation of the one-step errors.
        freedom: degrees of freedom of sigma.
        innovations: (T,), NaN where the series is missing.
    """

    kind: ClassVar[str] = "ets"

    def __init__(
        self,
        form: EtsForm,
        *,
        logits: np.ndarray,
        spread: np.ndarray,
        initial: np.ndarray,
        root: np.ndarray,
        sigma: float,
        freedom: int,
        innovations: np.ndarray,
    ) -> None:
        self.form = form
        self.innovations = innovations
        self._logits, self._spread, self._initial, self._root = logits, spread, initial, root
        self._sigma, self._freedom = sigma, freedom
        self.parameters: Mapping[str, float] = {**form.read(logits), "sigma": sigma}

    @classmethod
    def fit(cls, values: np.ndarray, *, season: int = 1, forms: tuple[EtsForm, ...] | None = None) -> Self:
        """The form with the least AICc, fitted.

        Args:
            values: (T,) on the working scale, NaN for missing.
            season: rows of the season; 1 for none.
            forms: to choose from; `forms_for` by default.
        """
        known = int(np.isfinite(values).sum())
        best: tuple[float, EtsForm, np.ndarray] | None = None
        trial = _Errors(values[-_LATEST:])
        begun = [(form, *trial.begin(form)) for form in forms or forms_for(season, known)]
        hope = min(criterion for *_, criterion in begun) + _HOPELESS
        for form, first, before in begun:
            if before > hope:
                continue
            z, criterion = trial.search(form, first)
            if best is None or criterion < best[0]:
                best = criterion, form, z
        assert best is not None
        return cls._settled(values, best[1], best[2])

    @classmethod
    def _settled(cls, values: np.ndarray, form: EtsForm, z: np.ndarray) -> Self:
        """States, errors and uncertainties at the best smoothing constants."""
        trial = _Errors(values)
        constants = form.read(z)
        a, c = form.filters(constants)
        e0, columns = trial.parts(form, constants)
        fit, *_ = np.linalg.lstsq(columns[trial.known], e0[trial.known], rcond=None)
        state = free_to_state(form.free(constants, form.states) @ fit, a)
        errors, _ = taken_apart(values, a, c, state)
        freedom = max(int(trial.known.sum()) - len(z) - form.states, 1)
        sigma = max(float(np.sqrt(np.nansum(errors**2) / freedom)), _TINY)
        covariance = np.linalg.pinv(columns[trial.known].T @ columns[trial.known]) * sigma**2
        return cls(
            form,
            logits=z,
            spread=_Errors(values[-_LATEST:]).uncertainty(form, z),
            initial=fit,
            root=_root(covariance),
            sigma=sigma,
            freedom=freedom,
            innovations=errors / sigma,
        )

    def __len__(self) -> int:
        return len(self.innovations)

    def simulate(
        self,
        shocks: np.ndarray,
        *,
        origin: Origin,
        exog: np.ndarray | None = None,  # noqa: ARG002 - part of the protocol; this law has none
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Paths driven by standardised innovations; see `Law.simulate`."""
        shocks = np.nan_to_num(shocks)
        if rng is None:
            a, c, state = self._begin(self._logits, self._initial, origin)
            return made_from(shocks * self._sigma, a, c, state)
        paths = len(shocks)
        logits = self._logits + rng.standard_normal((paths, len(self._logits))) @ self._spread.T
        initial = self._initial + rng.standard_normal((paths, len(self._initial))) @ self._root.T
        sigma = (
            self._sigma * np.sqrt(self._freedom / rng.chisquare(self._freedom, paths)) if self._freedom > 4 else None
        )
        scale = np.full(paths, self._sigma) if sigma is None else sigma
        made = np.empty_like(shocks)
        for i in range(paths):
            a, c, state = self._begin(logits[i], initial[i], origin)
            made[i] = made_from(shocks[i : i + 1] * scale[i], a, c, state)[0]
        return made

    def _begin(self, z: np.ndarray, initial: np.ndarray, origin: Origin) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The polynomials, and the state before the first row made."""
        constants = self.form.read(z)
        a, c = self.form.filters(constants)
        state = free_to_state(self.form.free(constants, self.form.states) @ initial, a)
        if origin == "end":
            state = taken_apart(self.values, a, c, state)[1]
        return a, c, state

    @property
    def values(self) -> np.ndarray:
        """(T,) the fitted series again, NaN where it was missing."""
        made = self.simulate(self.innovations[None], origin="start")[0]
        return np.where(np.isfinite(self.innovations), made, np.nan)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        plain = {
            "trend": self.form.trend,
            "season": self.form.season,
            "sigma": self._sigma,
            "freedom": self._freedom,
        }
        return plain, {
            "logits": self._logits,
            "spread": self._spread,
            "initial": self._initial,
            "root": self._root,
            "innovations": self.innovations,
        }

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        own = {name: arrays[name] for name in ("logits", "spread", "initial", "root", "innovations")}
        form = EtsForm(plain["trend"], plain["season"])
        return cls(form, sigma=plain["sigma"], freedom=plain["freedom"], **own)


class _Errors:
    """The one-step errors of a series as a function of the smoothing constants."""

    def __init__(self, values: np.ndarray) -> None:
        self.known = np.isfinite(values)
        rows = np.arange(len(values))
        # Missing values are bridged for the search alone, and their errors do not count.
        self.filled = values if self.known.all() else np.interp(rows, rows[self.known], values[self.known])

    def parts(self, form: EtsForm, constants: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
        """Errors from a state of zeros, and (T, states) what each initial state takes off them."""
        from scipy.signal import lfilter

        a, c = form.filters(constants)
        n, d = len(self.filled), form.states
        inputs = np.zeros((2, n))
        inputs[0] = np.convolve(a, self.filled)[:n]
        inputs[1, 0] = 1.0
        outputs = lfilter(_ONE, c, inputs)
        lagged = np.zeros(d - 1 + n)
        lagged[d - 1 :] = outputs[1]
        return outputs[0], lagged[_lags(n, d)] @ form.begun(constants, a)

    def loss(self, form: EtsForm, z: np.ndarray) -> float:
        """-2 log likelihood but for a constant, with a weak pull of the logits to 0 that keeps them finite."""
        with np.errstate(all="ignore"):
            e0, columns = self.parts(form, form.read(z))
            if not self.known.all():
                e0, columns = e0[self.known], columns[self.known]
            gram = columns.T @ columns
            gram.flat[:: len(gram) + 1] *= 1 + 1e-10
            try:
                fit = np.linalg.solve(gram, columns.T @ e0)
            except np.linalg.LinAlgError:
                return 1e300
            rest = e0 - columns @ fit
            squares = float(rest @ rest)
        if not np.isfinite(squares):
            return 1e300
        n = len(e0)
        return n * float(np.log(max(squares / n, _TINY))) + 0.02 * float(z @ z)

    def begin(self, form: EtsForm) -> tuple[np.ndarray, float]:
        """Logits to begin the search of a form at, and the criterion there."""
        first = min((_start(form, alpha) for alpha in (-2.5, 0.0, 2.0)), key=lambda z: self.loss(form, z))
        return first, self.criterion(form, first)

    def search(self, form: EtsForm, first: np.ndarray) -> tuple[np.ndarray, float]:
        """The best logits of a form, and the criterion there."""
        from scipy.optimize import minimize

        found = minimize(
            lambda z: self._sloped(form, z), first, jac=True, method="BFGS", options={"gtol": 1e-2, "maxiter": 40}
        )
        z = np.clip(found.x if found.fun < self.loss(form, first) else first, -_EDGE, _EDGE)
        return z, self.criterion(form, z)

    def criterion(self, form: EtsForm, z: np.ndarray) -> float:
        """AICc, and what a reverting level has to gain."""
        n, k = int(self.known.sum()), len(z) + form.states + 1
        return self.loss(form, z) + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 1e-3) + _REVERTS * (form.trend == "R")

    def _sloped(self, form: EtsForm, z: np.ndarray) -> tuple[float, np.ndarray]:
        """The loss and its slope, by difference quotients."""
        at = self.loss(form, z)
        return at, np.array([(self.loss(form, z + step) - at) / _STEP for step in _STEP * np.eye(len(z))])

    def uncertainty(self, form: EtsForm, z: np.ndarray) -> np.ndarray:
        """A root of the covariance of the logits: the inverse curvature, at most 1 each way."""
        p, step = len(z), 0.1
        eye = np.eye(p) * step
        at = self.loss(form, z)
        curve = np.empty((p, p))
        for i in range(p):
            for j in range(i + 1):
                if i == j:
                    bend = (self.loss(form, z + eye[i]) - 2 * at + self.loss(form, z - eye[i])) / step**2
                else:
                    bend = (
                        self.loss(form, z + eye[i] + eye[j])
                        - self.loss(form, z + eye[i] - eye[j])
                        - self.loss(form, z - eye[i] + eye[j])
                        + self.loss(form, z - eye[i] - eye[j])
                    ) / (4 * step**2)
                curve[i, j] = curve[j, i] = bend
        values, vectors = np.linalg.eigh(curve / 2)  # the loss is twice minus the log likelihood
        return np.asarray(vectors * np.sqrt(1 / (np.maximum(values, 0.0) + 1.0)))


@lru_cache(maxsize=64)
def _lags(n: int, d: int) -> np.ndarray:
    """(n, d) places of the last d values, the latest first, in a row of n after d - 1 zeros."""
    return np.arange(n)[:, None] + np.arange(d)[::-1]


def _start(form: EtsForm, alpha: float) -> np.ndarray:
    """Logits to begin a search at: little smoothing of slope and season."""
    return np.array([{"alpha": alpha, "beta": -3.0, "phi": 0.5, "rho": 2.0, "gamma": -2.0}[n] for n in form.constants])


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix R with R R' = the covariance, less whatever is not positive."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
