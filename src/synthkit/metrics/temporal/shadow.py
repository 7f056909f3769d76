"""Shadow: whether a twin follows the path of its own train series at the same moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics import _intervals
from synthkit.metrics.base import Score
from synthkit.metrics.temporal._clusters import ENOUGH, clustered
from synthkit.metrics.temporal._lines import filled, normed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel, Series
    from synthkit.metrics.base import Family, PanelReference

__all__ = ["METRIC", "Shadow"]

SHORTEST = 8
TWINS = 5_000
CHANCE = 1 / 12  # variance of a rank that is even over 0..1
NOTE = (
    "Line, seasons and known inputs are taken out first; what all series share beside them (a bent trend) counts as"
    " following."
)


class Shadow:
    """The rank of a twin's correlation with its train series at the same moments, among those at other shifts.

    From both, the line, the mean of each season and what known inputs explain are taken out. Then the correlation at
    shift 0 is ranked among those with the train series turned round by other shifts (beyond a twentieth of its length):
    an independent path has a rank even over 0..1, so one half on average, a copy 1, and so has a path with new noise on
    the old trend. The mean over twins and channels; twins of an entity go together. Details: the mean correlation
    itself, beside that at other shifts. Continuations and new entities have no train series to follow.
    """

    name: ClassVar[str] = "shadow"
    family: ClassVar[Family] = "privacy"
    label: ClassVar[str] = "Follows its original"
    question: ClassVar[str] = (
        "Does a twin rise and fall when the very series it was made from does, beyond trend and season? 50 % is no,"
        " 100 % is a near copy of the path."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        seasons = real.train.grid.seasons
        originals = {s.entity: s for s in real.train}
        twins = [s for s in synthetic if s.entity in originals and _shared(s, originals[s.entity])]
        if len(twins) > TWINS:
            twins = [twins[i] for i in np.sort(rng.permutation(len(twins))[:TWINS])]
        places = {entity: i for i, entity in enumerate(originals)}
        told = (_followed(t, originals[t.entity], seasons, places[t.entity]) for t in twins if len(originals[t.entity]))
        found = [f for f in told if f is not None]
        if not found:
            return []
        ranks = np.array([f.rank for f in found])
        entities = np.array([f.entity for f in found])
        several = len(np.unique(entities)) >= ENOUGH
        variance = clustered(ranks, entities) if several else clustered(ranks, np.arange(len(ranks)))
        if len(ranks) < ENOUGH:
            variance = CHANCE / len(ranks)
        value, half = float(ranks.mean()), _intervals.Z * float(np.sqrt(variance))
        ci = (max(0.0, value - half), min(1.0, value + half))
        head = Score(self.name, self.family, value, "lower", floor=0.5, ci=ci, n=len(ranks), note=NOTE)
        here, elsewhere = (float(np.mean([getattr(f, side) for f in found])) for side in ("here", "elsewhere"))
        return [
            head,
            Score(
                self.name,
                self.family,
                here,
                "lower",
                ("correlation",),
                floor=elsewhere,
                n=len(ranks),
                unit="ratio",
            ),
        ]


METRIC = Shadow()


@dataclass(frozen=True, slots=True)
class _Followed:
    """Over the channels of one twin: mean rank, mean correlation at shift 0, and at the others."""

    entity: int
    rank: float
    here: float
    elsewhere: float


def _shared(twin: Series, original: Series) -> int:
    """Rows at the same positions; 0 where there are too few to correlate."""
    rows = min(twin.stop, original.stop) - max(twin.start, original.start)
    return rows if rows >= SHORTEST else 0


def _followed(twin: Series, original: Series, seasons: tuple[int, ...], entity: int) -> _Followed | None:
    begin, rows = max(twin.start, original.start), _shared(twin, original)
    mine, theirs = (s.cut(begin - s.start, begin - s.start + rows) for s in (twin, original))
    first, second = (_bare(s, seasons) for s in (theirs, mine))
    gap = max(2, rows // 20)
    shifts = np.arange(gap, rows - gap + 1)
    ranks, here, elsewhere = [], [], []
    for a, b in zip(first.T, second.T, strict=True):
        if np.isnan(a).any() or np.isnan(b).any() or not a.any() or not b.any():
            continue
        turned = np.fft.irfft(np.conj(np.fft.rfft(a)) * np.fft.rfft(b), rows) / rows
        others = turned[shifts % rows]
        ranks.append(float((others < turned[0] - 1e-9).mean() + (np.abs(others - turned[0]) <= 1e-9).mean() / 2))
        here.append(float(turned[0]))
        elsewhere.append(float(others.mean()))
    if not ranks:
        return None
    return _Followed(entity, float(np.mean(ranks)), float(np.mean(here)), float(np.mean(elsewhere)))


def _bare(series: Series, seasons: tuple[int, ...]) -> NDArray[np.float64]:
    """(T, k) what is left of each channel without line, seasons and known inputs, set to mean 0 and spread 1."""
    rows = len(series)
    cells = filled(series.values.T)
    known = np.column_stack([np.ones(rows), np.arange(rows) / rows, series.exog])
    there = ~np.isnan(cells).any(axis=1)
    left = cells.copy()
    for season in [None, *(s for s in seasons if 3 * s <= rows), None]:
        if season is None:
            left[there] -= (known @ np.linalg.lstsq(known, left[there].T, rcond=None)[0]).T
            continue
        at = np.arange(rows) % season
        sums = np.stack([np.bincount(at, weights=line, minlength=season) for line in left])
        left -= (sums / np.bincount(at, minlength=season))[:, at]
    return normed(left).T
