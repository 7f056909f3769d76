"""Anomalies: `surprise` of every model that has one, beside an isolation forest and the local outlier factor.

A model of what is normal learns from half of a table's normal rows; the other half and all anomalies are then ranked.
No arm sees an anomaly, or which rows are, before the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import mean, median
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthkit import pipeline
from synthkit.data import catalog
from synthkit.errors import ReadError
from synthkit.models import registry
from synthkit.models.base import Detector, Terms, Trained
from synthkit.rng import seed_of, stream
from synthkit.threads import one_thread

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from synthkit.data.table import Table

Scores = NDArray[np.float64]
Truth = NDArray[np.bool_]

SETS = (
    "mammography", "hypothyroid", "breast_cancer",
    *(f"keel_imbalanced/{name}" for name in (
        "abalone-21_vs_8", "abalone19", "car-good", "flare-F", "kddcup-rootkit-imap_vs_back",
        "kr-vs-k-zero_vs_fifteen", "page-blocks0", "poker-8_vs_6", "shuttle-c0-vs-c4", "winequality-white-3_vs_7",
        "yeast6",
    )),
)  # fmt: skip
SEEDS = (0, 1, 2)
MOST = 5_000  # rows to learn from
BUDGET = 60.0  # seconds of a network's training
CLASSICAL = ("IsolationForest", "LocalOutlierFactor")
METRICS = ("auc", "precision")


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All arms over all sets."""
    rows, missing = [], []
    for name in SETS:
        try:
            card = catalog.card(name)
            table = pipeline.read(catalog.path(name), target=card.target, constant="keep")
        except ReadError as error:
            missing.append({"name": name, "why": error.message})
            continue
        rows.append(_one(name, table, say))
    ranks = _ranks(rows) if rows else {}
    return {
        "seeds": list(SEEDS), "most": MOST, "budget_seconds": BUDGET, "rows": rows, "ranks": ranks, "missing": missing,
    }  # fmt: skip


def detectors() -> tuple[str, ...]:
    """The registered models that tell how odd rows are."""
    return tuple(name for name in registry.names() if hasattr(registry.get(name), "surprise"))


def _one(name: str, table: Table, say: Callable[[str], None]) -> dict[str, Any]:
    cells = table.frame[table.schema.target]
    is_odd = (cells == str(cells.value_counts().index[-1])).to_numpy(bool, na_value=False)
    seen = table.schema.without({table.schema.target})
    table = type(table)(table.frame[list(seen.names)], seen)
    found: dict[str, list[dict[str, float]]] = {arm: [] for arm in (*CLASSICAL, *detectors())}
    for seed in SEEDS:
        learn, ask = _split(is_odd, seed)
        for arm, runs in found.items():
            began = time.perf_counter()
            scores = _scored(arm, table.take(learn), table.take(ask), seed)
            spent = time.perf_counter() - began
            runs.append(_marks(is_odd[ask], scores) | {"seconds": round(spent, 2)})
        told = ", ".join(f"{arm} {runs[-1]['auc']:.3f} ({runs[-1]['seconds']:.0f} s)" for arm, runs in found.items())
        say(f"anomaly: {name} seed {seed}: {told}")
    arms = {
        arm: {key: median(run[key] for run in runs) for key in runs[0]} | {"runs": runs} for arm, runs in found.items()
    }
    facts = {"name": name, "rows": len(table), "columns": len(table.schema), "anomalies": int(is_odd.sum())}
    return facts | {"learned": len(learn), "asked": len(ask), "arms": arms}


def _split(is_odd: Truth, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Half of the normal rows; the other half and all anomalies."""
    normal = stream(seed, "anomaly").permutation(np.flatnonzero(~is_odd))
    half = len(normal) // 2
    return normal[:half][:MOST], np.concatenate([normal[half:], np.flatnonzero(is_odd)])


def _scored(arm: str, learned: Table, asked: Table, seed: int) -> Scores:
    """How odd the rows asked about are, higher is odder."""
    rng = stream(seed, arm)
    if arm in CLASSICAL:
        with one_thread():
            return -_classical(arm, learned, seed_of(rng)).score_samples(asked.frame.astype(_plain(asked)))
    model = registry.get(arm)()
    if isinstance(model, Trained):
        model.terms = Terms(seconds=BUDGET)
    model.fit(learned, rng=rng)
    assert isinstance(model, Detector)
    return np.asarray(model.surprise(asked)[0].sum(axis=1))


def _classical(arm: str, learned: Table, seed: int) -> Pipeline:
    """Numbers standardised, missing ones the median; categories one-hot, missing is one; then defaults."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import IsolationForest
    from sklearn.impute import SimpleImputer
    from sklearn.neighbors import LocalOutlierFactor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    kinds = _plain(learned)
    numbers = [name for name, kind in kinds.items() if kind == "float64"]
    words = [name for name in kinds if name not in numbers]
    filled = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    seen = ColumnTransformer([("numbers", filled, numbers), ("words", OneHotEncoder(handle_unknown="ignore"), words)])
    last = IsolationForest(random_state=seed) if arm == "IsolationForest" else LocalOutlierFactor(novelty=True)
    return make_pipeline(seen, last).fit(learned.frame.astype(kinds))


def _plain(table: Table) -> dict[str, str]:
    return {column.name: "float64" if column.is_number else "object" for column in table.schema}


def _marks(truth: Truth, scores: Scores) -> dict[str, float]:
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "auc": round(float(roc_auc_score(truth, scores)), 4),
        "precision": round(float(average_precision_score(truth, scores)), 4),
    }


def _ranks(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Of each arm: its mean rank over the sets by each measure, 1 is best, its means, and the sets it wins."""
    from scipy.stats import rankdata

    arms = list(rows[0]["arms"])
    found: dict[str, dict[str, float]] = {arm: {} for arm in arms}
    for metric in METRICS:
        values = np.array([[row["arms"][arm][metric] for arm in arms] for row in rows])
        ranks = rankdata(-values, axis=1)
        for at, arm in enumerate(arms):
            found[arm][f"rank {metric}"] = round(float(ranks[:, at].mean()), 2)
            found[arm][f"mean {metric}"] = round(float(values[:, at].mean()), 4)
            found[arm][f"wins {metric}"] = int((values[:, at] == values.max(1)).sum())
    for arm in arms:
        found[arm]["seconds"] = round(mean(row["arms"][arm]["seconds"] for row in rows), 2)
    return found
