"""All attacks on one table, beside controls that show whether they work here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.attacks.membership import ATTACKS, View
from synthkit.decide.criteria import Verdict
from synthkit.errors import InputError
from synthkit.metrics import _codes, _intervals
from synthkit.metrics.base import Reference
from synthkit.metrics.privacy.membership import found_at
from synthkit.models import registry
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._codes import Coded, Sides

__all__ = ["Battery", "Caught", "Control", "Found", "attack"]

TARGETS: Final = 5_000
"""Members, and as many outsiders, that are asked about."""
FEWEST: Final = 100
"""Outsiders below which nothing is settled."""
RATES: Final = (0.10, 0.01, 0.001)
LEAKS: Final = (1.0, 0.05, 0.01)
"""Shares of the synthetic rows that are train rows, in the controls that have to be caught."""
DRAWS: Final = 400
POWER: Final = 0.8416212335729143
"""Standard deviations for a power of 80 %."""


@dataclass(frozen=True, slots=True)
class Caught:
    """Members found while so many outsiders are called members too.

    Args:
        rate: share of the outsiders that are called members.
        share: of the members that are found; `rate` is guessing.
        ci: its interval, over draws of members and outsiders.
        told: whether there are enough outsiders (ten beyond the threshold) for it to say anything.
    """

    rate: float
    share: float
    ci: tuple[float, float]
    told: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What one attack achieves.

    Args:
        attack: its name.
        auc: 0.5 is guessing.
        ci: its interval (DeLong).
        caught: members found at fixed rates of false alarms.
        members, outsiders: how many were asked about.
        least: the smallest AUC that so many rows show with a power of 80 %.
    """

    attack: str
    auc: float
    ci: tuple[float, float]
    caught: tuple[Caught, ...]
    members: int
    outsiders: int
    least: float


@dataclass(frozen=True, slots=True)
class Control:
    """The best attack on a table of which it is known what it gives away.

    Args:
        name: what table.
        expected: what it should come to, in words.
        found: what it came to.
        works: whether it did; None where that depends on the number of rows, and is told alone.
        innocent: whether it cannot give anybody away.
    """

    name: str
    expected: str
    found: Found
    works: bool | None
    innocent: bool = False


@dataclass(frozen=True, slots=True)
class Battery:
    """What came of all attacks.

    Args:
        each: every attack on all targets, the simplest first. Their maximum is biased upward.
        best: the attack that did best on one half of the targets, on the other half: no such bias.
        controls: tables that have to be caught, or must not be.
        rows: counts: train, synthetic, reference, members, outsiders.
        limit: the AUC that the best attack may reach.
        seed: of whatever was drawn.
    """

    each: tuple[Found, ...]
    best: Found
    controls: tuple[Control, ...]
    rows: Mapping[str, int]
    limit: float
    seed: int

    @property
    def verdict(self) -> Verdict:
        """By the whole interval of the best attack.

        Never PASS where a control does not come out as it should; and where even a table that cannot copy anybody
        seems to give members away, FAIL only if this one gives away more.
        """
        works = all(control.works is not False for control in self.controls)
        if self.best.ci[0] > self.limit and self.best.ci[0] > self._chance:
            return Verdict.FAIL
        return Verdict.PASS if works and self.best.ci[1] <= self.limit else Verdict.INCONCLUSIVE

    @property
    def because(self) -> str:
        """The verdict in a sentence."""
        low, high = self.best.ci
        said = f"the best attack ({self.best.attack}) reaches an AUC of {self.best.auc:.3f} ({low:.3f} to {high:.3f})"
        where = "below" if high <= self.limit else "above" if low > self.limit else "astride"
        said += f", {where} the limit of {self.limit:g}"
        if wrong := [c for c in self.controls if c.works is False and c.innocent]:
            auc = max(control.found.auc for control in wrong)
            said += f"; but train and holdout differ: one that cannot copy anybody gives {auc:.3f}, so split at random"
        elif wrong := [c for c in self.controls if c.works is False]:
            said += f"; but the attacks do not work here: {wrong[0].name} gives {wrong[0].found.auc:.3f}"
        return said

    @property
    def _chance(self) -> float:
        """What a table that cannot copy may reach, if that is more than guessing."""
        return max((c.found.ci[1] for c in self.controls if c.innocent and not c.works), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"verdict": self.verdict.value, "because": self.because, **asdict(self)}


@dataclass(frozen=True, slots=True)
class _Ground:
    """Who is asked about, and what the attacker holds beside the synthetic table."""

    members: Coded
    outsiders: Coded
    reference: Coded
    seed: int

    @classmethod
    def of(cls, sides: Sides, seed: int) -> _Ground:
        rng = rng_.stream(seed, "attack", "targets")
        order = rng.permutation(sides.holdout.rows)
        half = len(order) // 2
        outsiders = sides.holdout.take(np.sort(order[:half])).subsample(TARGETS, rng)
        members = sides.train.subsample(min(outsiders.rows, TARGETS), rng)
        return cls(members, outsiders, sides.holdout.take(np.sort(order[half:])), seed)

    def scores(self, synthetic: Coded) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """For each attack those of the members and of the outsiders."""
        view = View(synthetic, self.reference, self.seed)
        return {name: (run(view, self.members), run(view, self.outsiders)) for name, run in ATTACKS.items()}


