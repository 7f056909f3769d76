"""One model in a pilot, when it leaves early, and what the ladder's rule makes of all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthkit.decide.climb import Rung, rank, why
from synthkit.decide.criteria import Judgement, Verdict, shown
from synthkit.decide.ladder import needless
from synthkit.models import registry
from synthkit.models.base import Trained
from synthkit.operate._pilot_afar import afar
from synthkit.operate._pilot_apart import Ended, Job, Purse, together
from synthkit.progress import Progress

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.operate._pilot_measure import Measured
    from synthkit.scale.engine import Engine

__all__ = [
    "Attempt", "Candidate", "Setting", "Settled", "apart", "aside", "attempt_of", "attempts", "beaten", "because",
    "left", "settle", "uncalled",
]  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What all rounds of a pilot share.

    Args:
        wanted: models that run whether anything calls for them or not.
        purse: the budget.
        home: a folder for fitted models.
        progress: told model by model.
        engine: a cluster that does the work; processes of this machine if None.
    """

    wanted: frozenset[str]
    purse: Purse
    home: Path
    progress: Progress
    engine: Engine | None = None

    def ended(
        self, jobs: Sequence[Job], *, purse: Purse, progress: Progress, needless: Callable[[str], str] = lambda _: ""
    ) -> Iterator[Ended]:
        """The jobs, each told of when it has ended."""
        if self.engine is None:
            return together(jobs, purse=purse, progress=progress, needless=needless)
        return afar(jobs, engine=self.engine, purse=purse, progress=progress, needless=needless)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What comes back from the process of one model.

    Args:
        rung: what became of it.
        table: the rows it made, if they were judged.
        measured: what it cost, if it made rows.
        gone: whether its process was stopped or died.
    """

    rung: Rung
    table: Table | None = field(default=None, repr=False)
    measured: Measured | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model of the short list.

    Args:
        rung: what became of it; not judged if it left early.
        measured: what it cost; in the first round if it left there.
        first: its rung in the first round, if there was one.
        train_rows: that its measures rest on.
        challenger: whether it was run although the ladder's rule did not call for it.
    """

    rung: Rung
    measured: Measured | None = None
    first: Rung | None = None
    train_rows: int = 0
    challenger: bool = False

    @property
    def name(self) -> str:
        """Of the model."""
        return self.rung.model

    def to_dict(self, price: float | None = None) -> dict[str, Any]:
        """Plain values, with `price` for an hour of one core."""
        facts: dict[str, float | None] = self.measured.to_dict() if self.measured else {}
        if self.measured and price is not None:
            facts["money"] = self.measured.cpu_seconds / 3600 * price
        seen = self.rung if self.rung.scorecard else self.first if self.rung.status == "left" else None
        return {
            **self.rung.to_dict(),
            "criteria": [j.to_dict() for j in seen.judgements] if seen else [],
            "criteria_of": ("all rows" if seen is self.rung else "first round") if seen else None,
            "measured": facts,
            "first": self.first.to_dict() if self.first else None,
            "train_rows": self.train_rows,
            "challenger": self.challenger,
        }


def beaten(rung: Rung, simpler: Sequence[Rung]) -> str:
    """Why a model leaves after the first round, in one clause; "" if it stays.

    It leaves if a simpler one ranks better and is clearly better, intervals apart, on every criterion that it alone
    fails, and on one at least; unless it is clearly better itself on a criterion that the simpler one fails. A
    training that its time ended proves nothing.
    """
    failed = [j for j in rung.judgements if j.verdict is Verdict.FAIL]
    if not failed or rung.notes.get("stopped because") == "time limit":
        return ""
    for other in simpler:
        theirs = {j.metric: j for j in other.judgements}
        worse = [j for j in failed if j.metric in theirs and apart(j, theirs[j.metric])]
        alone = [j for j in failed if j.metric not in theirs or theirs[j.metric].verdict is not Verdict.FAIL]
        gains = [j for j in rung.judgements if j.metric in theirs and apart(theirs[j.metric], j)]
        gains = [j for j in gains if theirs[j.metric].verdict is Verdict.FAIL]
        if rank(other) < rank(rung) and worse and not gains and all(j in worse for j in alone):
            pairs = [f"{j.label.lower()} {_value(j)} ({other.model} {_value(theirs[j.metric])})" for j in worse]
            return f"clearly worse than {other.model}, intervals apart: {', '.join(pairs)}"
    return ""


