"""What a look at new rows is made of: the run as it was released, states and reasons, and the rules of the plan."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from synthkit.data.schema import Schema
from synthkit.decide.criteria import Criteria, Judgement, shown
from synthkit.decide.upkeep import Upkeep
from synthkit.errors import InputError, ReadError
from synthkit.progress import Progress
from synthkit.scorecard import Scorecard

if TYPE_CHECKING:
    from synthkit.operate.drift import Joint

__all__ = [
    "GRAVITY",
    "SIDES",
    "Given",
    "Reason",
    "Released",
    "State",
    "compared",
    "nothing_shared",
    "of_growth",
    "of_joint",
    "of_quality",
]


class State(StrEnum):
    """What to do."""

    KEEP = "KEEP"
    RETRAIN = "RETRAIN"
    RETIRE = "RETIRE"
    UNSETTLED = "UNSETTLED"

    @classmethod
    def of(cls, states: Iterable[State]) -> State:
        """The gravest of them; KEEP if there are none.

        >>> State.of([State.KEEP, State.UNSETTLED, State.RETRAIN]).value
        'RETRAIN'
        """
        return max(states, key=GRAVITY.index, default=cls.KEEP)

    @classmethod
    def above(cls, ci: tuple[float, float], limit: float, then: State) -> State:
        """`then` if the whole interval is above the limit, KEEP if it is below, else UNSETTLED."""
        return then if ci[0] > limit else cls.KEEP if ci[1] <= limit else cls.UNSETTLED


GRAVITY: Final = (State.KEEP, State.UNSETTLED, State.RETRAIN, State.RETIRE)
SIDES: Final = {State.RETRAIN: "above", State.KEEP: "within", State.UNSETTLED: "astride"}
"""Where an interval lies of its limit."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was looked at, and what it says.

    Args:
        what: in a few words.
        state: what it alone would mean.
        because: one sentence.
    """

    what: str
    state: State
    because: str

    def to_dict(self) -> dict[str, str]:
        """Plain values."""
        return {"what": self.what, "state": self.state.value, "because": self.because}


@dataclass(frozen=True, slots=True)
class Given:
    """What `monitor` was told, as there."""

    plan: Upkeep
    learned: Any
    drop: Sequence[str]
    quality: bool
    encoding: str
    seed: int
    progress: Progress


@dataclass(frozen=True)
class Released:
    """What a run left behind.

    Args:
        folder: of the run.
        schema: of the rows.
        scorecard: at release.
        decision: with its criteria, goal and plan.
        decided: when.
    """

    folder: Path
    schema: Schema
    scorecard: Scorecard
    decision: Mapping[str, Any]
    decided: dt.date | None

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """Read a run folder.

        Raises:
            ReadError: it is none.
        """
        folder = Path(folder)
        try:
            saved = json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))
            scorecard, decision = Scorecard.from_dict(saved["scorecard"]), dict(saved["decision"])
            record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
            decided = dt.datetime.fromisoformat(record["finished"]).date() if record.get("finished") else None
        except OSError as error:
            raise ReadError(
                f"cannot read {error.filename!r}: {error.strerror}", hint="give a folder that `generate` wrote"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise ReadError(
                f"{str(folder)!r} is not a run of synthkit", hint="give a folder that `generate` wrote"
            ) from None
        return cls(folder, Schema.read(folder / "schema.toml"), scorecard, decision, decided)

    @property
    def goal(self) -> Mapping[str, Any]:
        """What was asked, as plain values."""
        return self.decision.get("goal") or {}

    @property
    def of_series(self) -> bool:
        """Whether the rows are time series."""
        return self.decision.get("kind") == "series"

    @property
    def upkeep(self) -> Upkeep:
        """The plan in the record; the usual one where there is none."""
        return Upkeep.from_dict(self.goal.get("upkeep") or {})

    @property
    def criteria(self) -> Criteria:
        """Those of the record."""
        if kept := self.goal.get("limits"):
            return Criteria.from_list(kept)
        return Criteria.for_series() if self.of_series else Criteria()

    @property
    def judged(self) -> dict[str, Mapping[str, Any]]:
        """Metric -> what the record says of its criterion."""
        return {str(c["metric"]): c for c in self.decision.get("criteria") or ()}


def compared(judgements: Iterable[Judgement], run: Released, aside: Iterable[str]) -> list[dict[str, Any]]:
    """Each criterion now beside what it was at release.

    Args:
        judgements: of now.
        run: with those of then.
        aside: metrics that are shown and do not count.
    """
    before, left = run.judged, frozenset(aside)
    rows = []
    for now in judgements:
        then = before.get(now.metric, {})
        rows.append({
            "metric": now.metric, "label": now.label, "unit": now.unit, "better": now.better, "value": now.value,
            "ci": list(now.ci) if now.ci else None, "floor": now.floor, "limit": now.limit, "rule": now.rule,
            "verdict": now.verdict.value, "then": then.get("value"), "then_verdict": then.get("verdict"),
            "counts": now.metric not in left,
        })  # fmt: skip
    return rows


def of_quality(rows: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """What the criteria mean: one that is broken now and was not then is a reason to retrain."""
    found = []
    for row in rows:
        if not row["counts"] or row["then_verdict"] == "FAIL":
            continue
        value, limit = shown(row["value"], row["unit"]), shown(row["limit"], row["unit"])
        then = f", at release {shown(row['then'], row['unit'])}" if row["then"] is not None else ""
        if row["verdict"] == "FAIL":
            said = f"{row['label'].lower()} is {value} beside a limit of {limit}{then}"
            found.append(Reason("quality", State.RETRAIN, said))
        elif row["verdict"] == "INCONCLUSIVE" and row["then_verdict"] == "PASS":
            said = f"{row['label'].lower()} is {value}, with an interval that straddles its limit of {limit}{then}"
            found.append(Reason("quality", State.UNSETTLED, said))
    return found


def of_growth(new: int, learned: int, plan: Upkeep, what: str = "rows") -> Reason:
    """More rows than the plan waits for are a reason to fit again, drifted or not."""
    share = new / max(learned, 1)
    said = (
        f"{new:,} new {what} are {100 * share:.3g} % on top of {learned:,}; the plan waits for {100 * plan.growth:g} %"
    )
    return Reason("growth", State.RETRAIN if share > plan.growth else State.KEEP, said)


def of_joint(joint: Joint, plan: Upkeep) -> Reason:
    """By the limits of the classifier."""
    low, high = joint.ci
    said = f"a classifier tells new rows from the old with an AUC of {joint.auc:.3f} ({low:.3f} to {high:.3f})"
    if State.above(joint.ci, plan.lost_auc, State.RETIRE) is State.RETIRE:
        return Reason("classifier", State.RETIRE, f"{said}, above {plan.lost_auc:g}")
    state = State.above(joint.ci, plan.drift_auc, State.RETRAIN)
    return Reason("classifier", state, f"{said}, {SIDES[state]} the limit of {plan.drift_auc:g}")


def nothing_shared(run: Released) -> InputError:
    """The error for rows that have nothing to do with the run."""
    return InputError(
        "the new rows share no column with the run, or have no rows",
        hint=f"the run's columns are in {run.folder / 'schema.toml'}",
    )
