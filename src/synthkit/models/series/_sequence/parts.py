"""Arrays of several parts under one roof: a saved model is one flat list of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["State", "nested", "under"]

State = tuple[dict[str, Any], dict[str, np.ndarray]]
"""Plain values for JSON, and arrays."""


def nested(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays with a prefix before their names; `under` takes it away again."""
    return {f"{prefix}.{key}": array for key, array in arrays.items()}


def under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays whose names begin with a prefix, without it.

    >>> sorted(under("a", nested("a", {"x": np.zeros(1), "y": np.ones(1)}) | {"b.x": np.zeros(1)}))
    ['x', 'y']
    """
    head = f"{prefix}."
    return {key.removeprefix(head): array for key, array in arrays.items() if key.startswith(head)}
