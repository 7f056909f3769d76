"""How long one monthly series of 144 points takes: fit and a thousand paths of 24 months, model by model.

Processor time of this process, so that a busy machine does not count against it; the networks are timed on 2,000
points of a threshold autoregression, where they are trained, since on 144 points they step back before that.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from synthkit.data import catalog, io
from synthkit.data.panel import Panel
from synthkit.data.series import to_panel
from synthkit.models import registry
from synthkit.models.base import Plan

ROUNDS = 5
PATHS, AHEAD = 1_000, 24
MODELS = ("naive", "ets", "mstl", "harmonic", "sarimax", "components")
NETWORKS = ("density", "hybrid")


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Every classical model on air passengers, and the networks once.

    Raises:
        ReadError: the data are not on this machine.
    """
    air = to_panel(io.read_table(catalog.path("ts_classic/air_passengers"), time="Month"))
    rows = []
    for name in MODELS:
        taken = [_once(name, air, {}) for _ in range(ROUNDS)]
        rows.append({"model": name, "points": air.points, "seconds": statistics.median(taken)})
        say(f"speed {name}: {rows[-1]['seconds']:.2f} s")
    for name in NETWORKS:
        rows.append({"model": name, "points": 2_000, "seconds": _once(name, _threshold(2_000), {"base": "naive"})})
        say(f"speed {name}: {rows[-1]['seconds']:.0f} s")
    return {"rows": rows, "paths": PATHS, "ahead": AHEAD, "rounds": ROUNDS}


def _once(name: str, panel: Panel, options: dict[str, Any]) -> float:
    start = time.process_time()
    fitted = registry.simulator(name)(**options).fit(panel, rng=np.random.default_rng(0))
    fitted.simulate(Plan("continue", paths=PATHS, horizon=AHEAD), rng=np.random.default_rng(1))
    return time.process_time() - start


def _threshold(n: int) -> Panel:
    """Steps whose size and sign depend on the step before: no linear model and no short block has that law."""
    rng = np.random.default_rng(0)
    steps = np.zeros(n)
    for t in range(1, n):
        before = steps[t - 1]
        steps[t] = (0.7 if before > 0 else -0.6) * before + (1.0 if before > 0 else 0.4) * rng.standard_normal()
    frame = pd.DataFrame({"day": pd.date_range("2015-01-01", periods=n, freq="D"), "level": steps.cumsum()})
    return to_panel(io.to_table(frame, time="day"), season=None)
