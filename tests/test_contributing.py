"""The examples of CONTRIBUTING.md are complete, and run."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from synthkit.data import catalog
from synthkit.metrics import base
from synthkit.metrics.base import Metric, Reference
from synthkit.models import registry, tabular
from synthkit.models.base import Synthesizer

ROOT = Path(__file__).parents[1]
MODEL, MODEL_TEST, METRIC = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.fixture
def flat(tmp_path, monkeypatch):
    """The model of the guide, in the room it belongs to."""
    (tmp_path / "flat.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.setattr(tabular, "__path__", [*tabular.__path__, str(tmp_path)])
    registry._found.cache_clear()
    yield registry.get("flat")
    registry._found.cache_clear()
    sys.modules.pop("synthkit.models.tabular.flat", None)
    if hasattr(tabular, "flat"):
        del tabular.flat


def test_the_model_is_found_and_passes_its_own_tests(flat, tmp_path):
    assert "flat" in registry.names()
    assert isinstance(flat(), Synthesizer)
    space: dict[str, object] = {}
    exec(compile(MODEL_TEST, "CONTRIBUTING.md", "exec"), space)
    tests = [f for name, f in space.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test(*([tmp_path / "saved"] if inspect.signature(test).parameters else []))


def test_the_metric_is_zero_for_the_holdout_itself_and_grows(tmp_path, monkeypatch):
    (tmp_path / "spread.py").write_text(METRIC, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    metric = import_module("spread").METRIC
    sys.modules.pop("spread")
    assert isinstance(metric, Metric)
    table = catalog.load("credit_data")
    rows = np.arange(len(table))
    real = Reference(table.take(rows[::2]), table.take(rows[1::2]))
    wide = table.take(rows[1::2])
    frame = wide.frame.assign(Price=wide.frame["Price"] * 10)
    (same,) = metric(real, real.holdout, rng=np.random.default_rng(0))
    (worse,) = metric(real, type(wide)(frame, wide.schema), rng=np.random.default_rng(0))
    assert same.value == 0 < same.floor < worse.value
    assert base.Score.from_dict(worse.to_dict()) == worse


def test_the_examples_pass_the_linter_and_mypy(tmp_path):
    files = [tmp_path / "model.py", tmp_path / "metric.py"]
    for file, block in zip(files, (MODEL, METRIC), strict=True):
        file.write_text(block, encoding="utf-8")
    config = str(ROOT / "pyproject.toml")
    for tool in (
        ["ruff", "check", "--config", config],
        ["ruff", "format", "--check", "--config", config],
        ["mypy", "--config-file", config],  # `make types` has left most of its work in the cache
    ):
        run = [sys.executable, "-m", *tool, *files]
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
        assert not done.returncode, done.stdout + done.stderr
