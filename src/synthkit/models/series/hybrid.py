"""A classical model whose innovations come from a GAN, where that is measurably better than blocks of the old ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from synthkit.models.card import Card
from synthkit.models.series._gan_source import Gan
from synthkit.models.series._switched import Learnt, Switched

if TYPE_CHECKING:
    import numpy as np

    from synthkit.progress import Progress

__all__ = ["MODEL", "Hybrid"]


class Hybrid(Switched):
    """A classical model with a GAN for its standardised one-step innovations, behind a gate.

    The network is trained only where innovations depend on each other or on the calendar, and it drives the paths only
    where, on a block that neither saw, it is nearer to the real innovations than block-bootstrapped ones by more than
    one standard error. Otherwise this is the classical model, and `notes` say why.

    Args:
        base: name of the classical model; by default harmonic regression for seasons above 24 rows, else SARIMAX.
        steps: of training on all rows, with no test before: what an earlier fit settled on.
        seconds: of each training run, at most.

    References:
        Wiese et al. (2020), Quant GANs, Quantitative Finance 20(9). Gulrajani et al. (2017), Improved Training of
        Wasserstein GANs. Politis and White (2004), Automatic Block-Length Selection for the Dependent Bootstrap.
    """

    name: ClassVar[str] = "hybrid"
    source: ClassVar[type[Learnt]] = Gan
    card: ClassVar[Card] = Card(
        family="classical model with a GAN",
        rung=70,
        summary="A classical model carries level, season and calendar; a causal GAN learns the law of its innovations.",
        assumes="What the classical model leaves has one law for all series, given the calendar and known inputs.",
        fails_when="Too few innovations (under 300), or innovations without a pattern: it then steps back by itself.",
        data_hunger="300 rows over all series; it pays from some thousands.",
        latency="About a hundred thousand rows a second.",
        control="All modes, exogenous values included.",
        cost="One to two minutes on two cores; seconds where its gate stays shut early.",
        licence="MIT (torch: BSD-3-Clause)",
        references=("Wiese et al. 2020", "Gulrajani et al. 2017", "Politis and White 2004"),
    )

    def __init__(self, *, base: str | None = None, steps: int | None = None, seconds: float = 45.0) -> None:
        super().__init__(base=base, steps=steps, seconds=seconds)

    def _learn(
        self,
        rows: Sequence[np.ndarray],
        context: Sequence[np.ndarray],
        settled: Mapping[str, Any],
        rng: np.random.Generator,
        progress: Progress,
    ) -> Gan:
        from synthkit.models.nn.gan import Recipe

        recipe = Recipe(seconds=self._options["seconds"])
        return Gan.learn(rows, context, rng=rng, recipe=recipe, progress=progress, **settled)


MODEL = Hybrid
