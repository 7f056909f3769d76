"""The law of the next row of a series, given the rows before it and what is known of it: a mixture density network.

Arrays of scores in, arrays of scores out. What the network sees of the past are the last rows themselves and running
means of the rows and of their sizes; what it says is a mixture of normal laws over all channels at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from synthkit.models.nn.pupil import Learner
from synthkit.models.nn.training import Look
from synthkit.threads import one_torch_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Mixture", "Network", "Past", "Pupil", "Shape", "State", "judge_of", "run"]

_MEAN_SIZE = 0.7978845608  # of a standard normal number
_WIDEST = 2.0  # the scale of a component may vary between exp(-2) and exp(2)
_FURTHEST = 6.0  # scores beyond it are cut, so that what is fed back stays where the network has been
_BLOCK = 64  # rows whose chance is drawn at once
_AT_ONCE = 4096  # paths of a pass

State = tuple[np.ndarray, np.ndarray]
"""(S, lags, 2k) the last rows with their sizes, and (S, horizons, 2k) their running means."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network.

    Args:
        values: channels.
        conditions: known of every row; may be 0.
        lags: rows that are seen as they are.
        horizons: rows that the running means look back, about.
        components: of the mixture.
        width: of the hidden layers.
        drop: share of the inputs and of the hidden units that are left out in training.
    """

    values: int
    conditions: int = 0
    lags: int = 6
    horizons: tuple[int, ...] = (8, 32)
    components: int = 5
    width: int = 24
    drop: float = 0.05

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` (or its JSON) wrote."""
        return cls(**{**values, "horizons": tuple(values["horizons"])})


