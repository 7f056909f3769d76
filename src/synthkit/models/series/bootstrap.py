"""Moving-block bootstrap of the remainder, as in Bagged ETS: the classical champion that others have to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._ets import Ets
from synthkit.models.series._packed import apart, packed
from synthkit.models.series._sieve import filled
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.panel import Panel, Series
    from synthkit.models.base import Plan
    from synthkit.models.series._fitted import Task
    from synthkit.models.series._structure import Law

__all__ = ["MODEL", "Bootstrap"]

_UNSEASONAL = 8  # rows of a block without a season, as published
_LONGEST = 24


class Bootstrap(Classical):
    """Box-Cox, STL, blocks of the remainder laid side by side, and back.

    Twins and variants are the same here: the published recipe keeps the fitted trend and season, so they follow their
    original closely. That is what augmentation wants, and no way to share a series.

    References:
        Bergmeir, Hyndman and Benitez (2016), Bagging exponential smoothing methods using STL decomposition and Box-Cox
        transformation, International Journal of Forecasting 32. Kuensch (1989), The jackknife and the bootstrap for
        general stationary observations.
    """

    name: ClassVar[str] = "bootstrap"
    modes: ClassVar[frozenset[str]] = frozenset({"twin", "augment"})
    card: ClassVar[Card] = Card(
        family="moving-block bootstrap",
        rung=25,
        summary="Trend and season as they were, with blocks of the remainder in a new order (Bagged ETS).",
        assumes="The remainder is stationary after a power transform; blocks of two seasons hold its memory.",
        fails_when="Anybody must not see the original: trend and season come back as they were.",
        data_hunger="Two seasons, or some sixteen rows without one.",
        latency="A million rows a second.",
        control="Twins and variants; exogenous values are not used.",
        cost="A tenth of a second a series.",
        licence="MIT",
        references=("Bergmeir, Hyndman and Benitez 2016",),
    )
    laws: ClassVar[tuple[type[Law], ...]] = (Ets,)

    def law(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> Law:  # noqa: ARG002 - draws come later
        """Exponential smoothing, for the notes; paths do not use it."""
        return Ets.fit(x, season=task.season if task.season <= _LONGEST else 1)

    def fit(self, panel: Panel, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Decompose each series and keep its remainder."""
        super().fit(panel, rng=rng, progress=progress)
        rests = []
        for series, fit in zip(panel, self._fits, strict=True):
            values = np.where(series.present[:, None], series.values, np.nan)
            x = np.column_stack([t.forward(c) for t, c in zip(fit.transforms, values.T, strict=True)])
            rests.append(np.column_stack([filled(column) for column in (x - fit.base).T]))
        self._kept = packed([{"rest": rest} for rest in rests])
        return self

    def simulate(self, plan: Plan, *, rng: np.random.Generator) -> Panel:
        """Variants of each series."""
        panel, maker = self._ready(), self._maker()
        maker.check(plan, self.name, self.modes)
        season = panel.grid.seasons[0] if panel.grid.seasons else 0
        made: list[Series] = []
        kept = apart(self._kept, len(self._fits))
        if not any(kept):  # as models up to November 2026 were saved
            kept = [{"rest": self._kept[f"remainder {i}"]} for i in range(len(self._fits))]
        for own, fit, child in zip(kept, self._fits, rng.spawn(len(self._fits)), strict=True):
            rests = _blocks(own["rest"], 2 * season or _UNSEASONAL, plan.paths, child)
            made += maker.like(fit, fit.to_values(fit.base + rests), child)
        return panel.of(made)


def _blocks(rest: np.ndarray, size: int, paths: int, rng: np.random.Generator) -> np.ndarray:
    """(paths, T, k) blocks of (T, k) rows, the first begun part-way, as published."""
    n = len(rest)
    size = max(1, min(size, n // 2))
    count = n // size + 2
    starts = rng.integers(0, n - size + 1, (paths, count))
    rows = (starts[:, :, None] + np.arange(size)).reshape(paths, -1)
    skip = rng.integers(0, size, paths)
    return np.asarray(rest[rows[np.arange(paths)[:, None], skip[:, None] + np.arange(n)]])


MODEL = Bootstrap
