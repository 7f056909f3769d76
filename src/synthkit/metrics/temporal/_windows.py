"""Windows of series by their form, and the exact distance from each to the nearest of many others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthkit.metrics.temporal._lines import filled, normed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics.temporal._blocks import Sides

__all__ = ["SAME", "Windows", "nearest", "width_of", "windows"]

SAME = 1e-6
"""Windows closer than this, in standard deviations, are one and the same."""

Windows = tuple["NDArray[np.float64]", "NDArray[np.int64]"]
"""(windows, width x channels) forms, and the place in the panel of the series each comes from."""

WIDE = 24
NARROW = 4
WORK = 1e10  # products of numbers: seconds
FEWEST = 200


def width_of(length: int) -> int:
    """Rows of a window: half a block of at most 48 rows, so that a held-out block holds several; a short one whole."""
    return max(NARROW, min(WIDE, length // 2 if length >= 12 else length))


def windows(panel: Panel, sides: Sides, *, step: int) -> Windows:
    """Windows that start every `step` rows, each channel set to mean 0 and spread 1 within the window.

    Gaps are bridged; windows of which a channel lacks half its cells are left out.
    """
    width = width_of(sides.length)
    found, origin = [], []
    for i, one in enumerate(panel.series):
        if len(one) < width:
            continue
        starts = np.arange(0, len(one) - width + 1, step)
        cells = np.lib.stride_tricks.sliding_window_view(sides.scaled(one), width, axis=0)[starts]
        parts = [filled(np.ascontiguousarray(cells[:, channel])) for channel in range(cells.shape[1])]
        there = ~np.any([np.isnan(part).any(axis=1) for part in parts], axis=0)
        forms = np.concatenate([normed(part[there]) for part in parts], axis=1)
        found.append(forms)
        origin.append(np.full(len(forms), i, dtype=np.int64))
    if not found:
        return np.empty((0, width * len(sides.channels))), np.empty(0, dtype=np.int64)
    return np.concatenate(found), np.concatenate(origin)


def nearest(queries: NDArray[np.float64], index: NDArray[np.float64]) -> NDArray[np.float64]:
    """Root mean square distance from each query to the nearest form of the index, searched in full."""
    best = np.full(len(queries), np.inf)
    own = (queries**2).sum(axis=1)
    size = max(1, 4_000_000 // max(1, len(queries)))
    for start in range(0, len(index), size):
        part = index[start : start + size]
        squares = (part**2).sum(axis=1)[None, :] - 2.0 * (queries @ part.T)
        np.minimum(best, squares.min(axis=1), out=best)
    found = np.sqrt(np.maximum(best + own, 0.0) / queries.shape[1])
    return np.where(found < SAME, 0.0, found)


def asked(found: Windows, index: int, most: int, rng: np.random.Generator) -> Windows:
    """The windows to ask about: fewer where the index to search is large."""
    forms, origin = found
    most = int(min(most, max(FEWEST, WORK / max(1, index * forms.shape[1]))))
    if len(forms) <= most:
        return found
    rows = np.sort(rng.permutation(len(forms))[:most])
    return forms[rows], origin[rows]
