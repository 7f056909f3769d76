"""More leaked rows never lower an attack's score.

The law holds in expectation: each attack is run in the same worlds at every share of leaked rows, with the same draws,
and the AUCs of the worlds are added up. One world alone may go down a little by chance: an outsider may lie beside a
leaked row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from synthkit.attacks.ground import Ground
from synthkit.attacks.membership import ATTACKS, View, distance
from synthkit.data.table import Table
from synthkit.metrics import _intervals
from synthkit.testing._metric import LEAKS, leaked
from synthkit.testing._tables import mixed

WORLDS, ROWS, SLACK = 3, 400, 0.01
Attack = Callable[[View, object], np.ndarray]


@cache
def world(seed: int) -> tuple[Ground, tuple[View, ...]]:
    """Real rows, and what an attacker sees at each share of leaked rows."""
    train, holdout, fresh = (mixed(ROWS, 100 * seed + k) for k in range(3))
    ground = Ground.of(train, holdout, seed)
    made = [ground.code(leaked(fresh, train, share)) for share in LEAKS]
    return ground, tuple(View(each, ground.reference, seed) for each in made)


def rises(attack: Attack) -> bool:
    """Whether the mean AUC never falls as more rows leak, and is higher at the end than at the beginning."""
    aucs = np.zeros((WORLDS, len(LEAKS)))
    for seed in range(WORLDS):
        ground, views = world(seed)
        aucs[seed] = [_intervals.auc(attack(v, ground.members), attack(v, ground.outsiders)) for v in views]
    means = aucs.mean(axis=0)
    return bool((np.diff(means) >= -SLACK).all() and means[-1] > means[0] + 0.2)


@pytest.mark.parametrize("name", ATTACKS)
def test_more_leaked_rows_never_lower_the_score(name):
    assert rises(ATTACKS[name])


def without_copies(view: View, targets) -> np.ndarray:
    """A broken attack: it leaves out synthetic rows that are real ones, as a well-meant clean-up would."""
    near = distance(view, targets)
    return np.where(near == 0, near.min(), near)


BROKEN: dict[str, Attack] = {
    "without copies": without_copies,
    "upside down": lambda view, targets: -distance(view, targets),
    "blind": lambda view, targets: np.zeros(targets.rows),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_the_law_catches_a_broken_attack(name):
    assert not rises(BROKEN[name])


def test_rows_are_leaked_one_share_within_the_next():
    """The worlds differ in leaked rows alone: what leaks at a share leaks at every larger one."""
    fresh, train = mixed(100, 1), mixed(80, 2)
    kept = [set(pd.util.hash_pandas_object(leaked(fresh, train, s).frame, index=False)) for s in LEAKS]
    real = set(pd.util.hash_pandas_object(train.frame, index=False))
    assert [len(rows & real) for rows in kept] == [round(s * 80) for s in LEAKS]
    assert all(one & real <= two & real for one, two in pairwise(kept))
    assert isinstance(leaked(fresh, train, 1.0), Table)