def attack(
    real: Table,
    synthetic: Table,
    holdout: Table,
    *,
    limit: float = 0.6,
    seed: int = 0,
    progress: Progress = silent,
) -> Battery:
    """Try to tell who was in the training rows, from a synthetic table.

    Half of the holdout are outsiders that are asked about, with as many train rows; the other half is what the attacker
    knows of the trade. The attack is chosen on one half of the targets and reported on the other.

    Args:
        real: the rows the model learned from.
        synthetic: the table.
        holdout: real rows of the same law that it never saw.
        limit: the AUC that the best attack may reach, with its whole interval.
        seed: the same seed gives the same result.
        progress: told control by control.

    Raises:
        InputError: too few rows are held out to ask about anybody.

    References: Houssiau and others (2022), TAPAS; Ward and others (2025), Synth-MIA.
    """
    reference = Reference(real, holdout, seed)
    sides = _codes.sides(reference)
    if sides.holdout.rows < 2 * FEWEST:
        raise InputError(
            f"{sides.holdout.rows} rows held out are too few to attack with",
            hint=f"hold out {2 * FEWEST} at least; with 2,000 an AUC of 0.55 is seen four times in five",
        )
    ground = _Ground.of(sides, seed)
    made = sides.code(synthetic)
    scores = ground.scores(made)
    progress("attack", 0.2)
    controls = []
    for place, control in enumerate(_controls(ground, sides, real, made), 1):
        controls.append(control)
        progress("attack", 0.2 + 0.8 * place / (len(LEAKS) + 2))
    rows = {
        "train": sides.train.rows, "synthetic": made.rows, "reference": ground.reference.rows,
        "members": ground.members.rows, "outsiders": ground.outsiders.rows,
    }  # fmt: skip
    each = tuple(_found(name, *pair, seed) for name, pair in scores.items())
    return Battery(each, _chosen(scores, seed), tuple(controls), rows, limit, seed)


def _controls(ground: _Ground, sides: Sides, real: Table, made: Coded) -> Iterator[Control]:
    """Leaks that have to be seen, and tables that give nobody away."""
    rng = rng_.stream(ground.seed, "attack", "controls")
    copies = sides.train.take(rng.integers(0, sides.train.rows, made.rows))
    for share in LEAKS:
        leaked = rng.permutation(made.rows) < round(share * made.rows)
        found = _chosen(ground.scores(_mixed(made, copies, leaked)), ground.seed)
        told = f"{100 * share:g} % train rows"
        expected = "nearly certain" if share == 1 else "above what the table itself shows, if rows suffice"
        yield Control(told, expected, found, found.ci[0] > 0.5 if share == 1 else None)
    half = ground.reference.rows // 2
    order = rng.permutation(ground.reference.rows)
    rest = replace(ground, reference=ground.reference.take(np.sort(order[half:])))
    found = _chosen(rest.scores(ground.reference.take(np.sort(order[:half]))), ground.seed)
    yield Control("held-out rows as synthetic", "guessing", found, _guesses(found), innocent=True)
    model = registry.get("marginals")().fit(real, rng=rng_.stream(ground.seed, "attack", "marginals", "fit"))
    drawn = model.sample(made.rows, rng=rng_.stream(ground.seed, "attack", "marginals", "sample"))
    found = _chosen(ground.scores(sides.code(drawn)), ground.seed)
    yield Control("independent columns", "guessing", found, _guesses(found), innocent=True)


def _guesses(found: Found) -> bool:
    """Whether chance explains it."""
    return found.ci[0] <= 0.5 or found.auc < found.least


def _mixed(made: Coded, copies: Coded, leaked: NDArray[np.bool_]) -> Coded:
    """The table with copies in the place of some of its rows."""
    return replace(
        made,
        numbers={k: np.where(leaked, copies.numbers[k], v) for k, v in made.numbers.items()},
        codes={k: np.where(leaked, copies.codes[k], v) for k, v in made.codes.items()},
        missing={k: np.where(leaked, copies.missing[k], v) for k, v in made.missing.items()},
    )


def _chosen(scores: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]], seed: int) -> Found:
    """The attack that does best on one half of the targets, as it does on the other."""
    rng = rng_.stream(seed, "attack", "halves")
    inside, outside = next(iter(scores.values()))
    first, other = (rng.permutation(len(side)) % 2 == 0 for side in (inside, outside))
    best = max(scores, key=lambda name: _intervals.auc(scores[name][0][first], scores[name][1][other]))
    return _found(best, scores[best][0][~first], scores[best][1][~other], seed)


def _found(name: str, inside: NDArray[np.float64], outside: NDArray[np.float64], seed: int) -> Found:
    auc, ci = _intervals.delong(inside, outside)
    m, n = len(inside), len(outside)
    spread = math.sqrt((m + n + 1) / (12 * m * n))
    rng = rng_.stream(seed, "attack", "draws", name)
    caught = tuple(_caught(inside, outside, rate, rng) for rate in RATES)
    return Found(name, auc, ci, caught, m, n, 0.5 + (_intervals.Z + POWER) * spread)


def _caught(inside: NDArray[np.float64], outside: NDArray[np.float64], rate: float, rng: np.random.Generator) -> Caught:
    """The share found at one rate of false alarms; the interval draws both sides anew, and holds Wilson's."""
    share = found_at(inside, outside, rate)
    drawn = [found_at(rng.choice(inside, len(inside)), rng.choice(outside, len(outside)), rate) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    least, most = _intervals.wilson(share * len(inside), len(inside))
    return Caught(rate, share, (min(float(low), least), max(float(high), most)), rate * len(outside) >= 10)
