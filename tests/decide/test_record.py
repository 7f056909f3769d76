"""The decision record says everything, and only what was measured."""

from __future__ import annotations

import json
import re

import pytest

from synthkit.decide.climb import Climb, Rung
from synthkit.decide.criteria import Criteria
from synthkit.decide.ladder import climb
from synthkit.decide.record import decision, record

from .conftest import fails_in_fit, faithful, toy
from .test_ladder import EASY

GOAL = {
    "source": "linked.csv",
    "rows": 2000,
    "columns": 3,
    "target": "answer",
    "train_rows": 1200,
    "holdout_rows": 800,
    "split": "by row",
    "holdout_digest": "ab" * 32,
    "source_digest": "cd" * 32,
    "rows_made": 1200,
    "seed": 0,
    "command": "synthkit generate linked.csv --target answer",
}
SECTIONS = (
    "## Context and problem statement",
    "## Decision drivers",
    "## Considered options",
    "## Decision outcome",
    "### Confirmation",
    "### Consequences",
    "## Afterwards",
)


def check(text):
    """What holds of every record."""
    assert re.match(r"---\nstatus: .+\ndate: 2026-01-02\ndecision-makers: \nreview: 2027-01-02\n---\n\n# ", text)
    assert not re.search(r"\b(nan|NaN|inf|None(?!:))\b", text)
    places = [text.index(s) for s in SECTIONS if s in text]
    assert places == sorted(places)
    for block in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.strip().splitlines()}
        assert len(widths) == 1, "a row of a table has more or fewer cells than its head"
    return text


@pytest.fixture
def passed(models, reference):
    models(toy("broken", 1, fit=fails_in_fit), toy("torn", 2), toy("good", 3, sample=faithful), toy("grand", 4))
    return climb(reference, rows=1200, criteria=EASY)


def test_every_section_of_a_climb_that_passes(passed):
    text = check(record(passed, GOAL, date="2026-01-02"))
    assert all(section in text for section in SECTIONS)
    assert "status: proposed" in text
    assert "Chosen: **good**" in text
    assert "Not tried, because nothing called for more: grand." in text
    for name in ("broken", "torn", "good"):
        assert f"| {name} | toy {name} |" in text
        assert f"* **{name}**:" in text
    assert GOAL["command"] in text
    assert GOAL["source_digest"] in text
    assert "`answer`" in text
    assert "Good: the simplest model" in text
    for judgement in passed.rung.judgements:
        assert f"| {judgement.label} |" in text
        assert judgement.rule in text


def test_the_same_as_plain_values(passed):
    plain = decision(passed, GOAL)
    assert json.loads(json.dumps(plain, allow_nan=False))["chosen"] == "good"
    assert [r["status"] for r in plain["tried"]] == ["failed", "judged", "judged"]
    assert plain["verdict"] == "PASS"


def test_a_climb_that_passes_nowhere_praises_nothing(models, reference):
    models(toy("torn", 1), toy("later", 2))
    found = climb(reference, rows=600, criteria=Criteria.from_mapping({"trend": {"absolute": 0.0}}), budget=1e-9)
    text = check(record(found, GOAL, date="2026-01-02"))
    assert all(section in text for section in SECTIONS)
    assert "status: rejected\n" in text
    assert "| later | toy later | skipped |" in text
    assert "Good:" not in text
    assert "* Bad: " in text
    assert "Not tried, because" not in text
    assert decision(found, GOAL)["verdict"] == "FAIL"


def test_a_climb_where_all_fail(models, reference):
    models(toy("broken", 1, fit=fails_in_fit))
    found = climb(reference, rows=100, criteria=EASY)
    text = check(record(found, GOAL, date="2026-01-02"))
    assert "# Make no synthetic table" in text
    assert "| broken | toy broken | failed |" in text
    assert "Secret" not in text
    assert decision(found, GOAL)["sentence"] == "No model could be fitted."


def test_a_pipe_or_a_newline_in_a_reason_does_not_break_the_table(models):
    models(toy("odd", 1))
    found = Climb((Rung("odd", "toy odd", "failed", "failed with a|b\nand more"),), None, "nothing worked")
    assert "a\\|b and more" in check(record(found, GOAL, date="2026-01-02"))
