"""The main job from one end to the other."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from synthkit import pipeline
from synthkit.config import PipelineConfig, seconds
from synthkit.data import io
from synthkit.data.schema import Schema
from synthkit.decide.criteria import Verdict
from synthkit.errors import ConfigError, InputError, OutputError, ReadError, SchemaError, UnknownName
from synthkit.models import artifact
from synthkit.models.tabular.trees import Trees
from synthkit.pipeline import generate, run
from synthkit.testing._tables import linked, mixed

judge = getattr(pipeline, "judge", None) or pipeline.evaluate

FILES = {
    "synthetic.csv.synthetic.json",
    "synthetic.csv",
    "schema.toml",
    "scorecard.json",
    "report.html",
    "decision.md",
    "record.json",
    "model",
}
FAST = {"models": ("marginals",), "seed": 1, "folds": 1}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A CSV file with a column of each kind."""
    path = tmp_path_factory.mktemp("in") / "people.csv"
    io.write_table(mixed(500), path)
    return path


@pytest.fixture(scope="module")
def result(source):
    return generate(source, target="risk", models=("trees",), seed=1, folds=1)


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_sklearn_frames(name):
    """Classification and regression, from a dataframe and back."""
    from sklearn import datasets

    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    result = generate(frame, target="target", models=("trees",), seed=0, folds=1)
    assert result.frame.shape == frame.shape
    assert list(result.frame.dtypes) == list(frame.dtypes)
    assert result.climb.chosen == "trees"
    assert result.scorecard.headline("utility").unit == ("auc" if name == "wine" else "r2")
    assert result.frame["target"].isin(frame["target"]).all() == (name == "wine")


def test_the_kind_that_came_in_goes_out():
    import polars as pl
    import pyarrow as pa

    rng = np.random.default_rng(0)
    n = rng.normal(size=200)
    pandas = pd.DataFrame(
        {
            "n": n,
            "k": np.round(500 + 100 * n).astype(int),
            "w": np.where(n > 0.5, "high", np.where(n > -0.5, "middle", "low")),
            "f": n > 0.2,
        }
    )
    for frame in (pandas, pl.from_pandas(pandas), pa.Table.from_pandas(pandas, preserve_index=False)):
        made = generate(frame, **FAST).frame
        assert type(made) is type(frame)
        names = list(made.columns) if not isinstance(made, pa.Table) else made.column_names
        assert names == ["n", "k", "w", "f"]
        if isinstance(frame, pa.Table):
            assert made.schema.types == frame.schema.types
        else:
            assert list(made.dtypes) == list(frame.dtypes)


def test_what_was_asked_is_remembered(result, source):
    goal = result.goal
    assert goal["source"] == str(source)
    assert (goal["rows"], goal["train_rows"], goal["holdout_rows"], goal["rows_made"]) == (500, 400, 100, 500)
    assert goal["target"] == "risk"
    assert re.fullmatch("[0-9a-f]{64}", goal["holdout_digest"])
    assert len(result.table) == 500
    assert result.decision["verdict"] == result.verdict.value
    assert result.model.name == "trees"
    assert len(result.summary().splitlines()) < 30
    assert "<iframe" in result._repr_html_()


def test_rows_as_asked(source):
    assert len(generate(source, rows=37, **FAST).table) == 37
    for rows in (0, -1):
        with pytest.raises(ConfigError, match=str(rows)):
            generate(source, rows=rows, **FAST)


def test_a_given_holdout_is_what_it_is_judged_against(tmp_path, source):
    other = tmp_path / "later.csv"
    io.write_table(mixed(300, seed=8), other)
    result = generate(source, target="risk", holdout=other, models=("marginals",), seed=1)
    assert (result.goal["train_rows"], result.goal["holdout_rows"]) == (500, 300)
    assert result.goal["split"].startswith("given by the caller")
    assert result.climb.rung.folds == 0 and "folds" not in result.goal, "a holdout of the caller's is used once"
    assert result.scorecard.provenance["rows"] == {"train": 500, "holdout": 300, "synthetic": 500}


