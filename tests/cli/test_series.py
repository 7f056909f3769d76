"""The commands on time series, as a user types them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthkit.cli.main import app


@pytest.fixture
def sales(tmp_path):
    """A monthly series of 72 rows with a known input, and the inputs of the six months after."""
    rng = np.random.default_rng(0)
    months = pd.date_range("2015-01-01", periods=78, freq="MS")
    promo = rng.integers(0, 2, 78)
    sold = 50 + 8 * np.sin(np.pi * np.arange(78) / 6) + 5 * promo + rng.normal(0, 1, 78)
    frame = pd.DataFrame({"month": months.strftime("%Y-%m"), "sold": sold.round(2), "promo": promo})
    frame.head(72).to_csv(tmp_path / "sales.csv", index=False)
    frame.tail(6).drop(columns="sold").to_csv(tmp_path / "future.csv", index=False)
    return tmp_path


def run(*words):
    return CliRunner().invoke(app, [str(w) for w in words])


def test_futures_with_known_inputs(sales):
    out = sales / "out"
    done = run(
        "generate", sales / "sales.csv", "--time", "month", "--exog", "promo", "--future", sales / "future.csv",
        "--mode", "continue", "--paths", 4, "--horizon", 6, "--models", "naive,harmonic", "-o", out, "--json",
    )  # fmt: skip
    assert done.exit_code in (0, 3), done.output
    said = json.loads(done.output)
    assert said["chosen"] == "harmonic"
    made = pd.read_csv(out / "synthetic.csv")
    assert made["month"].unique().tolist() == ["2021-01", "2021-02", "2021-03", "2021-04", "2021-05", "2021-06"]
    assert sorted(made["path"].unique()) == [0, 1, 2, 3]
    assert "### Backtest" in (out / "decision.md").read_text(encoding="utf-8")
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "Real and synthetic paths" in report
    assert len(report) < 1_000_000
    again = run("report", out, "-o", sales / "again.html")
    assert again.exit_code == 0, again.output


def test_fit_then_sample(sales):
    fitted = run("fit", sales / "sales.csv", "--time", "month", "--value", "sold", "--drop", "promo", "--model", "ets",
                 "-o", sales / "model")  # fmt: skip
    assert fitted.exit_code == 0, fitted.output
    for words, rows in ((["--paths", 2], 144), (["--mode", "continue", "--horizon", 5, "--paths", 3], 15)):
        done = run("sample", sales / "model", *words, "-o", sales / "made.csv")
        assert done.exit_code == 0, done.output
        assert len(pd.read_csv(sales / "made.csv")) == rows


def test_a_saved_model_takes_known_inputs(sales):
    fitted = run("fit", sales / "sales.csv", "--time", "month", "--exog", "promo", "--model", "harmonic",
                 "-o", sales / "model")  # fmt: skip
    assert fitted.exit_code == 0, fitted.output
    words = ["sample", sales / "model", "--mode", "continue", "--horizon", 6, "-o", sales / "made.csv"]
    assert run(*words).exit_code == 1
    done = run(*words, "--future", sales / "future.csv")
    assert done.exit_code == 0, done.output
    future = pd.read_csv(sales / "future.csv")
    assert pd.read_csv(sales / "made.csv")["promo"].tolist() == future["promo"].tolist()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sample", "model", "-n", 5, "-o", "x.csv"], "--mode"),
        (["sample", "model", "--mode", "twin", "--horizon", 3, "-o", "x.csv"], "horizon"),
    ],
)
def test_options_of_tables_are_refused_for_a_model_of_series(sales, monkeypatch, words, said):
    monkeypatch.chdir(sales)
    run("fit", "sales.csv", "--time", "month", "--drop", "promo", "--model", "naive", "-o", "model")
    done = run(*words)
    assert done.exit_code == 1
    assert said in done.output
    assert not (sales / "x.csv").exists()


def test_a_model_that_does_not_suit_is_refused_with_the_reason(sales):
    done = run("fit", sales / "sales.csv", "--time", "month", "--drop", "promo", "--model", "var", "-o", sales / "m")
    assert done.exit_code == 1
    assert "single channel" in done.output


def test_the_ladder_of_series_is_listed():
    done = run("models", "--series", "--json")
    assert {"naive", "ets", "sarimax", "density", "hybrid", "sequences"} <= set(json.loads(done.output))
