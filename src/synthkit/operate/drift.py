"""Drift: how far new real rows have moved from those a model learned from, beside what chance alone would show.

A figure without its no-drift law says nothing: two samples of one law of 200 and 3,000 rows in ten bins have a
population stability index of 0.05 on average. So each column is tested against its own simulated law, corrected for
the number of tests, and the interval of the index has that bias taken off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from synthkit import rng as rng_
from synthkit.operate._drift_bins import Counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.metrics._codes import Coded
    from synthkit.metrics.base import Score

__all__ = ["ALPHA", "Drift", "Joint", "column_drift", "joint_drift", "psi", "psi_interval"]

ALPHA: Final = 0.05
"""Chance of a false alarm over all columns together."""
DRAWS: Final = 1_000
"""Pairs of samples drawn where nothing has drifted; a gamma law carries their tail further out."""
CHUNKS: Final = 5
"""Parts of the new rows, each as large as the holdout at release, that are told from the model's rows at most."""
HALF: Final = 0.5
"""Rows added to each bin: an empty bin would make the index infinite."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one column has moved.

    Args:
        column: its name.
        kind: numeric, integer, ...
        psi: population stability index: the sum of (p - q) ln(p / q) over bins, of which missing cells are one.
        psi_ci: its interval, the part that chance alone puts there taken off, corrected for the number of columns.
        psi_chance: what it stays below where nothing drifts, all columns together, 19 times in 20.
        distance: the largest gap of the distribution functions (KS) of numbers, the total variation of categories.
        distance_chance: as `psi_chance`.
        measure: "KS" or "TV".
        missing: the shares of missing cells, baseline and new.
        seen: whether chance alone does not explain it.
        judged: whether it counts for the verdict; dates move on by themselves and do not.
        picture: shares in the same bins, for a small chart, or None; no bin that fewer than five new rows share.
    """

    column: str
    kind: str
    psi: float
    psi_ci: Interval
    psi_chance: float
    distance: float
    distance_chance: float
    measure: str
    missing: tuple[float, float]
    seen: bool
    judged: bool = True
    picture: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Joint:
    """How well a classifier tells new rows from the baseline, all columns together.

    Args:
        auc: of telling them apart, less what it had scored without drift.
        ci: 95 % interval of `auc`.
        raw: as measured.
        yardstick: what it scores where nothing drifts: 0.5 for real rows, the detection at release for made ones.
        n: rows of each side at a time.
        shares: column -> share of the trees' gain: what gives the new rows away.
    """

    auc: float
    ci: Interval
    raw: float
    yardstick: float
    n: int
    shares: dict[str, float]

    @property
    def seen(self) -> bool:
        """Whether chance alone does not explain it."""
        return self.ci[0] > 0.5

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"seen": self.seen}

    @classmethod
    def beyond(cls, raw: float, half: float, release: Score | None, n: int, shares: dict[str, float]) -> Self:
        """The excess over what made rows scored at release, with the chance of both figures; over 0.5 without one."""
        yardstick, then = 0.5, 0.0
        if release is not None:
            yardstick = max(0.5, release.value)
            then = (release.ci[1] - release.ci[0]) / 2 if release.ci else 0.0
        auc, wide = 0.5 + raw - yardstick, float(np.hypot(half, then))
        return cls(auc, (max(0.0, auc - wide), min(1.0, auc + wide)), raw, yardstick, n, shares)


def column_drift(columns: Sequence[Counts], *, seed: int, judged: Iterable[str]) -> tuple[Drift, ...]:
    """Each column against its own no-drift law.

    Args:
        columns: baseline and new rows in bins.
        seed: of the simulated laws.
        judged: names of columns that count; the error rate is shared among their tests.
    """
    counted = frozenset(judged)
    level = ALPHA / max(2 * len(counted) + 1, 1)  # two tests a column, and the classifier
    return tuple(_drift(c, level, rng_.stream(seed, "drift", c.column), judged=c.column in counted) for c in columns)


def _drift(counts: Counts, level: float, rng: np.random.Generator, *, judged: bool) -> Drift:
    from scipy.special import ndtri

    chance = _chance(counts, level, rng)
    base, new = counts.coarse(counts.base), counts.coarse(counts.new)
    index, far = psi(base, new), float(counts.distance(counts.base, counts.new))
    return Drift(
        counts.column, counts.kind, index, psi_interval(base, new, float(-ndtri(level))), chance[0], far, chance[1],
        "KS" if counts.ordered else "TV", (counts.missing(counts.base), counts.missing(counts.new)),
        seen=index > chance[0] or far > chance[1], judged=judged, picture=counts.picture,
    )  # fmt: skip


