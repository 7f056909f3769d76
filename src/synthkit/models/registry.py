"""Where models are found: ours by module, other people's by an entry point of the group of their kind.

The groups are `synthkit.models` (of tables), `synthkit.series`, and `synthkit.private` (differentially private).

Nothing is imported until a model is asked for by name, so listing names is free.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from synthkit.errors import ArtifactError, UnknownName
from synthkit.models import artifact, series, tabular
from synthkit.models import private as private_
from synthkit.models.base import Private, Simulator, Synthesizer
from synthkit.models.card import Card

__all__ = ["card", "get", "names", "opened", "private", "private_names", "series_names", "simulator"]


@cache
def _found(home: ModuleType, group: str) -> Mapping[str, EntryPoint | str]:
    """Name -> where it is. A module of `home` is the model of that name, unless it begins with "_"."""
    ours: dict[str, EntryPoint | str] = {
        module.name: f"{home.__name__}.{module.name}"
        for module in pkgutil.iter_modules(home.__path__)
        if not module.name.startswith("_")
    }
    theirs = {point.name: point for point in entry_points(group=group)}
    return theirs | ours


def _of_tables() -> Mapping[str, EntryPoint | str]:
    return _found(tabular, "synthkit.models")


def _of_series() -> Mapping[str, EntryPoint | str]:
    return _found(series, "synthkit.series")


def _of_private() -> Mapping[str, EntryPoint | str]:
    return _found(private_, "synthkit.private")


def names() -> tuple[str, ...]:
    """The names of all models of tables, sorted.

    >>> "trees" in names()
    True
    """
    return tuple(sorted(_of_tables()))


def series_names() -> tuple[str, ...]:
    """The names of all models of series, sorted."""
    return tuple(sorted(_of_series()))


def private_names() -> tuple[str, ...]:
    """The names of all models of tables that are differentially private, sorted.

    >>> private_names()
    ('aim', 'dpvae', 'mst')
    """
    return tuple(sorted(_of_private()))


def get(name: str) -> type[Synthesizer]:
    """The model of tables of that name.

    Raises:
        UnknownName: no such model.
    """
    model: type[Synthesizer] = _loaded(name, _of_tables())
    return model


def simulator(name: str) -> type[Simulator]:
    """The model of series of that name.

    Raises:
        UnknownName: no such model.
    """
    model: type[Simulator] = _loaded(name, _of_series())
    return model


def private(name: str) -> type[Private]:
    """The differentially private model of that name.

    Raises:
        UnknownName: no such model.
    """
    model: type[Private] = _loaded(name, _of_private())
    return model


def card(name: str) -> Card:
    """The card of a model of any kind.

    Raises:
        UnknownName: no such model.
    """
    if name in _of_private():
        return private(name).card
    return simulator(name).card if name in _of_series() else get(name).card


def opened(folder: Path) -> Any:  # noqa: ANN401 - a model of any of the three protocols
    """The model saved in a folder, of whatever kind it is.

    Nothing in the folder is trusted: parts that are not what `save` writes are refused, and none of them is run.

    Raises:
        ArtifactError: no model there, an altered one, one of a newer synthkit, or one that no model here wrote.
        UnknownName: a model that is not installed here.
    """
    name = artifact.name_of(folder)
    known = _of_private() if name in _of_private() else _of_series() if name in _of_series() else _of_tables()
    kind = _loaded(name, known)
    try:
        return kind.load(folder)
    except ArtifactError:
        raise
    except Exception as error:  # whatever a state that is not this model's can break
        raise ArtifactError(
            f"the model in {str(folder)!r} is not as '{name}' saves it ({type(error).__name__})",
            hint="fit the model again, or load it with the synthkit that wrote it",
        ) from error


def _loaded(name: str, found: Mapping[str, EntryPoint | str]) -> Any:  # noqa: ANN401 - a class of either protocol
    if name not in found:
        raise UnknownName("model", name, tuple(sorted(found)))
    where = found[name]
    # Not asked of EntryPoint: where the backport importlib_metadata is loaded, entry points are of its class.
    return import_module(where).MODEL if isinstance(where, str) else where.load()
