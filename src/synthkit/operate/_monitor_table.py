"""New rows of a table: drift, quality and structure, each against the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.data import io
from synthkit.data.schema import RARE, Schema
from synthkit.data.split import split
from synthkit.data.table import Table
from synthkit.errors import SchemaError
from synthkit.metrics import _codes, base
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.operate._drift_bins import of_profile, of_rows
from synthkit.operate._drift_structure import Novelty, Structure, fitted, novelties, raw_rows
from synthkit.operate._monitor_parts import (
    SIDES,
    Given,
    Reason,
    Released,
    State,
    compared,
    nothing_shared,
    of_growth,
    of_joint,
    of_quality,
)
from synthkit.operate.drift import Drift, Joint, column_drift, joint_drift
from synthkit.progress import Progress, part
from synthkit.scorecard import Scorecard, score

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synthkit.decide.upkeep import Upkeep

__all__ = ["judged"]

MADE: Final = 20_000
"""Rows that a model makes where the run's own are not at hand."""
NOTHING = "nothing: no column of the run can be read in them"
REAL = "the real rows the model learned from"
SHADOW = "of each column, the shares that the record keeps of the real rows; of all together, rows the model made"
BLIND_MADE = (
    "Between columns, drift smaller than the model's own fault is not seen: that needs the rows learned from.",
    "Categories that the record does not name, and the tails of numbers beyond its outer bins, are one bin each.",
    "Copying cannot be judged: that needs the rows learned from.",
)
BLIND_REAL = ("A relation that changed in few rows: a classifier needs some to learn it.",)
SAME: Final = frozenset({"identical"})
"""Not judged again: what it rests on, rows learned from and rows made, is the same as at release."""
DATES = "Columns of dates are shown and not judged: they move on by themselves."


@dataclass(frozen=True)
class Sides:
    """The two sets of rows that are compared, in the columns they share.

    Args:
        schema: of the shared columns.
        new: rows that came since.
        made: rows that the model made.
        learned: rows it learned from, or None.
    """

    schema: Schema
    new: Table
    made: Table
    learned: Table | None

    @property
    def base(self) -> Table:
        """What the new rows are compared with."""
        return self.made if self.learned is None else self.learned


def judged(run: Released, source: Any, given: Given) -> dict[str, Any]:  # noqa: ANN401 - as in `monitor`
    """Everything that `Watch` holds of a table."""
    structure, new = fitted(raw_rows(source, encoding=given.encoding), run.schema, given.drop)
    if new is None and not structure.changed:
        raise nothing_shared(run)
    rows = {"learned": int(run.goal.get("train_rows") or 0)}
    reasons = _of_structure(structure, run)
    if new is None:
        return {"reasons": reasons, "rows": rows, "baseline": NOTHING, "blind": (), "structure": structure}
    learned = _learned(run, given.learned, new, given.encoding)
    sides = Sides(new.schema, new, _shared(_made(run, given.seed), new), learned)
    rows |= {"new": len(new), "made": len(sides.made)}
    given.progress("drift", 0.0)
    drifts, joint, novel = _drifted(run, sides, given.seed)
    given.progress("drift", 1.0)
    reasons += _of_columns(drifts, novel, given.plan)
    reasons += [of_joint(joint, given.plan)] if joint else [_TOO_FEW]
    card, table = None, []
    if given.quality and not structure.lost:
        card = _scored(run, sides, given.seed, part(given.progress, "quality"))
        seen = any(d.seen and d.judged for d in drifts) or bool(joint and joint.seen)
        private = {n for n in base.names() if base.get(n).family == "privacy"}
        table = compared(run.criteria.judge(card), run, private if seen else ())
        reasons += of_quality(table)
    reasons.append(of_growth(len(new), int(run.goal.get("rows") or 0), given.plan))
    dated = [DATES] if any(c.kind == "datetime" for c in sides.schema) else []
    return {
        "reasons": reasons, "rows": rows, "baseline": SHADOW if learned is None else REAL,
        "blind": (*(BLIND_MADE if learned is None else BLIND_REAL), *dated), "drifts": drifts, "joint": joint,
        "structure": structure, "novelties": novel, "quality": tuple(table), "scorecard": card,
    }  # fmt: skip