def psi(base: NDArray[np.int64], new: NDArray[np.int64]) -> float:
    """The population stability index of two rows of counts (or of many pairs of them, in the leading axis).

    >>> round(psi(np.array([500, 500]), np.array([500, 500])), 6)
    0.0
    """
    p, q = _shares(base), _shares(new)
    return float(((p - q) * np.log(p / q)).sum())


def psi_interval(base: NDArray[np.int64], new: NDArray[np.int64], z: float) -> Interval:
    """The index less its bias of (bins - 1)(1/n + 1/m), and `z` standard errors on either side of it.

    The variance is that of the delta method, and where nothing drifts, when that one vanishes, that of the scaled
    chi-squared law: 2 (bins - 1)(1/n + 1/m)^2.

    References: Yurdakul and Naranjo (2020) for the law of the index.
    """
    p, q = _shares(base), _shares(new)
    m, n = max(int(base.sum()), 1), max(int(new.sum()), 1)
    rate, free = 1 / m + 1 / n, max(len(p) - 1, 1)
    ratio = np.log(p / q)
    by_p, by_q = ratio + 1 - q / p, -ratio + 1 - p / q
    spread = _variance(by_p, p) / m + _variance(by_q, q) / n + 2 * free * rate**2
    middle, half = float(((p - q) * ratio).sum()) - free * rate, z * float(np.sqrt(spread))
    return max(0.0, middle - half), max(0.0, middle + half)


def _variance(slope: NDArray[np.float64], shares: NDArray[np.float64]) -> float:
    return float((shares * slope**2).sum() - (shares * slope).sum() ** 2)


def _shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    filled = counts + HALF
    return np.asarray(filled / filled.sum(axis=-1, keepdims=True))


def _chance(counts: Counts, level: float, rng: np.random.Generator) -> Interval:
    """What index and distance stay below where both samples are of the pooled law, but for `level` of the time."""
    from scipy.special import gammaincinv

    m, n = int(counts.base.sum()), int(counts.new.sum())
    pooled = (counts.base + counts.new) / max(m + n, 1)
    first, second = rng.multinomial(m, pooled, DRAWS), rng.multinomial(n, pooled, DRAWS)
    p, q = _shares(counts.coarse(first)), _shares(counts.coarse(second))
    found = []
    squares = counts.distance(first, second) ** 2  # of squares, as the tail of KS is of their exponential
    for drawn, root in ((((p - q) * np.log(p / q)).sum(axis=-1), False), (squares, True)):
        mean, variance = float(drawn.mean()), float(drawn.var())
        if variance <= 1e-20:
            found.append(float(drawn.max()))
            continue
        shape, scale = mean**2 / variance, variance / mean
        top = float(gammaincinv(shape, 1 - level)) * scale
        found.append(float(np.sqrt(top)) if root else top)
    return found[0], found[1]


def joint_drift(
    base: Coded, new: Coded, *, seed: int, made: bool, release: Score | None = None, size: int | None = None
) -> Joint | None:
    """Tell new rows from the baseline with boosted trees, cross-validated; None if there are too few rows.

    Where made rows are the baseline, the classifier sees as many new rows at a time as the holdout had at release, for
    more rows would tell the model's own faults better, and the mean over several such parts is taken.

    Args:
        base: rows learned from, or made ones.
        new: real rows that came since.
        seed: the same seed gives the same figure.
        made: whether the baseline is rows that the model made.
        release: detection of made rows at release.
        size: rows of the holdout at release.
    """
    from synthkit.metrics.fidelity.detection import detect

    rng = rng_.stream(seed, "drift", "joint")
    rows = min(base.rows, new.rows, size or new.rows) if made else new.rows
    parts = max(1, min(CHUNKS, new.rows // rows, base.rows // rows)) if made and rows else 1
    orders = rng.permutation(new.rows), rng.permutation(base.rows)
    found = []
    for i in range(parts):
        one = new.take(np.sort(orders[0][i * rows : (i + 1) * rows]))
        other = base.take(np.sort(orders[1][i * rows : (i + 1) * rows])) if made else base
        if (told := detect(one, other, rng)) is None:
            return None
        found.append(told)
    raw = float(np.mean([t.auc for t in found]))
    half = float(np.mean([(t.ci[1] - t.ci[0]) / 2 for t in found])) / float(np.sqrt(parts))
    shares = {name: float(np.mean([t.shares[name] for t in found])) for name in found[0].shares}
    return Joint.beyond(raw, half, release if made else None, found[0].n, shares)
