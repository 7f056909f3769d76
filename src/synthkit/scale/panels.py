"""Many series: a `map` whose items are worked on in shards, by any engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Final, TypeVar

from synthkit.models.base import Each
from synthkit.scale.engine import Engine, opened
from synthkit.threads import one_blas_thread

__all__ = ["MANY", "SHARD", "over", "separately"]

T = TypeVar("T")
R = TypeVar("R")

SHARD: Final = 50
"""Series of a shard: a second or two of work, so that handing it over costs next to nothing."""

MANY: Final = 200
"""Series from which on processes are started unasked: with fewer, starting them takes longer than they save."""


@contextmanager
def separately(
    engine: str = "local", *, workers: int | None = None, address: str | None = None
) -> Iterator[tuple[Each, int]]:
    """What fits the series of a model that fits each by itself, and how many at a time.

    Args:
        engine, workers, address: see `engine.opened`. Without workers, fewer than `MANY` series stay in this process.

    Raises:
        UnknownName, ConfigError: as for `engine.opened`.
    """
    with opened(engine, workers=workers, address=address) as crew:
        yield over(crew, least=MANY if engine == "local" and workers is None else 1), crew.workers


def over(engine: Engine, *, size: int = SHARD, least: int = 1) -> Each:
    """The built-in `map`, shared out: what the job gives back for each item, in the order of the items.

    Args:
        engine: does the work.
        size: items that are handed over together; no result depends on it.
        least: items below which this process does the work.
    """

    def each(job: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        rest = iter(items)
        first = list(islice(rest, least))
        if len(first) < least:
            yield from map(job, first)
            return
        for done in engine.map(partial(_shard, job), _dealt(chain(first, rest), size)):
            yield from done

    return each


def _dealt(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while shard := list(islice(rest, size)):
        yield shard


def _shard(job: Callable[[T], R], items: list[T]) -> list[R]:
    """What a process of any machine does."""
    with one_blas_thread():
        return [job(item) for item in items]
