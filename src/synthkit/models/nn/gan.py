"""Training of the causal generator against its critic, within a limit of time, stopped by windows it never saw."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch.nn import functional

from synthkit.models.nn.tcn import Critic, Generator, Shape, lagged
from synthkit.models.nn.windows import Windows, mirrored
from synthkit.progress import Progress, silent
from synthkit.threads import one_torch_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Network", "Recipe", "Training", "sample"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train.

    Args:
        loss: "wgan-gp" (Gulrajani et al., 2017) or "hinge" with a gradient penalty on real windows.
        steps: of the generator, at most.
        seconds: of wall-clock time, at most; a run that this limit ends is not the same on a faster machine.
        batch: windows a step.
        critics: steps of the critic for each of the generator.
        penalty: weight of the gradient penalty.
        rate: of Adam.
        memory: of the running mean of the generator's weights (EMA), which is what is kept.
        moments: weight of the distance of lagged products of x and |x| from those of all training windows.
        check: steps between two looks at the held-out windows.
        patience: looks without a better distance before training ends.
    """

    loss: Literal["wgan-gp", "hinge"] = "wgan-gp"
    steps: int = 1500
    seconds: float = 60.0
    batch: int = 64
    critics: int = 2
    penalty: float = 10.0
    rate: float = 1e-3
    memory: float = 0.99
    moments: float = 10.0
    check: int = 50
    patience: int = 8


@dataclass(frozen=True, slots=True)
class Network:
    """A trained generator as plain arrays."""

    shape: Shape
    weights: Mapping[str, np.ndarray]


