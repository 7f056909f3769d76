"""The arrays of thousands of series as a few: one file of a zip for each of them would take longer than the fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["apart", "apart_before", "packed"]


def packed(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """All arrays of one name, type and number of axes end to end, with whose each is and its shape.

    >>> both = packed([{"a": np.zeros(2)}, {"a": np.ones((1, 2)), "b": np.arange(3)}])
    >>> sorted(both)[:3]
    ['a:<f8:1/cells', 'a:<f8:1/owners', 'a:<f8:1/shapes']
    >>> [sorted(part) for part in apart(both, 2)]
    [['a'], ['a', 'b']]
    """
    groups: dict[str, list[tuple[int, np.ndarray]]] = {}
    for owner, part in enumerate(parts):
        for name, array in part.items():
            groups.setdefault(f"{name}:{array.dtype.str}:{array.ndim}", []).append((owner, array))
    found: dict[str, np.ndarray] = {}
    for name, members in groups.items():
        found[f"{name}/cells"] = np.concatenate([array.ravel() for _, array in members])
        found[f"{name}/owners"] = np.array([owner for owner, _ in members], dtype=np.int64)
        found[f"{name}/shapes"] = np.array([array.shape for _, array in members], dtype=np.int64)
    return found


def apart(arrays: Mapping[str, np.ndarray], parts: int) -> list[dict[str, np.ndarray]]:
    """What `packed` joined, for so many parts."""
    found: list[dict[str, np.ndarray]] = [{} for _ in range(parts)]
    for key in [name for name in arrays if name.endswith("/cells")]:
        group = key.removesuffix("/cells")
        name = group.rsplit(":", 2)[0]
        shapes = arrays[f"{group}/shapes"]
        ends = np.cumsum(shapes.prod(axis=1))
        cells = np.split(arrays[key], ends[:-1])
        for owner, shape, own in zip(arrays[f"{group}/owners"].tolist(), shapes.tolist(), cells, strict=True):
            found[owner][name] = own.reshape(shape)
    return found


def apart_before(arrays: Mapping[str, np.ndarray], prefix: str, parts: int) -> list[dict[str, np.ndarray]]:
    """The same of arrays as models up to November 2026 were saved: the part stands in each name.

    >>> [sorted(part) for part in apart_before({"series0/a": np.zeros(1), "series1/b/c": np.zeros(1)}, "series", 2)]
    [['a'], ['b/c']]
    """
    found: list[dict[str, np.ndarray]] = [{} for _ in range(parts)]
    for name, array in arrays.items():
        owner, _, own = name.removeprefix(prefix).partition("/")
        if name.startswith(prefix) and owner.isdecimal() and int(owner) < parts:
            found[int(owner)][own] = array
    return found
