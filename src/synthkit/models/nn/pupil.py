"""What the networks of tables that learn by one loss share: seeded weights, a batch a step, and the running mean."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import torch
from torch import nn

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

__all__ = ["Learner"]

N = TypeVar("N", bound=nn.Module)


class Learner(ABC, Generic[N]):
    """A network in training (see `synthkit.models.nn.training.Pupil`); torch's global state is left as it was.

    Args:
        make: the network, with the weights it begins with; what it draws from torch's state follows from the seed.
        arrays: the rows to learn, of the same length each.
        seed: decides all chance.
        rate: of the optimizer, at the beginning.
        batch: rows a step.
    """

    steepest: ClassVar[float]
    """Norm of the gradient, beyond which it is cut."""

    def __init__(self, make: Callable[[], N], *arrays: np.ndarray, seed: int, rate: float, batch: int) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._rows = [torch.as_tensor(array, device=self.device) for array in arrays]
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.live: N = make()
        self.live.to(self.device)
        self.mean: N = copy.deepcopy(self.live).requires_grad_(False)
        self.chance = torch.Generator(self.device).manual_seed(seed)
        self.optimizers: Sequence[torch.optim.Optimizer] = [self._optimizer(rate)]
        self._rate, self._batch = rate, min(batch, len(self._rows[0]))

    @abstractmethod
    def _optimizer(self, rate: float) -> torch.optim.Optimizer:
        """Of everything that learns."""

    @abstractmethod
    def _loss(self, *rows: Tensor) -> Tensor:
        """Of a batch of each of the arrays."""

    def begin(self, state: Mapping[str, Tensor]) -> None:
        """Start from these weights."""
        self.live.load_state_dict(state)
        self.mean.load_state_dict(state)

    def step(self, pace: float) -> float:
        """Learn from one batch; the loss."""
        optimizer = self.optimizers[0]
        for group in optimizer.param_groups:
            group["lr"] = self._rate * pace
        at = torch.randint(len(self._rows[0]), (self._batch,), generator=self.chance, device=self.device)
        optimizer.zero_grad(set_to_none=True)
        loss = self._loss(*(rows[at] for rows in self._rows))
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.live.parameters(), self.steepest)
        optimizer.step()
        _follow(self.mean, self.live, optimizer)
        return float(loss.detach())


def _follow(mean: nn.Module, live: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Move the running mean of the weights towards the weights, slower as training goes on."""
    state = next(iter(optimizer.state.values()), None)
    steps = float(state["step"]) if state else 1.0
    memory = min(0.999, steps / (steps + 10))
    with torch.no_grad():
        torch._foreach_lerp_(list(mean.parameters()), list(live.parameters()), 1 - memory)
        for kept, now in zip(mean.buffers(), live.buffers(), strict=True):
            kept.copy_(now)
