"""Metrics x tables -> a scorecard: frozen, plain, and enough to draw the report without the data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synthkit import rng as rng_
from synthkit.metrics import base
from synthkit.metrics._profile import profiles
from synthkit.metrics.base import Reference, Score
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.table import Table

__all__ = ["Scorecard", "evaluate"]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All scores of one synthetic table, the aggregates the report draws, and where they come from.

    Args:
        scores: headline scores (empty subject) and details.
        profiles: one mapping a column: its kind, its reason, and binned shares of real and synthetic rows; aggregates
            only, no bin or level that fewer than five real rows share.
        provenance: plain facts: row counts, seed, versions, digests.
    """

    scores: tuple[Score, ...]
    profiles: tuple[Mapping[str, Any], ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def headline(self, metric: str) -> Score | None:
        """The headline score of a metric, or None if it was not measured."""
        return next((s for s in self.scores if s.metric == metric and not s.subject), None)

    @property
    def headlines(self) -> tuple[Score, ...]:
        """The headline scores, in the order they were measured."""
        return tuple(s for s in self.scores if not s.subject)

    def details(self, metric: str) -> tuple[Score, ...]:
        """The scores of a metric by column or by pair."""
        return tuple(s for s in self.scores if s.metric == metric and s.subject)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "scores": [s.to_dict() for s in self.scores],
            "profiles": [dict(p) for p in self.profiles],
            "provenance": dict(self.provenance),
        }

    def to_json(self) -> str:
        """Strict JSON (no NaN): `from_json` gives the same scorecard back."""
        return json.dumps(_finite(self.to_dict()), indent=1, allow_nan=False)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Scorecard:
        """Read what `to_dict` wrote."""
        return cls(
            tuple(Score.from_dict(s) for s in values["scores"]),
            tuple(values.get("profiles", ())),
            dict(values.get("provenance", {})),
        )

    @classmethod
    def from_json(cls, text: str) -> Scorecard:
        """Read what `to_json` wrote."""
        return cls.from_dict(json.loads(text))


def evaluate(
    real: Table | Reference,
    synthetic: Table,
    holdout: Table | None = None,
    *,
    metrics: Sequence[str] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Scorecard:
    """Judge synthetic rows against real rows that no model saw.

    Args:
        real: the rows the model was fitted on, or a `Reference` that already holds both parts (then what was computed
            from real rows before is used again).
        synthetic: the rows to judge, with the same schema.
        holdout: real rows the model never saw.
        metrics: names of metrics; all by default.
        seed: the same seed gives the same scorecard.
        progress: told after each metric.

    Raises:
        SchemaError: the tables do not have the same columns.
        UnknownName: no such metric.
    """
    reference = real if isinstance(real, Reference) else Reference(real, _given(holdout), seed)
    names = tuple(metrics) if metrics is not None else base.names()
    scores: list[Score] = []
    for done, name in enumerate(names):
        progress("evaluate", done / len(names))
        metric = base.get(name)
        scores.extend(metric(reference, synthetic, rng=rng_.stream(seed, "evaluate", name)))
    progress("evaluate", 1.0)
    return Scorecard(tuple(scores), tuple(profiles(reference, synthetic)), _provenance(reference, synthetic, seed))
