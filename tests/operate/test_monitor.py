"""Keep, retrain, retire: on real rows held back, on rows that drifted, and on files that no longer fit."""

from __future__ import annotations

import datetime as dt
import json
import re

import numpy as np
import pandas as pd
import pytest

from synthkit import pipeline
from synthkit.data import catalog
from synthkit.decide.upkeep import Upkeep
from synthkit.errors import InputError, ReadError
from synthkit.operate.monitor import State, monitor

CALM = Upkeep(growth=9.0)
"""The usual plan, but more rows alone are no reason."""


@pytest.fixture(scope="module")
def parts(credit) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = pd.read_csv(credit)
    order = np.random.default_rng(0).permutation(len(frame))
    return frame.iloc[order[:3400]].reset_index(drop=True), frame.iloc[order[3400:]].reset_index(drop=True)


@pytest.fixture(scope="module")
def run(parts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "credit"
    pipeline.generate(parts[0], target="Status", models=["trees"], seed=1).save(folder)
    return folder


@pytest.fixture(scope="module")
def moved(parts) -> pd.DataFrame:
    new = parts[1].copy()
    new.loc[::3, "Price"] *= 3
    new.loc[:79, "Job"] = "zzz-rare-word"
    return new


@pytest.mark.parametrize("with_learned", [True, False])
def test_rows_held_back_are_no_drift(run, parts, with_learned):
    old, new = parts
    learned = old if with_learned else None
    for rows in (200, 1000):
        found = monitor(new.head(rows), run, learned=learned, upkeep=CALM, quality=False)
        assert not found.seen and found.verdict in (State.KEEP, State.UNSETTLED)
    assert found.verdict is State.KEEP
    assert found.joint.yardstick == 0.5 if with_learned else found.joint.yardstick > 0.5
    assert ("real rows the model learned from" in found.baseline) is with_learned
    assert any("Copying" in b for b in found.blind) is not with_learned


@pytest.mark.parametrize("with_learned", [True, False])
def test_drift_is_found_and_named(run, parts, moved, with_learned):
    found = monitor(moved, run, learned=parts[0] if with_learned else None, upkeep=CALM, quality=with_learned)
    assert found.verdict is State.RETRAIN
    assert {d.column for d in found.drifts if d.seen} >= {"Price", "Job"}
    assert {d.column for d in found.drifts[:2]} == {"Price", "Job"}
    assert next(n for n in found.novelties if n.column == "Job").gained
    assert {r.what for r in found.reasons if r.state is State.RETRAIN} >= {"column", "categories", "classifier"}
    privacy = [q for q in found.quality if q["metric"] in ("dcr", "membership")]
    assert len(privacy) == 2 * with_learned and not any(q["counts"] for q in privacy)


def test_a_broken_relation_is_seen_by_the_classifier_alone(run, parts):
    old, new = parts
    torn = new.copy()
    for column in ("Price", "Amount", "Income", "Age", "Seniority"):
        torn[column] = torn[column].sample(frac=1, random_state=1).to_numpy()
    found = monitor(torn, run, learned=old, upkeep=CALM, quality=False)
    assert not any(d.seen for d in found.drifts)
    assert found.joint.ci[0] > 0.6 and found.verdict is State.RETRAIN


def test_quality_is_set_beside_what_it_was(run, parts):
    found = monitor(parts[1].head(400), run, learned=parts[0])
    now = {q["metric"]: q for q in found.quality}
    then = json.loads((run / "scorecard.json").read_text())["decision"]["criteria"]
    assert {m: q["then"] for m, q in now.items()} == {
        c["metric"]: c["value"] for c in then if c["metric"] != "identical"
    }
    assert found.scorecard.provenance["rows"] == {"train": 2720, "holdout": 400, "synthetic": 3400}  # not all 3,400


def test_growth_and_review_are_of_the_record(run, parts):
    new = parts[1]
    assert monitor(new.head(300), run, quality=False).verdict is not State.RETRAIN
    more = monitor(new.head(400), run, quality=False, today=dt.date(2040, 1, 1))
    assert more.verdict is State.RETRAIN and "11.8 %" in more.because and more.overdue
    assert more.plan == Upkeep()


def test_a_file_that_no_longer_fits_is_reported(run, parts):
    new = parts[1].head(200)
    gone = monitor(new.drop(columns="Job").assign(Age="old", Extra=1), run, upkeep=CALM)
    assert gone.verdict is State.RETRAIN
    assert gone.structure.lacking == ("Job",) and gone.structure.extra == ("Extra",)
    assert gone.structure.changed == (("Age", "integer", "categorical"),)
    assert monitor(new.drop(columns="Status"), run, upkeep=CALM).verdict is State.RETIRE
    assert monitor(new[["Status", "Age", "Job"]], run, upkeep=CALM).verdict is State.RETIRE
    assert monitor(new.drop(columns="Job"), run, upkeep=CALM, drop=["Job"], quality=False).structure.lacking == ()
    with pytest.raises(InputError, match="share no column"):
        monitor(pd.DataFrame({"other": [1, 2, 3]}), run)
    with pytest.raises(ReadError, match="scorecard"):
        monitor(new, run.parent)


def test_same_seed_same_figures_and_json(run, parts, tmp_path):
    first, second = (monitor(parts[1].head(300), run, seed=3, name="x", quality=False) for _ in range(2))
    assert json.dumps(first.to_dict(), allow_nan=False) == json.dumps(second.to_dict(), allow_nan=False)
    assert json.loads(first.report(tmp_path / "w.json").read_text()) == json.loads(json.dumps(first.to_dict()))


def test_the_report_holds_no_rare_value_and_loads_nothing(run, parts, tmp_path):
    new = parts[1].head(300).copy()
    new.loc[:2, "Job"] = "zzz-rare-word"
    new.loc[0, "Price"] = 987654
    found = monitor(new, run, learned=parts[0], name="<b>new</b>")
    for suffix in (".html", ".md", ".json", ".txt"):
        text = found.report(tmp_path / f"w{suffix}").read_text()
        assert "zzz-rare-word" not in text and not re.search(r"987[,.]?654", text)
        assert found.verdict.value.lower() in text.lower() and found.drifts[0].column in text
    page = (tmp_path / "w.html").read_text()
    assert "<b>new</b>" not in page and "<script" not in page and not re.search(r"(src|href)=\"http", page)
    assert page.index(found.verdict.value.capitalize()) < page.index("Column by column") and page.count("<svg") >= 3


def test_dates_are_shown_and_not_judged(parts, tmp_path):
    starts = zip(parts, ("2020-01-01", "2024-01-01"), strict=True)
    old, new = (part.head(600).assign(day=pd.date_range(start, periods=600)) for part, start in starts)
    pipeline.generate(old, target="Status", models=["marginals"], seed=1, folds=1).save(tmp_path / "run")
    found = monitor(new.head(200), tmp_path / "run", learned=old, upkeep=CALM, quality=False)
    day = next(d for d in found.drifts if d.column == "day")
    assert day.seen and not day.judged and found.drifts[-1] is day
    assert not found.seen and any("dates" in b for b in found.blind)


# --- series ---


@pytest.fixture(scope="module")
def air() -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = pd.read_csv(catalog.path("co2")).iloc[1200:]
    return frame.iloc[:980].reset_index(drop=True), frame.iloc[980:1070].reset_index(drop=True)


@pytest.fixture(scope="module")
def continued(air, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "co2"
    pipeline.generate(air[0], time="date", models=["harmonic"], seed=1).save(folder)
    return folder


def test_what_came_is_held_against_the_paths(air, continued):
    old, new = air
    alone = monitor(new, continued)
    both = monitor(pd.concat([old, new]), continued)  # the rows from before the end are left aside
    assert alone.coverage.missed == both.coverage.missed < 0.4 and alone.rows["new"] == both.rows["new"] == len(new)
    assert alone.verdict in (State.KEEP, State.UNSETTLED) and not any(c.seen for c in alone.channels)
    assert alone.coverage.crps is None and both.coverage.crps < both.coverage.naive
    assert monitor(new, continued, learned=old).coverage == both.coverage
    assert 1 <= alone.coverage.effective < 20 < alone.coverage.values  # misses of a slow series come in runs


def test_a_series_that_left_its_paths_is_a_reason(air, continued):
    away = air[1].assign(co2=air[1]["co2"] + 15)
    found = monitor(away, continued)
    assert found.verdict is State.RETRAIN and found.coverage.ci[0] > 0.4
    assert found.channels[0].level > found.channels[0].chance
    rough = air[1].assign(co2=air[1]["co2"] + np.where(np.arange(len(air[1])) % 2, 3.0, -3.0))
    assert monitor(rough, continued).channels[0].scale > found.channels[0].chance


def test_what_came_is_drawn_in_means_over_the_paths(air, continued, tmp_path):
    _, new = air
    found = monitor(new, continued)
    picture = found.channels[0].picture
    size = picture["edges"][1] - picture["edges"][0]
    values = new.iloc[:, -1].to_numpy(float)
    steps = values[: len(values) // size * size].reshape(-1, size).mean(axis=1)
    assert size >= 5 and picture["real"] == pytest.approx(list(steps), rel=1e-4), "means over steps, not cells"
    assert all(sorted(band) == band for band in picture["ahead"]) and len(picture["at"]) == len(picture["edges"])
    page = found.report(tmp_path / "watch.html").read_text(encoding="utf-8")
    assert page.count('class="chart fan"') == 1


def test_series_that_no_longer_fit_are_reported(air, continued, tmp_path):
    old, new = air
    assert monitor(new.rename(columns={"co2": "ppm"}), continued).verdict is State.RETIRE
    doubled = pd.concat([new, new])
    off = monitor(doubled, continued)
    assert off.verdict is State.RETRAIN and off.reasons[0].what == "calendar"
    with pytest.raises(InputError, match="after the end"):
        monitor(old.head(100), continued)
    page = monitor(new, continued).report(tmp_path / "w.html").read_text()
    assert "independent ones" in page and "co2" in page


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for i in range(120):
        level, x = rng.normal(10, 2), 0.0
        for t in range(12):
            x = 0.6 * x + rng.normal()
            rows.append((f"p{i}", t, round(level + x, 2)))
    return pd.DataFrame(rows, columns=["who", "visit", "dose"])


def test_new_entities_are_judged_as_a_table_of_series(people, tmp_path):
    number = people["who"].str[1:].astype(int)
    old, new = people[number < 60], people[number >= 60]
    pipeline.generate(old, time="visit", entity="who", models=["sequences"], seed=1).save(tmp_path / "run")
    found = monitor(new, tmp_path / "run", learned=old, upkeep=CALM)
    assert found.rows["entities"] == 60 and found.verdict is not State.RETIRE
    assert found.joint.ci[0] < 0.6
    drifted = monitor(new.assign(dose=new["dose"] * 3), tmp_path / "run", learned=old, upkeep=CALM, quality=False)
    assert drifted.joint.auc > 0.8 and drifted.verdict in (State.RETRAIN, State.RETIRE)
