"""Ray: a cluster of yours, or processes of this machine for the occasion."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Self

from synthkit.scale.engine import R, T, done, in_flight, knock, unreachable

__all__ = ["ENGINE", "Ray"]


class Ray:
    """A driver of a cluster; the job goes to its store of objects once, the items one by one."""

    name: ClassVar[str] = "ray"

    def __init__(self, workers: int, address: str | None = None) -> None:
        self.workers, self._address = workers, address

    def map(self, job: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        import ray

        there = ray.put(job)
        run: Any = ray.remote(done)

        def get(answer: Any) -> R:  # noqa: ANN401
            try:
                return ray.get(answer)  # type: ignore[no-any-return]
            except ray.exceptions.RayTaskError as error:
                raise error.cause from None

        yield from in_flight(lambda item: run.remote(there, item), get, items, 2 * self.workers)

    def __enter__(self) -> Self:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # or it warns of what it will do one day
        import ray

        self._home = tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True)
        ours = {"address": "local", "num_cpus": self.workers, "include_dashboard": False, "_temp_dir": self._home.name}
        try:
            knock(self._address)
            where = {"address": self._address} if self._address else ours
            ray.init(**where, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, ValueError, ImportError) as error:
            self._home.cleanup()
            raise unreachable("Ray head", self._address, error) from None
        self.workers = int(ray.cluster_resources().get("CPU", 1))
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        ray.shutdown()
        self._home.cleanup()


ENGINE = Ray
