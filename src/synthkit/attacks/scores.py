"""The battery as scores of a scorecard, so that reports, criteria and gates read it like any other figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from synthkit.attacks.battery import Battery, attack
from synthkit.attacks.found import Found
from synthkit.attacks.ground import FEWEST
from synthkit.attacks.risk import LIMIT, Risk
from synthkit.decide.climb import Climb
from synthkit.decide.criteria import Criteria, Criterion
from synthkit.metrics.base import Score
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.split import Split
    from synthkit.data.table import Table
    from synthkit.scorecard import Scorecard

__all__ = ["CRITERIA", "climbed", "with_attacks"]

CRITERIA: Final = (
    Criterion("attacks", absolute=0.6, why="the best of many attacks should not tell who was in the training rows"),
    Criterion("singling_out", absolute=LIMIT, why="nobody should be described by the table as the only one of a kind"),
    Criterion("linkability", absolute=LIMIT, why="the table should not put two halves of a person together"),
    Criterion("inference", absolute=LIMIT, why="the table should not tell more of its own people than of others"),
)


def climbed(climb: Climb, parts: Split, criteria: Criteria, *, seed: int, progress: Progress = silent) -> Climb:
    """The climb with the battery among the scores of the model that was chosen, and judged by it too."""
    rung = climb.rung
    if rung is None or rung.scorecard is None or climb.table is None:
        return climb
    card = with_attacks(rung.scorecard, climb.table, parts, seed=seed, progress=progress)
    attacked = replace(rung, scorecard=card, judgements=criteria.judge(card))
    return replace(climb, tried=tuple(attacked if one is rung else one for one in climb.tried))


def with_attacks(card: Scorecard, table: Table, parts: Split, *, seed: int, progress: Progress = silent) -> Scorecard:
    """The scorecard with the scores of all attacks; as it is where too few rows were held back to attack."""
    if len(parts.holdout) < 2 * FEWEST:
        return card
    battery = attack(parts.train, table, parts.holdout, seed=seed, progress=progress)
    return replace(card, scores=(*card.scores, *_scores(battery)))


def _scores(battery: Battery) -> Iterator[Score]:
    best, unit = battery.best, "" if battery.unit == "row" else f" By {battery.unit}: the rows of one add up."
    note = f"{best.attack}, chosen on half of the targets and reported on the other half.{unit}"
    yield _of(best, (), note=note)
    for one in battery.each:
        yield _of(one, (one.attack,), note="on all targets")
    yield _of(battery.outliers, ("the most outlying 5 %",))
    if battery.group:
        yield _of(battery.group.found, (f"{battery.group.column}: the level found best",))
    for control in battery.controls:
        told = {True: "as it should be", False: "NOT as it should be", None: "for comparison"}[control.works]
        yield _of(control.found, (f"control: {control.name}",), note=f"expected: {control.expected}; {told}")
    for caught in best.caught:
        if caught.told:
            share = f"found at {100 * caught.rate:g} % false alarms"
            yield Score(
                "attacks", "privacy", caught.share, "lower", (share,), floor=caught.rate, ci=caught.ci, n=best.members
            )
    for risk in battery.risks:
        yield from _risk(risk)


def _of(found: Found, subject: tuple[str, ...], *, note: str = "") -> Score:
    return Score(
        "attacks",
        "privacy",
        found.auc,
        "lower",
        subject,
        floor=0.5,
        ci=found.ci,
        n=found.members,
        unit="auc",
        note=note,
    )


def _risk(risk: Risk) -> Iterator[Score]:
    """The excess, and the shares that it comes of."""
    name, _, what = risk.name.partition(":")
    metric = name.replace(" ", "_")
    note = f"of {what.strip()}, the worst of those tried" if what else ""
    yield Score(metric, "privacy", risk.excess, "lower", floor=0.0, ci=risk.ci, n=risk.main.n, note=note)
    for label, side in (
        ("about members", risk.main),
        ("about others", risk.control),
        ("by blind guesses", risk.baseline),
    ):
        yield Score(metric, "privacy", side.share, "lower", (f"right {label}",), ci=side.ci, n=side.n)
