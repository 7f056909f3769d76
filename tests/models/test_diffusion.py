"""What diffusion promises beyond the contract: an even loss of information, few passes, drawn as the real ones are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from synthkit.models import registry
from synthkit.models.nn.diffusion import Denoiser, Known, Shape, paces
from synthkit.models.nn.spans import Spans
from synthkit.rng import stream
from synthkit.testing._tables import linked

SPANS = Spans((3, 1, 40), (1,), (np.array([1.0]),))
SHARES = torch.cat([torch.tensor([0.9, 0.07, 0.03]), torch.ones(1), torch.full((40,), 1 / 40)]).log()


def denoiser(draws=20):
    net = Denoiser(SPANS, Shape(16, 1, draws)).eval()
    net.shares.copy_(SHARES)
    net.pace.copy_(paces(SPANS, SHARES, np.random.default_rng(0)))
    return net


@pytest.fixture(scope="module")
def model():
    return registry.get("diffusion")(steps=300, hidden=64).fit(linked(2000), rng=stream(0, "fit"))


@pytest.mark.parametrize("time", [0.25, 0.5, 0.75])
def test_every_column_has_lost_the_same_share_of_its_entropy(time):
    net, chance = denoiser(), torch.Generator().manual_seed(1)
    for at, size in ((0, 3), (2, 40)):
        start = int(SPANS.starts[at])
        own = SHARES[start : start + size]
        codes = torch.zeros(4000, 3, dtype=torch.long)
        codes[:, at] = torch.multinomial(own.exp(), 4000, replacement=True, generator=chance)
        evidence = net.observed(codes, net.precision(torch.full((4000, 1), time)), chance)
        law = torch.log_softmax(evidence[:, start : start + size] + own, 1)
        left = -(law.exp() * law).sum(1).mean() / -(own.exp() * own).sum()
        assert float(left) == pytest.approx(time, abs=0.05)


def test_an_untrained_network_draws_each_column_by_its_own_shares():
    codes, scores = denoiser().sample(8000, torch.Generator().manual_seed(2))
    for at, size in ((0, 3), (2, 40)):
        start = int(SPANS.starts[at])
        expected = np.exp(SHARES[start : start + size].double().numpy())
        assert (
            stats.chisquare(np.bincount(codes[:, at], minlength=size), expected / expected.sum() * 8000).pvalue > 1e-3
        )
    assert abs(float(scores.mean())) < 0.05


@pytest.mark.parametrize("draws", [1, 5])
def test_a_row_takes_as_many_passes_as_it_is_told(draws):
    net, passes = denoiser(draws), []
    net.register_forward_hook(lambda *_: passes.append(1))
    net.sample(10, torch.Generator().manual_seed(3))
    assert len(passes) == draws


def test_what_is_given_comes_back_and_is_seen():
    known = Known(torch.tensor([[0.0, 1.0, 1.0]]).repeat(50, 1), torch.full((50, 3), 7), torch.full((50, 1), 0.3))
    known.codes[:, :2] = 0
    codes, scores = denoiser().complete(known, torch.Generator().manual_seed(4))
    assert (codes[:, 2] == 7).all() and torch.allclose(scores, torch.tensor(0.3))


def test_drawn_numbers_are_spread_as_the_real_ones_are(model):
    real, made = linked(2000).frame["size"].dropna(), model.sample(4000, rng=stream(0, "sample")).frame["size"].dropna()
    assert stats.ks_2samp(real, made).statistic < 0.05
