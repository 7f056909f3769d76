"""How large the innovations of a channel are from row to row: always the same, by season, or by their own past."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

import numpy as np

from synthkit.models.series._structure import Origin

__all__ = ["Scale"]

Kind = Literal["constant", "calendar", "garch"]

_LEVEL = 0.01  # of both tests: a volatility that is not there costs more than one that is missed
_ENOUGH = 200  # innovations for GARCH
_EACH = 8  # innovations per season position for calendar factors, on average


@dataclass(frozen=True, slots=True)
class Scale:
    """u[t] = s[t] e[t], with e of variance 1.

    Args:
        kind: of s: a constant, one factor for each position in the season, or GARCH(1,1).
        size: the constant (and the factor of the whole for the others).
        factors: by position in the season ("calendar").
        omega, alpha, beta: of GARCH(1,1) on u / size; its long-run variance is 1.
        last: variance of the row after the fitted series ("garch").
        reason: tests made, with their p-values.

    References:
        Bollerslev (1986), Generalized Autoregressive Conditional Heteroskedasticity. Brown and Forsythe (1974).
    """

    kind: Kind = "constant"
    size: float = 1.0
    factors: tuple[float, ...] = ()
    omega: float = 0.0
    alpha: float = 0.0
    beta: float = 0.0
    last: float = 1.0
    reason: str = "given"

    @classmethod
    def learn(cls, u: np.ndarray, start: int, season: int) -> Self:
        """Choose from (T,) innovations (NaN for none), the grid position of the first and the season's length."""
        known = u[np.isfinite(u)]
        size = float(np.sqrt(np.mean(known**2))) if len(known) else 1.0
        if len(known) < 20 or size <= 1e-12:
            return cls(size=size if size > 1e-12 else 1.0, reason="too few innovations for a test")
        scaled = u / size
        factors, why = _calendar(scaled, start, season)
        if factors:
            return cls("calendar", size, factors=factors, reason=why)
        fitted, also = _garch(scaled)
        reason = "; ".join(filter(None, (why, also))) or "too few innovations for a test"
        if fitted is None:
            return cls(size=size, reason=reason)
        omega, alpha, beta = fitted
        bare = cls("garch", size, omega=omega, alpha=alpha, beta=beta, reason=reason)
        return replace(bare, last=float(bare._variances(scaled)[-1]))

    def of(self, u: np.ndarray, start: int) -> np.ndarray:
        """(T,) s of the fitted innovations."""
        variances = self._variances(u / self.size)[:-1] if self.kind == "garch" else self._by(start, u)
        return np.asarray(self.size * np.sqrt(variances))

    def apply(self, e: np.ndarray, start: int, origin: Origin) -> np.ndarray:
        """(paths, n) innovations from (paths, n) numbers of variance 1; `start` is the grid position of the first."""
        if self.kind != "garch":
            return np.asarray(self.size * np.sqrt(self._by(start, e[0] if len(e) else e[:0])) * e)
        variance = np.full(len(e), self.last if origin == "end" else 1.0)
        made = np.empty_like(e)
        for t in range(e.shape[1]):
            made[:, t] = np.sqrt(variance) * e[:, t]
            # a single shock may not send the variance off for good: its square counts up to ten times the long run
            variance = self.omega + self.alpha * np.minimum(made[:, t] ** 2, 100.0) + self.beta * variance
        return self.size * made

    def _by(self, start: int, row: np.ndarray) -> np.ndarray:
        """(n,) variances by season position, 1 without factors."""
        if not self.factors:
            return np.ones(len(row))
        return np.array(self.factors)[np.arange(start, start + len(row)) % len(self.factors)] ** 2

    def _variances(self, scaled: np.ndarray) -> np.ndarray:
        """(T + 1,) GARCH variances, the last one of the row after the end; a missing square counts as its mean."""
        variances = np.ones(len(scaled) + 1)
        for t, value in enumerate(scaled):
            square = min(value**2, 100.0) if np.isfinite(value) else variances[t]
            variances[t + 1] = self.omega + self.alpha * square + self.beta * variances[t]
        return variances

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` (or its JSON) wrote."""
        return cls(**{**values, "factors": tuple(values["factors"])})


def _calendar(u: np.ndarray, start: int, season: int) -> tuple[tuple[float, ...], str]:
    """A factor for each position of the season where their spreads differ (Brown-Forsythe), and the test."""
    from scipy.stats import levene

    position = np.arange(start, start + len(u)) % max(season, 1)
    known = np.isfinite(u)
    if season < 2 or known.sum() < _EACH * season:
        return (), ""
    groups = [u[known & (position == p)] for p in range(season)]
    if min(len(g) for g in groups) < 3:
        return (), ""
    with np.errstate(all="ignore"):
        chance = float(levene(*groups, center="median").pvalue)
    test = f"spread by position in the season of {season}: p = {chance:.2g} (Brown-Forsythe)"
    if not chance < _LEVEL:
        return (), test
    # each position's variance is drawn toward the common one by as much as five innovations of it would weigh
    raw = np.array([(np.sum(g**2) + 5.0) / (len(g) + 5.0) for g in groups])
    raw /= np.average(raw, weights=[len(g) for g in groups])
    return tuple(float(f) for f in np.sqrt(raw)), test


def _garch(u: np.ndarray) -> tuple[tuple[float, float, float] | None, str]:
    """Omega, alpha and beta where the squares are dependent (Ljung-Box), and the test."""
    known = u[np.isfinite(u)]
    if len(known) < _ENOUGH:
        return None, ""
    from arch.univariate import GARCH, ConstantMean
    from statsmodels.stats.diagnostic import acorr_ljungbox

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        chance = float(acorr_ljungbox(known**2, lags=[10])["lb_pvalue"].iloc[0])
        test = f"squares of the innovations: p = {chance:.2g} (Ljung-Box, 10 lags)"
        if not chance < _LEVEL:
            return None, test
        model = ConstantMean(known, rescale=False)
        model.volatility = GARCH(1, 0, 1)
        _, _, alpha, beta = model.fit(disp="off", show_warning=False).params.to_numpy()
    alpha, beta = max(float(alpha), 0.0), max(float(beta), 0.0)
    if alpha < 0.01:
        return None, f"{test}, but no GARCH(1,1) fits"
    shrink = min(1.0, 0.99 / (alpha + beta))  # a long-run variance has to exist
    alpha, beta = alpha * shrink, beta * shrink
    return (1 - alpha - beta, alpha, beta), test
