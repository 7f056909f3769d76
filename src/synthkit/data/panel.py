"""A panel is one or many series on one calendar: what the rows of a table with a time column mean.

    Table --(data.series.to_panel)--> Panel --> models, metrics --> Panel --(Panel.table)--> Table

A series holds everything its rows held, so a panel alone is enough to write the rows again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

    from synthkit.data.grid import Grid
    from synthkit.data.schema import Schema
    from synthkit.data.table import Table

__all__ = ["PATH", "Panel", "Roles", "Series"]

PATH: Final = "path"
"""The column that numbers the paths of an entity, where there are several."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What the columns of a table of series are for.

    Args:
        time: the column that says when, or the columns that say it together (year, quarter), or none at all: the rows
            then follow each other at even steps.
        entity: the column that says whose row it is; None for a lone series.
        values: columns of numbers that change over time and are to be modelled.
        marks: columns that change over time and are no plain numbers (categories, yes and no, codes).
        exog: columns of numbers known in advance (holidays, prices set by hand, forecasts of the weather): models may
            lean on them, and never make them up.
        static: columns that stay the same for all rows of an entity.
    """

    time: tuple[str, ...]
    entity: str | None
    values: tuple[str, ...]
    marks: tuple[str, ...] = ()
    exog: tuple[str, ...] = ()
    static: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The rows of one entity, in order.

    Args:
        entity: its label; "" for a lone series.
        start: the grid position of the first row.
        values: (T, k) float64, one column for each of `Roles.values`; NaN is missing.
        exog: (T, e) float64, one column for each of `Roles.exog`; no NaN.
        present: (T,) bool; False where the data had no row for this position, and a gap is to be kept.
        marks: column -> (T,) objects, None where missing, one entry for each of `Roles.marks`.
        static: column -> the one value the entity has (float, str or None), one entry for each of `Roles.static`.
        stamps: (T,) float64 rising, on an irregular grid only: when each row was, in the grid's units.
        path: 0, 1, ... where a model made several paths of the same entity.
    """

    entity: str
    start: int
    values: np.ndarray
    exog: np.ndarray
    present: np.ndarray
    marks: Mapping[str, np.ndarray] = field(default_factory=dict)
    static: Mapping[str, Any] = field(default_factory=dict)
    stamps: np.ndarray | None = None
    path: int = 0

    def __len__(self) -> int:
        return len(self.values)

    @property
    def stop(self) -> int:
        """The grid position after the last row."""
        return self.start + len(self)

    def cut(self, begin: int, end: int | None = None) -> Series:
        """Rows `begin` to `end` (counted from the first row, as slices are)."""
        begin, end, _ = slice(begin, end).indices(len(self))
        part = slice(begin, end)
        return replace(
            self,
            start=self.start + begin,
            values=self.values[part],
            exog=self.exog[part],
            present=self.present[part],
            marks={name: cells[part] for name, cells in self.marks.items()},
            stamps=None if self.stamps is None else self.stamps[part],
        )


@dataclass(frozen=True, slots=True)
class Panel:
    """Series that share a calendar and columns.

    Args:
        series: in order of entity, then path.
        grid: the calendar.
        roles: what the columns are for.
        schema: of the rows, in the order of the file.
    """

    series: tuple[Series, ...]
    grid: Grid
    roles: Roles
    schema: Schema

    def __len__(self) -> int:
        return len(self.series)

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series)

    @property
    def entities(self) -> tuple[str, ...]:
        """The labels, each once, in order."""
        return tuple(dict.fromkeys(s.entity for s in self.series))

    @property
    def points(self) -> int:
        """Rows over all series (gaps count)."""
        return sum(len(s) for s in self.series)

    @property
    def table(self) -> Table:
        """The rows: as they were read, or as they would be written. Several paths add a column "path"."""
        from synthkit.data.rows import to_table

        return to_table(self)

    def of(self, series: Iterator[Series] | list[Series] | tuple[Series, ...]) -> Panel:
        """Other series with the same calendar and columns."""
        return replace(self, series=tuple(series))

    def only(self, entities: set[str] | frozenset[str]) -> Panel:
        """The series of some entities."""
        return self.of([s for s in self.series if s.entity in entities])

    def until(self, rows: int) -> Panel:
        """Each series less its last `rows` rows; series that would be empty are left out."""
        return self.of([s.cut(0, len(s) - rows) for s in self.series if len(s) > rows])

    def last(self, rows: int) -> Panel:
        """The last `rows` rows of each series that has more than that (the other side of `until`)."""
        return self.of([s.cut(len(s) - rows) for s in self.series if len(s) > rows])
