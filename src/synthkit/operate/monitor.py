"""After a release: new real rows have come; keep the model, train it again, or retire what it made.

The plan is in the record of the decision (`synthkit.decide.upkeep.Upkeep`), and is kept to the letter. A figure whose
interval straddles its limit leaves the question open: UNSETTLED, and more rows would settle it.
"""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthkit.decide.upkeep import Upkeep
from synthkit.operate import _monitor_series, _monitor_table
from synthkit.operate._monitor_parts import GRAVITY, Given, Reason, Released, State
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.operate._drift_structure import Novelty, Structure
    from synthkit.operate._monitor_ahead import Channel, Coverage
    from synthkit.operate.drift import Drift, Joint
    from synthkit.scorecard import Scorecard

__all__ = ["Reason", "State", "Watch", "monitor"]


@dataclass(frozen=True)
class Watch:
    """What came of looking at new real rows.

    Args:
        kind: "table" or "series".
        reasons: everything that was looked at, the gravest first.
        source: the new rows, by name.
        model: the run folder, by name.
        rows: counts: new, learned, and so on.
        baseline: what the new rows were compared with, in one sentence.
        blind: what that comparison cannot see.
        drifts: column by column, the furthest first.
        joint: all columns together, or None.
        structure: missing, new and changed columns.
        novelties: categories and numbers that were not there.
        quality: the criteria of the record, now and at release.
        coverage: of series: how continuations covered what came.
        channels: of series: level and scale of each.
        scorecard: of the synthetic rows against the new ones, or None.
        plan: the limits.
        review: the date at which a person looks again.
        overdue: whether that is past.
        next: what to do, as a command or a sentence.
        seed: of whatever was drawn.
    """

    kind: str
    reasons: tuple[Reason, ...]
    source: str
    model: str
    rows: Mapping[str, int]
    baseline: str
    blind: tuple[str, ...]
    plan: Upkeep
    drifts: tuple[Drift, ...] = ()
    joint: Joint | None = None
    structure: Structure | None = None
    novelties: tuple[Novelty, ...] = ()
    quality: tuple[Mapping[str, Any], ...] = ()
    coverage: Coverage | None = None
    channels: tuple[Channel, ...] = ()
    scorecard: Scorecard | None = None
    review: dt.date | None = None
    overdue: bool = False
    next: str = ""
    seed: int = 0

    @property
    def verdict(self) -> State:
        """KEEP, RETRAIN, RETIRE or UNSETTLED: the gravest of the reasons."""
        return State.of(r.state for r in self.reasons)

    @property
    def because(self) -> str:
        """The reasons for the verdict in one sentence."""
        mine = [r.because for r in self.reasons if r.state is self.verdict]
        if self.verdict is State.KEEP:
            return "every limit of the plan is kept"
        return "; ".join(mine)

    @property
    def seen(self) -> bool:
        """Whether anything has drifted beyond chance, whatever the plan makes of it."""
        return any(d.seen and d.judged for d in self.drifts) or bool(self.joint and self.joint.seen)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "verdict": self.verdict.value,
            "because": self.because,
            "seen": self.seen,
            "kind": self.kind,
            "reasons": [r.to_dict() for r in self.reasons],
            "source": self.source,
            "model": self.model,
            "rows": dict(self.rows),
            "baseline": self.baseline,
            "blind": list(self.blind),
            "joint": self.joint.to_dict() if self.joint else None,
            "drifts": [d.to_dict() for d in self.drifts],
            "structure": self.structure.to_dict() if self.structure else None,
            "novelties": [n.to_dict() for n in self.novelties],
            "quality": [dict(q) for q in self.quality],
            "coverage": self.coverage.to_dict() if self.coverage else None,
            "channels": [c.to_dict() for c in self.channels],
            "plan": self.plan.to_dict(),
            "review": self.review.isoformat() if self.review else None,
            "overdue": self.overdue,
            "next": self.next,
            "seed": self.seed,
        }

    def report(self, path: str | Path) -> Path:
        """Write the report; the suffix (.html, .md, .json, .txt) says in which form."""
        from synthkit.report.monitor import write

        return write(path, self.to_dict())


def monitor(
    source: Any,  # noqa: ANN401 - a path, a `Table`, or any dataframe
    model: str | Path,
    *,
    learned: Any | None = None,  # noqa: ANN401
    drop: Sequence[str] = (),
    upkeep: Upkeep | None = None,
    quality: bool = True,
    encoding: str = "utf-8",
    seed: int = 0,
    name: str | None = None,
    today: dt.date | None = None,
    progress: Progress = silent,
) -> Watch:
    """Look at new real rows, and say what to do with a model and the rows it made.

    Args:
        source: real rows that came since.
        model: the folder of the run.
        learned: the real rows that the model learned from; without them rows that it made stand in for them.
        drop: columns to leave out, such as a running number, which moves on by itself.
        upkeep: another plan than that of the record.
        quality: whether the criteria of the record are judged again too.
        encoding: of text files.
        seed: the same seed gives the same figures.
        name: what to call the new rows.
        today: for the date of review.
        progress: told how far it is.

    Raises:
        ReadError: the folder is no run, or a file cannot be read.
        InputError: there is nothing to compare.
    """
    run = Released.read(model)
    plan = upkeep or run.upkeep
    judge = _monitor_series.judged if run.of_series else _monitor_table.judged
    found = judge(run, source, Given(plan, learned, drop, quality, encoding, seed, progress))
    review = plan.due(run.decided) if run.decided else None
    reasons = tuple(sorted(found.pop("reasons"), key=lambda r: -GRAVITY.index(r.state)))
    named = name or (Path(source).name if isinstance(source, str | Path) else "the new rows")
    known = run.folder.resolve().name
    state = State.of(r.state for r in reasons)
    return Watch(
        kind="series" if run.of_series else "table", reasons=reasons, source=named, model=known, plan=plan,
        review=review, overdue=bool(review and (today or dt.datetime.now(dt.UTC).date()) >= review),
        next=_next(state, run, named), seed=seed, **found,
    )  # fmt: skip


def _next(state: State, run: Released, source: str) -> str:
    """What to type."""
    words = shlex.split(str(run.goal.get("command") or ""))
    roles = [("--target", run.schema.target), ("--time", run.schema.time), ("--entity", run.schema.entity)]
    named = [word for role, column in roles if column for word in (role, column)]
    again = shlex.join(["synthkit", "generate", "ALL_ROWS.csv", *named, "-o", str(run.folder)])
    if words[:2] == ["synthkit", "generate"] and len(words) > 2 and not words[2].startswith("-"):
        again = shlex.join([*words[:2], "ALL_ROWS.csv", *words[3:]])
    elif words[:2] == ["synthkit", "run"]:
        again = shlex.join(words)
    look = f"synthkit monitor {shlex.quote(source)} --model {shlex.quote(str(run.folder))}"
    return {
        State.KEEP: f"look again when more rows have come: {look}",
        State.UNSETTLED: f"wait for more rows, then: {look}",
        State.RETRAIN: f"fit again on the rows that count now, old and new or new alone: {again}",
        State.RETIRE: f"take the synthetic rows back, then decide anew on the new rows: {again}",
    }[state]
