"""Our `ctgan` and `tvae` beside sdv's CTGANSynthesizer and TVAESynthesizer with their defaults, in one run.

Every fit has a process of its own, one after the other, so that peak memory is that of the fit; the rows made are as
many as those learned from, and all are judged against rows that no model saw. Ours have `--budget 5m`.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.judge import judged, yardsticks
from benchmarks.machine import load
from synthkit import pipeline
from synthkit.data import catalog, io
from synthkit.data.split import split
from synthkit.errors import ReadError
from synthkit.metrics.base import Reference
from synthkit.rng import stream

if TYPE_CHECKING:
    from synthkit.data.table import Table

SETS = tuple(os.environ.get("GAN_VAE_SETS", "shoppers,adult,diamonds").split(","))
BUDGET = 300.0
SEED = 0
ARMS = ("synthkit tvae", "sdv TVAESynthesizer", "synthkit ctgan", "sdv CTGANSynthesizer")


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All arms on each set that is on this machine."""
    sets, missing = [], []
    for name in SETS:
        try:
            reference = _reference(name)
        except ReadError as error:
            missing.append({"name": name, "why": error.message})
            continue
        rows = yardsticks(reference)
        for arm in ARMS:
            before = load()
            made, facts = _apart(arm, reference.train)
            scores = judged(reference, made, seed=SEED)
            rows.append({"name": arm, "runs": [facts | {"load": before} | scores]})
            told = scores["detection"]["value"], scores["utility"]["value"]
            say(f"gan_vae: {name}: {arm}: {facts['seconds']:.0f} s, detection {told[0]:.3f}, utility {told[1]:.4f}")
        data = {"name": name, "train": len(reference.train), "unseen": len(reference.holdout)}
        sets.append({"data": data, "rows": rows})
    return {"seed": SEED, "budget_seconds": BUDGET, "sets": sets, "missing": missing}


def _reference(name: str) -> Reference:
    card = catalog.card(name)
    if "test" in card.parts:
        train = pipeline.read(catalog.path(name, "train"), target=card.target)
        return Reference(train, pipeline.read(catalog.path(name, "test"), schema=train.schema), SEED)
    parts = split(pipeline.read(catalog.path(name), target=card.target), share=0.2, seed=SEED)
    return Reference(parts.train, parts.holdout, SEED)


def _apart(arm: str, train: Table) -> tuple[Table, dict[str, Any]]:
    """Fit and sample in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        io.write_table(train, home / "train.csv")
        (home / "schema.toml").write_text(train.schema.to_toml(), encoding="utf-8")
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            facts = pool.submit(_ours if arm.startswith("synthkit") else _theirs, arm.split()[1], home).result()
        made = pipeline.read(home / "made.csv", schema=train.schema, constant="keep")
        return made, facts


def _ours(name: str, home: Path) -> dict[str, Any]:
    from synthkit.models import registry
    from synthkit.models.base import Terms, Trained

    train = pipeline.read(home / "train.csv", schema=home / "schema.toml", constant="keep")
    began, cpu = time.perf_counter(), time.process_time()
    model = registry.get(name)()
    assert isinstance(model, Trained)
    model.terms = Terms(BUDGET)
    model.fit(train, rng=stream(SEED, "fit", name))
    made = model.sample(len(train), rng=stream(SEED, "sample", name))
    facts = _facts(began, cpu) | {"notes": dict(model.notes)}
    io.write_table(made, home / "made.csv")
    return facts


def _theirs(name: str, home: Path) -> dict[str, Any]:
    import pandas as pd
    import sdv.single_table
    from sdv.metadata import Metadata

    frame = pd.read_csv(home / "train.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began, cpu = time.perf_counter(), time.process_time()
        model = getattr(sdv.single_table, name)(Metadata.detect_from_dataframes({"table": frame}))
        model.fit({"table": frame})
        made = model.sample(num_rows=len(frame))
        facts = _facts(began, cpu)
    made = made["table"] if isinstance(made, dict) else made
    made.to_csv(home / "made.csv", index=False)
    return facts


def _facts(began: float, cpu: float) -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mb": round(peak),
    }
