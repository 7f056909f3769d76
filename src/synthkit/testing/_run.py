"""How checks are named, run, and reported."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import TypeVar

from synthkit.errors import UnknownName

__all__ = ["Named", "named", "refused", "require", "run"]

Named = tuple[str, Callable[[], None]]
S = TypeVar("S")


def require(kept: object, message: str) -> None:
    """Raise AssertionError(message) unless `kept`; unlike `assert`, also under `python -O`."""
    if not kept:
        raise AssertionError(message)


def refused(call: Callable[[], object], error: type[Exception], what: str) -> None:
    """Require that `call` raises `error` and no other."""
    try:
        call()
    except error:
        return
    except Exception as other:
        raise AssertionError(f"{what} has to raise {error.__name__}, not {type(other).__name__}: {other}") from other
    raise AssertionError(f"{what} has to raise {error.__name__}, but nothing was raised")


def named(checks: Iterable[Callable[[S], None]], subject: S) -> tuple[Named, ...]:
    """Each check bound to its subject, under the name of its function."""
    return tuple((check.__name__, partial(_one, check, subject)) for check in checks)


def run(what: str, checks: Iterable[Named], skip: Collection[str]) -> None:
    """Run checks but those in `skip`, and report all that failed at once.

    Raises:
        UnknownName: a name in `skip` is not a check's.
        AssertionError: one line a failed check.
    """
    found = dict(checks)
    for name in skip:
        if name not in found:
            raise UnknownName("check", name, found)
    failed, first = [], None
    for name, check in found.items():
        if name in skip:
            continue
        try:
            check()
        except AssertionError as error:
            failed.append(str(error))
            first = first or error
    if failed:
        head = f"{what} fails {len(failed)} of {len(found) - len(skip)} checks"
        raise AssertionError("\n  ".join([head, *failed])) from first


def _one(check: Callable[[S], None], subject: S) -> None:
    promise = (check.__doc__ or "").strip().splitlines()[0]
    try:
        check(subject)
    except Exception as error:
        said = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        raise AssertionError(f"{check.__name__}: {said} (promised: {promise})") from error
