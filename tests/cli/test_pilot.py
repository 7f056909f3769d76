"""`synthkit pilot`, as a person types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

SLEEPER = """
import os, pathlib, time
from dataclasses import replace
from synthkit.models.tabular.marginals import Marginals

class Sleeper(Marginals):
    name = "sleeper"
    card = replace(Marginals.card, rung=1)

    def fit(self, table, *, rng, progress=None):
        pathlib.Path(os.environ["SLEEPS"]).write_text(str(os.getpid()))
        time.sleep(600)
"""


@pytest.fixture(scope="module")
def pipeline_file(few, tmp_path_factory):
    """The small table with its short list and seed, written down."""
    path = tmp_path_factory.mktemp("pilot") / "few.toml"
    text = f'[data]\nsource = "{few}"\ntarget = "Status"\ndrop = ["Records", "Job", "Expenses", "Debt", "Assets"]\n'
    path.write_text(text + '[ladder]\nmodels = ["marginals"]\n[run]\nseed = 2\nout = "there"\n', encoding="utf-8")
    return path


def test_a_pipeline_file_leaves_what_run_leaves_and_the_measures(ring, pipeline_file, tmp_path):
    done = ring("pilot", pipeline_file, "--json", "--price-per-hour", 1, "--jobs", 1)
    told = json.loads(done.stdout)
    assert done.exit_code == {"PASS": 0, "INCONCLUSIVE": 0, "FAIL": 3}[told["verdict"]]
    assert told["chosen"] == "marginals" and told["goal"]["seed"] == 2
    names = {path.name for path in (tmp_path / "there").iterdir()}
    assert {
        "synthetic.csv",
        "schema.toml",
        "scorecard.json",
        "report.html",
        "decision.md",
        "model",
        "pilot.json",
    } <= names
    saved = json.loads((tmp_path / "there" / "pilot.json").read_text(encoding="utf-8"))
    assert saved["candidates"] == told["candidates"] and saved["candidates"][0]["measured"]["money"] > 0
    assert ring("verify", "there").exit_code == 0


def test_the_screen_says_the_verdict_first(ring, pipeline_file):
    shown = ring("pilot", pipeline_file, "--first-round", 0)
    first, *rest = shown.stdout.splitlines()
    assert first.split()[1].rstrip(":") in ("PASS", "FAIL", "INCONCLUSIVE") and "marginals" in first
    assert any(line.split()[:2] == ["marginals", "(chosen)"] for line in rest)
    assert any(line.split()[:1] == ["Detection"] for line in rest)
    assert rest[-1].split() == ["pilot", "there/pilot.json"]


def test_what_is_wrong_is_told_before_any_work(ring, few, pipeline_file):
    for words, message in (
        (("pilot", few, "--models", "tress"), "no model 'tress'"),
        (("pilot", few, "--budget", "soon"), "not a duration"),
        (("pilot", pipeline_file, "--target", "Status"), "--target stands in the pipeline file"),
    ):
        done = ring(*words)
        assert done.exit_code == 1 and message in done.stderr, words


def test_ctrl_c_ends_every_process_and_leaves_nothing(few, tmp_path):
    (tmp_path / "sleepers.py").write_text(SLEEPER, encoding="utf-8")
    info = tmp_path / "sleepers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sleepers\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[synthkit.models]\nsleeper = sleepers:Sleeper\n", encoding="utf-8")
    marker = tmp_path / "pid"
    script = "from synthkit.cli.main import run; run()"
    words = ["pilot", str(few), "--target", "Status", "--models", "sleeper", "-o", "out"]
    asked = os.environ | {"PYTHONPATH": str(tmp_path), "SLEEPS": str(marker), "TMPDIR": str(tmp_path)}
    child = subprocess.Popen(
        [sys.executable, "-c", script, *words], cwd=tmp_path, env=asked, stderr=subprocess.PIPE, text=True
    )
    while child.poll() is None and not (marker.is_file() and marker.read_text()):
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate()
    assert child.returncode == 130, said
    assert "nothing was left half-written" in said
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob("synthkit-pilot-*"))
