"""How many rows of a large table to learn from: as many as still pay, by a learning curve.

Sizes double. Each is fitted and judged on the same rows that it never saw; the curve ends where no score moved by more
than its interval, or where every score is as good as that of fresh real rows as far as these rows can tell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from synthkit import rng as rng_
from synthkit.metrics import base
from synthkit.metrics.base import Reference, Score
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.models.base import Synthesizer

__all__ = ["FIRST", "Curve", "Point", "curve"]

FIRST: Final = 10_000
"""Rows that the curve begins with: on fewer, models of tables are quick but far from what they can do."""

METRICS: Final = ("trend", "detection")
"""By which sizes are judged: pairs of columns, and whatever gives rows away at all."""

_GROWTH: Final = 2.2  # seconds of a fit on twice the rows, over those on the rows: a little more than in proportion


@dataclass(frozen=True)
class Point:
    """One size.

    Args:
        rows: learned from.
        scores: headlines, by metric.
        seconds: of fitting, sampling and judging.
    """

    rows: int
    scores: dict[str, Score]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        told = {n: {"value": s.value, "ci": s.ci, "floor": s.floor, "unit": s.unit} for n, s in self.scores.items()}
        return {"rows": self.rows, "scores": told, "seconds": round(self.seconds, 1)}


@dataclass(frozen=True)
class Curve:
    """The sizes tried, the one chosen, and why.

    Args:
        model: that was fitted.
        points: in the order of their sizes.
        rows: to learn from.
        because: one clause.
    """

    model: str
    points: tuple[Point, ...]
    rows: int
    because: str


def curve(
    make: Callable[[], Synthesizer],
    sizes: Sequence[int],
    rows_of: Callable[[int], Table],
    judge: Table,
    *,
    budget: float = 300.0,
    seed: int = 0,
    progress: Progress = silent,
) -> Curve:
    """Fit a model to more and more rows until more no longer pay.

    Args:
        make: a model that is not fitted yet.
        sizes: rows to learn from, ascending; one at least.
        rows_of: that many rows; those of a smaller size among those of a larger.
        judge: rows that are in none of them.
        budget: seconds; a size that would probably pass it is not tried.
        seed: the same seed gives the same curve, unless the budget ended it.
        progress: told size by size.
    """
    reference = Reference(rows_of(sizes[-1]), judge, seed)
    points: list[Point] = []
    left = budget
    for at, size in enumerate(sizes):
        progress("learning curve", at / len(sizes))
        point = _point(make(), rows_of(size), reference, seed)
        points.append(point)
        left -= point.seconds
        if because := _settled(points):
            return Curve(make().name, tuple(points), _best(points), because)
        if at + 1 < len(sizes) and point.seconds * _GROWTH > left:
            because = f"{sizes[at + 1]:,} would probably have passed the {budget:g} seconds of the curve"
            return Curve(make().name, tuple(points), size, because)
    return Curve(make().name, tuple(points), sizes[-1], "no more are kept, and these still paid")


def _point(model: Synthesizer, rows: Table, reference: Reference, seed: int) -> Point:
    start = time.perf_counter()
    model.fit(rows, rng=rng_.stream(seed, "curve", "fit"))
    made = model.sample(len(reference.holdout), rng=rng_.stream(seed, "curve", "sample"))
    scores = {}
    for name in METRICS:
        found = list(base.get(name)(reference, made, rng=rng_.stream(seed, "curve", name)))
        if found and found[0].ci is not None:
            scores[name] = found[0]
    return Point(len(rows), scores, time.perf_counter() - start)


def _settled(points: Sequence[Point]) -> str:
    """Why no larger size is tried; "" if one may pay."""
    now = points[-1]
    if all(_as_fresh(score) for score in now.scores.values()):
        return "there every score is as good as that of fresh real rows, as far as the rows judged can tell"
    if len(points) > 1 and not any(_paid(points[-2].scores.get(n), score) for n, score in now.scores.items()):
        return f"{now.rows:,} moved no score by more than its interval"
    return ""


def _best(points: Sequence[Point]) -> int:
    """The last size if it paid or is as good as can be; else the one before."""
    fresh = all(_as_fresh(score) for score in points[-1].scores.values())
    return points[-1].rows if fresh else points[-2].rows


def _as_fresh(score: Score) -> bool:
    assert score.ci is not None
    return score.floor is not None and score.ci[0] <= score.floor


def _paid(before: Score | None, now: Score) -> bool:
    """Whether the score fell by more than half its interval is wide."""
    assert now.ci is not None
    return before is None or before.value - now.value > (now.ci[1] - now.ci[0]) / 2
