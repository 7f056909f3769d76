"""Several mixtures as one: each was begun elsewhere, and their mean errs less than any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from synthkit.models._forest import evenly
from synthkit.models.tabular._mixture.forest import Forest, Levels
from synthkit.models.tabular._mixture.given import Known
from synthkit.models.tabular._mixture.law import Mixture, log_sum, score_of
from synthkit.models.tabular._mixture.normal import Normal, kinds
from synthkit.models.tabular._mixture.parts import FREE, Rows
from synthkit.rng import seed_of

__all__ = ["Joined", "Law"]

_TAU = float(np.log(2 * np.pi))
_GRID = np.linspace(-8, 8, 1601)
_CELLS = 4_000_000  # of an array at most
_NODES = 9  # ranks that stand for a normal score
_ROWS = 4_096  # at a time, so that memory stays bounded


@dataclass(frozen=True)
class Law:
    """The law of one column's cell in each of n rows.

    Args:
        chances: (n, size) of its levels.
        ranks: (n, m) of the numbers that have a place, in even steps of their law.
        weights: (n, m) chances of these ranks; a row's sum is the chance of the level 0.
    """

    chances: np.ndarray
    ranks: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Joined:
    """The mean of some mixtures, with numbers as ranks: the law of each number's rank is uniform.

    Args:
        mixtures: each of its own components.
        ranked: columns of the levels that have a rank where the level is 0.
    """

    mixtures: tuple[Mixture, ...]
    ranked: tuple[int, ...]

    @property
    def components(self) -> int:
        """Of all mixtures together."""
        return sum(len(one.weights) for one in self.mixtures)

    @cached_property
    def _margins(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of each score that has a rank: (k, d) weights, means, deviations, and (d, grid) shares below."""
        from scipy.special import ndtr

        weights, means, deviations = ([] for _ in range(3))
        for one in self.mixtures:
            laws: dict[int, np.ndarray] = {}
            Known.of(one.levels, np.full((1, len(one.levels.forest.sizes)), -1)).beliefs(laws.__setitem__)
            weights.append(np.stack([one.weights * laws[at][0, :, 0] for at in self.ranked], 1))
            order = np.argsort(np.concatenate([n.columns for n in one.normals]))
            means.append(np.hstack([n.means for n in one.normals])[:, order])
            spread = np.hstack([np.diagonal(n.covs, axis1=1, axis2=2) for n in one.normals])
            deviations.append(np.sqrt(spread)[:, order])
        w, m, s = (np.concatenate(part) for part in (weights, means, deviations))
        w = w / w.sum(0)
        below = [w[:, at] @ ndtr((_GRID - m[:, at, None]) / s[:, at, None]) for at in range(w.shape[1])]
        return w, m, s, np.array(below)

    def scores(self, ranks: np.ndarray) -> np.ndarray:
        """Scores of ranks."""
        if not self.ranked:
            return ranks
        below = self._margins[3]
        return np.stack([np.interp(ranks[:, at], own, _GRID) for at, own in enumerate(below)], 1)

    def ranks(self, scores: np.ndarray) -> np.ndarray:
        """Ranks of scores."""
        if not self.ranked:
            return scores
        below = self._margins[3]
        return np.stack([np.interp(scores[:, at], _GRID, own) for at, own in enumerate(below)], 1)

    def usual(self, scores: np.ndarray) -> np.ndarray:
        """(n, d) log density of each score by itself; 0 where there is none."""
        out = np.zeros(scores.shape)
        for at in range(scores.shape[1]):
            w, m, s = (part[:, at] for part in self._margins[:3])
            z = (scores[:, at, None] - m) / s
            out[:, at] = log_sum(np.log(np.maximum(w, 1e-300)) - np.log(s) - (z**2 + _TAU) / 2)
        return np.nan_to_num(out)

    def fill(self, rows: Rows, rng: np.random.Generator) -> Rows:
        """The same rows, all that is not known drawn from its law given all that is.

        Each row follows that law, but not independently of the others: they are spread evenly over it, as the rows of
        the trees are, and where nothing is known so are the ranks of each number.
        """
        pieces = [self._filled(rows.take(at), rng) for at in self._chunks(rows)]
        if not pieces:
            return rows
        ranks = np.vstack([piece.ranks for piece in pieces])
        if (rows.codes == FREE).all():
            ranks = _spread(ranks, rng)
        return Rows(np.vstack([piece.codes for piece in pieces]), ranks)

    def _filled(self, rows: Rows, rng: np.random.Generator) -> Rows:
        scores = self.scores(rows.ranks)
        known, parts = self._given(rows.codes, scores)
        ends = np.cumsum(np.exp(parts - log_sum(parts)[:, None]), 1)
        u = evenly(np.zeros(len(rows)), rng)
        chosen = (u[:, None] * ends[:, -1:] >= ends).sum(1).clip(max=ends.shape[1] - 1)
        noise = _noise(chosen, scores.shape[1], rng)
        codes, first = rows.codes.copy(), 0
        for one, held in zip(self.mixtures, known, strict=True):
            at = np.flatnonzero((chosen >= first) & (chosen < first + len(one.weights)))
            part = Known(held.levels, held.codes[at], held.log[at], {c: v[at] for c, v in held.likely.items()})
            codes[at] = part.drawn(chosen[at] - first, rng)
            for normal in one.normals:
                scores[np.ix_(at, normal.columns)] = normal.filled(scores[at], chosen[at] - first, noise[at])
            first += len(one.weights)
        ranks = self.ranks(scores)
        ranks[codes[:, list(self.ranked)] != 0] = np.nan
        return Rows(codes, ranks)

    def _given(self, codes: np.ndarray, scores: np.ndarray) -> tuple[list[Known], np.ndarray]:
        """What is known, by mixture, and (n, k) log of each component's weight times the chance of that."""
        known = [Known.of(one.levels, codes) for one in self.mixtures]
        parts = [
            np.log(one.weights) + held.log + one.log_scores(scores)
            for one, held in zip(self.mixtures, known, strict=True)
        ]
        return known, np.hstack(parts) - np.log(len(self.mixtures))

    def outlook(self, rows: Rows, columns: Sequence[int]) -> Iterator[tuple[np.ndarray, int, Law]]:
        """Which rows, which column, and the law of its cells given what is known of these rows; some rows at a time."""
        for at in self._chunks(rows):
            part = rows.take(at)
            scores = self.scores(part.ranks)
            known, parts = self._given(part.codes, scores)
            ends = np.cumsum([len(one.weights) for one in self.mixtures])[:-1]
            shares = np.split(np.exp(parts - log_sum(parts)[:, None]), ends, 1)
            found = [self._of(*pair, scores, columns) for pair in zip(self.mixtures, known, strict=True)]
            for column in columns:
                levels = [share[:, :, None] * own[column][0] for share, own in zip(shares, found, strict=True)]
                chances = sum(part.sum(1) for part in levels)
                weights = np.hstack([part[:, :, 0] for part in levels])
                middle, deviation = (np.hstack([own[column][side] for own in found]) for side in (1, 2))
                yield at, column, self._law(column, np.asarray(chances), weights, middle, deviation)

    def _of(
        self, one: Mixture, known: Known, scores: np.ndarray, columns: Sequence[int]
    ) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Column -> (n, k, size) chances of levels, and (n, k) mean and deviation of the score, in each component."""
        shape = (len(scores), len(one.weights), len(self.ranked))
        middle, deviation = np.zeros(shape), np.ones(shape)
        for normal in one.normals:
            for kind in kinds(scores[:, normal.columns]):
                if kind[0].all():
                    continue
                gone = np.ix_(kind[1], np.arange(shape[1]), normal.columns[~kind[0]])
                means, covs = normal.given(scores, kind)
                middle[gone] = means.transpose(1, 0, 2)
                deviation[gone] = np.sqrt(np.diagonal(covs, axis1=1, axis2=2).clip(1e-12))
        chances: dict[int, np.ndarray] = {}
        known.beliefs(lambda at, law: chances.update({at: law}) if at in columns else None)
        ranks = {at: d for d, at in enumerate(self.ranked)}
        nothing = np.zeros(shape[:2])
        return {
            at: (law, middle[:, :, ranks[at]], deviation[:, :, ranks[at]]) if at in ranks else (law, nothing, nothing)
            for at, law in chances.items()
        }

    def _law(
        self, column: int, chances: np.ndarray, weights: np.ndarray, middle: np.ndarray, deviation: np.ndarray
    ) -> Law:
        if column not in self.ranked:
            return Law(chances, np.zeros((len(chances), 0)), np.zeros((len(chances), 0)))
        scores = middle[:, :, None] + deviation[:, :, None] * score_of((np.arange(_NODES) + 0.5) / _NODES)
        ranks = np.interp(scores.reshape(len(chances), -1), _GRID, self._margins[3][self.ranked.index(column)])
        return Law(chances, ranks, np.repeat(weights, _NODES, 1) / _NODES)

    def log_density(self, rows: Rows) -> np.ndarray:
        """(n,) log chance of the levels that are known, times the density of the ranks that are."""
        out = np.zeros(len(rows))
        for at in self._chunks(rows):
            scores = self.scores(rows.ranks[at])
            out[at] = log_sum(self._given(rows.codes[at], scores)[1]) - self.usual(scores).sum(1)
        return out

    def surprise(self, rows: Rows) -> np.ndarray:
        """(n, s) minus the log density of each column's cell given all others; all levels have to be known.

        That of a number is over its score and not its rank, so that a column's ends are less likely than its middle.
        """
        out = np.zeros(rows.codes.shape)
        for at in self._chunks(rows):
            codes, scores = rows.codes[at], self.scores(rows.ranks[at])
            parts, each = [], []
            for one in self.mixtures:
                parts.append(one.parts(codes, scores))
                found = one.levels.each(codes)
                for normal in one.normals:
                    columns = [self.ranked[c] for c in normal.columns]
                    found[:, :, columns] += normal.each(scores, kinds(scores[:, normal.columns]))
                each.append(found)
            joint, alone = np.hstack(parts), np.concatenate(each, 1)
            total = log_sum(joint)
            for c in range(alone.shape[2]):
                out[at, c] = log_sum(joint - alone[:, :, c]) - total
        return out

    def _chunks(self, rows: Rows) -> list[np.ndarray]:
        """Rows in pieces whose arrays are not too large."""
        if not len(rows):
            return []
        k = max(len(one.weights) for one in self.mixtures)
        forests = [one.levels.forest for one in self.mixtures]
        widest = 1 + len(self.ranked)
        for at in range(rows.codes.shape[1]):
            joined = any(f.parents[at] >= 0 or at in f.parents for f in forests)
            partly = (rows.codes[:, at] < 0).any() and (rows.codes[:, at] != -1).any()
            if joined or partly:
                widest = max(widest, *(f.sizes[at] for f in forests))
        step = int(min(max(_CELLS // (k * widest), 16), _ROWS))
        return np.split(np.arange(len(rows)), range(step, len(rows), step))

    def to_state(self) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
        """Plain values and arrays, for a model's file."""
        plain: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        for at, one in enumerate(self.mixtures):
            forest = one.levels.forest
            plain.append(
                {"sizes": forest.sizes, "parents": forest.parents, "order": forest.order, "blocks": len(one.normals)}
            )
            arrays |= {f"weights{at}": one.weights, f"tables{at}": one.levels.tables}
            for b, normal in enumerate(one.normals):
                key = f"{at}.{b}"
                arrays |= {f"columns{key}": normal.columns, f"means{key}": normal.means, f"covs{key}": normal.covs}
        return plain, arrays

    @classmethod
    def from_state(
        cls, plain: Sequence[dict[str, Any]], arrays: dict[str, np.ndarray], ranked: tuple[int, ...]
    ) -> Self:
        """Read what `to_state` wrote."""
        mixtures = []
        for at, one in enumerate(plain):
            forest = Forest(*(tuple(map(int, one[key])) for key in ("sizes", "parents", "order")))
            keys = [f"{at}.{b}" for b in range(one["blocks"])]
            normals = tuple(Normal(arrays[f"columns{k}"], arrays[f"means{k}"], arrays[f"covs{k}"]) for k in keys)
            mixtures.append(Mixture(arrays[f"weights{at}"], Levels(forest, arrays[f"tables{at}"]), normals))
        return cls(tuple(mixtures), ranked)


def _spread(ranks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The ranks in the same order, one in each of as many equal steps."""
    out = ranks.copy()
    for column in out.T:
        there = np.flatnonzero(~np.isnan(column))
        place = np.empty(len(there))
        place[np.argsort(column[there], kind="stable")] = np.arange(len(there))
        column[there] = (place + rng.random(len(there))) / max(len(there), 1)
    return out


def _noise(chosen: np.ndarray, d: int, rng: np.random.Generator) -> np.ndarray:
    """(n, d) standard normal, spread evenly over the rows of a component (scrambled points of Sobol)."""
    from scipy.special import ndtri
    from scipy.stats.qmc import Sobol

    n = len(chosen)
    out = np.zeros((n, d))
    order = np.lexsort((rng.random(n), chosen))
    if d:
        points = Sobol(d, seed=seed_of(rng)).random_base2(max(n - 1, 0).bit_length())[:n]
        out[order] = ndtri(points.clip(1e-9, 1 - 1e-9))
    return out