def test_an_edited_schema_is_kept(tmp_path, source):
    schema = io.read_table(source, target="risk").schema
    assert schema["age"].kind == "integer"
    text = schema.to_toml().replace('name = "age"\nkind = "integer"', 'name = "age"\nkind = "categorical"')
    file = tmp_path / "schema.toml"
    file.write_text(text, encoding="utf-8")
    result = generate(source, schema=file, **FAST)
    assert result.schema["age"].kind == "categorical"
    assert result.schema.target == "risk"
    file.write_text(
        text.replace('name = "job"\nkind = "categorical"', 'name = "job"\nkind = "numeric"'), encoding="utf-8"
    )
    with pytest.raises(SchemaError, match="'job'"):
        generate(source, schema=file, **FAST)


def test_dropped_columns_are_gone(source):
    result = generate(source, drop=["key", "remark"], **FAST)
    assert not {"key", "remark"} & set(result.frame.columns)
    with pytest.raises(UnknownName, match="kye"):
        generate(source, drop=["kye"], **FAST)


def test_nothing_personal_comes_out(result, source):
    """No key, no free text, no rare category, no unique amount; and no row as a whole."""
    real, made = io.read_table(source, target="risk").frame, result.table.frame
    for name in ("key", "remark"):
        assert not made[name].dropna().isin(real[name]).any()
    assert made["key"].is_unique
    counts = real["job"].value_counts()
    assert not made["job"].isin(counts.index[counts < 5]).any()
    lone = real["ratio"].value_counts().loc[lambda c: c == 1].index
    assert made["ratio"].isin(lone).sum() <= 1
    assert made.merge(real, on=list(real.columns)).empty


def test_nothing_personal_is_written(result, source, tmp_path):
    """No file of a run holds a key, a remark or a rare category of a real row."""
    result.save(tmp_path)
    real = io.read_table(source, target="risk").frame
    counts = real["job"].value_counts()
    words = [*real["key"], *real["remark"].dropna(), *counts.index[counts < 5]]
    texts = {p.name: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    for name, content in texts.items():
        found = [w for w in words if w.encode() in content]
        assert not found, f"{len(found)} real values stand in {name}"


def test_everything_is_left_behind(result, tmp_path):
    written = result.save(tmp_path / "deep" / "run")
    folder = tmp_path / "deep" / "run"
    assert {p.name for p in folder.iterdir()} == FILES
    assert all(path.exists() for path in written.values())
    back = io.read_table(written["table"], schema=Schema.read(written["schema"]))
    assert back.frame.equals(result.table.frame)
    saved = json.loads(written["scorecard"].read_text())
    assert saved["decision"]["chosen"] == "trees"
    record = json.loads(written["record"].read_text())
    assert record["synthetic_digest"] == result.table.digest()
    assert record["goal"]["holdout_digest"] == result.goal["holdout_digest"]
    assert artifact.name_of(written["model"]) == "trees"
    rows = Trees.load(written["model"]).sample(20, rng=np.random.default_rng(3))
    assert rows.frame.equals(result.model.sample(20, rng=np.random.default_rng(3)).frame)
    assert written["report"].read_text().count("<script") == 0
    assert "## Decision outcome" in written["decision"].read_text()


def test_a_folder_can_be_written_again(result, source, tmp_path):
    other = generate(source, target="risk", models=("marginals",), seed=2, rows=50, folds=1)
    other.save(tmp_path)
    result.save(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == FILES
    assert json.loads((tmp_path / "record.json").read_text())["chosen"] == "trees"
    assert artifact.name_of(tmp_path / "model") == "trees"
    assert len(pd.read_csv(tmp_path / "synthetic.csv")) == 500


@pytest.mark.parametrize("blocked", ["synthetic.csv", "scorecard.json", "report.html", "decision.md", "record.json"])
def test_nothing_half_written_when_a_file_cannot_be_written(result, tmp_path, blocked):
    (tmp_path / blocked / "in the way").mkdir(parents=True)
    with pytest.raises(OutputError, match=re.escape(blocked)):
        result.save(tmp_path)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()], "all of a run, or nothing of it"


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".tsv"])
def test_rows_are_written_in_the_kind_of_file_that_came_in(result, tmp_path, suffix):
    came = tmp_path / f"real{suffix}"
    io.write_table(result.table, came)
    again = generate(came, models=("marginals",), target=result.schema.target, seed=1, folds=1)
    written = again.save(tmp_path / "out")["table"]
    assert written == tmp_path / "out" / f"synthetic{suffix}"
    assert io.read_table(written, schema=again.schema).frame.equals(again.table.frame)


