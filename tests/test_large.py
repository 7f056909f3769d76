"""How many rows of a large table are learned from, and that the record and the report say so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthkit import large, pipeline
from synthkit.data import stream
from synthkit.data.stream import draw
from synthkit.data.table import Table
from synthkit.decide import learning
from synthkit.decide.learning import Point, curve
from synthkit.errors import ConfigError, InputError
from synthkit.metrics.base import Score
from synthkit.models import registry


def spread(folder: Path, n: int = 6_000, parts: int = 3) -> Path:
    rng = np.random.default_rng(3)
    x = rng.normal(50, 10, n)
    frame = pd.DataFrame(
        {
            "x": x.round(1), "z": (x + rng.normal(0, 4, n)).round(1),
            "kind": rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1]),
            "y": np.where(x + rng.normal(0, 8, n) > 52, "yes", "no"),
        }
    )  # fmt: skip
    folder.mkdir()
    for at, rows in enumerate(np.array_split(np.arange(n), parts)):
        frame.iloc[rows].to_parquet(folder / f"part-{at}.parquet", index=False)
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "FIRST", 200)
    monkeypatch.setattr(large, "_JUDGE", 500)
    monkeypatch.setattr(learning, "METRICS", ("trend",))


def score(value: float, half: float, floor: float = 0.5) -> Score:
    return Score("detection", "fidelity", value, "lower", floor=floor, ci=(value - half, value + half), unit="auc")


@pytest.mark.parametrize(
    ("values", "half", "rows", "because"),
    [
        ([0.7, 0.6, 0.509, 0.5], 0.01, 400, "as good as that of fresh real rows"),
        ([0.7, 0.6, 0.595, 0.5], 0.01, 200, "400 moved no score by more than its interval"),
        ([0.505, 0.5], 0.01, 100, "as good as that of fresh real rows"),
        ([0.9, 0.8, 0.7, 0.6], 0.01, 800, "no more are kept"),
    ],
)
def test_the_curve_ends_where_more_rows_no_longer_pay(
    values: list[float], half: float, rows: int, because: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = iter(values)
    monkeypatch.setattr(
        learning, "_point", lambda _, rows, *__: Point(len(rows), {"detection": score(next(told), half)}, 1.0)
    )
    table = draw(spread(tmp_path / "p")).table
    found = curve(registry.get("marginals"), [100, 200, 400, 800], table.head, table.head(50))
    assert (found.rows, found.model) == (rows, "marginals") and because in found.because


def test_the_curve_ends_before_its_seconds_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = iter([0.9, 0.8, 0.7])

    def point(_: object, rows: Table, *__: object) -> Point:
        return Point(len(rows), {"detection": score(next(told), 0.01)}, len(rows) / 10)

    monkeypatch.setattr(learning, "_point", point)
    table = draw(spread(tmp_path / "p")).table
    found = curve(registry.get("marginals"), [100, 200, 400], table.head, table.head(50), budget=70.0)
    assert found.rows == 200 and "400 would probably have passed the 70 seconds" in found.because


@pytest.mark.usefixtures("small")
def test_what_is_learned_from_is_chosen_by_the_curve_and_never_held_back(tmp_path: Path) -> None:
    drawn = draw(spread(tmp_path / "p", 20_000), target="y", most=4_000)
    one = large.sample(drawn, registry.get("marginals"), share=0.2, seed=1)
    assert one.holdout is not None and one.facts["kept"] == 4_000 and one.facts["rows"] == 20_000
    assert len(one.train) == one.facts["learned_from"] < 4_000
    assert len(one.holdout) == pytest.approx(max(len(one.train) / 4, 500), abs=1)
    rows = [set(map(tuple, t.frame.astype(str).to_numpy())) for t in (drawn.table, one.train, one.holdout)]
    assert rows[1] | rows[2] <= rows[0] and len(rows[1] & rows[2]) < 0.02 * len(rows[2])  # twins by chance alone
    assert one.facts["marginal_error"]["chosen"] < one.facts["marginal_error"]["uniform"] / 2
    again = large.sample(drawn, registry.get("marginals"), share=0.2, seed=1)
    assert (again.train.digest(), again.holdout.digest()) == (one.train.digest(), one.holdout.digest())
    network = large.sample(drawn, registry.get("tvae"), seed=1)
    assert (
        len(network.train) == 3_400 and not network.facts["curve"] and "a step of a network" in network.facts["because"]
    )


@pytest.mark.usefixtures("small")
def test_entities_stay_on_one_side_and_whole(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    n, rng = 9_000, np.random.default_rng(0)
    pd.DataFrame({"who": [f"p{i:05}" for i in rng.permutation(np.arange(n) // 5)], "x": rng.normal(0, 1, n)}).to_csv(
        folder / "a.csv", index=False
    )
    one = large.sample(draw(folder, entity="who", most=3_000), registry.get("marginals"), share=0.2)
    assert one.holdout is not None and not one.facts["exchanged"] and one.facts["by"] == "entity"
    sides = [part.frame["who"].value_counts() for part in (one.train, one.holdout)]
    assert all(set(side) == {5} for side in sides) and not set(sides[0].index) & set(sides[1].index)


@pytest.mark.usefixtures("small")
def test_generate_says_what_was_sampled_in_record_and_report(tmp_path: Path) -> None:
    folder = spread(tmp_path / "sales", 20_000)
    result = pipeline.generate(f"{folder}/*.parquet", target="y", models=["marginals"], reservoir=3_000, seed=2)
    facts = result.goal["sampled"]
    assert result.goal["rows"] == 20_000 and facts["kept"] == 3_000
    assert len(result.table) == result.goal["train_rows"] + result.goal["holdout_rows"] < 3_000
    files = result.save(tmp_path / "run")
    assert files["table"].suffix == ".parquet"
    record, page = (files[key].read_text(encoding="utf-8") for key in ("decision", "report"))
    said = f"{facts['learned_from']:,} of 20,000 rows in 3 files to learn from"
    for text in (record, re.sub(r"\s+", " ", page), result.summary().replace("\n", " ")):
        assert said in re.sub(r"\s+", " ", text)
    assert "Learning curve: 200 rows: pair trends" in record and "rows were exchanged" in page
    assert json.loads(files["record"].read_text(encoding="utf-8"))["goal"]["sampled"]["curve"]


def test_a_folder_that_fits_is_a_table_like_any_other(tmp_path: Path) -> None:
    folder = spread(tmp_path / "sales", 1_200)
    pd.concat([pd.read_parquet(p) for p in sorted(folder.iterdir())]).to_parquet(tmp_path / "one.parquet", index=False)
    made = [pipeline.generate(s, target="y", models=["marginals"]) for s in (folder, tmp_path / "one.parquet")]
    assert "sampled" not in made[0].goal and made[0].goal["holdout_digest"] == made[1].goal["holdout_digest"]
    assert made[0].table.digest() == made[1].table.digest() and made[0].scorecard.scores == made[1].scorecard.scores
    assert made[0].save(tmp_path / "run")["table"].suffix == ".parquet"


@pytest.mark.usefixtures("small")
def test_what_makes_no_sense_of_a_sample_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = spread(tmp_path / "sales")
    with pytest.raises(ConfigError, match="folds were asked for, of rows drawn"):
        pipeline.generate(folder, models=["marginals"], folds=5, reservoir=2_000)
    with pytest.raises(ConfigError, match=r"time series need every row, and of 6,000 only 2,000"):
        pipeline.generate(folder, time=(), reservoir=2_000)
    assert len(pipeline.read(folder, reservoir=2_000)) == 2_000
    assert len(pipeline.read(folder)) == 6_000
    monkeypatch.setattr(stream, "MOST", 2_000)
    with pytest.raises(InputError, match="'sales' holds more than 2,000 rows, and here all of them are needed"):
        pipeline.augment(folder, target="y", rare="yes")
