"""The law of each column over all rows, and rows chosen to follow it more closely than by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BINS", "Margin", "balanced", "cuts_of", "error"]

BINS: Final = 40
"""Of a number, by quantiles of the rows drawn."""

_LEAST: Final = 5.0  # rows that a cell is expected to hold; thinner ones are put together
_ROUNDS: Final = 200
_LOOK: Final = 20_000  # rows on either side that a round looks at


@dataclass(frozen=True)
class Margin:
    """One column cut into cells.

    Args:
        name: of the column.
        cells: (n,) the cell of each row drawn.
        counts: rows of the whole table in each cell.
    """

    name: str
    cells: npt.NDArray[np.int64]
    counts: npt.NDArray[np.float64]

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """Of all rows, in each cell."""
        return self.counts / max(float(self.counts.sum()), 1.0)

    def coarse(self, rows: int) -> Margin:
        """The same with cells put together of which so few rows would hold next to nothing."""
        thin = self.shares * rows < _LEAST
        place = np.where(thin, 0, np.cumsum(~thin))
        return Margin(self.name, place[self.cells], np.bincount(place, self.counts).astype(float))


def cuts_of(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where the numbers of a column are cut: between the quantiles of those drawn."""
    held = values[np.isfinite(values)]
    if not len(held):
        return np.zeros(0)
    return np.unique(np.quantile(held, np.linspace(0, 1, BINS + 1)[1:-1], method="nearest"))


def error(margins: Sequence[Margin], rows: npt.NDArray[np.int64]) -> float:
    """The mean over columns of the total variation distance between the rows at these places and all rows."""
    if not margins or not len(rows):
        return 0.0
    return float(np.mean([np.abs(_gap(m, rows)).sum() / 2 for m in margins]) / len(rows))


def _gap(margin: Margin, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Rows too many in each cell."""
    held = np.bincount(margin.cells[rows], minlength=len(margin.counts))
    return np.asarray(held - margin.shares * len(rows))


def balanced(
    margins: Sequence[Margin], start: npt.NDArray[np.int64], rest: npt.NDArray[np.int64], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """As many rows as `start`, none twice, whose margins are those of the whole table as nearly as rows allow.

    Some rows are exchanged: those in cells that hold too many for those in cells that hold too few, until that no
    longer helps. Few have to be (the margins of a uniform sample are wrong by chance alone), so whatever else they hold
    stays as it was. A balanced sample (Deville and Tillé 2004) by exchange, as microdata are fitted to margins in
    combinatorial optimisation (Voas and Williamson 2000).

    Args:
        margins: of the columns.
        start: places of a uniform sample.
        rest: places of other rows, uniform too.
        rng: which rows a round looks at.
    """
    chosen, other = start.copy(), rest.copy()
    fine = [m for m in (m.coarse(len(start)) for m in margins) if len(m.counts) > 1]
    if not fine or not len(other):
        return np.sort(chosen)
    gaps = [_gap(m, chosen) for m in fine]
    scales = [1 / np.maximum(m.shares * len(chosen), _LEAST) for m in fine]
    step, loss = min(len(chosen), len(other), _LOOK) // 20, _loss(gaps, scales)
    for _ in range(_ROUNDS):
        if step < 1:
            break
        out = rng.choice(len(chosen), min(len(chosen), _LOOK), replace=False)
        into = rng.choice(len(other), min(len(other), _LOOK), replace=False)
        away = out[np.argsort(-_surplus(fine, gaps, scales, chosen[out]), kind="stable")[:step]]
        come = into[np.argsort(_surplus(fine, gaps, scales, other[into]), kind="stable")[:step]]
        moved = [gap + _moved(m, chosen[away], other[come]) for m, gap in zip(fine, gaps, strict=True)]
        if (now := _loss(moved, scales)) < loss:
            gaps, loss = moved, now
            chosen[away], other[come] = other[come], chosen[away]
        else:
            step //= 2
    return np.sort(chosen)


def _surplus(
    margins: Sequence[Margin], gaps: Sequence[Any], scales: Sequence[Any], rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """How much each row adds to cells that hold too many."""
    found = np.zeros(len(rows))
    for margin, gap, scale in zip(margins, gaps, scales, strict=True):
        found += (gap * scale)[margin.cells[rows]]
    return found


def _moved(margin: Margin, away: npt.NDArray[np.int64], come: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    size = len(margin.counts)
    return np.bincount(margin.cells[come], minlength=size) - np.bincount(margin.cells[away], minlength=size)


def _loss(gaps: Sequence[Any], scales: Sequence[Any]) -> float:
    return float(sum((gap**2 * scale).sum() for gap, scale in zip(gaps, scales, strict=True)))
