"""One model on one split: fitted, asked for rows, and judged by rows it never saw."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from synthkit import rng as rng_
from synthkit.decide._failure import failure
from synthkit.decide._renew import renewed
from synthkit.decide.climb import Rung, outcome
from synthkit.decide.criteria import Criteria
from synthkit.models.base import Noted
from synthkit.progress import Progress, part, silent
from synthkit.scorecard import score

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.metrics.base import Reference
    from synthkit.models.base import Synthesizer

__all__ = ["attempt"]


def attempt(
    model: Synthesizer,
    reference: Reference,
    *,
    rows: int,
    criteria: Criteria,
    seed: int,
    metrics: Sequence[str] | None = None,
    progress: Progress = silent,
    look: Callable[[Synthesizer], None] | None = None,
) -> tuple[Rung, Table | None]:
    """Fit one model, have it make rows, and judge them.

    Args:
        model: not fitted yet.
        reference, rows, criteria, seed, progress: as for `climb`.
        metrics: that are measured; all by default.
        look: shown the fitted model when its rows are made, before anything is judged; its time counts as nothing.

    Returns:
        The rung, and the rows unless it failed.
    """
    name, family = model.name, model.card.family
    start = time.perf_counter()
    try:
        model.fit(reference.train, rng=rng_.stream(seed, "fit", name), progress=part(progress, name, 0.0, 0.4))
        fitted = time.perf_counter()
        table = model.sample(rows, rng=rng_.stream(seed, "sample", name))
        table = renewed(table, model, reference.holdout, rng=rng_.stream(seed, "renew", name))
        sampled = time.perf_counter()
        if look:
            look(model)
        looked = time.perf_counter()
        judged = table.head(len(reference.train))
        card = score(reference, judged, metrics=metrics, seed=seed, progress=part(progress, name, 0.4, 1.0))
    except Exception as error:  # noqa: BLE001 - whatever breaks one model must not take the other rungs with it
        return Rung(name, family, "failed", failure(error), time.perf_counter() - start), None
    judgements = criteria.judge(card)
    notes = model.notes if isinstance(model, Noted) else {}
    rung = Rung(
        name, family, "judged", outcome(judgements), fitted - start, sampled - fitted,
        time.perf_counter() - looked, card, judgements, notes,
    )  # fmt: skip
    return rung, table
