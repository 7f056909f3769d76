"""A decision in MLflow's registry, on a real store."""

from __future__ import annotations

import builtins
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthkit.cli.main import app
from synthkit.errors import MissingExtra, OutputError
from synthkit.models import registry
from synthkit.operate.export import to_mlflow
from synthkit.operate.steps import accept, release, retire

mlflow = pytest.importorskip("mlflow")
pytestmark = pytest.mark.filterwarnings(
    "ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning"
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty one, of files."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    return (tmp_path / "store").as_uri()


def test_a_decision_goes_there_once_and_its_stage_follows(store, registry, good, ada, tmp_path):
    version, _ = accept(registry, good, ada, purpose="a test", name="pay")
    first = to_mlflow(version, store)
    client = mlflow.MlflowClient(tracking_uri=store, registry_uri=store)
    entry = client.get_model_version("pay", first.version)
    assert first.new and entry.tags["synthkit.stage"] == "approved" and entry.run_id == first.run_id
    assert entry.tags["synthkit.manifest_sha256"] == version.sealed
    run = client.get_run(first.run_id)
    shape = next(s for s in version.dossier.scorecard.headlines if s.metric == "shape")
    assert run.data.metrics["shape"] == pytest.approx(shape.value) and run.data.params["model"] == "marginals"
    sent = {file.path for file in client.list_artifacts(first.run_id)}
    assert {"decision.md", "MODEL_CARD.md", "report.html"} <= sent
    assert not any("synthetic" in name or name == "model" for name in sent), "no rows, and no model unasked"

    version, _, _ = release(registry, "pay", ada, to=tmp_path / "out")
    again = to_mlflow(version, store)
    assert (again.version, again.run_id, again.new) == (first.version, first.run_id, False)
    assert client.get_model_version_by_alias("pay", "released").run_id == first.run_id
    retired = retire(registry, "pay", ada, why="its purpose ended")
    to_mlflow(retired, store)
    entry = client.get_model_version("pay", first.version)
    assert entry.tags["synthkit.status"] == "retired" and not client.get_registered_model("pay").aliases


def test_the_command_sends_the_model_if_asked_and_says_where(store, registry, good, ada):
    accept(registry, good, ada, purpose="a test", name="pay")
    words = ["decisions", "pay", "--registry", str(registry.folder), "--to-mlflow", store]
    done = CliRunner().invoke(app, [*words, "--with-model", "--json"])
    assert done.exit_code == 0, done.output
    client = mlflow.MlflowClient(tracking_uri=store, registry_uri=store)
    assert "model" in {file.path for file in client.list_artifacts(json.loads(done.stdout)["run_id"])}
    unnamed = CliRunner().invoke(app, [words[0], *words[2:]])
    assert unnamed.exit_code != 0 and "which decision" in unnamed.output


def test_what_cannot_be_done_is_said(store, registry, good, ada, monkeypatch):
    version, _ = accept(registry, good, ada, purpose="a test", name="pay")
    with pytest.raises(OutputError, match="MLflow at 'nothing://here' refuses"):
        to_mlflow(version, "nothing://here")
    real = builtins.__import__

    def without(name, *more, **terms):
        if name.partition(".")[0] == "mlflow":
            raise ImportError(name)
        return real(name, *more, **terms)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match="'mlflow' is not installed"):
        to_mlflow(version, store)


def test_plugins_are_found_beside_the_backport_that_mlflow_loads(tmp_path, monkeypatch):
    backport = pytest.importorskip("importlib_metadata")
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[synthkit.models]\ntheirs = theirs:Model\n", encoding="utf-8")
    (tmp_path / "theirs.py").write_text("class Model: pass\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    point = next(iter(backport.entry_points(group="synthkit.models", name="theirs")))
    assert registry._loaded("theirs", {"theirs": point}).__name__ == "Model"
