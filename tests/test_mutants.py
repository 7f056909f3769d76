"""What is mutated, what is taken for the same, and the table of what came of it."""

from __future__ import annotations

import importlib
import json
import tomllib

import pytest


@pytest.fixture(scope="module")
def config(root):
    return tomllib.loads((root / "benchmarks" / "mutants.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def results(root):
    return json.loads((root / "benchmarks" / "results" / "mutants.json").read_text(encoding="utf-8"))


@pytest.fixture
def mutants(root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    return importlib.import_module("benchmarks.mutants")


def test_the_table_is_what_the_results_say(root, results, mutants):
    page = (root / "docs" / "reliability.md").read_text(encoding="utf-8")
    told = page.partition(mutants.START)[2].partition(mutants.END)[0]
    assert told == mutants.table(results), "run: python -m benchmarks.mutants --render"


def test_every_module_is_there_and_scores_above_85_percent(root, config, results, mutants):
    paths = [module["path"] for module in config["module"]]
    assert [module["path"] for module in results["modules"]] == paths
    for module in config["module"]:
        assert all((root / file).is_file() for file in (module["path"], *module["tests"]))
    for row in results["modules"]:
        assert row["tried"] == row["killed"] + row["survived"] + row["same"] == min(row["made"], config["most"])
        assert len(row["survivors"]) == row["survived"]
        assert mutants.score(row) > 0.85, row["path"]


def test_what_is_taken_for_the_same_is_listed_one_by_one_with_its_line_and_its_reason(root, config, results):
    listed = config["equivalent"]
    assert len({(each["path"], each["code"], each["mutant"]) for each in listed}) == len(listed)
    for each in listed:
        source = (root / each["path"]).read_text(encoding="utf-8").splitlines()
        assert each["code"] in [line.strip() for line in source], "this line is no longer there: look again"
        assert each["mutant"] != each["code"] and len(each["why"]) > 20
    found = {row["path"] for row in results["modules"] if row["same"]}
    assert found <= {each["path"] for each in listed}
