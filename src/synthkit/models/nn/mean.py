"""The running mean of a network's weights (EMA), which is what is kept of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import nn

__all__ = ["follow"]


def follow(mean: nn.Module, live: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Move the running mean of the weights towards the weights, slower as training goes on."""
    state = next(iter(optimizer.state.values()), None)
    steps = float(state["step"]) if state else 1.0
    memory = min(0.999, steps / (steps + 10))
    with torch.no_grad():
        torch._foreach_lerp_(list(mean.parameters()), list(live.parameters()), 1 - memory)
        for kept, now in zip(mean.buffers(), live.buffers(), strict=True):
            kept.copy_(now)
