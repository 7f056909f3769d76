"""Many small networks of rows side by side. Tensors only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional
from zuko.nn import Linear

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Tower"]


class Tower(nn.Module):
    """Networks of two layers, each of which reads its part of the row.

    Args:
        sees: (s, width) bool, what each reads.
        hidden: units of a layer.
    """

    sees: Tensor

    def __init__(self, sees: Tensor, hidden: int) -> None:
        super().__init__()
        self.register_buffer("sees", sees.float(), persistent=False)
        self.first = Linear(sees.shape[1], hidden, stack=len(sees))
        self.second = Linear(hidden, hidden, stack=len(sees))

    def axes(self, name: str, stack: str) -> dict[str, tuple[tuple[int | str, ...], ...]]:
        """As in `Flow.axes`."""
        size = (self.first.out_features,)
        weights: dict[str, tuple[tuple[int | str, ...], ...]] = {
            f"{name}.first.weight": ((stack,), size, ("width",)),
            f"{name}.second.weight": ((stack,), size, size),
        }
        return weights | {f"{name}.{layer}.bias": ((stack,), size) for layer in ("first", "second")}

    def forward(self, x: Tensor) -> Tensor:
        """(n, s, hidden) features of (n, width) rows."""
        weight = (self.first.weight * self.sees[:, None]).flatten(0, 1)
        first = functional.silu(functional.linear(x, weight, self.first.bias.flatten()))
        first = first.unflatten(1, self.first.bias.shape)
        second: Tensor = torch.baddbmm(
            self.second.bias[:, None], first.transpose(0, 1), self.second.weight.transpose(1, 2)
        ).transpose(0, 1)
        return first + functional.silu(second)

    def one(self, at: int, x: Tensor) -> Tensor:
        """(n, hidden) features of one of the networks."""
        first = functional.silu(functional.linear(x, self.first.weight[at] * self.sees[at], self.first.bias[at]))
        return first + functional.silu(functional.linear(first, self.second.weight[at], self.second.bias[at]))
