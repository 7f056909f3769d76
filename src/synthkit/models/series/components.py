"""Unobserved components: level, slope, season and a short memory, each with a disturbance of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._estimates import aicc, from_model, from_results, quiet

if TYPE_CHECKING:
    from synthkit.models.series._fitted import Task
    from synthkit.models.series._structure import Law

__all__ = ["MODEL", "Components"]

_FULL = 24  # rows in a season up to which it gets every harmonic
_HARMONICS = 5  # of longer ones
_RECENT = 1500  # rows that parameters are estimated from; states always come from all of them


class Components(Classical):
    """Local level, fixed or local slope, trigonometric seasons and an AR(1), the best by AICc.

    References:
        Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter. Durbin and Koopman (2012),
        Time Series Analysis by State Space Methods.
    """

    name: ClassVar[str] = "components"
    card: ClassVar[Card] = Card(
        family="structural time series",
        rung=30,
        summary="Level, slope, seasons and a short memory, each moved by disturbances of its own size.",
        assumes="The parts add up on the working scale and change slowly.",
        fails_when="Seasons with sharp corners and more than 24 rows; breaks.",
        data_hunger="About eight rows; two seasons for a season.",
        latency="About a million rows a second over many paths.",
        control="All modes, exogenous values included.",
        cost="Half a second for 144 monthly rows, on one core.",
        licence="BSD-3-Clause (statsmodels)",
        references=("Harvey 1989", "Durbin and Koopman 2012"),
    )

    def law(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> Law:
        """The best of a few sets of components."""
        known = int(np.isfinite(x).sum())
        seasons = [m for m in task.seasons if known >= 2 * m + 4 and len(x) >= 2 * m + 4]
        harmonics = [(m, m // 2 if m <= _FULL else _HARMONICS) for m in seasons]
        exog = task.exog if task.exog.shape[1] else None
        with quiet():
            part = slice(max(0, len(x) - _RECENT), None)
            chosen, fitted = _best(x[part], None if exog is None else exog[part], harmonics, known)
            if len(x) <= _RECENT:
                return from_results(fitted, draws=task.draws, rng=rng)
            model = _model(x, exog, harmonics, chosen, fitted.model.loglikelihood_burn)
            covariance = np.asarray(fitted.cov_params(), dtype=np.float64)
            return from_model(model, np.asarray(fitted.params), covariance, draws=task.draws, rng=rng)


def _model(
    x: np.ndarray,
    exog: np.ndarray | None,
    harmonics: list[tuple[int, int]],
    chosen: tuple[str, bool],
    burn: int,
) -> Any:  # noqa: ANN401 - statsmodels has no types
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    level, memory = chosen
    return UnobservedComponents(
        x,
        level,
        exog=exog,
        freq_seasonal=[{"period": m, "harmonics": h} for m, h in harmonics] or None,
        autoregressive=1 if memory else None,
        loglikelihood_burn=burn,
    )


def _best(
    x: np.ndarray, exog: np.ndarray | None, harmonics: list[tuple[int, int]], known: int
) -> tuple[tuple[str, bool], Any]:
    """Level and memory of the lowest AICc, and the fit.

    All leave out as many rows at the start as the one with most states, or their likelihoods could not be compared.
    """
    waves = sum(2 * h - (2 * h == m) for m, h in harmonics)
    burn = min(2 + waves, known // 2)
    levels = ["local level", "random walk with drift", "local linear deterministic trend"]
    levels += ["local linear trend"] if known >= 20 + waves else []
    best: tuple[float, tuple[str, bool], Any] | None = None
    for memory in (False, True):
        # a memory is tried beside the best level alone: beside each it would double the time for the same answer
        tried = levels if not memory else [best[1][0]] if best is not None and known >= 30 + waves else []
        for level in tried:
            try:
                found = _model(x, exog, harmonics, (level, memory), burn).fit(disp=False, maxiter=50)
            except (ValueError, np.linalg.LinAlgError, IndexError):
                continue  # no start values for these components; others are tried
            if best is None or aicc(found) < best[0]:
                best = aicc(found), (level, memory), found
    if best is None or not np.isfinite(best[0]):
        raise ValueError("no components could be fitted")
    return best[1], best[2]


MODEL = Components
