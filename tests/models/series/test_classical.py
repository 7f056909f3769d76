"""What classical models have in common: their own disturbances rebuild the series, and paths spread as they should."""

from __future__ import annotations

import numpy as np
import pytest

from synthkit.data.panel import Panel
from synthkit.models import registry
from synthkit.models.base import Plan
from synthkit.models.series._classical import Classical
from synthkit.testing._panels import lone, many

CLASSICAL = [name for name in registry.series_names() if issubclass(registry.simulator(name), Classical)]

SLOW_TO_FIT = ("components", "sarimax")


def fitted(name: str, panel: Panel) -> Classical:
    model = registry.simulator(name)().fit(panel, rng=np.random.default_rng(0))
    assert isinstance(model, Classical)
    return model


@pytest.mark.parametrize("name", CLASSICAL)
@pytest.mark.parametrize("make", [lone, many])
def test_own_disturbances_rebuild_the_series(name, make):
    """The replay: innovations in, the fitted series out, through structure and transform, to 1e-8."""
    panel = make()
    if registry.simulator(name).refuses(panel):
        pytest.skip("the model does not take this panel")
    panel = panel.of(panel.series[:3])
    for series, fit in zip(panel, fitted(name, panel)._fits, strict=True):
        shocks = np.nan_to_num(fit.structure.innovations)[None]
        again = fit.structure.simulate(shocks, origin="start", exog=fit.exog[:, fit.used])
        known = series.present[:, None] & np.isfinite(series.values)
        rebuilt = fit.to_values(again)[0]
        scale = np.nanstd(series.values)
        assert known.sum() > 30
        assert np.abs(rebuilt - series.values)[known].max() < 1e-8 * max(scale, 1.0)
        assert np.nanstd(fit.structure.innovations) > 0.1  # and not because there was nothing to rebuild


@pytest.mark.parametrize("name", CLASSICAL)
def test_continuations_cover_what_came(name):
    """Of a block never seen, most lies inside the central 90 % of the paths, and the paths are not infinitely wide."""
    panel = many(3)
    if name in SLOW_TO_FIT:
        panel = panel.of(panel.series[:6])
    if registry.simulator(name).refuses(panel) or "continue" not in registry.simulator(name).modes:
        pytest.skip("the model does not take this panel, or cannot continue it")
    past, came = panel.until(6), panel.last(6)
    made = fitted(name, past).simulate(Plan("continue", paths=60, horizon=6), rng=np.random.default_rng(1))
    inside, wide = [], []
    for series in came:
        paths = np.stack([s.values for s in made if s.entity == series.entity])
        low, high = np.quantile(paths, [0.05, 0.95], axis=0)
        inside.append((low <= series.values) & (series.values <= high))
        wide.append((high - low).mean(axis=0) / past.only({series.entity}).series[0].values.std(axis=0))
    assert 0.75 < np.mean(inside) <= 1.0
    assert np.median(wide) < 12
