"""Filling missing cells: which codes may not be drawn, the expected cell, and only the missing cells put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from synthkit.data.table import Table
from synthkit.encode.columns import Levels, Numbers, Strings
from synthkit.models.tabular._layout import Layout

__all__ = ["expected", "filled", "gaps"]


def gaps(layout: Layout) -> dict[int, int]:
    """Part of `Rows.codes` -> the code of a missing cell, where there is one that stands for nothing else."""
    found = {}
    for at, name in enumerate(layout.names):
        code, size = layout.encoder.codes[name], layout.sizes[at]
        missing = layout.bins[name].missing if isinstance(code, Numbers) else getattr(code, "missing", False)
        if missing and size > 1 and name not in layout.groups and not isinstance(code, Strings):
            found[at] = size - 1
    return found


def expected(
    layout: Layout, lacking: np.ndarray, law: Callable[[int, np.ndarray], np.ndarray]
) -> dict[str, np.ndarray]:
    """The arrays of the encoder with the expected number or the likeliest category in the cells that are lacking.

    Args:
        layout: of the rows.
        lacking: (n, s) which cells.
        law: part of the codes, (m,) row numbers -> (m, levels) shares.
    """
    arrays: dict[str, np.ndarray] = {}
    barred = gaps(layout)
    for at, name in enumerate(layout.names):
        code, rows = layout.encoder.codes[name], np.flatnonzero(lacking[:, at])
        arrays[name] = np.zeros(len(lacking), float if isinstance(code, Numbers) else np.int32)
        if isinstance(code, Numbers):
            arrays[name][:] = np.nan
        if not len(rows) or isinstance(code, Strings):
            continue
        shares = law(at, rows)
        if at in barred:
            shares[:, barred[at]] = 0.0
        if isinstance(code, Numbers):
            arrays[name][rows] = _mean(layout, name, shares)
        else:
            arrays[name][rows] = _likeliest(layout, name)[shares.argmax(1)]
    return arrays


def _mean(layout: Layout, name: str, shares: np.ndarray) -> np.ndarray:
    """(n,) expected numbers by shares of their stretches."""
    code, bins = layout.encoder.codes[name], layout.bins[name]
    if not bins.size or not isinstance(code, Numbers):
        return np.full(len(shares), np.nan)
    sums = np.add.reduceat(code.support * code.counts, np.searchsorted(bins.below, bins.ends[:-1]))
    inside = shares[:, : bins.size]
    mean: np.ndarray = inside @ (sums / np.diff(bins.ends)) / inside.sum(1).clip(min=1e-12)
    return mean


def _likeliest(layout: Layout, name: str) -> np.ndarray:
    """The code of the encoder that is likeliest for each level of the layout."""
    code = layout.encoder.codes[name]
    if name not in layout.groups:
        return np.arange(layout.sizes[layout.names.index(name)])
    groups = layout.groups[name]
    filled_ones = np.arange(len(groups.group)) < (len(code.levels) if isinstance(code, Levels) else 0)
    order = np.lexsort((-groups.shares, ~filled_ones, groups.group))
    return order[np.searchsorted(groups.group[order], np.arange(groups.size))]


def filled(table: Table, layout: Layout, arrays: Mapping[str, np.ndarray]) -> Table:
    """The table with its missing cells taken from encoded rows; what is missing there too takes the usual value."""
    frame, rng = table.frame.copy(), np.random.default_rng(0)
    for name, array in arrays.items():
        code, empty = layout.encoder.codes[name], frame[name].isna().to_numpy()
        if isinstance(code, Strings) or not empty.any():
            continue
        cells = code.decode(array, rng)
        if (left := empty & cells.isna().to_numpy()).any():
            usual = _usual(code)
            cells[left] = usual if usual is None else code.decode(np.array([usual]), rng)[0]
        frame[name] = frame[name].where(~empty, cells)
    return Table(frame, table.schema)


def _usual(code: object) -> float | int | None:
    if isinstance(code, Numbers) and len(code.support):
        return float(code.support[np.searchsorted(np.cumsum(code.counts), code.counts.sum() / 2)])
    return 0 if isinstance(code, Levels) and code.levels else None
