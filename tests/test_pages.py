"""The pages on advice, the pilot and privacy: their Python runs, and their figures are the measured ones."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest


def page(root: Path, name: str) -> str:
    return (root / "docs" / name).read_text(encoding="utf-8")


@pytest.fixture
def some(credit, tmp_path) -> Path:
    """A folder in which the bundled table has 600 rows."""
    home = tmp_path / "some" / "datasets" / "credit_data"
    home.mkdir(parents=True)
    lines = gzip.decompress(credit.read_bytes()).splitlines(keepends=True)
    (home / "table.csv.gz").write_bytes(gzip.compress(b"".join(lines[:601])))
    return tmp_path / "some"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("scale.md", "50,000 rows in 3 parts by local"),
        ("advice.md", "trees ["),
        pytest.param("pilot.md", "trees meets every criterion", marks=pytest.mark.slow),
        ("pilot.md", "marginals "),
        ("privacy.md", "the best attack ("),
    ],
)
def test_its_python_runs(root, name, told, monkeypatch, capsys, tmp_path, some):
    monkeypatch.chdir(tmp_path if name == "scale.md" else some if told == "marginals " else root)
    monkeypatch.setenv("SYNTHKIT_LEDGER", str(tmp_path / "ledger.json"))
    blocks = re.findall(r"^```python\n(.*?)^```", page(root, name), re.DOTALL | re.MULTILINE)
    code = "\n".join(blocks)
    if told == "marginals ":  # the quick twin of the pilot: few rows and one model
        code = code.replace('models=["marginals", "copula", "trees"]', 'models=["marginals"]')
    exec(compile(code, name, "exec"), {})
    assert told in capsys.readouterr().out


def test_the_hit_rate_is_the_measured_one(root):
    found = json.loads((root / "benchmarks" / "results" / "advise.json").read_text(encoding="utf-8"))["summary"]
    counts = {
        kind: {
            key: sum(row[key] for name, row in found["kinds"].items() if name.startswith(kind))
            for key in ("sets", "right", "usual", "piloted")
        }
        for kind in ("table", "series")
    }
    table, series, itself = counts["table"], counts["series"], found["itself"]
    told = " ".join(page(root, "advice.md").split())
    assert f"run on {table['sets']} tables and {series['sets']} series" in told
    assert f'right on {table["right"]} of {table["sets"]}, just as often as "always `trees`" ({table["usual"]})' in told
    assert f"its first choice on {itself['right']} of {itself['sets']}" in told
    assert f"chosen model on {table['piloted']} of {table['sets']} tables and on all {series['piloted']} series" in told
    assert f"the first name was right on {series['right']} of {series['sets']}" in told


def test_the_pilot_shown_is_the_rendered_one(root):
    made = (root / "reports" / "credit_data" / "pilot.md").read_text(encoding="utf-8")
    rows = page(root, "pilot.md").split("<!-- pilot")[1].split("\n\n")[1].splitlines()
    assert len(rows) == 9
    for row in rows:
        assert row in made, row
    assert "nothing" in page(root, "pilot.md") and "**paid**" not in made


def test_the_power_of_monitoring_is_the_measured_one(root):
    found = json.loads((root / "benchmarks" / "results" / "drift.json").read_text(encoding="utf-8"))
    told = " ".join(page(root, "monitoring.md").split())
    calm = [row for row in found["calm"] if row["baseline"] == "learned"]
    wrong = sum(row["verdict"] in ("RETRAIN", "RETIRE") for row in calm)
    few, more = ([r for r in calm if r["rows"] == rows] for rows in (200, 1000))
    unsettled = [sum(r["verdict"] == "UNSETTLED" for r in some) for some in (few, more)]
    assert f"of {len(calm)} draws in which nothing had drifted (200, 1,000 or 5,000 new rows), {wrong} said" in told
    assert f"Of the {len(few)} draws of 200 rows {unsettled[0]} were UNSETTLED" in told
    assert f"of the {len(more)} of 1,000 rows {unsettled[1]}:" in told
    injected = [r for r in found["injected"] if r["baseline"] == "learned" and r["set"] == "credit_data"]

    def counts(rows: int, what: str, size: object) -> tuple[int, int, int]:
        mine = [r for r in injected if (r["rows"], r["what"], r["size"]) == (rows, what, size)]
        return sum(r["seen"] for r in mine), sum(r["verdict"] in ("RETRAIN", "RETIRE") for r in mine), len(mine)

    assert counts(1000, "shift", 0.1) == (8, 0, 8) and counts(1000, "shift", 0.25) == (8, 8, 8)
    assert counts(200, "shift", 0.5) == (8, 5, 8)
    assert [counts(rows, "relation, strong", 0)[1:] for rows in (1000, 200)] == [(8, 8), (0, 8)]


def test_known_cases_rank_as_they_should(root):
    """Copies worst, then trees of single rows, then the models; private rows within their bound."""
    found = json.loads((root / "benchmarks" / "results" / "privacy.json").read_text(encoding="utf-8"))
    for one in found["known"]:
        best = {row["name"]: row["attack"]["best"] for row in one["rows"]}
        aucs = {name: each["auc"] for name, each in best.items()}
        order = ["copies of train", "trees leaf=1 blur=0", "trees", "trees privacy=20", "trees privacy=100"]
        assert [aucs[name] for name in order] == sorted((aucs[name] for name in order), reverse=True)
        assert aucs["copies of train"] > 0.99 and abs(aucs["marginals"] - 0.5) < 0.03
        for name, each in best.items():
            if "epsilon=1" in name:
                assert each["ci"][1] <= 0.731 and each["caught"]["0.1"] <= 0.272, name
    runs = found["pairs"]["runs"]
    assert max(run["variation"] for run in runs["mst"]) <= 0.0543 and max(run["seconds"] for run in runs["aim"]) < 120
    assert max(run["variation"] for run in runs["aim"]) <= 0.04
    beside = {row["name"]: row for row in found["beside"]}
    theirs, ours = beside["tabularargn_dp_1 epsilon=2.4"], beside["aim epsilon=1"]
    assert ours["utility"]["value"] > theirs["utility"]["value"]
    assert ours["detection"]["value"] < theirs["detection"]["value"]
