"""A panel as arrays, padded to its longest series, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synthkit.data.panel import Panel, Series
from synthkit.data.schema import RARE
from synthkit.encode.strings import StringLaw
from synthkit.models._forest import Given
from synthkit.models.series._sequence.parts import State, nested, under

__all__ = ["Layout", "Row", "Rows", "Words"]

Static = "Words | StringLaw | None"


@dataclass(frozen=True)
class Words:
    """Marks as codes 0..K-1; the last is "missing" where cells can be.

    A level that fewer than `RARE` entities hold is not given out: its cells are spread over the others by their shares.

    Args:
        levels: commonest first; text, numbers or truth values as the panel holds them.
        shares: of the entities.
        missing: whether the last code stands for a missing cell.
    """

    levels: tuple[Any, ...]
    shares: np.ndarray
    missing: bool

    @classmethod
    def learn(cls, cells: Sequence[Any], entities: np.ndarray, *, protect: bool) -> Words:
        """Learn from the cells of all rows and whose they are."""
        holders: dict[Any, set[int]] = {}
        for cell, entity in zip(cells, entities.tolist(), strict=True):
            if not _empty(cell):
                holders.setdefault(cell, set()).add(entity)
        ordered = sorted(holders, key=lambda level: (-len(holders[level]), str(level)))
        kept = [level for level in ordered if not protect or len(holders[level]) >= RARE] or ordered[:1]
        counts = np.array([len(holders[level]) for level in kept], float)
        empty = any(_empty(cell) for cell in cells) or not kept
        return cls(tuple(_plain(level) for level in kept), counts / max(counts.sum(), 1.0), empty)

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.levels) + self.missing

    def encode(self, cells: Sequence[Any], rng: np.random.Generator) -> np.ndarray:
        """int32 codes."""
        place = {level: at for at, level in enumerate(self.levels)}
        codes = np.array([len(self.levels) if _empty(c) else place.get(c, -1) for c in cells], np.int32)
        lost = np.flatnonzero((codes < 0) | (codes >= self.size))
        if len(lost):
            codes[lost] = rng.choice(len(self.levels), len(lost), p=self.shares)
        return codes

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(n,) objects, None where missing."""
        cells = np.empty(len(self.levels) + 1, object)
        cells[: len(self.levels)] = self.levels
        found: np.ndarray = cells[codes]
        return found

    def to_state(self) -> State:
        """Plain values and arrays."""
        return {"levels": list(self.levels), "missing": self.missing}, {"shares": self.shares}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Words:
        """Read what `to_state` gave."""
        return cls(tuple(plain["levels"]), arrays["shares"], plain["missing"])


@dataclass(frozen=True)
class Row:
    """One row of each of n series.

    Args:
        values: (n, k).
        marks: (n, m) codes.
        present: (n,) whether there is a row at all.
        gap: (n,) units of time since the row before; 0 for a first row, 1 on an even calendar.
    """

    values: np.ndarray
    marks: np.ndarray
    present: np.ndarray
    gap: np.ndarray

    def only(self, which: np.ndarray) -> Row:
        """Of some of the series."""
        return Row(self.values[which], self.marks[which], self.present[which], self.gap[which])


@dataclass(frozen=True)
class Rows:
    """All rows of n series, padded to T.

    Args:
        start: (n,) grid positions.
        length: (n,) rows.
        values: (n, T, k); NaN is missing.
        marks: (n, T, m) codes.
        present: (n, T).
        stamps: (n, T), on an irregular grid; the whole-number positions on an even one.
        static: column -> (n,) codes or numbers; not columns of text.
    """

    start: np.ndarray
    length: np.ndarray
    values: np.ndarray
    marks: np.ndarray
    present: np.ndarray
    stamps: np.ndarray
    static: Mapping[str, np.ndarray] = field(default_factory=dict)

    def at(self, t: int) -> Row:
        """The rows at place t of all series, also of those that have ended."""
        gap = self.stamps[:, t] - self.stamps[:, t - 1] if t else np.zeros(len(self.start))
        return Row(self.values[:, t], self.marks[:, t], self.present[:, t], gap)


