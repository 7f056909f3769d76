"""A classical model whose innovations come from a mixture density network, where that beats blocks of the old ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from synthkit.models.card import Card
from synthkit.models.series._density_source import Density
from synthkit.models.series._switched import Learnt, Switched

if TYPE_CHECKING:
    import numpy as np

    from synthkit.progress import Progress

__all__ = ["MODEL", "DensityInnovations"]


class DensityInnovations(Switched):
    """A classical model with an autoregressive mixture density network for its innovations, behind a gate.

    The network says the law of each standardised one-step innovation given those before it and the known inputs of its
    row; it is trained by maximum likelihood, in seconds. The gate is that of `hybrid`: the network drives the paths
    only where, on a block that neither saw, it is nearer to the real innovations than block-bootstrapped ones by more
    than one standard error. Otherwise this is the classical model, and `notes` say why.

    Args:
        base: name of the classical model; by default harmonic regression for seasons above 24 rows, else SARIMAX.
        steps: of training on all rows, with no test before: what an earlier fit settled on.
        conditioned: whether the network sees calendar and known inputs; by default tried with and without. With
            `steps` they are seen unless this is False.
        seconds: of each training run, at most.

    References:
        Bishop (1994), Mixture Density Networks. Salinas et al. (2020), DeepAR: Probabilistic forecasting with
        autoregressive recurrent networks, International Journal of Forecasting 36(3). Politis and White (2004),
        Automatic Block-Length Selection for the Dependent Bootstrap.
    """

    name: ClassVar[str] = "density"
    source: ClassVar[type[Learnt]] = Density
    card: ClassVar[Card] = Card(
        family="classical model with a mixture density network",
        rung=68,
        summary="A classical model carries level, season and calendar; a network says the law of each next innovation.",
        assumes="What the classical model leaves has one law for all series, given its last rows and the known inputs.",
        fails_when="Too few innovations (under 300), or innovations without a pattern: it then steps back by itself.",
        data_hunger="300 rows over all series; its gate opened on two of five real series, by little.",
        latency="Row after row: some five thousand rows a second for one path, 780,000 for 400 at once.",
        control="All modes, exogenous values included.",
        cost="Four to 46 seconds of one core on real series of 2,000 to 17,500 rows; less where its gate shuts early.",
        licence="MIT (torch: BSD-3-Clause)",
        references=("Bishop 1994", "Salinas et al. 2020", "Politis and White 2004"),
    )

    def __init__(
        self,
        *,
        base: str | None = None,
        steps: int | None = None,
        conditioned: bool | None = None,
        seconds: float = 45.0,
    ) -> None:
        super().__init__(base=base, steps=steps, conditioned=conditioned, seconds=seconds)

    def _asked(self) -> dict[str, Any]:
        found = super()._asked()
        return {**found, "conditioned": self._options["conditioned"] is not False} if found else {}

    def _learn(
        self,
        rows: Sequence[np.ndarray],
        context: Sequence[np.ndarray],
        settled: Mapping[str, Any],
        rng: np.random.Generator,
        progress: Progress,
    ) -> Density:
        asked = {"conditioned": self._options["conditioned"], **settled}
        return Density.learn(rows, context, rng=rng, seconds=self._options["seconds"], progress=progress, **asked)


MODEL = DensityInnovations
