"""Rare classes: `synthkit augment` beside doing nothing, class weights, random oversampling and SMOTE.

A quarter of each table is held back, with its share of the rare class, and is seen by nothing. LightGBM with the same
settings learns from what each arm makes of the rest. `augment` decides by validation inside the rest, whether, how much
and with which model. Gaps are paired with doing nothing over the held-back rows of all seeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthkit import pipeline
from synthkit.data import catalog
from synthkit.decide.augment import augment
from synthkit.errors import ReadError
from synthkit.metrics import _codes
from synthkit.metrics._features import features
from synthkit.rng import stream

if TYPE_CHECKING:
    from synthkit.data.table import Table

Rows = NDArray[np.float64]

SETS = (
    "mammography", "hypothyroid", "pima", "german_credit",
    *(f"keel_imbalanced/{name}" for name in (
        "abalone-21_vs_8", "abalone19", "car-good", "flare-F", "kr-vs-k-zero_vs_fifteen", "page-blocks0",
        "poker-8_vs_6", "winequality-white-3_vs_7", "yeast6",
    )),
)  # fmt: skip
SEEDS = (0, 1, 2)
HELD = 0.25
BUDGET = 60.0
SETTINGS = {"objective": "binary", "verbosity": -1, "num_threads": 1, "deterministic": True, "min_data_per_group": 20}
ROUNDS = 100
RESAMPLES = 200
ARMS = ("nothing", "class weights", "random oversampling", "SMOTE", "synthkit augment")


@dataclass(frozen=True)
class _Lesson:
    """Features, which rows are of the rare class, and their weights."""

    x: Rows
    y: NDArray[np.bool_]
    weight: Rows | None = None


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All arms over all sets."""
    rows, missing = [], []
    for name in SETS:
        try:
            found = catalog.card(name)
            table = pipeline.read(catalog.path(name), target=found.target)
        except ReadError as error:
            missing.append({"name": name, "why": error.message})
            continue
        rows.append(_one(name, table, say))
    return {
        "seeds": list(SEEDS), "held": HELD, "budget_seconds": BUDGET, "settings": SETTINGS, "rounds": ROUNDS,
        "rows": rows, "ranks": _ranks(rows), "missing": missing,
    }  # fmt: skip


def _one(name: str, table: Table, say: Callable[[str], None]) -> dict[str, Any]:
    cells = table.frame[table.schema.target]
    rare = str(cells.value_counts().index[-1])
    is_rare = (cells == rare).to_numpy(bool, na_value=False)
    said: dict[str, list[tuple[NDArray[np.bool_], Rows]]] = {arm: [] for arm in ARMS}
    chosen, seconds = [], []
    for seed in SEEDS:
        learn, ask = _split(is_rare, seed)
        levels = _codes.levels_of([table])
        train, test = table.take(learn), _seen(table.take(ask), levels, table)
        began = time.perf_counter()
        ours = augment(train, rare, budget=BUDGET, seed=seed)
        seconds.append(round(time.perf_counter() - began, 1))
        chosen.append(ours.because)
        lessons = _lessons(train, is_rare[learn], levels, table, seed)
        grown = np.r_[is_rare[learn], np.ones(ours.added, bool)]
        lessons["synthkit augment"] = _Lesson(_seen(ours.table, levels, table).matrix, grown)
        for arm, lesson in lessons.items():
            said[arm].append((is_rare[ask], _predicted(lesson, test, seed)))
        say(f"rare: {name} seed {seed}: {ours.because} ({seconds[-1]} s)")
    arms = {arm: _marks(pairs, said["nothing"]) for arm, pairs in said.items()}
    facts = {"name": name, "rows": len(table), "columns": len(table.schema), "rare": int(is_rare.sum())}
    return facts | {"arms": arms, "chosen": chosen, "seconds": seconds}


