"""The privacy dial of the trees: what distance costs in fidelity and in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import tabular
from synthkit.errors import ReadError

SETS = ("adult_peers", "beijing")
ARMS = (
    "synthkit marginals",
    "synthkit trees",
    *(f"synthkit trees privacy={rows}" for rows in (10, 30, 100, 300)),
)


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Each setting of the dial on each set that is on this machine, by the honest protocol."""
    sets, missing = [], []
    for name in SETS:
        try:
            reference = tabular.honest(name)
        except ReadError as error:
            missing.append({"name": name, "why": error.message})
            continue
        rows = [{"name": "real rows (floor)", "runs": [tabular.floor(reference)]}]
        for arm in ARMS:
            runs = [tabular.one(arm, reference, None, seed) for seed in tabular.SEEDS]
            rows.append({"name": arm, "runs": runs})
            say(f"dial: {name}: {arm}: " + " ".join(f"{run['membership']['value']:.3f}" for run in runs))
        data = {"name": name, "train": len(reference.train), "unseen": len(reference.holdout)}
        sets.append({"data": data | {"columns": len(reference.schema)}, "rows": rows})
    return {"seeds": list(tabular.SEEDS), "sets": sets, "missing": missing}