_TOO_FEW = Reason("classifier", State.UNSETTLED, "there are too few rows for a classifier to tell new from old")


# --- rows ---


def _made(run: Released, seed: int) -> Table:
    """The rows of the run; where they lie elsewhere, new ones of its model."""
    for file in sorted(run.folder.glob("synthetic.*")):
        if file.suffix != ".json" and not file.name.endswith(".json"):
            return io.read_table(file, schema=run.schema, constant="keep")
    rows = min(MADE, int(run.goal.get("rows_made") or MADE))
    made: Table = registry.opened(run.folder / "model").sample(rows, rng=rng_.stream(seed, "monitor", "made"))
    return made


def _learned(run: Released, source: Any, new: Table, encoding: str) -> Table | None:  # noqa: ANN401 - as in `monitor`
    """The rows learned from, in the shared columns; of the whole source, the part that was not held back."""
    if source is None:
        return None
    structure, table = fitted(raw_rows(source, encoding=encoding), run.schema)
    if table is None or structure.lost:
        raise SchemaError(
            f"the rows learned from lack {len(structure.lost)} columns of the run's schema",
            hint="give the file that `generate` read with --learned",
        )
    held, seed = int(run.goal.get("holdout_rows") or 0), int(run.goal.get("seed") or 0)
    if len(table) == run.goal.get("rows") and 0 < held < len(table):
        for share in (0.2, held / len(table)):
            parts = split(table, share=share, seed=seed)
            if parts.digest == run.goal.get("holdout_digest"):
                return _shared(parts.train, new)
    return _shared(table, new)


def _shared(table: Table, like: Table) -> Table:
    """The columns of another table, in its order."""
    names = list(like.schema.names)
    schema = replace(like.schema, columns=tuple(table.schema[n] for n in names))
    return Table(table.frame[names], schema)


# --- drift ---


def _drifted(run: Released, sides: Sides, seed: int) -> tuple[tuple[Drift, ...], Joint | None, tuple[Novelty, ...]]:
    """Column by column, all together, and what was not there."""
    profiles = {str(p["column"]): p for p in run.scorecard.profiles}
    index, real, rows = _known_levels(sides, profiles), sides.learned is not None, int(run.goal.get("rows") or 0)
    new, old = (_codes.coded(t, index, sides.schema) for t in (sides.new, sides.base))
    kept = {c.name: of_profile(c, new, profiles.get(c.name), _places(index, c.name), rows) for c in sides.schema}
    counts = [
        of_rows(c, old, new, kept[c.name].picture) if real or c.name not in profiles else kept[c.name]
        for c in sides.schema
    ]
    counted = [c.name for c in sides.schema if c.kind != "datetime"]
    drifts = column_drift(counts, seed=seed, judged=counted)
    joint = _joint(run, sides, counted, seed) if counted else None
    hidden = 0 if real else max(RARE, int(run.goal.get("privacy") or 0)) - 1
    learned = old.rows if real else int(run.goal.get("train_rows") or old.rows)
    return tuple(sorted(drifts, key=_furthest)), joint, novelties(old, new, learned=learned, hidden=hidden)


def _joint(run: Released, sides: Sides, counted: Sequence[str], seed: int) -> Joint | None:
    """All columns that count, together."""
    both = _codes.levels_of([sides.base, sides.new])
    schema = sides.schema.without(set(sides.schema.names) - set(counted))
    old, new = (_codes.coded(t, both, schema) for t in (sides.base, sides.new))
    release = run.scorecard.headline("detection")
    size = release.n if release is not None else None
    return joint_drift(old, new, seed=seed, made=sides.learned is None, release=release, size=size)


def _furthest(drift: Drift) -> tuple[bool, float]:
    """How far beyond chance."""
    beyond = max(drift.psi / max(drift.psi_chance, 1e-9), drift.distance / max(drift.distance_chance, 1e-9))
    return (not drift.judged, -beyond)


