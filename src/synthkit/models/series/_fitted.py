"""One series of a panel after the fit: everything its paths are made from, and no row of its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthkit.models.series._scale import Scale
from synthkit.models.series._stacked import inside, prefixed
from synthkit.models.series._structure import Structure
from synthkit.models.series._transform import Transform

__all__ = ["Fitted", "Task", "chain", "mask"]


@dataclass(frozen=True, slots=True)
class Task:
    """What a law is to be fitted to, besides the values.

    Args:
        start: grid position of the first row.
        seasons: rows in a season, shortest first; only those the grid knows.
        exog: (T, e) exogenous values of this series, standardised; e may be 0.
        draws: parameter vectors to draw.
    """

    start: int
    seasons: tuple[int, ...]
    exog: np.ndarray
    draws: int

    @property
    def season(self) -> int:
        """The shortest season, 1 without one."""
        return self.seasons[0] if self.seasons else 1


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fitted series.

    Args:
        entity, start, static: as in `Series`.
        exog: (T, e) standardised exogenous values.
        present: (T,) rows that exist.
        used: (e,) exogenous columns that move in this series, the ones its law knows.
        transforms, scales: one for each channel.
        structure: all channels.
        missing: (k, 2) chances to go missing and to stay missing.
        reach: (k, 2) least and largest working value.
        base: (T, k) trend and season on the working scale.
        sieves: one AR of the remainder for each channel.
    """

    entity: str
    start: int
    static: Mapping[str, Any]
    exog: np.ndarray
    present: np.ndarray
    used: np.ndarray
    transforms: tuple[Transform, ...]
    scales: tuple[Scale, ...]
    structure: Structure
    missing: np.ndarray
    reach: np.ndarray
    base: np.ndarray
    sieves: tuple[dict[str, Any], ...]

    def __len__(self) -> int:
        return len(self.present)

    @property
    def empty(self) -> np.ndarray:
        """(k,) True for channels without a single value: there is nothing to make any from."""
        return np.asarray(self.missing.min(axis=1) >= 1.0)

    def innovations(self) -> np.ndarray:
        """(T, k) innovations of variance 1 and even scale, NaN where there is none."""
        u = self.structure.innovations
        return np.column_stack([u[:, c] / scale.of(u[:, c], self.start) for c, scale in enumerate(self.scales)])

    def to_values(self, working: np.ndarray, transforms: Sequence[Transform] | None = None) -> np.ndarray:
        """(..., k) values from the working scale."""
        chosen = self.transforms if transforms is None else transforms
        return np.stack([t.inverse(working[..., c]) for c, t in enumerate(chosen)], axis=-1)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        structure, own = self.structure.to_state()
        plain = {
            "entity": self.entity,
            "start": self.start,
            "static": dict(self.static),
            "transforms": [t.to_dict() for t in self.transforms],
            "scales": [s.to_dict() for s in self.scales],
            "structure": {"kind": self.structure.kind, "state": structure},
            "sieves": list(self.sieves),
        }
        names = ("exog", "present", "used", "missing", "reach", "base")
        return plain, {name: getattr(self, name) for name in names} | prefixed(own, "structure")

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray], structure: Structure) -> Fitted:
        """Read what `to_state` wrote; the structure is read by who knows its class."""
        names = ("exog", "present", "used", "missing", "reach", "base")
        return cls(
            entity=plain["entity"],
            start=plain["start"],
            static=plain["static"],
            transforms=tuple(Transform.from_dict(t) for t in plain["transforms"]),
            scales=tuple(Scale.from_dict(s) for s in plain["scales"]),
            structure=structure,
            sieves=tuple(plain["sieves"]),
            **{name: arrays[name] for name in names},
        )

    @staticmethod
    def structure_arrays(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The arrays that belong to the structure."""
        return inside(arrays, "structure")


def chain(holes: np.ndarray) -> tuple[float, float]:
    """Chances to go missing and to stay missing, of (T,) True where missing; both 0 where nothing is."""
    if not holes.any():
        return 0.0, 0.0
    if holes.all():
        return 1.0, 1.0
    before, after = holes[:-1], holes[1:]
    went = (after & ~before).sum() / max((~before).sum(), 1)
    stayed = (after & before).sum() / max(before.sum(), 1)
    # one hole that never ended, or began before the first row, still has to end and to begin in a new path
    return float(max(went, holes.mean() / len(holes))), float(min(stayed, 1 - 1 / (len(holes) + 1)))


def mask(n: int, went: float, stayed: float, rng: np.random.Generator) -> np.ndarray:
    """(n,) True where missing: a path of the two-state Markov chain, from its long-run law."""
    if went <= 0 or n == 0:
        return np.zeros(n, dtype=bool)
    chance = rng.random(n)
    holes = np.empty(n, dtype=bool)
    now = bool(chance[0] < went / (went + 1 - stayed))
    for t in range(n):
        if t:
            now = bool(chance[t] < (stayed if now else went))
        holes[t] = now
    return holes
