from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from synthkit import report
from synthkit.data.io import to_table
from synthkit.data.split import split
from synthkit.errors import ConfigError, OutputError
from synthkit.metrics.base import Score, names
from synthkit.report import words
from synthkit.report.terminal import plain, terminal
from synthkit.scorecard import Scorecard, score

HOSTILE = '<script>alert(1)</script>"onload="x | [a](http://evil.test) `b` {{ 7*7 }} [bold]é\u202e\x1b[31m\n# h\ud800'
VOID = {"meta", "br", "wbr", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """The tags and attributes of a page, and whether every tag that opens also closes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def by_metric(view, metric):
    return next(r for r in view["headline"] if r["metric"] == metric)


def test_the_view_says_a_score_beside_its_floor_interval_limit_and_copying(card, decision):
    row = by_metric(report.view(card, decision), "detection")
    assert {
        k: row[k] for k in ("label", "value_text", "floor_text", "interval_text", "limit_text", "rule", "reading")
    } == {
        "label": "Detection",
        "value_text": "0.543",
        "floor_text": "0.502",
        "interval_text": "0.515 to 0.571",
        "limit_text": "0.602",
        "rule": "at most the floor + 0.1",
        "reading": "0.041 easier to tell apart than fresh real rows",
    }
    assert row["copying_text"] == "+0.022"
    assert row["verdict"] == {"code": "PASS", "word": "Pass", "sign": "✓"}
    # the floor lies at 0 and the limit at 1: (0.543 - 0.502) / (0.602 - 0.502)
    assert row["strip"] == {"value": 0.41, "low": 0.13, "high": 0.69}


def test_the_strip_turns_round_where_higher_is_better(card, decision):
    utility = by_metric(report.view(card, decision), "utility")
    assert utility["strip"] == {"value": 0.24, "low": -0.3, "high": 0.78}  # 0.836 at 0, 0.786 at 1
    assert utility["reading"] == "as useful as real training rows"


def test_a_measured_difference_decides_the_reading_not_two_wide_intervals(card, decision):
    gap = Score("utility", "utility", -0.012, "higher", ("gap",), None, None, (-0.02, -0.004), 890, "auc")
    utility = by_metric(report.view(Scorecard((*card.scores, gap)), decision), "utility")
    assert utility["reading"] == "0.012 less useful than real training rows"
    assert utility["gap_interval_text"] == "−0.020 to −0.004"


def test_the_view_orders_columns_by_what_exceeds_the_floor_and_draws_them(card, decision):
    view = report.view(card, decision)
    columns = {c["name"]: c for c in view["columns"]}
    assert list(columns) == [p["column"] for p in card.profiles]
    worst = min(view["columns"], key=lambda c: c["rank"])
    assert worst["gap"] == max(c["gap"] for c in view["columns"] if c["gap"] is not None)
    assert columns["Customer"]["chart"] is None
    assert columns["Customer"]["value_text"] == "–"
    job = columns["Job"]["chart"]
    assert len(job["levels"]) == 7
    assert job["others"] == 3
    assert sum(job["real"]) + job["others_real"] == pytest.approx(1, abs=1e-4)
    assert columns["Opened"]["chart"]["ticks"][0] == [0, "2000-01-01"]


def test_whole_numbers_are_labelled_by_the_numbers_in_their_bins():
    shares = [0.5, 0.3, 0.2]
    edges = [-0.5, 0.5, 1.5, 2.5]
    profile = {"column": "n", "kind": "integer", "edges": edges, "real": shares, "synthetic": shares}
    chart = report.view(Scorecard((), (profile,)))["columns"][0]["chart"]
    assert chart["ticks"] == [[0.5, "0"], [1.5, "1"], [2.5, "2"]]


def test_the_matrix_holds_each_pair_once_and_its_floor(card, decision):
    pairs = report.view(card, decision)["pairs"]
    n = len(pairs["columns"])
    assert n == 13
    assert len({(i, j) for i, j, _, _ in pairs["cells"]}) == n * (n - 1) // 2 == pairs["total"]
    assert all(i > j for i, j, _, _ in pairs["cells"])
    first = card.details("trend")[0]
    i, j = (pairs["columns"].index(name) for name in first.subject)
    assert [max(i, j), min(i, j), first.value, first.floor] in pairs["cells"]


def test_the_ladder_keeps_cost_outcome_and_reason(card, decision):
    ladder = report.view(card, decision)["ladder"]
    outcome = [(t["model"], t["verdict"] and t["verdict"]["word"], t["total_text"]) for t in ladder["rows"]]
    assert [(model, word, cost.replace("\xa0", " ")) for model, word, cost in outcome] == [
        ("marginals", "Fail", "4.1 s"),
        ("copula", "Fail", "6.2 s"),
        ("trees", "Pass", "5.0 s"),
        ("ctgan", None, "–"),
    ]
    assert [t["chosen"] for t in ladder["rows"]] == [False, False, True, False]
    assert [m["metric"] for m in ladder["metrics"]] == ["detection", "shape", "trend", "utility", "membership"]
    assert ladder["rows"][3]["because"] == "Not needed: a cheaper rung passed."


def test_privacy_tells_how_small_an_effect_it_could_see(card, decision):
    sight = report.view(card, decision)["privacy"]["sight"]
    assert "Membership attack rests on 890 rows and cannot see an effect smaller than about 0.027." in sight
    blind = Score("membership", "privacy", 0.5, "lower", (), 0.5, None, None, 1000, "auc")
    # Hanley and McNeil: 1.96 * sqrt(2001 / 12) / 1000
    assert "about 0.025." in report.view(Scorecard((blind,)))["privacy"]["sight"][0]


@pytest.mark.parametrize("form", ["html", "markdown", "json", "terminal"])
def test_every_form_is_the_same_twice_and_after_a_round_trip_through_json(card, decision, form):
    once = report.render(card, decision, form=form)
    assert once == report.render(Scorecard.from_json(card.to_json()), json.loads(json.dumps(decision)), form=form)
    assert once == report.from_view(json.loads(report.render(card, decision, form="json")), form=form)


@pytest.mark.parametrize("form", ["html", "markdown", "json", "terminal"])
def test_a_report_survives_the_absence_of_everything(card, form):
    assert report.render(Scorecard(()), None, form=form)
    assert report.render(card, {"verdict": "FAIL", "tried": [], "chosen": None}, form=form)
    lost = Score("shape", "fidelity", math.nan, "lower", (), math.inf, math.nan, (math.nan, math.nan), None)
    odd = Score("my_metric", "fidelity", 3.0, "lower", unit="count")
    text = report.render(Scorecard((lost, odd)), {"criteria": [{"metric": "shape"}, {"metric": "other"}]}, form=form)
    assert not re.search(r"\b(nan|inf)\b", text, re.IGNORECASE)
    assert "my metric" in text.lower() or "my_metric" in text


def hostile(card, decision):
    shape = Score("shape", "fidelity", 0.1, "lower", (HOSTILE,), 0.01)
    trend = Score("trend", "fidelity", 0.9, "lower", (HOSTILE, "Age"), 0.01)
    levels = {"column": HOSTILE, "kind": "categorical", "reason": HOSTILE, "missing": {"real": 0.1, "synthetic": 0.1},
              "levels": [HOSTILE, ""], "real": [0.5, 0.5], "synthetic": [0.4, 0.6]}  # fmt: skip
    goal = {**decision["goal"], "source": HOSTILE, "target": HOSTILE, "command": HOSTILE, HOSTILE: HOSTILE}
    tried = [{**decision["tried"][0], "model": HOSTILE, "because": HOSTILE}]
    return (
        Scorecard((*card.scores, shape, trend), (*card.profiles, levels), {HOSTILE: HOSTILE}),
        {**decision, "goal": goal, "tried": tried, "chosen": HOSTILE, "because": HOSTILE, "sentence": HOSTILE},
    )


def test_a_hostile_name_stays_text_in_html(card, decision):
    page = Page(report.render(*hostile(card, decision)))
    assert "script" not in page.tags
    assert not [a for a in page.attributes if a[0].startswith("on") or a[0] in ("style", "src")]
    assert any("<script>alert(1)</script>" in text for text in page.words)
    assert "{{ 7*7 }}" in "".join(page.words)
    assert not page.open


def test_a_hostile_name_stays_text_in_markdown_json_and_terminal(card, decision):
    lines = report.render(*hostile(card, decision), form="markdown").split("\n")
    lines = [line for line in lines if not line.startswith("    ")]  # the command is a code block, and literal there
    for line in lines:
        assert not re.search(r"<\w|(?<!\\)`|(?<!\\)\]\(|://|^# h", line)
        if line.startswith("|"):  # as many cells as the head has: no name opens a new one
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 7, 8, 12)
    for form in ("html", "markdown", "json", "terminal"):
        text = report.render(*hostile(card, decision), form=form)
        assert not set("\x1b\u202e\ud800") & set(text)
        text.encode()
    assert "[bold]" in report.render(*hostile(card, decision), form="terminal")
    assert json.loads(report.render(*hostile(card, decision), form="json"))["ladder"]["chosen"].startswith("<script>")


def test_the_page_loads_nothing_and_runs_nothing(card, decision):
    text = report.render(card, decision)
    page = Page(text)
    policy = dict(page.attributes)["content"]
    assert "http" not in text.replace("http-equiv", "")
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert "@import" not in text
    assert "url(" not in text
    assert [v for k, v in page.attributes if k == "content" and "default-src 'none'" in v], policy
    assert "unsafe" not in text


def test_pictures_are_sound_xml_and_say_what_they_show(card, decision):
    pictures = re.findall(r"<svg.*?</svg>", report.render(card, decision), re.DOTALL)
    assert len(pictures) == 13 + 7 + 1  # columns that have shares, judged scores, the matrix
    for picture in pictures:
        svg = ET.fromstring(picture)
        assert svg.get("role") == "img"
        assert svg.get("aria-label")
        assert svg.find("desc").text
        assert "width" not in svg.attrib
        assert not re.search(r"#[0-9a-f]{3,6}\b|nan|inf", picture)  # colours are the style sheet's


def test_thirty_and_fifty_five_columns_stay_under_a_megabyte(wide_card, decision):
    thirty, fifty_five = (report.render(wide_card(n, "a_rather_long_column_name"), decision) for n in (30, 55))
    assert len(thirty.encode()) < 400_000
    assert len(fifty_five.encode()) < 1_000_000
    assert thirty.count('class="card"') == 30
    assert fifty_five.count('class="card"') == 30
    assert all(f"name_<wbr>{i:02d}" in fifty_five for i in range(55))
    assert len(report.view(wide_card(100), decision)["pairs"]["columns"]) == 60


def test_the_terminal_fits_on_about_ten_lines(card, decision):
    text = plain(report.view(card, decision), [("report", "runs/credit/report.html")], width=160)
    lines = text.splitlines()
    assert len(lines) <= 11
    assert lines[0].startswith("✓ PASS")
    assert "detection 0.543 (floor 0.502) ✓" in text
    assert "runs/credit/report.html" in text
    assert terminal(report.view(card, decision)).renderables


def test_write_takes_the_form_from_the_suffix_and_refuses_others(card, decision, tmp_path):
    for name, start in (
        ("r.html", "<!doctype html>"),
        ("r.md", "# credit.csv: Pass"),
        ("r.json", "{"),
        ("r.txt", "✓ PASS"),
    ):
        path = report.write(tmp_path / name, card, decision)
        assert path.read_text(encoding="utf-8").startswith(start)
    with pytest.raises(ConfigError, match=r"'\.docx'"):
        report.write(tmp_path / "r.docx", card, decision)
    with pytest.raises(ConfigError, match="'pdf'"):
        report.render(card, decision, form="pdf")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        report.write(tmp_path / "file" / "r.html", card, decision)
    assert not (tmp_path / "r.docx").exists()


def test_every_metric_of_ours_has_plain_words():
    assert set(names()) <= set(words.ORDER)
    for name in names():
        assert words.wording(name).asks, name


def test_no_id_no_text_and_no_extreme_of_a_real_row_reaches_the_report():
    rng = np.random.default_rng(5)
    n = 400
    frame = pd.DataFrame(
        {
            "key": [f"K{i * 7919 % 100_003:06d}" for i in range(n)],
            "income": np.append(rng.gamma(2.0, 1000.0, n - 1).round(2), 987_654.32),
            "town": np.append(rng.choice(["Ulm", "Trier"], n - 1), "Hermitage"),
            "good": rng.choice(["yes", "no"], n),
        }
    )
    parts = split(to_table(frame, target="good"), seed=0)
    measured = score(parts.train, parts.train, parts.holdout, metrics=("shape", "trend", "identical", "dcr"))
    for form in ("html", "markdown", "json", "terminal"):
        text = report.render(measured, {"verdict": "FAIL"}, form=form)
        assert not [key for key in frame["key"] if key in text]
        assert not [secret for secret in ("987654", "987,654", "Hermitage") if secret in text]
    assert by_metric(report.view(measured), "identical")["value_text"] == "100.0\xa0%"


def test_a_path_is_named_by_its_file_alone(card, decision):
    for source in ("/home/ann/secret project/credit.csv", r"C:\Users\ann\credit.csv", "credit.csv"):
        goal = decision["goal"] | {"source": source}
        for form in ("html", "markdown", "json", "terminal"):
            text = report.render(card, decision | {"goal": goal}, form=form)
            assert "credit.csv" in text
            assert "ann" not in re.findall(r"\w+", text)
