"""Periodograms of many blocks at once, in bands. Arrays are (blocks, rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthkit.metrics.temporal._lines import filled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["bands", "log_power", "periodogram"]

BANDS = 24
LEAST_BANDS = 4
LEAST = 1e-6  # of the unit of power: what a silent band is taken as, so that its logarithm is a number


def periodogram(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power at 1, 2, ... rows // 2 waves a block, under a Hann window: (blocks, rows // 2).

    White noise of unit variance has power 1 throughout.
    """
    rows = cells.shape[1]
    whole = filled(cells)
    whole = whole - whole.mean(axis=1, keepdims=True)
    window = np.sin(np.pi * (np.arange(rows) + 0.5) / rows) ** 2
    power = np.abs(np.fft.rfft(whole * window, axis=1)) ** 2 / (window**2).sum()
    return np.asarray(power[:, 1:])


def bands(rows: int, season: int = 0) -> list[NDArray[np.int64]]:
    """Places in the periodogram that are averaged: a season's waves by themselves, the others in steps of frequency.

    The steps are even in its logarithm, 24 of them at most.
    """
    places = np.arange(rows // 2)
    waves = {round(rows * k / season) - 1 for k in range(1, min(season // 2, 6) + 1)} if season else set()
    waves = {w for w in waves if 0 <= w < len(places)}
    rest = np.array([p for p in places if p not in waves], dtype=np.int64)
    count = min(BANDS, max(LEAST_BANDS, len(places) // 3))  # one wave of one block is mostly chance
    if len(rest) > count:
        band = np.floor(np.log(rest + 1.0) / np.log(len(places) + 1.0) * count)
        parts = [rest[band == b] for b in np.unique(band)]
    else:
        parts = [rest[[i]] for i in range(len(rest))]
    return [np.array([w], dtype=np.int64) for w in sorted(waves)] + parts


def log_power(cells: NDArray[np.float64], parts: list[NDArray[np.int64]]) -> NDArray[np.float64]:
    """Logarithms of the mean power in each band: (blocks, bands)."""
    power = periodogram(cells)
    return np.log(np.column_stack([power[:, part].mean(axis=1) for part in parts]) + LEAST)
