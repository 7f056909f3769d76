"""All attacks on one table, beside controls that show whether they work here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from synthkit.attacks.controls import COUNT, Control, controls
from synthkit.attacks.criteria import Sight, inference, linkability, singling_out
from synthkit.attacks.found import Found, chosen, found
from synthkit.attacks.ground import Ground, Group
from synthkit.attacks.repeats import Repeated, repeated
from synthkit.attacks.risk import LIMIT, Risk
from synthkit.attacks.shadow import Maker, canaries, shadow
from synthkit.decide.criteria import Verdict
from synthkit.metrics._distance import Space
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.metrics._codes import Coded

__all__ = ["Battery", "Trained", "attack"]


@dataclass(frozen=True, slots=True)
class Trained:
    """Attacks for which models of the same kind were trained.

    Args:
        shadow: is the table denser around members than shadows' tables are.
        shadows: how many there were.
        canaries: odd rows put into the training of one model; of the kind of model, and not of the table.
    """

    shadow: Found
    shadows: int
    canaries: Found


@dataclass(frozen=True, slots=True)
class Battery:
    """What came of all attacks.

    Args:
        each: every attack on all targets, the simplest first. Their maximum is biased upward.
        best: the attack that did best on one half of the targets, on the other half: no such bias.
        controls: tables that have to be caught, or must not be.
        risks: singling out, linkability and inference, each beside its control and its baseline.
        outliers: the best attack on the 5 % of the rows that are furthest from others.
        group: the best attack on the part of the people that it finds best; None if all parts are too small.
        repeated: what few people have and the table too.
        trained: attacks that took models of the same kind, if any was named.
        by_row: the best attack row by row, where the unit is not the row.
        unit: whose membership is asked about: "row", or the column that says whose row it is.
        rows: counts: train, synthetic, reference, members, outsiders.
        limit: the AUC that the best attack may reach.
        seed: of whatever was drawn.
    """

    each: tuple[Found, ...]
    best: Found
    controls: tuple[Control, ...]
    risks: tuple[Risk, ...]
    outliers: Found
    group: Group | None
    repeated: tuple[Repeated, ...]
    trained: Trained | None
    by_row: Found | None
    unit: str
    rows: Mapping[str, int]
    limit: float
    seed: int

    @property
    def verdict(self) -> Verdict:
        """By whole intervals.

        FAIL if the best attack, shadows, outliers or the worst group are above the limit, or one of the three criteria
        is above its own. PASS if the best attack, the shadows and the criteria are below. Outliers and groups are few,
        and so do not stand in the way of PASS. Never PASS where a control does not come out as it should; and where
        even a table that cannot copy anybody seems to give members away, FAIL only if this one gives away more.
        """
        if self.wrong:
            return Verdict.FAIL
        works = all(control.works is not False for control in self.controls)
        below = self.best.ci[1] <= self.limit and all(risk.ci[1] <= LIMIT for risk in self.risks)
        if self.trained:
            below = below and self.trained.shadow.ci[1] <= self.limit
        return Verdict.PASS if works and below else Verdict.INCONCLUSIVE

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is above its limit with its whole interval, in words."""
        over = max(self.limit, self._chance)
        asked = {f"the best attack ({self.best.attack})": self.best, "outlying rows": self.outliers}
        if self.group:
            asked["the group found best"] = self.group.found
        if self.trained:
            asked["shadow models"] = self.trained.shadow
        said = [
            f"{what} {_auc(one)}, above the limit of {self.limit:g}" for what, one in asked.items() if one.ci[0] > over
        ]
        return (*said, *(f"{_excess(risk)}, above {LIMIT:g}" for risk in self.risks if risk.ci[0] > LIMIT))

    @property
    def because(self) -> str:
        """The verdict in a sentence."""
        if self.wrong:
            said = "; ".join(self.wrong)
        else:
            where = "below" if self.best.ci[1] <= self.limit else "astride"
            said = f"the best attack ({self.best.attack}) {_auc(self.best)}, {where} the limit of {self.limit:g}"
            if open_ := [risk for risk in self.risks if risk.ci[1] > LIMIT]:
                said += f"; {' and '.join(map(_excess, open_))}, astride {LIMIT:g}"
        if wrong := [c for c in self.controls if c.works is False and c.innocent]:
            auc = max(control.found.auc for control in wrong)
            said += f"; but train and holdout differ: one that cannot copy anybody gives {auc:.3f}, so split at random"
        elif wrong := [c for c in self.controls if c.works is False]:
            said += f"; but the attacks do not work here: {wrong[0].name} gives {wrong[0].found.auc:.3f}"
        return said

    @property
    def not_tried(self) -> tuple[str, ...]:
        """What this says nothing about."""
        shadows = () if self.trained else ("shadow models and canaries (--model says which kind to train)",)
        people = ("whether several rows of one person add up (--entity)",) if self.unit == "row" else ()
        return (*shadows, *people, "attacks on the model itself", "attackers who know other releases of the same data")

    @property
    def _chance(self) -> float:
        """What a table that cannot copy may reach, if that is more than guessing."""
        return max((c.found.ci[1] for c in self.controls if c.innocent and not c.works), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"verdict": self.verdict.value, "because": self.because, **asdict(self)}


