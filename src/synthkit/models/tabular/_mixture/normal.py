"""The scores of a row within each component of a mixture: jointly normal, as far as they are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Kind", "Normal", "blocks", "kinds"]

_TAU = float(np.log(2 * np.pi))
_FLOOR = 1e-4  # variance that a component never falls below: a hundredth of a standard deviation
_OFTEN = 0.2  # of the rows in which a column of a shared block is there
_WIDEST, _KINDS = 64, 100  # columns of a block, and different sets of scores that are there
_CELLS = 1_000_000  # of the covariances of several such sets at once

Kind = tuple[np.ndarray, np.ndarray]
"""Which scores are there (bool), and the rows of which that holds."""


def kinds(scores: np.ndarray) -> list[Kind]:
    """The rows of scores by which of them are there."""
    seen = ~np.isnan(scores)
    if not seen.size:
        return []
    sets, of = np.unique(seen, axis=0, return_inverse=True)
    order = np.argsort(of.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(of.ravel(), minlength=len(sets)))
    return list(zip(sets, np.split(order, ends[:-1]), strict=True))


def blocks(scores: np.ndarray) -> list[np.ndarray]:
    """Columns that have one covariance: all, or where that is too many, those that are there in the same rows.

    A column that is there in few rows has a block of its own: many of them make nearly every row one of a kind.
    """
    often = np.isfinite(scores).mean(0) >= _OFTEN if len(scores) else np.ones(scores.shape[1], bool)
    every = [np.flatnonzero(often)] if often.any() else []
    if len(kinds(scores[:, often])) > _KINDS:
        _, of = np.unique(~np.isnan(scores[:, often]), axis=1, return_inverse=True)
        every = [np.flatnonzero(often)[of.ravel() == one] for one in range(of.max() + 1)]
    every += [np.array([at]) for at in np.flatnonzero(~often)]
    return [part for one in every for part in np.array_split(one, -(-len(one) // _WIDEST))]


@dataclass(frozen=True)
class Normal:
    """Scores of a block of columns in each of k components.

    Args:
        columns: of the scores.
        means: (k, b).
        covs: (k, b, b).
    """

    columns: np.ndarray
    means: np.ndarray
    covs: np.ndarray

    def log(self, scores: np.ndarray, rows_of: Sequence[Kind]) -> np.ndarray:
        """(n, k) log density of the scores that are there."""
        found = np.zeros((len(scores), len(self.means)))
        for there, part in self._some(rows_of):
            root = np.linalg.cholesky(self._padded(there))
            size = np.log(np.diagonal(root, axis1=2, axis2=3)).sum(2) + there.sum(1)[:, None] * _TAU / 2
            across = np.linalg.inv(root).transpose(0, 1, 3, 2)
            for at, (seen, rows) in enumerate(part):
                away = np.where(seen, scores[rows[:, None], self.columns] - self.means[:, None], 0.0)
                white = away @ across[at]
                found[rows] = (-0.5 * np.einsum("krb,krb->kr", white, white) - size[at][:, None]).T
        return found

    def _some(self, rows_of: Sequence[Kind]) -> Iterator[tuple[np.ndarray, Sequence[Kind]]]:
        """(kinds, b) which scores are there, and the kinds: as many at once as memory can hold."""
        step = max(1, _CELLS // max(self.covs.size, 1))
        for at in range(0, len(rows_of), step):
            part = rows_of[at : at + step]
            yield np.array([seen for seen, _ in part]), part

    def _padded(self, there: np.ndarray) -> np.ndarray:
        """(kinds, k, b, b) covariances in which a score that is not there is standard, and of no other's making."""
        both = there[:, None, :, None] & there[:, None, None, :]
        return np.where(both, self.covs, np.eye(len(self.columns)))

    def given(self, scores: np.ndarray, kind: Kind) -> tuple[np.ndarray, np.ndarray]:
        """(k, r, m) means and (k, m, m) covariances of the scores that are not there, given those that are."""
        seen, rows = kind
        gone = ~seen
        across = self.covs[:, seen][:, :, gone]
        gain = np.linalg.solve(self.covs[:, seen][:, :, seen], across)
        away = scores[np.ix_(rows, self.columns[seen])] - self.means[:, None, seen]
        return self.means[:, None, gone] + away @ gain, self.covs[:, gone][:, :, gone] - across.transpose(
            0, 2, 1
        ) @ gain

    def filled(self, scores: np.ndarray, chosen: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """(n, b) scores of the block, those that are not there made of (n, d) noise in each row's chosen component."""
        out, noise = scores[:, self.columns].copy(), noise[:, self.columns]
        for seen, rows in kinds(out):
            if seen.all():
                continue
            for one in np.unique(chosen[rows]):
                at = rows[chosen[rows] == one]
                part = Normal(self.columns, self.means[[one]], self.covs[[one]])
                means, covs = part.given(scores, (seen, at))
                out[np.ix_(at, ~seen)] = means[0] + noise[np.ix_(at, ~seen)] @ _root(covs[0]).T
        return out

    def each(self, scores: np.ndarray, rows_of: Sequence[Kind]) -> np.ndarray:
        """(n, k, b) log density of each score that is there given the others that are; 0 for one that is not."""
        found = np.zeros((len(scores), *self.means.shape))
        for seen, rows in rows_of:
            if not seen.any():
                continue
            inverse = np.linalg.inv(self.covs[:, seen][:, :, seen])
            own = np.diagonal(inverse, axis1=1, axis2=2)[:, None]
            away = (scores[np.ix_(rows, self.columns[seen])] - self.means[:, None, seen]) @ inverse
            logs = 0.5 * (np.log(own) - _TAU - away**2 / own)
            found[np.ix_(rows, np.arange(len(self.means)), np.flatnonzero(seen))] = logs.transpose(1, 0, 2)
        return found

    @classmethod
    def learn(
        cls,
        scores: np.ndarray,
        rows_of: Sequence[Kind],
        chances: np.ndarray,
        old: Normal,
        *,
        own: float,
        diagonal: float,
    ) -> Normal:
        """The likeliest parameters given (n, k) chances of the components; scores that are not there are expected.

        Covariances are drawn towards what is common to all components, as `own` rows for each column would, and that
        towards its diagonal.
        """
        counts = chances.sum(0)
        sums, squares = np.zeros(old.means.shape), np.zeros(old.covs.shape)
        for share, full, left, gone in _expected(scores, rows_of, chances, old):
            held = full * share.T[:, :, None]
            sums += held.sum(1)
            squares += full.transpose(0, 2, 1) @ held
            if len(gone):
                squares[np.ix_(np.arange(len(counts)), gone, gone)] += share.sum(0)[:, None, None] * left
        means = sums / (counts + 0.5)[:, None]  # half a row at the middle
        cross = means[:, :, None] * sums[:, None, :]
        squares += counts[:, None, None] * means[:, :, None] * means[:, None, :] - cross - cross.transpose(0, 2, 1)
        eye = np.eye(len(old.columns))
        common = squares.sum(0) / max(counts.sum(), 1.0)
        common = common * (1 - diagonal * (1 - eye)) + _FLOOR * eye
        weight = own * (len(eye) + 2)
        return cls(old.columns, means, (squares + weight * common) / (counts + weight)[:, None, None] + _FLOOR * eye)


def _expected(
    scores: np.ndarray, rows_of: Sequence[Kind], chances: np.ndarray, old: Normal
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """For each kind of rows: their chances, (k, r, b) scores, (k, m, m) covariances of those not there, and which."""
    for seen, rows in rows_of:
        here = scores[np.ix_(rows, old.columns)]
        if seen.all():
            yield chances[rows], np.broadcast_to(here, (len(old.means), *here.shape)), np.zeros(0), np.zeros(0, int)
            continue
        means, left = old.given(scores, (seen, rows))
        full = np.empty((len(old.means), *here.shape))
        full[:, :, seen], full[:, :, ~seen] = here[:, seen], means
        yield chances[rows], full, left, np.flatnonzero(~seen)


def _root(cov: np.ndarray) -> np.ndarray:
    """A root of a covariance; conditioning may have left it a hair short of positive."""
    return np.linalg.cholesky((cov + cov.T) / 2 + 1e-9 * np.eye(len(cov)))