def test_a_folder_that_is_a_file_is_an_output_error(result, tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(OutputError, match="taken"):
        result.save(tmp_path / "taken")


def test_same_seed_same_bytes_in_another_process(source, tmp_path):
    code = (
        "import sys; from synthkit.pipeline import generate; "
        "generate(sys.argv[1], target='risk', models=('trees',), seed=1, folds=2).save(sys.argv[2])"
    )
    for name, hashes in (("one", "1"), ("two", "2")):
        done = subprocess.run(
            [sys.executable, "-c", code, source, tmp_path / name],
            env={**os.environ, "PYTHONHASHSEED": hashes}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert not done.returncode, done.stderr
    for name in ("synthetic.csv", "schema.toml", "model/manifest.json", "model/state.json"):
        one, two = (tmp_path / run / name for run in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name
    one, two = (json.loads((tmp_path / run / "scorecard.json").read_text()) for run in ("one", "two"))
    assert one["scorecard"]["scores"] == two["scorecard"]["scores"]
    assert one["scorecard"]["profiles"] == two["scorecard"]["profiles"]


def test_another_seed_gives_other_rows(source):
    digests = {generate(source, models=("marginals",), seed=s, folds=1).table.digest() for s in (0, 1)}
    assert len(digests) == 2


def test_no_model_is_an_input_error(source, monkeypatch):
    def broken(self, table, *, rng, progress=None):
        raise InputError("nothing can be learned here")

    monkeypatch.setattr(Trees, "fit", broken)
    with pytest.raises(InputError, match="trees failed: nothing can be learned here"):
        generate(source, models=("trees",))


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"target": "rsik"}, UnknownName, "rsik"),
        ({"models": ("tress",)}, UnknownName, "tress"),
        ({"criteria": {"shpae": {"plus": 1}}}, UnknownName, "shpae"),
        ({"criteria": {"shape": "strict"}}, ConfigError, "shape"),
        ({"budget": "soon"}, ConfigError, "soon"),
        ({"options": {"marginals": {"leaf": 3}}}, UnknownName, "leaf"),
        ({"share": 1.5}, ConfigError, "1.5"),
        ({"folds": -1}, ConfigError, "-1 folds"),
        ({"folds": 3, "share": 0.7}, ConfigError, "0.7"),
        ({"constant": "maybe"}, ConfigError, "maybe"),
    ],
)
def test_wrong_options_are_named(source, options, error, says):
    with pytest.raises(error, match=re.escape(says)):
        generate(source, **(FAST | options))


class TestJudge:
    """A table that any tool made."""

    real, holdout, fresh = linked(600, 1), linked(400, 2), linked(600, 3)

    def test_fresh_rows_do_not_fail(self):
        found = judge(self.real, self.fresh, holdout=self.holdout, seed=0)
        assert not found.blind
        assert found.verdict is not Verdict.FAIL
        assert {"shape", "trend", "detection", "utility", "dcr", "membership"} <= {j.metric for j in found.judgements}
        assert found.decision["verdict"] == found.verdict.value
        json.dumps(found.decision, allow_nan=False)

    def test_a_copy_fails_on_privacy(self):
        found = judge(self.real, self.real, holdout=self.holdout, seed=0)
        assert found.verdict is Verdict.FAIL
        failed = {j.metric for j in found.judgements if j.verdict is Verdict.FAIL}
        assert failed & {"dcr", "membership"}
        assert not failed & {"shape", "trend", "utility"}

    def test_without_a_holdout_nothing_passes(self):
        found = judge(self.real, self.fresh, seed=0)
        assert found.blind
        assert found.verdict is Verdict.INCONCLUSIVE
        assert not {"dcr", "membership", "identical"} & {j.metric for j in found.judgements}
        assert "holdout" in found.decision["sentence"]

    def test_files_and_frames_are_the_same(self, tmp_path):
        paths = []
        for name, table in (("real", self.real), ("made", self.fresh), ("held", self.holdout)):
            paths.append(tmp_path / f"{name}.csv")
            io.write_table(table, paths[-1])
        found = judge(paths[0], paths[1], holdout=paths[2], target="answer", seed=0)
        frames = [pd.read_csv(p) for p in paths]
        again = judge(frames[0], frames[1], holdout=frames[2], target="answer", seed=0)
        assert found.scorecard.scores == again.scorecard.scores

    def test_other_columns_are_refused(self, tmp_path):
        frame = io.from_table(self.fresh).rename(columns={"size": "weight"})
        with pytest.raises(SchemaError, match="size"):
            judge(io.from_table(self.real), frame, holdout=io.from_table(self.holdout))


