"""The two networks of innovations behind the same gate, on real series: `python -m benchmarks.run innovations`.

`density` and `hybrid` differ in the network alone. Both are fitted on the whole series; what stands here is what their
gate found on the last quarter, which neither the network nor the bootstrap had seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.series import SETS, _panel
from synthkit.data import catalog, io
from synthkit.data.panel import Panel
from synthkit.data.series import to_panel
from synthkit.models import registry

CLASSIC = {"daily_min_temperatures": "Date", "co2": "date"}
"""Folder of ts_classic -> column of time."""
DEMAND = "elecdemand"  # half hours of a year, with working days and temperature known beforehand
NETWORKS = ("density", "hybrid")
SECONDS = 90.0  # of training by the clock, at most: enough for the GAN where the machine has other things to do
SEED = 0


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All series, both networks.

    Raises:
        ReadError: the data are not on this machine.
    """
    rows = []
    for name in (*CLASSIC, DEMAND, *SETS):
        panel, base = _series(name)
        for network in NETWORKS:
            about = {"set": name, "rows": panel.points, "channels": len(panel.roles.values)}
            rows.append(about | _fit(network, panel, base))
            say(f"innovations {name} {network}: {rows[-1]}")
    return {"rows": rows, "seed": SEED, "seconds": SECONDS}


def _series(name: str) -> tuple[Panel, str | None]:
    """The series, and the classical model under the network; the model's own choice for a single channel."""
    if name in CLASSIC:
        return to_panel(io.read_table(catalog.path(f"ts_classic/{name}"), time=CLASSIC[name])), None
    if name == DEMAND:
        frame = pd.read_csv(catalog.path(f"ts_classic/{name}"))
        table = io.to_table(frame.assign(row=np.arange(len(frame))), time="row")
        panel = to_panel(table, exog=["WorkDay", "Temperature"])
        return replace(panel, grid=replace(panel.grid, seasons=(48,))), None
    where, _, season = SETS[name]
    frame = pd.read_csv(catalog.path(where)).select_dtypes("number")
    return _panel(frame.assign(row=np.arange(len(frame))), None, season), "var"


def _fit(network: str, panel: Panel, base: str | None) -> dict[str, Any]:
    start = time.process_time()
    model = registry.simulator(network)(base=base, seconds=SECONDS).fit(panel, rng=np.random.default_rng([1, SEED]))
    notes = model.notes
    gate, trained = notes.get("gate") or {}, notes.get("network") or {}
    told = {key: gate.get(key) for key in ("new", "old", "difference", "error", "windows", "width")}
    return {
        "network": network, "base": notes["base"], "on": "switched on" in notes, **told,
        "why": notes.get("switched on") or notes.get("switched off"),
        "trained": trained.get("seconds"), "seconds": time.process_time() - start,
    }  # fmt: skip
