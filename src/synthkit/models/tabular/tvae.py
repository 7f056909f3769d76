"""TVAE: a variational autoencoder of rows, conditioned on the target. Runs BUSL-1.1 code (ctgan)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from synthkit.data.table import Table
from synthkit.models.card import Card
from synthkit.models.tabular._layout import Layout, Rows
from synthkit.models.tabular._network import Network
from synthkit.models.tabular._odd import rows_of

if TYPE_CHECKING:
    import torch

    from synthkit.models.nn.spans import Spans
    from synthkit.models.nn.training import Pupil
    from synthkit.models.nn.tvae import Shape

__all__ = ["MODEL", "Tvae"]


class Tvae(Network):
    """The networks of ctgan's TVAE, conditioned on the target, with a learned prior.

    What differs from ctgan's own: categories are drawn from their law and not the likeliest taken; numbers come in
    stretches of equal weight with normal scores inside; the prior is a mixture of Gaussians learned with the rest;
    training stops on held-out rows.

    Args:
        latent: dimensions of the latent space.
        hidden: layers of the encoder, and in reverse of the decoder.
        components: of the prior.
        weight: of the divergence from the prior (beta); smaller keeps more of each row.
        rate: of Adam.
        steps: of training at most; by the number of rows if None.
        batch: rows a step.
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.

    References:
        Xu, Skoularidou, Cuesta-Infante and Veeramachaneni (2019), Modeling Tabular Data using Conditional GAN.
        Tomczak and Welling (2018), VAE with a VampPrior. Sohn, Lee and Yan (2015), conditional VAEs.
    """

    name: ClassVar[str] = "tvae"
    patience: ClassVar[int] = 10
    card: ClassVar[Card] = Card(
        family="variational autoencoder",
        rung=40,
        summary="A network folds rows into a small latent space and unfolds points of it (TVAE), given the target.",
        assumes="Rows lie near a smooth surface of few dimensions; columns are independent given a point of it.",
        fails_when="Columns are exact formulas of others, or a few hundred rows are all there is.",
        data_hunger="A few thousand rows; fewer with a warm start.",
        latency="About a million cells a second.",
        control="Any columns can be fixed (sample_where); rows have latent points (encode, decode) and a surprise.",
        cost="Half a minute to three minutes on two CPU cores; a GPU is used when there is one.",
        licence="BUSL-1.1 (ctgan): no commercial synthetic data service; MIT after four years",
        references=("Xu et al. 2019", "Tomczak and Welling 2018", "Sohn, Lee and Yan 2015"),
    )

    def __init__(
        self,
        *,
        latent: int = 16,
        hidden: Sequence[int] = (256, 256),
        components: int = 300,
        weight: float = 0.7,
        rate: float = 3e-3,
        steps: int | None = None,
        batch: int = 500,
        privacy: int | None = None,
    ) -> None:
        super().__init__(steps=steps, batch=batch, privacy=privacy)
        self.latent, self.hidden, self.components = latent, tuple(hidden), components
        self.weight, self.rate = weight, rate

    @property
    def options(self) -> dict[str, Any]:
        """Arguments that make this model again."""
        names = ("latent", "hidden", "components", "weight", "rate", "steps", "batch")
        return {name: getattr(self, name) for name in names} | {"privacy": self.guard.rows}

    def _pupil(self, layout: Layout, spans: Spans, rows: Rows, seed: int) -> Pupil:
        from synthkit.models.nn.tvae import Pupil

        return Pupil(
            spans, self._shape(layout), rows.codes, rows.scores,
            seed=seed, weight=self.weight, rate=self.rate, batch=self.batch,
        )  # fmt: skip

    def _restored(self, layout: Layout, spans: Spans) -> torch.nn.Module:
        import torch

        from synthkit.models.nn.tvae import Autoencoder

        shape = self._shape(layout)
        return Autoencoder(spans, shape, torch.ones(1 if shape.given is None else spans.sizes[shape.given]))

    def _shape(self, layout: Layout) -> Shape:
        from synthkit.models.nn.tvae import Shape

        target = layout.encoder.schema.target
        given = layout.names.index(target) if target in layout.names and len(layout.names) > 1 else None
        return Shape(self.latent, self.hidden, self.components, given)

    def encode(self, table: Table) -> np.ndarray:
        """(n, d) latent points: the middle of each row's posterior, then the classes of the target, one-hot.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        import torch

        state = self._fitted()
        if state.net is None:
            return np.zeros((len(table), 0))
        codes, scores = (torch.as_tensor(part) for part in self._read(table))
        with torch.no_grad():
            middle, _, _ = state.net.encoder(state.net.spans.vector(codes, scores))
            known = state.net.known(state.net.classes(codes))
        parts = [middle] if state.net.shape.given is None else [middle, known]
        return torch.cat(parts, 1).double().numpy()

    def decode(self, points: np.ndarray, *, rng: np.random.Generator | None = None) -> Table:
        """The most likely row at each of (n, d) points, or a row drawn at each with `rng`."""
        import torch

        from synthkit.models.tabular._network import _rows
        from synthkit.rng import seed_of

        state = self._fitted()
        chosen = rng or np.random.default_rng(0)
        if state.net is None:
            return self.sample(len(points), rng=chosen)
        whole = torch.as_tensor(np.asarray(points, np.float32))
        z, known = whole[:, : self.latent], whole[:, self.latent :]
        if state.net.shape.given is None:
            known = torch.ones(len(whole), 1)
        if rng is None:
            made = state.net.likeliest(z, known)
        else:
            made = state.net.draw(z, known, torch.Generator().manual_seed(seed_of(rng)))
        return self._cells(_rows(made), chosen)

    def surprise(self, table: Table) -> tuple[np.ndarray, tuple[str, ...]]:
        """(n, c) nats by which each cell misses what the model rebuilds from its row, and the columns.

        A category that was never seen counts as one in as many rows as were learned, and so does a number beyond all
        others, the more the further it is. The column that the model is conditioned on has no surprise.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        import torch

        state = self._fitted()
        names = state.layout.names
        if state.net is None:
            return np.zeros((len(table), len(names))), names
        codes, scores = (torch.as_tensor(part) for part in self._read(table))
        ordered = torch.as_tensor([name in state.layout.bins for name in names])
        return state.net.misses(codes, scores, ordered).double().numpy() + self._strange(table), names

    def _read(self, table: Table) -> tuple[np.ndarray, np.ndarray]:
        rows = rows_of(self._fitted().layout, table)
        return rows.codes, rows.scores


MODEL = Tvae
