"""What is on its way is its owner's alone, under the most open umask: parts, staged folders, checkpoints."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from types import SimpleNamespace

import pytest

from synthkit import files
from synthkit.errors import OutputError

WATCHED = """
import os, sys
from pathlib import Path

HOME, seen = Path(sys.argv[1]), []

def held(path):
    return any(stage != HOME and HOME in stage.parents and not stage.stat().st_mode & 0o077 for stage in path.parents)

def hook(event, args):
    if event != "open" or not isinstance(args[0], str) or not isinstance(args[2], int):
        return
    path = Path(args[0]).absolute()
    if not args[2] & os.O_CREAT or HOME not in path.parents or path.name.endswith(".lock") or path.exists():
        return
    seen.append(path)
    if not args[2] & os.O_EXCL and not held(path):
        print("IN THE OPEN", path.relative_to(HOME))

os.umask(0)
os.chdir(HOME)
from typer.testing import CliRunner
from synthkit.cli.main import app
sys.addaudithook(hook)
for line in sys.argv[2:]:
    done = CliRunner().invoke(app, line.split())
    assert done.exit_code in (0, 3), done.output
print(len(seen), "FILES")
"""


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("open_umask")
def test_a_part_and_a_stage_are_private_until_they_are_done(tmp_path):
    with files.atomic(tmp_path / "rows.csv") as part:
        part.write_text("secret")
        assert mode(part) == 0o600
    assert mode(tmp_path / "rows.csv") == 0o666, "what is finished follows the umask"
    with files.atomic(tmp_path / "kept.bin", private=True) as part:
        part.write_text("secret")
    assert mode(tmp_path / "kept.bin") == 0o600
    with files.staged(tmp_path / "out") as stage:
        (stage / "model").mkdir()
        files.write_text(stage / "model" / "state.json", "secret")
        assert mode(stage) == 0o700
        assert stage.parent == tmp_path / "out"
    assert (tmp_path / "out" / "model" / "state.json").read_text() == "secret"
    with pytest.raises(OutputError), files.atomic(tmp_path / "rows.csv" / "below"):
        pytest.fail("a file has no folder below it")
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.usefixtures("open_umask")
def test_a_checkpoint_is_its_owner_s(tmp_path):
    """It holds a network on its way, which knows the rows best where it has learned too much."""
    import torch

    from synthkit.models.nn.training import Checkpoint, Record

    net = torch.nn.Linear(2, 1)
    pupil = SimpleNamespace(live=net, mean=net, optimizers=(), chance=torch.Generator())
    Checkpoint(tmp_path / "deep" / "on its way.safetensors", "key").write(pupil, net.state_dict(), Record())
    assert mode(tmp_path / "deep" / "on its way.safetensors") == 0o600


def test_no_command_creates_a_file_in_the_open(tmp_path, few):
    """Every file that a command creates is created as a part, or in a folder that is its owner's alone."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    (home / "few.csv").write_bytes(few.read_bytes())
    lines = [
        "generate few.csv --target Status --models marginals --folds 1 -o run --json",
        "fit few.csv --model trees -o model",
        "sample model -n 50 -o rows.csv",
        "impute few.csv -o whole.csv",
        "schema few.csv -o schema.toml",
    ]
    command = [sys.executable, "-c", WATCHED, str(home), *lines]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "IN THE OPEN" not in done.stdout, done.stdout
    assert int(done.stdout.split()[-2]) >= 12, "files that were looked at"