def apart(worse: Judgement, better: Judgement) -> bool:
    """Whether the whole interval of the one is on the bad side of that of the other."""
    if worse.ci is None or better.ci is None:
        return False
    return worse.ci[0] > better.ci[1] if worse.better == "lower" else worse.ci[1] < better.ci[0]


def _value(j: Judgement) -> str:
    return shown(j.value, j.unit)


def left(rung: Rung, because: str) -> Rung:
    """A rung that left after the first round: it is not judged."""
    return replace(rung, status="left", because=because, scorecard=None, judgements=())


@dataclass(frozen=True, slots=True)
class Settled:
    """What the rule says.

    Args:
        winner: the simplest that meets every criterion, else the best by rank; None if nothing was judged.
        running: rungs that were in the running, from the simplest up.
        uncalled: name -> why nothing called for it.
    """

    winner: Rung | None
    running: tuple[Rung, ...]
    uncalled: Mapping[str, str]


def settle(names: Sequence[str], found: Mapping[str, Rung]) -> Settled:
    """Go up the ladder over whatever was judged, in whatever order that was.

    Args:
        names: from the simplest up.
        found: the rungs so far.
    """
    best: Rung | None = None
    passed: Rung | None = None
    running: list[Rung] = []
    idle: dict[str, str] = {}
    for name in names:
        rung = found.get(name)
        if why_not := _why_not(name, best, passed):
            idle[name] = why_not
        elif rung is not None:
            running.append(rung)
            if rung.status == "judged":
                best = rung if best is None or rank(rung) < rank(best) else best
                passed = rung if rung.verdict is Verdict.PASS else None
    return Settled(passed or best, tuple(running), idle)


def because(settled: Settled) -> str:
    """Why the winner was chosen, as the ladder says it; who left before is counted too."""
    if settled.winner is None:
        return "no model could be fitted; see the reasons above"
    said = why(settled.winner, settled.running)
    if (ran := len(settled.running)) > 1:
        said = said.replace("the only rung tried", f"the only one of {ran} that came through")
    return said


def uncalled(name: str, settled: Settled, wanted: Collection[str]) -> str:
    """Why a model need not run, or ""."""
    return "" if name in wanted else settled.uncalled.get(name, "")


def _why_not(name: str, best: Rung | None, passed: Rung | None) -> str:
    if passed is not None:
        return f"not tried: the simpler {passed.model} meets every criterion"
    return needless(best) if _is_network(name) else ""


def _is_network(name: str) -> bool:
    return name in registry.names() and isinstance(registry.get(name)(), Trained)


def attempts(
    jobs: Sequence[Job], names: Sequence[str], before: Mapping[str, Rung], setting: Setting
) -> dict[str, Attempt]:
    """Do the jobs until nothing calls for the next; what came of those that were called for.

    Args:
        jobs: one for each of some of `names`.
        names: of all models so far, from the simplest up.
        before: rungs that are known already.
        setting: what all rounds share.
    """
    found: dict[str, Attempt] = {}

    def needless_now(name: str) -> str:
        rungs = {**before, **{n: a.rung for n, a in found.items()}}
        return uncalled(name, settle(names, rungs), setting.wanted)

    for ended in setting.ended(jobs, purse=setting.purse, progress=setting.progress, needless=needless_now):
        if not ended.needless:
            found[ended.name] = attempt_of(ended)
    return found


def attempt_of(ended: Ended) -> Attempt:
    """What came back, or a rung that says why nothing did."""
    if isinstance(ended.value, Attempt):
        return ended.value
    word = ended.because.partition(":")[0]
    status = {"not tried": "skipped", "stopped": "stopped"}.get(word, "failed")
    rung = Rung(ended.name, registry.card(ended.name).family, status, ended.because)
    return Attempt(rung, gone=status == "stopped" or ended.died)


def aside(progress: Progress, what: str) -> Progress:
    """Tells of a round as stages of its own."""

    def inner(stage: str, done: float, note: str = "") -> None:
        progress(f"{stage}, {what}", done, note)

    return inner
