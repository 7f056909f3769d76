"""Does augmentation help gradient boosting on short series? M3 monthly, each cut to 60 points before 18 to foretell.

One global LightGBM forecasts all series directly, 1 to 18 months ahead, from the last 24 months relative to their own
level. It is trained on the real rows alone, on real rows and Bagged-ETS copies (the classical champion), on real rows
and our twins, and on real rows and our futures: rows whose lags are the real last months and whose targets are paths
that classical models simulate after the end. Its settings are the same in all arms and were fixed beforehand. The 18
test months are seen by nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.data import catalog, io
from synthkit.data.panel import Panel
from synthkit.data.series import to_panel
from synthkit.models import registry
from synthkit.models.base import Mode, Plan

Rows = NDArray[np.float64]

SERIES, POINTS, AHEAD, LAGS, SEASON = 400, 60, 18, 24, 12
SEEDS = (0, 1, 2)
COPIES = 5
FUTURES = 10  # paths of each model
FORECASTERS = ("ets", "sarimax")
SETTINGS = {"learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 100, "feature_fraction": 0.8}
ROUNDS = 300


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All arms, with the error of each series.

    Raises:
        ReadError: the data are not on this machine.
    """
    whole = _series()
    past, truth = whole[:, :POINTS], whole[:, POINTS:]
    unit = np.abs(past[:, SEASON:] - past[:, :-SEASON]).mean(axis=1)

    def mase(made: Rows) -> Rows:
        return np.asarray(np.abs(made - truth).mean(axis=1) / unit)

    panel = _panel(past)
    losses: dict[str, Rows] = {"seasonal naive": mase(np.tile(past[:, -SEASON:], 2)[:, :AHEAD])}
    arms: dict[str, list[Rows]] = {}
    for seed in SEEDS:
        futures = _futures(panel, seed, say)
        losses.setdefault("classical paths, median", mase(np.median(futures, axis=1)))
        extra: dict[str, Iterable[tuple[Rows, Rows]]] = {
            "real rows alone": [],
            "with Bagged-ETS copies": [_lessons(c) for c in _copies(panel, "bootstrap", "augment", seed)],
            "with our twins": [_lessons(c) for c in _copies(panel, "ets", "twin", seed)],
            "with our futures": [_ahead(past, futures)],
        }
        for arm, more in extra.items():
            made = _boosted(past, [_lessons(past), *more], seed)
            arms.setdefault(arm, []).append(mase(made))
            say(f"augment seed {seed}: {arm} {arms[arm][-1].mean():.4f}")
    losses |= {arm: np.mean(parts, axis=0) for arm, parts in arms.items()}
    return {
        "series": len(whole), "points": POINTS, "ahead": AHEAD, "seeds": list(SEEDS), "settings": SETTINGS,
        "rows": [_row(arm, losses) for arm in losses],
    }  # fmt: skip


def _series() -> Rows:
    """(SERIES, POINTS + AHEAD) last months of monthly series, drawn once."""
    frame = pd.read_csv(catalog.path("ts_m3_m4/m3"))
    monthly = frame[frame["period"] == "MONTHLY"].sort_values(["unique_id", "t"])
    ends = [g["y"].to_numpy(float)[-POINTS - AHEAD :] for _, g in monthly.groupby("unique_id")]
    usable = [e for e in ends if len(e) == POINTS + AHEAD and e.min() > 0 and np.ptp(e[:POINTS]) > 0]
    picks = np.sort(np.random.default_rng(0).permutation(len(usable))[:SERIES])
    return np.stack([usable[i] for i in picks])


def _panel(past: Rows) -> Panel:
    months = pd.date_range("2000-01-01", periods=past.shape[1], freq="MS")
    frame = pd.DataFrame({
        "series": np.repeat([f"s{i:04}" for i in range(len(past))], past.shape[1]),
        "month": np.tile(months, len(past)),
        "y": past.ravel(),
    })  # fmt: skip
    return to_panel(io.to_table(frame, time="month", entity="series"), values=["y"])


def _copies(panel: Panel, model: str, mode: Mode, seed: int) -> list[Rows]:
    """COPIES arrays like the data."""
    fitted = registry.simulator(model)().fit(panel, rng=np.random.default_rng([1, seed]))
    made = fitted.simulate(Plan(mode, paths=COPIES), rng=np.random.default_rng([2, seed]))
    return [np.stack([s.values[:, 0] for s in made if s.path == path]) for path in range(COPIES)]


