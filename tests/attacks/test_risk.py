"""The statistics of right guesses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthkit.attacks.repeats import repeated
from synthkit.attacks.risk import risk, worst
from synthkit.metrics import _codes
from synthkit.metrics.base import Reference
from synthkit.pipeline import read


def test_the_interval_of_the_excess_holds_it_as_often_as_it_says():
    rng, held, luck = np.random.default_rng(0), 0, []
    for _ in range(400):
        main, control, blind = (rng.random(300) < share for share in (0.25, 0.15, 0.1))
        found = risk("x", main, control, blind)
        held += found.ci[0] <= 0.1 <= found.ci[1]
        guesses = {str(at): tuple(rng.random(300) < 0.2 for _ in range(3)) for at in range(6)}
        luck.append(worst(guesses, "inference").excess)
    assert 0.92 < held / 400 < 0.98
    assert abs(np.mean(luck)) < 0.01, "a maximum of six that is not flattered"


def test_what_few_people_have_is_counted():
    frame = pd.DataFrame({"n": [0, *[1 + at // 5 for at in range(39)], 999], "c": [*"ab" * 20, "rare"]})
    train = read(frame)
    sides = _codes.sides(Reference(train, train, 0))
    rare, ends, rows = repeated(sides.train, sides.holdout, sides.train)
    assert (rare.found, rare.of) == (1, 1) and (ends.found, ends.of) == (2, 2) and rows.found == rows.of
    rare, ends, rows = repeated(sides.train, sides.holdout, sides.train.take(np.arange(1, 40)))
    assert (rare.found, ends.found, rows.found) == (0, 0, 0)
