"""Attacks for which the attacker trains models of the same kind: shadows, and canaries of our own.

References: Zarifzadeh, Liu and Shokri (2024), RMIA, the offline form; Carlini and others (2019), canaries.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.attacks.found import Found, found
from synthkit.data.table import Table
from synthkit.metrics._distance import Points, Space, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.metrics._codes import Coded

__all__ = ["CANARIES", "Maker", "canaries", "shadow"]

Maker = Callable[[Table, np.random.Generator, int], Table]
"""Learns a table and makes so many rows."""

SHADOWS: Final = 8
NEIGHBOURS: Final = 5
CANARIES: Final = 100
"""Odd rows that are put among the train rows, and as many that are not."""


def shadow(
    make: Maker,
    known: Table,
    code: Callable[[Table], Coded],
    *,
    synthetic: Points,
    sides: tuple[Points, Points],
    space: Space,
    seconds: float,
    seed: int,
) -> tuple[Found, int]:
    """Where the table is denser than tables of the same model that learned other people's rows.

    Args:
        make: fits the kind of model that made the table, and draws from it.
        known: the attacker's real rows; each shadow learns a random half of them.
        code: a table as arrays.
        synthetic: the table attacked.
        sides: members and outsiders.
        space: of distances.
        seconds: after which no further shadow is trained; two there are in any case.
        seed: of whatever is drawn.

    Returns:
        What it achieves, and how many shadows there were.
    """
    ends, others = time.monotonic() + seconds, []
    for at in range(SHADOWS):
        if at >= 2 and time.monotonic() > ends:
            break
        rng = rng_.stream(seed, "attack", "shadow", at)
        rows = np.sort(rng.permutation(len(known))[: max(2, len(known) // 2)])
        made = space.points(code(make(known.take(rows), rng, len(synthetic))))
        others.append([_dense(side, made) for side in sides])
    scores = [
        _dense(side, synthetic) - np.log(np.mean([np.exp(other[place]) for other in others], axis=0))
        for place, side in enumerate(sides)
    ]
    return found("shadow models", (scores[0], scores[1]), seed), len(others)


def canaries(make: Maker, train: Table, code: Callable[[Table], Coded], *, space: Space, rows: int, seed: int) -> Found:
    """Rows whose cells do not belong together, some put among the train rows, and whether it is seen which.

    Each cell of a canary is another row's, so each is common and their sum is odd; the model is fitted once more on
    train and half of the canaries. It is the worst case of one model, and no figure of the table.
    """
    rng = rng_.stream(seed, "attack", "canaries")
    odd = train.take(rng.integers(0, len(train), 2 * CANARIES)).frame
    odd = odd.assign(
        **{name: odd[name].to_numpy()[rng.permutation(len(odd))] for name in odd.columns if name != train.schema.entity}
    ).astype(odd.dtypes.to_dict())
    import pandas as pd

    inside, outside = (Table(odd.iloc[part].reset_index(drop=True), train.schema) for part in _halves())
    whole = Table(pd.concat([train.frame, inside.frame], ignore_index=True), train.schema)
    made = space.points(code(make(whole, rng, rows)))
    scores = [-np.round(nearest(space.points(code(side)), made)[:, 0], 9) for side in (inside, outside)]
    return replace(found("canaries", (scores[0], scores[1]), seed), attack="canaries")


def _halves() -> tuple[slice, slice]:
    return slice(0, CANARIES), slice(CANARIES, 2 * CANARIES)


def _dense(points: Points, table: Points) -> NDArray[np.float64]:
    """Minus the logarithm of the mean distance to the nearest rows."""
    near = nearest(points, table, min(NEIGHBOURS, len(table))).mean(axis=1)
    return np.asarray(-np.log(near + 1e-3))
