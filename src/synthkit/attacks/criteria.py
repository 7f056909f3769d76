"""The three criteria of the Article 29 Working Party: singling out, linking, and inferring what is not known.

References: Article 29 Working Party (2014), opinion 05/2014; Giomi, Boenisch, Wehmeyer and Tasnadi (2023).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.attacks.risk import Risk, risk, worst
from synthkit.metrics._distance import Space, nearest_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.metrics._codes import Coded

__all__ = ["Sight", "inference", "linkability", "only", "singling_out"]

GUESSES: Final = 3_000
"""Guesses of an attack at most: an interval is then at most 0.02 wide either way."""
WITHIN: Final = 0.05
"""Of a column's range: how close a guess of a number has to be, and how wide a predicate about one is."""
COLUMNS: Final = (2, 3, 4, 5)
"""Columns of a predicate."""
NEIGHBOURS: Final = 5
SECRETS: Final = 4
"""Columns that are inferred one at a time, at most."""


@dataclass(frozen=True)
class Sight:
    """Who is guessed about, and from what.

    Args:
        synthetic: the table that the attacker holds.
        members: train rows.
        outsiders: as many rows held out.
        seed: of whatever is drawn.
        target: the column a model would predict; it is inferred first.
    """

    synthetic: Coded
    members: Coded
    outsiders: Coded
    seed: int
    target: str | None = None

    @property
    def shuffled(self) -> Coded:
        """The table with each column in an order of its own: its laws without its relations."""
        rng = rng_.stream(self.seed, "attack", "shuffled")
        orders = {name: rng.permutation(self.synthetic.rows) for name in self.synthetic.missing}
        made = self.synthetic
        return replace(
            made,
            numbers={k: v[orders[k]] for k, v in made.numbers.items()},
            codes={k: v[orders[k]] for k, v in made.codes.items()},
            missing={k: v[orders[k]] for k, v in made.missing.items()},
        )


def only(table: Coded, columns: Collection[str]) -> Coded:
    """Some columns."""
    return replace(
        table,
        numbers={k: v for k, v in table.numbers.items() if k in columns},
        codes={k: v for k, v in table.codes.items() if k in columns},
        missing={k: v for k, v in table.missing.items() if k in columns},
        known={k: v for k, v in table.known.items() if k in columns},
    )


def singling_out(sight: Sight) -> Risk:
    """A description that fits one synthetic row only, and then exactly one person of the data.

    A description is a synthetic row's cells in two to five columns: the category itself, a number to within 5 % of the
    range. The control counts whom it fits among as many people who were not in the data.
    """
    width = {name: WITHIN * scale for name, scale in Space.of(sight.synthetic).scale.items()}
    guesses = list(_unique(sight.synthetic, width, rng_.stream(sight.seed, "attack", "singling out")))
    blind = list(_unique(sight.shuffled, width, rng_.stream(sight.seed, "attack", "singling out", "blind")))
    if not guesses or not blind:
        nothing = np.zeros(1, bool)
        return risk("singling out", nothing, nothing, nothing)
    sides = ((guesses, sight.members), (guesses, sight.outsiders), (blind, sight.members))
    return risk("singling out", *(np.array([_fits(g, side, width).sum() == 1 for g in asked]) for asked, side in sides))


Description = dict[str, float]
"""Column -> the number, or the code of the category; NaN for a missing number."""


def _unique(table: Coded, width: dict[str, float], rng: np.random.Generator) -> Iterator[Description]:
    """Descriptions that fit one row of the table alone; the search stops after four times as many attempts."""
    columns, made = table.columns, 0
    for row in rng.integers(0, table.rows, 4 * GUESSES):
        size = min(int(rng.choice(COLUMNS)), len(columns))
        names = [columns[at] for at in rng.choice(len(columns), size, replace=False)]
        cells = {n: float(table.numbers[n][row] if n in table.numbers else table.codes[n][row]) for n in names}
        if _fits(cells, table, width).sum() == 1:
            made += 1
            yield cells
        if made == GUESSES:
            return


