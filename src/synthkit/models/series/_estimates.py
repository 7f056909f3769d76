"""From a fitted statsmodels state-space model to its innovations form, with draws of its parameters."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from synthkit.models.series._form import Form, InnovationsForm

__all__ = ["aicc", "from_model", "from_results", "quiet"]

_TRIES = 20  # draws of one parameter vector; each half as far from the estimate as a rejected one before it, from 10 on
_SETTLED = 1e-8  # relative change of the variance at which the Riccati recursion has settled
_NEAR_ONE = 0.9999  # roots of a drawn polynomial must be at most this large


@contextmanager
def quiet() -> Iterator[None]:
    """Keep statsmodels' warnings (no convergence, start values, dates without a frequency) and numpy's to ourselves.

    They speak of an optimiser the reader never called; a fit that failed is noticed by its figures instead.
    """
    import statsmodels.tools.sm_exceptions  # noqa: F401 - puts a filter of its own before ours when first imported

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def from_results(
    results: Any,  # noqa: ANN401 - of SARIMAX, UnobservedComponents or another linear model with one endogenous column
    *,
    draws: int,
    rng: np.random.Generator,
    periods: Sequence[tuple[float, int]] = (),
    waves: np.ndarray | None = None,
) -> InnovationsForm:
    """The innovations form of what `fit(disp=False)` gave; see `from_model`."""
    estimate = np.asarray(results.params, dtype=np.float64)
    with quiet():
        covariance = _covariance(results)
    return from_model(results.model, estimate, covariance, draws=draws, rng=rng, periods=periods, waves=waves)


def from_model(
    model: Any,  # noqa: ANN401
    estimate: np.ndarray,
    covariance: np.ndarray,
    *,
    draws: int,
    rng: np.random.Generator,
    periods: Sequence[tuple[float, int]] = (),
    waves: np.ndarray | None = None,
) -> InnovationsForm:
    """The innovations form of a model and of `draws` parameter vectors from N(estimate, covariance).

    Args:
        model: a statsmodels state-space model of one column.
        estimate: its parameters.
        covariance: of the estimate; rows that are not finite are taken for known.
        draws: parameter vectors; each is filtered again for its own states. 0 for the estimate alone.
        rng: for the draws.
        periods: of Fourier columns: the last of the model's exogenous columns, or taken off the series beforehand.
        waves: coefficients of Fourier columns that were taken off beforehand.

    Raises:
        ValueError: the model has no finite likelihood there.
    """
    with quiet():
        own = model.smooth(estimate)
        filtered = own.filter_results
        if not (np.isfinite(estimate).all() and np.isfinite(own.llf)):
            raise ValueError("the likelihood is not finite")
        forms = [_form(model, own, estimate)]
        thetas = _drawn(model, estimate, covariance, draws, rng)
        forms += [_form(model, model.smooth(theta), theta) for theta in thetas]
    form = Form.joined(forms)
    if waves is not None:
        form = replace(form, beta=np.hstack([form.beta, np.tile(waves, (len(form), 1))]))
    variances = np.maximum(filtered.forecasts_error_cov[0, 0], 0.0)
    errors = np.where(np.isfinite(np.ravel(model.endog)), filtered.forecasts_error[0], np.nan)
    return InnovationsForm(
        form,
        first=filtered.predicted_state[:, 0].copy(),
        gains=np.nan_to_num(filtered.kalman_gain[:, 0].T),
        variances=variances,
        raw=errors / np.sqrt(np.where(variances > 0, variances, 1.0)),
        burn=int(own.loglikelihood_burn),
        periods=periods,
        parameters={name: float(value) for name, value in zip(model.param_names, estimate, strict=True)},
    )


def aicc(results: Any) -> float:  # noqa: ANN401
    """Akaike's criterion corrected for short series; infinite where the fit has no finite likelihood."""
    n, k = float(results.nobs_effective), float(len(results.params))
    score = float(results.aic) + 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else np.inf
    return score if np.isfinite(score) else np.inf