@dataclass(frozen=True)
class Layout:
    """What the columns are.

    Args:
        marks: column -> its codes.
        static: column -> its codes; a law for text, whose words are made new; None for numbers.
    """

    marks: Mapping[str, Words]
    static: Mapping[str, Words | StringLaw | None]

    @classmethod
    def learn(cls, panel: Panel, rng: np.random.Generator) -> Layout:
        """Learn from all series."""
        series = panel.series
        whose = np.repeat(np.arange(len(series)), [len(s) for s in series])
        filled = np.concatenate([s.present for s in series])
        marks = {}
        for name in panel.roles.marks:
            cells = np.concatenate([s.marks[name] for s in series])[filled]
            protect = panel.schema[name].kind != "boolean"
            marks[name] = Words.learn(list(cells), whose[filled], protect=protect)
        static = {name: _static(panel, name, rng) for name in panel.roles.static}
        return cls(marks, static)

    def rows(self, panel: Panel, rng: np.random.Generator) -> Rows:
        """The arrays of a panel."""
        series, n = panel.series, len(panel.series)
        length = np.array([len(s) for s in series])
        most = int(length.max())
        values = np.full((n, most, len(panel.roles.values)), np.nan)
        marks = np.zeros((n, most, len(self.marks)), np.int32)
        present = np.zeros((n, most), bool)
        stamps = np.zeros((n, most))
        for at, s in enumerate(series):
            values[at, : len(s)] = np.where(s.present[:, None], s.values, np.nan)
            present[at, : len(s)] = s.present
            stamps[at, : len(s)] = s.start + np.arange(len(s)) if s.stamps is None else s.stamps
            for j, (name, words) in enumerate(self.marks.items()):
                codes = words.encode(list(s.marks[name][s.present]), rng)
                marks[at, np.flatnonzero(s.present), j] = codes
        static = {}
        for name, code in self.static.items():
            cells = [s.static[name] for s in series]
            if code is None:
                static[name] = np.array([np.nan if _empty(c) else float(c) for c in cells])
            elif isinstance(code, Words):
                static[name] = code.encode(cells, rng)
        return Rows(np.array([s.start for s in series]), length, values, marks, present, stamps, static)

    def given(self, name: str, column: np.ndarray) -> Given:
        """A static column as others see it."""
        code = self.static[name]
        return Given(column, code.size) if isinstance(code, Words) else Given(column, 0)

    def statics(self, columns: Mapping[str, np.ndarray], n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
        """The static values of `n` new entities; text is made new."""
        found: dict[str, Sequence[Any]] = {}
        for name, code in self.static.items():
            if isinstance(code, StringLaw):
                found[name] = code.sample(n, rng)
            elif code is None:
                found[name] = [float(v) if np.isfinite(v) else None for v in columns[name]]
            else:
                found[name] = list(code.decode(columns[name]))
        return [{name: found[name][at] for name in self.static} for at in range(n)]

    def series(self, rows: Rows, at: int, entity: str, *, irregular: bool) -> Series:
        """The series at one place of arrays, without its exogenous and static values."""
        n = int(rows.length[at])
        present = rows.present[at, :n]
        marks = {}
        for j, (name, words) in enumerate(self.marks.items()):
            marks[name] = words.decode(rows.marks[at, :n, j])
            marks[name][~present] = None
        return Series(
            entity=entity,
            start=int(rows.start[at]),
            values=np.where(present[:, None], rows.values[at, :n], np.nan),
            exog=np.zeros((n, 0)),
            present=present.copy(),
            marks=marks,
            stamps=rows.stamps[at, :n].copy() if irregular else None,
        )

    def to_state(self) -> State:
        """Plain values and arrays."""
        plain: dict[str, Any] = {"marks": {}, "static": {}}
        arrays: dict[str, np.ndarray] = {}
        for kind, columns in (("marks", self.marks), ("static", self.static)):
            for at, (name, code) in enumerate(columns.items()):
                values, parts = code.to_state() if code is not None else ({}, {})
                plain[kind][name] = {"kind": type(code).__name__, "values": values}
                arrays |= nested(f"{kind}{at}", parts)
        return plain, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Layout:
        """Read what `to_state` gave."""
        kinds: dict[str, Any] = {"Words": Words, "StringLaw": StringLaw}
        found: dict[str, dict[str, Any]] = {"marks": {}, "static": {}}
        for group, columns in found.items():
            for at, (name, code) in enumerate(plain[group].items()):
                kind = kinds.get(code["kind"])
                columns[name] = kind.from_state(code["values"], under(f"{group}{at}", arrays)) if kind else None
        return cls(found["marks"], found["static"])


def _static(panel: Panel, name: str, rng: np.random.Generator) -> Words | StringLaw | None:
    column = panel.schema[name]
    cells = [s.static[name] for s in panel.series]
    if column.kind in ("id", "text"):
        filled = [str(c) for c in cells if not _empty(c)]
        return StringLaw.learn(filled, unique=column.kind == "id", rng=rng)
    if not any(isinstance(c, str | bool) for c in cells):
        return None
    return Words.learn(cells, np.arange(len(cells)), protect=column.kind != "boolean")


def _empty(cell: Any) -> bool:  # noqa: ANN401
    return cell is None or (isinstance(cell, float | np.floating) and bool(np.isnan(cell)))


def _plain(level: Any) -> Any:  # noqa: ANN401
    """Numpy scalars as Python's own, for JSON."""
    return level.item() if isinstance(level, np.generic) else level
