"""Dates as whole numbers of the coarsest unit that tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Clock"]

_UNITS = {"D": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1000, "us": 1}
"""Microseconds in a unit, coarsest first."""


@dataclass(frozen=True)
class Clock:
    """Counts in one unit since 1970, so that a made-up date has the granularity of the real ones.

    Args:
        unit: "M" (first days of months), "D", "h", "m", "s", "ms" or "us".

    >>> days = pd.Series(pd.to_datetime(["2024-02-28", "2024-03-01", None]).astype("datetime64[us]"))
    >>> clock = Clock.learn(days)
    >>> clock.unit, clock.encode(days).tolist()
    ('D', [19781.0, 19783.0, nan])
    """

    unit: str

    @classmethod
    def learn(cls, cells: pd.Series) -> Clock:
        """The coarsest unit in which all cells are whole."""
        stamps = cells.dropna()
        micros = stamps.to_numpy("datetime64[us]").astype(np.int64)
        if len(micros) == 0:
            return cls("D")
        unit = next(u for u, size in _UNITS.items() if not (micros % size).any())
        if unit == "D" and len(stamps) > 1 and bool((stamps.dt.day == 1).all()):
            return cls("M")
        return cls(unit)

    def encode(self, cells: pd.Series) -> NDArray[np.float64]:
        """Counts as float64, NaN for missing."""
        stamps = cells.to_numpy("datetime64[us]")
        filled = ~np.isnat(stamps)
        counts = np.full(len(stamps), np.nan)
        if self.unit == "M":
            counts[filled] = stamps[filled].astype("datetime64[M]").astype(np.int64)
        else:
            counts[filled] = stamps[filled].astype(np.int64) // _UNITS[self.unit]
        return counts

    def decode(self, counts: NDArray[np.float64]) -> pd.Series:
        """Cells of datetime64[us] again."""
        filled = np.isfinite(counts)
        whole = np.where(filled, counts, 0).astype(np.int64)
        if self.unit == "M":
            stamps = whole.astype("datetime64[M]").astype("datetime64[us]")
        else:
            stamps = (whole * _UNITS[self.unit]).astype("datetime64[us]")
        stamps[~filled] = np.datetime64("NaT")
        return pd.Series(stamps)