def attack(
    real: Table,
    synthetic: Table,
    holdout: Table,
    *,
    limit: float = 0.6,
    make: Maker | None = None,
    seconds: float = 120.0,
    seed: int = 0,
    progress: Progress = silent,
) -> Battery:
    """Try to tell who was in the training rows, from a synthetic table.

    Half of the holdout are outsiders that are asked about, with as many train rows; the other half is what the attacker
    knows of the trade. The attack is chosen on one half of the targets and reported on the other. Where the schema has
    an entity, it is the unit: its rows' scores are averaged, and both parts have to be split by it.

    Args:
        real: the rows the model learned from.
        synthetic: the table.
        holdout: real rows of the same law that it never saw.
        limit: the AUC that the best attack may reach, with its whole interval.
        make: fits the kind of model that made the table and draws rows from it; with it shadow models and canaries are
            tried too.
        seconds: for shadow models.
        seed: the same seed gives the same result, but for shadows that the seconds cut short.
        progress: told control by control.

    Raises:
        InputError: too few rows are held out to ask about anybody.

    References: Houssiau and others (2022), TAPAS; Ward and others (2025), Synth-MIA.
    """
    ground = Ground.of(real, holdout, seed)
    made = ground.code(synthetic)
    rows = ground.rows(made)
    scores = ground.by_unit(rows)
    best = chosen(scores, seed)
    progress("attack", 0.15)
    told = []
    for place, control in enumerate(controls(ground, real, made), 1):
        told.append(control)
        progress("attack", 0.15 + 0.6 * place / COUNT)
    sight = Sight(made, ground.members, ground.outsiders, seed, real.schema.target)
    risks = tuple(run(sight) for run in (singling_out, linkability, inference))
    progress("attack", 0.9)
    counts = {
        "train": ground.train.rows, "synthetic": made.rows, "reference": ground.reference.rows,
        "members": ground.members.rows, "outsiders": ground.outsiders.rows,
    }  # fmt: skip
    return Battery(
        each=tuple(found(name, pair, seed) for name, pair in scores.items()),
        best=best,
        controls=tuple(told),
        risks=risks,
        outliers=ground.outlying(best.attack, rows[best.attack]),
        group=ground.worst_group(best.attack, rows[best.attack]),
        repeated=repeated(ground.train, ground.holdout, made),
        trained=_trained(make, ground, real, holdout, made, seconds=seconds) if make else None,
        by_row=chosen(rows, seed) if ground.unit != "row" else None,
        unit=ground.unit,
        rows=counts,
        limit=limit,
        seed=seed,
    )


def _trained(make: Maker, ground: Ground, real: Table, holdout: Table, made: Coded, *, seconds: float) -> Trained:
    space = Space.of(ground.reference)
    sides = space.points(ground.members), space.points(ground.outsiders)
    told, shadows = shadow(
        make, holdout.take(ground.places), ground.code,
        synthetic=space.points(made), sides=sides, space=space, seconds=seconds, seed=ground.seed,
    )  # fmt: skip
    return Trained(told, shadows, canaries(make, real, ground.code, space=space, rows=made.rows, seed=ground.seed))


def _auc(one: Found) -> str:
    return f"reaches an AUC of {one.auc:.3f} ({one.ci[0]:.3f} to {one.ci[1]:.3f})"


def _excess(risk: Risk) -> str:
    low, high = (f"{100 * end:.1f}" for end in risk.ci)
    return f"{risk.name} succeeds for {100 * risk.excess:.1f} more in 100 members than outsiders ({low} to {high})"
