"""One seed, many independent streams, no global state.

A run has one integer seed. Every use of chance asks for its own stream by name, so that adding a step never changes the
numbers another step draws, and a stream can be made again in another process from (seed, name) alone.
"""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["seed_of", "stream"]


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The generator that belongs to `seed` and a path of names.

    >>> stream(7, "sample").random() == stream(7, "sample").random()
    True
    >>> stream(7, "sample").random() == stream(7, "split").random()
    False
    """
    path = [n if isinstance(n, int) else zlib.crc32(n.encode()) for n in names]
    return np.random.default_rng([seed, *path])


def seed_of(rng: np.random.Generator) -> int:
    """A 31-bit seed drawn from `rng`, for libraries that only take an integer."""
    return int(rng.integers(0, 2**31 - 1))
