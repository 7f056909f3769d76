"""Every private model keeps the contract, and the audit catches models and curators that do not."""

from __future__ import annotations

import sys
from functools import partial

import numpy as np
import pytest

from synthkit.data.cells import Cells
from synthkit.data.native import raw_of
from synthkit.errors import ConfigError, MissingExtra
from synthkit.models import registry
from synthkit.models.private.dpvae import DPVAE, _network
from synthkit.models.private.mst import MST
from synthkit.private.accountant import epsilon_of, rho_of
from synthkit.private.attribute import Attribute
from synthkit.private.curator import Curator
from synthkit.private.domain import Domain
from synthkit.private.noise import Noise
from synthkit.private.subsampled import epsilon_of_steps, multiplier_for
from synthkit.testing import _audit, check_private, private_checks
from synthkit.testing._private import empirical_epsilon

CHECKS = [(name, *check) for name in registry.private_names() for check in private_checks(registry.private(name))]


@pytest.mark.parametrize(("model", "name", "check"), CHECKS, ids=[f"{model}-{name}" for model, name, _ in CHECKS])
def test_contract(model, name, check):
    check()


def caught(*names: str) -> None:
    """The audit fails, and names these checks."""
    with pytest.raises(AssertionError) as failed:
        check_private(MST)
    assert all(name in str(failed.value) for name in names), str(failed.value)


def test_half_the_noise_is_caught(monkeypatch):
    whole = Noise.gaussian
    monkeypatch.setattr(Noise, "gaussian", lambda self, n, variance: whole(self, n, variance / 4))
    caught("canaries_give_away_no_more_than_promised")


def test_a_wrong_price_is_caught(monkeypatch):
    monkeypatch.setattr("synthkit.private.curator.rho_of", lambda epsilon, delta: 2 * rho_of(epsilon, delta))
    caught("the_noise_that_was_drawn_is_paid_for")


def test_units_that_are_not_cut_are_caught(monkeypatch):
    whole = Domain.rows

    def rows(self, raw):
        return whole(self, raw) if self.bound > 99 else whole(Domain(**{**vars(self), "bound": 10**6}), raw)

    monkeypatch.setattr(Domain, "rows", rows)
    caught("one_unit_moves_no_answer_further_than_it_may")


def test_seeded_noise_is_caught(monkeypatch):
    first = Noise.__init__
    monkeypatch.setattr(Noise, "__init__", lambda self: first(self, np.random.default_rng(0).bytes))
    caught("the_noise_is_not_seeded")


def test_a_domain_from_the_data_is_caught(monkeypatch):
    def encode(self, cells: Cells):
        return np.append(np.argsort(np.argsort(cells.words)), len(cells.words))[cells.codes].clip(max=self.size - 1)

    monkeypatch.setattr(Attribute, "encode", encode)
    caught("one_unit_moves_no_answer_further_than_it_may")


def test_an_error_on_odd_cells_is_caught(monkeypatch):
    whole = Attribute.encode

    def encode(self, cells: Cells):
        if "inf" in cells.words:
            raise ValueError("cannot convert float infinity to integer")
        return whole(self, cells)

    monkeypatch.setattr(Attribute, "encode", encode)
    caught("cannot convert float infinity")


def test_a_true_count_that_slips_by_is_caught():
    class Leaky(MST):
        def fit(self, curator, domain, *, rng, progress=lambda *_: None):
            super().fit(curator, domain, rng=rng)
            self._state()[2].total = float(len(curator._codes))
            return self

    with pytest.raises(AssertionError, match="nothing_true_reaches_the_model_by_another_way"):
        check_private(Leaky)


def test_a_budget_cannot_be_overdrawn():
    class Greedy(MST):
        def _measure(self, sketch, domain, rng, progress):
            super()._measure(sketch, domain, rng, progress)
            sketch.curator.count((0,), (), 0.01, "one more")

    with pytest.raises(AssertionError, match="the privacy budget is spent"):
        check_private(Greedy)


def test_the_audit_sees_most_of_what_there_is():
    """A lower bound that is always 0 would catch nobody: at (1, 0.01) the theory allows 1."""
    assert 0.3 < empirical_epsilon(MST, epsilon=1.0, delta=1e-2) <= 1.0
    assert 1.0 < empirical_epsilon(MST, epsilon=4.0, delta=1e-2) <= 4.0


def test_a_strong_relation_survives_and_the_noise_falls_with_the_budget(domain, rows):
    def off(model, epsilon):
        curator = Curator(rows, domain.sizes, epsilon=epsilon, delta=1e-6)
        fitted = registry.private(model)().fit(curator, domain, rng=np.random.default_rng(0))
        made = fitted.sample(2000, rng=np.random.default_rng(1)).frame
        codes = domain.rows(raw_of(made)).codes
        both = [np.bincount(c[:, 0] * domain.sizes[2] + c[:, 2], minlength=66) / len(c) for c in (codes, rows.codes)]
        return 0.5 * np.abs(both[0] - both[1]).sum()

    for model in ("aim", "mst"):
        assert off(model, 50.0) < 0.12 < 0.5 < off(model, 0.005)
    assert off("dpvae", 50.0) < 0.35, "it learns, if slowly"
    with pytest.raises(ConfigError, match="too little"):
        off("dpvae", 0.005)


