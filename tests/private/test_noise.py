"""Noise is what it says it is, to the bit, and comes from no seed."""

from __future__ import annotations

import inspect
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from synthkit.private import noise as noise_module
from synthkit.private.noise import SLACK, Noise


def fits(found, law):
    """Counts bin by bin against a law; bins of less than five are one."""
    expected = law / law.sum() * found.sum()
    big = expected > 5
    pooled = (np.append(each[big], each[~big].sum()) for each in (found, expected))
    assert stats.chisquare(*pooled).pvalue > 1e-6


@pytest.mark.parametrize("variance", [0.3, 1.0, 42.5, 2.0e4, 3.0e9, 1.0e12])
def test_the_discrete_gaussian_has_its_law(variance):
    drawn = Noise().gaussian(20_000 if variance < 1e9 else 3_000, variance)
    assert drawn.dtype == np.int64
    assert drawn.std() == pytest.approx(math.sqrt(variance), rel=0.1), "an overflow would make it a third wider"
    variance = math.ceil(variance * 16) / 16
    reach = math.ceil(12 * math.sqrt(variance))
    if reach < 200:  # bin by bin
        support = np.arange(-reach, reach + 1)
        law = np.exp(-(support**2) / (2 * variance))
        fits(np.bincount(drawn + reach, minlength=len(support)), law)
    else:  # so wide that the steps of one are not seen
        p = stats.kstest(
            (drawn + np.random.default_rng(0).random(len(drawn)) - 0.5) / math.sqrt(variance), "norm"
        ).pvalue
        assert p > 1e-6


