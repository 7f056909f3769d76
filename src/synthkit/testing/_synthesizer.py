"""All checks of a model, in one list."""

from __future__ import annotations

from collections.abc import Callable, Collection

from synthkit.models.base import Conditional, Density, Imputer, Synthesizer
from synthkit.testing import _abilities, _company, _conduct, _odd, _saved, _values, _where
from synthkit.testing._bench import Bench
from synthkit.testing._run import Named, named, run

__all__ = ["SLOW", "check_synthesizer", "synthesizer_checks"]

_ALL = (*_conduct.CHECKS, *_company.CHECKS, *_saved.CHECKS, *_values.CHECKS, *_odd.CHECKS)

SLOW = frozenset({"a_thousand_columns"})
"""Checks that take more than a few seconds; left out unless asked for."""


def synthesizer_checks(model_class: Callable[[], Synthesizer], *, slow: bool = False) -> tuple[Named, ...]:
    """The checks of a model as (name, callable) pairs, for `pytest.mark.parametrize`.

    Args:
        model_class: a class that can be made without arguments. Checks are added of the abilities that it has:
            `Conditional`, `Imputer`, `Density`, `Detector`.
        slow: whether to add those in `SLOW`.

    >>> from synthkit.models.tabular.marginals import Marginals
    >>> checks = dict(synthesizer_checks(Marginals))
    >>> checks["same_seed_same_rows"]()
    """
    model = model_class()
    more = [
        *(_where.CHECKS if isinstance(model, Conditional) else ()),
        *(_abilities.FILLINGS if isinstance(model, Imputer) else ()),
        *(_abilities.DENSITIES if isinstance(model, Density) else ()),
        *(_abilities.ODDITIES if hasattr(type(model), "surprise") else ()),
    ]
    found = named((*_ALL, *more), Bench(model_class))
    return tuple((name, check) for name, check in found if slow or name not in SLOW)


def check_synthesizer(
    model_class: Callable[[], Synthesizer], *, skip: Collection[str] = (), slow: bool = False
) -> None:
    """Check that a model keeps every promise of `synthkit.models.base.Synthesizer`.

    Args:
        model_class: a class that can be made without arguments.
        skip: names of checks to leave out; say why beside it.
        slow: whether to run those in `SLOW` too.

    Raises:
        AssertionError: one line for each check that failed, with its name and what was promised.
        UnknownName: a name in `skip` is not a check's.
    """
    name = getattr(model_class, "name", model_class)
    run(f"model '{name}'", synthesizer_checks(model_class, slow=slow), skip)
