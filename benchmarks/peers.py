"""Released tables of other generators on Adult, beside ours, judged against real rows that nobody trained on.

The files come from the repository of the TabularARGN paper (arXiv 2501.12012). Its train and test file share a quarter
of their rows, so the judge is the 12,220 rows of Adult that are in neither.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.judge import FIDELITY_AND_UTILITY, SEEDS, judged, yardsticks
from synthkit import pipeline
from synthkit.data.schema import Schema
from synthkit.data.table import Table
from synthkit.errors import ReadError
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.rng import stream

if TYPE_CHECKING:
    import pandas as pd

TARGET = "income"
RELEASED = ("tabsyn_1", "tabsyn_2", "tabularargn_1", "tabularargn_2", "tabmt_1", "tabularargn_dp_1")
MISSING = {"nan": "?", "": "?"}  # TabMT writes the word; all others write "?", as the real files do


def folder() -> Path:
    """Where the released tables are: `peers/adult` beside the folder `$SYNTHKIT_DATA`.

    Raises:
        ReadError: they are not there.
    """
    data = os.environ.get("SYNTHKIT_DATA")
    found = Path(data).expanduser().parent / "peers" / "adult" if data else None
    if found is None or not (found / "clean.csv.gz").is_file():
        raise ReadError(
            "the peers' released tables are not on this machine",
            hint="set SYNTHKIT_DATA to the folder of data sets; they are looked for in peers/adult beside it",
        )
    return found


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Our trees on the peers' train file, and the peers' own tables."""
    where = folder()
    known = pipeline.read(where / "train.csv.gz", target=TARGET)
    freed = loose(known.schema)
    unseen = real(pipeline.read(where / "clean.csv.gz", schema=known.schema), freed)
    reference = Reference(real(known, freed), unseen)
    rows = yardsticks(reference, FIDELITY_AND_UTILITY)
    trees = []
    for seed in SEEDS:
        table = _trees(known, seed)
        trees.append(judged(reference, real(table, freed), seed=seed, metrics=FIDELITY_AND_UTILITY))
        say(f"peers: trees, seed {seed}: detection {trees[-1]['detection']['value']:.3f}")
    rows.append({"name": "trees", "runs": trees})
    for name in RELEASED:
        run_ = judged(reference, released(where / f"{name}.csv.gz", freed), seed=SEEDS[0], metrics=FIDELITY_AND_UTILITY)
        rows.append({"name": name, "runs": [run_]})
        say(f"peers: {name}: detection {run_['detection']['value']:.3f}")
    return {
        "data": {"name": "adult, the peers' split", "train": len(known), "unseen": len(unseen), "columns": len(freed)},
        "seeds": list(SEEDS),
        "rows": rows,
    }


def _trees(train: Table, seed: int) -> Table:
    model = registry.get("trees")().fit(train, rng=stream(seed, "fit", "trees"))
    return model.sample(len(train), rng=stream(seed, "sample", "trees"))


def loose(schema: Schema) -> Schema:
    """Whole numbers as any numbers: TabSyn and TabMT write fractions, which is part of what gives them away."""
    columns = (replace(c, kind="numeric", decimals=None) if c.kind == "integer" else c for c in schema)
    return replace(schema, columns=tuple(columns))


def real(table: Table, loose: Schema) -> Table:
    numbers = {c.name: "float64" for c in loose if c.kind == "numeric"}
    return Table(table.frame.astype(numbers), loose)


def released(path: Path, loose: Schema) -> Table:
    """A peer's table: blanks round the words taken off, missing cells as the real files have them, numbers as is."""
    import pandas as pd

    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    clean: dict[str, pd.Series[Any]] = {}
    for column in loose:
        cells = frame[column.name].str.strip()
        clean[column.name] = pd.to_numeric(cells) if column.kind == "numeric" else cells.replace(MISSING)
    return pipeline.read(pd.DataFrame(clean), schema=loose)
