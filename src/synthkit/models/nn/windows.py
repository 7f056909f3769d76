"""Series of many lengths with missing values, served as batches of windows that have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Windows", "longest_window"]

_ENOUGH = 200  # windows (overlapping) below which a shorter window is worth more than a long one


def starts(series: np.ndarray, window: int) -> np.ndarray:
    """Rows of a (T, k) array where a window without missing values begins."""
    bad = np.isnan(series).any(1)
    if len(series) < window:
        return np.zeros(0, np.int64)
    missing = np.concatenate([[0], np.cumsum(bad)])
    return np.flatnonzero(missing[window:] == missing[:-window])


def longest_window(pool: Sequence[np.ndarray], *, at_most: int = 64, at_least: int = 8) -> int:
    """The longest power of two, times `at_least`, for which enough windows are complete; 0 where there are none.

    >>> longest_window([np.zeros((70, 1))] * 100), longest_window([np.zeros((20, 1))] * 40), longest_window([])
    (64, 16, 0)
    """
    window = at_most
    while window >= at_least:
        if sum(len(starts(series, window)) for series in pool) >= _ENOUGH:
            return window
        window //= 2
    return at_least if any(len(starts(series, at_least)) for series in pool) else 0


class Windows:
    """Windows of (T, k) series with their (T, c) conditions, and longer stretches of conditions to generate under.

    Conditions before the first row are needed as the generator looks back: they are mirrored at the edges.
    """

    def __init__(
        self,
        pool: Sequence[np.ndarray],
        conditions: Sequence[np.ndarray],
        *,
        window: int,
        reach: int,
        stretch: int = 4,
        device: str = "cpu",
    ) -> None:
        self.window, self.reach = window, reach
        used = [(x, c, starts(x, window)) for x, c in zip(pool, conditions, strict=True)]
        used = [(x, c, s) for x, c, s in used if len(s)]
        typical = int(np.median([len(x) for x, _, _ in used])) if used else 0
        self.stretch = window * max(1, min(stretch, typical // window))
        ahead = self.stretch
        self.width = conditions[0].shape[1] if len(conditions) else 0
        flat = [np.pad(np.nan_to_num(x), ((reach, ahead), (0, 0))) for x, _, _ in used]
        known = [mirrored(c, reach, ahead) for _, c, _ in used]
        offsets = np.cumsum([0] + [len(x) for x in flat])[:-1] + reach
        lengths = np.array([len(x) for x, _, _ in used], np.int64)
        self._begin = _tensor([s + o for (_, _, s), o in zip(used, offsets, strict=True)], np.int64, device)
        rooms = np.maximum(lengths - self.stretch, 0) + 1
        self._room = _tensor([np.arange(r) + o for r, o in zip(rooms, offsets, strict=True)], np.int64, device)
        self._values = _tensor(flat, np.float32, device)
        self._known = _tensor(known, np.float32, device)

    def __len__(self) -> int:
        return len(self._begin)

    def real(self, n: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """`n` windows drawn with replacement: (n, window, k) and their conditions."""
        pick = torch.randint(len(self._begin), (n,), generator=chance, device=self._begin.device)
        return self._at(self._begin[pick])

    def spread(self, n: int) -> tuple[Tensor, Tensor, Tensor]:
        """At most `n` windows, evenly spaced: windows, conditions, and conditions with `reach` steps before them."""
        pick = torch.linspace(0, len(self._begin) - 1, min(n, len(self._begin)), device=self._begin.device).long()
        begin = self._begin[pick]
        return *self._at(begin), self._known[_rows(begin - self.reach, self.reach + self.window)]

    def conditions(self, n: int, chance: torch.Generator) -> Tensor:
        """(n, reach + stretch, c) conditions of stretches drawn with replacement."""
        pick = torch.randint(len(self._room), (n,), generator=chance, device=self._room.device)
        return self._known[_rows(self._room[pick] - self.reach, self.reach + self.stretch)]

    def _at(self, begin: Tensor) -> tuple[Tensor, Tensor]:
        rows = _rows(begin, self.window)
        return self._values[rows], self._known[rows]


def mirrored(conditions: np.ndarray, before: int, after: int = 0) -> np.ndarray:
    """Conditions with rows before the first and after the last, mirrored at the edges.

    >>> mirrored(np.array([[1.0], [2.0], [3.0]]), 4).ravel().tolist()
    [1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0]
    """
    n, width = conditions.shape
    if not width:
        return np.zeros((before + n + after, 0))
    mode = "reflect" if n > 1 else "edge"
    return np.pad(conditions, ((before, after), (0, 0)), mode=mode)  # type: ignore[call-overload,no-any-return]


def _rows(begin: Tensor, n: int) -> Tensor:
    return begin[:, None] + torch.arange(n, device=begin.device)


def _tensor(parts: list[np.ndarray], kind: type, device: str) -> Tensor:
    joined = np.concatenate(parts) if parts else np.zeros((0, 1))
    return torch.as_tensor(joined.astype(kind), device=device)
