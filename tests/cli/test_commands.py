"""Each command once, as a person would type it, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import typer
from pyarrow import parquet

from synthkit.cli.deliver import TABLES, Place
from synthkit.cli.screen import bar
from synthkit.cli.source import find
from synthkit.data import catalog
from synthkit.data.io import read_table, write_table
from synthkit.data.marking import SUFFIX
from synthkit.data.schema import Schema
from synthkit.errors import ConfigError, UnknownName
from synthkit.models import registry

LEFT = {
    "synthetic.csv.synthetic.json",
    "synthetic.csv",
    "schema.toml",
    "scorecard.json",
    "report.html",
    "decision.md",
    "record.json",
    "model",
}


def test_nothing_asked_shows_help_and_version_is_one_line(ring):
    nothing = ring()
    assert "generate" in nothing.output and "Exit codes" in nothing.output and "Traceback" not in nothing.output
    import synthkit

    assert ring("--version").stdout == f"synthkit {synthkit.__version__}\n"
    assert ring("generate").exit_code == 2
    assert ring("genrate").exit_code == 2


def test_generate_leaves_everything_and_says_so(ring, few, tmp_path):
    done = ring(
        "generate", few, "--target", "Status", "--models", "marginals", "-n", 150, "--drop", "Price", "--folds", 1
    )
    assert done.exit_code in (0, 3)
    folder = tmp_path / "runs" / "few"
    assert {p.name for p in folder.iterdir()} == LEFT
    made = pd.read_csv(folder / "synthetic.csv")
    assert len(made) == 150 and "Price" not in made
    assert done.stderr == ""  # no bar where nobody watches
    assert all(str(Path("runs/few") / name) in done.stdout for name in LEFT if not name.endswith(SUFFIX))
    assert 10 <= len(done.stdout.splitlines()) <= 22
    record = json.loads((folder / "record.json").read_text())
    assert record["goal"]["command"].startswith("synthkit generate") and "--drop Price" in record["goal"]["command"]


def test_json_is_all_there_is_on_stdout(ring, few):
    done = ring(
        "generate", few, "--target", "Status", "--models", "marginals", "-o", "made.parquet", "--json", "--folds", 1
    )
    said = json.loads(done.stdout)
    assert set(said) == {"verdict", "chosen", "because", "criteria", "files", "seconds"}
    assert said["chosen"] == "marginals" and said["seconds"] > 0
    assert done.exit_code == {"FAIL": 3}.get(said["verdict"], 0)
    assert all(Path(file).exists() for file in said["files"].values())
    assert said["files"]["table"] == "made.parquet" and len(pd.read_parquet("made.parquet")) == 400
    assert not Path("runs/few/synthetic.csv").exists()


def test_quiet_says_nothing_and_a_data_set_has_a_name_and_a_target(ring):
    done = ring("generate", "iris", "--models", "marginals", "--quiet", "--constant", "keep")
    assert (done.output, done.exit_code) == ("", 3)  # independent columns are no iris
    goal = json.loads(Path("runs/iris/scorecard.json").read_text())["decision"]["goal"]
    assert (goal["source"], goal["target"]) == ("iris", "target")


def test_folds_are_asked_for_and_told(ring, few):
    words = ("generate", few, "--target", "Status", "--models", "marginals", "-o", "out", "--folds")
    done = ring(*words, 3)
    assert done.exit_code in (0, 3) and "over 3 folds" in done.stdout, done.output
    assert json.loads(Path("out/record.json").read_text())["tried"][0]["folds"] == 3
    assert ring(*words, -1).exit_code == 2


def test_a_schema_is_written_read_and_held_to(ring, few):
    assert Schema.from_toml(ring("schema", few).stdout)["Home"].kind == "categorical"
    shown = ring("schema", few, "--table", "--target", "Status", "-o", "schema.toml")
    assert "whole numbers" in shown.stdout and "schema.toml" in shown.stderr
    schema = Schema.read("schema.toml")
    assert schema.target == "Status" and "Price" not in Schema.from_toml(ring("schema", few, "--drop", "Price").stdout)
    Path("schema.toml").write_text(schema.to_toml().replace('kind = "categorical"', 'kind = "integer"', 1))
    refused = ring("generate", few, "--schema", "schema.toml")
    assert refused.exit_code == 1 and "'Status'" in refused.stderr


def test_a_schema_is_written_even_of_columns_that_cannot_be_typed(ring):
    Path("odd.csv").write_text("a,b\n" + "".join(f"{i}.5,{i % 3}\n" for i in range(60)) + "inf,1\n")
    assert ring("generate", "odd.csv").exit_code == 1
    assert "check this" in Schema.from_toml(ring("schema", "odd.csv").stdout)["a"].reason


def test_fit_and_sample(ring, few):
    assert ring("fit", few, "--model", "trees", "--target", "Status", "-o", "model", "--quiet").output == ""
    told = ring("sample", "model", "-n", 70, "-o", "made.csv", "--where", "Status=bad", "--where", "Age=40")
    made = pd.read_csv("made.csv")
    assert told.exit_code == 0 and set(made["Status"]) == {"bad"} and set(made["Age"]) == {40} and len(made) == 70
    said = json.loads(ring("sample", "model", "-n", 70, "-o", "again.parquet", "--seed", 3, "--json").stdout)
    assert said == {"model": "trees", "rows": 70, "seed": 3, "given": [], "file": "again.parquet"}


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (["--where", "Status=bad"], "'marginals' cannot hold columns at a value"),
        (["--where", "Status"], "no column and value"),
        (["--where", "Age=1", "--where", "Age=2"], "'Age' is given more than once"),
    ],
)
def test_conditions_that_cannot_be_kept(ring, finished, where, words):
    done = ring("sample", finished, "-o", "made.csv", *where)
    assert done.exit_code == 1 and words in done.stderr and not Path("made.csv").exists()
    assert "trees" in done.stderr or "--where" in done.stderr or "one value" in done.stderr


def test_a_file_for_spreadsheets_runs_no_formula(ring, tmp_path):
    words = ["=1+1", "@x", "+49", "-", "plain"]
    frame = pd.DataFrame({"=name": words * 30, "n": [-1.5, 2.25, 3, 4.5, 5] * 30})
    frame.to_csv(tmp_path / "bad.csv", index=False)
    assert ring("fit", "bad.csv", "--model", "marginals", "-o", "model").exit_code == 0
    assert ring("sample", "model", "-n", 200, "-o", "safe.csv", "--spreadsheet-safe").exit_code == 0
    assert ring("sample", "model", "-n", 200, "-o", "plain.csv").exit_code == 0
    safe, plain = pd.read_csv(tmp_path / "safe.csv"), pd.read_csv(tmp_path / "plain.csv")
    assert set(safe["'=name"]) == {"'=1+1", "'@x", "'+49", "'-", "plain"} and set(plain["=name"]) == set(words)
    assert safe["n"].equals(plain["n"]) and safe["n"].min() < 0
    assert "no text file" in ring("sample", "model", "-o", "safe.parquet", "--spreadsheet-safe").stderr


def test_sample_to_a_folder_writes_parts(ring, finished):
    told = ring("sample", finished, "-n", 250, "-o", "out/", "--part-rows", 100, "--workers", 1)
    assert told.exit_code == 0 and "250 rows of marginals in 3 parts written to" in told.stderr
    assert "rows a second by local, 1 worker" in told.stderr
    assert sum(parquet.read_metadata(path).num_rows for path in Path("out").glob("part-*.parquet")) == 250
    again = ring("sample", finished, "-n", 250, "-o", "out", "--part-rows", 100, "--workers", 1, "--json")
    said = json.loads(again.stdout)
    assert (said["kept"], said["made"], said["parts"], said["rows"]) == (3, 0, 3, 250)
    other = ring("sample", finished, "-n", 250, "-o", "out/", "--part-rows", 100, "--workers", 1, "--seed", 9)
    assert other.exit_code == 1 and "parts of another plan (seed: 0 there, 9 asked for)" in other.stderr
    for words in (["-o", "x.csv", "--engine", "dask"], ["-o", "x/", "--spreadsheet-safe"],
                  ["-o", "x/", "--engine", "local", "--address", "tcp://here:1"]):  # fmt: skip
        refused = ring("sample", finished, "-n", 9, *words)
        assert refused.exit_code == 1 and "Traceback" not in refused.stderr, words


def test_parquet_of_a_model_that_learned_from_text_holds_numbers(ring, finished):
    assert ring("sample", finished, "-n", 9, "-o", "rows.parquet").exit_code == 0
    kinds = dict(zip((schema := parquet.read_schema("rows.parquet")).names, map(str, schema.types), strict=True))
    assert kinds["Age"] == "int64" and kinds["Status"] == "string"


def test_sample_reads_the_folder_of_a_run(ring, finished):
    assert ring("sample", finished, "-n", 20, "-o", "made.csv").exit_code == 0
    assert len(pd.read_csv("made.csv")) == 20
    assert ".parquet" in ring("sample", finished, "-o", "made.xlsx").stderr
    lost = ring("sample", "nowhere", "-o", "more.csv")
    assert lost.exit_code == 1 and "there is no model" in lost.stderr


def test_evaluate_without_a_holdout_is_inconclusive(ring, few):
    said = ring("evaluate", few, few, "--target", "Status", "--json", "-o", "report.md")
    verdict = json.loads(said.stdout)["verdict"]
    assert (verdict, said.exit_code) == ("INCONCLUSIVE", 0)
    assert Path("report.md").read_text().startswith("#")
    strict = ring("evaluate", few, few, "--strict", "--quiet")
    assert (strict.exit_code, strict.output) == (4, "")


def test_evaluate_with_a_holdout_sees_copies(ring, few):
    lines = few.read_text().splitlines(keepends=True)
    Path("train.csv").write_text("".join(lines[:301]))
    Path("test.csv").write_text("".join([lines[0], *lines[301:]]))
    done = ring("evaluate", "train.csv", "train.csv", "--holdout", "test.csv", "--target", "Status", "--drop", "Price")
    assert done.exit_code == 3 and "closer to train" in done.stdout


def test_report_again_without_the_data(ring, finished, monkeypatch):
    assert "marginals" in ring("report", finished).stdout
    for name in ("again.html", "again.md", "again.json", "again.txt"):
        assert ring("report", finished / "scorecard.json", "-o", name).exit_code == 0
    assert Path("again.html").read_bytes() == (finished / "report.html").read_bytes()
    shown = []
    monkeypatch.setattr(typer, "launch", shown.append)
    assert ring("report", finished, "-o", "again.html", "--open").exit_code == 0
    assert shown == [Path("again.html").resolve().as_uri()]


@pytest.mark.parametrize(("saved", "words"), [(None, "cannot read"), ("{}", "not a scorecard"), ("nonsense", "not a")])
def test_report_of_what_is_none(ring, saved, words):
    if saved is not None:
        Path("card.json").write_text(saved)
    done = ring("report", "card.json")
    assert done.exit_code == 1 and words in done.stderr and "hint" in done.stderr
    assert ring("report", "card.json", "-o", "report.pdf").exit_code == 1


def test_models_by_rung(ring):
    rungs = [card["rung"] for card in json.loads(ring("models", "--json").stdout).values()]
    assert rungs == sorted(rungs)
    assert set(json.loads(ring("models", "--json").stdout)) == set(registry.names())
    assert "fails when" in ring("models").stdout
    assert registry.get("trees").card.licence in ring("models", "trees").stdout
    assert "did you mean 'trees'" in ring("models", "tres").stderr


def test_datasets_and_where_they_are(ring, monkeypatch, tmp_path):
    monkeypatch.setenv("SYNTHKIT_DATA", str(tmp_path / "data"))
    home = tmp_path / "data" / "titanic"
    home.mkdir(parents=True)
    (home / "table.csv").write_text("here\n")
    found = {name: card["found"] for name, card in json.loads(ring("datasets", "--json").stdout).items()}
    assert set(found) == {card.name for card in catalog.cards()}
    expected = {"credit_data": "bundled", "iris": "scikit-learn", "titanic": "$SYNTHKIT_DATA", "adult": "fetch"}
    assert {name: found[name] for name in expected} == expected
    assert found["ts_energy"] == "missing"
    assert json.loads(ring("datasets", "titanic", "--json").stdout)["path"] == str(home / "table.csv")
    assert "table.csv.gz" in ring("datasets", "credit_data").stdout
    assert "--fetch" in ring("datasets", "adult").stdout
    assert "keel_imbalanced/kddcup-rootkit-imap_vs_back" in ring("datasets").stdout
    assert "'credit_data'" in ring("datasets", "credit").stderr
    assert ring("datasets", "ts_energy", "--fetch").exit_code == 1


def test_what_a_source_may_be(few, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert find(str(few)).stem == "few" and find("credit_data").target == "Status"
    assert find("credit_data/table").stem == "credit_data-table"
    assert find("sub/none.csv").path == Path("sub/none.csv")  # reading it says that it is not there
    (tmp_path / "iris").write_text("a file of that name comes first\n")
    assert find("iris").path == Path("iris")
    with pytest.raises(UnknownName, match="test"):
        find("credit_data/test")


def test_where_o_leads(few, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Place.of(None, "x").folder == Path("runs/x") and Place.of("out/v1.2", "x") == Place(Path("out/v1.2"))
    assert Place.of("new.final/", "x").table is None
    with pytest.raises(ConfigError, match="xlsx"):
        Place.of("rows.xlsx", "x")
    table = read_table(few)
    for suffix in (*TABLES, ".csv.gz"):
        place = Place.of(f"rows{suffix}", "x").check()
        assert place.table is not None
        write_table(table, place.table, synthetic=True)
        assert len(read_table(place.table, schema=table.schema)) == 400
    assert {p.name for p in tmp_path.iterdir()} == {f"rows{s}" for s in (*TABLES, ".csv.gz")}


def test_a_bar_is_drawn_only_for_somebody(monkeypatch, capsys):
    with bar() as progress:
        progress("trees", 0.5)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with bar() as progress:
        progress("read", 0.3)
        progress("trees", 0.5)
    drawn = capsys.readouterr().err
    assert "trees" in drawn and "50%" in drawn and "left" in drawn
    with bar(quiet=True) as progress:
        progress("trees", 0.5)
    assert capsys.readouterr().err == ""


def test_attack_sees_copies_and_says_what_was_not_tried(ring):
    rows = pd.read_csv(catalog.path("credit_data")).iloc[:1000]
    rows.iloc[:500].to_csv("train.csv", index=False)
    rows.iloc[500:].to_csv("test.csv", index=False)
    done = ring("attack", "train.csv", "train.csv", "--holdout", "test.csv")
    assert done.exit_code == 3 and "FAIL" in done.stdout and "Not tried" in done.stdout
    plain = ring("attack", "train.csv", "train.csv", "--holdout", "test.csv", "--json")
    found = json.loads(plain.stdout)
    assert found["verdict"] == "FAIL" and found["best"]["ci"][0] > 0.9 and len(found["controls"]) == 5
    few = ring("attack", "train.csv", "train.csv", "--holdout", "few.csv")
    assert few.exit_code == 1 and "there is no file 'few.csv'" in few.stderr
