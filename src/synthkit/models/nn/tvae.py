"""A variational autoencoder of rows: networks of ctgan's TVAE, a learned prior, and exact conditions. Tensors only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from ctgan.synthesizers.tvae import Decoder, Encoder
from torch import nn
from torch.nn import functional

from synthkit.models.nn.pupil import Learner
from synthkit.models.nn.spans import Spans

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

__all__ = ["Autoencoder", "Pupil", "Shape"]

_LOG_ROOT_TAU = 0.5 * math.log(2 * math.pi)
_NARROWEST, _WIDEST = 0.02, 2.0  # spread of a score round its mean
_POOL = 8192  # latent points that a condition chooses from


@dataclass(frozen=True)
class Shape:
    """Sizes of the networks.

    Args:
        latent: dimensions of the latent space.
        hidden: of the encoder's layers; the decoder has them in reverse.
        components: of the prior, a mixture of Gaussians.
        given: the span that everything is conditioned on (the target), or None.
    """

    latent: int = 16
    hidden: tuple[int, ...] = (256, 256)
    components: int = 100
    given: int | None = None


class _Prior(nn.Module):
    """A mixture of Gaussians whose weights depend on the class (a mixture prior, Tomczak and Welling 2018)."""

    def __init__(self, latent: int, components: int, classes: int) -> None:
        super().__init__()
        self.weights = nn.Linear(classes, components)
        self.middles = nn.Parameter(torch.randn(components, latent))
        self.spreads = nn.Parameter(torch.zeros(components, latent))

    def log_density(self, z: Tensor, known: Tensor) -> Tensor:
        sharp = (-2 * self.spreads).exp()
        square = z.square() @ sharp.T - 2 * z @ (self.middles * sharp).T + (self.middles.square() * sharp).sum(1)
        each = -0.5 * square - self.spreads.sum(1) - _LOG_ROOT_TAU * z.shape[1]
        return torch.logsumexp(torch.log_softmax(self.weights(known), 1) + each, 1)

    def draw(self, known: Tensor, chance: torch.Generator) -> Tensor:
        pick = torch.multinomial(torch.softmax(self.weights(known), 1), 1, replacement=True, generator=chance)[:, 0]
        noise = torch.randn(len(known), self.middles.shape[1], generator=chance, device=known.device)
        drawn: Tensor = self.middles[pick] + self.spreads[pick].exp() * noise
        return drawn


class Autoencoder(nn.Module):
    """Encoder, decoder and prior.

    Args:
        spans: of a row.
        shape: sizes.
        law: share of each class of the span that everything is conditioned on; (1,) without one.
    """

    def __init__(self, spans: Spans, shape: Shape, law: Tensor) -> None:
        super().__init__()
        self.spans, self.shape = spans, shape
        extra = len(law) if shape.given is not None else 0
        self.encoder = Encoder(spans.width, shape.hidden, shape.latent)
        self.decoder = Decoder(shape.latent + extra, shape.hidden[::-1], spans.width)
        self.prior = _Prior(shape.latent, shape.components, len(law))
        self.law: Tensor
        self.register_buffer("law", law)

    def axes(self) -> dict[str, tuple[tuple[int | str, ...], ...]]:
        """What each place of each weight stands for: sizes, or "width" of a row and "classes" of the condition."""
        latent, components, hidden = self.shape.latent, self.shape.components, self.shape.hidden
        first: tuple[int | str, ...] = (latent,) if self.shape.given is None else (latent, "classes")
        axes: dict[str, tuple[tuple[int | str, ...], ...]] = {}
        for part, sizes, begin in (("encoder", hidden, ("width",)), ("decoder", hidden[::-1], first)):
            before: tuple[int | str, ...] = begin
            for at, size in enumerate(sizes):
                axes |= {f"{part}.seq.{2 * at}.weight": ((size,), before), f"{part}.seq.{2 * at}.bias": ((size,),)}
                before = (size,)
        last = f"decoder.seq.{2 * len(hidden)}"
        axes |= {f"{last}.weight": (("width",), (hidden[0],)), f"{last}.bias": (("width",),)}
        for name in ("encoder.fc1", "encoder.fc2"):
            axes |= {f"{name}.weight": ((latent,), (hidden[-1],)), f"{name}.bias": ((latent,),)}
        mixture: tuple[int | str, ...] = ("classes",)
        axes |= {"prior.weights.weight": ((components,), mixture), "prior.weights.bias": ((components,),)}
        return axes | {f"prior.{name}": ((components,), (latent,)) for name in ("middles", "spreads")}

    def known(self, classes: Tensor) -> Tensor:
        """(n, c) one-hot classes, or a column of ones where nothing is conditioned on."""
        hot: Tensor = functional.one_hot(classes.long(), len(self.law))
        return hot.float()

    def draw_classes(self, n: int, chance: torch.Generator) -> Tensor:
        """(n,) classes by their law."""
        return torch.multinomial(self.law, n, replacement=True, generator=chance)

    def classes(self, codes: Tensor) -> Tensor:
        """(n,) the classes of rows."""
        if self.shape.given is None:
            return torch.zeros(len(codes), dtype=torch.long, device=codes.device)
        return codes[:, self.shape.given].long()

    def decode(self, z: Tensor, known: Tensor) -> tuple[tuple[Tensor, ...], Tensor, Tensor]:
        """Logits of each span, means of the scores and their spread."""
        whole = torch.cat([z, known], 1) if self.shape.given is not None else z
        out, spread = self.decoder(whole)
        logits, middles = self.spans.split(out)
        return logits, middles, spread[self.spans.levels :].clamp(_NARROWEST, _WIDEST)

    def surprises(self, z: Tensor, codes: Tensor, scores: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """(n, s) and (n, p) negative log likelihoods of codes and scores."""
        logits, middles, spread = self.decode(z, known)
        of_codes = self.spans.surprise(logits, codes)
        if self.shape.given is not None:
            of_codes = of_codes * self._free(codes.device)
        gap = (scores - middles) / spread
        of_scores = (gap.square() / 2 + spread.log() + _LOG_ROOT_TAU) * self.spans.has_place(codes)
        return of_codes, of_scores

    @torch.no_grad()
    def misses(self, codes: Tensor, scores: Tensor, ordered: Tensor) -> Tensor:
        """(n, s) how badly rows are rebuilt from the middle of their posterior.

        Of a category the negative log likelihood; of spans that are `ordered`, (s,) bool, half the squared distance of
        the code from its mean, in the unit of its spread: a near miss is then no great surprise.
        """
        known = self.known(self.classes(codes))
        logits = self.decode(self.encoder(self.spans.vector(codes, scores))[0], known)[0]
        missed = self.spans.surprise(logits, codes)
        for at, x in enumerate(logits):
            if ordered[at]:
                share, place = torch.softmax(x, 1), torch.arange(x.shape[1], dtype=torch.float32)
                middle = share @ place
                spread = share @ place.square() - middle.square()
                missed[:, at] = (codes[:, at] - middle).square() / (spread.clamp(min=0.0) + 1) / 2
        return missed * self._free(codes.device) if self.shape.given is not None else missed

    def _free(self, device: torch.device) -> Tensor:
        """1 for spans that are decoded, 0 for the one conditioned on."""
        free = torch.ones(len(self.spans.sizes), device=device)
        free[self.shape.given] = 0.0
        return free

    def loss(self, codes: Tensor, scores: Tensor, weight: float, chance: torch.Generator) -> Tensor:
        """The negative evidence lower bound, with a weight on the divergence from the prior."""
        known = self.known(self.classes(codes))
        middle, spread, _ = self.encoder(self.spans.vector(codes, scores))
        noise = torch.randn(middle.shape, generator=chance, device=middle.device)
        z = middle + spread * noise
        of_codes, of_scores = self.surprises(z, codes, scores, known)
        posterior = (-0.5 * noise.square() - spread.log() - _LOG_ROOT_TAU).sum(1)
        divergence = posterior - self.prior.log_density(z, known)
        loss: Tensor = (of_codes.sum(1) + of_scores.sum(1) + weight * divergence).mean()
        return loss

    @torch.no_grad()
    def draw(self, z: Tensor, known: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes and scores drawn at latent points."""
        logits, middles, spread = self.decode(z, known)
        codes = self.spans.drawn(logits, chance)
        if self.shape.given is not None:
            codes[:, self.shape.given] = known.argmax(1)
        noise = torch.randn(middles.shape, generator=chance, device=z.device)
        return codes, (middles + spread * noise) * self.spans.has_place(codes)

    @torch.no_grad()
    def likeliest(self, z: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """The most likely codes and scores at latent points."""
        logits, middles, _ = self.decode(z, known)
        codes = torch.stack([x.argmax(1) for x in logits], 1)
        if self.shape.given is not None:
            codes[:, self.shape.given] = known.argmax(1)
        return codes, middles * self.spans.has_place(codes)

    @torch.no_grad()
    def sample(self, n: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes and scores of `n` new rows."""
        known = self.known(self.draw_classes(n, chance)) if n else self.known(torch.zeros(0, device=self.law.device))
        return self.draw(self.prior.draw(known, chance), known, chance) if n else self._none()

    def _none(self) -> tuple[Tensor, Tensor]:
        spans = self.spans
        return torch.zeros(0, len(spans.sizes), dtype=torch.long), torch.zeros(0, len(spans.scored))

    @torch.no_grad()
    def sample_where(self, fixed: Mapping[int, Tensor], chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """A row for each of the (n,) codes that spans are fixed at: latent points weighed by the likelihood of these.

        Args:
            fixed: span -> codes.
            chance: decides all chance.
        """
        spans = sorted(fixed)
        wanted = torch.stack([fixed[at].long() for at in spans], 1)
        if not len(wanted):
            return self._none()
        z = torch.zeros(len(wanted), self.shape.latent)
        known = torch.zeros(len(wanted), len(self.law))
        inside = spans.index(self.shape.given) if self.shape.given in spans else None
        for one in torch.unique(wanted[:, inside]) if inside is not None else (None,):
            rows = torch.arange(len(wanted)) if one is None else (wanted[:, inside] == one).nonzero()[:, 0]
            drawn = self.draw_classes(_POOL, chance) if one is None else one.expand(_POOL)
            z[rows], known[rows] = self._chosen(self.known(drawn), spans, wanted[rows], chance)
        codes, scores = self.draw(z, known, chance)
        codes[:, spans] = wanted
        return codes, scores * self.spans.has_place(codes)

    def _chosen(self, pool: Tensor, spans: list[int], wanted: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """For each row of conditions a latent point of a pool, by importance resampling (Rubin 1987)."""
        points = self.prior.draw(pool, chance)
        logits = self.decode(points, pool)[0]
        logs = {at: torch.log_softmax(logits[at], 1) for at in spans if at != self.shape.given}
        kinds, back, counts = torch.unique(wanted, dim=0, return_inverse=True, return_counts=True)
        pick = torch.zeros(len(wanted), dtype=torch.long)
        for number, kind in enumerate(kinds):
            weight = sum(
                (logs[at][:, code] for at, code in zip(spans, kind, strict=True) if at in logs), pool[:, 0] * 0
            )
            chosen = torch.multinomial(
                torch.softmax(weight, 0), int(counts[number]), replacement=True, generator=chance
            )
            pick[back == number] = chosen
        return points[pick], pool[pick]


class Pupil(Learner[Autoencoder]):
    """An autoencoder in training.

    Args:
        spans: of a row.
        shape: sizes of the networks.
        codes, scores: the (n, s) and (n, p) rows to learn.
        seed: decides all chance.
        weight: of the divergence from the prior in the loss.
        rate: of Adam, at the beginning.
        batch: rows a step.
    """

    steepest: ClassVar[float] = 100.0

    def __init__(
        self,
        spans: Spans,
        shape: Shape,
        codes: np.ndarray,
        scores: np.ndarray,
        *,
        seed: int,
        weight: float,
        rate: float,
        batch: int,
    ) -> None:
        def make() -> Autoencoder:
            law = torch.ones(1)
            if shape.given is not None:
                law = torch.bincount(torch.as_tensor(codes[:, shape.given]).long(), minlength=spans.sizes[shape.given])
            net = Autoencoder(spans, shape, law.float() / law.sum())
            with torch.no_grad():
                net.decoder.seq[-1].bias[: spans.levels] = spans.log_shares(codes)
            return net

        super().__init__(make, codes, scores, seed=seed, rate=rate, batch=batch)
        self._weight = weight

    def _optimizer(self, rate: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.live.parameters(), lr=rate)

    def _loss(self, *rows: Tensor) -> Tensor:
        codes, scores = rows
        return self.live.loss(codes, scores, self._weight, self.chance)