def _form(model: Any, smoothed: Any, theta: np.ndarray) -> Form:  # noqa: ANN401 - statsmodels has no types
    """One system with its settled gain and both its states."""
    filtered = smoothed.filter_results
    transition, design = filtered.transition[:, :, 0], filtered.design[0, :, 0]
    noise = filtered.selection[:, :, 0] @ filtered.state_cov[:, :, 0] @ filtered.selection[:, :, 0].T
    known = filtered.predicted_state_cov[:, :, -1]
    gain, variance, settled = _riccati(transition, design, noise, float(filtered.obs_cov[0, 0, 0]), known)
    beta = _coefficients(model, theta)
    offset = float(filtered.obs_intercept[0, 0]) - (float(model.exog[0] @ beta) if len(beta) else 0.0)
    form = Form(
        transition=transition,
        intercept=filtered.state_intercept[:, 0],
        design=design,
        offset=np.array(offset),
        beta=beta,
        gain=gain,
        variance=np.array(variance),
        start=smoothed.smoothed_state[:, 0],
        start_root=_root(smoothed.smoothed_state_cov[:, :, 0]),
        end=filtered.predicted_state[:, -1],
        end_root=_root(known - settled),
    )
    return Form(*(np.array(getattr(form, name))[None] for name in Form.__slots__))


def _coefficients(model: Any, theta: np.ndarray) -> np.ndarray:  # noqa: ANN401
    """The coefficients of the exogenous columns, in their order."""
    if model.exog is None:
        return np.zeros(0)
    names = list(model.param_names)
    labels = [name if name in names else f"beta.{name}" for name in model.exog_names]
    return theta[[names.index(label) for label in labels]]


def _riccati(
    transition: np.ndarray, design: np.ndarray, noise: np.ndarray, own: float, known: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    """Gain, variance of the innovations and covariance of the state, once the filter has settled."""
    variance = float(design @ known @ design) + own
    for _ in range(500):
        before = variance
        gain = transition @ known @ design / max(variance, 1e-300)
        known = transition @ known @ transition.T + noise - np.outer(gain, gain) * variance
        known = (known + known.T) / 2
        variance = float(design @ known @ design) + own
        if abs(variance - before) <= _SETTLED * before:
            break
    return transition @ known @ design / max(variance, 1e-300), max(variance, 0.0), known


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix R with R R' = the covariance, less whatever is not positive."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(vectors * np.sqrt(np.where(values > 1e-12, values, 0.0)))


def _covariance(results: Any) -> np.ndarray:  # noqa: ANN401
    """The covariance of the estimates, 0 where statsmodels has none."""
    try:
        covariance = np.asarray(results.cov_params(), dtype=np.float64)
    except (ValueError, np.linalg.LinAlgError):
        covariance = np.zeros((len(results.params),) * 2)
    bad = ~np.isfinite(covariance).all(axis=1) | (np.diag(covariance) <= 0)
    covariance = np.where(bad[:, None] | bad[None, :], 0.0, covariance)
    return (covariance + covariance.T) / 2


def _drawn(
    model: Any,  # noqa: ANN401
    estimate: np.ndarray,
    covariance: np.ndarray,
    draws: int,
    rng: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Parameter vectors near the estimate: variances by their logarithm, the rest as they are, polynomials stable."""
    names = list(model.param_names)
    positive = np.array([name.startswith("sigma2") for name in names])
    # d log(v) = dv / v; a variance that is next to nothing has a useless standard error: at most 1 on the log scale
    slope = np.where(positive, 1 / np.maximum(estimate, 1e-12), 1.0)
    scaled = covariance * np.outer(slope, slope)
    errors = np.sqrt(np.diag(scaled))
    limit = np.where(positive, 1.0, np.inf) / np.where(errors > 0, errors, 1.0)
    shrink = np.where(errors > 0, np.minimum(1.0, limit), 1.0)
    root = _root(scaled * np.outer(shrink, shrink))
    for _ in range(draws):
        theta, reach = estimate, 1.0
        for attempt in range(_TRIES):
            step = reach * (root @ rng.standard_normal(len(estimate)))
            trial = np.where(positive, estimate * np.exp(np.where(positive, step, 0.0)), estimate + step)
            if _stable(names, trial):
                theta = trial
                break
            reach = reach if attempt < _TRIES // 2 else reach / 2
        yield theta


def _stable(names: Sequence[str], theta: np.ndarray) -> bool:
    """Whether every AR polynomial is stationary and every MA polynomial invertible."""
    for prefix, sign in (("ar.L", 1.0), ("ar.S.L", 1.0), ("ma.L", -1.0), ("ma.S.L", -1.0)):
        lags = [value for name, value in zip(names, theta, strict=True) if name.startswith(prefix)]
        roots = np.roots([1.0, *(-sign * np.array(lags))]) if lags else np.zeros(0)
        if (np.abs(roots) > _NEAR_ONE).any():
            return False
    return True
