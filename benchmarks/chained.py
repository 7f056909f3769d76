"""How missing cells are usually filled: the mean, scikit-learn's IterativeImputer, and forests in turn (MissForest)."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from synthkit.data.table import Table
from synthkit.rng import stream

__all__ = ["chained_forests", "iterative", "usual"]

Both = tuple[pd.DataFrame, pd.DataFrame]
"""The best guess of each cell, and a draw."""


def _numbers(table: Table) -> list[str]:
    return [column.name for column in table.schema if column.is_number]


def _put(table: Table, name: str, cells: np.ndarray) -> pd.Series:
    column = table.frame[name]
    values = np.round(cells) if table.schema[name].kind == "integer" else cells
    return column.where(column.notna(), pd.Series(values, index=column.index).astype(column.dtype))


def usual(torn: Table, seed: int) -> Both:
    """The mean or the commonest category; as a draw, a cell of another row."""
    rng, best, drawn = stream(seed, "usual"), torn.frame.copy(), torn.frame.copy()
    for name in torn.schema.names:
        there = torn.frame[name].dropna()
        number = torn.schema[name].is_number
        middle = float(there.astype(float).mean()) if number else there.mode()[0]
        best[name] = _put(torn, name, np.full(len(torn), middle, dtype=float if number else object))
        drawn[name] = _put(torn, name, rng.choice(there.to_numpy(), len(torn)))
    return best, drawn


def iterative(torn: Table, seed: int) -> Both:
    """Bayesian ridge regressions in turn, categories as codes by frequency, as it is mostly used; a posterior draw."""
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes the next line possible
    from sklearn.impute import IterativeImputer

    numbers = _numbers(torn)
    words = {name: torn.frame[name].value_counts().index.to_numpy() for name in torn.frame if name not in numbers}
    x = pd.DataFrame({
        name: torn.frame[name].astype(float) if name in numbers
        else torn.frame[name].map({word: at for at, word in enumerate(words[name])}).astype(float)
        for name in torn.frame
    })  # fmt: skip
    middle, spread = x.mean(), x.std().clip(lower=1e-9)
    found = []
    for posterior in (False, True):
        model = IterativeImputer(max_iter=10, sample_posterior=posterior, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            filled = model.fit_transform((x - middle) / spread)
        whole = pd.DataFrame(filled, columns=x.columns) * spread + middle
        frame = torn.frame.copy()
        for name in frame:
            cells = whole[name].to_numpy()
            if name in words:
                cells = words[name][np.round(cells).clip(0, len(words[name]) - 1).astype(int)]
            frame[name] = _put(torn, name, cells)
        found.append(frame)
    return found[0], found[1]


def chained_forests(torn: Table, seed: int, *, rounds: int = 3, trees: int = 50) -> Both:
    """A random forest a column in turn (Stekhoven and Bühlmann 2012), begun with the mean; a draw is a tree's guess."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    frame, rng = usual(torn, seed)[0], stream(seed, "forests")
    numbers = _numbers(torn)
    codes = pd.DataFrame({
        name: frame[name].astype(float) if name in numbers else pd.factorize(frame[name], sort=True)[0].astype(float)
        for name in frame
    })  # fmt: skip
    words = {name: np.array(sorted(frame[name].unique()), dtype=object) for name in frame if name not in numbers}
    gaps = torn.frame.isna()
    drawn = codes.copy()
    for turn in range(rounds):
        for name in gaps.sum().sort_values(kind="stable").index:
            empty = gaps[name].to_numpy()
            if not empty.any():
                continue
            kind = RandomForestRegressor if name in numbers else RandomForestClassifier
            model = kind(trees, min_samples_leaf=2, max_features=0.5, random_state=seed, n_jobs=1)
            others = codes.drop(columns=name)
            model.fit(others[~empty].to_numpy(), codes[name][~empty].to_numpy())
            asked = others[empty].to_numpy()
            codes.loc[empty, name] = model.predict(asked)
            if turn == rounds - 1:
                votes = np.stack([tree.predict(asked) for tree in model.estimators_])
                pick = votes[rng.integers(len(votes), size=len(asked)), np.arange(len(asked))]
                drawn.loc[empty, name] = pick if name in numbers else model.classes_[pick.astype(int)]
    both = []
    for found in (codes, drawn):
        filled = torn.frame.copy()
        for name in filled:
            cells = found[name].to_numpy()
            filled[name] = _put(torn, name, cells if name in numbers else words[name][cells.astype(int)])
        both.append(filled)
    return both[0], both[1]
