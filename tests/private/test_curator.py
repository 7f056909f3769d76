"""The curator: every answer is what it should be, as noisy as it says, and paid for before it is given."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from synthkit.errors import ConfigError
from synthkit.private import curator as curator_
from synthkit.private.accountant import rho_of
from synthkit.private.curator import Charge, Curator, Question, summed
from synthkit.private.domain import Rows
from synthkit.private.noise import Noise

CODES = np.array([[0, 1], [0, 1], [1, 0], [2, 1], [2, 0], [2, 1]], np.int32)
SIZES = (3, 2)
TRUE = np.array([[0, 2], [1, 0], [1, 2]])
EACH = (np.arange(3), np.arange(2))


class Silent(Noise):
    """No noise, and a note of how much was asked for."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def hide(self, counts, variance):
        self.asked.append(variance)
        return counts

    def choice(self, scores, rate):
        self.asked.append((scores, rate))
        return int(np.argmax(scores))

    def shares(self, n, share):
        self.asked.append(("shares", n, share))
        return np.ones(n, bool)

    def hide_real(self, total, reach, sd):
        self.asked.append((reach, sd))
        return total


def asked(*, units=None, bound=1, epsilon=1.0, delta=1e-6):
    units = np.arange(len(CODES)) if units is None else np.asarray(units)
    return Curator(
        Rows(CODES, units, np.arange(len(CODES))), SIZES, epsilon=epsilon, delta=delta, bound=bound, noise=Silent()
    )


def test_counts_are_those_of_the_cells_summed_over_their_groups():
    curator = asked()
    assert curator.count((0, 1), EACH, 1e-3, "all").tolist() == TRUE.tolist()
    assert curator.count((1, 0), EACH[::-1], 1e-3, "turned").tolist() == TRUE.T.tolist()
    assert curator.count((0,), (np.array([0, 1, 1]),), 1e-3, "coarse").tolist() == [2, 4]
    assert curator.count((0, 1), (np.array([0, 1, 1]), np.array([0, 0])), 1e-3, "coarse").tolist() == [[2], [4]]


@pytest.mark.parametrize(("bound", "rho"), [(1, 0.001), (1, 0.004), (3, 0.001)])
def test_the_noise_is_what_the_price_pays_for(bound, rho):
    """A Gaussian of variance s^2 on what one unit moves by d costs d^2 / 2s^2."""
    curator = asked(bound=bound)
    curator.count((0,), EACH[:1], rho, "one")
    (variance,) = curator._noise.asked
    assert variance == pytest.approx(bound**2 / (2 * rho))
    assert curator.charges == [Charge("one", rho, pytest.approx(math.sqrt(variance)))]
    assert curator.spread_for(rho) == pytest.approx(bound / math.sqrt(2 * rho))


def test_the_budget_is_all_there_is_and_a_rounding_beyond_it_is_none():
    curator = asked()
    assert curator.rho == pytest.approx(rho_of(1.0, 1e-6), rel=1e-5) and curator.rho <= rho_of(1.0, 1e-6)
    assert curator.left == curator.rho
    curator.count((0,), EACH[:1], curator.rho / 4, "a quarter")
    assert curator.left == pytest.approx(0.75 * curator.rho)
    for too_much in (0.0, -1e-9, curator.left * (1 + 1e-8)):
        before = list(curator.charges)
        with pytest.raises(ConfigError, match="is spent") as refused:
            curator.count((0,), EACH[:1], too_much, "more")
        assert curator.charges == before and "epsilon" in refused.value.hint and len(curator._noise.asked) == 1
    curator.count((0,), EACH[:1], curator.left * (1 + 1e-10), "the rest")
    assert curator.left == 0
    with pytest.raises(ConfigError, match="is spent"):
        curator.choose([Question((0,), EACH[:1], np.zeros(3), 0.0)], 1e-12, "one more")


def test_the_slack_of_choices_is_taken_off_delta():
    """A millionth of delta, or a million choices that are off by 2^-80 each: whichever is less."""
    many = 1e6 * 2.0**-80
    assert curator_._slack(1e-30) == 1e-30 * 1e-6 < many
    assert curator_._slack(1e-6) == curator_._slack(0.5) == many
    assert asked(delta=1e-20).rho == rho_of(1.0, 1e-20 - 1e-26)


def test_a_choice_weighs_distances_less_penalties_by_what_it_pays():
    curator = asked(bound=2)
    questions = [
        Question((0,), EACH[:1], np.array([2.0, 1.4, 2.6]), 0.0),
        Question((0,), EACH[:1], np.array([0.0, 0.0, 0.0]), 1.6),
        Question((0, 1), (np.array([0, 1, 1]), EACH[1]), np.array([[3.0, 0.0], [0.0, 0.0]]), -2.0),
    ]
    place = curator.choose(questions, 0.002, "which")
    ((scores, rate),) = curator._noise.asked
    assert scores == [0, 6 - 2, 3 + 2 + 2 + 2 + 2] and place == 2
    assert all(isinstance(score, int) for score in scores) and isinstance(rate, Fraction)
    assert float(rate) == pytest.approx(math.sqrt(8 * 0.002) / (2 * 2), rel=1e-5)
    assert rate <= Fraction(math.sqrt(8 * 0.002)) / 4, "rounded down: it never costs more than was paid"
    (charge,) = curator.charges
    assert (charge.what, charge.rho, charge.noise) == ("which", 0.002, 0.0), "a choice has no noise to be told"
    assert (charge.steps, charge.rate, charge.clip) == (0, 1.0, 0.0), "and is of no samples"