class Mixture(nn.Module):
    """p(x | past, conditions) = sum of w_m N(m_m, S_m R_m S_m): the network says w, m and S, R is the component's own.

    At first all components are near N(0, R) with the R given: training begins at independent rows (Bishop 1994).

    Args:
        shape: sizes.
        root: (k, k) lower triangle with root root' = R; the identity by default.
    """

    def __init__(self, shape: Shape, root: Tensor | None = None) -> None:
        super().__init__()
        self.shape = shape
        k, many, width = shape.values, shape.components, shape.width
        self.enter = nn.Linear(2 * k * (shape.lags + len(shape.horizons)) + 1, width)
        self.known = nn.Linear(shape.conditions, width, bias=False) if shape.conditions else None
        self.deep = nn.Linear(width, width)
        self.law = nn.Linear(width, many * (1 + 2 * k))
        self.middle = nn.Parameter(0.1 * torch.randn(many, k))
        inverse = torch.linalg.inv(torch.eye(k) if root is None else root)
        sharp = torch.log(torch.diagonal(inverse)) + torch.linspace(0.5, -0.5, many)[:, None] / math.sqrt(k)
        self.sharp = nn.Parameter(sharp)
        self.lean = nn.Parameter(torch.tril(inverse, -1).repeat(many, 1, 1))
        with torch.no_grad():
            self.law.weight.mul_(0.05)
            self.law.bias.zero_()

    def whitening(self) -> Tensor:
        """(m, k, k) lower triangles L with L R L' = 1."""
        return torch.tril(self.lean, -1) + torch.diag_embed(self.sharp.exp())

    def told(self, conditions: Tensor) -> Tensor:
        """(..., width) what the first layer makes of conditions (..., c), its shift included."""
        known = self.enter.bias if self.known is None else self.known(conditions) + self.enter.bias
        return known.expand(*conditions.shape[:-1], -1)

    def forward(
        self, past: Tensor, told: Tensor, chance: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Log weights (n, m), means (n, m, k) and log scales (n, m, k) of (n, inputs) and (n, width).

        With `chance`, in training, a part of the inputs and of the hidden units is left out.
        """
        k, many = self.shape.values, self.shape.components
        hidden = functional.silu(functional.linear(self._left(past, chance), self.enter.weight) + told)
        hidden = self._left(hidden, chance)
        hidden = hidden + functional.silu(self.deep(hidden))
        weight, mean, size = torch.split(self.law(self._left(hidden, chance)), [many, many * k, many * k], 1)
        size = _WIDEST * torch.tanh(size / _WIDEST)
        return torch.log_softmax(weight, 1), mean.view(-1, many, k) + self.middle, size.view(-1, many, k)

    def _left(self, x: Tensor, chance: torch.Generator | None) -> Tensor:
        drop = self.shape.drop
        if chance is None or not drop:
            return x
        stays = torch.rand(x.shape, generator=chance, device=x.device) >= drop
        return x * stays / (1 - drop)

    def surprise(self, x: Tensor, past: Tensor, conditions: Tensor, chance: torch.Generator | None = None) -> Tensor:
        """(n,) nats of (n, k) rows."""
        weight, mean, size = self(past, self.told(conditions), chance)
        away = (x[:, None] - mean) * torch.exp(-size)
        white = torch.einsum("mij,nmj->nmi", self.whitening(), away)
        density = -0.5 * white.square().sum(2) - size.sum(2) + self.sharp.sum(1)
        return 0.5 * x.shape[1] * math.log(2 * math.pi) - torch.logsumexp(weight + density, 1)


class Past:
    """Series as the network sees them: each row, what came before it, what is known of it.

    Args:
        pool: (T, k) scores of each series; NaN is unknown, and seen as nothing out of the ordinary.
        conditions: (T, c) of each series.
        shape: sizes of the network.
    """

    def __init__(self, pool: Sequence[np.ndarray], conditions: Sequence[np.ndarray], shape: Shape) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._lags, self._lengths = shape.lags, [len(x) for x in pool]
        room = ((shape.lags, 0), (0, 0))
        there = [np.pad(np.isfinite(x).all(1), room[0]) for x in pool]
        both = [_both(x) for x in pool]
        self._whole = np.concatenate(there)
        self._there = self._tensor(there)
        self._fade = torch.as_tensor(_faded(shape.lags), device=self.device)[:, None]
        self._values = self._tensor([np.pad(x, room) for x in both])
        self._slow = self._tensor([np.pad(_running(x, shape.horizons), room) for x in both])
        self._known = self._tensor([np.pad(c, room) for c in conditions])

    def _tensor(self, parts: list[np.ndarray]) -> Tensor:
        return torch.as_tensor(np.concatenate(parts).astype(np.float32), device=self.device)

    def rows(self, held: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """The rows without NaN: all but the last `held` of each series, and those last ones."""
        late = [np.arange(-self._lags, n) >= n - int(held * n) for n in self._lengths]
        last = np.concatenate(late)
        return np.flatnonzero(self._whole & ~last), np.flatnonzero(self._whole & last)

    def at(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Rows (n, k), what came before them (n, inputs), and their conditions (n, c)."""
        before = rows[:, None] - torch.arange(self._lags, 0, -1, device=rows.device)
        share = self._there[before].mean(1, keepdim=True)
        past = torch.cat([(self._values[before] * self._fade).flatten(1), self._slow[rows], share], 1)
        return self._values[rows, : self._values.shape[1] // 2], past, self._known[rows]


class Pupil(Learner[Mixture]):
    """The network in training: one step of gradients a batch of rows, all with their true past.

    Args:
        shape: sizes of the network.
        past: the series.
        rows: which of their rows to learn.
        root: see `Mixture`.
        seed: decides all chance.
        rate: of AdamW, all along; the running mean of the weights is what settles.
        decay: of the weights.
        batch: rows a step.
    """

    steepest: ClassVar[float] = 5.0

    def __init__(
        self,
        shape: Shape,
        past: Past,
        rows: np.ndarray,
        *,
        root: np.ndarray,
        seed: int,
        rate: float = 2e-3,
        decay: float = 0.5,
        batch: int = 256,
    ) -> None:
        self._past, self._decay = past, decay
        first = torch.as_tensor(root, dtype=torch.float32)
        super().__init__(lambda: Mixture(shape, first), rows, seed=seed, rate=rate, batch=batch)

    def _optimizer(self, rate: float) -> torch.optim.Optimizer:
        own = [self.live.middle, self.live.sharp, self.live.lean]
        free = own + [p for name, p in self.live.named_parameters() if name.endswith("bias")]
        bound = [p for p in self.live.parameters() if all(p is not q for q in free)]
        groups = [{"params": bound, "weight_decay": self._decay}, {"params": free, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99))

    def step(self, pace: float) -> float:
        """Learn from one batch; the rate stays, whatever the pace, so that a run of fewer steps is the same run."""
        del pace
        return super().step(1.0)

    def _loss(self, *rows: Tensor) -> Tensor:
        return self.live.surprise(*self._past.at(rows[0]), self.chance).mean()


def judge_of(past: Past, rows: np.ndarray) -> Any:  # noqa: ANN401 - a function of a module
    """Tells the mean surprise of rows in nats; they are looked at as they are, with nothing left out."""
    asked = torch.as_tensor(rows, device=past.device)

    def judge(net: nn.Module) -> Look:
        assert isinstance(net, Mixture)
        with torch.no_grad():
            lost = [net.surprise(*past.at(part)).sum() for part in torch.split(asked, 8192)]
        return Look(float(torch.stack(lost).sum()) / max(len(rows), 1), 1.0)

    return judge


@dataclass(frozen=True, slots=True)
class Network:
    """A trained network as plain arrays."""

    shape: Shape
    weights: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, net: Mixture) -> Self:
        """Its weights, copied."""
        return cls(net.shape, {k: v.cpu().numpy().copy() for k, v in net.state_dict().items()})

    def module(self) -> Mixture:
        """The same for torch, whose global state is left as it was."""
        with torch.random.fork_rng(devices=[]):
            net = Mixture(self.shape)
        net.load_state_dict({k: torch.as_tensor(v) for k, v in self.weights.items()})
        return net


@one_torch_thread()
def run(
    network: Network, conditions: np.ndarray, paths: int, *, seed: int, begin: State | None = None
) -> tuple[np.ndarray, State]:
    """Draw row after row.

    Args:
        network: trained.
        conditions: (n, c) of all paths, or (paths, n, c) of each.
        paths: how many.
        seed: decides all chance.
        begin: states that each path begins at one of; a past without anything out of the ordinary by default.

    Returns:
        (paths, n, k) scores, and the states the paths ended in.
    """
    net, chance = network.module(), torch.Generator().manual_seed(seed)
    shape = network.shape
    if begin is None:
        width = 2 * shape.values
        begin = np.zeros((1, shape.lags, width), np.float32), np.zeros((1, len(shape.horizons), width), np.float32)
    known = torch.as_tensor(conditions[..., : shape.conditions].astype(np.float32))
    found, ends = [], []
    with torch.inference_mode():
        for at in range(0, paths, _AT_ONCE):
            size = min(_AT_ONCE, paths - at)
            start = torch.randint(len(begin[0]), (size,), generator=chance)
            state = [torch.as_tensor(part)[start] for part in begin]
            told = net.told(known[at : at + size] if known.ndim == 3 else known)
            made, end = _walk(net, told, state[0], state[1], chance)
            found.append(made.numpy().astype(np.float64))
            ends.append(end)
    return np.concatenate(found), (np.concatenate([e[0] for e in ends]), np.concatenate([e[1] for e in ends]))


def _walk(
    net: Mixture, told: Tensor, last: Tensor, slow: Tensor, chance: torch.Generator
) -> tuple[Tensor, tuple[np.ndarray, np.ndarray]]:
    """(paths, n, k) rows from (paths, lags, 2k) and (paths, horizons, 2k), under (n, width) or (paths, n, width)."""
    shape, paths, n = net.shape, len(last), told.shape[-2]
    k, lags = shape.values, shape.lags
    both = torch.cat([last, torch.empty(paths, n, 2 * k)], 1)
    rates = 1 / torch.tensor(shape.horizons, dtype=torch.float32)[:, None]
    colour = torch.linalg.inv(net.whitening())
    one, every, fade = torch.ones(paths, 1), torch.arange(paths), torch.as_tensor(_faded(lags))[:, None]
    for t in range(n):
        if t % _BLOCK == 0:
            block = paths, min(_BLOCK, n - t)
            which = -torch.empty(*block, shape.components).exponential_(generator=chance).log_()
            shocks = torch.randn(*block, k, generator=chance)
        past = torch.cat([(both[:, t : t + lags] * fade).flatten(1), slow.flatten(1), one], 1)
        weight, mean, size = net(past, told[..., t, :])
        pick = (weight + which[:, t % _BLOCK]).argmax(1)
        shock = torch.einsum("nij,nj->ni", colour[pick], shocks[:, t % _BLOCK])
        x = (mean[every, pick] + size[every, pick].exp() * shock).clamp(-_FURTHEST, _FURTHEST)
        now = torch.cat([x, x.abs() - _MEAN_SIZE], 1)
        both[:, lags + t] = now
        slow = slow + (now[:, None] - slow) * rates
    return both[:, lags:, :k], (both[:, n:].numpy().copy(), slow.numpy().copy())


def _faded(lags: int) -> np.ndarray:
    """(lags,) factors 1 / lag, the oldest first: what is long ago has to say much to be heard (Litterman 1986)."""
    return np.asarray(1 / np.arange(lags, 0, -1), np.float32)


def _both(scores: np.ndarray) -> np.ndarray:
    """(T, 2k) scores, and how far their sizes are from the usual; 0 for both where a score is missing."""
    return np.asarray(np.nan_to_num(np.hstack([scores, np.abs(scores) - _MEAN_SIZE])))


def _running(both: np.ndarray, horizons: Sequence[int]) -> np.ndarray:
    """(T, horizons x 2k) exponentially weighted means of what came before each row."""
    from scipy.signal import lfilter

    if not len(both):
        return np.zeros((0, len(horizons) * both.shape[1]))
    before = np.vstack([np.zeros((1, both.shape[1])), both[:-1]])
    means: list[np.ndarray] = [lfilter([1 / h], [1, 1 / h - 1], before, axis=0) for h in horizons]
    return np.hstack(means)
