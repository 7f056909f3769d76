"""Whether a source of innovations is nearer to innovations it never saw than blocks of the old ones are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.models.series._innovations import joined_rows

if TYPE_CHECKING:
    from synthkit.models.series._structure import Source

__all__ = ["Contest", "contest", "dependence"]

_LAGS = 16
_PERMUTATIONS = 99
_WIDTHS = (128, 64, 32, 16, 8)
_WINDOWS = 16  # half-overlapping held-out windows that a width needs
_MOST = 240  # windows compared, evenly spaced
_DRAWS = 100  # paths of each source a window
_BLOCKS = 10  # runs of neighbouring windows whose spread gives the standard error
_HALF_NORMAL = 0.7978845608


@dataclass(frozen=True, slots=True)
class Contest:
    """How near two sources came to held-out windows, each under that window's own conditions.

    Args:
        new, old: mean distances (Cramer), in standard deviations of the old source's draws.
        difference: old less new; above 0 the new one is nearer.
        error: standard error of the difference, over runs of neighbouring windows.
        windows: how many.
        width: rows of a window.
    """

    new: float
    old: float
    difference: float
    error: float
    windows: int
    width: int

    @property
    def won(self) -> bool:
        """Whether the new source is nearer by more than one standard error."""
        return bool(np.isfinite(self.difference) and self.difference > self.error > 0)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def contest(
    new: Source, old: Source, held: Sequence[np.ndarray], context: Sequence[np.ndarray], *, rng: np.random.Generator
) -> Contest | None:
    """Compare two sources on held-out (T, k) innovations; None where these hold too few windows.

    A referee (logistic regression on features of a window) learns to tell draws of the one from draws of the other. It
    never sees a held-out window, and neither source was trained on its answers. Each held-out window's answer is then
    compared with the answers for draws of each source under the same conditions, by the CRPS: a proper score, so no
    source can do better on average than the true law.
    """
    places = _places(held)
    if not places:
        return None
    width = places[0][2]
    real, ours, theirs = [], [], []
    for series, at, _ in places:
        known = context[series][at : at + width]
        real.append(_features(held[series][None, at : at + width], known))
        ours.append(_features(new.draw(2 * _DRAWS, known, series=series, rng=rng), known))
        theirs.append(_features(old.draw(2 * _DRAWS, known, series=series, rng=rng), known))
    answer = _referee(np.vstack([f[:_DRAWS] for f in ours]), np.vstack([f[:_DRAWS] for f in theirs]))
    marks = [answer(f) for f in real]
    one, two = [answer(f[_DRAWS:]) for f in ours], [answer(f[_DRAWS:]) for f in theirs]
    unit = max(float(np.concatenate(two).std()), 1e-9)
    scores = np.array([(_crps(m[0], a) / unit, _crps(m[0], b) / unit) for m, a, b in zip(marks, one, two, strict=True)])
    own = _half_spread(np.concatenate(marks)) / unit
    difference, error = _over_runs(scores[:, 1] - scores[:, 0])
    new_, old_ = (scores.mean(0) - own).tolist()
    return Contest(new_, old_, difference, error, len(places), width)


def dependence(innovations: Sequence[np.ndarray], context: Sequence[np.ndarray], *, rng: np.random.Generator) -> float:
    """A p-value of "rows are independent of each other and of the calendar", by shuffling the rows of each series.

    Weighted sums of squared correlations of x and |x| with each other at lags, and with the conditions; the least of
    the p-values of these families is judged by its own law under the shuffles.
    """
    from scipy.stats import rankdata

    keep = [np.isfinite(rows).any(1) for rows in innovations]
    rows = joined_rows(innovations, rng)
    ranked = rankdata(np.vstack(rows), axis=0)
    ranked = (ranked / (len(ranked) + 1) - 0.5) * 12**0.5
    parts = np.split(ranked, np.cumsum([len(r) for r in rows])[:-1])
    known = [c[k] - c[k].mean(0) if k.any() else c[k] for c, k in zip(context, keep, strict=True)]
    found = [_families(parts, known)]
    found += [_families([rng.permutation(p) for p in parts], known) for _ in range(_PERMUTATIONS)]
    table = np.array(found)
    ranks = np.array([rankdata(-column, method="max") for column in table.T]).T / len(table)
    least = ranks.min(1)
    return float(np.mean(least <= least[0]))


def _families(parts: Sequence[np.ndarray], known: Sequence[np.ndarray]) -> list[float]:
    """Portmanteau statistics: x on past x, |x| on past |x|, each on the other's past, and both on the conditions."""
    k = parts[0].shape[1]
    sums = np.zeros((_LAGS, 2 * k, 2 * k))
    with_known = np.zeros((2 * k, known[0].shape[1]))
    for x, c in zip(parts, known, strict=True):
        size = np.abs(x)
        both = np.hstack([x - x.mean(0), size - size.mean(0)]) if len(x) else np.zeros((0, 2 * k))
        for lag in range(1, min(_LAGS, len(x) - 1) + 1):
            sums[lag - 1] += both[lag:].T @ both[:-lag]
        with_known += both.T @ c
    weights = 1 / np.arange(1, _LAGS + 1)
    squares = np.einsum("l,lij->ij", weights, sums**2)
    blocks = [squares[:k, :k], squares[k:, k:], squares[k:, :k] + squares[:k, k:].T]
    return [float(b.sum()) for b in blocks] + [float((with_known**2).sum())]


