"""Tables of millions of rows: fitted from Parquet folders, sampled to them, judged there, and by engines.

The rows are those of `trees` fitted to Adult's train split, 15 columns. Each command runs in a process of its own, and
its memory (with that of its workers, shared pages once) is looked at ten times a second. sdv's fastest model has the
same rows, read into memory as it needs them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.machine import load
from synthkit import pipeline
from synthkit.data import catalog
from synthkit.models import registry
from synthkit.rng import stream
from synthkit.scale.sample import sample

FITTED = tuple(int(rows) for rows in os.environ.get("SCALE_FITTED", "1000000,10000000").split(","))
SAMPLED = tuple(int(rows) for rows in os.environ.get("SCALE_SAMPLED", "10000000,100000000").split(","))
MODELS = ("marginals", "copula", "trees")
WORKERS = (1, 2)
SHARDS, OF_SHARD = 100, int(os.environ.get("SCALE_SHARD", "200000"))
JUDGED = int(os.environ.get("SCALE_JUDGED", "1000000"))
LIMIT = float(os.environ.get("SCALE_LIMIT", "900"))
"""Seconds after which a command is stopped, and said to have been."""

_OURS = [sys.executable, "-c", "from synthkit.cli.main import run; run()"]
_THEIRS = """
import sys, warnings
from pathlib import Path
import pandas as pd
warnings.simplefilter("ignore")
from sdv.metadata import Metadata
from sdv.single_table import GaussianCopulaSynthesizer
frame = pd.read_parquet(sorted(Path(sys.argv[1]).glob("*.parquet")))
model = GaussianCopulaSynthesizer(Metadata.detect_from_dataframes({"table": frame}))
model.fit({"table": frame})
model.save(sys.argv[2])
"""
_THEIR_ROWS = """
import sys, warnings
warnings.simplefilter("ignore")
from sdv.utils import load_synthesizer
made = load_synthesizer(sys.argv[1]).sample(num_rows=int(sys.argv[2]))
made = made["table"] if isinstance(made, dict) else made
made.to_parquet(sys.argv[3], index=False)
"""


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Everything, in a folder that is gone afterwards.

    Raises:
        ReadError: the data are not on this machine.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in MODELS:
            train = pipeline.read(catalog.path("adult", "train"), target="income")
            registry.get(name)().fit(train, rng=stream(0, "fit", name)).save(home / name)
        fitted = [row for rows in FITTED for row in _told(_fits(home, rows), say)]
        sampled = list(_told(_samples(home), say))
        engines = list(_told(_engines(home), say))
        judged = list(_told(_judgements(home), say))
    return {"fitted": fitted, "sampled": sampled, "engines": engines, "judged": judged, "limit_seconds": LIMIT}


def _told(rows: Iterator[dict[str, Any]], say: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    for row in rows:
        cost = f"{row['seconds']:.1f} s, {row['peak_mb']:,.0f} MB" if "why" not in row else row["why"]
        say(f"scale: {row['what']}, {row['arm']}, {row['rows']:,} rows: {cost}")
        yield row


def _fits(home: Path, rows: int) -> Iterator[dict[str, Any]]:
    table = home / f"table-{rows}"
    sample(home / "trees", rows=rows, out=table, seed=1, part_rows=max(rows // 10, 1))
    for name in MODELS:
        command = [*_OURS, "fit", str(table), "--model", name, "--target", "income", "-o", str(home / "new"), "-q"]
        yield {"what": "fit", "arm": f"synthkit {name}", "rows": rows} | _cost(command)
    theirs = [sys.executable, "-c", _THEIRS, str(table), str(home / "sdv.pkl")]
    yield {"what": "fit", "arm": "sdv GaussianCopulaSynthesizer", "rows": rows} | _cost(theirs)


def _samples(home: Path) -> Iterator[dict[str, Any]]:
    for rows in SAMPLED:
        for name in MODELS if rows == SAMPLED[0] else MODELS[:1]:
            for workers in WORKERS if rows == SAMPLED[0] else WORKERS[-1:]:
                with _room(home) as out:
                    command = [*_OURS, "sample", str(home / name), "-n", str(rows), "-o", f"{out}/", "-q"]
                    cost = _cost([*command, "--workers", str(workers)])
                    size = round(sum(path.stat().st_size for path in out.glob("*.parquet")) / 2**20)
                yield {"what": "sample", "arm": f"synthkit {name}", "rows": rows, "workers": workers, "mb": size} | cost
    if (home / "sdv.pkl").exists():
        with _room(home) as out:
            theirs = [sys.executable, "-c", _THEIR_ROWS, str(home / "sdv.pkl"), str(FITTED[0]), f"{out}/x.parquet"]
            cost = _cost(theirs)
        yield {"what": "sample", "arm": "sdv GaussianCopulaSynthesizer", "rows": FITTED[0], "workers": 1} | cost


def _engines(home: Path) -> Iterator[dict[str, Any]]:
    """The same shards by each engine, in turn and twice over; what starting it takes is in it."""
    for again in range(2):
        for engine in ("local", "dask", "ray"):
            rows = SHARDS * OF_SHARD
            with _room(home) as out:
                command = [*_OURS, "sample", str(home / "marginals"), "-n", str(rows), "-o", f"{out}/", "-q"]
                cost = _cost([*command, "--part-rows", str(OF_SHARD), "--workers", "2", "--engine", engine])
                digest = (out / "SHA256SUMS").read_bytes() if "why" not in cost else b""
            same = {"sums": digest.hex()[:16], "again": again}
            yield {"what": "engine", "arm": engine, "rows": rows, "shards": SHARDS} | same | cost


def _judgements(home: Path) -> Iterator[dict[str, Any]]:
    parts = {}
    for role, seed in (("train", 2), ("holdout", 3), ("made", 4)):
        parts[role] = home / role
        sample(home / "trees", rows=JUDGED, out=parts[role], seed=seed, part_rows=max(JUDGED // 10, 1))
    for workers in WORKERS:
        command = [*_OURS, "evaluate", *map(str, (parts["train"], parts["made"])), "--holdout", str(parts["holdout"])]
        cost = _cost([*command, "--target", "income", "--workers", str(workers), "-q"])
        yield {"what": "judge", "arm": "synthkit evaluate", "rows": 3 * JUDGED, "workers": workers} | cost


@contextmanager
def _room(home: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=home) as folder:
        yield Path(folder)


def _cost(command: list[str]) -> dict[str, Any]:
    """Seconds, processor seconds and peak memory of a command and all its children, or why it came to nothing."""
    import psutil

    before, started, cpu, peak = load(), time.perf_counter(), {}, 0.0
    # One thread a process: what several of them cost is what `workers` says.
    once = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=os.environ | once, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        root = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _held(root, cpu))
            if time.perf_counter() - started > LIMIT:
                for child in [*root.children(recursive=True), root]:
                    child.kill()
                return {"why": f"stopped after {LIMIT:g} s", "peak_mb": round(peak), "load": before}
            time.sleep(0.1)
        error = process.stderr.read().decode(errors="replace") if process.stderr else ""
    if process.returncode not in (0, 3):
        last = error.strip().splitlines()[-1:] or [""]
        why = "killed: memory ran out" if process.returncode == -9 else f"failed: {last[0][:80]}"
        return {"why": why, "peak_mb": round(peak), "load": before}
    seconds = round(time.perf_counter() - started, 1)
    return {"seconds": seconds, "cpu_seconds": round(sum(cpu.values()), 1), "peak_mb": round(peak), "load": before}


def _held(root: Any, cpu: dict[int, float]) -> float:
    """MB that a process and its children hold, a shared page counted once; and their processor time so far."""
    import psutil

    held = 0.0
    for one in [root, *root.children(recursive=True)]:
        try:
            times = one.cpu_times()
            cpu[one.pid] = times.user + times.system
            held += one.memory_full_info().pss / 2**20
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return held
