"""The law of a panel's entities: level and size of new ones, drawn near those of the old by a rank-Gaussian kernel."""

from __future__ import annotations

from collections.abc import Sequence

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
        self._traits = np.array([[x for t in fit.transforms for x in (t.centre, np.log(t.spread))] for fit in fits])

    def draw(self, n: int, rng: np.random.Generator) -> list[tuple[int, tuple[Transform, ...]]]:
        """`n` pairs of a donor's position and the transforms of the new entity."""
        donors = rng.integers(0, len(self._fits), n)
        return [(int(donor), self._near(int(donor), rng)) for donor in donors]

    def _near(self, donor: int, rng: np.random.Generator) -> tuple[Transform, ...]:
        alike = np.flatnonzero(self._kinds == self._kinds[donor])
        traits = self._traits[alike]
        own = self._traits[donor]
        if len(alike) < _FEW:
            spread = (
                self._traits[alike].std(axis=0)
                if len(alike) > 1
                else np.tile([0.1 * np.exp(own[1]), 0.1], len(own) // 2)
            )
            return self._moved(donor, own + 0.5 * spread * rng.standard_normal(len(own)))
        from scipy.special import ndtr, ndtri

        n, d = traits.shape
        places = (traits.argsort(axis=0).argsort(axis=0) + 0.5) / n
        scores = ndtri(places)
        width = (4 / (d + 2)) ** (1 / (d + 4)) * n ** (-1 / (d + 4))
        joint = np.corrcoef(scores, rowvar=False).reshape(d, d)
        values, vectors = np.linalg.eigh(np.nan_to_num(joint) + 1e-9 * np.eye(d))
        kick = vectors @ (np.sqrt(np.maximum(values, 0.0)) * rng.standard_normal(d))
        at = ndtr((scores[np.flatnonzero(alike == donor)[0]] + width * kick) / np.sqrt(1 + width**2))
        return self._moved(donor, np.array([_quantile(traits[:, j], float(at[j])) for j in range(d)]))

    def _moved(self, donor: int, traits: np.ndarray) -> tuple[Transform, ...]:
        pairs = traits.reshape(-1, 2)
        transforms = self._fits[donor].transforms
        return tuple(t.moved(float(c), float(np.exp(s))) for t, (c, s) in zip(transforms, pairs, strict=True))


def _quantile(values: np.ndarray, at: float) -> float:
    """The quantile at `at`, on straight lines between the middles of the ranks and a little beyond both ends."""
    ordered = np.sort(values)
    n = len(ordered)
    beyond = (ordered[-1] - ordered[0]) / n
    knots = np.concatenate([[ordered[0] - beyond], ordered, [ordered[-1] + beyond]])
    places = np.concatenate([[0.0], (np.arange(n) + 0.5) / n, [1.0]])
    return float(np.interp(at, places, knots))


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
