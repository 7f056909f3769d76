"""How a mixture is learned best, by the likelihood of rows held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from synthkit.models.tabular._mixture.law import Settings, learned, log_sum, score_of
from synthkit.models.tabular._mixture.parts import Parts, Rows

if TYPE_CHECKING:
    from synthkit.encode.encoder import Encoder

__all__ = ["Choice", "chosen"]

_GRID: Mapping[str, tuple[float, ...]] = {
    "components": (1, 2, 4, 8, 16, 32, 64),
    "share": (0.05, 0.15, 0.3),
    "level": (0.5, 1.0, 2.0, 4.0, 8.0, 16.0),
    "own": (0.25, 1.0, 4.0, 16.0),
    "diagonal": (0.001, 0.01, 0.1),
    "price": (0.5, 2.0, float("inf")),
}
_FOLDS, _BEGINNINGS = 3, 2
_ROWS = 1_500  # to choose by: what suits a sample of so many suits more nearly as well
_CELLS = 2_000_000  # of covariances and tables in all components
_WORSE = 2.0  # standard errors by which the rows of a fold are less likely before the other folds are left out


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Args:
        settings: the likeliest of those tried.
        likelihood: mean log density of held-out rows over the ranks of their columns.
        tried: how many settings.
    """

    settings: Settings
    likelihood: float
    tried: int


def chosen(
    encoder: Encoder,
    arrays: Mapping[str, np.ndarray],
    n: int,
    *,
    least: int,
    rng: np.random.Generator,
    apart: bool,
    usual: bool,
    told: Callable[[float], None],
) -> Choice:
    """Climb from the middle of the grid, one setting at a time, while unseen rows become likelier.

    Args:
        encoder: of the columns.
        arrays: the encoded rows.
        n: how many rows there are.
        least: rows that have to stand behind a component.
        rng: draws the folds and where each mixture begins.
        apart: whether each component belongs to one class of the target.
        usual: whether to take the usual settings, untried.
        told: how far it has come, from 0 to 1.
    """
    start = Settings(apart=apart)
    if n < 2 * _FOLDS * least:
        return Choice(replace(start, components=1), float("nan"), 0)
    pick, seeds = rng.spawn(2)
    few = pick.permutation(n)[:_ROWS]
    trial = _Trial(encoder, {name: array[few] for name, array in arrays.items()}, least, int(seeds.integers(2**31)))
    grid = _affordable(encoder, n, least)
    best = replace(start, components=int(min(start.components, grid["components"][-1])))
    if usual:
        return Choice(best, float("nan"), 0)
    trial.beat = trial(best)
    tried = {best: float(trial.beat.mean())}
    for turn in range(2):
        before = best
        for at, (name, values) in enumerate(grid.items()):
            best = _climbed(best, name, values, tried, trial)
            told((turn * len(grid) + at + 1) / (2 * len(grid)))
        if best == before:
            break
    return Choice(best, tried[best], len(tried))


def _affordable(encoder: Encoder, n: int, least: int) -> dict[str, tuple[float, ...]]:
    """The grid, with no more components than rows can bear and memory can hold."""
    parts = Parts(encoder, 1.0)
    d = len(parts.ranked)
    cells = sum(parts.sizes) + d * min(d, 64) + 1
    most = max(1, min(n // (2 * max(least, 5)), _CELLS // cells))
    return dict(_GRID) | {"components": tuple(k for k in _GRID["components"] if k <= most)}


def _climbed(
    best: Settings,
    name: str,
    values: Sequence[float],
    tried: dict[Settings, float],
    trial: _Trial,
) -> Settings:
    """The best of the settings that differ in one thing, looked for from where it is."""
    for step in (1, -1):
        at = values.index(asdict(best)[name]) + step
        moved = False
        while 0 <= at < len(values):
            other = Settings(**asdict(best) | {name: int(values[at]) if name == "components" else values[at]})
            if other in tried:
                break  # it was no better than one that was left since
            found = trial(other)
            tried[other] = float(found.mean()) if len(found) == trial.rows else -np.inf
            if tried[other] <= tried[best]:
                break
            trial.beat = found
            best, moved, at = other, True, at + step
        if moved:
            break
    return best


class _Trial:
    """Learns from all folds but one, and asks how likely the rows of that one are.

    Args:
        encoder: of the columns.
        arrays: the encoded rows.
        least: rows that have to stand behind a component.
        seed: draws the folds and where each mixture begins.
    """

    def __init__(self, encoder: Encoder, arrays: Mapping[str, np.ndarray], least: int, seed: int) -> None:
        self.encoder, self.arrays, self.least, self.seed = encoder, arrays, least, seed
        self.rows = len(next(iter(arrays.values())))
        self.beat: np.ndarray | None = None
        """(n,) what the best settings so far make of the rows: clearly worse ones are not tried on all folds."""

    def __call__(self, settings: Settings) -> np.ndarray:
        """(n,) log densities of the rows when held out, fold by fold; fewer where it was clearly worse."""
        from synthkit.rng import stream

        parts = Parts(self.encoder, settings.share)
        rows = parts.encode(self.arrays, self.rows, stream(self.seed, "ranks"))
        fold = stream(self.seed, "folds").permutation(self.rows) % _FOLDS
        found = np.zeros(0)
        for one in range(_FOLDS):
            learn, held = rows.take(np.flatnonzero(fold != one)), rows.take(np.flatnonzero(fold == one))
            found = np.r_[found, self._held_out(settings, parts, learn, held, one)]
            if self.beat is not None:
                away = found - self.beat[: len(found)]
                if away.mean() < -_WORSE * away.std() / np.sqrt(len(away)):
                    break
        return found

    def _held_out(self, settings: Settings, parts: Parts, learn: Rows, held: Rows, one: int) -> np.ndarray:
        from synthkit.rng import stream

        scores = score_of(held.ranks)
        found = []
        for at in range(_BEGINNINGS):
            rng = stream(self.seed, one, at)
            law = learned(learn, parts.sizes, settings, least=self.least, target=parts.target, rng=rng)
            found.append(log_sum(law.parts(held.codes, scores)))
        usual = np.nansum(scores**2 + np.log(2 * np.pi), axis=1) / 2  # what ranks weigh as scores
        return np.asarray(log_sum(np.stack(found, 1)) - np.log(_BEGINNINGS) + usual - parts.shares(held).sum(1))
