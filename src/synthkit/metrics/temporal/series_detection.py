"""Detection: whether gradient boosting can tell a synthetic stretch from a real one it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit import rng as rng_
from synthkit.metrics import _intervals
from synthkit.metrics._boosting import Boosting
from synthkit.metrics._threads import each
from synthkit.metrics.base import Score
from synthkit.metrics.temporal._blocks import sides
from synthkit.metrics.temporal._clusters import ENOUGH, clustered
from synthkit.metrics.temporal._kinds import twins_of
from synthkit.metrics.temporal._marked import marked
from synthkit.metrics.temporal._windows import NARROW, WIDE, width_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel
    from synthkit.metrics._intervals import Interval
    from synthkit.metrics.base import Family, PanelReference
    from synthkit.metrics.temporal._marked import Marked

__all__ = ["METRIC", "SeriesDetection"]

BOOSTING = Boosting(rounds=80, rate=0.1, depth=4, leaves=12, patience=0)
WINDOWS = 1_200  # a side: more make the fits slow and the interval, which holds whole series, hardly narrower
FEWEST = 12
OVERLAP = 2.0
HALVES = ((0, 2), (1, 3))
NOTE = "Windows of {width} rows. 0.5 cannot be told from real, 1 always can."
FEW = " The holdout holds only {n} windows that do not overlap, so the interval is that of {n} yes or no answers."
CHANCE = " The train part is too short for a floor: chance is shown."


class SeriesDetection:
    """AUC of LightGBM at telling synthetic windows from held-out ones, learned from other paths and from train.

    Learned: train windows against one half of the synthetic paths. Tried: held-out windows against the other half, and
    the halves change places. No row is on both sides, in time or by entity, and a level that has moved on since train
    does not by itself give the windows away, as it would if held-out windows were learned from. The floor is the same
    with real windows in the place of synthetic ones: quarters of train, apart by a window. `train` tries on train
    windows that were not learned from. A model that repeats train cannot be told from it: that is for the privacy
    metrics to see. Details: the columns' shares of the trees' gain.

    The interval holds whole series together (stretches of time in few series); below ten windows without overlap it is
    Wilson's for so many yes or no answers.

    References: Lopez-Paz and Oquab (2017); Wilson (1927).
    """

    name: ClassVar[str] = "series_detection"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Detection"
    question: ClassVar[str] = (
        "Can a gradient boosting tell synthetic stretches from real ones it never saw? AUC 0.5 means it cannot, 1 that"
        " it always can."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        found = sides(real)
        width = _width(real)
        train, holdout = real.once(
            "detection windows", lambda: tuple(marked(p, found, width, most=WINDOWS) for p in (real.train, real.holdout))
        )
        fake = marked(twins_of(real, synthetic), found, width, most=2 * WINDOWS)
        if not _enough(train, fake) or not len(holdout):
            return []
        apart = _independent(real, width)
        value = _told(train, fake, holdout, rng)
        floor = real.once("series detection floor", lambda: _floor(train, holdout, rng_.stream(real.seed, self.name)))
        on_train = [_tried(fit, train.only(t), fake.only(f)) for fit, t, f in _halves(train, fake, rng)]
        note = NOTE.format(width=width) + (FEW.format(n=apart) if apart < ENOUGH else "")
        head = Score(
            self.name,
            self.family,
            value.auc,
            "lower",
            floor=0.5 if floor is None else floor,
            train=float(np.mean(on_train)),
            ci=value.interval(apart),
            n=min(len(holdout), len(fake)),
            unit="auc",
            note=note + (CHANCE if floor is None else ""),
        )
        shares = (Score(self.name, self.family, s, "lower", (c,), n=head.n) for c, s in value.shares.items())
        return [head, *shares]


METRIC = SeriesDetection()
