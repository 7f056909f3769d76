"""A pipeline in Python: criteria of your own, and rows for a question that the real table has too few of.

$ python pipelines/custom.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import synthkit as sk
from synthkit.data import catalog
from synthkit.data.io import write_table


def main(out: str = "runs/custom", budget: str = "2m", models: tuple[str, ...] = ("trees",)) -> sk.Verdict:
    """Make, judge and keep a synthetic table; then draw more rows of the rare class."""
    result = sk.generate(
        catalog.path("credit_data"),
        target="Status",
        models=models,
        options={"trees": {"leaf": 8}},
        criteria={"detection": {"plus": 0.12}, "membership": {"absolute": 0.58}},
        budget=budget,
        seed=1,
    )
    print(result.summary())
    files = result.save(out)

    # The verdict is of the whole table. More rows of one class are drawn by conditioning, so none are thrown away.
    bad = result.model.sample_where(500, {"Status": "bad"}, rng=np.random.default_rng(1))
    write_table(bad, Path(out) / "bad.csv", synthetic=True)
    print(f"verdict {result.verdict}: {files['report']}, and 500 rows of one class in {Path(out) / 'bad.csv'}")
    return result.verdict


if __name__ == "__main__":
    sys.exit(3 if main(*sys.argv[1:2]) is sk.Verdict.FAIL else 0)
