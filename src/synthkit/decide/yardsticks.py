"""What two that copy would score: a score that they beat says nothing for the model that was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from synthkit import rng as rng_
from synthkit.data.rows import fresh_labels
from synthkit.models import registry
from synthkit.models.base import Plan
from synthkit.scorecard import score_series

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.metrics.base import PanelReference

__all__ = ["BLOCKS", "COPY", "yardsticks"]

COPY: Final = "copy of train"
BLOCKS: Final = "block bootstrap"
MANY: Final = 200
"""Series from which on there is no bootstrap: it decomposes each of them, at a tenth of a second."""


def yardsticks(real: PanelReference, *, paths: int, seed: int) -> dict[str, Mapping[str, float]]:
    """The headline scores of the train series themselves, and of their moving-block bootstrap (Bagged ETS).

    Args:
        real: the series that models are judged against.
        paths: bootstrapped variants of each series.
        seed: the same seed gives the same scores.
    """
    made = {COPY: real.train}
    blocks = registry.simulator("bootstrap")
    if len(real.train) < MANY and not blocks.refuses(real.train):
        fitted = blocks().fit(real.train, rng=rng_.stream(seed, "yardsticks", "fit"))
        made[BLOCKS] = fitted.simulate(Plan("twin", paths=paths), rng=rng_.stream(seed, "yardsticks", "paths"))
    return {name: _scores(real, panel, seed) for name, panel in made.items()}


def _scores(real: PanelReference, made: Panel, seed: int) -> dict[str, float]:
    if real.by_entity:
        labels = fresh_labels([*real.train.entities, *real.holdout.entities], len(made))
        made = made.of([replace(one, entity=label, path=0) for one, label in zip(made, labels, strict=True)])
    return {s.metric: s.value for s in score_series(real, made, seed=seed).headlines}
