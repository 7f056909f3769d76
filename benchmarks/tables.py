"""Adult, the UCI split: our classical models and sdv's GaussianCopulaSynthesizer with its defaults, in one run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from benchmarks.judge import SEEDS, fit_and_sample, judged, timed, yardsticks
from benchmarks.machine import load
from synthkit import pipeline
from synthkit.data import catalog
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.rng import stream

if TYPE_CHECKING:
    import pandas as pd

    from synthkit.data.table import Table

Maker = Callable[[int, int], "tuple[Table, dict[str, float]]"]
"""Seed and number of rows -> synthetic rows, and the seconds of `fit` and of `sample`."""

ROUNDS = 5
"""How often each model is timed; of the tables, one a seed of `SEEDS` is judged."""

OURS = ("marginals", "copula", "trees")
SDV = "sdv GaussianCopulaSynthesizer"


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Every model in turn, round by round, so that a busy machine slows all of them alike; then the judging."""
    found = catalog.card("adult")
    train = pipeline.read(catalog.path("adult", "train"), target=found.target)
    unseen = pipeline.read(catalog.path("adult", "test"), schema=train.schema)
    reference = Reference(train, unseen)
    frame = _frame()
    makers = {name: _ours(name, train) for name in OURS} | {SDV: _sdv(frame, train)}
    for make in makers.values():
        make(0, 500)  # imports are not counted
    made = _race(makers, len(train), say)
    rows = yardsticks(reference)
    for name, rounds in made.items():
        say(f"adult: {name}: judging")
        runs = []
        for seed, (table, spent) in enumerate(rounds):
            # sdv draws with a fixed seed of its own: its second table is the first again
            wanted = seed in (SEEDS if name != SDV else SEEDS[:1])
            scores = judged(reference, table, seed=seed) if wanted else {}
            runs.append(spent | scores)
        rows.append({"name": name, "runs": runs})
    return {
        "data": {"name": "adult", "train": len(train), "unseen": len(unseen), "columns": len(train.schema)},
        "seeds": list(SEEDS),
        "rounds": ROUNDS,
        "rows": rows,
    }


def _race(
    makers: dict[str, Maker], rows: int, say: Callable[[str], None]
) -> dict[str, list[tuple[Table, dict[str, Any]]]]:
    made: dict[str, list[tuple[Table, dict[str, Any]]]] = {name: [] for name in makers}
    for seed in range(ROUNDS):
        for name, make in makers.items():
            before = load()
            table, seconds = make(seed, rows)
            made[name].append((table, {"seconds": seconds, "load": before}))
            say(f"adult: {name}, seed {seed}: fit {seconds['fit']} s, sample {seconds['sample']} s")
    return made


def _ours(name: str, train: Table) -> Maker:
    def make(seed: int, rows: int) -> tuple[Table, dict[str, float]]:
        some = train.head(rows)
        model, fit = timed(lambda: registry.get(name)().fit(some, rng=stream(seed, "fit", name)))
        table, sample = timed(lambda: model.sample(rows, rng=stream(seed, "sample", name)))
        return table, fit_and_sample(fit, sample)

    return make


def _sdv(frame: pd.DataFrame, train: Table) -> Maker:
    """Run sdv as its own users do: a pandas frame, the column types named, everything else as it comes."""
    types = {c.name: {"sdtype": "numerical" if c.is_number else "categorical"} for c in train.schema}

    def make(seed: int, rows: int) -> tuple[Table, dict[str, float]]:  # noqa: ARG001 - sdv takes no seed
        from sdv.metadata import Metadata
        from sdv.single_table import GaussianCopulaSynthesizer

        some = frame.head(rows).copy()  # sdv renames the columns of what it is given while it fits
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # advice on saving the metadata
            metadata = Metadata.load_from_dict({"tables": {"adult": {"columns": types}}})
            model = GaussianCopulaSynthesizer(metadata)
            _, fit = timed(lambda: model.fit({"adult": some}))
            drawn, sample = timed(lambda: model.sample(num_rows=rows))
        return pipeline.read(drawn["adult"][list(types)], schema=train.schema), fit_and_sample(fit, sample)

    return make


def _frame() -> pd.DataFrame:
    """Train as pandas reads it, "?" being a word like any other."""
    import pandas as pd

    return pd.read_csv(catalog.path("adult", "train"), keep_default_na=False)
