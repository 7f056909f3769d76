"""What a series remembers of its rows so far, and what that says about the next one.

The same code runs over the fitted rows and over made ones, so a model is asked about nothing it did not learn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthkit.models._forest import Given
from synthkit.models.series._sequence.layout import Row
from synthkit.models.series._sequence.parts import State, nested, under
from synthkit.models.series._sequence.scores import Scores

__all__ = ["Memory", "Past"]

Past = dict[str, np.ndarray]
"""What n series remember, one row of each array a series."""

_LONGEST_SEASON = 62  # rows; longer seasons are told by a sine and a cosine alone
_HELD = 20  # rows that a mark counts as held, and a line as straight, at most


@dataclass(frozen=True)
class Memory:
    """Keeps the last two values, the mean so far and the first value of each channel, and the like of marks.

    Args:
        channels: names of the modelled numbers.
        scores: of each.
        marks: names and sizes.
        seasons: rows in a season, on an even calendar.
        irregular: whether gaps between rows differ.
        centre, scale: of the time since the first row.
        bounds: static columns that no stamp exceeds (the end of a follow-up).
        calendar: (positions, e) exogenous values all entities share, from position `begin` on.
        begin: position of the first of them.
        holes: whether channels are ever missing.
        lines: how far from the straight line through the last two rows the next one may lie to be on it, of channels
            that often are (they were interpolated); 0 for the others.
    """

    channels: tuple[str, ...]
    scores: tuple[Scores, ...]
    marks: tuple[tuple[str, int], ...]
    seasons: tuple[int, ...]
    irregular: bool
    centre: float
    scale: float
    bounds: tuple[str, ...]
    calendar: np.ndarray
    begin: int
    holes: tuple[bool, ...]
    lines: tuple[float, ...]

    def encode(self, values: np.ndarray) -> np.ndarray:
        """(n, k) scores of values."""
        return np.column_stack([s.encode(values[:, c]) for c, s in enumerate(self.scores)] or [values])

    def started(self, row: Row, stamp: np.ndarray) -> Past:
        """After the first row, at a stamp (irregular) or a grid position."""
        scores = self.encode(row.values)
        n, m = row.marks.shape
        zero = np.zeros(n)
        return {
            "t": zero + 1, "stamp": stamp.astype(float), "first stamp": stamp.astype(float), "gap": zero,
            "present": row.present, "value": row.values.copy(), "value2": np.full_like(row.values, np.nan),
            "score": scores, "score2": np.full_like(scores, np.nan), "first": scores.copy(),
            "sum": np.nan_to_num(scores), "count": np.isfinite(scores).astype(float), "gone": ~np.isfinite(scores),
            "mark": row.marks.copy(), "mark2": row.marks.copy(), "first mark": row.marks.copy(),
            "held": np.ones((n, m)), "moves": np.zeros((n, m)), "straight": np.zeros(row.values.shape),
        }  # fmt: skip

    def after(self, past: Past, row: Row) -> Past:
        """With one more row."""
        scores = self.encode(row.values)
        seen = np.isfinite(scores)
        there = row.present[:, None]
        same = row.marks == past["mark"]
        return {
            "t": past["t"] + 1,
            "stamp": past["stamp"] + row.gap,
            "first stamp": past["first stamp"],
            "gap": row.gap,
            "present": row.present,
            "value": np.where(np.isfinite(row.values), row.values, past["value"]),
            "value2": np.where(np.isfinite(row.values), past["value"], past["value2"]),
            "score": np.where(seen, scores, past["score"]),
            "score2": np.where(seen, past["score"], past["score2"]),
            "first": np.where(np.isnan(past["first"]), scores, past["first"]),
            "sum": past["sum"] + np.nan_to_num(scores),
            "count": past["count"] + seen,
            "gone": ~seen,
            "mark": np.where(there, row.marks, past["mark"]),
            "mark2": np.where(there, past["mark"], past["mark2"]),
            "first mark": past["first mark"],
            "held": np.where(there, np.where(same, np.minimum(past["held"] + 1, _HELD), 1), past["held"]),
            "moves": past["moves"] + (there & ~same),
            "straight": np.where(self._on_line(past, row.values), past["straight"] + 1, 0),
        }

    def ahead(self, past: Past, channel: int) -> np.ndarray | None:
        """Where the straight line through the last two values goes, in a channel that often follows it."""
        if not self.lines[channel]:
            return None
        found: np.ndarray = 2 * past["value"][:, channel] - past["value2"][:, channel]
        return found

    def _on_line(self, past: Past, values: np.ndarray) -> np.ndarray:
        """(n, k) whether values are on it, in such channels."""
        on = np.zeros(values.shape, bool)
        for c, near in enumerate(self.lines):
            if (ahead := self.ahead(past, c)) is not None:
                on[:, c] = np.abs(values[:, c] - ahead) <= near
        return on

    def givens(self, past: Past, static: Mapping[str, Given]) -> dict[str, Given]:
        """What is known about the next row, before its gap is."""
        found = {f"static:{name}": given for name, given in static.items()}
        found["t"] = _number(past["t"])
        found["place"] = _number(past["stamp"])
        if self.irregular:
            found["since"] = _number(past["stamp"] - past["first stamp"])
            found["gap before"] = _number(np.log1p(past["gap"]))
        for name in self.bounds:
            found[f"until:{name}"] = _number(static[name].codes - past["stamp"])
        found |= self._seasons(past["stamp"] + 1)
        mean = past["sum"] / np.maximum(past["count"], 1)
        for c, name in enumerate(self.channels):
            found[f"lag1:{name}"] = _number(past["score"][:, c])
            found[f"lag2:{name}"] = _number(
                np.where(past["count"][:, c] > 1, past["score2"][:, c], past["score"][:, c])
            )
            found[f"first:{name}"] = _number(past["first"][:, c])
            found[f"mean:{name}"] = _number(mean[:, c])
            if self.lines[c]:
                found[f"straight:{name}"] = _number(np.minimum(past["straight"][:, c], _HELD))
            if self.holes[c]:
                found[f"gone:{name}"] = Given(past["gone"][:, c].astype(np.int32), 2)
        for j, (name, size) in enumerate(self.marks):
            found[f"lag1 mark:{name}"] = Given(past["mark"][:, j], size)
            found[f"lag2 mark:{name}"] = Given(past["mark2"][:, j], size)
            found[f"first mark:{name}"] = Given(past["first mark"][:, j], size)
            found[f"held:{name}"] = _number(past["held"][:, j])
            found[f"moves:{name}"] = _number(past["moves"][:, j] / past["t"])
        return found

    def basis(self, past: Past) -> np.ndarray:
        """(n, 2) columns of an entity's effects at the next row: its level, and its slope over time."""
        since = past["stamp"] - past["first stamp"]
        return np.column_stack([np.ones(len(since)), (since - self.centre) / self.scale])

    def _seasons(self, position: np.ndarray) -> dict[str, Given]:
        found = {}
        for season in self.seasons:
            turn = 2 * np.pi * position / season
            found[f"sine {season}"], found[f"cosine {season}"] = _number(np.sin(turn)), _number(np.cos(turn))
            if season <= _LONGEST_SEASON:
                found[f"season {season}"] = Given((position % season).astype(np.int32), season)
        if self.calendar.shape[1]:
            rows = np.clip(position.astype(int) - self.begin, 0, len(self.calendar) - 1)
            found |= {f"exog {j}": _number(self.calendar[rows, j]) for j in range(self.calendar.shape[1])}
        return found

    def to_state(self) -> State:
        """Plain values and arrays."""
        plain: dict[str, Any] = {
            key: getattr(self, key)
            for key in ("channels", "seasons", "irregular", "centre", "scale", "bounds", "begin")
        }
        plain |= {
            "holes": list(self.holes),
            "lines": list(self.lines),
            "marks": [list(pair) for pair in self.marks],
            "scores": [],
        }
        arrays = {"calendar": self.calendar}
        for c, scores in enumerate(self.scores):
            values, parts = scores.to_state()
            plain["scores"].append(values)
            arrays |= nested(f"scores{c}", parts)
        return plain, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Memory:
        """Read what `to_state` gave."""
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        scores = [Scores.from_state(s, under(f"scores{c}", arrays)) for c, s in enumerate(plain["scores"])]
        marks = tuple((name, size) for name, size in plain["marks"])
        return cls(**values | {"scores": tuple(scores), "marks": marks, "calendar": arrays["calendar"]})


def _number(values: np.ndarray) -> Given:
    return Given(values, 0)
