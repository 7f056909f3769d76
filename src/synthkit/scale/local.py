"""Processes of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, Self, TypeVar

__all__ = ["ENGINE", "Local"]

T = TypeVar("T")
R = TypeVar("R")


class Local:
    """As many processes as workers; one worker is this process itself."""

    name: ClassVar[str] = "local"

    def __init__(self, workers: int, address: str | None = None) -> None:
        del address
        self.workers = workers

    def map(self, job: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        if self.workers == 1:
            yield from map(job, items)
            return
        from joblib import Parallel, delayed

        pool = Parallel(self.workers, backend="loky", return_as="generator", pre_dispatch="2*n_jobs", batch_size=1)
        yield from pool(delayed(job)(item) for item in items)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self.workers > 1:
            from joblib.externals.loky import get_reusable_executor

            get_reusable_executor().shutdown(wait=True, kill_workers=kind is not None)


ENGINE = Local