def _split(is_rare: NDArray[np.bool_], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rng = stream(seed, "rare")
    held = np.zeros(len(is_rare), bool)
    for side in (True, False):
        rows = rng.permutation(np.flatnonzero(is_rare == side))
        held[rows[: round(HELD * len(rows))]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def _seen(rows: Table, levels: Any, table: Table) -> Any:
    return features(_codes.coded(rows, levels, table.schema), without=table.schema.target)


def _lessons(train: Table, y: NDArray[np.bool_], levels: Any, table: Table, seed: int) -> dict[str, _Lesson]:
    from imblearn.over_sampling import SMOTE, SMOTENC, RandomOverSampler

    seen = _seen(train, levels, table)
    x = seen.matrix
    few = max(int(y.sum()), 1)
    middle = np.nanmedian(np.where(np.isfinite(x), x, np.nan), axis=0)
    filled = np.where(np.isfinite(x), x, np.nan_to_num(middle))
    neighbours = max(min(5, few - 1), 1)
    kinds = list(seen.categorical)
    if not kinds:
        smote = SMOTE(k_neighbors=neighbours, random_state=seed)
    elif len(kinds) < x.shape[1]:
        smote = SMOTENC(kinds, k_neighbors=neighbours, random_state=seed)
    else:
        from imblearn.over_sampling import SMOTEN

        smote = SMOTEN(k_neighbors=neighbours, random_state=seed)
    copied = RandomOverSampler(random_state=seed).fit_resample(np.arange(len(x))[:, None], y)
    made = smote.fit_resample(filled, y)
    return {
        "nothing": _Lesson(x, y),
        "class weights": _Lesson(x, y, np.where(y, (~y).sum() / few, 1.0)),
        "random oversampling": _Lesson(x[copied[0][:, 0]], copied[1]),
        "SMOTE": _Lesson(made[0], made[1]),
    }


def _predicted(lesson: _Lesson, test: Any, seed: int) -> Rows:
    import lightgbm

    data = lightgbm.Dataset(
        lesson.x, lesson.y.astype(float), weight=lesson.weight, categorical_feature=list(test.categorical)
    )
    return np.asarray(lightgbm.train(SETTINGS | {"seed": seed}, data, ROUNDS).predict(test.matrix))


def _pair(truth: NDArray[np.bool_], said: Rows) -> Rows:
    from sklearn.metrics import average_precision_score, balanced_accuracy_score

    return np.array([average_precision_score(truth, said), balanced_accuracy_score(truth, said >= 0.5)])


def _marks(pairs: list[tuple[NDArray[np.bool_], Rows]], plain: list[tuple[NDArray[np.bool_], Rows]]) -> dict[str, Any]:
    """Means over the seeds, and the gaps to doing nothing with 95 % intervals by resampling held-back rows."""
    each = np.array([_pair(*pair) for pair in pairs])
    rng = stream(0, "rare", "resample")
    gaps = []
    for _ in range(RESAMPLES):
        drawn = []
        for (truth, mine), (_, theirs) in zip(pairs, plain, strict=True):
            rows = np.concatenate([rng.choice(np.flatnonzero(truth == side), (truth == side).sum()) for side in (0, 1)])
            drawn.append(_pair(truth[rows], mine[rows]) - _pair(truth[rows], theirs[rows]))
        gaps.append(np.mean(drawn, axis=0))
    low, high = np.quantile(gaps, [0.025, 0.975], axis=0)
    return {
        "average_precision": round(float(each[:, 0].mean()), 5),
        "balanced_accuracy": round(float(each[:, 1].mean()), 5),
        "gap": {
            name: [round(float(low[at]), 5), round(float(high[at]), 5)]
            for at, name in enumerate(("average_precision", "balanced_accuracy"))
        },
    }


def _ranks(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean rank of each arm (1 is best) by each measure and by their mean; sets that it makes worse or better."""
    from scipy.stats import rankdata

    if not rows:
        return {}
    values = {
        name: np.array([[row["arms"][arm][name] for arm in ARMS] for row in rows])
        for name in ("average_precision", "balanced_accuracy")
    }
    values["both"] = (values["average_precision"] + values["balanced_accuracy"]) / 2
    ranks = {name: np.mean([rankdata(-row) for row in table], axis=0) for name, table in values.items()}
    out: dict[str, Any] = {}
    for at, arm in enumerate(ARMS):
        ends = [row["arms"][arm]["gap"] for row in rows]
        out[arm] = {name: round(float(found[at]), 3) for name, found in ranks.items()}
        out[arm] |= {f"mean {name}": round(float(table[:, at].mean()), 4) for name, table in values.items()}
        out[arm] |= {
            f"{word} in {name}": sum((e[name][1] < 0) if word == "worse" else (e[name][0] > 0) for e in ends)
            for word in ("worse", "better") for name in ("average_precision", "balanced_accuracy")
        }  # fmt: skip
    return out
