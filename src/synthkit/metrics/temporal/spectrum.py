"""Spectrum: whether the power of slow and fast waves is that of real series."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from synthkit.metrics.temporal._blocks import settled
from synthkit.metrics.temporal._judged import apart_on_average, judged
from synthkit.metrics.temporal._spectrum import bands, log_power

if TYPE_CHECKING:
    import numpy as np

    from synthkit.data.panel import Panel
    from synthkit.metrics.base import Family, PanelReference, Score
    from synthkit.metrics.temporal._blocks import Blocks, Sides
    from synthkit.metrics.temporal._judged import Described

__all__ = ["METRIC", "Spectrum"]

SHORTEST = 12


class Spectrum:
    """Distance between log power spectra: root mean square over bands of frequency, in natural logarithms of power.

    Each block's periodogram under a Hann window, in bands (the season's own waves by themselves); values are scaled by
    the train spread, so a wrong variance shows as well. 0.7 is a factor of two in power throughout.

    References: Welch (1967), for the mean over blocks.
    """

    name: ClassVar[str] = "spectrum"
    family: ClassVar[Family] = "fidelity"
    label: ClassVar[str] = "Spectrum"
    question: ClassVar[str] = (
        "Have slow and fast waves the power they have in real series? 0 is the same spectrum, 0.7 a factor of two; as"
        " low as the floor is as close as fresh real rows come."
    )

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> list[Score]:
        return judged(self.name, _described, apart_on_average, real, synthetic, rng=rng, unit="ratio")


METRIC = Spectrum()


def _described(blocks: Blocks, sides: Sides) -> Described:
    if sides.length < SHORTEST:
        return {}
    parts = bands(sides.length, sides.season)
    level = settled(blocks.values, sides.trending)
    return {(name,): log_power(level[:, :, place], parts) for place, name in enumerate(sides.channels)}
