"""Was this row among those the model learned from? Four ways to guess, each a score that is higher for members.

None of them sees the model. All hold the synthetic table; all but the first hold real rows of other people too, of the
same law, as somebody might who works in the same trade (the reference).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics._boosting import Boosting
from synthkit.metrics._distance import Points, Space, nearest, nearest_rows, summed
from synthkit.metrics._features import features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.metrics._codes import Coded

__all__ = ["ATTACKS", "View", "classifier", "density", "distance", "likelihood"]

NEIGHBOURS: Final = 5
LOCAL: Final = 10
"""Synthetic rows around a target whose likelihood is looked at."""
BOOSTING: Final = Boosting(rounds=300, leaves=63, patience=0)
"""Trees that learn the synthetic rows by heart: where these are train rows, members are known by that."""


@dataclass(frozen=True)
class View:
    """What the attacker holds.

    Args:
        synthetic: the table.
        reference: real rows of nobody who is asked about.
        seed: of whatever the attack draws.
    """

    synthetic: Coded
    reference: Coded
    seed: int

    @cached_property
    def space(self) -> Space:
        """Distances as the attacker can measure them."""
        return Space.of(self.reference)

    @cached_property
    def made(self) -> Points:
        """The synthetic rows in it."""
        return self.space.points(self.synthetic)

    @cached_property
    def known(self) -> Points:
        """The reference in it."""
        return self.space.points(self.reference)


def distance(view: View, targets: Coded) -> NDArray[np.float64]:
    """Near to some synthetic row.

    References: Chen, Yu, Zhang and Fritz (2020), GAN-Leaks.
    """
    return -np.round(nearest(view.space.points(targets), view.made)[:, 0], 9)


def density(view: View, targets: Coded) -> NDArray[np.float64]:
    """Where synthetic rows lie denser than real ones do, by the mean distance to the five nearest of either.

    References: van Breugel and others (2023), DOMIAS, with nearest neighbours in place of a flow, for mixed columns.
    """
    points = view.space.points(targets)
    near, far = (nearest(points, side, min(NEIGHBOURS, len(side))).mean(axis=1) for side in (view.made, view.known))
    smallest = 1e-3 * float(np.median(far)) or 1e-12
    return np.asarray(np.log(far + smallest) - np.log(near + smallest))


def likelihood(view: View, targets: Coded) -> NDArray[np.float64]:
    """The synthetic rows around a target are likelier once it is added to the reference.

    A kernel density of the reference, its width the usual distance between neighbours; the mean over the ten nearest
    synthetic rows of the logarithm of the density with the target over that without.

    References: Ward, Wang and Cheng (2025), Gen-LRA.
    """
    points, k = view.space.points(targets), min(LOCAL, len(view.made))
    distances, rows = nearest_rows(points, view.made, k)
    own = nearest(view.known, view.known, 2)[:, 1] if len(view.known) > 1 else np.ones(1)
    width = float(np.median(own)) or float(own.mean()) or 1.0
    asked, place = np.unique(rows, return_inverse=True)
    without = summed(view.made.take(asked), view.known, lambda d: np.exp(-d / width))[place.reshape(rows.shape)]
    n = len(view.known)
    tiny = np.exp(-50.0)  # a synthetic row that lies far from all of them
    ratio = (without + tiny + np.exp(-distances / width)) / (without + tiny) * (n / (n + 1))
    return np.asarray(np.log(ratio).mean(axis=1))


def classifier(view: View, targets: Coded) -> NDArray[np.float64]:
    """What a classifier that learned to tell synthetic rows from the reference takes for synthetic.

    References: Hayes, Melis, Danezis and De Cristofaro (2019), LOGAN, the black-box form.
    """
    rng = rng_.stream(view.seed, "attack", "classifier")
    n = min(view.synthetic.rows, view.reference.rows)
    parts = [features(side.subsample(n, rng)) for side in (view.reference, view.synthetic)]
    x = np.concatenate([part.matrix for part in parts])
    y = np.repeat([0, 1], [len(part.matrix) for part in parts])
    fitted = BOOSTING.fit(x, y, task="binary", categorical=parts[0].categorical, rng=rng)
    return fitted.predict(features(targets).matrix)


ATTACKS: Final[Mapping[str, Callable[[View, Coded], NDArray[np.float64]]]] = {
    "distance": distance,
    "density": density,
    "likelihood": likelihood,
    "classifier": classifier,
}
"""By name, the simplest first."""
