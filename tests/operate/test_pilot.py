"""The pilot: the same winner and rows as generate, whatever happens to the others and however many run at a time."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthkit import pipeline
from synthkit.decide.climb import Rung
from synthkit.decide.criteria import Judgement, Verdict
from synthkit.errors import ConfigError, InputError, UnknownName
from synthkit.files import digests
from synthkit.metrics.base import Score
from synthkit.models import registry
from synthkit.operate._pilot_apart import Job, Purse, together
from synthkit.operate._pilot_candidate import Candidate, beaten, settle
from synthkit.operate._pilot_challenge import challenge_lines
from synthkit.operate.pilot import pilot
from synthkit.operate.verify import verify
from synthkit.progress import silent
from synthkit.scorecard import Scorecard

TOYS = """
import os, time
from dataclasses import replace
import numpy as np
from synthkit.models.tabular.marginals import Marginals
from synthkit.models.tabular.trees import Trees

def toy(name, rung, base=Marginals, **body):
    return type(name, (base,), {"name": name, "card": replace(base.card, rung=rung), **body})

def die(self, table, *, rng, progress=None):
    os.kill(os.getpid(), 9)

def one_row(self, n, *, rng):
    return Marginals.sample(self, n, rng=rng).take(np.zeros(n, np.int64))

Dies = toy("dies", 11, fit=die)
Same = toy("same", 12, sample=one_row)
Above = toy("above", 90, sample=one_row)

def sleeps(*, seconds, progress):
    time.sleep(600)

def works(number, *, seconds, progress):
    progress("work", 0.5)
    return number + 1

def raises(*, seconds, progress):
    raise KeyError("a cell of somebody's")

def ends(*, seconds, progress):
    os._exit(3)

def dies(*, seconds, progress):
    os.kill(os.getpid(), 9)