def _known_levels(sides: Sides, profiles: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The levels of the baseline, and those that the record names."""
    import pandas as pd

    found = _codes.levels_of([sides.base])
    if sides.learned is None:
        for name, levels in found.items():
            named = [n for n in (profiles.get(name) or {}).get("levels", ())[:-1] if n not in set(levels)]
            found[name] = pd.Index([*levels, *named], dtype=object)
    return found


def _places(index: Mapping[str, Any], name: str) -> dict[str, int]:
    """Category -> its code."""
    return {str(level): code for code, level in enumerate(index.get(name, ()), start=1)}


# --- the plan ---


def _of_structure(structure: Structure, run: Released) -> list[Reason]:
    reasons = []
    lost, target = structure.lost, run.schema.target
    if target in lost:
        reasons.append(Reason("structure", State.RETIRE, f"the target {target!r} is gone or of another kind"))
    if 2 * len(lost) > len(run.schema):
        said = f"{len(lost)} of {len(run.schema)} columns are gone or of another kind"
        reasons.append(Reason("structure", State.RETIRE, said))
    if structure.lacking:
        named = _columns(structure.lacking)
        reasons.append(
            Reason("structure", State.RETRAIN, f"{named} {'is' if len(structure.lacking) == 1 else 'are'} gone")
        )
    reasons += [
        Reason("structure", State.RETRAIN, f"column {name!r} was {was} and now looks {now}")
        for name, was, now in structure.changed
    ]
    return reasons or [Reason("structure", State.KEEP, "all columns are there, of the same kinds")]


def _columns(names: Sequence[str]) -> str:
    return f"column {names[0]!r}" if len(names) == 1 else f"columns {', '.join(map(repr, names))}"


def _of_columns(drifts: Sequence[Drift], novel: Sequence[Novelty], plan: Upkeep) -> list[Reason]:
    """The index of each column that counts, and categories that were not there."""
    counted = sorted((d for d in drifts if d.judged), key=lambda d: -d.psi)
    reasons = []
    for drift in counted:
        state = State.above(drift.psi_ci, plan.psi, State.RETRAIN)
        if state is State.KEEP or not drift.seen:
            continue  # as large as chance makes it
        low, high = drift.psi_ci
        said = f"the stability index of {drift.column!r} is {drift.psi:.2f} ({low:.2f} to {high:.2f})"
        reasons.append(Reason("column", state, f"{said}, {SIDES[state]} the limit of {plan.psi:g}"))
    if wide := [d.column for d in counted if not d.seen and d.psi_ci[1] > plan.psi]:
        said = f"too few rows to tell if the stability index of {_columns(wide)} passes {plan.psi:g}"
        reasons.append(Reason("columns", State.UNSETTLED, said))
    reasons += [
        Reason("categories", State.RETRAIN, f"column {n.column!r} gained categories: {n.rows:,} new rows hold them")
        for n in novel
        if n.gained
    ]
    if not reasons and counted:
        said = f"no column's stability index passes {plan.psi:g}; the largest is {counted[0].psi:.2f}"
        reasons.append(Reason("columns", State.KEEP, said))
    return reasons


# --- quality ---


def _scored(run: Released, sides: Sides, seed: int, progress: Progress) -> Scorecard:
    """The rows in use against new real ones, of which as many are taken as judged them at release.

    Without the rows learned from, half of the new ones stand in for them in the floor, as `evaluate` does it.
    """
    rng = rng_.stream(seed, "monitor", "quality")
    held = int(run.goal.get("holdout_rows") or len(sides.new))
    asked = [c.metric for c in run.criteria.criteria if c.metric not in SAME]
    if sides.learned is not None:
        reference = Reference(sides.learned, sides.new.subsample(held, rng), seed)
    else:
        asked = [n for n in asked if base.get(n).family != "privacy"]
        order = rng.permutation(len(sides.new))[: 2 * held]
        half = len(order) // 2
        reference = Reference(sides.new.take(np.sort(order[half:])), sides.new.take(np.sort(order[:half])), seed)
    return score(reference, sides.made, metrics=asked, seed=seed, progress=progress)
