"""A network whose rows are proposals, chosen so that columns and pairs of columns have their laws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from synthkit.models.tabular._calibration import FEW, Calibration, enough
from synthkit.models.tabular._choice import Choice
from synthkit.models.tabular._network import Network
from synthkit.progress import Progress

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Chosen"]

_MANY = 1_000  # rows that can follow the counts of pairs of columns
_SHARE = 0.1  # of the time, for the calibration


class Chosen(Network):
    """A network, among whose rows those are chosen that together have the laws of the real ones in their tables.

    A network says each law a little wrong, and what it draws is off by chance besides: of a thousand rows or more,
    columns and pairs of columns follow the counts of the real rows (see `Calibration`). Fewer rows are the network's
    own. Rows on a condition are chosen so that they follow the law of the rows without one, where the network can tell
    how much that differs.

    Args:
        proposals: rows of the network to choose one from; 1 for its rows as they come.
        steps: see `Network`, as the others.
    """

    def __init__(self, *, proposals: int, steps: int | None, batch: int, privacy: int | None) -> None:
        super().__init__(steps=steps, batch=batch, privacy=privacy)
        self.proposals = proposals
        self._calibration: Calibration | None = None

    def _seconds(self) -> float:
        seconds = self.terms.seconds
        return seconds if self.proposals < 2 else (1 - _SHARE) * seconds

    def _finish(self, arrays: Mapping[str, np.ndarray], rng: np.random.Generator, progress: Progress) -> None:
        self._calibration = None
        if self.proposals < 2 or not self._fitted().layout.names:
            return
        progress("choosing", 0.0)
        draw, look = rng.spawn(2)
        made = super()._draw(enough(self._fitted().rows), {}, draw)
        progress("choosing", 0.5)
        least = max(FEW, self.guard.rare)
        self._calibration = Calibration.learn(self._encoder, arrays, made, look, least=least)
        progress("choosing", 1.0)

    def _draw(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        weigh = self._weigh(frozenset(fixed)) if fixed else None
        own = weigh is None if fixed else n < _MANY
        if self._calibration is None or own:
            return super()._draw(n, fixed, rng)
        choice = Choice(self._encoder, self.proposals, self._calibration, weigh)
        return choice.draw(n, fixed, super()._draw, rng)

    def _weigh(self, fixed: frozenset[str]) -> Callable[[Mapping[str, np.ndarray]], np.ndarray] | None:
        """How much likelier encoded rows are without a condition than on one; None where that is not known."""
        del fixed
        return None

    def _beside(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        if self._calibration is None:
            return {}, {}
        plain, arrays = self._calibration.to_state()
        return {"calibration": plain}, arrays

    def _resume(self, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        if "calibration" in plain:
            self._calibration = Calibration.from_state(plain["calibration"], arrays)