class TestConfig:
    """A pipeline file."""

    def test_a_run_is_the_same_as_a_call(self, tmp_path, source):
        file = tmp_path / "people.toml"
        file.write_text(
            f"[data]\nsource = '{source}'\ntarget = 'risk'\ndrop = ['remark']\n"
            "[run]\nseed = 1\nrows = 60\nbudget = '1m'\nfolds = 1\n"
            "[ladder]\nmodels = ['marginals']\n[criteria]\ntrend = false\n"
        )
        made = run(file)
        same = generate(source, target="risk", drop=["remark"], rows=60, criteria={"trend": False}, **FAST)
        assert made.table.digest() == same.table.digest()
        assert made.goal["budget_seconds"] == 60
        assert "trend" not in {j.metric for j in made.climb.rung.judgements}

    def test_paths_are_beside_the_file(self, tmp_path, source):
        (tmp_path / "here.csv").write_bytes(source.read_bytes())
        (tmp_path / "p.toml").write_text(
            "[data]\nsource = 'here.csv'\n[run]\nfolds = 0\n[ladder]\nmodels = ['marginals']\n"
        )
        assert len(run(tmp_path / "p.toml").table) == 500

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("[data", "not valid TOML"),
            ("[data]\nsource = 'a.csv'\ntraget = 'x'", "data.traget"),
            ("[data]\nsource = 'a.csv'\n[run]\nrows = 0", "run.rows"),
            ("[data]\nsource = 'a.csv'\n[run]\nseed = -1", "run.seed"),
            ("[data]\nsource = 'a.csv'\n[run]\nfolds = -2", "run.folds"),
            ("[data]\nsource = 'a.csv'\nshare = 1.0", "data.share"),
            ("[data]\nsource = 'a.csv'\n[run]\nbudget = 'soon'", "soon"),
            ("[data]\nsource = 'a.csv'\n[output]\nx = 1", "output"),
            ("[data]\ntarget = 'x'", "source or a dataset"),
            ("[data]\nsource = 'a.csv'\ndataset = 'adult'", "source or a dataset"),
            ("[run]\nrows = 5", "data"),
        ],
    )
    def test_errors_name_the_key(self, text, says):
        with pytest.raises(ConfigError, match=re.escape(says)):
            PipelineConfig.from_toml(text, origin="p.toml")

    def test_a_missing_file_is_a_read_error(self, tmp_path):
        with pytest.raises(ReadError, match=re.escape("nowhere.toml")):
            run(tmp_path / "nowhere.toml")

    @pytest.mark.parametrize("text", ["", "fast", "-5", "0", "5 days", "1e3"])
    def test_what_is_not_a_duration(self, text):
        with pytest.raises(ConfigError):
            seconds(text)


REAL = {
    "credit_data": "Status",
    "titanic": "Survived",
    "telco_churn": "churn",
    "german_credit": "class",
    "insurance": "charges",
    "diamonds": "price",
    "adult": "income",
    "lending_club_10k": "loan_status",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_real_tables_work_unchanged(name, shared_data, tmp_path):
    folder, target = shared_data / name, REAL[name]
    source, held = folder / "table.csv.gz", None
    if name == "adult":
        source, held = folder / "train.csv.gz", folder / "test.csv.gz"
    names = io.read_frame(source).names
    result = generate(source, target=target, holdout=held, models=("trees",), seed=0)
    written = result.save(tmp_path)
    real = io.read_table(source, schema=result.schema)
    assert list(result.frame.columns) == [n for n in names if n in result.schema]
    assert result.climb.rung.status == "judged"
    for column in result.schema:
        made, known = result.table.frame[column.name], real.frame[column.name]
        if column.kind in ("id", "text"):
            assert not made.dropna().isin(known).any(), column.name
        elif column.is_discrete:
            counts = known.value_counts()
            allowed = counts.index if column.kind == "boolean" or column.name == target else counts.index[counts >= 5]
            assert made.dropna().isin(allowed).all(), column.name
        elif column.is_number and made.notna().any():
            assert made.min() >= known.min(), column.name
            assert made.max() <= known.max(), column.name
        assert abs(float(made.isna().mean()) - float(known.isna().mean())) < 0.03, column.name
    assert written["report"].stat().st_size < 3_000_000
