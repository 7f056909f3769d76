"""A network whose rows are proposals, chosen so that together they have the laws of the real ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from synthkit.encode.encoder import Columns, Encoder
from synthkit.models.tabular._calibration import FEW, Calibration, enough
from synthkit.models.tabular._choice import Choice
from synthkit.models.tabular._network import Network
from synthkit.models.tabular._tilt import LESSONS, Boost, Tilt, dealt, lessons
from synthkit.progress import Progress

__all__ = ["Chosen"]

_MANY = 1_000  # rows that can follow the counts of pairs of columns
_SHARE = 0.25  # of the time, for what the network got wrong
_DRAWING = 0.75  # of that time, for rows that the boosting learns from; more is too long
_NOISE = 2  # rows of the network for each real row to learn from
_GAIN = 0.005  # nats a row below which the boosting has found nothing
_LEFT, _MOST = 2.0, 3  # proposals, by their weights, for each row; times as many as asked for at most


@dataclass(frozen=True)
class Mended:
    """What a network gets wrong.

    Args:
        calibration: in columns and pairs of columns.
        tilt: in all columns at once.
        proposals: rows to choose one from.
    """

    calibration: Calibration
    tilt: Tilt
    proposals: int

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays, for a model's file."""
        (counts, arrays), (tilt, more) = self.calibration.to_state(), self.tilt.to_state()
        return {"calibration": counts, "tilt": tilt, "proposals": self.proposals}, arrays | more

    @classmethod
    def from_state(cls, encoder: Encoder, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` gave."""
        tilt = Tilt.from_state(encoder, plain["tilt"], arrays)
        return cls(Calibration.from_state(plain["calibration"], arrays), tilt, plain["proposals"])


class Chosen(Network):
    """A network, among whose rows those are chosen that together have the laws of the real ones.

    A network says each law a little wrong, and what it draws is off by chance besides: of a thousand rows or more,
    columns and pairs of columns follow the counts of the real rows (see `Calibration`), and rows that boosted trees
    tell from real ones are drawn less, those that they miss more (see `Tilt`). Fewer rows are the network's own. Rows
    on a condition are chosen so that they follow the law of the rows without one, where the network can tell how much
    that differs.

    Args:
        proposals: rows of the network to choose one from, up to three times as many where few of them are like real
            ones; 1 for its rows as they come.
        steps: see `Network`, as the others.
    """

    def __init__(self, *, proposals: int, steps: int | None, batch: int, privacy: int | None) -> None:
        super().__init__(steps=steps, batch=batch, privacy=privacy)
        self.proposals = proposals
        self._boost = Boost(rounds=600, rate=0.1, leaves=31, leaf=self.guard.leaf(40))
        self._mended: Mended | None = None

    @property
    def notes(self) -> Mapping[str, Any]:
        """Those of the training; rows to choose one from, and what the boosting adds on rows that it had not seen."""
        if self._mended is None:
            return super().notes
        tilt = self._mended.tilt
        found = {"strength": round(tilt.strength, 2), "gain on unseen rows": f"{tilt.gain:.3f} nats a row"}
        return dict(super().notes) | {"proposals": self._mended.proposals} | found

    def _seconds(self) -> float:
        seconds = self.terms.seconds
        return seconds if self.proposals < 2 else (1 - _SHARE) * seconds

    def _finish(self, arrays: Mapping[str, np.ndarray], rng: np.random.Generator, progress: Progress) -> None:
        self._mended = None
        if self.proposals < 2 or not self._fitted().layout.names:
            return
        progress("choosing", 0.0)
        draw, look, deal, tell = rng.spawn(4)
        began, n = time.monotonic(), enough(self._fitted().rows)
        made = self._own(n, {}, draw)
        pace = (time.monotonic() - began) / n
        progress("choosing", 0.2)
        least = max(FEW, self.guard.rare)
        calibration = Calibration.learn(self._encoder, arrays, made, look, least=least)
        progress("choosing", 0.4)
        tilt = self._tilt(arrays, deal, tell, pace)
        left = Choice(self._encoder, self.proposals, calibration, tilt).left(made)
        times = int(np.clip(np.ceil(_LEFT / left), self.proposals, _MOST * self.proposals))
        self._mended = Mended(calibration, tilt, times)
        progress("choosing", 1.0)

    def _tilt(
        self, arrays: Mapping[str, np.ndarray], deal: np.random.Generator, tell: np.random.Generator, pace: float
    ) -> Tilt:
        """What boosted trees tell from real rows; nothing where drawing their lessons would take too long."""

        def noise(n: int, rng: np.random.Generator) -> Columns:
            return self._own(n, {}, rng)

        real = dealt(arrays, deal)
        seconds = pace * len(real) * LESSONS * (_NOISE + 1)
        told = []
        if seconds <= _DRAWING * _SHARE * self.terms.seconds:
            told = list(lessons(arrays, real, _NOISE, lambda *_: noise, deal))
        found = Tilt.learn(self._encoder, told, self._boost, tell)
        return found if found.gain > _GAIN else Tilt(self._encoder, found.columns)

    def _draw(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        weigh = self._weigh(frozenset(fixed)) if fixed else None
        own = weigh is None if fixed else n < _MANY
        if self._mended is None or own:
            return self._own(n, fixed, rng)
        tilt = self._mended.tilt
        tilted = tilt if weigh is None else lambda rows: tilt(rows) + weigh(rows)
        choice = Choice(self._encoder, self._mended.proposals, self._mended.calibration, tilted)
        return choice.draw(n, fixed, self._own, rng)

    def _own(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Rows of the network as they come."""
        return super()._draw(n, fixed, rng)

    def _weigh(self, fixed: frozenset[str]) -> Callable[[Mapping[str, np.ndarray]], np.ndarray] | None:
        """How much likelier encoded rows are without a condition than on one; None where that is not known."""
        del fixed
        return None

    def _beside(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        if self._mended is None:
            return {}, {}
        plain, arrays = self._mended.to_state()
        return {"mended": plain}, arrays

    def _resume(self, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        if "mended" in plain:
            self._mended = Mended.from_state(self._encoder, plain["mended"], arrays)