def test_seen_through_groups_the_rows_and_the_budget_are_the_same():
    curator = asked()
    curator.count((0,), EACH[:1], curator.rho / 2, "before")
    seen = curator.through([np.array([0, 1, 1]), np.array([0, 0])])
    assert seen.sizes == (2, 1) and curator.sizes == SIZES
    assert seen.count((0, 1), (np.arange(2), np.arange(1)), curator.rho / 4, "through").tolist() == [[2], [4]]
    assert curator.left == seen.left == pytest.approx(curator.rho / 4)
    assert curator.count((0,), EACH[:1], curator.rho / 8, "after").tolist() == [2, 1, 3]


def by_row(codes, step):
    """A gradient that says which row it is of, and at which step."""
    return np.stack([codes[:, 0] * 3.0, codes[:, 1] * 4.0, np.full(len(codes), float(step))], axis=1)


@pytest.fixture
def priced(monkeypatch):
    """A price of its own for sums, and what it was asked for; the accountant has tests of its own."""
    told = []
    monkeypatch.setattr(curator_, "multiplier_for", lambda *given, **more: told.append((given, more)) or 2.5)
    return told


def test_sums_are_of_units_cut_to_the_norm(priced):
    curator = asked(units=[0, 1, 0, 2, 2, 1], bound=2)
    curator.count((0,), EACH[:1], 0.001, "before")
    sums = list(curator.sums(by_row, 3, steps=2, rate=0.5, clip=5.0))
    units = [by_row(CODES[rows], step).sum(axis=0) for step in (0, 1) for rows in ([0, 2], [1, 5], [3, 4])]
    cut = [unit * min(1.0, 5.0 / np.linalg.norm(unit)) for unit in units]
    assert np.allclose(sums, [sum(cut[:3]), sum(cut[3:])])
    *_, (reach, sd) = curator._noise.asked
    _, charge = curator.charges
    assert priced == [((1.0, 1e-6), {"rate": 0.5, "steps": 2, "rho": 0.001})]
    assert ("shares", 3, 0.5) in curator._noise.asked and (reach, sd, charge.noise) == (5.0, 12.5, 12.5)
    assert (charge.what, charge.steps, charge.rate, charge.clip) == ("gradients: DP-SGD, 2 steps", 2, 0.5, 5.0)
    assert charge.rho == pytest.approx(curator.rho - 0.001) and curator.left == 0
    with pytest.raises(ConfigError, match="is spent"):
        next(curator.sums(by_row, 3, steps=2, rate=0.5, clip=5.0))


def test_a_unit_that_is_not_in_the_sample_adds_nothing(priced):
    curator = asked(units=[0, 1, 0, 2, 2, 1])
    curator._noise.shares = lambda n, _: np.arange(n) == 1
    (one,) = curator.sums(by_row, 3, steps=1, rate=0.5, clip=100.0)
    assert np.allclose(one, by_row(CODES[[1, 5]], 0).sum(axis=0))
    curator = asked()
    curator._noise.shares = lambda n, _: np.zeros(n, bool)
    (none,) = curator.sums(lambda *_: pytest.fail("nobody was asked for"), 3, steps=1, rate=0.5, clip=1.0)
    assert none.tolist() == [0, 0, 0]


def test_a_gradient_that_is_no_number_adds_nothing_and_a_small_one_is_not_stretched():
    rows = np.array([[3.0, 4.0], [0.3, 0.4], [np.inf, 0.0], [np.nan, 1.0], [1e200, 1e200], [0.0, 0.0]])
    assert np.allclose(curator_._clipped(rows, 1.0), [0.6 + 0.3, 0.8 + 0.4])
    assert np.allclose(curator_._clipped(rows[:1] / 1e6, 1.0), rows[0] / 1e6)


def test_groups_are_summed_along_each_axis():
    table = np.arange(24).reshape(2, 3, 4)
    found = summed(table, (np.array([0, 0]), np.array([1, 0, 1]), np.arange(4)))
    assert found.shape == (1, 2, 4) and found.dtype == table.dtype
    assert found[0].tolist() == [table[:, 1].sum(axis=0).tolist(), table[:, [0, 2]].sum(axis=(0, 1)).tolist()]


def test_no_rows_are_no_units(priced):
    empty = Rows(CODES[:0], np.zeros(0, np.int64), np.zeros(0, np.int64))
    curator = Curator(empty, SIZES, epsilon=1.0, delta=1e-6, noise=Silent())
    assert curator.bound == 1 and curator.spread_for(0.5) == 1, "a row a unit, unless more is said"
    assert curator.count((0,), EACH[:1], 1e-3, "none").tolist() == [0, 0, 0]
    curator._noise.shares = lambda n, _: np.ones(n, bool) if n == 0 else pytest.fail("there is nobody")
    (total,) = curator.sums(by_row, 2, steps=1, rate=0.1, clip=1.0)
    assert total.tolist() == [0, 0]
