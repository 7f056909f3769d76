"""The command in processes of its own: the same seed gives the same bytes, and the pipelines run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SYNTHKIT = [sys.executable, "-c", "from synthkit.cli.main import run; run()"]


def call(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`synthkit ...` in a new process."""
    return subprocess.run(
        [*SYNTHKIT, *map(str, words)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_same_seed_same_bytes_in_two_processes(few, tmp_path):
    made = {}
    for out, seed in (("a", 5), ("b", 5), ("c", 6)):
        done = call(
            "generate", few, "--target", "Status", "--models", "trees", "--seed", seed, "-o", out, "--quiet",
            "--folds", "1",
            cwd=tmp_path, PYTHONHASHSEED=str(len(made)),
        )  # fmt: skip
        assert done.returncode in (0, 3) and done.stdout == done.stderr == ""
        made[out] = (tmp_path / out / "synthetic.csv").read_bytes()
    assert made["a"] == made["b"] != made["c"]


def test_an_error_in_a_process(tmp_path):
    done = call("generate", "none.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: there is no file 'none.csv'\nhint:  check the folder and the spelling\n"
    assert list(tmp_path.iterdir()) == []


def test_a_screen_that_knows_no_signs(few, tmp_path):
    done = call("schema", few, "--table", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and "Status" in done.stdout
    assert not any(line.endswith(" ") for line in done.stdout.splitlines())


def test_a_pipe_that_closes_early_is_no_error(tmp_path):
    line = f'{sys.executable} -c "from synthkit.cli.main import run; run()" datasets --json | head -1'
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "{\n" and "Traceback" not in done.stderr and "unforeseen" not in done.stderr


def quick(file: Path, folder: Path) -> Path:
    """The same pipeline with fewer rows to make and one model."""
    text = file.read_text(encoding="utf-8")
    head, _, ladder = text.partition("[ladder]\n")
    text = head + "[ladder]\n" + ladder.split("\n", 1)[1] if ladder else text + "\n[ladder]\n"
    path = folder / file.name
    path.write_text(text.replace("[ladder]\n", '[ladder]\nmodels = ["marginals"]\n'), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["credit", "regression"])  # `share` as it is is run by tests/test_readme.py
def test_pipelines_run_with_one_model(name, root, ring, tmp_path):
    done = ring("run", quick(root / "pipelines" / f"{name}.toml", tmp_path), "--json")
    said = json.loads(done.stdout)
    assert said["chosen"] == "marginals" and done.exit_code == {"FAIL": 3}.get(said["verdict"], 0)
    assert Path(said["files"]["report"]) == Path("runs") / name / "report.html"


def test_a_pipeline_writes_where_it_is_told(ring, few):
    Path("mine.toml").write_text(f'[data]\nsource = "{few}"\n[ladder]\nmodels = ["marginals"]\n[run]\nrows = 50\n')
    assert ring("run", "mine.toml", "-o", "there", "--quiet").exit_code in (0, 3)
    assert len(Path("there/synthetic.csv").read_text().splitlines()) == 51
    Path("wrong.toml").write_text('[data]\nsorce = "x.csv"\n')
    wrong = ring("run", "wrong.toml")
    assert wrong.exit_code == 1 and "sorce" in wrong.stderr
    assert "there is no data set" in wrong_name(ring)


def wrong_name(ring) -> str:
    Path("name.toml").write_text('[data]\ndataset = "credit"\n')
    return ring("run", "name.toml").stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["credit", "share", "regression"])
def test_pipelines_as_they_are(name, root, tmp_path):
    done = call("run", root / "pipelines" / f"{name}.toml", "--json", cwd=tmp_path)
    said = json.loads(done.stdout)
    assert said["verdict"] in ("PASS", "INCONCLUSIVE") and said["chosen"] != "marginals", done.stdout


@pytest.mark.slow
def test_the_python_pipeline(root, tmp_path):
    script = root / "pipelines" / "custom.py"
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "verdict" in done.stdout
    assert len((tmp_path / "runs" / "custom" / "bad.csv").read_text().splitlines()) == 501


def test_the_readme_names_every_pipeline(root):
    readme = (root / "pipelines" / "README.md").read_text(encoding="utf-8")
    there = {p.name for p in (root / "pipelines").iterdir() if p.suffix in (".toml", ".py")}
    assert there == {name for name in there if f"[{name}]({name})" in readme}
