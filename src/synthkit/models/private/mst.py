"""A tree of pairs: the fewest questions that connect all columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from synthkit.models.card import Card
from synthkit.models.private._marginal import Marginal
from synthkit.models.private._sketch import Sketch
from synthkit.progress import Progress

if TYPE_CHECKING:
    import numpy as np

    from synthkit.private.curator import Question
    from synthkit.private.domain import Domain

__all__ = ["MODEL", "MST"]

_CHOICE: Final = 0.25
"""Of what is left after single columns, for the choice of pairs."""


class MST(Marginal):
    """A spanning tree of strongly related pairs, chosen and counted under differential privacy.

    References: McKenna, Miklau and Sheldon (2021), Winning the NIST contest.
    """

    name: ClassVar[str] = "mst"
    mechanism: ClassVar[str] = "discrete Gaussian counts, exponential choice of a spanning tree"
    card: ClassVar[Card] = Card(
        family="differentially private marginals",
        rung=5,
        summary="Noisy counts of single columns and of a spanning tree of pairs, made one law.",
        assumes="A public domain; that a tree of pairs carries what matters.",
        fails_when="The target depends on several columns at once, or the budget is below one count's noise.",
        data_hunger="Thousands of rows at epsilon 1; counts below the noise are lost.",
        latency="A million cells a second.",
        control="None.",
        cost="Seconds on one core.",
        licence="MIT (ours)",
        references=("McKenna, Miklau and Sheldon 2021", "Canonne, Kamath and Steinke 2020"),
    )

    def _measure(self, sketch: Sketch, domain: Domain, rng: np.random.Generator, progress: Progress) -> None:
        del rng
        names, edges = domain.names, len(domain.attributes) - 1
        if not edges:
            return
        budget = sketch.curator.left
        part = list(range(len(names)))  # which component each column is in
        counted = budget * (1 - _CHOICE) / edges
        questions = sketch.questions(sketch.pairs, counted)
        tree: list[Question] = []
        while len(tree) < edges:
            open_ = [asked for asked in questions if len({part[c] for c in asked.columns}) == 2]
            chosen = open_[sketch.curator.choose(open_, budget * _CHOICE / edges, "choice of a pair")]
            one, other = (part[c] for c in chosen.columns)
            part = [one if each == other else each for each in part]
            tree.append(chosen)
        for at, chosen in enumerate(tree):
            rho = min(counted, sketch.curator.left)
            sketch.take(chosen, rho, " x ".join(names[c] for c in chosen.columns))
            progress("fit", (at + 1) / (edges + 1))


MODEL = MST
