"""Rows of small whole numbers and scores as the one-hot vectors that a network reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Spans"]


@dataclass(frozen=True)
class Spans:
    """Where each part of a row lies in a vector: one-hot spans first, then scores.

    Args:
        sizes: levels of each span.
        scored: the span that each score belongs to.
        broad: for each score, 1 for the levels of its span that have places and 0 for the others.
    """

    sizes: tuple[int, ...]
    scored: tuple[int, ...]
    broad: tuple[np.ndarray, ...]

    @property
    def levels(self) -> int:
        """Length of the one-hot part."""
        return sum(self.sizes)

    @property
    def width(self) -> int:
        """Length of the vector."""
        return self.levels + len(self.scored)

    @property
    def open(self) -> tuple[int, ...]:
        """Spans of more than one level."""
        return tuple(at for at, size in enumerate(self.sizes) if size > 1)

    @property
    def starts(self) -> np.ndarray:
        """Where each span begins."""
        return np.cumsum([0, *self.sizes])[:-1].astype(np.int64)

    def log_shares(self, codes: np.ndarray) -> Tensor:
        """(levels,) log share of each level in its span: where the outputs of a network begin."""
        counts = [np.bincount(codes[:, at], minlength=size) + 0.1 for at, size in enumerate(self.sizes)]
        shares = [np.log(c / c.sum()) for c in counts]
        return torch.as_tensor(np.concatenate(shares) if shares else np.zeros(0), dtype=torch.float32)

    def hot(self, codes: Tensor) -> Tensor:
        """(n, levels) one-hot spans of (n, s) codes."""
        at = codes.long() + torch.as_tensor(self.starts, device=codes.device)
        return torch.zeros(len(codes), self.levels, device=codes.device).scatter_(1, at, 1.0)

    def vector(self, codes: Tensor, scores: Tensor) -> Tensor:
        """(n, width) vectors of (n, s) codes and (n, p) scores."""
        return torch.cat([self.hot(codes), scores], 1)

    def split(self, vectors: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """The spans of (n, width) vectors, and their scores."""
        return torch.split(vectors[:, : self.levels], list(self.sizes), 1), vectors[:, self.levels :]

    def has_place(self, codes: Tensor) -> Tensor:
        """(n, p) 1 where the level of a score's span has places."""
        masks = [torch.as_tensor(mask, dtype=torch.float32, device=codes.device) for mask in self.broad]
        if not masks:
            return torch.zeros(len(codes), 0, device=codes.device)
        return torch.stack([mask[codes[:, at].long()] for mask, at in zip(masks, self.scored, strict=True)], 1)

    def surprise(self, logits: Sequence[Tensor], codes: Tensor) -> Tensor:
        """(n, s) cross entropy of each span's code."""
        lost = [functional.cross_entropy(x, codes[:, at].long(), reduction="none") for at, x in enumerate(logits)]
        return torch.stack(lost, 1) if lost else torch.zeros(len(codes), 0, device=codes.device)

    def drawn(self, logits: Sequence[Tensor], chance: torch.Generator) -> Tensor:
        """(n, s) codes drawn from each span's law."""
        if not logits:
            return torch.zeros(0, 0, dtype=torch.long)
        return torch.cat([_drawn(x, chance) for x in logits], 1)


def _drawn(logits: Tensor, chance: torch.Generator) -> Tensor:
    """(n, 1) codes from a law each, by where a uniform number falls among the summed shares."""
    sums = torch.cumsum(torch.softmax(logits, 1), 1)
    whole = sums[:, -1:].contiguous()
    at = torch.rand(len(logits), 1, generator=chance, device=logits.device) * whole
    return torch.searchsorted(sums, torch.minimum(at, torch.nextafter(whole, torch.zeros_like(whole))), right=True)
