"""A scorecard as a run on a bank's credit table leaves it, made by hand so that every number in it is known."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from synthkit.metrics.base import Score
from synthkit.scorecard import Scorecard

DIGEST = "9f2c4f0be1a6d2f5f4a1be22a0bb6a1c6c7b9e4f8f6f3f2a5d1c0e9b8a7f6e5d"
COLUMNS = (
    ("Status", "categorical"),
    ("Seniority", "integer"),
    ("Home", "categorical"),
    ("Time", "integer"),
    ("Age", "integer"),
    ("Marital", "categorical"),
    ("Records", "boolean"),
    ("Job", "categorical"),
    ("Expenses", "integer"),
    ("Income", "numeric"),
    ("Opened", "datetime"),
    ("Debt", "numeric"),
    ("Amount", "integer"),
    ("Customer", "id"),
    ("Remarks", "text"),
)
LEVELS = {
    "Status": ("good", "bad"),
    "Records": ("no", "yes"),
    "Home": ("owner", "rent", "parents", "other", "priv", "ignore"),
    "Marital": ("married", "single", "separated", "widow", "divorced"),
    "Job": ("fixed, full time", "freelance", "others", "part time", "seasonal agricultural labour", "retired",
            "student", "homemaker", "unemployed", "apprentice"),
}  # fmt: skip


def profile(i, name, kind):
    found = {
        "column": name,
        "kind": kind,
        "reason": f"{kind}: 4,454 values, {17 * i + 2} distinct",
        "missing": {"real": 0.02 * (i % 3), "synthetic": 0.021 * (i % 3)},
    }
    if kind in ("id", "text"):
        return found | {"distinct_real_share": 1.0}
    if kind in ("categorical", "boolean"):
        levels = LEVELS.get(name, tuple(f"level {j}" for j in range(2 + i % 12)))
        weights = [0.6**j for j in range(len(levels))]
        tilted = [w * (1 + 0.08 * math.sin(j + i)) for j, w in enumerate(weights)]
        return found | {"levels": list(levels), "real": shares(weights), "synthetic": shares(tilted)}
    bins = 20 + i % 10
    weights = [math.exp(-(((j - bins * 0.3) / (bins * 0.2)) ** 2)) + 0.02 for j in range(bins)]
    tilted = [w * (1 + 0.12 * math.sin(j * 0.9 + i)) for j, w in enumerate(weights)]
    edges = [float(j * 10 * (i + 1)) for j in range(bins + 1)]
    if kind == "datetime":
        edges = [f"{2000 + j // 12}-{j % 12 + 1:02d}-01T00:00:00" for j in range(bins + 1)]
    return found | {"edges": edges, "real": shares(weights), "synthetic": shares(tilted)}


def shares(weights):
    return [round(w / sum(weights), 6) for w in weights]


def headlines():
    yield Score("shape", "fidelity", 0.0182, "lower", (), 0.0161, 0.0174, (0.0150, 0.0214), 890)
    yield Score("trend", "fidelity", 0.0431, "lower", (), 0.0398, 0.0402, (0.0385, 0.0477), 890)
    yield Score("missingness", "fidelity", 0.0031, "lower", (), 0.0040, 0.0030, (0.0012, 0.0050), 890)
    yield Score("detection", "fidelity", 0.543, "lower", (), 0.502, 0.521, (0.515, 0.571), 890, "auc")
    yield Score("utility", "utility", 0.824, "higher", (), 0.836, None, (0.797, 0.851), 890, "auc",
                "AUC of gradient boosting that predicts 'Status'.")  # fmt: skip
    yield Score("global_utility", "utility", 0.611, "higher", (), 0.627, None, (0.598, 0.624), 890, "r2")
    yield Score("identical", "privacy", 0.0, "lower", (), 0.0006, None, (0.0, 0.001), 3564)
    yield Score("dcr", "privacy", 0.512, "lower", (), 0.5, None, (0.488, 0.536), 890)
    yield Score("nndr", "privacy", 0.871, "higher", (), 0.869, 0.866, (0.862, 0.880), 890, "ratio")
    yield Score("membership", "privacy", 0.508, "lower", (), 0.5, None, (0.481, 0.535), 890, "auc")


def details(columns):
    modelled = [name for name, kind in columns if kind not in ("id", "text")]
    for i, name in enumerate(modelled):
        value, floor = 0.01 + 0.004 * (i * 7 % 11), 0.012 + 0.001 * (i % 5)
        yield Score("shape", "fidelity", value, "lower", (name,), floor, n=890)
        real = 0.91 - 0.02 * (i % 20)
        yield Score("global_utility", "utility", real - 0.01, "higher", (name,), real, n=890, unit="r2")
    for i, pair in enumerate(combinations(modelled, 2)):
        value, floor = 0.02 + 0.0009 * (i * 37 % 101), 0.025 + 0.0004 * (i * 29 % 83)
        yield Score("trend", "fidelity", value, "lower", pair, floor, n=890)
    yield Score("membership", "privacy", 0.108, "lower", ("tpr@10%",), 0.1, None, (0.082, 0.134), 890)
    yield Score("membership", "privacy", 0.011, "lower", ("tpr@1%",), 0.01, None, (0.004, 0.022), 890)


def scorecard_of(columns=COLUMNS):
    return Scorecard(
        (*headlines(), *details(columns)),
        tuple(profile(i, name, kind) for i, (name, kind) in enumerate(columns)),
        {
            "rows": {"train": 3564, "holdout": 890, "synthetic": 3564},
            "columns": len(columns),
            "target": "Status",
            "seed": 0,
            "holdout_sha256": DIGEST,
            "versions": {"synthkit": "0.1.0", "numpy": "2.4.6", "pandas": "2.3.3", "lightgbm": "4.6.0"},
        },
    )


def criterion(metric, limit, rule, verdict="PASS"):
    score = next(s for s in headlines() if s.metric == metric)
    keep = {k: getattr(score, k) for k in ("metric", "value", "better", "unit")}
    return keep | {
        "label": metric,
        "ci": list(score.ci),
        "limit": limit,
        "rule": rule,
        "verdict": verdict,
        "because": "",
    }


def tried(model, rung, verdict, seconds, values, because):
    names = ("detection", "shape", "trend", "utility", "membership")
    floors = {s.metric: s.floor for s in headlines()}
    return {
        "model": model,
        "family": {"marginals": "control", "ctgan": "gan"}.get(model, "classical"),
        "rung": rung,
        "status": "judged" if verdict else "skipped",
        "verdict": verdict,
        **dict(zip(("fit_seconds", "sample_seconds", "judge_seconds"), seconds, strict=True)),
        "scores": {m: {"value": v, "ci": None, "floor": floors[m]} for m, v in zip(names, values, strict=False)},
        "because": because,
    }


def decision_of(**changes):
    goal = {
        "source": "credit.csv",
        "rows": 4454,
        "columns": 15,
        "target": "Status",
        "train_rows": 3564,
        "holdout_rows": 890,
        "split": "by row, stratified by 'Status'",
        "holdout_digest": DIGEST,
        "rows_made": 3564,
        "seed": 0,
        "budget_seconds": 300,
        "command": "synthkit generate credit.csv --target Status",
    }
    criteria = [
        criterion("detection", 0.602, "at most the floor + 0.1"),
        criterion("shape", 0.0261, "at most the floor + 1 point"),
        criterion("trend", 0.0498, "at most the floor + 1 point"),
        criterion("utility", 0.786, "at least the floor - 0.05"),
        criterion("identical", 0.0016, "at most the floor + 0.1 points"),
        criterion("dcr", 0.55, "at most 55 %"),
        criterion("membership", 0.55, "at most 0.55"),
    ]
    apart = "The columns are right one by one, and what ties them together is gone."
    climbed = [
        tried("marginals", 0, "FAIL", (0.02, 0.01, 4.1), (0.981, 0.0170, 0.121, 0.498, 0.501), apart),
        tried(
            "copula", 1, "FAIL", (1.9, 0.3, 4.0), (0.913, 0.0512, 0.0871, 0.741, 0.503), "Detection is over its limit."
        ),
        tried("trees", 2, "PASS", (0.6, 0.2, 4.2), (0.543, 0.0182, 0.0431, 0.824, 0.508), "All are met."),
        tried("ctgan", 3, None, (None, None, None), (), "Not needed: a cheaper rung passed."),
    ]
    decision = {
        "verdict": "PASS",
        "sentence": "The table of trees is as close as we asked, and no test found the rows it learned from.",
        "goal": goal,
        "criteria": criteria,
        "tried": climbed,
        "chosen": "trees",
        "because": "trees is the cheapest model that met every criterion, so the climb ended after 15 s of 300 s.",
    }
    return decision | changes


@pytest.fixture
def card():
    return scorecard_of()


@pytest.fixture
def decision():
    return decision_of()


@pytest.fixture
def wide_card():
    """Builds a scorecard of so many columns, of all kinds."""

    def make(n, prefix="column"):
        kinds = ("numeric", "categorical", "integer", "datetime", "categorical", "integer")
        return scorecard_of(tuple((f"{prefix}_{i:02d}", kinds[i % len(kinds)]) for i in range(n)))

    return make
