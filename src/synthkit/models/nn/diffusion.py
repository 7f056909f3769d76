"""A diffusion model of rows: what a noisy row was, at any noise, and the way back in few steps. Tensors only.

Scores are noised as Karras et al. (2022) do. A code is noised by hiding which of its levels it is in evidence for each
level, which is added up while noise falls (Graves et al. 2023): each column loses its information at the same pace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from synthkit.models.nn.pupil import Learner
from synthkit.models.nn.spans import Spans

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Denoiser", "Known", "Pupil", "Shape", "paces"]

_MIDDLE, _SPREAD = -0.7, 1.3  # of the log of the noise that scores are learned at
_END = 1e-3  # of noise time, at which drawing begins and stops
_GRID = 64  # times at which the evidence of a column is known
_WAVES = 8  # sines and as many cosines of the time
_CERTAIN = 40.0  # evidence of a code that is given
_KNOWN = 0.5  # share of the rows that are learned with some columns given


@dataclass(frozen=True)
class Shape:
    """Sizes of the network.

    Args:
        hidden: units of a layer.
        blocks: residual blocks of two layers.
        draws: steps from noise to a row.
    """

    hidden: int = 320
    blocks: int = 3
    draws: int = 20


@dataclass(frozen=True)
class Known:
    """What is given of rows.

    Args:
        spans: (n, s) 1 for the spans that are given.
        codes: (n, s), of any value where a span is not given.
        scores: (n, p), as above.
    """

    spans: Tensor
    codes: Tensor
    scores: Tensor

    @classmethod
    def nothing(cls, n: int, spans: Spans, device: torch.device) -> Known:
        """Of `n` rows."""
        codes = torch.zeros(n, len(spans.sizes), dtype=torch.long, device=device)
        return cls(codes.float(), codes, torch.zeros(n, len(spans.scored), device=device))


class Denoiser(nn.Module):
    """What codes and scores were before noise, told from all of a noisy row and from columns that are given.

    The network corrects what each cell's own noisy value says by itself, which Bayes' rule tells exactly for codes and
    a straight line tells for scores: it has only to learn how columns go together.

    Args:
        spans: of a row.
        shape: sizes.
    """

    shares: Tensor
    pace: Tensor

    def __init__(self, spans: Spans, shape: Shape) -> None:
        super().__init__()
        self.spans, self.shape = spans, shape
        hidden, scores = shape.hidden, len(spans.scored)
        self.of_scores = nn.Parameter(torch.randn(hidden, scores) / max(3 * scores, 1) ** 0.5)
        self.of_levels = nn.Linear(spans.levels, hidden, bias=False)
        self.of_known = nn.Linear(len(spans.sizes), hidden, bias=False)
        self.of_time = nn.Linear(2 * _WAVES, hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(shape.blocks))
        self.times = nn.ModuleList(nn.Linear(2 * _WAVES, hidden) for _ in range(shape.blocks))
        self.firsts = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(shape.blocks))
        self.seconds = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(shape.blocks))
        self.to_scores = nn.Parameter(torch.zeros(scores, hidden))
        self.to_scores_shift = nn.Parameter(torch.zeros(scores))
        self.to_levels = nn.Linear(hidden, spans.levels)
        self.register_buffer("shares", torch.zeros(spans.levels))
        self.register_buffer("pace", torch.zeros(_GRID, len(spans.sizes)))
        for layer in (*self.seconds, self.to_levels):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def axes(self) -> dict[str, tuple[tuple[int | str, ...], ...]]:
        """What each place of each weight stands for: sizes, "levels", "scores" or "columns" of a row."""
        hidden, waves = (self.shape.hidden,), (2 * _WAVES,)
        axes: dict[str, tuple[tuple[int | str, ...], ...]] = {
            "of_scores": (hidden, ("scores",)), "of_levels.weight": (hidden, ("levels",)),
            "of_known.weight": (hidden, ("columns",)), "of_time.weight": (hidden, waves), "of_time.bias": (hidden,),
            "to_scores": (("scores",), hidden), "to_scores_shift": (("scores",),),
            "to_levels.weight": (("levels",), hidden), "to_levels.bias": (("levels",),),
        }  # fmt: skip
        for at in range(self.shape.blocks):
            axes |= {f"norms.{at}.{part}": (hidden,) for part in ("weight", "bias")}
            axes |= {f"times.{at}.weight": (hidden, waves), f"times.{at}.bias": (hidden,)}
            for layer in ("firsts", "seconds"):
                axes |= {f"{layer}.{at}.weight": (hidden, hidden), f"{layer}.{at}.bias": (hidden,)}
        return axes

    def noise(self, time: Tensor) -> Tensor:
        """Standard deviations of the noise of scores at times between 0 and 1."""
        place: Tensor = torch.special.ndtri(time.clamp(1e-4, 1 - 1e-4))
        return torch.exp(_MIDDLE + _SPREAD * place)

    def precision(self, time: Tensor) -> Tensor:
        """(n, s) how much evidence there is of each code at (n, 1) times: none at 1."""
        at = (time[:, 0] * (_GRID - 1)).clamp(0, _GRID - 1 - 1e-4)
        low, part = at.long(), (at - at.floor())[:, None]
        return torch.lerp(self.pace[low], self.pace[low + 1], part)

    def forward(self, scores: Tensor, evidence: Tensor, time: Tensor, known: Known) -> tuple[Tensor, Tensor]:
        """What the scores and the codes of a noisy row say.

        Args:
            scores: (n, p) noisy scores, exact where they are given.
            evidence: (n, levels) log likelihoods of the levels.
            time: (n, 1) of the noise.
            known: what is given.

        Returns:
            (n, p) corrections of the scores, in units of `noise` over the root of one plus its square, and (n, levels)
            log shares of the levels, up to a constant a span.
        """
        noise = self.noise(time) * (1 - known.spans[:, list(self.spans.scored)])
        own = evidence + self.shares
        soft = torch.cat([torch.softmax(part, 1) for part in torch.split(own, list(self.spans.sizes), 1)], 1)
        waves = math.pi * time * torch.arange(1, _WAVES + 1, device=time.device)
        clock = torch.cat([waves.sin(), waves.cos()], 1)
        x = functional.linear(scores / (1 + noise.square()).sqrt(), self.of_scores) + self.of_levels(soft)
        x = x + self.of_known(known.spans) + self.of_time(clock)
        for norm, at, first, second in zip(self.norms, self.times, self.firsts, self.seconds, strict=True):
            x = x + second(functional.silu(first(functional.silu(norm(x) + at(clock)))))
        x = functional.silu(x)
        return functional.linear(x, self.to_scores, self.to_scores_shift), self.to_levels(x) + own

    def lost(self, codes: Tensor, scores: Tensor, time: Tensor, given: Tensor, chance: torch.Generator) -> Tensor:
        """(n,) how wrong the network is about rows at (n, 1) times, of whose spans (n, s) are given."""
        spans, known = self.spans, Known(given, codes, scores)
        noise, kept = self.noise(time), given[:, list(spans.scored)]
        has_place = spans.has_place(codes)
        drawn = torch.randn(scores.shape, generator=chance, device=scores.device)
        loose = torch.where(has_place > 0, scores + noise * drawn, drawn * (1 + noise.square()).sqrt())
        x = torch.where(kept > 0, scores, loose)
        more = self.observed(codes, self.precision(time) * (1 - given), chance)
        corrections, laws = self(x, more + self._certain(known), time, known)
        target = ((scores - x / (1 + noise.square())) * (1 + noise.square()).sqrt() / noise).detach()
        of_scores = (corrections - target).square() * has_place * (1 - kept)
        of_codes = spans.surprise(torch.split(laws, list(spans.sizes), 1), codes) * (1 - given)
        lost: Tensor = of_scores.sum(1) + of_codes.sum(1)
        return lost

    def observed(self, codes: Tensor, precision: Tensor, chance: torch.Generator) -> Tensor:
        """(n, levels) evidence of codes, as much as the (n, s) precision says."""
        much = precision.repeat_interleave(torch.as_tensor(self.spans.sizes, device=codes.device), 1)
        drawn = torch.randn(much.shape, generator=chance, device=codes.device)
        return much * self.spans.hot(codes) + much.sqrt() * drawn

    def _certain(self, known: Known) -> Tensor:
        sizes = torch.as_tensor(self.spans.sizes, device=known.codes.device)
        return _CERTAIN * self.spans.hot(known.codes) * known.spans.repeat_interleave(sizes, 1)

    @torch.no_grad()
    def sample(self, n: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes and scores of `n` new rows."""
        return self.complete(Known.nothing(n, self.spans, self.shares.device), chance)

    @torch.no_grad()
    def complete(self, known: Known, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes and scores of rows of which a part is given; that part comes back as it is."""
        codes, scores = self._walked(known, chance)
        scores = torch.where(known.spans[:, list(self.spans.scored)] > 0, known.scores, scores)
        codes = torch.where(known.spans > 0, known.codes, codes)
        return codes, scores * self.spans.has_place(codes)

    def _walked(self, known: Known, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """From noise to codes and scores.

        Scores follow the probability flow by a multistep solver of second order (Lu et al. 2023), codes are drawn at
        every step and give the evidence that the fall of the noise brings.
        """
        n, device = len(known.codes), known.codes.device
        kept = known.spans[:, list(self.spans.scored)] > 0
        times = torch.linspace(1 - _END, _END, self.shape.draws, device=device)
        noises = self.noise(times)
        drawn = torch.randn(known.scores.shape, generator=chance, device=device)
        x = torch.where(kept, known.scores, drawn * (1 + noises[0].square()).sqrt())
        evidence, precision = self._certain(known), torch.zeros_like(known.spans)
        clean, codes = x, known.codes
        for at, noise in enumerate(noises):
            before, time = clean, times[at].expand(n, 1)
            corrections, laws = self(x, evidence, time, known)
            clean = x / (1 + noise.square()) + noise / (1 + noise.square()).sqrt() * corrections
            codes = self.spans.drawn(torch.split(laws, list(self.spans.sizes), 1), chance)
            if at + 1 == len(noises):
                break
            further = noises[at + 1]
            ahead = clean
            if at:
                ahead = clean + (clean - before) * ((noise / further).log() / (noises[at - 1] / noise).log() / 2)
            x = torch.where(kept, known.scores, torch.lerp(ahead, x, further / noise))
            reached = self.precision(times[at + 1].expand(n, 1)) * (1 - known.spans)
            evidence = evidence + self.observed(codes, (reached - precision).clamp(min=0), chance)
            precision = reached
        return codes, clean


def paces(spans: Spans, shares: Tensor, rng: np.random.Generator) -> Tensor:
    """(times, s) precision of the evidence of each code, so that over time each column loses its entropy evenly.

    Args:
        spans: of a row.
        shares: (levels,) log share of each level in its span.
        rng: draws the evidence by which entropies are measured.
    """
    tried, found = np.linspace(-4.0, 8.0, 61), np.zeros((_GRID, len(spans.sizes)))
    for at, (start, size) in enumerate(zip(spans.starts, spans.sizes, strict=True)):
        if size == 1:
            continue
        share = np.exp(shares[start : start + size].double().numpy())
        share /= share.sum()
        codes, drawn = rng.choice(size, 1000, p=share), rng.standard_normal((1000, size))
        left = [_entropy(np.exp(log), codes, drawn, share) for log in tried]
        falling = np.minimum.accumulate(np.array(left) / -(share @ np.log(share)))
        found[:-1, at] = np.exp(np.interp(np.linspace(0, 1, _GRID), falling[::-1], tried[::-1]))[:-1]
    return torch.as_tensor(found, dtype=torch.float32)


def _entropy(precision: float, codes: np.ndarray, drawn: np.ndarray, share: np.ndarray) -> float:
    """Mean nats that are open about codes after evidence of some precision."""
    from scipy.special import log_softmax

    evidence = precision**0.5 * drawn
    evidence[np.arange(len(codes)), codes] += precision
    law = log_softmax(evidence + np.log(share), axis=1)
    return float(-(np.exp(law) * law).sum(1).mean())


class Pupil(Learner[Denoiser]):
    """A denoiser in training.

    Args:
        spans: of a row.
        shape: sizes of the network.
        codes, scores: the (n, s) and (n, p) rows to learn.
        seed: decides all chance.
        rate: of AdamW, at the beginning.
        decay: of the weights.
        batch: rows a step.
    """

    steepest: ClassVar[float] = 5.0

    def __init__(
        self,
        spans: Spans,
        shape: Shape,
        codes: np.ndarray,
        scores: np.ndarray,
        *,
        seed: int,
        rate: float,
        decay: float,
        batch: int,
    ) -> None:
        def make() -> Denoiser:
            net = Denoiser(spans, shape)
            net.shares.copy_(spans.log_shares(codes))
            net.pace.copy_(paces(spans, net.shares, np.random.default_rng(seed)))
            return net

        self._decay = decay
        super().__init__(make, codes, scores, seed=seed, rate=rate, batch=batch)

    def _optimizer(self, rate: float) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.live.parameters(), lr=rate, weight_decay=self._decay, betas=(0.9, 0.99))

    def _loss(self, *rows: Tensor) -> Tensor:
        codes, scores = rows
        n = len(codes)
        even = torch.arange(n, device=self.device)[:, None]
        time = (even + torch.rand(n, 1, generator=self.chance, device=self.device)) / n
        return self.live.lost(codes, scores, time, self._given(codes), self.chance).mean()

    def _given(self, codes: Tensor) -> Tensor:
        """(n, s) the spans that are given: none of most rows, a few or many of the others."""
        part, some = torch.rand(2, len(codes), 1, generator=self.chance, device=self.device)
        part = part.square() * (some < _KNOWN)
        given: Tensor = torch.rand(codes.shape, generator=self.chance, device=self.device) < part
        return given.float()
