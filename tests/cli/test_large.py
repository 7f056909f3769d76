"""Folders, patterns and URLs at the terminal."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import fsspec
import pytest

from synthkit.data.io import read_table
from synthkit.data.schema import Schema


@pytest.fixture
def parts(credit: Path, tmp_path: Path) -> Path:
    """The bundled table in three files."""
    head, *rows = gzip.decompress(credit.read_bytes()).splitlines(keepends=True)
    folder = tmp_path / "credit"
    folder.mkdir()
    for at, start in enumerate(range(0, len(rows), 1_500)):
        (folder / f"{at}.csv").write_bytes(b"".join([head, *rows[start : start + 1_500]]))
    return folder


def test_fit_says_how_many_rows_it_learned_from(ring, parts: Path) -> None:
    told = ring("fit", parts, "--target", "Status", "--model", "marginals", "--reservoir", 1000, "-o", "m", "--json")
    facts = json.loads(told.stdout)
    assert facts["sampled"]["rows"] == 4_454 and facts["sampled"]["parts"] == 3 and facts["sampled"]["kept"] == 1_000
    assert facts["rows"] == facts["sampled"]["learned_from"] == 850
    words = ring("fit", f"{parts}/*.csv", "--model", "marginals", "--reservoir", 1000, "-o", "m").stderr
    assert "Sampled: 850 of 4,454 rows in 3 files to learn from" in words and "columns are off by" in words
    assert ring("sample", "m", "-n", 20, "-o", "rows.csv").exit_code == 0
    whole = ring("fit", parts, "--model", "marginals", "-o", "m", "--json")
    assert json.loads(whole.stdout)["rows"] == 4_454 and "sampled" not in json.loads(whole.stdout)


def test_generate_from_a_folder_leaves_a_run_that_can_be_verified(ring, parts: Path) -> None:
    words = ["generate", "credit/", "--target", "Status", "--models", "marginals", "--reservoir", 600, "--seed", 3]
    done = ring(*words)
    assert done.exit_code in (0, 3) and "4,454 rows in 3 files" in done.stdout
    assert Path("runs/credit/synthetic.csv").is_file()
    checked = ring("verify", "runs/credit", "--source", "credit/")
    assert "the real rows are those that the record names" in checked.stdout
    (parts / "2.csv").unlink()
    assert "the real rows are not those" in ring("verify", "runs/credit", "--source", "credit/").stdout


def test_schema_of_a_folder_and_of_a_url(ring, parts: Path, credit: Path) -> None:
    expected = read_table(credit).schema
    assert Schema.from_toml(ring("schema", parts).stdout) == expected
    files = fsspec.filesystem("memory")
    for path in parts.iterdir():
        files.pipe(f"/credit/{path.name}", path.read_bytes())
    assert Schema.from_toml(ring("schema", "memory://credit/*.csv").stdout) == expected


def test_errors_name_the_part_and_the_remedy(ring, parts: Path) -> None:
    (parts / "3.csv").write_text("a,b\n1,2\n")
    told = ring("fit", parts, "--model", "marginals", "-o", "m")
    assert told.exit_code == 1 and "part '3.csv' lacks the column" in told.stderr and "with a pattern" in told.stderr
    told = ring("domain", "memory://x.csv")
    assert "'memory://x.csv' is a URL" in told.stderr
    assert "no file matches 'nothing/*.parquet'" in ring("schema", "nothing/*.parquet").stderr
    told = ring("fit", "odd://me:secret@host/x.csv", "--model", "trees", "-o", "m")
    assert "no address" in told.stderr and "secret" not in told.stderr


def test_a_pipeline_file_may_name_a_folder_or_a_url(ring, parts: Path) -> None:
    del parts
    Path("p.toml").write_text(
        '[data]\nsource = "credit"\ntarget = "Status"\nreservoir = 300\n[ladder]\nmodels = ["marginals"]\n'
    )
    done = ring("run", "p.toml", "-o", "out")
    assert done.exit_code in (0, 3) and "rows in 3 files" in done.stdout, done.stderr
    Path("u.toml").write_text('[data]\nsource = "memory://no/*.csv"\n')
    assert "no file matches 'memory://no/*.csv'" in ring("run", "u.toml", "-o", "out").stderr
