"""A finite mixture of rows, learned by expectation and maximisation; and several of them, joined to one.

Within a component the levels follow a forest (`forest`) and the scores are jointly normal (`normal`),
and neither says anything of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthkit.models.tabular._mixture.forest import Forest, Levels, narrow
from synthkit.models.tabular._mixture.normal import Kind, Normal, blocks, kinds
from synthkit.models.tabular._mixture.parts import Rows

__all__ = ["Mixture", "Settings", "learned", "log_sum", "score_of"]

_BARE, _STEPS = 15, 80  # steps before the forest is looked for, and after that at most
_GAIN = 1e-3  # nats a row that a step has to gain


@dataclass(frozen=True)
class Settings:
    """How a mixture is learned.

    Args:
        components: at most.
        share: of the filled cells that hold a number before it is a level of its own.
        level: rows' worth of the pooled chances of levels in those of a component.
        own: rows' worth of the pooled covariance in that of a component, for each column.
        diagonal: how much correlations are shrunk in the pooled covariance.
        price: of a parameter of the forest; infinite for no forest.
        apart: whether each component belongs to one class of the target.
    """

    components: int = 8
    share: float = 0.15
    level: float = 2.0
    own: float = 1.0
    diagonal: float = 0.01
    price: float = 0.5
    apart: bool = True


@dataclass(frozen=True)
class Mixture:
    """One mixture of k components.

    Args:
        weights: (k,).
        levels: in each component.
        normals: of each block of scores, in each component.
    """

    weights: np.ndarray
    levels: Levels
    normals: tuple[Normal, ...]

    def parts(self, codes: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """(n, k) log of weight times density, of rows whose levels are all known."""
        found = np.log(self.weights) + self.levels.log(self.levels.forest.design(codes))
        return np.asarray(found + self.log_scores(scores))

    def log_scores(self, scores: np.ndarray) -> np.ndarray:
        """(n, k) log density of the scores that are there."""
        found = np.zeros((len(scores), len(self.weights)))
        for normal in self.normals:
            found += normal.log(scores, kinds(scores[:, normal.columns]))
        return found


def score_of(ranks: np.ndarray) -> np.ndarray:
    """Standard normal scores of ranks."""
    from scipy.special import ndtri

    return np.asarray(ndtri(ranks))


def log_sum(parts: np.ndarray) -> np.ndarray:
    """(n,) log of the sum of the exponentials of (n, k)."""
    top = parts.max(1, initial=-1e300)
    return np.asarray(top + np.log(np.exp(parts - top[:, None]).sum(1)))


@dataclass
class _Pupil:
    """Rows as the steps of expectation and maximisation read them."""

    codes: np.ndarray
    scores: np.ndarray
    of: list[list[Kind]]
    settings: Settings
    least: int
    pure: int | None

    def maximised(self, old: Mixture, chances: np.ndarray) -> Mixture:
        """The likeliest mixture given (n, k) chances of its components; those that too few rows hold are dropped."""
        counts = chances.sum(0)
        kept = counts >= min(self.least, counts.max())
        if not kept.all():
            chances = chances[:, kept] + 1e-12
            chances, old = chances / chances.sum(1, keepdims=True), _kept(old, kept)
            counts = chances.sum(0)
        forest, chosen = old.levels.forest, self.settings
        held = np.asarray((self.design.T @ chances).T)
        levels = Levels(forest, forest.shares(held, forest.base(held), chosen.level, self.pure))
        normals = tuple(
            Normal.learn(self.scores, of, chances, normal, own=chosen.own, diagonal=chosen.diagonal)
            for normal, of in zip(old.normals, self.of, strict=True)
        )
        return Mixture((counts + 1) / (counts + 1).sum(), levels, normals)

    def use(self, forest: Forest) -> None:
        """Count the cells of this forest from now on."""
        self.design = forest.design(self.codes)

    def expected(self, mixture: Mixture) -> tuple[np.ndarray, float]:
        """(n, k) chances of the components, and the mean log likelihood."""
        found = np.log(mixture.weights) + mixture.levels.log(self.design)
        for normal, of in zip(mixture.normals, self.of, strict=True):
            found += normal.log(self.scores, of)
        total = log_sum(found)
        return np.exp(found - total[:, None]), float(total.mean())

    def run(self, mixture: Mixture, chances: np.ndarray, steps: int) -> tuple[Mixture, np.ndarray]:
        """Up to so many steps."""
        last = -np.inf
        for _ in range(steps):
            mixture = self.maximised(mixture, chances)
            chances, now = self.expected(mixture)
            if now - last < _GAIN:
                break
            last = now
        return mixture, chances


def learned(
    rows: Rows,
    sizes: Sequence[int],
    settings: Settings,
    *,
    least: int,
    target: int | None,
    rng: np.random.Generator,
) -> Mixture:
    """A mixture of rows whose levels are all known.

    Args:
        rows: to learn from.
        sizes: levels of each column.
        settings: how.
        least: rows that have to stand behind a component.
        target: the column whose classes components can belong to.
        rng: draws where it begins.
    """
    scores = score_of(rows.ranks)
    pure = target if settings.apart else None
    classes = np.zeros(len(rows), int) if pure is None else rows.codes[:, pure]
    chances = _begun(_vectors(rows.codes, sizes, scores), classes, settings.components, least, rng)
    k = chances.shape[1]
    apart = blocks(scores)
    pupil = _Pupil(rows.codes, scores, [kinds(scores[:, at]) for at in apart], settings, least, pure)
    normals = tuple(Normal(at, np.zeros((k, len(at))), np.tile(np.eye(len(at)), (k, 1, 1))) for at in apart)
    bare = Forest.bare(sizes)
    mixture = Mixture(np.full(k, 1 / k), Levels(bare, np.ones((k, int(bare.starts[-1])))), normals)
    pupil.use(bare)
    mixture, chances = pupil.run(mixture, chances, _BARE)
    forest = Forest.of(rows.codes, sizes, chances, settings.price)
    pupil.use(forest)
    start = replace(mixture, levels=Levels(forest, np.ones((len(mixture.weights), int(forest.starts[-1])))))
    return pupil.run(start, chances, _STEPS)[0]


def _kept(old: Mixture, kept: np.ndarray) -> Mixture:
    normals = tuple(Normal(n.columns, n.means[kept], n.covs[kept]) for n in old.normals)
    return Mixture(old.weights[kept], Levels(old.levels.forest, old.levels.tables[kept]), normals)


def _vectors(codes: np.ndarray, sizes: Sequence[int], scores: np.ndarray) -> np.ndarray:
    """(n, d) points, in which rows that are alike are near each other."""
    hot = np.hstack([np.zeros((len(codes), 0)), *(np.eye(sizes[at])[codes[:, at]] for at in narrow(sizes))])
    shares = hot.mean(0)
    return np.hstack([0.7 * (hot - shares) / (shares * (1 - shares)).clip(1e-4) ** 0.25, np.nan_to_num(scores)])


def _begun(
    points: np.ndarray, classes: np.ndarray, components: int, least: int, rng: np.random.Generator
) -> np.ndarray:
    """(n, k) first chances: of components of a row's own class alone, and nearly one for the nearest of these."""
    n, parts = len(points), []
    for one in np.unique(classes):
        own = np.flatnonzero(classes == one)
        k = max(1, min(round(components * len(own) / n), len(own) // max(least, 1)))
        part = np.zeros((n, k))
        part[own] = _near(points[own], k, rng)
        parts.append(part)
    return np.hstack(parts) if parts else np.ones((n, 1))


def _near(points: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """(n, k) nearly one for the nearest of k centres that were drawn far from each other."""
    n = len(points)
    centres = [points[rng.integers(n)]]
    gap = ((points - centres[0]) ** 2).sum(1)
    while len(centres) < k:
        centres.append(points[rng.choice(n, p=gap / gap.sum() if gap.sum() > 0 else None)])
        gap = np.minimum(gap, ((points - centres[-1]) ** 2).sum(1))
    middle, near = np.array(centres), np.zeros((n, k))
    for _ in range(3):
        far = (middle**2).sum(1) - 2 * points @ middle.T
        near = np.eye(k)[far.argmin(1)]
        counts = near.sum(0)[:, None]
        middle = np.where(counts > 0, near.T @ points / np.maximum(counts, 1), middle)
    return 0.9 * near + 0.1 / k
