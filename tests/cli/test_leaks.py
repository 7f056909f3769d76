"""No cell of the data in what is printed, logged or told: canaries in rare cells, through runs that succeed and fail.

A category that at least `RARE` rows share may stand in a report; a rarer one, a key, a text, a date or a number that
few rows hold, and the name of an entity, may not. Files of rows and the state of a model are not looked at here: what
models give out is held by the contract checks.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthkit.metrics.fidelity.shape import Shape
from synthkit.models.series.naive import Naive
from synthkit.models.tabular.marginals import Marginals

N = 400
COMMON = "commonplace"
"""A category that many share: told where reports say what is off."""
CANARIES = ("zqxtown", "zqxremark", "zqxstreet", "zqxshop", "k-83512", "918273645", "7654321", "2091-11-13", "0.000417")
TOLD = (".html", ".md", ".json", ".toml", ".txt", ".jsonl", ".log", "")
"""Suffixes of files that say something; those of rows (.csv, .parquet) are data."""


def canaried() -> pd.DataFrame:
    """A table whose rare cells cannot be taken for anything else."""
    rng = np.random.default_rng(0)
    town = rng.choice([COMMON, "elsewhere", "nowhere"], N).astype(object)
    town[7] = "zqxtown"
    debt = np.round(rng.gamma(2, 900, N), 2)
    debt[11], debt[12] = 918273645.25, 0.000417
    age = rng.integers(18, 80, N)
    age[13] = 7654321
    since = (
        (pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 900, N), "D"))
        .strftime("%Y-%m-%d")
        .to_numpy(object)
    )
    since[14] = "2091-11-13"
    return pd.DataFrame({
        "key": [f"K-{83512 if k == 15 else 10_000 + k}" for k in range(N)],
        "town": town,
        "debt": debt,
        "age": age,
        "since": since,
        "street": [f"{k} zqxstreet {rng.integers(10**6)}" for k in range(N)],
        "remark": [f"zqxremark number {k} of {rng.integers(10**6)} said so" for k in range(N)],
        "risk": np.where(rng.random(N) < 0.3 + 0.2 * (town == COMMON), "high", "low"),
    })  # fmt: skip


def canaried_series() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    parts = []
    for name in ("zqxshop one", "zqxshop two", "zqxshop three"):
        sold = np.round(100 + rng.normal(0, 3, 48).cumsum(), 2)
        sold[20] = 918273645.25 if name.endswith("two") else sold[20]
        stamps = pd.date_range("2015-01-01", periods=48, freq="MS").strftime("%Y-%m-%d")
        parts.append(pd.DataFrame({"month": stamps, "shop": name, "sold": sold, "price": rng.integers(0, 2, 48)}))
    return pd.concat(parts, ignore_index=True)


class Listener:
    """Runs commands, and keeps all that they print, log and leave."""

    def __init__(self, ring: Callable, folder: Path) -> None:
        self.ring, self.folder, self.heard = ring, folder, {}

    def __call__(self, *words: object, code: int | None = None) -> str:
        logged = io.StringIO()
        handler = logging.StreamHandler(logged)
        logging.getLogger().addHandler(handler)
        try:
            done = self.ring(*words)
        finally:
            logging.getLogger().removeHandler(handler)
        line = " ".join(map(str, words))
        said = f"{done.stdout}\n{done.stderr}\n{logged.getvalue()}"
        assert done.exception is None or isinstance(done.exception, SystemExit), (line, repr(done.exception))
        if code is not None:
            assert done.exit_code == code, (line, said)
        self.heard[line] = said
        return said

    def leaks(self) -> list[tuple[str, str]]:
        """(where, what) of every canary that was heard or left behind."""
        for path in self.folder.rglob("*"):
            if path.is_file() and path.suffix in TOLD and not (path.parent / "manifest.json").is_file():
                self.heard[path.relative_to(self.folder).as_posix()] = path.read_text("utf-8", errors="replace")
        return [(where, canary) for where, text in self.heard.items() for canary in CANARIES if told(canary, text)]


def told(canary: str, text: str) -> bool:
    """Whether a text holds a word in any case, or a number in any of its usual forms."""
    bare = re.sub(r"(?<=\d)[,_\u202f ](?=\d{3})", "", text.casefold())
    return canary in bare


@pytest.fixture
def listen(ring, tmp_path) -> Listener:
    canaried().to_csv(tmp_path / "real.csv", index=False)
    canaried_series().to_csv(tmp_path / "series.csv", index=False)
    return Listener(ring, tmp_path)


TABLE = ("--target", "risk", "--folds", "1", "--models", "marginals")
SERIES = ("--time", "month", "--entity", "shop", "--exog", "price")


def test_a_canary_would_be_heard(listen):
    """The test can fail: what is printed, logged or written is found, in other forms of a number too."""
    (listen.folder / "report.html").write_text("the debt is 918,273,645.25 and the town Zqxtown")
    assert {what for _, what in listen.leaks()} == {"918273645", "zqxtown"}


def test_runs_that_succeed_tell_no_cell(listen):
    listen("schema", "real.csv", "-o", "schema.toml", code=0)
    listen("schema", "real.csv", code=0)
    listen("generate", "real.csv", *TABLE, "-o", "run")
    listen("generate", "real.csv", *TABLE, "-o", "run.json.d", "--json")
    for form in ("report.md", "report.json", "report.txt"):
        listen("report", "run", "-o", form, code=0)
    listen("fit", "real.csv", "--model", "trees", "-o", "model", code=0)
    listen("sample", "model", "-n", "300", "-o", "made.csv", code=0)
    listen("score", "real.csv", "--model", "model", "-o", "odd.csv")
    listen("score", "real.csv", "--model", "model")
    listen("impute", "real.csv", "-o", "whole.csv", code=0)
    listen("evaluate", "real.csv", "run/synthetic.csv", "--target", "risk", "-o", "judged.html")
    listen("evaluate", "real.csv", "real.csv", "--holdout", "real.csv", "--target", "risk", "-o", "copied.html")
    listen("monitor", "real.csv", "--model", "run", "-o", "watch.html")
    listen("advise", "real.csv", "--target", "risk", "--json")
    listen("verify", "run")
    assert listen.leaks() == []
    assert any(COMMON in said for said in listen.heard.values()), "common categories are told, so rare ones could be"


def test_attacks_tell_no_cell(listen):
    listen("generate", "real.csv", *TABLE, "-o", "run")
    frame = pd.concat([canaried()] * 3, ignore_index=True).assign(key=[f"K-{k}" for k in range(3 * N)])
    frame.head(2 * N).to_csv(listen.folder / "train.csv", index=False)
    frame.tail(N).to_csv(listen.folder / "held.csv", index=False)
    listen("attack", "train.csv", "train.csv", "--holdout", "held.csv", "-o", "attack.html")
    listen("attack", "train.csv", "run/synthetic.csv", "--holdout", "held.csv", "--json")
    assert listen.leaks() == []


def test_series_tell_no_cell(listen):
    listen("generate", "series.csv", *SERIES, "--mode", "twin", "--models", "naive", "-o", "run")
    listen("report", "run", "-o", "report.md", code=0)
    listen("fit", "series.csv", *SERIES, "--model", "naive", "-o", "model", code=0)
    listen("sample", "model", "-o", "made.csv", code=0)
    listen("generate", "series.csv", *SERIES, "--mode", "continue", "--models", "naive", "-o", "none", code=1)
    listen("monitor", "series.csv", "--model", "run", "-o", "watch.html")
    listen("advise", "series.csv", "--time", "month", "--json")
    assert listen.leaks() == []


def spoilt(change: Callable[[pd.DataFrame], pd.DataFrame]) -> bytes:
    return change(canaried()).to_csv(index=False).encode()


def cell(column: str, row: int, word: str) -> bytes:
    return spoilt(lambda f: f.astype({column: object}).set_index(f.index == row).assign(
        **{column: lambda g: np.where(g.index, word, g[column])}
    ))  # fmt: skip


BAD: dict[str, Callable[[], bytes]] = {
    "a number that is a word": lambda: cell("debt", 20, "zqxtown"),
    "a date that is none": lambda: cell("since", 20, "2091-11-13th"),
    "an infinite number": lambda: cell("debt", 20, "inf"),
    "a line too long": lambda: spoilt(lambda f: f).replace(b"zqxtown,", b"zqxtown,zqxtown,", 1),
    "a line too short": lambda: spoilt(lambda f: f).replace(b"zqxtown,", b"", 1),
    "a quote that never ends": lambda: spoilt(lambda f: f).replace(b"zqxtown", b'"zqxtown', 1),
    "another encoding": lambda: spoilt(lambda f: f).replace(b"zqxtown", b"zqxtown \xe9", 1),
    "binary zeros": lambda: spoilt(lambda f: f).replace(b"zqxtown", b"zqxtown\x00", 1),
    "cut off": lambda: spoilt(lambda f: f)[:9000],
    "one row": lambda: spoilt(lambda f: f.iloc[[7]]),
    "one class": lambda: spoilt(lambda f: f.assign(risk="zqxwhole")),
    "constant columns": lambda: spoilt(lambda f: f.assign(town="zqxwhole", age=41)),
}


QUICK = (
    ("fit", "FILE", "--target", "risk", "--model", "marginals", "-o", "bad"),
    ("fit", "FILE", "--schema", "schema.toml", "--model", "marginals", "-o", "bad"),
    ("score", "FILE", "--model", "model"),
    ("domain", "FILE", "-o", "domain.toml"),
)
SLOW = (
    ("generate", "FILE", *TABLE, "-o", "bad"),
    ("generate", "real.csv", "--holdout", "FILE", *TABLE, "-o", "bad"),
    ("evaluate", "real.csv", "FILE", "--target", "risk"),
    ("evaluate", "FILE", "real.csv"),
    ("impute", "FILE", "-o", "whole.csv"),
    ("monitor", "FILE", "--model", "run"),
    ("attack", "FILE", "real.csv", "--holdout", "real.csv"),
)


@pytest.mark.parametrize("quick", [QUICK, pytest.param(SLOW, marks=pytest.mark.slow)], ids=["quick", "slow"])
def test_bad_files_tell_no_cell(listen, quick):
    if quick is SLOW:
        listen("generate", "real.csv", *TABLE, "-o", "run")
    listen("fit", "real.csv", "--model", "marginals", "-o", "model", code=0)
    listen("schema", "real.csv", "-o", "schema.toml", code=0)
    for name, make in BAD.items():
        file = f"{name}.csv"
        (listen.folder / file).write_bytes(make())
        for words in (("schema", file), ("advise", file), *quick):
            listen(*(word.replace("FILE", file) for word in words))
    assert listen.leaks() == []


KINDS = ("integer", "numeric", "boolean", "datetime", "categorical", "id", "text")


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_schemas_tell_no_cell(listen, kind):
    listen("schema", "real.csv", "-o", "right.toml", code=0)
    right = (listen.folder / "right.toml").read_text()
    for name in ("key", "town", "debt", "age", "since", "street", "remark"):
        head, mark, tail = right.partition(f'name = "{name}"')
        wrong = head + mark + re.sub(r'kind = "\w+"', f'kind = "{kind}"', tail, count=1)
        (listen.folder / "wrong.toml").write_text(wrong)
        listen("fit", "real.csv", "--schema", "wrong.toml", "--model", "marginals", "-o", "bad")
    assert listen.leaks() == []


def test_bad_series_tell_no_cell(listen):
    frame = canaried_series()
    bad = {
        "twice": pd.concat([frame, frame.iloc[[60]]]),
        "no shop": frame.assign(shop=frame["shop"].where(frame.index != 60)),
        "still": frame.assign(sold=918273645.25),
        "mixed": pd.concat(
            [frame, frame.head(48).assign(shop="zqxshop four", month=[f"2015-01-{d % 28 + 1:02}" for d in range(48)])]
        ),
        "early": frame.assign(month=frame["month"].where(frame.index != 20, "2091-11-13")),
        "words": frame.assign(sold=frame["sold"].astype(object).where(frame.index != 68, "zqxtown")),
        "short": frame.groupby("shop").head(1),
        "hole": frame.assign(price=frame["price"].where(frame.index != 60)),
    }
    for name, rows in bad.items():
        rows.to_csv(listen.folder / f"{name}.csv", index=False)
        listen("generate", f"{name}.csv", *SERIES, "--models", "naive", "-o", "bad")
        listen("fit", f"{name}.csv", *SERIES, "--model", "naive", "-o", "bad2")
    assert listen.leaks() == []


@contextmanager
def broken(where: object, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A part of the house that breaks with a cell in its words, and has just logged it."""

    def breaks(*_: object, **__: object) -> None:
        raise ValueError("could not convert 'zqxtown' at 918273645.25") from KeyError("zqxtown")

    with monkeypatch.context() as patch:
        patch.setattr(where, name, breaks)
        yield


