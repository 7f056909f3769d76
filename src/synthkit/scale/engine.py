"""What does the work: a protocol of one verb, and the door to those there are."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar, Final, Protocol, TypeVar

from synthkit.errors import ConfigError, UnknownName

__all__ = ["ENGINES", "Engine", "cores", "done", "in_flight", "knock", "opened", "unasked", "unreachable"]

T = TypeVar("T")
R = TypeVar("R")

ENGINES: Final = {"local": "", "dask": "distributed", "ray": "ray"}
"""Name -> the package it needs."""


class Engine(AbstractContextManager[Any], Protocol):
    """Does the same job to many items, each in any process of its own or anybody's.

    What a job gives back has to be small: large results are files that the job writes. An engine is a context manager:
    processes and clusters that it started end with the block.
    """

    name: ClassVar[str]
    workers: int

    def map(self, job: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """What the job gives back for each item, in the order of the items, as it comes.

        Args:
            job: a function of a module, or `functools.partial` of one, so that another process can find it.
            items: plain values; looked at only as fast as they are worked on.

        Raises:
            Exception: whatever the first job that fails raised; no further job is begun.
        """
        ...


def unasked(why: str, of: str, *, engine: str, workers: int | None, address: str | None) -> None:
    """Let nobody have been asked to help where there is nothing to share out.

    Args:
        why: what is done here, in one process.
        of: what several would be for.
        engine, workers, address: as asked.

    Raises:
        ConfigError: somebody was asked.
    """
    if engine != "local" or workers is not None or address is not None:
        raise ConfigError(why, hint=f"leave out engine, workers and address: they are for {of}")


def opened(name: str = "local", *, workers: int | None = None, address: str | None = None) -> Engine:
    """The engine of that name; what it needs is started, or looked for, when its block begins.

    >>> with opened("local", workers=1) as engine:
    ...     list(engine.map(abs, [-1, 2]))
    [1, 2]

    Args:
        name: "local": processes of this machine; "dask", "ray": a cluster of yours, or one started for the occasion.
        workers: processes at a time; by default as many as this machine has cores. A cluster at an address has its own.
        address: of a cluster: `tcp://scheduler:8786` (Dask), `ray://head:10001` (Ray).

    Raises:
        UnknownName: no such engine.
        ConfigError: its package is not installed, or an address that makes no sense; where the block begins: no such
            cluster.
    """
    if name not in ENGINES:
        raise UnknownName("engine", name, ENGINES)
    if workers is not None and workers < 1:
        raise ConfigError(f"{workers} workers can do no work", hint="ask for one at least")
    if name == "local" and address:
        raise ConfigError("the engine 'local' has no address", hint="choose --engine dask or ray")
    if (package := ENGINES[name]) and find_spec(package) is None:
        raise ConfigError(f"the engine '{name}' is not installed", hint=f"pip install 'synthkit[{name}]'")
    engine: Engine = import_module(f"synthkit.scale.{name}").ENGINE(workers or cores(), address)
    return engine


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_flight(submit: Callable[[T], Any], get: Callable[[Any], R], items: Iterable[T], most: int) -> Iterator[R]:
    """Results in the order of the items, with never more than `most` of them submitted and not fetched."""
    waiting: deque[Any] = deque()
    for item in items:
        waiting.append(submit(item))
        if len(waiting) >= most:
            yield get(waiting.popleft())
    while waiting:
        yield get(waiting.popleft())


def done(job: Callable[[T], R], item: T) -> R:
    """The job done: what a cluster is sent, so that the job itself can lie there already."""
    return job(item)


def knock(address: str | None) -> None:
    """See that somebody answers at `host:port`, if that is what the address says: clusters wait for up to an hour.

    Raises:
        OSError: nobody does within five seconds.
        ValueError: a port that is none.
    """
    host, colon, port = (address or "").rpartition("://")[2].rpartition(":")
    if colon:
        socket.create_connection((host, int(port)), timeout=5).close()


def unreachable(what: str, address: str | None, error: Exception) -> ConfigError:
    """What to say of a cluster that does not answer, or cannot be started."""
    where = f"at {address!r}" if address else "of our own"
    return ConfigError(
        f"cannot work with a {what} {where} ({type(error).__name__}: {error})",
        hint="is it running, and is the address right?"
        if address
        else "is there memory left? --engine local needs least",
    )