"""
POINTS = "[synthkit.models]\ndies = toys:Dies\nsame = toys:Same\nabove = toys:Above\n"


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """Models and work of a package that other processes can import too."""
    (tmp_path / "toys.py").write_text(TOYS, encoding="utf-8")
    info = tmp_path / "toys-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    registry._found.cache_clear()
    import toys

    yield toys
    registry._found.cache_clear()


@pytest.fixture(scope="module")
def rows(credit):
    """A corner of the bundled table."""
    columns = ["Status", "Seniority", "Home", "Age", "Marital", "Amount"]
    return pd.read_csv(credit, usecols=columns).head(400)


def timeless(values):
    """Plain values without what a clock, a machine or the number of jobs has a say in."""
    if isinstance(values, dict):
        gone = {"measured", "jobs", "command"}
        return {k: timeless(v) for k, v in values.items() if k not in gone and "seconds" not in k}
    return [timeless(v) for v in values] if isinstance(values, list | tuple) else values


def test_the_same_winner_and_bytes_as_generate_whatever_the_jobs(rows, tmp_path):
    asked = {"target": "Status", "seed": 3, "models": ["marginals", "trees"]}
    plain = pipeline.generate(rows, **asked, folds=1)
    one, two = (pilot(rows, **asked, jobs=jobs, price=0.5) for jobs in (1, 2))
    assert timeless(one.to_dict()) == timeless(two.to_dict())
    for found, name in ((plain, "plain"), (one, "one"), (two, "two")):
        assert found.climb.chosen == plain.climb.chosen
        assert found.table.digest() == plain.table.digest()
        assert found.goal | {"budget_seconds": 0} == dict(plain.goal) | {"budget_seconds": 0}
        found.save(tmp_path / name)
    made = [digests(tmp_path / name) for name in ("plain", "one", "two")]
    same = [f for f in made[0] if f.startswith("model/") or f in ("synthetic.csv", "schema.toml")]
    assert len(same) > 3
    assert all(other[f] == made[0][f] for f in same for other in made)
    assert set(made[1]) - set(made[0]) == {"pilot.json"}
    for candidate in one.candidates:
        measured = candidate.measured
        assert measured.peak_mb > measured.base_mb > 10 and measured.cpu_seconds > 0 and measured.model_mb > 0
        assert measured.call_seconds > measured.row_seconds > 0
    told = json.loads((tmp_path / "one" / "pilot.json").read_text(encoding="utf-8"))
    costs = [c["measured"]["money"] for c in told["candidates"]]
    assert costs == [pytest.approx(c.measured.cpu_seconds / 3600 * 0.5) for c in one.candidates]
    assert {"metric", "value", "ci", "floor", "verdict"} <= set(told["candidates"][0]["criteria"][0])
    assert verify(tmp_path / "one").verdict is Verdict.PASS, "the files are those that the record lists"


def test_losers_leave_the_dead_are_reported_and_the_challenge_is_answered(rows, toys, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "names", lambda: ("above", "dies", "marginals", "same"))
    found = pilot(
        rows, target="Status", models=["marginals", "dies", "same"], challenge=True, first_rows=150, jobs=2, seed=1
    )
    by_name = {c.name: c for c in found.candidates}
    assert found.climb.because.startswith("no rung meets every criterion; marginals is the only one of 3 that")
    assert found.climb.chosen == "marginals"
    same, dies, above = by_name["same"], by_name["dies"], by_name["above"]
    assert same.rung.status == "left" and same.train_rows == 150 and same.measured and same.first.scorecard
    assert same.rung.because.startswith("left after the first round of 150 rows: clearly worse than marginals, interv")
    assert dies.rung.status == "failed"
    killed = "failed: its process was killed by signal 9, most likely because memory ran out"
    assert dies.rung.because == f"{killed}, in the first round of 150 rows"
    assert above.challenger and not by_name["marginals"].challenger
    answers = [line.partition(":")[::2] for line in found.challenge]
    assert [name for name, _ in answers] == ["dies", "same", "above"]
    assert [said.split()[0] for _, said in answers] == ["unknown:", "**did", "**did"]
    text = found.save(tmp_path)["decision"].read_text(encoding="utf-8")
    options = text[text.index("## Considered options") : text.index("## Decision outcome")]
    assert "### Measured in the pilot" in options and "| same | left at 150 rows |" in options
    assert "### Challenge" in text and "* above: **did not pay**" in text
    assert "Escalation to networks" not in text
    assert "same\\*" in found.markdown() and found.markdown().startswith("# ✗ FAIL: marginals")


def test_work_that_overruns_dies_or_raises_takes_nobody_along(toys):
    jobs = [Job("works", toys.works, (1,)), Job("raises", toys.raises, ()), Job("ends", toys.ends, ())]
    jobs += [Job("dies", toys.dies, ()), Job("sleeps", toys.sleeps, ())]
    told = []
    purse = Purse(8, time.perf_counter(), 2)
    ended = list(together(jobs, purse=purse, progress=lambda *news: told.append(news)))
    found = {one.name: one for one in ended}
    assert found["works"].value == 2 and ("works", 0.5, "") in told and ("works", 1.0) in told
    assert found["raises"].because.startswith("failed with KeyError in toys.py")
    assert "somebody" not in found["raises"].because
    assert found["ends"].because.endswith("without a word (exit code 3)")
    assert "signal 9" in found["dies"].because
    assert found["sleeps"].because.startswith("stopped: it ran over its share of the budget")
    spent = Purse(0.0, time.perf_counter(), 1)
    assert "the budget of 0 s was spent" in next(together(jobs, purse=spent, progress=silent)).because


def test_work_that_nothing_calls_for_any_more_is_stopped(toys):
    done = set()
    jobs = [Job("sleeps", toys.sleeps, ()), Job("works", toys.works, (1,)), Job("later", toys.sleeps, ())]
    found = []
    for one in together(
        jobs, purse=Purse(600, time.perf_counter(), 2), progress=silent,
        needless=lambda name: "enough" if done and name != "works" else "",
    ):  # fmt: skip
        done.add(one.name)
        found.append((one.name, one.value, one.needless))
    assert found == [("works", 2, False), ("sleeps", None, True), ("later", None, True)]


def judgement(metric, value, limit, spread):
    ci = (value - spread, value + spread)
    verdict = Verdict.PASS if ci[1] <= limit else Verdict.FAIL if ci[0] > limit else Verdict.INCONCLUSIVE
    return Judgement(metric, metric.title(), value, ci, 0.5, "auc", "lower", limit, "", verdict, "", "")


def rung(name, told, *, spread=0.01, shape=0.01, **notes):
    """Judged on detection, at most 0.6, and on shape, at most 0.05."""
    judgements = (judgement("detection", told, 0.6, spread), judgement("shape", shape, 0.05, 0.001))
    card = Scorecard((Score("detection", "fidelity", told, "lower"),))
    return Rung(name, "toy", "judged", "", scorecard=card, judgements=judgements, notes=notes)


def test_who_is_clearly_beaten_by_a_simpler_one_leaves():
    good, bad = rung("trees", 0.7), rung("tvae", 0.9)
    assert beaten(bad, [good]) == "clearly worse than trees, intervals apart: detection 0.9 (trees 0.7)"
    assert not beaten(good, [bad])
    assert not beaten(replace(bad, notes={"stopped because": "time limit"}), [good]), "that proves nothing"
    assert not beaten(rung("tvae", 0.71), [good]), "the intervals touch"
    assert not beaten(rung("tvae", 0.55), [rung("trees", 0.5)]), "it fails nothing"
    assert beaten(rung("tvae", 0.9, shape=0.07), [rung("trees", 0.7, shape=0.0695)]), "both fail on shape"
    assert not beaten(rung("tvae", 0.9, shape=0.01), [rung("trees", 0.7, shape=0.0505)]), "it helps where trees fail"
    assert beaten(rung("tvae", 0.9, shape=0.01), [rung("trees", 0.7, shape=0.02)]), "trees are good enough there"


def test_the_rule_is_that_of_the_ladder_in_whatever_order_they_end():
    names = ("marginals", "copula", "trees", "tvae")
    found = {"marginals": rung("marginals", 0.9), "trees": rung("trees", 0.52), "tvae": rung("tvae", 0.51)}
    assert settle(names, found).winner.model == "trees", "the simplest that meets every criterion"
    assert settle(names, found).uncalled == {"tvae": "not tried: the simpler trees meets every criterion"}
    assert settle(names, {**found, "copula": rung("copula", 0.5)}).winner.model == "copula"
    none = {"marginals": rung("marginals", 0.9), "copula": rung("copula", 0.8), "trees": rung("trees", 0.85)}
    assert settle(names, none).winner.model == "copula", "else the best by rank"
    unsure = {"trees": rung("trees", 0.595), "tvae": rung("tvae", 0.51)}
    assert settle(names, unsure).winner.model == "trees" and "tvae" in settle(names, unsure).uncalled
    assert settle(names, {}).winner is None


def test_a_series_gets_the_same_paths_as_from_generate(tmp_path):
    rng = np.random.default_rng(2)
    months = pd.date_range("2010-01-01", periods=84, freq="MS")
    sold = np.round(50 + 8 * np.sin(np.arange(84) / 12 * 2 * np.pi) + rng.normal(0, 2, 84), 2)
    frame = pd.DataFrame({"month": months, "sold": sold})
    asked = {"time": "month", "seed": 4, "models": ["naive", "harmonic"], "paths": 2}
    plain, found = pipeline.generate(frame, **asked), pilot(frame, **asked, jobs=2)
    assert found.climb.chosen == plain.climb.chosen == "harmonic"
    assert found.table.digest() == plain.table.digest()
    assert timeless(found.goal) == timeless(plain.goal)
    assert timeless(found.decision["backtest"]) == timeless(plain.decision["backtest"])
    assert found.decision["yardsticks"] == plain.decision["yardsticks"]
    naive, harmonic = found.candidates
    assert naive.rung.status == "backtested" and naive.measured.cpu_seconds > 0
    assert harmonic.measured.row_seconds > 0
    assert digests(found.save(tmp_path / "pilot")["model"]) == digests(plain.save(tmp_path / "plain")["model"])


def test_what_makes_no_sense_is_told_before_any_work(rows):
    with pytest.raises(UnknownName, match="tress"):
        pilot(rows, models=["tress"])
    with pytest.raises(ConfigError, match="0 jobs"):
        pilot(rows, jobs=0)
    with pytest.raises(InputError, match="no model came through") as caught:
        pilot(rows, models=["marginals"], budget=0.001)
    assert "--budget" in caught.value.hint


def test_beside_a_winner_that_is_good_enough_a_challenge_pays_beyond_chance_only():
    winner = rung("trees", 0.55, spread=0.02)
    said = challenge_lines([Candidate(rung("energy", 0.54)), Candidate(rung("tvae", 0.5)), Candidate(winner)], winner)
    assert said[0].startswith("energy: **did not pay**, no interval lies apart from that of the winner: detection 0.54")
    assert said[1].startswith("tvae: **paid**, clearly better on detection: detection 0.5 (trees 0.55)")
    worse = Candidate(rung("ctgan", 0.5, shape=0.04))
    assert challenge_lines([worse], winner)[0].startswith("ctgan: **did not pay**, clearly worse on shape: ")
    short = rung("trees", 0.7)
    assert challenge_lines([Candidate(rung("energy", 0.69))], short)[0].startswith("energy: **paid**: ")
