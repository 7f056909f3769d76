"""Many small networks of rows side by side. Tensors only."""

from __future__ import annotations

from collections.abc import Sequence
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

    def forward(self, x: Tensor, which: Sequence[int]) -> Tensor:
        """(n, w, hidden) features of (n, width) rows, by those networks that are asked for."""
        rows = list(which)
        weight = (self.first.weight[rows] * self.sees[rows, None]).flatten(0, 1)
        first = functional.relu(functional.linear(x, weight, self.first.bias[rows].flatten()))
        first = first.view(len(x), len(rows), -1)
        weight, base = self.second.weight[rows].transpose(1, 2), self.second.bias[rows, None]
        second: Tensor = torch.baddbmm(base, first.transpose(0, 1), weight).transpose(0, 1)
        found: Tensor = first + functional.relu(second)
        return found

    def one(self, at: int, x: Tensor) -> Tensor:
        """(n, hidden) features of one of the networks."""
        first = functional.relu(functional.linear(x, self.first.weight[at] * self.sees[at], self.first.bias[at]))
        return first + functional.relu(functional.linear(first, self.second.weight[at], self.second.bias[at]))
