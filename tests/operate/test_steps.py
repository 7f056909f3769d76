"""From a run to a release and its end: each step passes its gate, or the log says that it was refused."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from dataclasses import replace

import pytest

from synthkit.errors import ConfigError, GateClosed, UnknownName
from synthkit.operate.dossier import front
from synthkit.operate.gates import Audience, Stage, Waiver
from synthkit.operate.steps import accept, release, retire, supersede

from .conftest import TODAY

GRACE = "Grace"


def test_the_whole_way(good, registry, ada, tmp_path):
    version, checks = accept(registry, good, ada, purpose="a test", name="people")
    assert (version.ref, version.stage, version.status) == ("people@1", Stage.APPROVED, "accepted")
    assert {c.verdict.value for c in checks} == {"PASS"}
    text = front(version.decision.read_text())
    assert (text["status"], text["decision-makers"], text["accepted"]) == ("accepted", "Ada", "2026-03-01")
    version, _, folder = release(registry, "people", ada, to=tmp_path / "out")
    names = {path.name for path in folder.iterdir()}
    assert {"synthetic.csv", "synthetic.csv.synthetic.json", "DATA_CARD.md", "MODEL_CARD.md", "release.json"} <= names
    assert "model" not in names
    mark = json.loads((folder / "synthetic.csv.synthetic.json").read_text())
    assert mark["synthetic"] is True
    assert [e.event for e in registry.log.entries()] == ["candidate", "approved", "released"]
    version = retire(registry, "people@1", ada, why="over")
    assert front(version.decision.read_text())["status"] == "retired"
    with pytest.raises(GateClosed, match="retired"):
        release(registry, "people", ada, to=tmp_path / "again")


def test_a_criterion_that_is_not_kept_is_refused_and_logged(runs, registry, ada):
    with pytest.raises(GateClosed, match="column shapes"):
        accept(registry, runs / "bad", ada, name="people")
    assert [e.event for e in registry.log.entries()] == ["candidate", "refused"]
    assert registry.find("people").status == "proposed"
    with pytest.raises(GateClosed, match="candidate"):
        release(registry, "people", ada)


def test_a_waiver_holds_until_its_day(runs, registry, ada, tmp_path):
    until = TODAY.date() + dt.timedelta(days=30)
    waiver = Waiver("shape", "only the format matters", until, "Ada")
    version, _ = accept(registry, runs / "bad", ada, waivers=[waiver], name="people")
    assert version.waivers == (waiver,)
    release(registry, "people", ada, to=tmp_path / "out")
    later = replace(ada, now=TODAY + dt.timedelta(days=31))
    with pytest.raises(GateClosed, match="which is past"):
        release(registry, "people", later, to=tmp_path / "late")
    with pytest.raises(ConfigError, match="no reason"):
        Waiver("shape", " ", until, "Ada")
    with pytest.raises(ConfigError, match="no criterion of this run"):
        accept(registry, runs / "good", ada, waivers=[Waiver("trend", "why not", until, "Ada")], name="other")


def test_the_public_gets_less(runs, registry, ada, tmp_path):
    with pytest.raises(GateClosed, match="privacy dial: 0 rows stand"):
        accept(registry, runs / "good", ada, audience="public", name="people")
    version, _ = accept(registry, runs / "private", ada, audience="public", name="dialled", waivers=[])
    with pytest.raises(GateClosed, match="asks for two people"):
        release(registry, version.ref, ada, to=tmp_path / "out")
    assert registry.find("dialled").entries[-1].facts["gate"] == "release"
    _, checks, _ = release(registry, version.ref, replace(ada, by=GRACE), to=tmp_path / "out")
    assert checks[-1].because == "approved by Ada, released by Grace"
    with pytest.raises(UnknownName, match="audience"):
        accept(registry, runs / "good", ada, audience="everybody")


def test_nobody_waives_privacy_for_the_public(runs, registry, ada):
    until = TODAY.date() + dt.timedelta(days=30)
    waivers = [Waiver(metric, "we trust them", until, "Ada") for metric in ("membership", "dcr")]
    with pytest.raises(GateClosed) as refused:
        accept(registry, runs / "good", ada, audience="public", waivers=waivers, name="people")
    kept = [check["because"] for check in registry.log.entries()[-1].facts["checks"] if check["verdict"] != "PASS"]
    assert kept
    assert not any("waived by" in because for because in kept)
    assert "privacy dial" in refused.value.message


def test_a_second_acceptance_of_a_refused_run_is_the_same_decision(runs, registry, ada):
    with pytest.raises(GateClosed):
        accept(registry, runs / "bad", ada, name="people")
    waiver = Waiver("shape", "only the format matters", TODAY.date(), "Ada")
    version, _ = accept(registry, runs / "bad", ada, waivers=[waiver], name="people")
    assert version.ref == "people@1"
    with pytest.raises(GateClosed, match="people@1 already"):
        accept(registry, runs / "bad", ada, waivers=[waiver], name="people")


def test_altered_files_are_no_candidate_but_an_edited_decision_is(good, registry, ada):
    decision = good / "decision.md"
    decision.write_text(decision.read_text() + "\nWe also asked the ward.\n")
    card = good / "scorecard.json"
    whole = card.read_text()
    card.write_text(whole.replace("PASS", "FAIL", 1))
    with pytest.raises(GateClosed, match=r"scorecard\.json was altered"):
        accept(registry, good, ada)
    assert registry.versions() == ()
    card.write_text(whole)
    version, _ = accept(registry, good, ada)
    assert version.name == "a-DataFrame"
    assert "We also asked the ward." in version.decision.read_text()


def test_a_newer_decision_takes_the_place_of_an_older(good, runs, registry, ada):
    accept(registry, good, ada, name="people")
    accept(registry, runs / "private", ada, name="people")
    with pytest.raises(ConfigError, match="itself"):
        supersede(registry, "people", ada, new="people@2")
    old = supersede(registry, "people@1", ada, new="people@2")
    assert (old.status, registry.find("people").ref) == ("superseded", "people@2")
    assert front(old.decision.read_text())["status"] == "superseded by people@2"
    with pytest.raises(GateClosed, match="superseded"):
        supersede(registry, "people@2", ada, new="people@1")


def test_every_step_leaves_lineage(good, registry, ada, tmp_path):
    accept(registry, good, ada, name="people")
    release(registry, "people", ada, to=tmp_path / "out")
    events = [json.loads(line) for line in (registry.folder / "lineage.jsonl").read_text().splitlines()]
    assert [e["eventType"] for e in events] == ["START", "COMPLETE"] * 2
    for event in events:
        assert {"eventTime", "producer", "schemaURL", "run", "job", "inputs", "outputs"} <= set(event)
        assert event["outputs"][0]["name"] == "people@1"
        assert event["run"]["facets"]["synthkit_privacy"]["membership"]["verdict"] == "PASS"
    assert events[0]["run"]["runId"] == events[1]["run"]["runId"] != events[2]["run"]["runId"]


def test_rows_outside_the_folder_come_along(runs, registry, ada, tmp_path):
    home = shutil.copytree(runs / "good", tmp_path / "elsewhere")
    rows = tmp_path / "rows.csv"
    shutil.move(home / "synthetic.csv", rows)
    shutil.move(home / "synthetic.csv.synthetic.json", tmp_path / "rows.csv.synthetic.json")
    record = json.loads((home / "record.json").read_text())
    record["table"]["file"] = str(rows)
    record["files"] = {k: v for k, v in record["files"].items() if not k.startswith("synthetic")}
    (home / "record.json").write_text(json.dumps(record))
    version, _ = accept(registry, home, ada, name="people")
    assert (version.folder / "synthetic.csv").read_bytes() == rows.read_bytes()


def test_the_page_on_decisions_runs(runs, root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(runs / "good", "out")
    page = (root / "docs" / "decisions.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    exec(compile(block, "decisions.md", "exec"), {})
    assert capsys.readouterr().out == "PASS\n"


def test_the_page_names_the_limits_of_each_audience(root):
    page = (root / "docs" / "decisions.md").read_text(encoding="utf-8")
    for name in ("internal", "partner", "public"):
        audience = Audience.of(name)
        (row,) = re.findall(rf"^\| {name} \|.*$", page, re.MULTILINE)
        assert f"| {audience.people} |" in row
        assert ("no waiver of privacy" in row) == ("privacy" in audience.fixed)
        for limit in {c["absolute"] for c in audience.criteria.values() if "absolute" in c}:
            assert f"at most {limit:g}" in row
        assert (f"dial at {audience.privacy}" in row) == bool(audience.privacy)


def test_a_name_is_needed(good, registry, ada):
    with pytest.raises(ConfigError, match="nobody signs"):
        replace(ada, by=" ")
    accept(registry, good, ada, name="people")
    with pytest.raises(ConfigError, match="without a reason"):
        retire(registry, "people", ada, why="")
    with pytest.raises(UnknownName, match="no decision 'peple'"):
        registry.find("peple")
