"""Who is asked about, and what the attacker holds beside the synthetic table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.attacks.criteria import only
from synthkit.attacks.found import Found, Scores, found, halves
from synthkit.attacks.membership import ATTACKS, View
from synthkit.errors import InputError
from synthkit.metrics import _codes, _intervals
from synthkit.metrics._distance import nearest
from synthkit.metrics.base import Reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._codes import Coded

__all__ = ["FEWEST", "Ground", "Group"]

TARGETS: Final = 5_000
"""Members, and as many outsiders, that are asked about."""
FEWEST: Final = 100
"""Outsiders below which nothing is settled."""
ODD: Final = 0.05
"""Share of the targets that counts as outlying."""


@dataclass(frozen=True, slots=True)
class Group:
    """The part of the people that is found best.

    Args:
        column, level: that they share.
        found: of them: chosen on one half, reported on the other.
    """

    column: str
    level: str
    found: Found


@dataclass(frozen=True)
class Ground:
    """Targets and reference, without the column that says whose row it is.

    Args:
        train, holdout: all rows, as arrays.
        members, outsiders: the rows asked about.
        units: whose rows these are, for both; each is a unit where the schema names no entity.
        reference: what the attacker knows of other people.
        places: of the reference's rows in the holdout.
        seed: of whatever is drawn.
    """

    sides: _codes.Sides
    train: Coded
    holdout: Coded
    members: Coded
    outsiders: Coded
    units: tuple[NDArray[np.int64], NDArray[np.int64]]
    reference: Coded
    places: NDArray[np.int64]
    seed: int

    @classmethod
    def of(cls, real: Table, holdout: Table, seed: int) -> Ground:
        """Half of the held-out units are asked about, with as many from train; the other half is the reference.

        Raises:
            InputError: too few are held out.
        """
        sides = _codes.sides(Reference(real, holdout, seed))
        columns = [c.name for c in sides.schema if c.name != sides.schema.entity]
        train, held = only(sides.train, columns), only(sides.holdout, columns)
        theirs, others = _units(real), _units(holdout)
        rng = rng_.stream(seed, "attack", "targets")
        order = rng.permutation(int(others.max(initial=-1)) + 1)
        if len(order) < 2 * FEWEST:
            what = "rows" if sides.schema.entity is None else f"values of '{sides.schema.entity}'"
            raise InputError(
                f"{len(order)} {what} held out are too few to attack with",
                hint=f"hold out {2 * FEWEST} at least; with 2,000 an AUC of 0.55 is seen four times in five",
            )
        asked = order[: len(order) // 2]
        outside = _some(others, asked, rng)
        count = len(np.unique(others[outside]))
        inside = _some(theirs, rng.permutation(int(theirs.max()) + 1)[:count], rng)
        known = np.flatnonzero(~np.isin(others, asked))
        units = tuple(np.unique(ids, return_inverse=True)[1] for ids in (theirs[inside], others[outside]))
        return cls(
            sides,
            train,
            held,
            train.take(inside),
            held.take(outside),
            (units[0], units[1]),
            held.take(known),
            known,
            seed,
        )

    @property
    def unit(self) -> str:
        """The row, or the column that says whose row it is."""
        return self.sides.schema.entity or "row"

    def code(self, table: Table) -> Coded:
        """A table as arrays that agree with these."""
        return only(self.sides.code(table), list(self.train.missing))

    def rows(self, synthetic: Coded) -> dict[str, Scores]:
        """For each attack the score of every row asked about."""
        view = View(synthetic, self.reference, self.seed)
        return {name: (run(view, self.members), run(view, self.outsiders)) for name, run in ATTACKS.items()}

    def scores(self, synthetic: Coded) -> dict[str, Scores]:
        """For each attack the score of every unit asked about: the mean of its rows'."""
        return self.by_unit(self.rows(synthetic))

    def by_unit(self, rows: Mapping[str, Scores]) -> dict[str, Scores]:
        """Rows of one unit add up."""
        if self.unit == "row":
            return dict(rows)
        return {name: (_mean(a, self.units[0]), _mean(b, self.units[1])) for name, (a, b) in rows.items()}

    def outlying(self, name: str, rows: Scores) -> Found:
        """The attack on the targets that are furthest from the reference."""
        space = View(self.reference, self.reference, self.seed).space
        known = space.points(self.reference)
        far = [nearest(space.points(side), known, 2)[:, 1] for side in (self.members, self.outsiders)]
        cut = np.quantile(np.concatenate(far), 1 - ODD)
        odd = [np.flatnonzero(side >= cut) for side in far]
        if min(map(len, odd)) < 2:
            odd = [np.argsort(-side)[:2] for side in far]
        return found(name, (rows[0][odd[0]], rows[1][odd[1]]), self.seed)

    def worst_group(self, name: str, rows: Scores) -> Group | None:
        """The level of a discrete column whose members are told best; None if none has enough of both."""
        inside, outside = halves(rows, self.seed)
        aucs = {}
        for column, code in ((c, k) for c in self.members.codes for k in range(1, self.members.known[c] + 1)):
            mine, theirs = self.members.codes[column] == code, self.outsiders.codes[column] == code
            parts = mine & inside, theirs & outside, mine & ~inside, theirs & ~outside
            if min(part.sum() for part in parts) >= FEWEST:
                aucs[column, code] = _intervals.auc(rows[0][parts[0]], rows[1][parts[1]])
        if not aucs:
            return None
        column, code = max(aucs, key=lambda group: aucs[group])
        sides = self.members.codes[column] == code, self.outsiders.codes[column] == code
        told = found(name, (rows[0][sides[0] & ~inside], rows[1][sides[1] & ~outside]), self.seed)
        return Group(column, str(self.sides.levels[column][code - 1]), told)


def _units(table: Table) -> NDArray[np.int64]:
    """(n,) whose row it is; rows of nobody are each somebody's."""
    entity = table.schema.entity
    if entity is None:
        return np.arange(len(table))
    import pandas as pd

    codes = pd.factorize(table.frame[entity])[0].astype(np.int64)
    lone = codes < 0
    codes[lone] = codes.max(initial=-1) + 1 + np.arange(int(lone.sum()))
    return codes


def _some(units: NDArray[np.int64], asked: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int64]:
    """The rows of the units asked about, of fewer units where these are too many rows."""
    counts = np.bincount(units, minlength=int(asked.max()) + 1)[asked]
    kept = asked[rng.permutation(len(asked))] if counts.sum() > TARGETS else asked
    counts = np.bincount(units, minlength=int(asked.max()) + 1)[kept]
    return np.flatnonzero(np.isin(units, kept[np.cumsum(counts) <= TARGETS]))


def _mean(scores: NDArray[np.float64], units: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(units, scores) / np.bincount(units))
