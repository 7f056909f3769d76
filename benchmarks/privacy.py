"""Privacy: how the battery ranks tables of which it is known what they give away, and what protection costs.

Three tables. *Known cases*: half of a file is learned from; copies of it, trees that copy leaf by leaf, the models as
they are, the privacy dial, and rows with differential privacy are attacked and judged. *Released tables*
of the peers, attacked against the rows of Adult that are in neither of their files. *Differential privacy*: the
total variation over all pairs of columns that the literature measures, and our rows beside the peers' private table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks import peers
from benchmarks.judge import FIDELITY_AND_UTILITY, judged, timed
from synthkit import pipeline
from synthkit.attacks import Battery, attack
from synthkit.data import catalog, io
from synthkit.data.native import raw_of
from synthkit.data.split import split
from synthkit.data.table import Table
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.private.curator import Curator
from synthkit.private.domain import Domain, Rows
from synthkit.rng import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.schema import Schema

SETS: Final = ("adult", "beijing")
DOMAIN: Final = Path(__file__).parent / "domains" / "adult.toml"
TREES: Final = {
    "trees leaf=1 blur=0": {"leaf": 1, "wide_leaf": 1, "blur": 0.0, "shrink": 0.0},
    "trees": {},
    "trees privacy=20": {"privacy": 20},
    "trees privacy=100": {"privacy": 100},
}
DELTA: Final = 1e-9
PRIVATE: Final = (("aim", 1.0), ("mst", 1.0), ("dpvae", 1.0), ("aim", 5.0))
BESIDE: Final = (("mst", 1.0), ("dpvae", 1.0), ("aim", 1.0), ("aim", 2.4))
"""Private models beside the peers' private table, whose epsilon is 2.4."""
ROUNDS: Final = 3
MOST_CELLS: Final = 10_000
"""Of a pair that counts, as in the script that the anchor comes from."""


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All three tables."""
    return {
        "delta": DELTA,
        "known": [_known(name, say) for name in SETS],
        "released": _released(say),
        "pairs": _pairs(say),
        "beside": _beside(say),
    }


def _known(name_of: str, say: Callable[[str], None]) -> dict[str, Any]:
    found = catalog.card(name_of)
    path = catalog.path(name_of, "train" if "train" in found.parts else None)
    whole = pipeline.read(path, target=found.target)
    parts = split(whole, share=0.5, seed=0)
    reference = Reference(parts.train, parts.holdout, 0)
    rows = []
    for name, table, spent in _tables(parts.train, whole, private=name_of == "adult"):
        told = attack(parts.train, table, parts.holdout, seed=0)
        scores = {} if name == "copies of train" else judged(reference, table, seed=0, metrics=FIDELITY_AND_UTILITY)
        rows.append({"name": name, "seconds": spent, "attack": _plain(told)} | scores)
        say(f"privacy: {name_of}: {name}: {told.verdict.value}, {told.best.attack} {told.best.auc:.3f}")
    data = {"name": name_of, "train": len(parts.train), "unseen": len(parts.holdout), "columns": len(whole.schema)}
    return {"data": data, "rows": rows}


def _tables(train: Table, whole: Table, *, private: bool) -> Any:
    yield "copies of train", train, 0.0
    for name, options in TREES.items():
        table, spent = timed(lambda options=options: _made("trees", options, train))
        yield name, table, spent.wall
    for name in ("copula", "marginals"):
        table, spent = timed(lambda name=name: _made(name, {}, train))
        yield name, table, spent.wall
    for name, epsilon in PRIVATE if private else ():
        table, spent = timed(lambda name=name, epsilon=epsilon: _private(name, epsilon, train, whole))
        yield f"{name} epsilon={epsilon:g}", table, spent.wall


def _made(name: str, options: Mapping[str, Any], train: Table) -> Table:
    model = registry.get(name)(**options).fit(train, rng=stream(0, "fit", name))
    return model.sample(len(train), rng=stream(0, "sample", name))


def _private(name: str, epsilon: float, train: Table, whole: Table) -> Table:
    """Rows of a private model, read as those of a file would be."""
    domain = Domain.read(DOMAIN)
    model = _fitted(name, epsilon, domain, domain.rows(raw_of(train.frame)))
    table = model.sample(len(train), rng=stream(0, "sample", name))
    return _as(table, whole.schema)


def _as(table: Table, schema: Schema) -> Table:
    """Private rows read as a file of the real ones would be: a missing cell is written "?" there."""
    frame = io.from_table(table).astype(object)
    return io.to_table(frame.where(frame.notna(), "?"), schema=schema, constant="keep")


def _fitted(name: str, epsilon: float, domain: Domain, rows: Rows) -> Any:
    curator = Curator(rows, domain.sizes, epsilon=epsilon, delta=DELTA, bound=domain.bound)
    return registry.private(name)().fit(curator, domain, rng=stream(0, "fit", name))


def _plain(told: Battery) -> dict[str, Any]:
    """What the page shows of a battery."""

    def one(found: Any) -> dict[str, Any]:
        return {
            "attack": found.attack, "auc": found.auc, "ci": list(found.ci), "members": found.members,
            "caught": {f"{caught.rate:g}": caught.share if caught.told else None for caught in found.caught},
        }  # fmt: skip

    return {
        "verdict": told.verdict.value,
        "best": one(told.best),
        "each": [one(each) for each in told.each],
        "outliers": one(told.outliers),
        "group": one(told.group.found) if told.group else None,
        "risks": [
            {
                "name": risk.name, "main": risk.main.share, "control": risk.control.share,
                "baseline": risk.baseline.share, "excess": risk.excess, "ci": list(risk.ci),
            }
            for risk in told.risks
        ],
        "controls": [{"name": c.name, "works": c.works, **one(c.found)} for c in told.controls],
        "repeated": [{"name": r.name, "found": r.found, "of": r.of, "base": r.base} for r in told.repeated],
    }  # fmt: skip


def _released(say: Callable[[str], None]) -> list[dict[str, Any]]:
    where = peers.folder()
    known = pipeline.read(where / "train.csv.gz", target=peers.TARGET)
    freed = peers.loose(known.schema)
    unseen = peers.real(pipeline.read(where / "clean.csv.gz", schema=known.schema), freed)
    train, rows = peers.real(known, freed), []
    for name in peers.RELEASED:
        told = attack(train, peers.released(where / f"{name}.csv.gz", freed), unseen, seed=0)
        rows.append({"name": name, "attack": _plain(told)})
        say(f"privacy: released {name}: {told.verdict.value}, {told.best.attack} {told.best.auc:.3f}")
    return rows


def _pairs(say: Callable[[str], None]) -> dict[str, Any]:
    """The discretised copy of Adult that the anchor was measured on: 48,842 rows, 14 columns."""
    codes, domain = _discretised()
    rows = Rows(codes, np.arange(len(codes)), np.arange(len(codes)))
    runs: dict[str, list[dict[str, float]]] = {}
    for name in ("mst", "aim"):
        for _ in range(ROUNDS):
            model, spent = timed(lambda name=name: _fitted(name, 1.0, domain, rows))
            made = domain.rows(raw_of(model.sample(len(codes), rng=stream(0, "sample", name)).frame)).codes
            off = _variation(codes, made, domain.sizes)
            runs.setdefault(name, []).append({"variation": off, "seconds": spent.wall, "cpu": spent.cpu})
            say(f"privacy: {name}: total variation {off:.4f} in {spent.wall:.0f} s")
    return {"rows": len(codes), "epsilon": 1.0, "runs": runs}


def _discretised() -> tuple[NDArray[np.int32], Domain]:
    import pandas as pd

    frame = pd.concat(
        [pd.read_csv(catalog.path("adult", part), keep_default_na=False) for part in ("train", "test")],
        ignore_index=True,
    ).drop(columns="education")
    bins = {
        "age": 85,
        "fnlwgt": 100,
        "education.num": 16,
        "capital.gain": 100,
        "capital.loss": 100,
        "hours.per.week": 99,
    }
    ends = {
        "age": (17, 102), "fnlwgt": (0, 1_500_000), "education.num": (1, 17), "capital.gain": (0, 100_000),
        "capital.loss": (0, 4_400), "hours.per.week": (1, 100),
    }  # fmt: skip
    columns, codes = [], []
    for name in frame:
        if name in bins:
            low, high = ends[name]
            place = (frame[name].astype(float) - low) / (high - low) * bins[name]
            codes.append(place.astype(int).clip(0, bins[name] - 1))
            end = bins[name] - 1
            columns.append({"name": name, "kind": "integer", "min": 0, "max": end, "bins": end + 1, "missing": False})
        else:
            words = sorted(set(frame[name]))
            codes.append(frame[name].map(words.index))
            values = [str(at) for at in range(len(words))]
            columns.append({"name": name, "kind": "categorical", "values": values, "missing": False})
    return np.stack(codes, axis=1).astype(np.int32), Domain.of({"public": True, "column": columns})


def _variation(real: NDArray[np.int32], made: NDArray[np.int32], sizes: tuple[int, ...]) -> float:
    """The mean total variation over all pairs of columns."""
    off = []
    for one, other in combinations(range(len(sizes)), 2):
        cells = sizes[one] * sizes[other]
        if cells <= MOST_CELLS:
            laws = (np.bincount(s[:, one] * sizes[other] + s[:, other], minlength=cells) / len(s) for s in (real, made))
            off.append(0.5 * float(np.abs(np.subtract(*laws)).sum()))
    return float(np.mean(off))


def _beside(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Utility and detection beside the private table of TabularARGN, by the protocol of the peers' page."""
    where, domain = peers.folder(), Domain.read(DOMAIN)
    known = pipeline.read(where / "train.csv.gz", target=peers.TARGET)
    freed = peers.loose(known.schema)
    unseen = peers.real(pipeline.read(where / "clean.csv.gz", schema=known.schema), freed)
    reference = Reference(peers.real(known, freed), unseen)
    theirs = peers.released(where / "tabularargn_dp_1.csv.gz", freed)
    rows = [{"name": "tabularargn_dp_1 epsilon=2.4"} | judged(reference, theirs, seed=0, metrics=FIDELITY_AND_UTILITY)]
    real = domain.rows(io.read_frame(where / "train.csv.gz"))
    for name, epsilon in BESIDE:
        model, spent = timed(lambda name=name, epsilon=epsilon: _fitted(name, epsilon, domain, real))
        table = model.sample(len(known), rng=stream(0, "sample", name))
        made = peers.real(_as(table, known.schema), freed)
        scores = judged(reference, made, seed=0, metrics=FIDELITY_AND_UTILITY)
        rows.append({"name": f"{name} epsilon={epsilon:g}", "seconds": spent.wall} | scores)
        told = f"detection {scores['detection']['value']:.3f}, utility {scores['utility']['value']:.3f}"
        say(f"privacy: {name} epsilon {epsilon:g}: {told}")
    return rows
