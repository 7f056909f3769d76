"""Where models are found: ours by module, other people's by the entry point group `synthkit.models`.

Nothing is imported until a model is asked for by name, so listing names is free.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from synthkit.errors import UnknownName
from synthkit.models import tabular
from synthkit.models.base import Synthesizer

__all__ = ["get", "names"]


@cache
def _found() -> Mapping[str, EntryPoint | str]:
    """Name -> where it is. A module of `models.tabular` is the model of that name, unless it begins with "_"."""
    ours: dict[str, EntryPoint | str] = {
        module.name: f"{tabular.__name__}.{module.name}"
        for module in pkgutil.iter_modules(tabular.__path__)
        if not module.name.startswith("_")
    }
    theirs = {point.name: point for point in entry_points(group="synthkit.models")}
    return theirs | ours


def names() -> tuple[str, ...]:
    """The names of all models, sorted.

    >>> "trees" in names()
    True
    """
    return tuple(sorted(_found()))


def get(name: str) -> type[Synthesizer]:
    """The model class of that name.

    Raises:
        UnknownName: no such model.
    """
    found = _found()
    if name not in found:
        raise UnknownName("model", name, names())
    where = found[name]
    if isinstance(where, EntryPoint):
        loaded: type[Synthesizer] = where.load()
        return loaded
    model: type[Synthesizer] = import_module(where).MODEL
    return model
