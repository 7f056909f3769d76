"""Pieces of work in processes of their own, some at a time, each with a limit of seconds.

A piece that raises, runs over its limit, or is killed (the system does that when memory runs out) ends by itself, with
a reason; the others go on.
"""

from __future__ import annotations

import math
import multiprocessing
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from synthkit.decide._failure import failure
from synthkit.progress import Progress, part

__all__ = ["Ended", "Job", "Purse", "together"]

_GRACE: Final = 2.0
"""Seconds that a process has to end after it was asked to, before it is made to."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work for one process.

    Args:
        name: of the candidate.
        work: a function of a module, called there with `args`, `seconds` (its share) and a `progress`.
        args: what it works on.
        leaves: the folder that it writes to, if it does.
    """

    name: str
    work: Callable[..., Any]
    args: tuple[Any, ...]
    leaves: Path | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a job.

    Args:
        name: of the candidate.
        value: what its work gave back; None where nothing came back.
        because: why nothing came back.
        needless: whether it was not begun, or not ended, because nothing called for it.
        died: whether its process did, without a word.
    """

    name: str
    value: Any = None
    because: str = ""
    needless: bool = False
    died: bool = False


@dataclass(frozen=True, slots=True)
class Purse:
    """Seconds to be shared out.

    Args:
        seconds: in all.
        began: by the performance counter.
        slots: processes at a time.
    """

    seconds: float
    began: float
    slots: int

    @property
    def left(self) -> float:
        """Seconds from now on."""
        return self.seconds - (time.perf_counter() - self.began)

    def share(self, ahead: int) -> tuple[float, float]:
        """For the next of so many jobs: an equal part of what is left, and twice that, at which it is stopped."""
        equal = self.left * min(self.slots, ahead) / ahead
        return equal, min(2 * equal, self.left)


@dataclass(frozen=True, slots=True)
class _Running:
    job: Job
    process: BaseProcess
    ear: Connection
    share: float
    until: float

    def stop(self) -> None:
        """End it, kindly at first."""
        self.process.terminate()
        self.process.join(_GRACE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.ear.close()


def together(
    jobs: Sequence[Job],
    *,
    purse: Purse,
    progress: Progress,
    needless: Callable[[str], str] = lambda _: "",
) -> Iterator[Ended]:
    """Do the jobs in their order, as many at a time as the purse has slots, and tell of each when it ends.

    Args:
        jobs: the cheap ones first: what they leave of their share goes to the others.
        purse: seconds to be shared out.
        progress: told job by job.
        needless: why a job of that name need not be done (or done to its end), by what came of others; "" if it must.
    """
    waiting, running = deque(jobs), list[_Running]()
    try:
        while waiting or running:
            for one in [r for r in running if needless(r.job.name)]:
                one.stop()
                running.remove(one)
                yield Ended(one.job.name, because=needless(one.job.name), needless=True)
            while waiting and len(running) < purse.slots:
                job = waiting.popleft()
                if why_not := needless(job.name):
                    yield Ended(job.name, because=why_not, needless=True)
                elif purse.left <= 0:
                    yield Ended(job.name, because=f"not tried: the budget of {purse.seconds:.3g} s was spent")
                else:
                    running.append(_begun(job, purse.share(1 + len(waiting))))
            for one, ended in _heard(running, progress):
                running.remove(one)
                yield ended
    finally:
        for one in running:
            one.stop()


def _begun(job: Job, shares: tuple[float, float]) -> _Running:
    spawn = multiprocessing.get_context("spawn")
    ear, mouth = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_apart, args=(mouth, job, shares[0]), daemon=True)
    process.start()
    mouth.close()
    return _Running(job, process, ear, shares[1], time.perf_counter() + shares[1])


def _heard(running: Sequence[_Running], progress: Progress) -> list[tuple[_Running, Ended]]:
    """Wait for news, and tell which jobs have ended."""
    if not running:
        return []
    patience = max(0.0, min(r.until for r in running) - time.perf_counter())
    ready = wait([r.ear for r in running], timeout=None if math.isinf(patience) else patience)
    ended = []
    for one in running:
        news = _news(one, progress) if one.ear in ready else None
        if news is None and time.perf_counter() > one.until:
            news = Ended(one.job.name, because=f"stopped: it ran over its share of the budget, {one.share:.3g} s")
        if news is not None:
            one.stop()
            ended.append((one, news))
    return ended


def _news(one: _Running, progress: Progress) -> Ended | None:
    name = one.job.name
    try:
        what, *told = one.ear.recv()
    except (EOFError, OSError):
        one.process.join(_GRACE)
        return Ended(name, because=_fate(one.process.exitcode), died=True)
    if what == "told":
        progress(name, *told)
        return None
    if what == "failed":
        return Ended(name, because=told[0])
    progress(name, 1.0)
    return Ended(name, told[0])


def _fate(code: int | None) -> str:
    if code is not None and code < 0:
        memory = ", most likely because memory ran out" if -code == signal.SIGKILL else ""
        return f"failed: its process was killed by signal {-code}{memory}"
    return f"failed: its process ended without a word (exit code {code})"


def _apart(mouth: Connection, job: Job, seconds: float) -> None:
    """What the process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # after Ctrl-C the parent ends it
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # words of libraries to their own users

    def tell(stage: str, done: float, note: str = "") -> None:
        del stage
        mouth.send(("told", min(done, 0.999), note))

    try:
        mouth.send(("done", job.work(*job.args, seconds=seconds, progress=part(tell, job.name))))
    except Exception as error:  # noqa: BLE001 - whatever it was, the others must not fall with it
        mouth.send(("failed", failure(error)))
