"""New entities of a panel: judged as a table of series features, with the figures that judged it at release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.errors import InputError
from synthkit.metrics import base
from synthkit.metrics.base import PanelReference
from synthkit.models.base import Plan
from synthkit.operate._monitor_parts import Given, Reason, Released, State, compared, of_growth, of_joint, of_quality
from synthkit.operate.drift import Joint
from synthkit.progress import part
from synthkit.scorecard import score_series

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.models.base import Simulator
    from synthkit.scorecard import Scorecard

__all__ = ["of_entities"]

FEWEST: Final = 4
"""New entities below which nothing is judged."""
REAL = "the entities the model learned from"
MADE = "entities that the model made"
BLIND_MADE = (
    "Drift smaller than the model's own fault is not seen (give the entities learned from with --learned).",
    "Copying cannot be judged: that needs the entities learned from.",
)


def of_entities(
    run: Released, model: Simulator, fresh: Panel, old: Panel | None, *, given: Given, reasons: list[Reason]
) -> dict[str, Any]:
    """What `Watch` holds of new entities."""
    if len(fresh) < FEWEST:
        raise InputError(f"{len(fresh)} new entities are too few to judge by", hint=f"at least {FEWEST} are needed")
    count = len(old.entities) if old is not None else int(run.goal.get("series") or 0)
    made = model.simulate(Plan("new-entity", paths=max(count, 20)), rng=rng_.stream(given.seed, "monitor", "entities"))
    reference = _reference(fresh, old, given.seed)
    wanted = [c.metric for c in run.criteria.criteria] if given.quality else []
    asked = [m for m in wanted if old is not None or base.family_of(m) != "privacy"]
    card = score_series(
        reference, made, metrics=sorted({*asked, "series_detection"}), seed=given.seed,
        progress=part(given.progress, "quality"),
    )  # fmt: skip
    joint = _joint(run, card, reference, old, given.seed)
    reasons = [*reasons, of_joint(joint, given.plan) if joint else _TOO_FEW]
    table: list[dict[str, Any]] = []
    if given.quality:
        private = [m for m in asked if base.family_of(m) == "privacy"] if joint and joint.seen else []
        table = compared(run.criteria.judge(card), run, private)
        reasons += of_quality(table)
    reasons.append(of_growth(len(fresh), count, given.plan, "entities"))
    return {
        "reasons": reasons, "joint": joint, "quality": tuple(table), "scorecard": card,
        "baseline": MADE if old is None else REAL, "blind": BLIND_MADE if old is None else (),
        "rows": {"learned": int(run.goal.get("rows") or 0), "new": fresh.points, "entities": len(fresh)},
    }  # fmt: skip


_TOO_FEW = Reason("classifier", State.UNSETTLED, "there are too few stretches for a classifier to tell new from old")


def _reference(fresh: Panel, old: Panel | None, seed: int) -> PanelReference:
    """New entities to judge by; half of them stand in for those learned from where these are not at hand."""
    if old is not None:
        return PanelReference(old, fresh, seed)
    names = np.array(fresh.entities, dtype=object)
    order = rng_.stream(seed, "monitor", "halves").permutation(len(names))
    half = frozenset(names[order[: len(names) // 2]].tolist())
    return PanelReference(fresh.only(frozenset(names.tolist()) - half), fresh.only(half), seed)


def _joint(run: Released, card: Scorecard, reference: PanelReference, old: Panel | None, seed: int) -> Joint | None:
    """The classifier on stretches: against those learned from, or against made ones beyond what it scored then."""
    told, release = card.headline("series_detection"), run.scorecard.headline("series_detection")
    if old is not None:
        told = score_series(reference, old, metrics=["series_detection"], seed=seed).headline("series_detection")
        release = None
    if told is None or told.ci is None:
        return None
    return Joint.beyond(told.value, (told.ci[1] - told.ci[0]) / 2, release, told.n or 0, {})
