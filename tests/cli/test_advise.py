"""The advice at the terminal: it answers first, asks for what is missing, and leaves a file that runs."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from synthkit.cli import advise
from synthkit.cli.main import app
from synthkit.config import PipelineConfig
from synthkit.decide.advice.facts import ASKED


def test_the_answer_comes_first_then_the_six_steps_and_a_pipeline(ring, few):
    done = ring("advise", few, "--target", "Status", "--goal", "share", "--wish", "ctgan")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Expect sequential trees (trees) to be enough")
    at = [next(n for n, line in enumerate(lines) if line.startswith(f"{step} ")) for step in range(1, 7)]
    assert at == sorted(at) and "! architecture first: ctgan" in done.stdout
    assert "Assumed, for nobody said: latency any, cost laptop, explainability some, regulated no" in done.stdout
    text = "\n".join(line[2:] for line in lines[lines.index("pipeline.toml") + 1 :])
    assert PipelineConfig.from_toml(text).ladder.models == ("marginals", "copula", "mixture", "trees")


def test_the_file_it_writes_runs_from_where_it_lies(ring, few, tmp_path):
    done = ring("advise", few, "--target", "Status", "--goal", "test-data", "-o", "plans/test.toml")
    assert done.exit_code == 0 and "synthkit run plans/test.toml" in done.stdout, done.output
    path = tmp_path / "plans" / "test.toml"
    config = PipelineConfig.read(path)
    assert config.data.source.resolve() == few.resolve() and config.criteria["detection"] is False
    text = path.read_text().replace('"marginals", "copula", "mixture", "trees"', '"marginals"')
    path.write_text(text.replace("[run]", "[run]\nfolds = 1"))
    assert ring("run", path, "--quiet").exit_code in (0, 3)
    assert (tmp_path / "runs" / "few" / "synthetic.csv").is_file()


def test_a_series_is_known_by_its_time_and_a_data_set_by_its_name(ring, tmp_path):
    stamps = pd.date_range("2019-01-01", periods=60, freq="MS").strftime("%Y-%m-%d")
    pd.DataFrame({"when": stamps, "y": [n % 12 + n / 10 for n in range(60)]}).to_csv("y.csv", index=False)
    found = json.loads(ring("advise", "y.csv", "--time", "when", "--goal", "forecast", "--json").stdout)
    assert found["facts"]["data"] == "time-series" and found["facts"]["seasons"] == [12]
    assert found["pilot"]["command"].startswith("synthkit pilot y.csv --time when --models naive,")
    config = PipelineConfig.from_toml(found["pipeline"])
    assert config.series.mode == "continue" and config.data.time == "when"
    known = json.loads(ring("advise", "credit_data", "--json").stdout)
    config = PipelineConfig.from_toml(known["pipeline"])
    assert (config.data.dataset, config.data.target) == ("credit_data", "Status")


@pytest.fixture
def sits_there(monkeypatch):
    """Somebody at the terminal."""
    monkeypatch.setattr(advise, "_asking", lambda: True)


def test_it_asks_for_what_is_missing_and_for_nothing_else(sits_there):
    typed = "forecast\n\n2,000\nany\nlap\nnone\nn" + "\n"
    done = CliRunner().invoke(app, ["advise"], input=typed)
    assert done.exit_code == 0, done.output
    assert all(question in done.output for question in ASKED.values())
    assert "[time-series]" in done.output and "Assumed" not in done.output
    told = ["advise", "--goal", "share", "--data", "image", "--rows", "900", "--latency", "any", "--cost", "gpu"]
    done = CliRunner().invoke(app, [*told, "--not-regulated"], input="perhaps\nfull\n")
    asked = [question for question in ASKED.values() if question in done.output]
    assert asked == [ASKED["explainability"]] and "one of none, some, full" in done.output
    assert "outside this toolkit" in done.output


def test_nobody_is_asked_in_a_pipe_or_for_json_and_what_is_assumed_is_named(ring, sits_there, monkeypatch):
    found = json.loads(ring("advise", "--json").stdout)
    assert set(found["facts"]["assumed"]) == set(ASKED) and found["expected"] == "trees"
    monkeypatch.setattr(advise, "_asking", lambda: False)
    assert "Assumed, for nobody said: goal share, data tabular, rows 5,000" in ring("advise").stdout


def test_what_cannot_be_done_is_said(ring, few):
    for words, message in (
        (("--data", "image", "--rows", "900", "-o", "p.toml"), "no pipeline"),
        ((few, "--rows", "10"), "read from SOURCE"),
        ((few, "--goal", "forecast"), "time column"),
        (("--wish", "ctgna"), "did you mean 'ctgan'"),
    ):
        done = ring("advise", *words)
        assert done.exit_code == 1 and message in done.stderr, done.output
