"""One synthetic table to one line of figures; the same for our models and for everybody else's."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from synthkit.metrics.fidelity.shape import column_shapes
from synthkit.metrics.fidelity.trend import pair_trends
from synthkit.rng import stream
from synthkit.scorecard import finite, score

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.metrics.base import Reference, Score

T = TypeVar("T")
SEEDS = (0, 1, 2)
FIDELITY_AND_UTILITY = ("shape", "trend", "detection", "utility")
METRICS = (*FIDELITY_AND_UTILITY, "dcr", "membership", "identical")


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and seconds of all processors together, which a busy machine stretches far less."""

    wall: float
    cpu: float


def timed(work: Callable[[], T]) -> tuple[T, Spent]:
    """What `work` gives, and what it took."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return made, Spent(round(time.perf_counter() - wall, 3), round(time.process_time() - cpu, 3))


def fit_and_sample(fit: Spent, sample: Spent) -> dict[str, float]:
    """As it stands in the results."""
    return {"fit": fit.wall, "sample": sample.wall, "fit_cpu": fit.cpu, "sample_cpu": sample.cpu}


def judged(reference: Reference, synthetic: Table, *, seed: int, metrics: Sequence[str] = METRICS) -> dict[str, Any]:
    """Shape and Trend against train, as papers print them, and our scores against the rows no model saw."""
    card = score(reference, synthetic, metrics=metrics, seed=seed)
    return {"seed": seed, "against_train": papers(reference.train, synthetic)} | {
        s.metric: finite(_plain(s)) for s in card.headlines
    }


def yardsticks(reference: Reference, metrics: Sequence[str] = METRICS) -> list[dict[str, Any]]:
    """The two real rows of every table.

    The floor: real train rows against the unseen ones, and for Shape and Trend the unseen rows against train, as fresh
    real rows would score. The resample: train rows drawn with replacement, which is a perfect model of train that
    copies everybody.
    """
    resampled = []
    for seed in SEEDS:
        rows = stream(seed, "resample").integers(0, len(reference.train), len(reference.train))
        resampled.append(judged(reference, reference.train.take(rows), seed=seed, metrics=metrics))
    floors = {
        name: {"value": resampled[0][name]["floor"]} for name in metrics if resampled[0][name]["floor"] is not None
    }
    fresh = {"seed": None, "against_train": papers(reference.train, reference.holdout)} | floors
    return [
        {"name": "real rows (floor)", "runs": [fresh]},
        {"name": "train, drawn with replacement", "runs": resampled},
    ]


def papers(train: Table, synthetic: Table) -> dict[str, float]:
    """Mean errors of Shape and Trend against train, as papers print them."""
    shapes, trends = column_shapes(train, synthetic), pair_trends(train, synthetic)
    return {
        "shape": round(float(np.mean(list(shapes.values()))), 6),
        "trend": round(float(np.mean(list(trends.values()))), 6),
    }


def _plain(found: Score) -> dict[str, Any]:
    values = {"value": found.value, "floor": found.floor, "train": found.train}
    plain: dict[str, Any] = {key: None if v is None else round(v, 6) for key, v in values.items()}
    return plain | {"ci": [round(end, 6) for end in found.ci] if found.ci else None, "unit": found.unit}