def test_a_variance_is_rounded_up_to_a_sixteenth_and_never_to_nought():
    asked = []
    for variance, parts in ((1.0, 16), (1.01, 17), (0.0, 1), (1e-9, 1), (2.0, 32)):
        noise = Noise(np.random.default_rng(0).bytes)
        noise._exp = lambda above, below: asked.append(below) or np.ones(len(above), bool)
        noise._laplace = lambda n, _: np.zeros(n, np.int64)
        noise.gaussian(3, variance)
        scale = math.isqrt(parts // 16) + 1
        assert asked.pop() == 2 * parts * 16 * scale * scale, "exp(-(|x| - v/t)^2 / 2v), in sixteenths"


def test_as_many_draws_as_asked_for_are_made():
    for n in (0, 1, 7, 1000):
        assert Noise().gaussian(n, 4.0).shape == (n,)
    hidden = Noise().hide(np.full((3, 4), 10**6), 1.0)
    assert hidden.shape == (3, 4) and np.abs(hidden - 10**6).max() < 40 and hidden.dtype == np.int64


@pytest.mark.parametrize("scale", [1, 2, 9])
def test_the_discrete_laplace_has_its_law(scale):
    drawn = np.concatenate([Noise()._laplace(20_000, scale) for _ in range(2)])
    support = np.arange(-40 * scale, 40 * scale + 1)
    fits(np.bincount(drawn + 40 * scale, minlength=len(support)), np.exp(-np.abs(support) / scale))


@pytest.mark.parametrize(("above", "below"), [(0, 7), (1, 3), (3, 3), (5, 2), (7, 2), (2**60, 2**59), (2**61, 2**62)])
def test_coins_fall_with_the_chance_of_an_exponential(above, below):
    n = 30_000 if below < 2**50 else 3_000
    falls = Noise()._exp(np.full(n, above, np.int64), below)
    assert stats.binomtest(int(falls.sum()), n, math.exp(-above / below)).pvalue > 1e-6
    big = Noise()._exp(np.full(2_000, above, object), below)
    assert stats.binomtest(int(big.sum()), 2_000, math.exp(-above / below)).pvalue > 1e-6


def test_numbers_below_a_top_are_even_and_words_that_would_tip_them_are_drawn_again():
    found = Noise()._uniform(np.full(30_000, 3, np.int64))
    assert stats.chisquare(np.bincount(found, minlength=3)).pvalue > 1e-6 and found.max() == 2
    assert stats.chisquare(np.bincount([Noise()._below(5) for _ in range(5_000)], minlength=5)).pvalue > 1e-6
    high, low = (2**62 - 1) << 2, 5 << 2  # the highest word is beyond the last whole run of three
    tape = iter([high, low])
    noise = Noise(lambda n: np.array([next(tape) for _ in range(n // 8)], np.uint64).tobytes())
    top = 2**61 + 1
    assert noise._uniform(np.array([top])).tolist() == [5]
    whole = Noise(lambda n: np.full(n // 8, (2**62 - 1) << 2, np.uint64).tobytes())
    assert whole._uniform(np.array([2**61])).tolist() == [2**61 - 1], "two whole runs: no word is beyond"


def test_a_number_below_n_uses_as_many_bits_as_n_has():
    tape = iter([b"\xff", b"\xa0", b"\x00"])
    noise = Noise(lambda n: next(tape)[:n])
    assert [noise._below(6), noise._below(6)] == [5, 0], "seven is drawn again; of eight bits the first three count"
    assert Noise(lambda n: b"\x01" + b"\x00" * (n - 1))._below(2**8) == 2, "nine bits of two bytes"


def test_a_choice_takes_the_place_where_the_weights_pass_the_draw():
    first, last = (Noise(lambda n, byte=byte: byte * n) for byte in (b"\x00", b"\x3f"))
    assert first.choice([0, 0, 0], Fraction(1)) == 0
    assert last.choice([0, 0], Fraction(1)) == 0 and last.choice([0] * 4, Fraction(1)) == 1
    assert last.choice([-(10**6), 0, -(10**6)], Fraction(1)) == 1, "a weight never is nought, and hardly more"


def test_the_weights_of_a_choice_are_those_of_the_exponential_to_the_last_of_128_bits():
    noise, asked = Noise(), []
    noise._below = lambda n: asked.append(n) or 0
    for scores in ([0, -8], [-(10**9), -(10**9) - 8], [10**9, 10**9 - 8]):
        assert noise.choice(scores, Fraction(1)) == 0
        assert asked.pop() / 2**128 == pytest.approx(1 + math.exp(-8), rel=1e-15), "whatever the scores begin at"
    for draw, place in ((2**128, 0), (2**128 + 1, 1)):
        at = Noise()
        at._below = lambda _, draw=draw: draw
        assert at.choice([0, 0], Fraction(1)) == place, "each place has as many numbers as it weighs"
    assert 1e6 * 2 / 2**128 < SLACK < 1e-20, "a million weights that are off by two"
    noise.choice([0, -(10**6)], Fraction(1))
    assert asked.pop() == 2**128 + 2, "no place is impossible"


def test_the_noise_of_a_sum_has_a_mirror_for_each_half():
    """The last bit of a word is the sign; all others say how far."""
    for word in (0, 2, 2**40, 2**62 - 2):
        ends = [
            float(
                Noise(lambda n, w=w: np.full(n // 8, w << 2, np.uint64).tobytes()).hide_real(np.zeros(1), 1.0, 1.0)[0]
            )
            for w in (word, word + 1)
        ]
        assert ends[0] == -ends[1] and ends[0] >= 0


def test_shares_are_coins_of_that_chance():
    for share in (0.0, 0.02, 0.5, 1.0):
        found = Noise().shares(20_000, share)
        assert found.dtype == bool
        assert (share in (0.0, 1.0) and found.mean() == share) or stats.binomtest(
            int(found.sum()), 20_000, share
        ).pvalue > 1e-6
    words = Noise(lambda n: np.full(n // 8, (2**61) << 2, np.uint64).tobytes())
    assert not words.shares(1, 0.5).any(), "half of the words, and not one more"


def test_a_choice_is_exponential_in_its_score():
    noise, n = Noise(), 8_000
    found = np.bincount([noise.choice([0, 3, 10, -5], Fraction(1, 4)) for _ in range(n)], minlength=4)
    weights = np.exp(np.array([0, 3, 10, -5]) / 4)
    assert stats.chisquare(found, weights / weights.sum() * n).pvalue > 1e-6


def test_noise_is_not_seeded():
    """Neither numpy's global state nor any seed makes two draws equal."""
    drawn = []
    for _ in range(2):
        np.random.seed(0)  # noqa: NPY002
        drawn.append(Noise().gaussian(50, 100.0))
    assert not np.array_equal(*drawn)
    assert "seed" not in inspect.signature(Noise).parameters and "np.random" not in inspect.getsource(noise_module)


def test_the_noise_of_a_sum_is_gaussian_and_never_infinite():
    drawn = Noise().hide_real(np.full(50_000, 3.0), 1.0, 2.0)
    assert stats.kstest((drawn - 3) / 2, "norm").pvalue > 1e-4
    for word in (b"\x00" * 8, b"\xff" * 8, b"\xfb" + b"\xff" * 7):
        ends = Noise(lambda n, word=word: word * (n // 8)).hide_real(np.zeros(2), 1.0, 1.0)
        assert np.isfinite(ends).all() and np.abs(ends).max() < 10
