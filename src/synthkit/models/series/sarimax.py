"""Seasonal ARIMA with exogenous inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._estimates import aicc, from_model, quiet
from synthkit.models.series._form import fourier
from synthkit.models.series._orders import Orders, candidates, differences

if TYPE_CHECKING:
    from synthkit.models.series._fitted import Task
    from synthkit.models.series._structure import Law

__all__ = ["MODEL", "Sarimax"]

_LONG = 24  # rows in a season above which it is carried by waves: the state would have more than twice as many numbers
_WAVES = 5  # pairs of them, at most
_RECENT = 1500  # rows that parameters are estimated from; states always come from all of them


class Sarimax(Classical):
    """Few orders after one choice of differences, the best by AICc; seasons above 24 rows as Fourier terms.

    References:
        Box and Jenkins (1970), Time Series Analysis. Hyndman and Khandakar (2008), Automatic Time Series Forecasting.
    """

    name: ClassVar[str] = "sarimax"
    card: ClassVar[Card] = Card(
        family="seasonal ARIMA",
        rung=35,
        summary="Differences of the series as a short ARMA, seasons included; exogenous inputs enter linearly.",
        assumes="What lasts of a shock is the same at all times; seasons of up to 24 rows, or smooth ones.",
        fails_when="Several long seasons with sharp corners; the spread follows neither calendar nor its own past.",
        data_hunger="About ten rows; three seasons for a season.",
        latency="About a million rows a second over many paths.",
        control="All modes, exogenous values included.",
        cost="Tenths of a second for 144 monthly rows, on one core.",
        licence="BSD-3-Clause (statsmodels)",
        references=("Box and Jenkins 1970", "Hyndman and Khandakar 2008"),
    )

    def law(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> Law:
        """The best of a few orders."""
        short = max((m for m in task.seasons if m <= _LONG), default=1)
        d, big, m = differences(x, short)
        periods = _periods(x, task.seasons)
        waves = _coefficients(x, periods)
        columns = fourier(0, len(x), periods)
        rest = x - columns @ waves
        exog = task.exog if task.exog.shape[1] else None
        orders, estimate, covariance = _best(rest, exog, candidates(d, big, m, int(np.isfinite(x).sum())))
        model = _model(rest, exog, orders, simple=False)
        return from_model(model, estimate, covariance, draws=task.draws, rng=rng, periods=periods, waves=waves)


def _periods(x: np.ndarray, seasons: tuple[int, ...]) -> list[tuple[float, int]]:
    """(period, order) of the seasons that are too long for a state and that the series holds twice."""
    return [(float(m), min(_WAVES, m // 2)) for m in seasons if _LONG < m <= len(x) // 2]


def _coefficients(x: np.ndarray, periods: list[tuple[float, int]]) -> np.ndarray:
    """Least squares of the waves beside a bent trend, on rows that are known."""
    n, known = len(x), np.isfinite(x)
    columns = fourier(0, n, periods)
    if columns.shape[1] == 0:
        return np.zeros(0)
    trend = np.polynomial.chebyshev.chebvander(np.linspace(-1, 1, n), 3)
    found = np.linalg.lstsq(np.hstack([columns, trend])[known], x[known], rcond=None)[0]
    return np.asarray(found[: columns.shape[1]])


def _model(x: np.ndarray, exog: np.ndarray | None, orders: Orders, *, simple: bool) -> Any:  # noqa: ANN401
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    return SARIMAX(
        x,
        exog=exog,
        order=(orders.p, orders.d, orders.q),
        seasonal_order=(*orders.seasonal, orders.m if orders.m > 1 else 0),
        trend=orders.trend,
        simple_differencing=simple,
    )


def _best(x: np.ndarray, exog: np.ndarray | None, tried: tuple[Orders, ...]) -> tuple[Orders, np.ndarray, np.ndarray]:
    """Orders, estimate and covariance of the lowest AICc.

    Without missing values the series is differenced first: the same likelihood, with half the state. With some, that
    would lose every row next to one.
    """
    recent = slice(max(0, len(x) - _RECENT), None)
    part, inputs = x[recent], None if exog is None else exog[recent]
    simple = bool(np.isfinite(part).all())
    best: tuple[float, Orders, Any] | None = None
    with quiet():
        for orders in tried:
            try:
                found = _model(part, inputs, orders, simple=simple).fit(disp=False, maxiter=40)
            except (ValueError, np.linalg.LinAlgError, IndexError):
                continue  # statsmodels found no start values for these; others are tried
            if best is None or aicc(found) < best[0]:
                best = aicc(found), orders, found
        if best is None or not np.isfinite(best[0]):
            raise ValueError("no order could be fitted")
        try:
            covariance = np.asarray(best[2].cov_params(), dtype=np.float64)
        except (ValueError, np.linalg.LinAlgError):
            covariance = np.zeros((len(best[2].params),) * 2)
    return best[1], np.asarray(best[2].params, dtype=np.float64), covariance


MODEL = Sarimax
