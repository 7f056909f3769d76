"""A conditional GAN of rows: the networks of ctgan, conditions on any columns, moments beside the critic. Tensors only.

What differs from ctgan's own loop: a condition may fix several columns (those of one real row), the generator is also
held to the pairwise moments of the rows, and what is kept is the running mean of its weights.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from ctgan.synthesizers.ctgan import Discriminator, Generator
from torch import nn

from synthkit.models.nn.spans import Spans

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

__all__ = ["Gan", "Pupil", "Shape", "Teaching"]

_TEMPERATURE = 0.2  # of the softened one-hot spans, as in ctgan
_PENALTY = 10.0
_MEMORY = 0.999
_KNOWN = 0.99  # of the running mean of the real moments


@dataclass(frozen=True)
class Shape:
    """Sizes of the networks.

    Args:
        noise: dimensions of the noise.
        hidden: layers of the generator, and of the critic.
        pack: rows that the critic sees at once (PacGAN, Lin et al. 2018): it notices when they are too alike.
    """

    noise: int = 128
    hidden: tuple[int, ...] = (256, 256)
    pack: int = 10


@dataclass(frozen=True)
class Teaching:
    """How to train.

    Args:
        rate: of Adam, for both networks.
        batch: rows a step.
        critics: steps of the critic for each of the generator.
        moments: weight of the distance of the generator's pairwise moments from the real ones.
        more: chance that a condition fixes more than one column.
    """

    rate: float = 5e-4
    batch: int = 500
    critics: int = 1
    moments: float = 20.0
    more: float = 0.3


class Gan(nn.Module):
    """The generator, with what it needs to draw conditions.

    Args:
        spans: of a row.
        shape: sizes.
        law: the share of each level within its span, (levels,).
    """

    def __init__(self, spans: Spans, shape: Shape, law: Tensor) -> None:
        super().__init__()
        self.spans, self.shape = spans, shape
        self.generator = Generator(shape.noise + spans.levels, shape.hidden, spans.width)
        self.law: Tensor
        self.register_buffer("law", law)

    def axes(self) -> dict[str, tuple[tuple[int | str, ...], ...]]:
        """What each place of each weight stands for: sizes, or "width" and "levels" of a row."""
        before: tuple[int | str, ...] = (self.shape.noise, "levels")
        axes: dict[str, tuple[tuple[int | str, ...], ...]] = {}
        for at, size in enumerate(self.shape.hidden):
            name = f"generator.seq.{at}"
            axes |= {f"{name}.fc.weight": ((size,), before)}
            kept = ("fc.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var")
            axes |= {f"{name}.{part}": ((size,),) for part in kept}
            before = (size, *before)
        last = f"generator.seq.{len(self.shape.hidden)}"
        return axes | {f"{last}.weight": (("width",), before), f"{last}.bias": (("width",),)}

    def forward(self, known: Tensor, chance: torch.Generator) -> tuple[tuple[Tensor, ...], Tensor, Tensor]:
        """Logits of each span, softened vectors, and scores, under (n, levels) conditions."""
        noise = torch.randn(len(known), self.shape.noise, generator=chance, device=known.device)
        logits, scores = self.spans.split(self.generator(torch.cat([noise, known], 1)))
        soft = [torch.softmax((x + _gumbel(x, chance)) / _TEMPERATURE, 1) for x in logits]
        places = [soft[at] @ _mask(m, known) for m, at in zip(self.spans.broad, self.spans.scored, strict=True)]
        scores = scores * torch.stack(places, 1) if places else scores
        return logits, torch.cat([*soft, scores], 1), scores

    @torch.no_grad()
    def sample(self, n: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes and scores of `n` new rows: a column drawn at random, its level by its law, the rest given that."""
        spans, device = self.spans, self.law.device
        if not n or not spans.sizes:
            return torch.zeros(n, len(spans.sizes), dtype=torch.long), torch.zeros(n, len(spans.scored))
        column = torch.randint(len(spans.sizes), (n,), generator=chance, device=device)
        levels = torch.stack([_drawn(law, n, chance) for law in torch.split(self.law, list(spans.sizes))], 1)
        active = torch.zeros(n, len(spans.sizes), device=device).scatter_(1, column[:, None], 1.0)
        return self._under(levels + self._starts(), active, chance)

    @torch.no_grad()
    def sample_where(self, fixed: Mapping[int, Tensor], chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """A row for each of the (n,) codes that spans are fixed at."""
        n = len(next(iter(fixed.values())))
        levels = self._starts().repeat(n, 1)
        active = torch.zeros(n, len(self.spans.sizes), device=levels.device)
        for at, codes in fixed.items():
            levels[:, at] += codes.to(levels.device).long()
            active[:, at] = 1.0
        if not n:
            return self.sample(0, chance)
        return self._under(levels, active, chance)

    def _under(self, levels: Tensor, active: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        known = torch.zeros(len(levels), self.spans.levels, device=levels.device).scatter_(1, levels, active)
        _, vectors, scores = self(known, chance)
        parts, _ = self.spans.split(vectors)
        codes = torch.stack([x.argmax(1) for x in parts], 1)
        codes = torch.where(active > 0, levels - self._starts(), codes)
        return codes, scores * self.spans.has_place(codes)

    def _starts(self) -> Tensor:
        return torch.as_tensor(self.spans.starts, device=self.law.device)


def _mask(mask: np.ndarray, like: Tensor) -> Tensor:
    return torch.as_tensor(mask, dtype=torch.float32, device=like.device)


def _gumbel(like: Tensor, chance: torch.Generator) -> Tensor:
    uniform = torch.rand(like.shape, generator=chance, device=like.device).clamp(1e-9, 1 - 1e-7)
    return -torch.log(-torch.log(uniform))


def _drawn(law: Tensor, n: int, chance: torch.Generator) -> Tensor:
    return torch.multinomial(law, n, replacement=True, generator=chance)


class _Conditions:
    """Real rows and conditions that they meet: rare levels more often than they are (training by sampling)."""

    def __init__(self, spans: Spans, codes: Tensor, more: float) -> None:
        self._spans, self._codes, self._more = spans, codes, more
        self._order = torch.argsort(codes, dim=0, stable=True)
        self._starts = torch.as_tensor(spans.starts, device=codes.device)
        counts = [torch.bincount(codes[:, at].long(), minlength=size) for at, size in enumerate(spans.sizes)]
        self.law = torch.cat(counts).float() / max(len(codes), 1)
        self._counts = counts
        self._before = [torch.cumsum(c, 0) - c for c in counts]

    def draw(self, n: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """(n,) rows, and the (n, levels) conditions that they meet."""
        device, parts = self._codes.device, len(self._spans.sizes)
        column = torch.randint(parts, (n,), generator=chance, device=device)
        spin = torch.rand(n, generator=chance, device=device)
        rows = torch.zeros(n, dtype=torch.long, device=device)
        for at in range(parts):
            mine = (column == at).nonzero()[:, 0]
            if len(mine):
                level = torch.multinomial(
                    torch.log1p(self._counts[at].float()), len(mine), replacement=True, generator=chance
                )
                place = (spin[mine] * self._counts[at][level]).long() + self._before[at][level]
                rows[mine] = self._order[place.clamp(max=len(self._codes) - 1), at]
        active = torch.zeros(n, parts, device=device).scatter_(1, column[:, None], 1.0)
        several = torch.rand(n, 1, generator=chance, device=device) < self._more
        depth = torch.rand(n, 1, generator=chance, device=device)
        extra = torch.rand(n, parts, generator=chance, device=device) < depth
        active = torch.where(several & extra, torch.ones_like(active), active)
        known = torch.zeros(n, self._spans.levels, device=device)
        return rows, known.scatter_(1, self._codes[rows].long() + self._starts, active)


class _Both(nn.Module):
    """Generator, critic and running moments, as one state."""

    def __init__(self, maker: Gan, critic: nn.Module, moments: Tensor) -> None:
        super().__init__()
        self.maker, self.critic = maker, critic
        self.moments: Tensor
        self.register_buffer("moments", moments)


class Pupil:
    """A GAN in training; torch's global state is left as it was.

    Args:
        spans: of a row.
        shape: sizes of the networks.
        codes, scores: the (n, s) and (n, p) rows to learn.
        seed: decides all chance.
        teaching: how to train.
    """

    def __init__(
        self, spans: Spans, shape: Shape, codes: np.ndarray, scores: np.ndarray, *, seed: int, teaching: Teaching
    ) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._spans, self._shape, self._teaching = spans, shape, teaching
        self._codes = torch.as_tensor(codes, device=self.device)
        self._scores = torch.as_tensor(scores, device=self.device)
        self._conditions = _Conditions(spans, self._codes, teaching.more)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            maker = Gan(spans, shape, self._conditions.law)
            with torch.no_grad():
                maker.generator.seq[-1].bias[: spans.levels] = spans.log_shares(codes)
            maker.to(self.device)
            critic = Discriminator(spans.width + spans.levels, shape.hidden, pac=shape.pack).to(self.device)
        for layer in critic.modules():
            if isinstance(layer, nn.Dropout):
                layer.p = 0.0  # its chance would come from torch's global state
        # The moments: shares of levels under the conditions above, and of pairs, which the generator is held to.
        self.live = _Both(maker, critic, torch.zeros(spans.width, spans.width, device=self.device))
        self.mean = copy.deepcopy(maker).requires_grad_(False)
        self.chance = torch.Generator(self.device).manual_seed(seed)
        self.optimizers: Sequence[torch.optim.Optimizer] = [
            torch.optim.Adam(net.parameters(), lr=teaching.rate, betas=(0.5, 0.9)) for net in (maker, critic)
        ]
        self._batch = max(teaching.batch // shape.pack, 1) * shape.pack

    def begin(self, state: Mapping[str, Tensor]) -> None:
        """Start from these weights of the generator."""
        self.live.maker.load_state_dict(state)
        self.mean.load_state_dict(state)

    def step(self, pace: float) -> float:
        """Teach the critic, then the generator; the loss of the latter."""
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self._teaching.rate * pace
        for _ in range(self._teaching.critics):
            self._teach_critic()
        return self._teach_maker()

    def _teach_critic(self) -> None:
        maker, critic = self.live.maker, self.live.critic
        rows, known = self._conditions.draw(self._batch, self.chance)
        real = torch.cat([self._spans.vector(self._codes[rows], self._scores[rows]), known], 1)
        with torch.no_grad():
            made = torch.cat([maker(known, self.chance)[1], known], 1)
            self._learn_moments(real[:, : self._spans.width])
        made = made[torch.randperm(len(made), generator=self.chance, device=self.device)]
        blocks = len(real) // self._shape.pack
        part = torch.rand(blocks, 1, 1, generator=self.chance, device=self.device)
        mixed = part * real.view(blocks, self._shape.pack, -1) + (1 - part) * made.view(blocks, self._shape.pack, -1)
        mixed = mixed.view(len(real), -1).requires_grad_()
        slope = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)[0]
        toll = _PENALTY * (slope.view(blocks, -1).norm(dim=1) - 1).square().mean()
        loss = critic(made).mean() - critic(real).mean() + toll
        self.optimizers[1].zero_grad(set_to_none=True)
        loss.backward()
        self.optimizers[1].step()

    def _learn_moments(self, real: Tensor) -> None:
        found = real.T @ real / len(real)
        fresh = not bool(self.live.moments.any())
        self.live.moments.lerp_(found, 1.0 if fresh else 1 - _KNOWN)

    def _teach_maker(self) -> float:
        maker, critic, teaching = self.live.maker, self.live.critic, self._teaching
        rows, known = self._conditions.draw(self._batch, self.chance)
        logits, made, _ = maker(known, self.chance)
        loss = -critic(torch.cat([made, known], 1)).mean()
        kept = torch.stack([part.sum(1) for part in torch.split(known, list(self._spans.sizes), 1)], 1)
        loss = loss + (self._spans.surprise(logits, self._codes[rows]) * kept).sum(1).mean()
        gap = made.T @ made / len(made) - self.live.moments
        loss = loss + teaching.moments * gap.square().sum() / math.sqrt(self._spans.width)
        optimizer = self.optimizers[0]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(maker.parameters(), 100.0)
        optimizer.step()
        self._follow(maker)
        return float(loss.detach())

    def _follow(self, maker: nn.Module) -> None:
        steps = float(next(iter(self.optimizers[0].state.values()))["step"])
        memory = min(_MEMORY, steps / (steps + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.mean.parameters()), list(maker.parameters()), 1 - memory)
            for kept, now in zip(self.mean.buffers(), maker.buffers(), strict=True):
                kept.copy_(now)
