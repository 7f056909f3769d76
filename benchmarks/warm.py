"""A warm start on small tables: `tvae` on 120 rows from scratch, and begun with a model of other rows of the same kind.

The related data are 400 other rows of the same table, as another branch or clinic with the same form would have them;
the rest of the rows judges both. The third arm is the first model itself, without the 120 rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.judge import judged, timed
from synthkit import pipeline
from synthkit.data import catalog
from synthkit.errors import ReadError
from synthkit.metrics.base import Reference
from synthkit.models.base import Terms
from synthkit.models.tabular.tvae import Tvae
from synthkit.rng import stream

SETS = ("german_credit", "pima")
SEEDS = (0, 1, 2, 3, 4)
FEW, RELATED, MADE = 120, 400, 1000
METRICS = ("shape", "trend", "detection", "utility")


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All arms on both sets."""
    rows, missing = [], []
    for name in SETS:
        try:
            card = catalog.card(name)
            table = pipeline.read(catalog.path(name), target=card.target)
        except ReadError as error:
            missing.append({"name": name, "why": error.message})
            continue
        for seed in SEEDS:
            order = stream(seed, "warm").permutation(len(table))
            few, related = table.take(order[:FEW]), table.take(order[FEW : FEW + RELATED])
            reference = Reference(few, table.take(order[FEW + RELATED :]), seed)
            with tempfile.TemporaryDirectory() as folder:
                first = Tvae().fit(related, rng=stream(seed, "related"))
                first.save(Path(folder))
                cold, of_cold = timed(lambda few=few, seed=seed: Tvae().fit(few, rng=stream(seed, "fit")))
                begun = Tvae()
                begun.terms = Terms(start=Path(folder))
                warm, of_warm = timed(lambda few=few, seed=seed, m=begun: m.fit(few, rng=stream(seed, "fit")))
            for arm, model, spent in (("scratch", cold, of_cold), ("warm", warm, of_warm), ("related", first, None)):
                made = model.sample(MADE, rng=stream(seed, "sample"))
                scores = judged(reference, made, seed=seed, metrics=METRICS)
                rows.append({"set": name, "arm": arm, "seconds": spent.wall if spent else None} | scores)
                say(f"warm: {name} seed {seed} {arm}: {[round(scores[m]['value'], 3) for m in METRICS]}")
    return {"seeds": list(SEEDS), "few": FEW, "related": RELATED, "rows": rows, "missing": missing}
