"""Processes of this machine."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import ClassVar, Self

from synthkit.scale.engine import R, T, done

__all__ = ["ENGINE", "Local"]


class Local:
    """As many processes as workers; one worker is this process itself."""

    name: ClassVar[str] = "local"

    def __init__(self, workers: int, address: str | None = None) -> None:
        del address
        self.workers = workers
        self._begun = False

    def map(self, job: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        if self.workers == 1:
            yield from map(job, items)
            return
        from joblib import Parallel, delayed

        self._begun = True
        pool = Parallel(self.workers, backend="loky", return_as="generator", pre_dispatch="2*n_jobs", batch_size=1)
        yield from pool(delayed(_done)(os.getpid(), job, item) for item in items)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._begun:  # otherwise none of these processes is ours to end
            from joblib.externals.loky import get_reusable_executor

            get_reusable_executor().shutdown(wait=True, kill_workers=kind is not None)


def _done(parent: int, job: Callable[[T], R], item: T) -> R:
    _watch(parent)
    return done(job, item)


@cache
def _watch(parent: int) -> None:
    """End this process soon after its parent was killed: it would wait for work for minutes otherwise."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


ENGINE = Local
