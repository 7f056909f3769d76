"""Tables of which it is known what they give away: an attack that fails on them may be a bad attack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.attacks.found import Found, chosen
from synthkit.attacks.ground import Ground
from synthkit.models import registry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.metrics._codes import Coded

__all__ = ["COUNT", "Control", "controls"]

LEAKS: Final = (1.0, 0.05, 0.01)
"""Shares of the synthetic rows that are train rows, in the controls that have to be caught."""
COUNT: Final = len(LEAKS) + 2


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


def controls(ground: Ground, real: Table, made: Coded) -> Iterator[Control]:
    """Leaks that have to be seen, and tables that give nobody away."""
    rng = rng_.stream(ground.seed, "attack", "controls")
    copies = ground.train.take(rng.integers(0, ground.train.rows, made.rows))
    for share in LEAKS:
        leaked = rng.permutation(made.rows) < round(share * made.rows)
        found = chosen(ground.scores(_mixed(made, copies, leaked)), ground.seed)
        told = f"{100 * share:g} % train rows"
        expected = "nearly certain" if share == 1 else "above what the table itself shows, if rows suffice"
        yield Control(told, expected, found, found.ci[0] > 0.5 if share == 1 else None)
    half = ground.reference.rows // 2
    order = rng.permutation(ground.reference.rows)
    rest = replace(ground, reference=ground.reference.take(np.sort(order[half:])))
    found = chosen(rest.scores(ground.reference.take(np.sort(order[:half]))), ground.seed)
    yield Control("held-out rows as synthetic", "guessing", found, _guesses(found), innocent=True)
    model = registry.get("marginals")().fit(real, rng=rng_.stream(ground.seed, "attack", "marginals", "fit"))
    drawn = model.sample(made.rows, rng=rng_.stream(ground.seed, "attack", "marginals", "sample"))
    found = chosen(ground.scores(ground.code(drawn)), ground.seed)
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
