"""CTGAN: a conditional generative adversarial network of rows. Runs BUSL-1.1 code (ctgan)."""

from __future__ import annotations

from typing import ClassVar

from synthkit.models.card import Card
from synthkit.models.tabular._adversarial import Adversarial

__all__ = ["MODEL", "Ctgan"]


class Ctgan(Adversarial):
    """The generator and the critic of ctgan, conditioned on any columns and held to pairwise moments.

    What differs from ctgan's own: a condition may fix several columns, so any can be asked for together; the generator
    answers for all pairwise moments beside the critic; numbers come in stretches of equal weight; the running mean of
    the weights is kept, and training stops on held-out rows.

    Its arguments are those of `Adversarial`.

    References:
        Xu, Skoularidou, Cuesta-Infante and Veeramachaneni (2019), Modeling Tabular Data using Conditional GAN.
        Lin, Khetan, Fanti and Oh (2018), PacGAN. Gulrajani et al. (2017), Improved Training of Wasserstein GANs.
    """

    name: ClassVar[str] = "ctgan"
    card: ClassVar[Card] = Card(
        family="generative adversarial network",
        rung=50,
        summary="A network makes rows under a condition, and another learns to tell them from real ones (CTGAN).",
        assumes="Enough rows for a critic to learn from; rare classes are shown to it more often than they are.",
        fails_when="Tables are small, columns are exact formulas of others, or numbers have sharp joint edges.",
        data_hunger="Ten thousand rows; below a few thousand it seldom beats the trees.",
        latency="About a million cells a second.",
        control="Any columns can be fixed (sample_where) by the conditional vector.",
        cost="Minutes on two CPU cores; a GPU is used when there is one.",
        licence="BUSL-1.1 (ctgan): no commercial synthetic data service; MIT after four years",
        references=("Xu et al. 2019", "Lin et al. 2018", "Gulrajani et al. 2017"),
    )


MODEL = Ctgan
