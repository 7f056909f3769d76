"""Every error synthkit raises on purpose, and what each one means.

::

    SynthkitError
    ├── InputError          the data cannot be used as they are
    │   ├── ReadError       a file is missing, empty, ragged, or not in the encoding it should be
    │   └── SchemaError     the data contradict the schema, or a column cannot be typed
    ├── ConfigError         an option, a pipeline file or a name is wrong
    │   └── UnknownName     a column, model, metric or data set that does not exist (did you mean ...)
    ├── NotFitted           `sample` or `save` before `fit`
    ├── ArtifactError       a saved model is damaged, altered or from a newer version
    ├── OutputError         a result cannot be written where it was asked for
    ├── BudgetSpent         a privacy budget does not allow another release
    ├── GateClosed          a decision or a release does not pass its gate
    └── MissingExtra        an optional package is not installed

A message says what is wrong and where (the column, the position of the first row, how many rows); the hint says what to
do. No message ever quotes a cell of the data: it may be somebody's.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = [
    "ArtifactError",
    "BudgetSpent",
    "ConfigError",
    "GateClosed",
    "InputError",
    "MissingExtra",
    "NotFitted",
    "OutputError",
    "ReadError",
    "SchemaError",
    "SynthkitError",
    "UnknownName",
]


class SynthkitError(Exception):
    """Base of all errors raised on purpose.

    Args:
        message: what is wrong, and where.
        hint: what the reader can do about it.

    >>> print(SynthkitError("column 'age' is empty", hint="drop it with --drop age"))
    column 'age' is empty
      hint: drop it with --drop age
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it says: an error of another process arrives as the error it is."""
        return _again, (type(self), self.message, self.hint)


def _again(kind: type[SynthkitError], message: str, hint: str) -> SynthkitError:
    """An error of that kind, whatever its own arguments were."""
    error = kind.__new__(kind)
    SynthkitError.__init__(error, message, hint=hint)
    return error


class InputError(SynthkitError):
    """The data cannot be used as they are."""


class ReadError(InputError):
    """A file is missing, empty, ragged, or not in the encoding it should be."""


class SchemaError(InputError):
    """The data contradict the schema, or a column cannot be typed."""


class ConfigError(SynthkitError):
    """An option, a pipeline file or a value is wrong."""


class UnknownName(ConfigError):
    """A name that does not exist, with the nearest names that do.

    >>> raise UnknownName("column", "Staus", ["Status", "Age"])
    Traceback (most recent call last):
        ...
    synthkit.errors.UnknownName: there is no column 'Staus'
      hint: did you mean 'Status'?
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        known = [str(k) for k in known]
        folded = {k.casefold(): k for k in reversed(known)}
        near = [folded[m] for m in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
        if near:
            hint = "did you mean " + " or ".join(repr(n) for n in near) + "?"
        else:
            shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
            hint = f"known: {shown}" if known else ""
        super().__init__(f"there is no {what} {name!r}", hint=hint)


class NotFitted(SynthkitError):
    """A model was asked for rows, or to be saved, before it was fitted."""

    def __init__(self, model: str) -> None:
        super().__init__(f"model '{model}' is not fitted", hint="call fit(table, rng=...) first")


class ArtifactError(SynthkitError):
    """A saved model is damaged, altered, or was written by a newer synthkit."""


class OutputError(SynthkitError):
    """A result cannot be written where it was asked for."""


class BudgetSpent(SynthkitError):
    """A privacy budget does not allow another release."""


class GateClosed(SynthkitError):
    """A decision or a release does not pass its gate."""


class MissingExtra(SynthkitError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"'{package}' is not installed", hint=f'pip install "synthkit[{extra}]"')