def test_the_steps_of_a_network_cost_what_was_asked_for():
    """The accountant of opacus, held against the bound for a single step over everybody."""
    multiplier = multiplier_for(1.0, 1e-6, rate=0.02, steps=600, rho=0.002)
    assert 0.99 < epsilon_of_steps(multiplier, rate=0.02, steps=600, rho=0.002, delta=1e-6) <= 1.0
    alone = epsilon_of_steps(5.0, rate=1.0, steps=1, rho=0.0, delta=1e-6)
    assert alone == pytest.approx(epsilon_of(1 / 50, 1e-6), rel=0.02)


def test_too_little_noise_in_the_gradients_is_caught(monkeypatch):
    monkeypatch.setattr("synthkit.private.curator.multiplier_for", lambda *_, **__: 0.8)
    with pytest.raises(AssertionError, match="the_noise_that_was_drawn_is_paid_for"):
        check_private(partial(DPVAE, steps=100), skip=("one_unit_moves_no_answer_further_than_it_may",))


def test_a_quarter_of_the_noise_of_gradients_is_caught(monkeypatch):
    whole = Noise.hide_real
    monkeypatch.setattr(Noise, "hide_real", lambda self, total, reach, sd: whole(self, total, reach, sd / 4))
    assert empirical_epsilon(DPVAE, epsilon=1.0, delta=1e-2) > 1.0


def test_the_noise_that_was_used_is_within_what_was_promised(domain, rows):
    """From what is written down alone, by the accountant of opacus."""
    curator = Curator(rows, domain.sizes, epsilon=1, delta=1e-6)
    guarantee = DPVAE(steps=30).fit(curator, domain, rng=np.random.default_rng(0)).guarantee
    *counts, sums = guarantee.charges
    assert [each.steps for each in guarantee.charges] == [0, 0, 0, 0, 30] and sums.what == "gradients: DP-SGD, 30 steps"
    rho = sum(each.rho for each in counts)
    found = epsilon_of_steps(sums.noise / sums.clip, rate=sums.rate, steps=sums.steps, rho=rho, delta=guarantee.delta)
    assert 0.99 < found <= guarantee.epsilon == 1
    assert "floating point" in guarantee.statement and "over 34 answers" in guarantee.statement
    assert "zero-concentrated" not in guarantee.statement and "| the rest |" in guarantee.statement


def test_a_row_s_gradient_depends_on_no_other_row(domain, rows):
    """Nor on its place: whoever is added in front of all others would else move every one of their gradients."""
    _, gradient = _network(list(domain.sizes), [np.ones(size) for size in domain.sizes], 7)
    some = rows.codes[:40]
    whole = gradient(some, 3)
    assert np.allclose(gradient(some[::-1].copy(), 3)[::-1], whole, atol=1e-4)
    assert np.allclose(gradient(some[7:9], 3), whole[7:9], atol=1e-4)
    assert np.abs(gradient(some, 4) - whole).max() > 1e-2, "other noise at another step"


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan, 1e30])
def test_no_gradient_gets_past_the_clip(domain, rows, odd):
    class Quiet(Noise):
        def hide_real(self, total, reach, sd):
            return total

    def gradient(codes, step):
        return np.where(np.arange(len(codes))[:, None] == 0, odd, 1e-6).astype(np.float32) * np.ones(3, np.float32)

    curator = Curator(rows, domain.sizes, epsilon=1, delta=1e-6, noise=Quiet())
    for told in curator.sums(gradient, 3, steps=3, rate=0.01, clip=1.0):
        assert np.linalg.norm(told) <= 1.01


def test_a_sample_that_is_none_is_caught(monkeypatch):
    """Everybody in every step, at the price of a few."""

    def all_in(whole):
        def shares(self, n, share):
            whole(self, n, share)
            return np.ones(n, bool)

        return shares

    for kind in (_audit.Recorder, _audit.Replayer):
        monkeypatch.setattr(kind, "shares", all_in(kind.shares))
    with pytest.raises(AssertionError, match="one_unit_moves_no_answer_further_than_it_may"):
        check_private(partial(DPVAE, steps=20))


def test_without_opacus_it_says_which_extra_to_install(monkeypatch, domain, rows):
    monkeypatch.setitem(sys.modules, "opacus", None)
    monkeypatch.setitem(sys.modules, "opacus.accountants.analysis", None)
    curator = Curator(rows, domain.sizes, epsilon=1, delta=1e-6)
    with pytest.raises(MissingExtra, match=r"synthkit\[private\]"):
        DPVAE().fit(curator, domain, rng=np.random.default_rng(0))
