"""The statistics of right guesses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.attacks.repeats import repeated
from synthkit.attacks.risk import LIMIT, Risk, Share, risk, worst
from synthkit.metrics import _codes
from synthkit.metrics._intervals import wilson
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


def guesses(right, n=100):
    return np.arange(n) < right


def test_the_excess_and_its_interval_are_newcombe_s():
    """Newcombe (1998), table II, 56 of 70 against 48 of 80: 0.2, by method 10 from 0.0524 to 0.3339."""
    found = risk("x", guesses(56, 70), guesses(48, 80), guesses(0))
    assert found.excess == pytest.approx(0.2)
    assert found.ci == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))
    other = risk("x", guesses(48, 80), guesses(56, 70), guesses(0))
    assert (other.excess, *other.ci) == pytest.approx((-0.2, -found.ci[1], -found.ci[0]))
    assert (found.main.right, found.main.n, found.main.share) == (56, 70, 0.8)
    assert found.control.ci == wilson(48, 80) and LIMIT == 0.1


def test_an_attack_is_tried_if_it_may_beat_blind_guesses():
    main = guesses(20)
    top = wilson(20, 100)[1]
    assert risk("x", main, main, guesses(20)).tried
    assert risk("x", main, main, guesses(int(100 * top))).tried
    assert not risk("x", main, main, guesses(int(100 * top) + 1)).tried
    exact = Risk("x", Share(1, 4, (0.1, 0.5)), Share(0, 4, (0, 0)), Share(1, 2, (0, 1)), 0.0, (0.0, 0.0))
    assert not exact.tried, "as good as blind guesses is not better"


def test_the_worst_is_chosen_on_even_guesses_and_reported_on_odd_ones():
    even, odd = np.arange(100) % 2 == 0, np.arange(100) % 2 == 1
    no = np.zeros(100, bool)
    found = worst({"a": (even, no, no), "b": (odd, no, no)}, "inference")
    assert (found.name, found.main.share, found.main.n) == ("inference: a", 0.0, 50)
    lone = worst({"a": (odd, even, no)}, "inference")
    assert (lone.name, lone.main.share, lone.control.share) == ("inference", 1.0, 0.0)
