"""Pieces of work on a cluster: those of `_pilot_apart`, where no process of ours can be watched or stopped.

Each has its share of the budget, which a network keeps to; nothing else is stopped in its middle. What a piece leaves
in its folder comes back with its answer, so no disk has to be shared.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from synthkit import files
from synthkit.decide._failure import failure
from synthkit.operate._pilot_apart import Ended, Job, Purse
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.scale.engine import Engine

__all__ = ["afar"]


def afar(
    jobs: Sequence[Job],
    *,
    engine: Engine,
    purse: Purse,
    progress: Progress,
    needless: Callable[[str], str] = lambda _: "",
) -> Iterator[Ended]:
    """Have the jobs done by a cluster, and tell of each in turn when it has ended.

    Args:
        engine: the cluster.
        jobs, purse, progress, needless: as for `synthkit.operate._pilot_apart.together`.
    """
    asked: list[Job] = []
    skipped: list[Ended] = []

    def called() -> Iterator[tuple[Job, float]]:
        for at, job in enumerate(jobs):
            if why_not := needless(job.name):
                skipped.append(Ended(job.name, because=why_not, needless=True))
            elif purse.left <= 0:
                skipped.append(Ended(job.name, because=f"not tried: the budget of {purse.seconds:.3g} s was spent"))
            else:
                asked.append(job)
                yield job, purse.share(len(jobs) - at)[0]

    for at, (ended, left) in enumerate(engine.map(_done, called())):
        if home := asked[at].leaves:
            files.unpack(left, home)
        progress(ended.name, 1.0)
        yield ended
    yield from skipped


def _done(item: tuple[Job, float]) -> tuple[Ended, dict[str, bytes]]:
    """What a worker does."""
    job, seconds = item
    try:
        value = job.work(*job.args, seconds=seconds, progress=silent)
    except Exception as error:  # noqa: BLE001 - whatever it was, the others must not fall with it
        return Ended(job.name, because=failure(error)), {}
    left = files.packed(job.leaves) if job.leaves else {}
    if job.leaves:
        shutil.rmtree(job.leaves, ignore_errors=True)  # it may lie on another machine
    return Ended(job.name, value), left
