"""A run that is killed leaves nothing that looks finished, and the same command then gives the same bytes."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from synthkit.files import digests, sha256

SYNTHKIT = [sys.executable, "-c", "from synthkit.cli.main import run; run()"]
COMMANDS = {
    "generate": ["generate", "few.csv", "--target", "Status", "--models", "trees", "--folds", "1", "-o", "out"],
    "network": ["generate", "few.csv", "--target", "Status", "--models", "tvae", "--folds", "1", "-o", "out"],
    "fit": ["fit", "few.csv", "--model", "energy", "-o", "out"],
    "sample": ["sample", "model", "-n", "300000", "-o", "out/rows.csv"],
}
VARIES = {
    "report.html", "decision.md", "decision.json", "scorecard.json", "record.json", "synthetic.csv.synthetic.json",
    "model/state.json", "model/manifest.json",
}  # fmt: skip
"""Files that tell seconds and dates: the rows, the schema, arrays and weights tell nothing else."""


@pytest.fixture(scope="module")
def home(few, tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    (folder / "few.csv").write_bytes(few.read_bytes())
    done = subprocess.run([*SYNTHKIT, "fit", "few.csv", "--model", "trees", "-o", "model"], cwd=folder, check=False)
    assert done.returncode == 0
    return folder


def begun(words: list[str], home: Path, here: Path) -> subprocess.Popen[bytes]:
    """The command in a folder of its own that sees the same files."""
    here.mkdir(parents=True)
    for path in home.iterdir():
        (here / path.name).symlink_to(path)
    return subprocess.Popen(
        [*SYNTHKIT, *words, "--seed", "3"], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def whole(words: list[str], home: Path, here: Path) -> tuple[dict[str, str], float]:
    start = time.monotonic()
    process = begun(words, home, here)
    said = process.communicate()[0]
    assert process.returncode in (0, 3), said
    return digests(here / "out", leave=VARIES), time.monotonic() - start


@pytest.mark.parametrize("name", ["generate", "fit", "sample", pytest.param("network", marks=pytest.mark.slow)])
@pytest.mark.parametrize("share", [0.5, *(pytest.param(share, marks=pytest.mark.slow) for share in (0.2, 0.7, 0.95))])
def test_killed_and_run_again_it_gives_the_same_bytes(home, tmp_path, name, share):
    words = COMMANDS[name]
    wanted, seconds = whole(words, home, tmp_path / "once")
    assert wanted
    process = begun(words, home, tmp_path / "killed")
    time.sleep(share * seconds)
    process.kill()
    process.communicate()
    out = tmp_path / "killed" / "out"
    seen = {path.name for path in out.iterdir() if not path.name.startswith(".")} if out.exists() else set()
    finished = {path.name for path in (tmp_path / "once" / "out").iterdir()}
    assert not seen or seen == finished, f"some files are there and others are not: {sorted(seen)}"
    again = subprocess.run(
        [*SYNTHKIT, *words, "--seed", "3"], cwd=tmp_path / "killed", capture_output=True, check=False
    )
    assert again.returncode in (0, 3), again.stderr
    assert digests(out, leave=VARIES) == wanted


@pytest.mark.parametrize("share", [0.6, *(pytest.param(share, marks=pytest.mark.slow) for share in (0.4, 0.75, 0.9))])
def test_killed_between_parts_it_goes_on_with_those_that_are_missing(home, tmp_path, share):
    """Also its workers end, and what they have written is whole."""
    words = ["sample", "model", "-n", "80000", "-o", "out/", "--part-rows", "5000", "--workers", "2"]
    wanted, seconds = whole(words, home, tmp_path / "once")
    assert len(wanted) == 16 + 2
    process = begun(words, home, tmp_path / "killed")
    time.sleep(share * seconds)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    assert not psutil.wait_procs(workers, timeout=30)[1], "workers outlive the command"
    out = tmp_path / "killed" / "out"
    there = {path.name: sha256(path) for path in out.glob("*") if not path.name.startswith(".")} if out.exists() else {}
    assert there.items() <= wanted.items(), "a part is not whole"
    again = subprocess.run(
        [*SYNTHKIT, *words, "--seed", "3", "--json"], cwd=tmp_path / "killed", capture_output=True, check=False
    )
    assert json.loads(again.stdout)["kept"] >= len(there) - 1 and digests(out) == wanted
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_stops_at_once_and_leaves_nothing(home, tmp_path, sign):
    process = begun(COMMANDS["network"], home, tmp_path / "stopped")
    time.sleep(4)
    process.send_signal(sign)
    said = process.communicate(timeout=30)[0]
    assert process.returncode not in (0, 3) and b"Traceback" not in said
    out = tmp_path / "stopped" / "out"
    assert not out.exists() or not [path for path in out.iterdir() if not path.name.startswith(".")]


@pytest.mark.parametrize("name", ["generate", "sample"])
def test_on_a_full_disk_it_says_so_and_leaves_what_was_there(home, tmp_path, name):
    """Stood in for by a limit on the size of a file: the system refuses to write in the same place."""
    words, here = COMMANDS[name], tmp_path / "here"
    wanted, _ = whole(words, home, here)

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [*SYNTHKIT, *words, "--seed", "4"], cwd=here, capture_output=True, text=True, check=False, preexec_fn=small
    )
    assert done.returncode == 1 and "error: cannot write" in done.stderr and "Traceback" not in done.stderr
    assert digests(here / "out", leave=VARIES) == wanted
    assert not [path for path in (here / "out").rglob(".*") if path.suffix == ".part" or path.name.startswith(".run")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_must_not_be_written_to_is_said(home, tmp_path):
    (tmp_path / "shut").mkdir(mode=0o500)
    words = ["sample", str(home / "model"), "-n", "5", "-o", str(tmp_path / "shut" / "out" / "rows.csv")]
    done = subprocess.run([*SYNTHKIT, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "choose a folder you may write to" in done.stderr
