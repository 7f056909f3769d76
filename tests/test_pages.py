"""The pages on advice and on the pilot: their Python runs, and their figures are the measured ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest


def page(root: Path, name: str) -> str:
    return (root / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "told"), [("advice.md", "trees ["), ("pilot.md", "trees meets every criterion")])
def test_its_python_runs(root, name, told, monkeypatch, capsys):
    monkeypatch.chdir(root)
    (block,) = re.findall(r"^```python\n(.*?)^```", page(root, name), re.DOTALL | re.MULTILINE)
    exec(compile(block, name, "exec"), {})
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
