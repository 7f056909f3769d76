"""What cannot be done: a message that names the place and the remedy, an exit code, and nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synthkit import pipeline

ROWS = "".join(f"{i * 0.5},{'ab'[i % 2]},{i % 7}\n" for i in range(60))
GOOD = ("x,kind,n\n" + ROWS).encode()


def columns(name: str, cells: list[str]) -> bytes:
    """The good table with one more column."""
    head, *lines = GOOD.decode().splitlines()
    return "\n".join([f"{head},{name}", *(f"{line},{cell}" for line, cell in zip(lines, cells, strict=True))]).encode()


BAD = {
    "missing file": (None, [], ["there is no file", "check the folder"]),
    "empty file": (b"", [], ["empty"]),
    "header only": (b"x,kind,n\n", [], ["row"]),
    "one row": (b"x,kind,n\n0.5,a,1\n", [], ["row"]),
    "duplicate names": (GOOD.replace(b"x,kind,n", b"x,kind,x"), [], ["'x'"]),
    "all-null column": (columns("gone", [""] * 60), [], ["'gone'", "--drop gone"]),
    "constant column": (columns("same", ["7"] * 60), [], ["'same'", "--drop same", "--constant keep"]),
    "infinite values": (columns("far", ["inf" if i == 9 else f"{i}.25" for i in range(60)]), [], ["'far'", "row"]),
    "mixed types": (columns("mix", ["word" if i == 9 else f"{i}.25" for i in range(60)]), [], ["'mix'", "row"]),
    "wrong target": (GOOD, ["--target", "kid"], ["'kid'", "did you mean 'kind'"]),
    "one class": (columns("label", ["yes"] * 60), ["--target", "label"], ["'label'", "--target"]),
    "unwritable output": (GOOD, ["-o", "blocked/out"], ["blocked", "-o"]),
    "ragged": (GOOD + b"1,a\n", [], ["62"]),
    "wrong encoding": (GOOD + "2,\u00e4,3\n".encode("latin-1"), [], ["utf-8", "--encoding"]),
    "unknown model": (GOOD, ["--models", "tree"], ["'tree'", "did you mean 'trees'"]),
    "unknown column dropped": (GOOD, ["--drop", "knd"], ["'knd'", "did you mean 'kind'"]),
    "no duration": (GOOD, ["--budget", "soon"], ["'soon'", "5m"]),
    "no rows asked": (GOOD, ["-n", "0"], ["0 rows"]),
    "no such share": (GOOD, ["--share", "1.5"], ["share"]),
    "no such kind of file": (GOOD, ["-o", "rows.xlsx"], ["xlsx", ".parquet"]),
    "no holdout there": (GOOD, ["--holdout", "gone.csv"], ["gone.csv"]),
    "no schema there": (GOOD, ["--schema", "gone.toml"], ["gone.toml"]),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input(ring, what, tmp_path):
    content, options, words = BAD[what]
    if content is not None:
        Path("in.csv").write_bytes(content)
    Path("blocked").write_text("a file where a folder is asked for\n")
    before = sorted(tmp_path.rglob("*"))
    done = ring("generate", "in.csv", "--models", "marginals", *options)
    assert done.exit_code == 1, done.output
    assert done.stdout == "" and "Traceback" not in done.stderr
    missing = [word for word in words if word not in done.stderr]
    assert not missing, done.stderr
    assert done.stderr.startswith("error: ")
    assert "\nhint:  " in done.stderr or what == "no schema there"
    assert sorted(tmp_path.rglob("*")) == before, "something was left behind"

    asked = ring("generate", "in.csv", "--models", "marginals", *options, "--json")
    said = json.loads(asked.stdout)
    assert (asked.exit_code, asked.stderr, set(said)) == (1, "", {"error", "hint", "type"})
    assert said["error"] in done.stderr


def test_a_name_that_is_nothing(ring):
    done = ring("generate", "credit_dat")
    assert done.exit_code == 1 and "did you mean 'credit_data'" in done.stderr


def test_a_table_that_falls_short_is_exit_code_3(ring):
    rows = "".join(f"{i},{2 * i + i % 3},{'ab'[i > 300]}\n" for i in range(600))
    Path("in.csv").write_text("x,y,half\n" + rows)
    done = ring("generate", "in.csv", "--target", "half", "--models", "marginals", "--json", "--folds", 1)
    assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (3, "FAIL")
    assert ring("generate", "in.csv", "--models", "marginals", "--quiet", "-o", "quiet", "--folds", 1).exit_code == 3


def test_ctrl_c_is_one_clean_line(ring, few, monkeypatch):
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "generate", stopped)
    done = ring("generate", few)
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == "stopped; nothing was left half-written\n"


def test_the_unforeseen_is_told_without_its_words(ring, few, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a cell: 4711")

    monkeypatch.setattr(pipeline, "generate", broken)
    done = ring("generate", few)
    assert done.exit_code == 1 and "RuntimeError" in done.stderr and "SYNTHKIT_DEBUG=1" in done.stderr
    assert "4711" not in done.output
    assert "SYNTHKIT_DEBUG=1" in json.loads(ring("generate", few, "--json").stdout)["hint"]
    monkeypatch.setenv("SYNTHKIT_DEBUG", "1")
    assert "4711" in str(ring("generate", few).exception)
