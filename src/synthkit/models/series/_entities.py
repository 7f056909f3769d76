"""The law of a panel's entities: level and size of new ones, drawn near those of the old by a rank-Gaussian kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from synthkit.models.series._fitted import Fitted
from synthkit.models.series._transform import Transform

__all__ = ["EntityLaw", "labels"]

_FEW = 5  # entities below which a copula of them says nothing; each parameter is then only shaken by itself


class EntityLaw:
    """Draws a donor, and level and size around the donor's (a smoothed bootstrap on normal scores).

    The donor gives the law of the new entity (with its own draw of the parameters), its calendar, exogenous and static
    values. Level (centre of the transform) and size (log of its spread), for each channel, are moved by a joint normal
    kernel on the scale of normal scores, then read off the smoothed distribution over the entities whose transform is
    of the same kind. So a new entity is near no old one, and attributes keep saying what they say of level and size.

    Args:
        fits: of the panel.

    References:
        Silverman (1986), Density Estimation, section 6.4.
    """

    def __init__(self, fits: Sequence[Fitted]) -> None:
        self._fits = tuple(fits)
        self._kinds = np.array(["|".join(f"{t.kind}{t.power}" for t in fit.transforms) for fit in fits])
        self._kernels: dict[str, _Kernel | None] = {}  # each is worked out once, however many are drawn
        self._traits = np.array([[x for t in fit.transforms for x in (t.centre, np.log(t.spread))] for fit in fits])

    def draw(self, n: int, rng: np.random.Generator) -> list[tuple[int, tuple[Transform, ...]]]:
        """`n` pairs of a donor's position and the transforms of the new entity."""
        donors = rng.integers(0, len(self._fits), n)
        return [(int(donor), self._near(int(donor), rng)) for donor in donors]

    def _near(self, donor: int, rng: np.random.Generator) -> tuple[Transform, ...]:
        kind = str(self._kinds[donor])
        if kind not in self._kernels:
            alike = np.flatnonzero(self._kinds == kind)
            self._kernels[kind] = _Kernel.of(alike, self._traits[alike]) if len(alike) >= _FEW else None
        if (kernel := self._kernels[kind]) is not None:
            return self._moved(donor, kernel.near(donor, rng))
        own, alike = self._traits[donor], np.flatnonzero(self._kinds == kind)
        spread = (
            self._traits[alike].std(axis=0) if len(alike) > 1 else np.tile([0.1 * np.exp(own[1]), 0.1], len(own) // 2)
        )
        return self._moved(donor, own + 0.5 * spread * rng.standard_normal(len(own)))

    def _moved(self, donor: int, traits: np.ndarray) -> tuple[Transform, ...]:
        pairs = traits.reshape(-1, 2)
        transforms = self._fits[donor].transforms
        return tuple(t.moved(float(c), float(np.exp(s))) for t, (c, s) in zip(transforms, pairs, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class _Kernel:
    """The joint kernel of entities with transforms of one kind.

    Args:
        alike: (n,) their positions, rising.
        scores: (n, d) normal scores of their traits.
        root: (d, d) of the correlations of the scores.
        width: of the kernel.
        knots: d arrays of traits in order, with one place more at each end.
    """

    alike: np.ndarray
    scores: np.ndarray
    root: np.ndarray
    width: float
    knots: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, alike: np.ndarray, traits: np.ndarray) -> Self:
        from scipy.special import ndtri

        n, d = traits.shape
        scores = ndtri((traits.argsort(axis=0).argsort(axis=0) + 0.5) / n)
        joint = np.corrcoef(scores, rowvar=False).reshape(d, d)
        values, vectors = np.linalg.eigh(np.nan_to_num(joint) + 1e-9 * np.eye(d))
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        width = (4 / (d + 2)) ** (1 / (d + 4)) * n ** (-1 / (d + 4))
        return cls(alike, scores, root, width, tuple(_knots(column) for column in traits.T))

    def near(self, donor: int, rng: np.random.Generator) -> np.ndarray:
        """(d,) traits drawn near those of one of the entities."""
        from scipy.special import ndtr

        own = self.scores[np.searchsorted(self.alike, donor)]
        kick = self.root @ rng.standard_normal(len(own))
        at = ndtr((own + self.width * kick) / np.sqrt(1 + self.width**2))
        n = len(self.alike)
        places = np.concatenate([[0.0], (np.arange(n) + 0.5) / n, [1.0]])
        return np.array([np.interp(one, places, knots) for one, knots in zip(at, self.knots, strict=True)])


def _knots(values: np.ndarray) -> np.ndarray:
    """Values in order, and a little beyond both ends: the quantiles at the middles of the ranks, at 0 and at 1."""
    ordered = np.sort(values)
    beyond = (ordered[-1] - ordered[0]) / len(ordered)
    return np.concatenate([[ordered[0] - beyond], ordered, [ordered[-1] + beyond]])


def labels(taken: Sequence[str], n: int) -> list[str]:
    """`n` labels nobody has: the next numbers where all labels are numbers, else "new-1", "new-2", ...

    >>> labels(["3", "12"], 2)
    ['13', '14']
    >>> labels(["a", "new-1"], 2)
    ['new-2', 'new-3']
    """
    if taken and all(label.isdecimal() for label in taken):
        most = max(int(label) for label in taken)
        return [str(most + 1 + i) for i in range(n)]
    known, number = set(taken), 0
    found: list[str] = []
    while len(found) < n:
        number += 1
        if (label := f"new-{number}") not in known:
            found.append(label)
    return found
