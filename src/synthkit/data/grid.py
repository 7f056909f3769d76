"""The calendar of a panel: whole positions 0, 1, 2, ... on one side, stamps on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Grid"]

IRREGULAR = "irregular"
COUNT = "count"


@dataclass(frozen=True, slots=True)
class Grid:
    """Even steps in time, or none.

    Args:
        step: a pandas offset alias ("30min", "h", "D", "B", "W-SAT", "MS", "ME", "QS-OCT", "YS", ...); "count" for
            whole numbers without a calendar; "irregular" where stamps follow no calendar (series then carry theirs).
        origin: the stamp of position 0, as ISO 8601 text (UTC where there is a zone) or as a whole number.
        seasons: rows in a season, shortest first: (24, 168) for hours; () where none is known.
        zone: of stamps that carry one ("Europe/Berlin"); "" for plain local time.
        reason: how all this was found.
    """

    step: str
    origin: str | int
    seasons: tuple[int, ...] = ()
    zone: str = ""
    reason: str = "given"

    @property
    def regular(self) -> bool:
        """Whether positions stand for even steps."""
        return self.step != IRREGULAR

    @property
    def dated(self) -> bool:
        """Whether stamps are dates and not whole numbers."""
        return isinstance(self.origin, str)

    def stamps(self, start: int, n: int) -> pd.DatetimeIndex | np.ndarray:
        """The stamps of positions `start` to `start + n - 1`: dates (with their zone), or int64."""
        if not isinstance(self.origin, str):
            return np.arange(self.origin + start, self.origin + start + n, dtype=np.int64)
        import pandas as pd
        from pandas.tseries.frequencies import to_offset

        first = pd.Timestamp(self.origin)
        offset = to_offset(self.step)
        if first.tz is None and self.zone:
            first = first.tz_localize("UTC")
        if self.zone and not _of_fixed_length(self.step):
            first = first.tz_convert(self.zone)  # days and longer are counted on the local clock
        found = pd.date_range(first + start * offset, periods=n, freq=offset)
        return found.tz_convert(self.zone) if self.zone else found

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Grid:
        """Read what `to_dict` (or its JSON) wrote."""
        return cls(**{**values, "seasons": tuple(values["seasons"])})


def _of_fixed_length(step: str) -> bool:
    """Whether a step is always as many seconds (hours are, days are not: clocks change)."""
    from pandas.tseries.frequencies import to_offset
    from pandas.tseries.offsets import Tick

    offset = to_offset(step)
    return isinstance(offset, Tick) and not str(offset.freqstr).endswith("D")
