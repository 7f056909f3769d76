"""Many series: whoever fits them, and in what shards, the bytes are the same; some of them stand for all."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthkit import pipeline
from synthkit.cli.main import app
from synthkit.data import io, panel_split
from synthkit.data.series import to_panel
from synthkit.decide._course import Course, part_with_slow
from synthkit.decide.record import record
from synthkit.decide.series import Ascent, delivered
from synthkit.errors import ConfigError, InputError
from synthkit.metrics.base import PanelReference
from synthkit.models import registry
from synthkit.models.base import Plan, Separate
from synthkit.models.series.naive import Naive
from synthkit.rng import stream
from synthkit.scale.local import Local
from synthkit.scale.panels import over

KINDS = ("trend", "walk", "season")


def shops(count: int, rows: int = 40) -> pd.DataFrame:
    """Monthly sales, a third of the shops each with a trend, a wandering level, and a season."""
    rng = np.random.default_rng(3)
    months = pd.date_range("2018-01-01", periods=rows, freq="MS").strftime("%Y-%m")
    at = np.arange(rows)
    parts = []
    for shop in range(count):
        noise = rng.normal(0, 1, rows)
        moved = (at * 0.5, np.cumsum(rng.normal(0, 2, rows)), 8 * np.sin(np.pi * at / 6))[shop % 3]
        sold = (60 + moved + noise).round(2)
        parts.append(pd.DataFrame({"shop": f"s{shop}", "kind": KINDS[shop % 3], "month": months, "sold": sold}))
    return pd.concat(parts, ignore_index=True)


def panel(count: int = 12):
    return to_panel(io.to_table(shops(count)), time="month", entity="shop")


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize(("name", "series"), [("ets", 7), ("sarimax", 2)])
def test_the_bytes_of_a_model_depend_on_no_engine_worker_or_shard(name, series, tmp_path):
    real, saved, made = panel(series), [], []
    with Local(1) as alone, Local(2) as two:
        ways = {"map": map, "one": over(alone, size=3), "two": over(two, size=2), "each": over(two, size=1)}
        ways = ways if name == "ets" else {"one": ways["one"], "each": ways["each"]}
        for way, each in ways.items():
            model = registry.simulator(name)()
            assert isinstance(model, Separate)
            model.each = each
            model.fit(real, rng=stream(5, "fit")).save(tmp_path / way)
            saved.append(digests(tmp_path / way))
            again = registry.simulator(name).load(tmp_path / way)
            made += [
                one.simulate(Plan(mode), rng=stream(5, mode)).table.digest()
                for one in (model, again)
                for mode in ("twin", "continue")
            ]
    assert all(one == saved[0] for one in saved)
    assert made == made[:2] * (2 * len(saved))


class Fragile(Naive):
    """Cannot fit a series that begins above a thousand; with another error above two thousand."""

    def law(self, x, task, rng):
        if x[0] == x.max():
            raise {True: ValueError, False: TypeError}[self.meek]("no")
        return super().law(x, task, rng)

    meek = True


def test_a_series_that_cannot_be_fitted_gets_the_simplest_law_and_is_told():
    frame = shops(6)
    frame.loc[frame["shop"] == "s2", "sold"] = np.linspace(900, 10, 40)
    real = to_panel(io.to_table(frame), time="month", entity="shop")
    falls = [i + 1 for i, one in enumerate(real) if one.values[:, 0].argmax() == 0]
    assert 3 in falls
    model = Fragile()
    with Local(1) as engine:
        model.each = over(engine, size=4)
        model.fit(real, rng=stream(0, "fit"))
    assert model.notes["fallen back to a seasonal walk"] == len(falls)
    assert model.notes["which fell back"] == [f"series {place}" for place in falls]
    assert len(model.simulate(Plan("twin"), rng=stream(0, "twin"))) == 6
    model.meek = False
    with pytest.raises(
        InputError, match=rf"series {falls[0]} of 6 cannot be fitted by 'naive' \(TypeError\)"
    ) as caught:
        model.fit(real, rng=stream(0, "fit"))
    assert "leave that one out" in caught.value.hint
    assert "s2" not in str(caught.value)  # a label is a cell of the data


def test_some_series_are_judged_and_the_chosen_model_learns_all_but_those_held_back(monkeypatch):
    monkeypatch.setattr(panel_split, "JUDGED", 20)
    found = pipeline.generate(shops(30), time="month", entity="shop", models=["naive"], seed=3)
    assert found.goal["judged"].startswith("on 20 of 30 series")
    assert (found.goal["train_rows"], found.goal["holdout_rows"]) == (16 * 40, 4 * 40)
    assert found.goal["series"] == 30
    assert found.frame["shop"].nunique() == 30
    real = panel(30)
    parts = panel_split.split_panel(real, seed=3)
    learnt = found.climb.model.places.entities
    assert len(learnt) == 26
    assert not set(learnt) & set(parts.holdout.entities)
    told = record(found.climb, found.goal, date="2026-01-02")
    assert "Models were compared and judged on 20 of 30 series" in told
    way = Ascent(reference=PanelReference(parts.train, parts.holdout, 3), plan=Plan("twin"))
    twins, _ = delivered(found.climb.model, real, None, way)
    assert twins.places.entities == real.entities


def test_a_model_that_would_take_too_long_for_all_series_leaves_unless_it_is_the_quickest():
    def ran(name, fitting):
        return Course(name, {}, losses=[np.ones(3)], fitting=fitting)

    quick, slow = ran("ets", 2.0), ran("sarimax", 60.0)
    part_with_slow([slow, quick], times=100.0, longest=300.0)
    assert slow.stopped
    assert slow.because == "not tried: to fit all series would take about 100 min, longer than the budget"
    assert not quick.stopped  # 200 s are within the budget
    lone = ran("sarimax", 60.0)
    part_with_slow([lone], times=100.0, longest=300.0)
    assert not lone.stopped
    few = [ran("ets", 2.0), ran("sarimax", 60.0)]
    part_with_slow(few, times=1.0, longest=10.0)
    assert not any(course.stopped for course in few)


def test_from_the_command_line(tmp_path):
    shops(12).to_csv(tmp_path / "sales.csv", index=False)

    def fit(*words):
        source = ["fit", str(tmp_path / "sales.csv"), "--time", "month", "--entity", "shop", "--json"]
        return CliRunner().invoke(app, [*source, *map(str, words)])

    for workers in (1, 2):
        done = fit("--model", "naive", "--workers", workers, "-o", tmp_path / f"by {workers}")
        assert json.loads(done.output)["rows"] == 480
    assert digests(tmp_path / "by 1") == digests(tmp_path / "by 2")
    for model, why in (("trees", "learns a table in one process"), ("sequences", "learns all series together")):
        refused = fit("--model", model, "--workers", 2, "-o", tmp_path / "no")
        assert refused.exit_code == 1
        assert why in refused.output
        assert "leave out" in refused.output
    with pytest.raises(ConfigError, match="tables are learned in one process"):
        pipeline.generate(shops(12)[["sold"]], workers=2)
