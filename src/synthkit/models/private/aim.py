"""Adaptive rounds: whichever pair the law gets most wrong is counted next, until the budget is spent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from synthkit.models.card import Card
from synthkit.models.private._graph import Columns
from synthkit.models.private._marginal import Marginal
from synthkit.models.private._sketch import SETTLE, Sketch
from synthkit.progress import Progress

if TYPE_CHECKING:
    from synthkit.private.domain import Domain

__all__ = ["AIM", "MODEL"]

_CHOICE: Final = 0.1
"""Of a round's budget, for the choice."""
_PAIRS: Final = 400
"""Pairs looked at in a round; drawn at random where there are more."""
_CELLS: Final = 150_000
"""Of the junction tree at most: a descent then takes about a second."""
_WIDEN: Final = 2.0
"""By which a round's budget grows when the last answer was mostly noise."""


class AIM(Marginal):
    """Rounds of choosing the worst pair, counting it and fitting the law anew, with noise that adapts.

    Args:
        rounds: as planned; three a column by default. Fewer are made when answers turn out to be mostly noise, for then
            each of the rest is given more budget.
        seconds: no new round after these; whatever budget is left then is spent in one.

    References: McKenna, Mullins, Sheldon and Miklau (2022), AIM.
    """

    name: ClassVar[str] = "aim"
    mechanism: ClassVar[str] = "discrete Gaussian counts, exponential choice of a pair in each of many rounds"
    card: ClassVar[Card] = Card(
        family="differentially private marginals",
        rung=6,
        summary="Noisy counts of single columns and of the pairs that the law so far gets most wrong, made one law.",
        assumes="A public domain; that pairs of columns carry what matters.",
        fails_when="There are hundreds of columns, or relations of three columns at once are what is asked for.",
        data_hunger="Thousands of rows at epsilon 1; counts below the noise are lost.",
        latency="A million cells a second.",
        control="None.",
        cost="A minute for 14 columns on one core, whatever the number of rows.",
        licence="MIT (ours)",
        references=("McKenna, Mullins, Sheldon and Miklau 2022", "Canonne, Kamath and Steinke 2020"),
    )

    def __init__(self, *, rounds: int | None = None, seconds: float = 90.0) -> None:
        super().__init__()
        self.rounds, self.seconds = rounds, seconds

    def _measure(self, sketch: Sketch, domain: Domain, rng: np.random.Generator, progress: Progress) -> None:
        columns = len(domain.attributes)
        if columns < 2:
            return
        curator, ends = sketch.curator, time.monotonic() + self.seconds
        whole = curator.left
        each = whole / (self.rounds or max(8, 3 * columns))
        while curator.left > 1e-9 * curator.rho:
            late = time.monotonic() > ends
            rho = curator.left if late or curator.left < 2 * each else each
            questions = sketch.questions(sketch.within(_CELLS, self._some(sketch.pairs, rng)), (1 - _CHOICE) * rho)
            chosen = questions[curator.choose(questions, _CHOICE * rho, "choice of a pair")]
            counted = min((1 - _CHOICE) * rho, curator.left)
            sketch.take(chosen, counted, " x ".join(domain.names[c] for c in chosen.columns))
            sketch.law.descend(SETTLE)
            if not sketch.gained(chosen, counted):
                each *= _WIDEN
            progress("fit", 1 - curator.left / whole)

    @staticmethod
    def _some(pairs: list[Columns], rng: np.random.Generator) -> list[Columns]:
        if len(pairs) <= _PAIRS:
            return pairs
        return [pairs[at] for at in np.sort(rng.choice(len(pairs), _PAIRS, replace=False))]


MODEL = AIM
