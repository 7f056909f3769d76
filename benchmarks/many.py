"""Many series: what a panel costs to fit and to simulate, by workers.

    python -m benchmarks.many --series 10000 --model ets --workers 1 2

Series are of 60 to 120 months in three regimes (trend and season, a wandering level, a season around a mean). Every
step is a command in a process of its own, as a user would type it. Seconds of CPU are told beside those of the clock:
on a machine that does other things only the first say anything.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import machine


def panel(count: int, seed: int = 5) -> pd.DataFrame:
    """`count` monthly series, a third of each regime."""
    rng = np.random.default_rng(seed)
    return pd.concat([_series(i, rng) for i in range(count)], ignore_index=True)


def _series(number: int, rng: np.random.Generator) -> pd.DataFrame:
    rows, late = int(rng.integers(60, 121)), int(rng.integers(0, 24))
    season, level = rng.normal(size=12), float(np.exp(rng.normal(5, 1)))
    season = np.tile(season - season.mean(), 11)[:rows]
    walk, noise = rng.normal(0, 1, rows).cumsum(), rng.normal(0, 1, rows)
    values = (
        level * np.exp(0.004 * np.arange(rows) * rng.normal() + 0.15 * season + 0.02 * walk + 0.03 * noise),
        np.maximum(level * (1 + 0.05 * walk + 0.05 * noise), 1.0),
        level * (1 + 0.2 * season + 0.1 * noise),
    )[number % 3]
    months = pd.date_range("2010-01-01", periods=rows + late, freq="MS")[late:].strftime("%Y-%m-%d")
    return pd.DataFrame({"series": f"s{number:05d}", "month": months, "value": values.round(3)})


def measured(*words: str) -> dict[str, Any]:
    """Seconds, seconds of CPU, and MiB at most of all processes together, of one command."""
    import psutil

    before, began, most = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter(), 0
    run = subprocess.Popen([sys.executable, "-c", "from synthkit.cli.main import run; run()", *words, "--quiet"])
    root = psutil.Process(run.pid)
    while run.poll() is None:
        try:
            most = max(most, sum(p.memory_info().rss for p in (root, *root.children(recursive=True))))
        except psutil.Error:
            continue  # one of them ended while it was asked
        finally:
            time.sleep(0.2)
    if run.returncode:
        raise SystemExit(f"synthkit {words[0]} ended with {run.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": time.perf_counter() - began, "cpu_seconds": spent, "mib": most / 2**20}


def main() -> None:
    """Make the panel, fit it with each number of workers, and simulate from the last fit."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--series", type=int, default=1_000)
    asked.add_argument("--model", default="ets")
    asked.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        panel(options.series).to_csv(home / "panel.csv", index=False)
        source = [str(home / "panel.csv"), "--time", "month", "--entity", "series", "--model", options.model]
        found: dict[str, Any] = {"machine": machine.facts(), "series": options.series, "steps": {}}
        for workers in options.workers:
            out = home / f"by {workers}"
            found["steps"][f"fit, {workers} workers"] = measured(
                "fit", *source, "--workers", str(workers), "-o", str(out)
            )
            content = b"".join(part.read_bytes() for part in sorted(out.iterdir()))
            found["steps"][f"fit, {workers} workers"]["sha256"] = hashlib.sha256(content).hexdigest()
        for mode in ("twin", "continue"):
            made = str(home / f"{mode}.csv")
            found["steps"][mode] = measured("sample", str(out), "--mode", mode, "-o", made)
        found["load_after"] = os.getloadavg()[0]
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
