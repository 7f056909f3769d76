"""Metrics x tables -> a scorecard: frozen, plain, and enough to draw the report without the data."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from synthkit import rng as rng_
from synthkit.data.rows import as_written
from synthkit.errors import ConfigError, SchemaError
from synthkit.metrics import base
from synthkit.metrics._profile import profiles
from synthkit.metrics.base import Reference, Score
from synthkit.metrics.temporal._profile import series_profiles
from synthkit.progress import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthkit.data.panel import Panel
    from synthkit.data.table import Table
    from synthkit.metrics.base import PanelReference
    from synthkit.progress import Progress

__all__ = ["Scorecard", "finite", "score", "score_series"]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All scores of one synthetic table, the aggregates the report draws, and where they come from.

    Args:
        scores: headline scores (empty subject) and details.
        profiles: one mapping a column: its kind, its reason, and binned shares of real and synthetic rows; aggregates
            only, no bin or level that fewer than five real rows share.
        provenance: plain facts: row counts, seed, versions, digests, and seconds a metric (the one entry that differs
            between two runs with the same seed).
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
        return json.dumps(finite(self.to_dict()), indent=1, allow_nan=False)

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


def score(
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
        ConfigError: there is no holdout.
        SchemaError: the tables do not have the same columns, or one has no rows.
        UnknownName: no such metric.
    """
    reference = real if isinstance(real, Reference) else Reference(real, _given(holdout), seed)
    _check(reference, synthetic)
    asked = [base.get(name) for name in (metrics if metrics is not None else base.names())]
    scores, seconds = _measured(asked, reference, synthetic, seed, progress)
    provenance = _provenance(reference, synthetic, seed) | {"seconds": seconds}
    return Scorecard(scores, tuple(profiles(reference, synthetic)), provenance)


def score_series(
    reference: PanelReference,
    synthetic: Panel,
    *,
    metrics: Sequence[str] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Scorecard:
    """Judge synthetic series, as they would be written, against real rows that no model saw.

    Args:
        reference: the series the model was fitted on, and those held back.
        synthetic: twins or new entities, and continuations over the holdout where the model can make them.
        metrics: names of metrics of series; all by default.
        seed: the same seed gives the same scorecard.
        progress: told after each metric.

    Raises:
        SchemaError: there is nothing to judge.
        UnknownName: no such metric.
    """
    for what, panel in (("train", reference.train), ("holdout", reference.holdout), ("synthetic", synthetic)):
        if not panel.points:
            raise SchemaError(f"the {what} series have no rows")
    synthetic = as_written(synthetic)  # the last digits of a file are seen by whoever reads it
    asked = [base.get_series(name) for name in (metrics if metrics is not None else base.series_names())]
    scores, seconds = _measured(asked, reference, synthetic, seed, progress)
    provenance = _series_provenance(reference, synthetic, seed) | {"seconds": seconds}
    return Scorecard(scores, tuple(series_profiles(reference, synthetic)), provenance)


def _measured(
    asked: Sequence[Any],
    reference: Any,  # noqa: ANN401 - a Reference with a Table, or a PanelReference with a Panel
    synthetic: Any,  # noqa: ANN401
    seed: int,
    progress: Progress,
) -> tuple[tuple[Score, ...], dict[str, float]]:
    """The scores of each metric, and the seconds it took."""
    scores: list[Score] = []
    seconds: dict[str, float] = {}
    for done, metric in enumerate(asked):
        progress("evaluate", done / len(asked))
        start = time.perf_counter()
        scores.extend(metric(reference, synthetic, rng=rng_.stream(seed, "evaluate", metric.name)))
        seconds[metric.name] = round(time.perf_counter() - start, 3)
    progress("evaluate", 1.0)
    return tuple(scores), seconds


def _given(holdout: Table | None) -> Table:
    if holdout is None:
        raise ConfigError(
            "there is no holdout to judge against",
            hint="pass real rows that the model was not fitted on as `holdout`, or a Reference that has them",
        )
    return holdout


def _check(reference: Reference, synthetic: Table) -> None:
    """All three tables have rows, and the same columns of the same kinds."""
    want = reference.schema
    for what, table in (("train", reference.train), ("holdout", reference.holdout), ("synthetic", synthetic)):
        if not len(table):
            raise SchemaError(f"the {what} table has no rows")
        have = table.schema
        for column in want:
            if column.name not in have:
                raise SchemaError(f"the {what} table lacks the column {column.name!r}")
            if have[column.name].kind != column.kind:
                raise SchemaError(
                    f"column {column.name!r} is {have[column.name].kind} in {what} and {column.kind} in train",
                    hint="read both with the same schema",
                )
        if extra := [name for name in have.names if name not in want]:
            raise SchemaError(f"the {what} table has the column {extra[0]!r}, which train lacks")


def _provenance(reference: Reference, synthetic: Table, seed: int) -> dict[str, Any]:
    return {
        "rows": {"train": len(reference.train), "holdout": len(reference.holdout), "synthetic": len(synthetic)},
        "columns": len(reference.schema),
        "target": reference.schema.target,
        "seed": seed,
        "holdout_sha256": reference.once("holdout digest", reference.holdout.digest),
        "versions": _versions(),
    }


def _series_provenance(reference: PanelReference, synthetic: Panel, seed: int) -> dict[str, Any]:
    parts = {"train": reference.train, "holdout": reference.holdout, "synthetic": synthetic}
    return {
        "rows": {name: panel.points for name, panel in parts.items()},
        "series_judged": {name: len(panel) for name, panel in parts.items()},
        "seed": seed,
        "holdout_sha256": reference.once("holdout digest", reference.holdout.table.digest),
        "versions": _versions("statsmodels", "arch"),
    }


def _versions(*more: str) -> dict[str, str]:
    return {p: version(p) for p in ("synthkit", "numpy", "pandas", "scipy", "scikit-learn", "lightgbm", *more)}


def finite(value: object) -> object:
    """The same plain value with None for what JSON cannot say (NaN, infinities)."""
    if isinstance(value, Mapping):
        return {key: finite(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
