"""Finished runs to decide about, and a registry of one's own."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthkit import pipeline
from synthkit.operate.registry import Registry
from synthkit.operate.steps import Act

TODAY = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
KEPT = {"shape": {"absolute": 0.5}, "membership": {"absolute": 0.9}, "dcr": {"absolute": 0.9}}
LEFT = dict.fromkeys(("trend", "detection", "utility", "identical"), False)


@pytest.fixture(scope="session")
def source() -> pd.DataFrame:
    """4,000 rows of nobody."""
    rng = np.random.default_rng(0)
    jobs = np.array(["clerk", "nurse", "smith"])[rng.integers(3, size=4000)]
    return pd.DataFrame({"age": rng.integers(18, 80, 4000), "job": jobs, "paid": rng.normal(30, 5, 4000).round(6)})


@pytest.fixture(scope="session")
def runs(source: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs: one that keeps its criteria, the same with the privacy dial, and one that breaks one."""
    home = tmp_path_factory.mktemp("runs")
    asked = {"good": {}, "private": {"privacy": 10}, "bad": {}}
    for name, more in asked.items():
        limits = KEPT | LEFT | ({"shape": {"absolute": 0.0}} if name == "bad" else {})
        found = pipeline.generate(source, models=["marginals"], criteria=limits, share=0.5, seed=1, **more)
        found.save(home / name)
    return home


@pytest.fixture
def good(runs: Path, tmp_path: Path) -> Path:
    """A run of one's own that keeps its criteria."""
    return Path(shutil.copytree(runs / "good", tmp_path / "good"))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """An empty one."""
    return Registry(tmp_path / "registry")


@pytest.fixture
def ada() -> Act:
    """Somebody who answers for it."""
    return Act("Ada", TODAY)
