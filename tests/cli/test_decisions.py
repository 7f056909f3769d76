"""From a table to a released one at the command line, and what is said when something was changed."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def run(few, ring, tmp_path):
    """A run that keeps all it is asked."""
    (tmp_path / "loose.toml").write_text(
        f'[data]\nsource = "{few}"\ntarget = "Status"\n[run]\nfolds = 1\n[ladder]\nmodels = ["marginals"]\n[criteria]\n'
        "detection = false\nutility = false\ntrend = false\nshape = { absolute = 0.9 }\n"
        "dcr = { absolute = 0.9 }\nmembership = { absolute = 0.9 }\nidentical = { absolute = 0.9 }\n"
    )
    assert ring("run", "loose.toml", "-o", "run", "--quiet").exit_code == 0
    return tmp_path / "run"


def test_three_commands_and_a_byte(run, few, ring, tmp_path):
    done = ring("accept", "run", "--by", "Ada", "--purpose", "a test")
    assert done.exit_code == 0, done.output
    assert "few@1 accepted by Ada for the audience internal" in done.stdout
    done = ring("release", "few", "--by", "Grace")
    assert done.exit_code == 0, done.output
    folder = tmp_path / "released" / "few-1"
    done = ring("verify", folder, "--source", few, "--strict")
    assert (done.exit_code, "✓ yes" in done.stdout) == (0, True), done.output
    rows = folder / "synthetic.csv"
    rows.write_bytes(rows.read_bytes()[:-2] + b"9\n")
    done = ring("verify", folder)
    assert done.exit_code == 3
    assert "✗ no" in done.stdout
    assert "synthetic.csv was altered" in done.stdout
    log = tmp_path / "registry" / "log.jsonl"
    log.write_text(log.read_text().replace("Ada", "Eve", 1))
    assert "line 1 of log.jsonl was altered" in ring("verify", "registry").stdout
    assert ring("decisions").exit_code == 1


def test_what_is_listed_and_shown(run, ring):
    assert "there is no decision" in ring("decisions").stderr
    assert ring("accept", "run", "--by", "Ada", "--name", "old", "--quiet").exit_code == 0
    plain = json.loads(ring("decisions", "--json").stdout)["decisions"]
    assert [(d["decision"], d["stage"], d["by"]) for d in plain] == [("old@1", "approved", "Ada")]
    assert "old@1" in ring("decisions").stdout
    shown = ring("decisions", "old").stdout
    assert "Decision outcome" in shown
    assert "approved  by Ada" in shown
    done = json.loads(ring("retire", "old", "--by", "Ada", "--why", "the end", "--json").stdout)
    assert (done["stage"], done["log"]["line"]) == ("retired", 3)


def test_what_is_refused(run, ring):
    done = ring("accept", "run", "--by", "Ada", "--audience", "public")
    assert done.exit_code == 1
    assert "privacy dial: 0 rows stand behind" in done.stderr
    done = ring("accept", "run", "--by", "Ada", "--waive", "dcr", "--reason", "none of it is real")
    assert "a waiver holds until a day" in done.stderr
    assert ring("release", "nothing", "--by", "Ada").exit_code == 1
    done = ring("decisions", "few@1", "--superseded-by", "few@1", "--by", "Ada")
    assert "few@1 is candidate" in done.stderr
    assert "not the folder of a run" in ring("verify", "..").stderr
