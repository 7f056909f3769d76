"""What a candidate costs, measured in its own process: seconds, latency, memory, size, processor time."""

from __future__ import annotations

import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

__all__ = ["Measured", "Watch", "peak_mb"]

DRAWS: Final = 5
"""Draws of each size; their median counts, so that the first, which may warm up, does not."""
ENOUGH: Final = 5.0
"""Seconds after which no more draws are made."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one model cost.

    Args:
        peak_mb: the most memory its process held until its rows were made (of a backtest: until its end).
        base_mb: of that, what data and libraries held before the fit.
        cpu_seconds: of all its threads, for the fit and the rows (of a backtest: for all origins).
        call_seconds: for the smallest draw: one row, or one path of each series; None if it only took a backtest.
        row_seconds: for a row of a larger draw: of 1,000 rows, or of ten paths.
        model_mb: of the files it is saved as.
    """

    peak_mb: float
    base_mb: float
    cpu_seconds: float
    call_seconds: float | None = None
    row_seconds: float | None = None
    model_mb: float | None = None

    def and_then(self, later: Measured | None) -> Measured:
        """Of two processes, one after the other."""
        if later is None:
            return self
        return Measured(max(self.peak_mb, later.peak_mb), self.base_mb, self.cpu_seconds + later.cpu_seconds)

    def to_dict(self) -> dict[str, float | None]:
        """Plain values."""
        return asdict(self)


class _Saved(Protocol):
    def save(self, folder: Path) -> None: ...


class Watch:
    """Looks at a fitted model once its rows are made, before anything is judged.

    Args:
        folder: where the model is saved.
        draw: (model, size) -> rows made; size 0 is the smallest draw, 1 the larger one.
    """

    def __init__(self, folder: Path, draw: Callable[[Any, int], int]) -> None:
        self._folder, self._draw = folder, draw
        self._base, self._cpu = peak_mb(), time.process_time()
        self.measured: Measured | None = None

    def __call__(self, model: _Saved) -> None:
        """Take all measures."""
        cpu, peak = time.process_time() - self._cpu, peak_mb()
        model.save(self._folder)
        size = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file()) / 2**20
        call, _ = self._median(model, 0)
        large, rows = self._median(model, 1)
        self.measured = Measured(peak, self._base, cpu, call, large / max(rows, 1), size)

    def _median(self, model: _Saved, size: int) -> tuple[float, int]:
        """Seconds of a draw, and its rows."""
        taken: list[float] = []
        rows = 0
        while len(taken) < DRAWS and sum(taken) < ENOUGH:
            start = time.perf_counter()
            rows = self._draw(model, size)
            taken.append(time.perf_counter() - start)
        return statistics.median(taken), rows


def peak_mb() -> float:
    """The most memory this process held, in MiB; ru_maxrss alone may count what its parent held when it was started."""
    status = Path("/proc", "self", "status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.is_file() else None
    if found:
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
