"""The variance of a mean whose values go together by series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["clustered"]

ENOUGH = 10


def clustered(values: NDArray[np.float64], cluster: NDArray[np.int64], *, alone: float = 1.0) -> float:
    """The variance of the mean: clusters are drawn as a whole, where there are ten; else single values are.

    Args:
        values: (n,).
        cluster: (n,) which series, or path, each belongs to.
        alone: how many values tell as much as one, where single values count (windows overlap).

    >>> clustered(np.array([0.0, 1.0]), np.array([0, 1]))
    0.25
    """
    count = len(values)
    labels, place = np.unique(cluster, return_inverse=True)
    if len(labels) >= ENOUGH:
        sums = np.bincount(place, weights=values - values.mean())
        return float((sums**2).sum() / count**2 * len(labels) / (len(labels) - 1))
    return float(values.var(ddof=1) / count * alone) if count > 1 else 0.0
