"""What the adversarial networks of tables share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from synthkit.models.tabular._layout import Layout, Rows
from synthkit.models.tabular._network import Network

if TYPE_CHECKING:
    import torch

    from synthkit.models.nn.ctgan import Shape
    from synthkit.models.nn.spans import Spans
    from synthkit.models.nn.training import Pupil

__all__ = ["Adversarial"]


class Adversarial(Network):
    """A generator and a critic.

    Args:
        noise: dimensions of the noise.
        hidden: layers of the generator and of the critic.
        pack: rows that the critic sees at once.
        rate: of Adam.
        critics: steps of the critic for each of the generator.
        moments: weight of the pairwise moments.
        steps: of training at most; by the number of rows if None.
        batch: rows a step.
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.
    """

    patience: ClassVar[int] = 15  # a game between two has better and worse stretches

    def __init__(
        self,
        *,
        noise: int = 128,
        hidden: Sequence[int] = (256, 256),
        pack: int = 10,
        rate: float = 1e-3,
        critics: int = 1,
        moments: float = 100.0,
        steps: int | None = None,
        batch: int = 500,
        privacy: int | None = None,
    ) -> None:
        super().__init__(steps=steps, batch=batch, privacy=privacy)
        self.noise, self.hidden, self.pack = noise, tuple(hidden), pack
        self.rate, self.critics, self.moments = rate, critics, moments

    @property
    def options(self) -> dict[str, Any]:
        """Arguments that make this model again."""
        names = ("noise", "hidden", "pack", "rate", "critics", "moments", "steps", "batch")
        return {name: getattr(self, name) for name in names} | {"privacy": self.guard.rows}

    def _pupil(self, layout: Layout, spans: Spans, rows: Rows, seed: int) -> Pupil:
        from synthkit.models.nn.ctgan import Pupil, Teaching

        del layout
        teaching = Teaching(rate=self.rate, batch=self.batch, critics=self.critics, moments=self.moments)
        return Pupil(spans, self._shape(), rows.codes, rows.scores, seed=seed, teaching=teaching)

    def _restored(self, layout: Layout, spans: Spans) -> torch.nn.Module:
        import torch

        from synthkit.models.nn.ctgan import Gan

        del layout
        return Gan(spans, self._shape(), torch.ones(spans.levels))

    def _shape(self) -> Shape:
        from synthkit.models.nn.ctgan import Shape

        return Shape(self.noise, self.hidden, self.pack)
