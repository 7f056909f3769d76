"""CopulaGAN: the law of each number as it is, and a GAN for what joins them. Runs BUSL-1.1 code (ctgan)."""

from __future__ import annotations

from typing import ClassVar

from synthkit.models.card import Card
from synthkit.models.tabular._adversarial import Adversarial

__all__ = ["MODEL", "CopulaGan"]


class CopulaGan(Adversarial):
    """CTGAN on normal scores: each number is one standard normal value, and its values come back by their quantiles.

    sdv's `CopulaGANSynthesizer` fits a parametric law to each number first; the empirical law is used here, so that
    only what joins the columns is left to the network. Values that many rows share are kept apart from the scores. Its
    arguments are those of `Adversarial`.

    References:
        Patki, Wedge and Veeramachaneni (2016), The Synthetic Data Vault. Xu et al. (2019), CTGAN.
    """

    name: ClassVar[str] = "copulagan"
    stretches: ClassVar[int] = 1
    card: ClassVar[Card] = Card(
        family="generative adversarial network",
        rung=55,
        summary="CTGAN on normal scores: the law of each number is kept, the network learns what joins the columns.",
        assumes="Numbers are smooth once they are normal scores; enough rows for a critic to learn from.",
        fails_when="Numbers have several humps that depend on other columns, or tables are small.",
        data_hunger="Ten thousand rows; below a few thousand it seldom beats the trees.",
        latency="About a million cells a second.",
        control="Categories and shared values can be fixed (sample_where); a number beyond them only roughly.",
        cost="Minutes on two CPU cores; a GPU is used when there is one.",
        licence="BUSL-1.1 (ctgan): no commercial synthetic data service; MIT after four years",
        references=("Patki, Wedge and Veeramachaneni 2016", "Xu et al. 2019"),
    )


MODEL = CopulaGan
