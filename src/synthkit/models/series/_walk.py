"""The simplest law there is: the last season comes again, moved by a drift and by a random step."""

from __future__ import annotations

import numpy as np

from synthkit.models.series._form import Form, InnovationsForm

__all__ = ["seasonal_walk"]


def seasonal_walk(x: np.ndarray, season: int, draws: int, rng: np.random.Generator) -> InnovationsForm:
    """x[t] = x[t - season] + drift + error, for (T,) values with NaN where missing; season 1 is a random walk.

    Works from two known values up; fewer (or no movement) give a law that repeats what there is. A season the series
    does not hold twice is taken for 1. Draws of the parameters: the drift from its normal law, the variance from its
    scaled inverse chi-squared one.
    """
    known = np.isfinite(x)
    m = season if 1 < season <= len(x) // 2 else 1
    level = float(np.median(x[known])) if known.any() else 0.0
    steps = x[m:] - x[:-m]
    steps = steps[np.isfinite(steps)]
    drift = float(steps.mean()) if len(steps) >= 3 else 0.0
    variance = float(steps.var(ddof=1)) if len(steps) >= 3 else (float(np.nanvar(x)) if known.any() else 0.0)
    degrees = max(len(steps) - 1, 1)
    freedom = rng.chisquare(degrees, draws) / degrees if draws else np.zeros(0)
    variances = np.append(variance, variance / np.maximum(freedom, 0.1))
    drifts = drift + np.append(0.0, rng.standard_normal(draws)) * np.sqrt(variances / max(len(steps), 1))
    gain = np.eye(m)[m - 1]
    first, raw, gains, end = _filtered(x, m, drift, level)
    form = Form(
        transition=np.repeat(np.roll(np.eye(m), -1, axis=0)[None], draws + 1, axis=0),
        intercept=np.multiply.outer(drifts, gain),
        design=np.repeat(np.eye(m)[:1], draws + 1, axis=0),
        offset=np.zeros(draws + 1),
        beta=np.zeros((draws + 1, 0)),
        gain=np.repeat(gain[None], draws + 1, axis=0),
        variance=variances,
        start=np.repeat(first[None], draws + 1, axis=0),
        start_root=np.zeros((draws + 1, m, m)),
        end=np.repeat(end[None], draws + 1, axis=0),
        end_root=np.zeros((draws + 1, m, m)),
    )
    return InnovationsForm(
        form,
        first=first,
        gains=gains,
        variances=np.full(len(x), variance),
        raw=raw / (np.sqrt(variance) if variance > 0 else 1.0),
        burn=m,
        parameters={"season": float(m), "drift": drift, "sigma2": variance},
    )


def _filtered(
    x: np.ndarray, m: int, drift: float, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The state before the first row, the raw innovations, the gains (0 at missing values) and the state at the end.

    The state holds the expected values of the next m rows, the nearest first.
    """
    opening = x[:m]
    usual = float(np.nanmean(opening)) if np.isfinite(opening).any() else level
    # one season before the first: the first season less its drift, so that a drawn path begins around the real one
    first = np.where(np.isfinite(opening), opening, usual)
    state, raw, gains = first.copy(), np.full(len(x), np.nan), np.zeros((len(x), m))
    for t, value in enumerate(x):
        expected = state[0]
        state = np.roll(state, -1)
        state[-1] = expected + drift
        if np.isfinite(value):
            raw[t] = value - expected
            gains[t, m - 1] = 1.0
            state[-1] += raw[t]
    return first, raw, gains, state
