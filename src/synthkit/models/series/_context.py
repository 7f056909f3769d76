"""What is known of every row, past and future: where it stands in the calendar, exogenous and static values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from synthkit.data.grid import Grid
from synthkit.data.panel import Panel

__all__ = ["Conditions"]

_MOST = 12  # levels of a static attribute that get a column of their own


@dataclass(frozen=True, slots=True)
class Conditions:
    """How conditions become numbers of an even size.

    Args:
        centres, spreads: of the exogenous columns, over the panel.
        numbers: static attributes that are numbers: name -> (mean, standard deviation).
        levels: other static attributes: name -> the most frequent values.
    """

    centres: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()
    numbers: Mapping[str, tuple[float, float]] | None = None
    levels: Mapping[str, tuple[str, ...]] | None = None

    @classmethod
    def learn(cls, panel: Panel) -> Self:
        """Measure the exogenous columns and count the static values."""
        e = len(panel.roles.exog)
        rows = np.vstack([s.exog for s in panel]) if len(panel) and e else np.zeros((1, e))
        spreads = rows.std(axis=0)
        numbers: dict[str, tuple[float, float]] = {}
        levels: dict[str, tuple[str, ...]] = {}
        for name in panel.roles.static:
            cells = [s.static[name] for s in panel if s.static.get(name) is not None]
            if cells and all(isinstance(c, int | float) for c in cells):
                sizes = np.array(cells, dtype=np.float64)
                numbers[name] = float(sizes.mean()), float(sizes.std()) or 1.0
            else:
                words = Counter(str(c) for c in cells)
                levels[name] = tuple(sorted(words, key=lambda w: (-words[w], w))[:_MOST])
        return cls(
            tuple(float(c) for c in rows.mean(axis=0)),
            tuple(float(s) if s > 1e-12 else 1.0 for s in spreads),
            numbers,
            levels,
        )

    def exog(self, values: np.ndarray | None, n: int = 0) -> np.ndarray:
        """(n, e) exogenous values of mean 0 and standard deviation 1; zeros where there are none."""
        if values is None:
            return np.zeros((n, len(self.centres)))
        return np.asarray((np.asarray(values, dtype=np.float64) - np.array(self.centres)) / np.array(self.spreads))

    def raw(self, exog: np.ndarray) -> np.ndarray:
        """Exogenous values as they were given."""
        return np.asarray(exog * np.array(self.spreads) + np.array(self.centres))

    def of(self, grid: Grid, start: int, n: int, exog: np.ndarray, static: Mapping[str, Any]) -> np.ndarray:
        """(n, c) cosine and sine of each season, standardised exogenous values, static values."""
        rows = np.arange(start, start + n)
        waves = [f(2 * np.pi * rows / m) for m in grid.seasons if m > 1 for f in (np.cos, np.sin)]
        fixed = self._static(static)
        return np.column_stack([*waves, exog, np.tile(fixed, (n, 1))])

    def _static(self, static: Mapping[str, Any]) -> np.ndarray:
        """Numbers in standard deviations (0 where missing), one column for each frequent level."""
        cells: list[float] = []
        for name, (mean, spread) in (self.numbers or {}).items():
            value = static.get(name)
            cells.append((float(value) - mean) / spread if value is not None else 0.0)
        for name, words in (self.levels or {}).items():
            cells.extend(float(str(static.get(name)) == word) for word in words)
        return np.array(cells)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` (or its JSON) wrote."""
        return cls(
            tuple(values["centres"]),
            tuple(values["spreads"]),
            {name: (pair[0], pair[1]) for name, pair in (values["numbers"] or {}).items()},
            {name: tuple(words) for name, words in (values["levels"] or {}).items()},
        )
