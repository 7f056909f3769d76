"""Dask: a cluster of yours, or processes of this machine for the occasion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Self

from synthkit.scale.engine import R, T, done, in_flight, knock, unreachable

__all__ = ["ENGINE", "Dask"]


_THERE = {
    "DASK_LOGGING__DISTRIBUTED": "critical",
    # Dask has its workers give memory back at once, and they ask for it again with every array: half as slow again.
    "MALLOC_TRIM_THRESHOLD_": str(2**28),
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
}


class Dask:
    """A client of a scheduler; the job goes to each of its workers once, the items one by one."""

    name: ClassVar[str] = "dask"

    def __init__(self, workers: int, address: str | None = None) -> None:
        self.workers, self._address = workers, address

    def map(self, job: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        client = self._client
        there: Any = client.scatter([job], broadcast=True, hash=False)[0]
        yield from in_flight(
            lambda item: client.submit(done, there, item, pure=False), lambda it: it.result(), items, 2 * self.workers
        )

    def __enter__(self) -> Self:
        from dask import config
        from distributed import Client

        ours = {"n_workers": self.workers, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": "ERROR"}
        try:  # an error comes back: workers need not print it too
            knock(self._address)
            with config.set({f"distributed.nanny.pre-spawn-environ.{key}": value for key, value in _THERE.items()}):
                self._client = Client(self._address, timeout=10) if self._address else Client(**ours)
        except (OSError, ValueError) as error:
            raise unreachable("Dask scheduler", self._address, error) from None
        self.workers = len(self._client.scheduler_info(n_workers=-1)["workers"]) or 1
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


ENGINE = Dask
