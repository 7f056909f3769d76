"""Every model of tables on the public sets of the field, beside sdv's: one split, one judge, three seeds.

Two protocols. *Honest*: a seeded half of the rows is learned from and the other half judges, so that nothing is near by
luck of the split and a copier gains nothing; on Adult also the split of the peers' released tables. *Papers'*: their
train file is learned from, and Shape and Trend are against that file, so that printed figures can stand beside ours.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from benchmarks import peers
from benchmarks.apart import apart
from benchmarks.judge import METRICS, judged, papers
from benchmarks.machine import load
from benchmarks.precision import precision_recall
from synthkit import pipeline
from synthkit.data import catalog
from synthkit.data.split import split
from synthkit.data.table import Table
from synthkit.errors import ReadError
from synthkit.metrics.base import Reference
from synthkit.rng import stream

SETS = tuple(os.environ.get("TABULAR_SETS", "adult_peers,adult,default,shoppers,magic,beijing,diabetes130").split(","))
ARMS = tuple(
    os.environ.get(
        "TABULAR_ARMS",
        "synthkit marginals,synthkit copula,synthkit mixture,synthkit trees,synthkit energy,synthkit autoregressive,"
        "synthkit tvae,synthkit flow,synthkit diffusion,synthkit ctgan,"
        "sdv GaussianCopulaSynthesizer,sdv TVAESynthesizer,sdv CTGANSynthesizer",
    ).split(",")
)
SEEDS = (0, 1, 2)
BUDGET = 300.0
WANTED = (*METRICS, "global_utility")
NETWORKS = ("mixture", "autoregressive", "tvae", "flow", "diffusion", "ctgan", "TVAESynthesizer", "CTGANSynthesizer")
"""Arms of minutes on some table: one seed, and the honest protocol alone."""
LEADING = "synthkit autoregressive"
"""Of these the one whose lead is told: three seeds."""


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All arms on each set that is on this machine."""
    sets, missing = [], []
    for name in SETS:
        try:
            reference, fixed = honest(name), _papers(name)
        except ReadError as error:
            missing.append({"name": name, "why": error.message})
            continue
        rows = [{"name": "real rows (floor)", "runs": [floor(reference)]}]
        for arm in ARMS:
            slow = arm.split()[-1] in NETWORKS
            seeds = SEEDS if arm == LEADING or (arm.startswith("synthkit") and not slow) else SEEDS[:1]
            runs = [one(arm, reference, None if slow else fixed, seed) for seed in seeds]
            rows.append({"name": arm, "runs": runs})
            told = [f"{run['detection']['value']:.3f}" for run in runs]
            say(f"tabular: {name}: {arm}: detection {' '.join(told)}, {runs[0]['seconds']:.1f} s")
        if name == "adult_peers":
            rows += list(_released(reference))
        data = {"name": name, "train": len(reference.train), "unseen": len(reference.holdout)}
        sets.append({"data": data | {"columns": len(reference.schema)}, "rows": rows})
    return {"seeds": list(SEEDS), "budget_seconds": BUDGET, "sets": sets, "missing": missing}


def honest(name: str) -> Reference:
    if name == "adult_peers":
        where = peers.folder()
        train = pipeline.read(where / "train.csv.gz", target=peers.TARGET)
        return Reference(train, pipeline.read(where / "clean.csv.gz", schema=train.schema), SEEDS[0])
    parts = split(_whole(name), share=0.5, seed=SEEDS[0])
    return Reference(parts.train, parts.holdout, SEEDS[0])


def _papers(name: str) -> Table | None:
    """The papers' train file, where there is one."""
    if name == "adult_peers" or "test" not in catalog.card(name).parts:
        return None
    return pipeline.read(catalog.path(name, "train"), target=catalog.card(name).target, constant="drop")


def _whole(name: str) -> Table:
    card = catalog.card(name)
    if "test" not in card.parts:
        return pipeline.read(catalog.path(name), target=card.target, constant="drop")
    train = pipeline.read(catalog.path(name, "train"), target=card.target)
    test = pipeline.read(catalog.path(name, "test"), schema=train.schema)
    return Table(pd.concat([train.frame, test.frame], ignore_index=True), train.schema)


def one(arm: str, reference: Reference, fixed: Table | None, seed: int) -> dict[str, Any]:
    before = load()
    made, facts = apart(arm, reference.train, seed=seed, budget=BUDGET)
    found = facts | {"load": before} | judged(reference, made, seed=seed, metrics=WANTED)
    found |= _spread(reference, made, seed)
    if fixed is not None:
        found["papers"] = papers(fixed, apart(arm, fixed, seed=seed, budget=BUDGET)[0])
    return found


def floor(reference: Reference) -> dict[str, Any]:
    """Real train rows judged like synthetic ones."""
    rows = stream(SEEDS[0], "floor").permutation(len(reference.train))
    same = judged(reference, reference.train.take(rows), seed=SEEDS[0], metrics=WANTED)
    floors = {name: {"value": same[name]["floor"]} for name in WANTED if name in same}
    return floors | _spread(reference, reference.train, SEEDS[0]) | {"seed": None}


def _spread(reference: Reference, made: Table, seed: int) -> dict[str, Any]:
    precision, recall = precision_recall(reference.holdout, made, stream(seed, "precision"))
    return {"alpha_precision": {"value": round(precision, 5)}, "beta_recall": {"value": round(recall, 5)}}


def _released(reference: Reference) -> Iterator[dict[str, Any]]:
    """The peers' own tables; their training rows are not certain, so nothing is said of privacy."""
    where = peers.folder()
    loose = peers.loose(reference.schema)
    whole = Reference(peers.real(reference.train, loose), peers.real(reference.holdout, loose), SEEDS[0])
    told = tuple(name for name in WANTED if name not in ("dcr", "membership", "identical"))
    for name in peers.RELEASED:
        made = peers.released(where / f"{name}.csv.gz", loose)
        run = judged(whole, made, seed=SEEDS[0], metrics=told) | _spread(whole, made, SEEDS[0])
        yield {"name": name, "runs": [run]}
