"""The calendar of a panel: whole positions 0, 1, 2, ... on one side, stamps on the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Whole = npt.NDArray[np.int64]
    Dates = npt.NDArray[np.datetime64]

__all__ = ["COUNT", "DAY", "IRREGULAR", "Grid", "Step", "step_parts"]

IRREGULAR: Final = "irregular"
COUNT: Final = "count"

DAY: Final = 86_400_000_000
_FIXED: Final = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "D": DAY,
    "W": 7 * DAY,
}
_MONTHS: Final = {"MS": 1, "ME": 1, "BMS": 1, "BME": 1, "QS": 3, "QE": 3, "YS": 12, "YE": 12}
_STEP: Final = re.compile(r"([0-9]*)([A-Za-z]+)(?:-([A-Z]{3}))?")


@dataclass(frozen=True, slots=True)
class Step:
    """A pandas offset alias taken apart: "2W-SAT" is two of the unit "W", anchored on "SAT".

    Args:
        times: how many units a step is.
        unit: us, ms, s, min, h, D, W, B, MS, ME, BMS, BME, QS, QE, YS or YE.
        anchor: a weekday or a month, or "".
    """

    times: int
    unit: str
    anchor: str = ""

    @property
    def months(self) -> int:
        """Months in a step; 0 where a step is no whole number of months."""
        return _MONTHS.get(self.unit, 0) * self.times

    @property
    def micros(self) -> int:
        """Microseconds in a step that always lasts as long; 0 for the others."""
        return _FIXED.get(self.unit, 0) * self.times

    @property
    def clocked(self) -> bool:
        """Whether a step is shorter than a day, and so counted in UTC where clocks change."""
        return self.unit in ("us", "ms", "s", "min", "h")

    @property
    def ends(self) -> bool:
        """Whether stamps name the end of their month, quarter or year."""
        return self.unit in ("ME", "BME", "QE", "YE")


@cache
def step_parts(step: str) -> Step:
    """Take an offset alias apart.

    Raises:
        ValueError: not an alias that synthkit knows.

    >>> step_parts("30min").micros // 60_000_000, step_parts("QS-FEB").months
    (30, 3)
    """
    found = _STEP.fullmatch(step)
    if found is None or found[2] not in (*_FIXED, *_MONTHS, "B"):
        raise ValueError(step)
    return Step(int(found[1] or 1), found[2], found[3] or "")


@dataclass(frozen=True, slots=True)
class Grid:
    """Even steps in time, or none.

    Args:
        step: a pandas offset alias ("30min", "h", "D", "B", "W-SAT", "MS", "ME", "QS-FEB", "YS", ...); "count" for
            numbers without a calendar; "irregular" where stamps follow no calendar (series then carry theirs: numbers
            as they are, dates in seconds after `origin`).
        origin: the stamp of position 0, as ISO 8601 text (UTC where there is a zone) or as a number. Months, quarters
            and years keep its day and its clock.
        seasons: rows in a season, shortest first: (24, 168) for hours; () where none is known.
        zone: of stamps that carry one ("Europe/Berlin"), or of local time that skips and repeats an hour; "" for
            plain local time.
        reason: how all this was found.
        stride: numbers between positions of a "count" grid.

    >>> Grid("ME", "2024-01-31").stamps(0, 3).strftime("%d %b").tolist()
    ['31 Jan', '29 Feb', '31 Mar']
    >>> Grid("count", 1).stamps(2, 3).tolist()
    [3, 4, 5]
    """

    step: str
    origin: str | int | float
    seasons: tuple[int, ...] = ()
    zone: str = ""
    reason: str = "given"
    stride: int | float = 1

    @property
    def regular(self) -> bool:
        """Whether positions stand for even steps."""
        return self.step != IRREGULAR

    @property
    def dated(self) -> bool:
        """Whether stamps are dates and not numbers."""
        return isinstance(self.origin, str)

    def stamps(self, start: int, n: int) -> pd.DatetimeIndex | np.ndarray:
        """The stamps of positions `start` to `start + n - 1`: dates (with their zone), or numbers."""
        return self.at(np.arange(start, start + n, dtype=np.int64))

    def at(self, positions: np.ndarray) -> pd.DatetimeIndex | np.ndarray:
        """The stamps of any positions (on an irregular grid, of `Series.stamps`): dates with their zone, or numbers."""
        if not isinstance(self.origin, str):
            return positions if self.step == IRREGULAR else self.origin + self.stride * positions
        import pandas as pd

        if not self.zone:
            return pd.DatetimeIndex(self._dates(positions, self._origin))
        if self._local:
            found = pd.DatetimeIndex(self._dates(positions, self._on_clock(self._origin)))
            first = np.ones(len(found), bool)
            return found.tz_localize(self.zone, ambiguous=first, nonexistent="shift_forward")
        return pd.DatetimeIndex(self._dates(positions, self._origin)).tz_localize("UTC").tz_convert(self.zone)

    def positions(self, stamps: np.ndarray) -> np.ndarray:
        """The nearest position of each stamp (datetime64 in UTC where the grid has a zone, else numbers).

        On an irregular grid: what `Series.stamps` would hold.
        """
        if not isinstance(self.origin, str):
            if self.step == IRREGULAR:
                return np.asarray(stamps, float)
            return np.rint((stamps - self.origin) / self.stride).astype(np.int64)
        dates, origin = stamps.astype("datetime64[us]"), self._origin
        if self.step == IRREGULAR:
            seconds: np.ndarray = (dates - origin).astype(np.int64) / 1e6
            return seconds
        if self._local:
            dates, origin = self._on_clock(dates), self._on_clock(origin)
        return _positions(dates, origin, step_parts(self.step))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Grid:
        """Read what `to_dict` (or its JSON) wrote."""
        return cls(**{**values, "seasons": tuple(values["seasons"])})

    @property
    def _origin(self) -> Any:  # noqa: ANN401  # numpy's scalar
        return np.datetime64(str(self.origin).removesuffix("Z").removesuffix("+00:00"), "us")

    @property
    def _local(self) -> bool:
        """Whether steps are counted on the local clock: days and longer, in a zone where clocks change."""
        return bool(self.zone) and self.regular and not step_parts(self.step).clocked

    def _on_clock(self, dates: Any) -> Any:  # noqa: ANN401  # a scalar or an array
        import pandas as pd

        index = pd.DatetimeIndex(np.atleast_1d(dates)).tz_localize("UTC").tz_convert(self.zone).tz_localize(None)
        wall = index.to_numpy().astype("datetime64[us]")
        return wall if np.ndim(dates) else wall[0]

    def _dates(self, positions: np.ndarray, origin: Any) -> Dates:  # noqa: ANN401  # numpy's scalar
        if self.step == IRREGULAR:
            return np.asarray(origin + np.rint(positions * 1e6).astype("timedelta64[us]"))
        return _dates(positions.astype(np.int64), origin, step_parts(self.step))


def _dates(positions: Whole, origin: np.datetime64, step: Step) -> Dates:
    """Stamps by plain arithmetic: pandas walks its offsets one by one, which takes a second for a large panel."""
    if step.micros:
        return np.asarray(origin + (positions * step.micros).astype("timedelta64[us]"))
    day = origin.astype("datetime64[D]")
    clock = origin - day
    if step.unit == "B":
        return np.asarray(np.busday_offset(day, positions * step.times, roll="forward") + clock)
    month = origin.astype("datetime64[M]") + positions * step.months
    last = (month + 1).astype("datetime64[D]") - 1
    if step.unit == "BME":
        return np.asarray(np.busday_offset(last, 0, roll="backward") + clock)
    first = month.astype("datetime64[D]")
    if step.unit == "BMS":
        return np.asarray(np.busday_offset(first, 0, roll="forward") + clock)
    into = day - origin.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray((last if step.ends else np.minimum(first + into, last)) + clock)


def _positions(dates: Dates, origin: np.datetime64, step: Step) -> Whole:
    if step.micros:
        return ((dates - origin).astype(np.int64) + step.micros // 2) // step.micros
    if step.unit == "B":
        day = np.busday_offset(origin.astype("datetime64[D]"), 0, roll="forward")
        return np.busday_count(day, dates.astype("datetime64[D]")).astype(np.int64) // step.times
    months = (dates.astype("datetime64[M]") - origin.astype("datetime64[M]")).astype(np.int64)
    return np.asarray(months // step.months, np.int64)
