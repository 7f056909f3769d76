"""Keys and free text that coincide with those of rows held back.

A model never gives out a key or a text of the rows it learned from, but it cannot know those it never saw, and a short
key is easily met by chance. Whoever holds both looks, and has the model draw others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthkit.data.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from synthkit.models.base import Synthesizer

__all__ = ["renewed"]


def renewed(table: Table, model: Synthesizer, holdout: Table, *, rng: np.random.Generator) -> Table:
    """The same rows, with every key and text that stands in the holdout replaced by another one of the model's."""
    words = [c for c in table.schema if not c.is_modelled]
    clash = {c.name: _clash(table.frame[c.name], holdout.frame[c.name]) for c in words}
    clash = {name: rows for name, rows in clash.items() if len(rows)}
    if not clash:
        return table
    # Keys that count upwards come in the same order again, so as many more are drawn as may be refused.
    spare = model.sample(len(table) + max(map(len, clash.values())) + len(holdout), rng=rng).frame
    frame = table.frame.copy()
    for name, rows in clash.items():
        cells = frame[name].to_numpy(object).copy()
        taken = set(holdout.frame[name].dropna()) | set(frame[name].dropna())
        fresh = [word for word in spare[name].dropna().unique() if word not in taken]
        for at, row in enumerate(rows):
            word = fresh[at] if at < len(fresh) else str(cells[row])
            while word in taken:
                word += str(rng.integers(10))  # no other is to be had: one digit longer is the least departure
            taken.add(word)
            cells[row] = word
        frame[name] = cells
    return Table(frame, table.schema)


def _clash(made: pd.Series, held: pd.Series) -> np.ndarray:
    return np.flatnonzero(made.isin(held.dropna()) & made.notna())
