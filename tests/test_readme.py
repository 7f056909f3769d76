"""Every command, block of Python and figure of the README is real."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthkit.cli.main import app
from synthkit.data import catalog
from synthkit.report.render import render
from synthkit.scorecard import Scorecard

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "reports" / "credit_data"
REPORTS = {
    tuple(shlex.split(words)): folder
    for (words, folder) in zip(
        re.findall(r"^(?:EXAMPLE|SERIES) +:= (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE),
        ("credit_data", "co2"),
        strict=True,
    )
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder where the README's relative paths mean what they mean in a checkout."""
    for name in ("datasets", "pipelines"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTHKIT_LEDGER", str(tmp_path / "ledger.json"))
    return tmp_path


CO2 = "synthkit generate co2 --time date --seed 1 "


def commands():
    """The README's commands by section, each section in a test of its own.

    The series with its whole ladder is slow; its quick twin tries the first model and the one the report chose, which
    has to come out with the report's figures all the same.
    """
    for title, section in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE):
        shown = "\n".join(re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE))
        lines = [line for line in shown.splitlines() if line.startswith("synthkit ")]
        if lines:
            slow = any(line.startswith("synthkit augment") for line in lines)  # two minutes
            slow = slow or any(line.startswith(CO2) for line in lines)
            yield pytest.param(lines, id=title, marks=[pytest.mark.slow] * slow)
            if any(line.startswith(CO2) for line in lines):
                quick = [line.replace(CO2, f"{CO2}--models naive,mstl ") for line in lines]
                yield pytest.param(quick, id=f"{title}, with two models")


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """What a command that stands in two sections has left, by its words."""
    home, left = tmp_path_factory.mktemp("before"), {}

    def keep(words: tuple[str, ...], folder: Path) -> None:
        left[words] = shutil.copytree(folder, home / str(len(left)))

    return left, keep


@pytest.mark.parametrize("lines", list(commands()))
def test_its_commands_run(lines, checkout, before):
    left, keep = before
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        again = words[0] == "generate" and "--dp-epsilon" not in words
        if again and tuple(words) in left:
            shutil.copytree(left[tuple(words)], words[-1])
            continue
        done = CliRunner().invoke(app, words)
        # The verdict of a strict or a private run is the reader's to see; anything else has to succeed.
        allowed = (0, 4) if "--strict" in words else (0, 3) if "--dp-epsilon" in words else (0,)
        assert done.exit_code in allowed, (line, done.output)
        for made, folder in REPORTS.items():
            if words[: len(made)] == list(made):
                _alike(ROOT / "reports" / folder, checkout / words[-1])
        if again:
            keep(tuple(words), checkout / words[-1])


def test_it_shows_how_the_reports_were_made():
    shown = {tuple(shlex.split(line, comments=True)[1:-2]) for case in commands() for line in case.values[0]}
    assert set(REPORTS) <= shown


def _alike(before: Path, after: Path) -> None:
    """The committed report is what the code makes."""
    old, new = (json.loads((folder / "scorecard.json").read_text(encoding="utf-8")) for folder in (before, after))
    assert new["decision"]["verdict"] == old["decision"]["verdict"]
    assert new["decision"]["chosen"] == old["decision"]["chosen"]
    cards = (Scorecard.from_dict(one["scorecard"]).headlines for one in (old, new))
    for was, now in zip(*cards, strict=True):
        assert now.value == pytest.approx(was.value, abs=0.005), was.metric


def test_its_python_runs(checkout, capsys):
    space: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), space)
    assert "trees" in capsys.readouterr().out
    assert (checkout / "report.html").stat().st_size < 1_000_000
    assert set(space["more"].frame["Status"]) == {"bad"}


def test_its_example_output_is_the_committed_report():
    saved = json.loads((EXAMPLE / "scorecard.json").read_text(encoding="utf-8"))
    shown = render(Scorecard.from_dict(saved["scorecard"]), saved["decision"], form="terminal")
    folded = " ".join(shown.split())
    block = next(b for b in blocks("text") if "chosen" in b)
    figures = re.findall(r"[a-z]+(?: [a-z]+)* \d[\d.]*(?: %)?(?: \(floor [\d.]+(?: %)?\))?", block)
    assert len(figures) == 7
    for figure in figures:
        assert figure in folded, figure


def test_its_peers_are_the_measured_ones():
    if not (found := sorted((ROOT / "benchmarks" / "results").glob("peers.json"))):
        pytest.skip("the benchmark of the peers was not run")
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert found
    table = README.split("<!-- peers")[1].split("\n\n")[1]
    rows = [line for line in table.splitlines()[2:] if line.startswith("|")]
    assert len(rows) >= 5
    for row in rows:
        assert row in page, row


