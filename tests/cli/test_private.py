"""Differential privacy from the shell."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from synthkit.cli.main import app


@pytest.fixture
def ask(tmp_path, monkeypatch, root):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTHKIT_LEDGER", str(tmp_path / "ledger.json"))
    domain = root / "datasets" / "credit_data" / "domain.toml"
    usual = ["generate", "credit_data", "--dp-epsilon", "1", "--domain", str(domain), "--model", "mst", "-o", "out"]

    def asked(*words, change=()):
        return CliRunner().invoke(app, [*(words or usual), *change])

    return asked


def test_a_private_run_is_judged_charged_and_drawn_from(ask, tmp_path):
    done = ask(change=["--json"])
    told = json.loads(done.stdout)
    assert done.exit_code in (0, 3) and told["chosen"] == "mst"
    assert (tmp_path / "out" / "guarantee.md").is_file()
    books = json.loads(ask("ledger", "--json").stdout)["accounts"]
    assert [round(each["spent"], 6) for each in books] == [1.0]
    assert "mst" in ask("ledger").stdout
    again = ask()
    assert again.exit_code == 1 and "of which 1 is spent" in again.output
    assert ask("sample", "out", "-n", "50", "-o", "more.csv").exit_code == 0
    assert len((tmp_path / "more.csv").read_text().splitlines()) == 51
    held = ask("sample", "out", "-n", "5", "-o", "held.csv", "--where", "Status=bad")
    assert held.exit_code == 1 and "cannot hold columns at a value" in held.output


def test_a_release_leaves_the_report_in_the_house(ask, tmp_path):
    ask()
    short = [word for metric in ("detection", "shape", "trend", "utility") for word in ("--waive", metric)]
    until = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20)).isoformat()
    accepted = ask("accept", "out", "--by", "Ada", *short, "--reason", "few rows", "--until", until)
    assert accepted.exit_code == 0, accepted.output
    assert ask("release", "credit_data", "--by", "Ada", "--with-model").exit_code == 0
    names = {path.name for path in (tmp_path / "released").rglob("*")}
    assert {"guarantee.md", "synthetic.csv", "schema.toml", "model"} <= names
    assert not names & {"report.html", "scorecard.json", "record.json", "decision.md", "MODEL_CARD.md", "DATA_CARD.md"}
    assert ask("verify", "released/credit_data-1").exit_code == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--privacy", "20"], "--privacy makes no sense with --dp-epsilon"),
        (["--target", "Status"], "--target makes no sense with --dp-epsilon"),
        (["--model", "trees"], "one private model at a time"),
        (["--dp-epsilon", "0"], "no privacy budget"),
        (["--domain", "none.toml"], "cannot read the domain file"),
    ],
)
def test_what_makes_no_sense_is_refused(ask, tmp_path, change, message):
    done = ask(change=change)
    assert done.exit_code == 1 and message in " ".join(done.output.split())
    assert not (tmp_path / "ledger.json").exists() and not (tmp_path / "out").exists()


def test_both_a_budget_and_a_domain_are_needed(ask):
    done = ask("generate", "credit_data", "--dp-epsilon", "1")
    assert done.exit_code == 1 and "give both --dp-epsilon and --domain" in " ".join(done.output.split())


def test_a_draft_is_refused_until_it_is_signed(ask, tmp_path):
    assert ask("domain", "credit_data", "-o", "draft.toml").exit_code == 0
    words = ["generate", "credit_data", "--dp-epsilon", "1", "--model", "mst", "-o", "out", "--domain", "draft.toml"]
    assert "not signed as public" in " ".join(ask(*words).output.split())
    draft = tmp_path / "draft.toml"
    assert ask("domain", "credit_data").stdout == draft.read_text()
    draft.write_text(draft.read_text().replace("public = false", "public = true"))
    assert ask(*words).exit_code in (0, 3)
