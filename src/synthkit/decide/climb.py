"""What a climb of the ladder leaves behind: each rung that was tried, the one that was chosen, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from synthkit.decide.criteria import Judgement, Verdict
from synthkit.scorecard import Scorecard

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.data.table import Table
    from synthkit.decide.backtest import Backtest
    from synthkit.models.base import Private, Simulator, Synthesizer

__all__ = ["Climb", "Rung", "outcome", "rank", "why"]


@dataclass(frozen=True)
class Rung:
    """One model on the ladder and what became of it.

    Args:
        model: its name.
        family: of the model's card.
        status: "judged", "backtested" (a series model that another forecast better than), "failed" (it raised an error)
            or "skipped" (the budget was spent, or it does not suit the data).
        because: one sentence.
        fit_seconds, sample_seconds, judge_seconds: wall-clock.
        scorecard: what was measured, if it was judged.
        judgements: the scorecard held against the criteria.
        notes: what the fit found, as plain values: forms chosen, tests made, switches set.
        folds: that the scores are pooled over, and the seconds summed; 0 for a single split.
    """

    model: str
    family: str
    status: str
    because: str
    fit_seconds: float = 0.0
    sample_seconds: float = 0.0
    judge_seconds: float = 0.0
    scorecard: Scorecard | None = None
    judgements: tuple[Judgement, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    folds: int = 0

    @property
    def verdict(self) -> Verdict | None:
        """Over all criteria; None if the rung was not judged."""
        return Verdict.all_of(j.verdict for j in self.judgements) if self.scorecard else None

    @property
    def shortfalls(self) -> tuple[Judgement, ...]:
        """The judgements that are not PASS."""
        return tuple(j for j in self.judgements if j.verdict is not Verdict.PASS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with headline scores only."""
        scores = self.scorecard.headlines if self.scorecard else ()
        return {
            "model": self.model,
            "family": self.family,
            "status": self.status,
            "verdict": self.verdict.value if self.verdict else None,
            "because": self.because,
            "fit_seconds": round(self.fit_seconds, 3),
            "sample_seconds": round(self.sample_seconds, 3),
            "judge_seconds": round(self.judge_seconds, 3),
            "scores": {s.metric: {"value": s.value, "ci": s.ci, "floor": s.floor, "unit": s.unit} for s in scores},
            "notes": dict(self.notes),
        } | ({"folds": self.folds} if self.folds else {})


@dataclass(frozen=True)
class Climb:
    """Everything that was tried, what was chosen, and why.

    Args:
        tried: the rungs in the order of the ladder.
        chosen: name of the model, or None if no rung could be judged.
        because: why that one.
        model: the fitted model.
        table: the rows it made: of a table, those that were judged.
        kind: "table" or "series".
        backtest: how the classical models of a series forecast, if they were compared.
        panel: the series it made.
        yardsticks: what a copy of the train series and their block bootstrap score: name -> metric -> value.
    """

    tried: tuple[Rung, ...]
    chosen: str | None
    because: str
    model: Synthesizer | Simulator | Private | None = field(default=None, repr=False)
    table: Table | None = field(default=None, repr=False)
    kind: Literal["table", "series"] = "table"
    backtest: Backtest | None = None
    panel: Panel | None = field(default=None, repr=False)
    yardsticks: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def rung(self) -> Rung | None:
        """The chosen rung."""
        return next((r for r in self.tried if r.model == self.chosen), None)

    @property
    def verdict(self) -> Verdict:
        """Of the chosen rung."""
        rung = self.rung
        return (rung.verdict if rung else None) or Verdict.FAIL


def rank(rung: Rung) -> tuple[int, int, float]:
    """Smaller is better: criteria failed, values beyond their limit, how easily a classifier tells the rows."""
    failed = sum(j.verdict is Verdict.FAIL for j in rung.judgements)
    beyond = sum((j.value > j.limit) if j.better == "lower" else (j.value < j.limit) for j in rung.judgements)
    card = rung.scorecard
    detection = (card.headline("detection") or card.headline("series_detection")) if card else None
    told = detection.value if detection else 1.0
    return failed, beyond, told


def outcome(judgements: Sequence[Judgement]) -> str:
    """What the judgements come to, in one clause."""
    parts = []
    for verdict, words in ((Verdict.FAIL, "falls short on"), (Verdict.INCONCLUSIVE, "is unsettled on")):
        if labels := [j.label.lower() for j in judgements if j.verdict is verdict]:
            parts.append(f"{words} {', '.join(labels)}")
    return "; ".join(parts) if parts else "meets every criterion"


def why(rung: Rung, tried: Sequence[Rung]) -> str:
    """Why this rung was chosen of those tried."""
    if rung.verdict is Verdict.PASS:
        simpler = [r.model for r in tried if r is not rung and r.status == "judged"]
        named = " and ".join(filter(None, [", ".join(simpler[:-1]), *simpler[-1:]]))
        tail = f"; the simpler {named} did not" if simpler else ""
        return f"{rung.model} is the first rung that meets every criterion{tail}"
    judged = sum(r.status == "judged" for r in tried)
    best = f"the best of {judged} rungs tried" if judged > 1 else "the only rung tried"
    return f"no rung meets every criterion; {rung.model} is {best}, and {rung.because}"
