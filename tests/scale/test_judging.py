"""Tables of many files are judged as one file is: fidelity over every row, and nothing else than in a single file."""

from __future__ import annotations

import numpy as np
import pytest

from synthkit import pipeline
from synthkit.data import io
from synthkit.errors import ConfigError, SynthkitError
from synthkit.testing._tables import linked


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    home = tmp_path_factory.mktemp("tables")
    for role, seed in (("train", 1), ("holdout", 2), ("made", 3)):
        table = linked(700, seed)
        io.write_table(table, home / f"{role}.csv")
        io.write_table(table.take(np.arange(0)), home / role / "none.parquet")
        for at, rows in enumerate(np.array_split(np.arange(700), 3)):
            io.write_table(table.take(rows), home / role / f"part-{at}.parquet")
    (home / "schema.toml").write_text(linked(700, 1).schema.to_toml(), encoding="utf-8")
    return home


def judged(home, suffix="", **more):
    train, made, holdout = (home / f"{role}{suffix}" for role in ("train", "made", "holdout"))
    return pipeline.evaluate(train, made, holdout=holdout, schema=home / "schema.toml", seed=4, **more)


def plain(card):
    return [score.to_dict() for score in card.scores]


def test_folders_score_as_single_files_do_whoever_counts(folders):
    one, many = judged(folders, ".csv"), judged(folders, workers=1)
    assert plain(judged(folders, workers=2).scorecard) == plain(many.scorecard)
    for score in one.scorecard.headlines:
        other = many.scorecard.headline(score.metric)
        near = 0.02 if score.metric in ("shape", "trend", "missingness") else 0.06
        assert other.value == pytest.approx(score.value, abs=near), score.metric
    assert many.scorecard.headline("shape").value == pytest.approx(one.scorecard.headline("shape").value, abs=0.003)
    assert many.goal["rows"] == many.goal["rows_made"] == 700 and "judged" not in one.goal
    assert many.goal["judged"].startswith("shapes, trends and missing cells over all rows; the rest on 700 synthetic")
    assert [s.metric for s in many.scorecard.headlines] == [s.metric for s in one.scorecard.headlines]


def test_nobody_is_asked_to_count_what_is_not_counted(folders):
    with pytest.raises(ConfigError, match="judged in one process"):
        judged(folders, ".csv", engine="dask")
    with pytest.raises(ConfigError, match="judged in one process"):
        pipeline.evaluate(folders / "train", folders / "made", schema=folders / "schema.toml", workers=2)


def test_a_part_that_contradicts_the_schema_is_named(folders, tmp_path):
    table = linked(60, 9)
    io.write_table(table, tmp_path / "made" / "a.parquet")
    strange = table.frame.drop(columns=table.schema.names[0])
    schema = table.schema.without({table.schema.names[0]})
    io.write_table(type(table)(strange, schema), tmp_path / "made" / "b.parquet")
    with pytest.raises(SynthkitError, match=r"b\.parquet"):
        pipeline.evaluate(
            folders / "train", tmp_path / "made", holdout=folders / "holdout", schema=folders / "schema.toml"
        )
