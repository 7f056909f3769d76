"""How long work tells how far it is. The library is silent; the command line draws a bar."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "part", "silent"]


class Progress(Protocol):
    """Called with the name of a stage and the share of it that is done, from 0 to 1, never falling within a stage.

    A network in training adds a `note`: how good it is so far, and how long it may still take.
    """

    def __call__(self, stage: str, done: float, note: str = "", /) -> None: ...


def silent(stage: str, done: float, note: str = "") -> None:
    """Say nothing."""


def part(progress: Progress, stage: str, start: float = 0.0, end: float = 1.0) -> Progress:
    """A progress whose own 0..1 fills `start`..`end` of `stage`, whatever stage name the worker uses.

    >>> half = part(lambda stage, done, note="": print(stage, done), "fit", 0.5, 1.0)
    >>> half("ignored", 0.5)
    fit 0.75
    """

    def inner(_: str, done: float, note: str = "") -> None:
        progress(stage, start + (end - start) * done, note)

    return inner
