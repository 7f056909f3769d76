"""Diffusion: numbers and categories together out of noise, in twenty steps however many columns there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from synthkit.models.card import Card
from synthkit.models.tabular._layout import Layout, Rows
from synthkit.models.tabular._network import Network
from synthkit.rng import seed_of

if TYPE_CHECKING:
    import torch

    from synthkit.models.nn.diffusion import Pupil, Shape
    from synthkit.models.nn.spans import Spans
    from synthkit.models.nn.training import Look

__all__ = ["MODEL", "Diffusion"]

_LOOKED = 8_000  # noisy rows of a look
_A_COLUMN, _NARROWEST = 16, 128  # units of a layer for each column, and at least


class Diffusion(Network):
    """A network learns what noisy rows were before the noise; rows are drawn by taking noise away step by step.

    A column of numbers is a coarse choice first (missing, a value that a quarter of the rows share, or any other) and
    then a normal score over the whole column, which is noised and cleaned as Karras et al. (2022) do. Choices and
    categories lose their information at an even pace (Graves et al. 2023; Mueller et al. 2025). All columns are cleaned
    together, so that drawing takes as many passes through the network as `draws` says and no more for a wide table.

    Args:
        hidden: units of a layer, where there are twenty columns or more; fewer for fewer columns.
        blocks: residual blocks of two layers.
        draws: steps from noise to a row.
        rate: of AdamW.
        decay: of the weights.
        steps: of training at most; by the number of rows if None.
        batch: rows a step.
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.

    References:
        Karras, Aittala, Aila and Laine (2022), Elucidating the Design Space of Diffusion-Based Generative Models.
        Graves, Srivastava, Atkinson and Gomez (2023), Bayesian Flow Networks. Mueller, Gruber and Fok (2025),
        Continuous Diffusion for Mixed-Type Tabular Data. Lu et al. (2023), DPM-Solver++.
    """

    name: ClassVar[str] = "diffusion"
    stretches: ClassVar[int] = 1
    apart: ClassVar[int] = 4
    passes: ClassVar[int] = 350
    fewest: ClassVar[int] = 2_000
    most: ClassVar[int] = 7_000
    patience: ClassVar[int] = 12
    sees: ClassVar[str] = "denoising loss of held-out rows"
    card: ClassVar[Card] = Card(
        family="diffusion",
        rung=47,
        summary="A network takes noise away from numbers and categories together, in twenty steps.",
        assumes="Columns go together smoothly.",
        fails_when="Columns are exact formulas of others, or a few hundred rows are all there is.",
        data_hunger="A few thousand rows; fewer with a warm start.",
        latency="About fifty thousand cells a second; steps do not grow with the number of columns.",
        control="Any columns can be fixed (sample_where).",
        cost="One to three minutes on a CPU core for 20,000 rows; a GPU is used when there is one.",
        licence="MIT (ours)",
        references=("Karras et al. 2022", "Graves et al. 2023", "Mueller et al. 2025", "Lu et al. 2023"),
    )

    def __init__(
        self,
        *,
        hidden: int = 320,
        blocks: int = 3,
        draws: int = 20,
        rate: float = 2e-3,
        decay: float = 0.02,
        steps: int | None = None,
        batch: int = 512,
        privacy: int | None = None,
    ) -> None:
        super().__init__(steps=steps, batch=batch, privacy=privacy)
        self.hidden, self.blocks, self.draws, self.rate, self.decay = hidden, blocks, draws, rate, decay

    @property
    def options(self) -> dict[str, Any]:
        """Arguments that make this model again."""
        names = ("hidden", "blocks", "draws", "rate", "decay", "steps", "batch")
        return {name: getattr(self, name) for name in names} | {"privacy": self.guard.rows}

    def _pupil(self, layout: Layout, spans: Spans, rows: Rows, seed: int) -> Pupil:
        from synthkit.models.nn.diffusion import Pupil

        return Pupil(
            spans, self._shape(layout), rows.codes, rows.scores,
            seed=seed, rate=self.rate, decay=self.decay, batch=self.batch,
        )  # fmt: skip

    def _restored(self, layout: Layout, spans: Spans) -> torch.nn.Module:
        from synthkit.models.nn.diffusion import Denoiser

        return Denoiser(spans, self._shape(layout))

    def _shape(self, layout: Layout) -> Shape:
        from synthkit.models.nn.diffusion import Shape

        fit = max(_A_COLUMN * len(layout.names), _NARROWEST)
        return Shape(min(self.hidden, fit), self.blocks, self.draws)

    def _watch(self, layout: Layout, learned: Rows, held: Rows, rng: np.random.Generator) -> Callable[[Any], Look]:
        """How wrong the network is about held-out rows, given nothing and given any columns, under the same noise."""
        import torch

        from synthkit.models.nn.training import Look

        del layout, learned
        often = max(_LOOKED // len(held), 1)
        codes, scores = (np.tile(part, (often, 1)) for part in (held.codes, held.scores))
        time = rng.permutation(len(codes))[:, None].astype(np.float32) / len(codes)
        given = (rng.random(codes.shape) < rng.random((len(codes), 1)) - 0.5).astype(np.float32)
        seed = seed_of(rng)

        @torch.no_grad()
        def look(net: Any) -> Look:  # noqa: ANN401 - a network, on any device
            device = net.shares.device
            chance = torch.Generator(device).manual_seed(seed)
            rows = (torch.as_tensor(part, device=device) for part in (codes, scores, time, given))
            return Look(float(net.lost(*rows, chance).mean()), 1.0)

        return look

    def _where(self, net: Any, spans: Mapping[int, tuple[np.ndarray, np.ndarray]], chance: torch.Generator) -> Any:  # noqa: ANN401 - a network, and tensors
        import torch

        from synthkit.models.nn.diffusion import Known

        n = len(next(iter(spans.values()))[0])
        known, scored = Known.nothing(n, net.spans, net.shares.device), net.spans.scored
        for at, (codes, scores) in spans.items():
            known.spans[:, at] = 1.0
            known.codes[:, at] = torch.as_tensor(codes)
            if at in scored:
                known.scores[:, scored.index(at)] = torch.as_tensor(scores)
        return net.complete(known, chance)


MODEL = Diffusion
