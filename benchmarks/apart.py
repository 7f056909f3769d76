"""A fit in a process of its own, so that peak memory and seconds are its own: our models, and those of sdv."""

from __future__ import annotations

import multiprocessing
import re
import resource
import signal
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthkit import pipeline
from synthkit.data import io
from synthkit.rng import stream

if TYPE_CHECKING:
    from synthkit.data.table import Table


__all__ = ["apart"]


def apart(
    arm: str, train: Table, *, seed: int, budget: float, limit: float | None = None
) -> tuple[Table, dict[str, Any]]:
    """Fit, and sample as many rows, in a fresh process.

    Args:
        arm: "synthkit <model>", "synthkit <model> privacy=<rows>", or "sdv <class>", the latter with its defaults.
        train: the rows.
        seed: of ours; sdv takes none.
        budget: seconds that a network of ours may train.
        limit: seconds after which it is stopped, with a TimeoutError; none if None.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        io.write_table(train, home / "train.csv")
        (home / "schema.toml").write_text(train.schema.to_toml(), encoding="utf-8")
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            _, name, *dials = arm.split()
            options = {key: int(value) for key, _, value in (dial.partition("=") for dial in dials)}
            fit = _ours if arm.startswith("synthkit") else _theirs
            facts = pool.submit(_limited, limit, fit, name, options, home, seed, budget).result()
        made = pipeline.read(home / "made.csv", schema=train.schema, constant="keep")
        return made, facts


def _limited(limit: float | None, fit: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """What `fit` finds, or a TimeoutError."""

    def stop(*_: object) -> None:
        raise TimeoutError

    if limit is not None:
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        return fit(*arguments)
    finally:
        if limit is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _ours(name: str, options: dict[str, int], home: Path, seed: int, budget: float) -> dict[str, Any]:
    from synthkit.models import registry
    from synthkit.models.base import Terms, Trained

    train = pipeline.read(home / "train.csv", schema=home / "schema.toml", constant="keep")
    began, cpu = time.perf_counter(), time.process_time()
    model = registry.get(name)(**options)
    if isinstance(model, Trained):
        model.terms = Terms(budget)
    model.fit(train, rng=stream(seed, "fit", name))
    fitted = time.perf_counter()
    made = model.sample(len(train), rng=stream(seed, "sample", name))
    facts = _facts(began, fitted, cpu) | {"notes": dict(getattr(model, "notes", {}))}
    io.write_table(made, home / "made.csv")
    return facts


def _theirs(name: str, options: dict[str, int], home: Path, seed: int, budget: float) -> dict[str, Any]:  # noqa: ARG001 - sdv has no seed
    import pandas as pd
    import sdv.single_table
    from sdv.metadata import Metadata

    frame = pd.read_csv(home / "train.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began, cpu = time.perf_counter(), time.process_time()
        model = getattr(sdv.single_table, name)(Metadata.detect_from_dataframes({"table": frame}))
        model.fit({"table": frame})
        fitted = time.perf_counter()
        made = model.sample(num_rows=len(frame))
        facts = _facts(began, fitted, cpu)
    made = made["table"] if isinstance(made, dict) else made
    made.to_csv(home / "made.csv", index=False)
    return facts


def _facts(began: float, fitted: float, cpu: float) -> dict[str, Any]:
    now = time.perf_counter()
    return {
        "seconds": round(now - began, 1),
        "fit_seconds": round(fitted - began, 2),
        "sample_seconds": round(now - fitted, 2),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mb": round(_peak_mb()),
    }


def _peak_mb() -> float:
    """The most memory this process held; ru_maxrss would count what its parent held when it was started."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
