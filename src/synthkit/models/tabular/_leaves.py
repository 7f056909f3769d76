"""How likely cells are in the leaves of sequential trees: the law that rows are drawn from, asked instead of drawn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from synthkit.data.table import Table
from synthkit.encode.columns import Levels, Numbers
from synthkit.models.tabular._layout import Bins, places_of
from synthkit.models.tabular._sequential import Sequential, given

__all__ = ["densities", "far", "learned", "never_missing"]


def learned(law: Sequential) -> int:
    """How many rows the trees saw."""
    return max((int(forest.stop[forest.roots[0]]) for _, forest in law.laws.values()), default=0)


def densities(law: Sequential, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, c) log densities of cells given the columns before them, in the measure of `Density`.

    The chance of a category is what it is drawn with. A number has the chance of its stretch, one of 24 of about as
    many rows (a value that one row in 48 holds is a stretch by itself), spread evenly over it; that a number is moved
    by a few ranks when it is given out is left out. The root of a tree gives what none of its rows holds a little.
    """
    found = np.zeros((len(next(iter(arrays.values()), ())), len(law.laws)))
    for at, (name, (before, forest)) in enumerate(law.laws.items()):
        code, donors, asked, weigh = law.encoder.codes[name], forest.donors, arrays[name], np.zeros(1)
        size = getattr(code, "size", 0)
        if isinstance(code, Numbers):
            bins = Bins.of(code)
            size, weigh = bins.size + 1, np.append(np.log(np.diff(bins.ends) / max(bins.ends[-1], 1)), 0.0)
            donors, asked = (bins.encode(places_of(code, values), None)[0] for values in (donors, asked))
        givens = [given(law.encoder, b, arrays[b]) for b in before]
        chance = forest.chances(givens, donors, asked, size)
        found[:, at] = np.log(chance) - (weigh[asked] if isinstance(code, Numbers) else 0.0)
    return found


def far(law: Sequential, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, c) nats by which the normal scores of numbers are less likely than their middle; 0 for points of mass."""
    from scipy.special import ndtri

    found = np.zeros((len(next(iter(arrays.values()), ())), len(law.laws)))
    for at, name in enumerate(law.laws):
        code = law.encoder.codes[name]
        if isinstance(code, Numbers) and len(code.support):
            bins, places = Bins.of(code), places_of(code, arrays[name])
            broad = np.append(bins.broad[: bins.size], False)[bins.encode(places, None)[0]]
            middle = (bins.below[:-1] + bins.below[1:]) / 2 / bins.below[-1]
            found[broad, at] = np.square(ndtri(middle[places[broad]])) / 2
    return found


def never_missing(law: Sequential, table: Table) -> np.ndarray:
    """(n, c) which cells are missing in columns that never were."""
    found = np.zeros((len(table), len(law.laws)), bool)
    for at, name in enumerate(law.laws):
        code = law.encoder.codes[name]
        if isinstance(code, Levels | Numbers) and not code.missing:
            found[:, at] = table.frame[name].isna().to_numpy(bool)
    return found
