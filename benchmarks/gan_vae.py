"""Our `ctgan` and `tvae` beside sdv's CTGANSynthesizer and TVAESynthesizer with their defaults, in one run.

Every fit has a process of its own, one after the other, so that peak memory is that of the fit; the rows made are as
many as those learned from, and all are judged against rows that no model saw. Ours have `--budget 5m`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from benchmarks.apart import apart
from benchmarks.judge import judged, yardsticks
from benchmarks.machine import load
from synthkit import pipeline
from synthkit.data import catalog
from synthkit.data.split import split
from synthkit.errors import ReadError
from synthkit.metrics.base import Reference

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
            made, facts = apart(arm, reference.train, seed=SEED, budget=BUDGET)
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