class Training:
    """A generator and its critic on their way. The global state of torch is left as it was.

    Args:
        shape: sizes of the networks.
        recipe: how to train.
        seed: decides all chance.
        mixing: (k, k) lower triangle that gives the first shocks their correlation; the identity by default.
    """

    def __init__(self, shape: Shape, recipe: Recipe, *, seed: int, mixing: np.ndarray | None = None) -> None:
        self.shape, self.recipe = shape, recipe
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            first = None if mixing is None else torch.as_tensor(mixing, dtype=torch.float32)
            self._maker = Generator(shape, first).to(self.device)
            self._critic = Critic(shape).to(self.device)
        self._mean = copy.deepcopy(self._maker).requires_grad_(False)
        self._chance = torch.Generator(self.device).manual_seed(seed)
        adam = {"lr": recipe.rate, "betas": (0.0, 0.9)}
        self._optimizers = [torch.optim.Adam(net.parameters(), **adam) for net in (self._maker, self._critic)]  # type: ignore[arg-type]
        self._seed = seed
        self.record: dict[str, Any] = {}

    @property
    def network(self) -> Network:
        """The mean generator as it is now."""
        return Network(self.shape, {k: v.cpu().numpy().copy() for k, v in self._mean.state_dict().items()})

    @one_torch_thread()
    def run(
        self,
        pool: Sequence[np.ndarray],
        conditions: Sequence[np.ndarray],
        *,
        held: tuple[Sequence[np.ndarray], Sequence[np.ndarray]] | None = None,
        steps: int | None = None,
        seconds: float | None = None,
        progress: Progress = silent,
    ) -> Network:
        """Train on (T, k) series with (T, c) conditions; with held-out ones, keep what was nearest to those.

        Returns:
            The generator kept; `record` says how many steps it took, which was best, and what ended the training.
        """
        steps = self.recipe.steps if steps is None else steps
        limit = time.monotonic() + (self.recipe.seconds if seconds is None else seconds)
        data = self._windows(pool, conditions)
        target = _Moments.of(data.spread(4096)[0])
        judge = None if held is None else _Judge.of(self._windows(*held), self._seed)
        best = self.network
        self._mean.eval()
        begun, lowest, at, stopped, step = time.monotonic(), np.inf, 0, "steps", 0
        first = lowest = judge(self._mean) if judge else np.inf
        for step in range(1, steps + 1):
            self._step(data, target, step)
            if step % self.recipe.check and step < steps:
                continue
            progress("training", max(step / steps, 1 - max(limit - time.monotonic(), 0) / max(limit - begun, 1e-9)))
            if judge is None or (found := judge(self._mean)) < lowest:
                best, at = self.network, step
                lowest = np.nan if judge is None else found
            if judge is not None and step - at >= self.recipe.patience * self.recipe.check:
                stopped = "no better on held-out windows"
                break
            if time.monotonic() > limit:
                stopped = "time limit"
                break
        self.record = {
            "steps": step,
            "best_step": at,
            "stopped": stopped,
            "seconds": round(time.monotonic() - begun, 2),
            "device": self.device,
            "distance_at_start": None if judge is None else float(first),
            "distance": None if judge is None else float(lowest),
        }
        self._mean.load_state_dict({k: torch.as_tensor(v) for k, v in best.weights.items()})
        self._maker.load_state_dict(self._mean.state_dict())
        return best

    def _windows(self, pool: Sequence[np.ndarray], conditions: Sequence[np.ndarray]) -> Windows:
        shape = self.shape
        return Windows(pool, conditions, window=shape.window, reach=shape.reach, device=self.device)

    def _fake(self, data: Windows) -> tuple[Tensor, Tensor]:
        """Windows cut from stretches, and their conditions."""
        paths = max(1, self.recipe.batch * self.shape.window // data.stretch)
        known = data.conditions(paths, self._chance)
        made = _run(self._maker, known, self._chance)
        size = (paths * data.stretch // self.shape.window, self.shape.window)
        inside = known[:, self.shape.reach :]
        return made.reshape(*size, self.shape.values), inside.reshape(*size, self.shape.conditions)

    def _step(self, data: Windows, target: _Moments, step: int) -> None:
        for _ in range(self.recipe.critics):
            self._teach_critic(data)
        optimizer = self._optimizers[0]
        optimizer.zero_grad(set_to_none=True)
        made, known = self._fake(data)
        loss = -self._critic(made, known).mean() + self.recipe.moments * target.distance(made)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._maker.parameters(), 10.0)
        optimizer.step()
        memory = min(self.recipe.memory, step / (step + 10))
        with torch.no_grad():
            for kept, now in zip(self._mean.parameters(), self._maker.parameters(), strict=True):
                kept.lerp_(now, 1 - memory)

    def _teach_critic(self, data: Windows) -> None:
        recipe, optimizer = self.recipe, self._optimizers[1]
        optimizer.zero_grad(set_to_none=True)
        real, known = data.real(recipe.batch, self._chance)
        with torch.no_grad():
            made, made_known = self._fake(data)
        if recipe.loss == "wgan-gp":
            part = torch.rand(len(real), 1, 1, generator=self._chance, device=self.device)
            n = min(len(real), len(made))
            between = (part[:n] * real[:n] + (1 - part[:n]) * made[:n]).requires_grad_()
            slope = torch.autograd.grad(self._critic(between, known[:n]).sum(), between, create_graph=True)[0]
            toll = recipe.penalty * (slope.flatten(1).norm(dim=1) - 1).square().mean()
            loss = self._critic(made, made_known).mean() - self._critic(real, known).mean() + toll
        else:
            real.requires_grad_()
            score = self._critic(real, known)
            slope = torch.autograd.grad(score.sum(), real, create_graph=True)[0]
            toll = 0.5 * recipe.penalty * slope.flatten(1).square().sum(1).mean()
            loss = functional.relu(1 + self._critic(made, made_known)).mean() + functional.relu(1 - score).mean() + toll
        loss.backward()
        optimizer.step()


@one_torch_thread()
def sample(network: Network, conditions: np.ndarray, paths: int, *, seed: int) -> np.ndarray:
    """(paths, n, k) sequences under (n, c) conditions, in one pass whatever n is.

    The rows before the first are made as well and thrown away, so the first row is like any other.
    """
    shape, chance = network.shape, torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):  # making layers draws from the global state
        maker = Generator(shape)
    maker.load_state_dict({k: torch.as_tensor(v) for k, v in network.weights.items()})
    known = torch.as_tensor(mirrored(conditions, shape.reach).astype(np.float32))
    at_once = max(1, _AT_ONCE // len(known))
    with torch.no_grad():
        sizes = [min(at_once, paths - begin) for begin in range(0, paths, at_once)]
        made = [_run(maker, known.expand(size, -1, -1), chance).numpy() for size in sizes]
    return np.concatenate(made).astype(np.float64)


_AT_ONCE = 200_000  # steps, so that the hidden layers of one pass stay below some 100 MB


def _run(maker: Generator, known: Tensor, chance: torch.Generator) -> Tensor:
    n, steps, _ = known.shape
    noise = torch.randn(n, steps, maker.shape.noise, generator=chance, device=known.device)
    common = torch.randn(n, maker.shape.common, generator=chance, device=known.device)
    made: Tensor = maker(noise, common, known)
    return made


@dataclass(frozen=True, slots=True)
class _Moments:
    """What one step says of the next: mean products of x and of |x| at the same time and at lags."""

    flat: Tensor
    lags: int

    @classmethod
    def of(cls, windows: Tensor, lags: int = 16) -> _Moments:
        lags = min(lags, windows.shape[1] // 2)
        return cls(cls._measured(windows, lags), lags)

    @staticmethod
    def _measured(x: Tensor, lags: int) -> Tensor:
        size = x.abs()
        size = size - _HALF_NORMAL
        both = torch.cat([x, size], -1)
        same = torch.einsum("bti,btj->ij", both, both) / (x.shape[0] * x.shape[1])
        later = [lagged(x, x, lags), lagged(size, size, lags), lagged(size, x, lags), lagged(x, size, lags)]
        return torch.cat([both.mean((0, 1)), same.flatten()] + [p.mean(0).flatten() for p in later])

    def distance(self, windows: Tensor) -> Tensor:
        return (self._measured(windows, self.lags) - self.flat).square().sum()


_HALF_NORMAL = 0.7978845608


@dataclass(frozen=True, slots=True)
class _Judge:
    """How far a generator is from held-out windows: sorted projections (sliced Wasserstein) and lagged products."""

    windows: Tensor
    known: Tensor
    directions: Tensor
    moments: _Moments
    seed: int

    @classmethod
    def of(cls, data: Windows, seed: int) -> _Judge | None:
        if not len(data):
            return None
        windows, _, known = data.spread(256)
        size = windows.shape[1] * windows.shape[2]
        chance = torch.Generator().manual_seed(seed)
        directions = functional.normalize(torch.randn(size, 32, generator=chance), dim=0).to(windows.device)
        return cls(windows, known, directions, _Moments.of(windows), seed)

    def __call__(self, maker: Generator) -> float:
        chance = torch.Generator(self.known.device).manual_seed(self.seed)  # the same noise at every look
        with torch.no_grad():
            made = torch.cat([_run(maker, self.known, chance) for _ in range(4)])
            levels = torch.linspace(0.01, 0.99, 50, device=made.device)
            sliced = [torch.quantile(x.flatten(1) @ self.directions, levels, dim=0) for x in (made, self.windows)]
            products = (self.moments.distance(made) / len(self.moments.flat)).sqrt()
            return float((sliced[0] - sliced[1]).abs().mean() + products)