def _fits(cells: Description, table: Coded, width: dict[str, float]) -> NDArray[np.bool_]:
    """(rows,) whether the description fits."""
    fits = np.ones(table.rows, bool)
    for name, value in cells.items():
        if name in table.codes:
            fits &= table.codes[name] == value
        elif np.isnan(value):
            fits &= table.missing[name]
        else:
            fits &= np.abs(table.numbers[name] - value) <= width[name]
    return fits


def linkability(sight: Sight) -> Risk:
    """Two halves of a person's columns are put together by the synthetic rows that are near to both.

    The columns are halved at random; the attacker is right if one of the five rows nearest in the one half is among the
    five nearest in the other. The baseline takes the second five of somebody else.
    """
    columns = sight.synthetic.columns
    rng = rng_.stream(sight.seed, "attack", "linkability")
    order = rng.permutation(len(columns))
    parts = [[columns[at] for at in order[start::2]] for start in (0, 1)]
    if not parts[1]:
        nothing = np.zeros(1, bool)
        return risk("linkability", nothing, nothing, nothing)

    def near(targets: Coded) -> list[NDArray[np.int64]]:
        return [
            _nearest(sight.synthetic, targets.subsample(GUESSES, rng_.stream(sight.seed, "linked")), p) for p in parts
        ]

    inside, outside = near(sight.members), near(sight.outsiders)
    blind = np.roll(inside[1], 1, axis=0)
    return risk("linkability", _meet(*inside), _meet(*outside), _meet(inside[0], blind))


def _nearest(table: Coded, targets: Coded, columns: Collection[str], count: int = NEIGHBOURS) -> NDArray[np.int64]:
    """(targets, count) synthetic rows nearest in some columns."""
    seen = only(table, columns)
    space = Space.of(seen)
    return nearest_rows(space.points(only(targets, columns)), space.points(seen), min(count, table.rows))[1]


def _meet(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray((one[:, :, None] == other[:, None, :]).any(axis=(1, 2)))


def inference(sight: Sight) -> Risk:
    """One column of a person's row is guessed from all others, by the synthetic row that is nearest in those.

    A category has to be right, a number within 5 % of the range. Tried on the target and on others, one at a time; the
    worst is chosen on half of the guesses and reported on the rest. The baseline is the commonest category, or the
    median.
    """
    columns = list(sight.synthetic.columns)
    if len(columns) < 2:
        nothing = np.zeros(1, bool)
        return risk("inference", nothing, nothing, nothing)
    rng = rng_.stream(sight.seed, "attack", "inference")
    others = [c for c in columns if c != sight.target]
    order = [others[at] for at in rng.permutation(len(others))]
    secrets = [*([sight.target] if sight.target in columns else []), *order][:SECRETS]
    return worst({secret: _inferred(sight, secret) for secret in secrets}, "inference")


def _inferred(sight: Sight, secret: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether guesses of a column are right: of members, of outsiders, and of members without looking."""
    known = [c for c in sight.synthetic.columns if c != secret]
    values = _cells(sight.synthetic, secret)
    members, outsiders = (
        side.subsample(GUESSES, rng_.stream(sight.seed, "inferred", secret))
        for side in (sight.members, sight.outsiders)
    )
    inside, outside = (
        _right(side, values[_nearest(sight.synthetic, side, known, 1)[:, 0]], sight, secret)
        for side in (members, outsiders)
    )
    return inside, outside, _right(members, _usual(sight.synthetic, secret), sight, secret)


def _cells(table: Coded, column: str) -> NDArray[Any]:
    return table.numbers[column] if column in table.numbers else table.codes[column]


def _usual(table: Coded, column: str) -> NDArray[Any]:
    """What to guess without looking."""
    if column in table.codes:
        return np.array([np.bincount(table.codes[column]).argmax()])
    filled = table.numbers[column][~table.missing[column]]
    return np.array([np.median(filled) if 2 * len(filled) > table.rows else np.nan])


def _right(side: Coded, guessed: NDArray[Any], sight: Sight, column: str) -> NDArray[np.bool_]:
    true = _cells(side, column)
    if column in side.codes:
        return np.asarray(true == guessed)
    width = WITHIN * Space.of(only(sight.synthetic, [column])).scale[column]
    return np.asarray((np.abs(true - guessed) <= width) | (np.isnan(true) & np.isnan(guessed)))