def test_what_breaks_inside_tells_no_cell(listen, monkeypatch):
    from synthkit.data import io as door
    from synthkit.encode.encoder import Encoder
    from synthkit.metrics.temporal.marginal import METRIC

    listen("fit", "real.csv", "--model", "marginals", "-o", "model", code=0)
    table = ("generate", "real.csv", *TABLE, "-o", "run", "--json")
    series = ("generate", "series.csv", *SERIES, "--models", "naive", "-o", "run")
    fit, sample = ("fit", "real.csv", "--model", "marginals", "-o", "other"), ("sample", "model", "-o", "made.csv")
    for where, name, words in (
        (Marginals, "fit", table), (Marginals, "sample", table), (Marginals, "save", fit), (Shape, "__call__", table),
        (Naive, "fit", series), (Naive, "simulate", series), (type(METRIC), "__call__", series),
        (Encoder, "encode", fit), (Encoder, "decode", sample), (door, "write_text_table", sample),
        (door, "parse_table", fit), (door, "infer_schema", fit), (np, "column_stack", series),
    ):  # fmt: skip
        with broken(where, name, monkeypatch):
            listen(*words)
    assert any("unforeseen" in said for said in listen.heard.values())
    assert any("failed with ValueError" in said for said in listen.heard.values())
    assert listen.leaks() == []
