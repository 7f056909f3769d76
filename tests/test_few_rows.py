"""The main job on few rows: from the folds to the record, the report, and what is checked afterwards."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from synthkit.data import catalog
from synthkit.decide.criteria import Verdict
from synthkit.errors import ConfigError
from synthkit.operate.monitor import monitor
from synthkit.operate.verify import verify
from synthkit.pipeline import generate, run
from synthkit.testing._tables import mixed


@pytest.fixture(scope="module")
def iris(tmp_path_factory):
    """A run on 150 rows of the real table, and the files it leaves."""
    result = generate(catalog.path("iris"), target="target", models=("copula",), seed=2, constant="drop")
    return result, result.save(tmp_path_factory.mktemp("iris"))


class TestFolds:
    """Few rows are held out several times, and the record says so."""

    def test_the_choice_and_the_rows(self, iris):
        result, _ = iris
        assert (result.goal["folds"], result.goal["train_rows"], result.goal["holdout_rows"]) == (10, 120, 30)
        assert result.climb.rung.folds == 10
        once = generate(catalog.path("iris"), target="target", models=("copula",), seed=2, folds=1)
        assert "folds" not in once.goal and once.climb.rung.folds == 0
        assert once.table.digest() == result.table.digest(), "the rows given out are those of the first fold"
        assert once.goal["holdout_digest"] == result.goal["holdout_digest"]
        pooled, single = (r.scorecard.headline("detection") for r in (result, once))
        assert pooled.value != single.value and pooled.n == 150 and single.n == 30
        assert pooled.ci[1] - pooled.ci[0] < single.ci[1] - single.ci[0]

    def test_the_record_and_the_report_say_so(self, iris):
        result, files = iris
        told = "10 folds, each of 30 rows held out; intervals by Nadeau and Bengio (2003)"
        html = files["report"].read_text(encoding="utf-8")
        for text in (files["decision"].read_text(encoding="utf-8"), html, result.summary()):
            assert told in " ".join(text.split())
        assert "the rows given out" in html
        saved = json.loads(files["record"].read_text(encoding="utf-8"))
        assert saved["goal"]["folds"] == saved["tried"][0]["folds"] == 10

    def test_the_saved_run_holds_and_knows_its_rows(self, iris):
        _, files = iris
        assert verify(files["record"].parent).verdict is Verdict.PASS
        found = monitor(catalog.path("iris"), files["record"].parent, learned=catalog.path("iris"), quality=False)
        assert found.rows["learned"] == 120

    def test_as_many_as_asked_in_a_file_too(self, tmp_path):
        (tmp_path / "p.toml").write_text(
            "[data]\ndataset = 'iris'\ntarget = 'target'\n[run]\nfolds = 3\n[ladder]\nmodels = ['marginals']\n"
        )
        assert run(tmp_path / "p.toml").climb.rung.folds == 3

    def test_what_has_no_folds(self):
        with pytest.raises(ConfigError, match="holdout was given"):
            generate(mixed(200), holdout=mixed(100, seed=8), models=("marginals",), folds=5)
        months = pd.DataFrame({"month": pd.date_range("2020", periods=60, freq="MS"), "sold": np.arange(60.0) % 12})
        with pytest.raises(ConfigError, match="no folds"):
            generate(months, time="month", models=("naive",), folds=5)
