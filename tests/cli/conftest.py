"""A small real table, a runner of commands in a folder of its own, and one finished run to look at."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from synthkit.cli.main import app

Ring = Callable[..., Result]


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ring:
    """Runs `synthkit ...` in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYNTHKIT_DEBUG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="session")
def few(credit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 400 rows of the bundled table."""
    path = tmp_path_factory.mktemp("few") / "few.csv"
    path.write_bytes(b"".join(gzip.decompress(credit.read_bytes()).splitlines(keepends=True)[:401]))
    return path


@pytest.fixture(scope="session")
def finished(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with marginals; nobody writes to it."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    words = ["generate", str(few), "--target", "Status", "--models", "marginals", "-o", str(folder), "--json"]
    words += ["--folds", "1"]
    assert CliRunner().invoke(app, words).exit_code in (0, 3)
    return folder