def _places(held: Sequence[np.ndarray]) -> list[tuple[int, int, int]]:
    """(series, row, width) of half-overlapping windows without NaN, of the largest width with enough of them."""
    for width in _WIDTHS:
        found = [
            (i, at, width)
            for i, rows in enumerate(held)
            for at in range(0, len(rows) - width + 1, width // 2)
            if np.isfinite(rows[at : at + width]).all()
        ]
        if len(found) >= _WINDOWS:
            chosen = np.unique(np.linspace(0, len(found) - 1, _MOST).astype(int))
            return [found[i] for i in chosen]
    return []


def _features(windows: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(N, f) of (N, n, k) windows under (n, c) conditions: levels, sizes, tails, lagged products, products with c."""
    size = np.abs(windows) - _HALF_NORMAL
    n, rows, k = windows.shape
    bounded = windows**3 / (1 + windows**2)  # says where the tails are, without a tail of its own
    found = [windows.mean(1), size.mean(1), bounded.mean(1)]
    pair = np.einsum("nti,ntj->nij", windows, windows) / rows
    found.append(pair[:, *np.triu_indices(k, 1)])
    for lag in (1, 2, 3, 4, 6, 8, 12):
        if lag > rows // 4:
            break
        crossed = ((windows, windows), (size, size), (size, windows), (windows, size))
        found += [(a[:, lag:] * b[:, :-lag]).mean(1) for a, b in (crossed if lag <= 4 else crossed[:2])]
    if k > 1:
        found.append(np.einsum("nti,ntj->nij", windows[:, 1:], windows[:, :-1]).reshape(n, -1) / rows)
    if known.shape[1]:
        found += [np.einsum("nti,tj->nij", part, known).reshape(n, -1) / rows for part in (windows, size, bounded)]
    return np.hstack(found)


def _referee(ours: np.ndarray, theirs: np.ndarray) -> Any:  # noqa: ANN401 - a function of features
    """Log-odds that a window is one of ours, by penalised logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rows = np.vstack([ours, theirs])
    scaling = StandardScaler().fit(rows)
    model = LogisticRegression(C=0.05, max_iter=500).fit(scaling.transform(rows), np.repeat([1, 0], len(ours)))
    return lambda features: model.decision_function(scaling.transform(features))


def _crps(value: float, draws: np.ndarray) -> float:
    return float(np.abs(draws - value).mean() - _half_spread(draws))


def _half_spread(draws: np.ndarray) -> float:
    """Half the mean distance of two draws."""
    n = len(draws)
    return float((np.sort(draws) * (2 * np.arange(n) - n + 1)).sum() / max(n * (n - 1), 1))


def _over_runs(differences: np.ndarray) -> tuple[float, float]:
    """The mean, and its standard error over runs of neighbouring windows (which overlap, and are alike)."""
    runs = [run.mean() for run in np.array_split(differences, min(_BLOCKS, len(differences) // 2))]
    return float(differences.mean()), float(np.std(runs, ddof=1) / len(runs) ** 0.5)
