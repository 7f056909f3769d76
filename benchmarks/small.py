"""Small tables: every model over the same folds, and how often one split chooses another model than all of them.

Two rounds of five folds, as `synthkit generate` has below 1,000 rows. Our classical models run in all ten; the others
in the first round, each fit in a process of its own that is stopped after two minutes. Names, tickets and cabins of
titanic are left out for every arm.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.apart import apart
from synthkit import pipeline
from synthkit.data import catalog
from synthkit.data.split import folds
from synthkit.decide.attempt import attempt
from synthkit.decide.climb import Rung, rank
from synthkit.decide.criteria import Criteria, Verdict
from synthkit.decide.folds import pooled, references
from synthkit.errors import ReadError
from synthkit.models import registry
from synthkit.scorecard import Scorecard, score

if TYPE_CHECKING:
    from synthkit.metrics.base import Reference, Score
    from synthkit.models.base import Synthesizer

SETS = tuple(os.environ.get("SMALL_SETS", "pima,breast_cancer,titanic,german_credit,insurance").split(","))
DROPPED = {"titanic": ("PassengerId", "Name", "Ticket", "Cabin")}
OURS = ("marginals", "copula", "mixture", "trees", "energy")
THEIRS = ("sdv GaussianCopulaSynthesizer",)
NETWORKS = ("synthkit tvae", "sdv TVAESynthesizer", "synthkit ctgan", "sdv CTGANSynthesizer")
OF_NETWORKS = tuple(os.environ.get("SMALL_NETWORKS", "pima").split(","))
"""Sets that the networks are run on; they take minutes."""
ROUND = 5
LIMIT = 120.0
SEED = 0
CRITERIA = Criteria()


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All arms on each set that is on this machine."""
    sets, missing = [], []
    for name in SETS:
        try:
            sets.append(_set(name, say))
        except ReadError as error:
            missing.append({"name": name, "why": error.message})
    facts = {"seed": SEED, "limit_seconds": LIMIT, "round": ROUND, "networks_on": list(OF_NETWORKS)}
    return facts | {"sets": sets, "missing": missing}


def _set(name: str, say: Callable[[str], None]) -> dict[str, Any]:
    card = catalog.card(name)
    table = pipeline.read(catalog.path(name), target=card.target, drop=DROPPED.get(name, ()), constant="drop")
    splits = references(folds(table, seed=SEED), SEED)
    ratio = float(np.mean([len(s.holdout) / len(s.train) for s in splits]))
    tried: dict[str, list[Rung]] = {}
    rows: list[dict[str, Any]] = []
    for model in OURS:
        tried[model], cpu = _judged(model, splits)
        rows.append(_row(f"synthkit {model}", [r.scorecard for r in tried[model] if r.scorecard], cpu, ratio))
        say(_said(name, rows[-1]))
    for arm in (*THEIRS, *(NETWORKS if name in OF_NETWORKS else ())):
        cards, cpu, why = _theirs(arm, splits[:ROUND])
        rows.append(_row(arm, cards, cpu, ratio) if cards else {"name": arm, "why": why})
        say(_said(name, rows[-1]))
    data = {"name": name, "rows": len(table), "columns": len(table.schema), "target": card.target, "folds": len(splits)}
    return {"data": data, "rows": rows, "choice": _choice(tried, ratio)}


def _judged(model: str, splits: Sequence[Reference]) -> tuple[list[Rung], list[float]]:
    """The rung of one of our models in each fold, and its processor seconds to fit and sample."""
    rungs, cpu = [], []
    for split in splits:
        began, spent = time.process_time(), [0.0]

        def look(_: Synthesizer, began: float = began, spent: list[float] = spent) -> None:
            spent[0] = time.process_time() - began

        rung, _ = attempt(
            registry.get(model)(), split, rows=len(split.train), criteria=CRITERIA, seed=split.seed, look=look,
            metrics=_metrics(),
        )  # fmt: skip
        rungs.append(rung)
        cpu.append(round(spent[0], 2))
    return rungs, cpu


def _theirs(arm: str, splits: Sequence[Reference]) -> tuple[list[Scorecard], list[float], str]:
    """The scores of an arm in each fold; nothing but the reason where a fit fails or takes too long."""
    cards, cpu = [], []
    for split in splits:
        try:
            made, facts = apart(arm, split.train, seed=SEED, budget=LIMIT / 2, limit=LIMIT)
        except Exception as error:  # noqa: BLE001 - whatever stops another's model is a result
            return [], [], f"{type(error).__name__} in fold {len(cards) + 1}"
        cards.append(score(split, made, metrics=_metrics(), seed=split.seed))
        cpu.append(facts["cpu_seconds"])
    return cards, cpu, ""


def _metrics() -> list[str]:
    return [c.metric for c in CRITERIA.criteria]


def _row(arm: str, cards: Sequence[Scorecard], cpu: Sequence[float], ratio: float) -> dict[str, Any]:
    whole = pooled(cards, ratio=ratio)
    found = {s.metric: _plain(s) for s in whole.headlines}
    return {"name": arm, "folds": len(cards), "cpu_seconds": round(float(np.median(cpu)), 2)} | found


def _plain(found: Score) -> dict[str, Any]:
    values = {"value": found.value, "floor": found.floor, "low": found.ci[0] if found.ci else None}
    values["high"] = found.ci[1] if found.ci else None
    return {key: None if v is None else round(v, 5) for key, v in values.items()} | {"unit": found.unit}


def _choice(tried: dict[str, list[Rung]], ratio: float) -> dict[str, Any]:
    """What the ladder's rule chooses by all folds, and by each fold as if it were the only holdout."""
    whole = []
    for model, rungs in tried.items():
        if cards := [r.scorecard for r in rungs if r.scorecard]:
            card = pooled(cards, ratio=ratio)
            whole.append(Rung(model, "", "judged", "", scorecard=card, judgements=CRITERIA.judge(card)))
    chosen = _first(whole)
    singles = [_first(list(rungs)) for rungs in zip(*tried.values(), strict=True)]
    verdict = next(r.verdict for r in whole if r.model == chosen)
    return {
        "chosen": chosen,
        "verdict": verdict.value if verdict else None,
        "single": singles,
        "single_verdicts": list(_verdicts(tried, singles)),
        "other": sum(one != chosen for one in singles),
    }


def _verdicts(tried: dict[str, list[Rung]], singles: Sequence[str]) -> Iterator[str]:
    for at, model in enumerate(singles):
        verdict = tried[model][at].verdict
        yield verdict.value if verdict else ""


def _first(rungs: Sequence[Rung]) -> str:
    """The first that passes, else the best by rank: the rule of `decide.ladder`, all having been tried."""
    judged = [r for r in rungs if r.scorecard]
    return next((r for r in judged if r.verdict is Verdict.PASS), min(judged, key=rank)).model


def _said(name: str, row: dict[str, Any]) -> str:
    if "why" in row:
        return f"small: {name}: {row['name']}: {row['why']}"
    told = ", ".join(f"{m} {row[m]['value']:.3f} (floor {row[m]['floor']:.3f})" for m in ("detection", "utility"))
    return f"small: {name}: {row['name']}: {told}, {row['cpu_seconds']} processor s a fold"
