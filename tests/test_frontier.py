"""The judge and the page of the public sets."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest

import synthkit as sk


@pytest.fixture
def bench(root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    return lambda name: importlib.import_module(f"benchmarks.{name}")


def cloud(n, seed, middle=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(middle, 1, (n, 3))
    return sk.read(pd.DataFrame(x, columns=list("abc")).assign(kind=rng.choice(["u", "v"], n)))


def test_precision_and_recall_know_equal_shifted_and_repeated_rows(bench):
    precision_recall = bench("precision").precision_recall
    real, rng = cloud(2000, 0), np.random.default_rng(0)
    alike = precision_recall(real, cloud(2000, 1), rng)
    shifted = precision_recall(real, cloud(2000, 1, middle=2.0), rng)
    copied = precision_recall(real, real, rng)
    assert alike[0] > 0.95 and 0.4 < alike[1] < 0.56
    assert shifted[0] < 0.5 and shifted[1] < 0.25
    assert copied[1] > 0.95


def run(seed, **values):
    return {"seed": seed, "seconds": 2.0, "fit_seconds": 1.5, "sample_seconds": 0.5, "peak_mb": 300} | {
        name: {"value": value, "ci": [value - 0.01, value + 0.01]} for name, value in values.items()
    }


def test_excess_is_over_the_control_of_the_same_seed(bench):
    frontier = bench("frontier")
    control = [run(0, membership=0.50), run(1, membership=0.52)]
    found, half = frontier.excess([run(0, membership=0.53), run(1, membership=0.55)], control, "membership")
    assert found == pytest.approx(0.03) and half == pytest.approx(0.01 * 2**0.5)
    assert frontier.excess([run(0)], control, "membership") is None


def test_the_page_and_the_picture_show_every_model(bench):
    frontier = bench("frontier")
    rows = [
        {"name": "real rows (floor)", "runs": [{"detection": {"value": 0.5}}]},
        {"name": "synthkit marginals", "runs": [run(0, detection=0.99, membership=0.5, dcr=0.5)]},
        {"name": "synthkit trees", "runs": [run(0, detection=0.55, membership=0.52, dcr=0.53)]},
    ]
    data = {"name": "magic", "train": 10, "unseen": 10, "columns": 3}
    found = {"seeds": [0], "sets": [{"data": data, "rows": rows}], "missing": [{"name": "default", "why": "gone"}]}
    page = frontier.page(found)
    assert "| synthkit trees | 0.550 |" in page and "+0.020 ± 0.014" in page and "Aimed at: detection 0.53" in page
    assert "default was not run: gone" in page
    drawn = frontier.picture(found)
    assert drawn.count("<circle") == 2 and "trees" in drawn and "real rows" not in drawn
