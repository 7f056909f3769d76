"""What more minutes buy: networks on one table, with one, five and twenty minutes of training at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.apart import apart
from benchmarks.judge import judged
from benchmarks.machine import load
from benchmarks.tabular import honest

SET = "adult_peers"
ARMS = ("autoregressive", "tvae", "flow", "diffusion", "ctgan")
MINUTES = (1, 5, 20)
SEED = 0
METRICS = ("detection", "utility")


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Each network with each budget; one that was done before its time is not run with more."""
    reference, rows = honest(SET), []
    for arm in ARMS:
        last: dict[str, Any] = {}
        for minutes in MINUTES:
            if last and last["notes"]["stopped because"] != "time limit":
                rows.append(last | {"minutes": minutes, "again": True})
                continue
            before = load()
            made, facts = apart(f"synthkit {arm}", reference.train, seed=SEED, budget=60.0 * minutes)
            last = facts | {"arm": arm, "minutes": minutes, "load": before, "again": False}
            last |= judged(reference, made, seed=SEED, metrics=METRICS)
            rows.append(last)
            told = f"detection {last['detection']['value']:.3f}, utility {last['utility']['value']:.3f}"
            say(f"budgets: {arm}, {minutes} min: {told}, {last['seconds']:.0f} s, {last['notes']['stopped because']}")
    return {"set": SET, "seed": SEED, "minutes": list(MINUTES), "rows": rows}