def _futures(panel: Panel, seed: int, say: Callable[[str], None]) -> Rows:
    """(series, paths, AHEAD) paths after the end, of all forecasters."""
    parts = []
    for name in FORECASTERS:
        fitted = registry.simulator(name)().fit(panel, rng=np.random.default_rng([3, seed]))
        made = fitted.simulate(Plan("continue", paths=FUTURES, horizon=AHEAD), rng=np.random.default_rng([4, seed]))
        parts.append(np.stack([s.values[:, 0] for s in made]).reshape(len(panel), FUTURES, AHEAD))
        say(f"augment seed {seed}: {name} fitted to {len(panel)} series")
    return np.concatenate(parts, axis=1)


def _features(windows: Rows, ahead: int) -> tuple[Rows, Rows]:
    """(n, f) of (n, LAGS) windows for `ahead` rows on, and the (n,) level that they are relative to."""
    level = windows[:, -SEASON:].mean(axis=1)
    relative = windows / level[:, None] - 1
    same = relative[:, LAGS - SEASON + (ahead - 1) % SEASON]
    year = relative[:, (ahead - 1) % SEASON]
    trend = relative[:, -SEASON:].mean(axis=1) - relative[:, :SEASON].mean(axis=1)
    spread = relative[:, -SEASON:].std(axis=1)
    named = np.column_stack([np.full(len(windows), float(ahead)), same, year, trend, spread])
    return np.hstack([named, relative]), level


def _lessons(rows: Rows) -> tuple[Rows, Rows]:
    """Features and relative targets from every origin within the rows."""
    x, y = [], []
    for origin in range(LAGS, rows.shape[1], 3):
        for ahead in range(1, min(AHEAD, rows.shape[1] - origin) + 1):
            features, level = _features(rows[:, origin - LAGS : origin], ahead)
            x.append(features)
            y.append(rows[:, origin + ahead - 1] / level - 1)
    return np.concatenate(x), np.concatenate(y)


def _ahead(past: Rows, futures: Rows) -> tuple[Rows, Rows]:
    """Features of the real last months, and simulated targets."""
    x, y = [], []
    for ahead in range(1, AHEAD + 1):
        features, level = _features(past[:, -LAGS:], ahead)
        for path in range(futures.shape[1]):
            x.append(features)
            y.append(futures[:, path, ahead - 1] / level - 1)
    return np.concatenate(x), np.concatenate(y)


def _boosted(past: Rows, lessons: list[tuple[Rows, Rows]], seed: int) -> Rows:
    """(series, AHEAD) forecasts of a booster trained on the lessons, which weigh the same together as the real ones."""
    import lightgbm

    x, y = np.concatenate([a for a, _ in lessons]), np.concatenate([b for _, b in lessons])
    real = len(lessons[0][1])
    weight = np.ones(len(y))
    weight[real:] = real / max(len(y) - real, 1)
    whole = np.isfinite(y) & np.isfinite(x).all(axis=1)
    data = lightgbm.Dataset(x[whole], np.clip(y[whole], -1.5, 5), weight=weight[whole])
    settings = {"objective": "l1", "seed": seed, "num_threads": 1, "verbose": -1, "deterministic": True, **SETTINGS}
    fitted = lightgbm.train(settings, data, ROUNDS)
    made = []
    for ahead in range(1, AHEAD + 1):
        features, level = _features(past[:, -LAGS:], ahead)
        made.append((np.asarray(fitted.predict(features)) + 1) * level)
    return np.column_stack(made)


def _row(arm: str, losses: Mapping[str, Rows]) -> dict[str, Any]:
    """The mean, and the Diebold-Mariano test over series against the two arms that matter."""
    own = losses[arm]
    row: dict[str, Any] = {"arm": arm, "mase": float(own.mean()), "median": float(np.median(own))}
    for other in ("real rows alone", "with Bagged-ETS copies"):
        if other != arm and other in losses:
            gap = own - losses[other]
            row[f"against {other}"] = {"gap": float(gap.mean()), "p": _p(gap)}
    return row


def _p(gap: Rows) -> float:
    """Two-sided p of a mean of 0; series are independent, so the test needs no autocovariances."""
    from scipy.stats import ttest_1samp

    return float(ttest_1samp(gap, 0.0).pvalue)