def test_its_augmentation_is_the_measured_one():
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    table = README.split("<!-- augment")[1].split("\n\n")[1]
    rows = [line for line in table.splitlines()[2:] if line.startswith("|")]
    assert len(rows) == 6
    for row in rows:
        assert row in page, row
    found = json.loads((ROOT / "benchmarks" / "results" / "augment.json").read_text(encoding="utf-8"))
    assert f"{found['series']} monthly series of M3, {found['points']} points each" in README
    seconds = json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text(encoding="utf-8"))["rows"]
    assert all(row["seconds"] < 1 for row in seconds if row["points"] == 144)
    assert all(row["seconds"] < 120 for row in seconds if row["model"] == "hybrid")


def test_its_rare_classes_are_the_measured_ones():
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    rows = [line for line in README.split("<!-- rare")[1].split("\n\n")[1].splitlines()[2:] if line.startswith("|")]
    assert len(rows) == 5
    for row in rows:
        assert row in page, row


def test_its_networks_are_the_measured_ones():
    sets = json.loads((ROOT / "benchmarks" / "results" / "gan_vae.json").read_text(encoding="utf-8"))["sets"]
    rows = next(one["rows"] for one in sets if one["data"]["name"] == "shoppers")
    for name, run in ((row["name"], row["runs"][0]) for row in rows[2:]):
        scores = f"{run['detection']['value']:.3f} | {run['utility']['value']:.4f} | {run['seconds']:.0f}"
        assert f"| {name} | {scores} |" in README


def test_the_page_on_networks_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    catalog.load("breast_cancer").frame.to_csv("breast_cancer.csv", index=False)
    page = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
    space: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        exec(compile(block, "networks.md", "exec"), space)
    assert space["points"].shape == (569, 18)
    walk = space["walk"].frame["mean area"]
    assert walk.iloc[0] < walk.iloc[3] < walk.iloc[-1]
    assert space["moved"].frame["mean radius"].mean() > space["cells"].head(5).frame["mean radius"].mean()
    assert "mean radius" in capsys.readouterr().out


def test_the_page_on_trees_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "trees.md").read_text(encoding="utf-8")
    space: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        exec(compile(block, "trees.md", "exec"), space)
    assert (space["rows"].frame["Status"] == "bad").all()
    assert "nats a row" in capsys.readouterr().out


def test_its_seconds_and_verdicts_are_the_measured_ones():
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    seconds, times = re.search(r"^- trees: ([\d.]+) s, ([\d.]+) times sdv's", page, re.MULTILINE).groups()
    said = re.search(r"take\w* `trees` ([\d.]+) seconds on two cores, ([\d.]+) times", " ".join(README.split()))
    assert float(said[1]) == pytest.approx(float(seconds), abs=0.05)
    assert said[2] == times
    seeds = json.loads((ROOT / "benchmarks" / "results" / "seeds.json").read_text(encoding="utf-8"))["rows"]
    verdicts = [row["verdict"] for row in seeds]
    assert f"gives {verdicts.count('PASS')} PASS and {verdicts.count('INCONCLUSIVE')} INCONCLUSIVE" in README
    assert "FAIL" not in verdicts
    lending = re.search(r"^\| lending_club_10k .*?\| ([\d.]+) \(", page, re.MULTILINE)[1]
    assert f"AUC of {float(lending):.2f}" in " ".join(README.split())
    beijing = json.loads((ROOT / "benchmarks" / "results" / "escalation.json").read_text(encoding="utf-8"))["tried"]
    of = {rung["model"]: rung["scores"]["utility"] for rung in beijing}
    told = f"R2 {of['trees']['value']:.2f} and {of['energy']['value']:.2f}, floor {of['trees']['floor']:.2f}"
    assert told in " ".join(README.split())


def test_the_small_table_is_the_measured_one():
    found = json.loads((ROOT / "benchmarks" / "results" / "small.json").read_text(encoding="utf-8"))["sets"]
    rows = {row["name"]: row for one in found if one["data"]["name"] == "pima" for row in one["rows"]}
    told = " ".join(README.split())
    detection, utility = (lambda arm, key=key: f"{rows[arm][key]['value']:.3f}" for key in ("detection", "utility"))
    ours = rows["synthkit mixture"]
    assert f"AUC of {detection(ours['name'])} and teaches a model {utility(ours['name'])}" in told
    assert f"(real rows {ours['utility']['floor']:.3f}) in {ours['cpu_seconds']:.0f} processor seconds" in told
    for words, arm in (("Synthesizer has", "GaussianCopula"), ("its TVAE", "TVAE"), ("its CTGAN", "CTGAN")):
        name = f"sdv {arm}Synthesizer"
        assert f"{words} {detection(name)} and {utility(name)}" in told


def test_it_counts_the_data_sets():
    said = int(re.search(r"# (\d+) known data sets", README)[1])
    assert said == len(catalog.cards())


def test_own_models_load_no_line_of_busl_code():
    code = (
        "import sys; from synthkit.data import catalog; from synthkit.pipeline import generate; "
        "generate(catalog.path('credit_data'), target='Status', models=('marginals', 'trees')); "
        "print(*{m.partition('.')[0] for m in sys.modules} & {'sdv', 'ctgan', 'rdt', 'copulas', 'deepecho'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_its_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link


def test_it_names_no_machine():
    assert str(Path.home()) + os.sep not in README
