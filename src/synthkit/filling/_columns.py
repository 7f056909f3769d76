"""What one column's missing cells are guessed with: a ridge regression and a random forest, weighed out of sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

__all__ = ["Level", "Number"]

_LEAF = 2  # rows in a leaf of a forest at least
_SEEN = 0.5  # of the features, at each split
_DONORS = 5  # rows with the nearest guesses, of which one gives its value
_FOLDS = 5
_FEW = 10  # rows below which a column is guessed by what it mostly is
_SLIGHT = 0.1  # a forest that weighs less is not grown again
_CLASSES = 30  # levels a forest tells apart; the others are one, and drawn by their shares
_STRENGTHS = np.logspace(-1, 4, 11)


@dataclass(frozen=True)
class Number:
    """Guesses a number, and draws it from rows whose guesses are near (predictive mean matching).

    How much the forest weighs beside the regression is what errs least on rows that neither saw: trees that left them
    out, and folds (stacked regressions, Breiman 1996).

    Args:
        ridge: fitted, or None where there were too few rows.
        forest: fitted, or None where it is of no use.
        weight: of the forest.
        guesses: (d,) of the rows learned from, made without them, ascending.
        donors: (d,) their values.
    """

    ridge: Any
    forest: Any
    weight: float
    guesses: np.ndarray
    donors: np.ndarray

    @classmethod
    def learn(cls, x: np.ndarray, y: np.ndarray, *, trees: int, seed: int, before: Number | None = None) -> Self:
        """From rows with the cell filled; a forest that was of little use `before` is not grown again."""
        from sklearn.ensemble import RandomForestRegressor
        from sklearn.linear_model import RidgeCV
        from sklearn.model_selection import cross_val_predict

        if len(y) < _FEW or np.ptp(y) == 0 or not x.shape[1]:
            return cls(None, None, 0.0, np.full(len(y), y.mean()), y)
        ridge = RidgeCV(_STRENGTHS)
        apart = cross_val_predict(ridge, x, y, cv=_FOLDS)
        forest, weight = None, 0.0
        if trees and (before is None or before.weight >= _SLIGHT):
            forest = RandomForestRegressor(
                trees, min_samples_leaf=_LEAF, max_features=_SEEN, oob_score=True, random_state=seed
            ).fit(x, y)
            gain = forest.oob_prediction_ - apart
            weight = float(np.clip((gain * (y - apart)).sum() / max((gain * gain).sum(), 1e-12), 0.0, 1.0))
            apart = apart + weight * gain
        order = np.argsort(apart, kind="stable")
        return cls(ridge.fit(x, y), forest, weight, apart[order], y[order])

    def guess(self, x: np.ndarray) -> np.ndarray:
        """(n,) expected numbers, within what was seen."""
        if self.ridge is None:
            return np.full(len(x), self.donors.mean())
        found = self.ridge.predict(x)
        if self.forest is not None:
            found = (1 - self.weight) * found + self.weight * self.forest.predict(x)
        return np.asarray(found.clip(self.donors.min(), self.donors.max()))

    def draw(self, guess: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n,) values of rows whose guesses are near."""
        count = len(self.donors)
        if self.ridge is None:
            return np.asarray(self.donors[rng.integers(count, size=len(guess))])
        at = np.searchsorted(self.guesses, guess)
        first = np.clip(at - _DONORS, 0, max(count - 2 * _DONORS, 0))
        near = first[:, None] + np.arange(min(2 * _DONORS, count))
        apart = np.abs(self.guesses[near] - guess[:, None])
        nearest = np.take_along_axis(near, np.argsort(apart, axis=1, kind="stable")[:, :_DONORS], axis=1)
        chosen = rng.integers(nearest.shape[1], size=len(guess))
        return np.asarray(self.donors[nearest[np.arange(len(guess)), chosen]])


@dataclass(frozen=True)
class Level:
    """Guesses a category by a random forest; rare ones are told apart by their shares alone.

    Args:
        forest: fitted, or None where there is nothing to tell.
        classes: (k,) the levels of the forest; -1 is all others.
        shares: (levels,) of all levels among filled cells.
    """

    forest: Any
    classes: np.ndarray
    shares: np.ndarray

    @classmethod
    def learn(cls, x: np.ndarray, y: np.ndarray, *, trees: int, seed: int) -> Self:
        """From rows with the cell filled."""
        from sklearn.ensemble import RandomForestClassifier

        shares = np.bincount(y) / len(y)
        common = np.argsort(-shares, kind="stable")[:_CLASSES]
        grouped = np.where(np.isin(y, common), y, -1)
        classes = np.unique(grouped)
        if len(y) < _FEW or len(classes) < 2 or not x.shape[1] or not trees:
            return cls(None, np.arange(len(shares)), shares)
        forest = RandomForestClassifier(trees, min_samples_leaf=_LEAF, max_features=_SEEN, random_state=seed)
        return cls(forest.fit(x, grouped), classes, shares)

    def guess(self, x: np.ndarray) -> np.ndarray:
        """(n, levels) probabilities."""
        if self.forest is None:
            return np.broadcast_to(self.shares, (len(x), len(self.shares)))
        told = self.forest.predict_proba(x)
        found = np.zeros((len(x), len(self.shares)))
        found[:, self.classes[self.classes >= 0]] = told[:, self.classes >= 0]
        if self.classes[0] < 0:
            rest = np.where(np.isin(np.arange(len(self.shares)), self.classes), 0.0, self.shares)
            found += told[:, :1] * rest / rest.sum()
        return found

    def draw(self, guess: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n,) levels."""
        upto = guess.cumsum(1)
        return np.asarray((upto < rng.random((len(guess), 1)) * upto[:, -1:]).sum(1).clip(max=guess.shape[1] - 1))
