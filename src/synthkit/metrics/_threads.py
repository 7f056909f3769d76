"""Independent pieces of work side by side."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["each"]

A = TypeVar("A")
B = TypeVar("B")


def each(work: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """`work` of each item, in the order of the items, by as many threads as there are processors.

    For work that lets go of the interpreter lock (numpy, scipy, LightGBM) and does not depend on the thread.

    >>> each(abs, [-2, 1])
    [2, 1]
    """
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(work, items))
