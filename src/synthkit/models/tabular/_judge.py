"""How good a network is while it learns: whether boosting tells its rows from rows that it did not learn from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthkit.models.nn.training import Look
from synthkit.models.tabular._layout import Layout, Rows
from synthkit.threads import one_thread

__all__ = ["Judge"]

_MOST = 4000  # rows of each kind to learn from, and to look at
_SETTINGS = {
    "objective": "binary", "verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True,
    "num_leaves": 15, "learning_rate": 0.15, "min_data_per_group": 20, "min_data_in_leaf": 10,
    "feature_pre_filter": False, "max_bin": 127,
}  # fmt: skip
_ROUNDS = 40


class Judge:
    """A small booster, trained afresh at every look on generated rows and rows the network learned from.

    It is asked about other generated rows and held-out ones. It sees what the network sees, a number being its stretch
    and its place there.

    Args:
        layout: of the rows.
        learned: rows that the network learned from.
        held: rows to look at, which it did not learn from.
        rng: which rows are looked at; the same at every look.
    """

    def __init__(self, layout: Layout, learned: Rows, held: Rows, rng: np.random.Generator) -> None:
        self._scored = layout.scored
        self._kinds = [at for at in range(learned.codes.shape[1]) if at not in layout.scored]
        self._learned = _some(learned, rng)
        self._held = _some(held, rng)

    def __call__(self, draw: Callable[[int], Rows]) -> Look:
        """What it makes of a way to draw rows."""
        import lightgbm as lgb
        from scipy.stats import rankdata

        if len(self._learned) < 2 or not self._learned.codes.shape[1]:
            return Look(0.5, 1.0)
        n, m = max(len(self._learned), 200), max(len(self._held), 1000)
        made = draw(n + m)
        lessons, tests = made.take(np.arange(n)), made.take(np.arange(n, n + m))
        x = np.r_[self._seen(self._learned), self._seen(lessons)]
        y = np.r_[np.ones(len(self._learned)), np.zeros(n)]
        with one_thread():
            data = lgb.Dataset(x, y, categorical_feature=self._kinds, free_raw_data=False)
            fitted = lgb.train(_SETTINGS, data, _ROUNDS)
            odds = fitted.predict(np.r_[self._seen(self._held), self._seen(tests)])
        size = len(self._held)
        ranks = rankdata(odds)[:size].sum()
        told = (ranks - size * (size + 1) / 2) / (size * m)
        return Look(float(max(told, 1 - told)), _variety(tests, self._held))

    def _seen(self, rows: Rows) -> np.ndarray:
        from scipy.special import ndtr

        seen = rows.codes.astype(np.float64)
        for place, at in enumerate(self._scored):
            seen[:, at] += 0.999 * ndtr(rows.scores[:, place])
        return seen


def _some(rows: Rows, rng: np.random.Generator) -> Rows:
    return rows.take(rng.permutation(len(rows))[:_MOST])


def _variety(made: Rows, held: Rows) -> float:
    """Distinct rows among as many generated as held-out ones, at most 1."""
    n = min(len(made), len(held))
    distinct = [len(np.unique(rows.codes[:n], axis=0)) for rows in (made, held)]
    return min(1.0, distinct[0] / distinct[1])
