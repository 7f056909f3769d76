"""More rows than memory: a saved model's rows in Parquet parts, made by any workers, kept when it is run again."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from synthkit.errors import ConfigError, OutputError
from synthkit.models import registry
from synthkit.models.base import Conditional, Simulator
from synthkit.progress import Progress, silent
from synthkit.scale.balance import counts
from synthkit.scale.engine import cores, opened
from synthkit.scale.folder import Folder
from synthkit.scale.plan import PART, Shard, plan
from synthkit.scale.work import Packed, Work, blocks, made, name_of, versions

__all__ = ["Sampled", "sample", "saved_in", "unable"]

_PLAN, _SUMS = "plan.json", "SHA256SUMS"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Sampled:
    """What came of it.

    Args:
        model: its name.
        rows: of all parts.
        made: rows of the parts that were not there yet.
        parts: how many there are.
        kept: how many of them were there already.
        out: the folder.
        engine: that did the work.
        workers: it had.
        seconds: it took.
    """

    model: str
    rows: int
    made: int
    parts: int
    kept: int
    out: str
    engine: str
    workers: int
    seconds: float


def sample(
    model: str | Path,
    *,
    rows: int,
    out: str | Path,
    where: Mapping[str, Any] | None = None,
    balance: str | None = None,
    seed: int = 0,
    part_rows: int = PART,
    engine: str = "local",
    workers: int | None = None,
    address: str | None = None,
    progress: Progress = silent,
) -> Sampled:
    """Write the rows of a saved model of tables to a folder, in parts of Parquet.

    A part is a function of the model, the plan and its place alone: the same bytes whatever makes it, and when. Run
    again, parts that are there are kept, so a run that was killed goes on. Keys are unique over all parts.

    Args:
        model: the folder that `fit` or `generate` wrote.
        rows: in all.
        out: a folder, or an address of one that fsspec knows (`s3://bucket/folder`).
        where: column -> value to hold it at.
        balance: `column` for as many rows of each category, `column=a:0.3,b:0.7` for shares; exact over all parts.
        seed: the same gives the same bytes.
        part_rows: rows of a part; also what is lost when a worker is killed.
        engine: "local" (processes of this machine), "dask" or "ray".
        workers: processes at a time; as many as there are cores by default.
        address: of a cluster of yours.
        progress: told part by part.

    Raises:
        ArtifactError: no model there.
        ConfigError: a model of series, one that cannot hold columns, an engine that is not there, or a folder with
            parts of another plan.
        UnknownName: no such column, category or engine.
        OutputError: parts cannot be written there.
    """
    begun = time.monotonic()
    shards = plan(rows, seed=seed, size=part_rows)
    work = _work(saved_in(Path(model)), Folder.of(out), where or {}, balance, rows)
    _begin(work, shards, part_rows, {"where": dict(where or {}), "balance": balance})
    sums = _there(work.out, shards)
    kept, left = len(sums), [shard for shard in shards if name_of(shard) not in sums]
    try:
        had = _make(work, left, sums, {"name": engine, "workers": workers, "address": address}, progress)
    finally:
        work.out.tidy()
    if lost := sums.keys() - work.out.names():
        raise OutputError(
            f"workers wrote {len(lost)} parts that are not in {str(work.out)!r}",
            hint="give a folder that all machines share, or an address such as s3://bucket/folder",
        )
    lines = [f"{sums[name]}  {name}\n" for name in sorted(sums)]
    work.out.write(_SUMS, "".join(lines).encode())
    seconds = time.monotonic() - begun
    fresh = sum(shard.rows for shard in left)
    return Sampled(work.model.name, rows, fresh, len(shards), kept, str(work.out), engine, had, seconds)


def _make(work: Work, left: Sequence[Shard], sums: dict[str, str], asked: Mapping[str, Any], progress: Progress) -> int:
    """Make the parts that are left and note their sums; how many workers did it."""
    begun, done, rows = time.monotonic(), 0, sum(shard.rows for shard in left)
    most = min(asked["workers"] or cores(), len(left))  # no process is started that would have no part to make
    if not left:
        return 0
    with opened(**{**asked, "workers": most}) as engine:
        if work.out.protocol == "memory" and (engine.name != "local" or engine.workers > 1):
            raise ConfigError("what other processes write to memory:// is lost with them", hint="use one local worker")
        for shard, (name, digest) in zip(left, engine.map(partial(made, work), left), strict=True):
            sums[name] = digest
            done += shard.rows
            speed = done / max(time.monotonic() - begun, 1e-9)
            progress("sample", done / rows, f"{done:,} of {rows:,} rows, {speed:,.0f} a second")
        had: int = engine.workers
    return had


def saved_in(folder: Path) -> Path:
    """The folder of the model itself: `generate` puts it in one of its own."""
    return folder / "model" if (folder / "model" / "manifest.json").is_file() else folder


def unable(name: str) -> ConfigError:
    """What to say of a model that cannot hold columns at a value."""
    able = [name for name in registry.names() if hasattr(registry.get(name), "sample_where")]
    return ConfigError(
        f"the model '{name}' cannot hold columns at a value", hint=f"fit one that can: {', '.join(able)}"
    )


def _work(folder: Path, out: Folder, where: Mapping[str, Any], balance: str | None, rows: int) -> Work:
    """What every part hangs on; conditions are tried on one row, before anything is begun."""
    packed = Packed.of(folder)
    fitted = packed.opened()
    if isinstance(fitted, Simulator):
        raise ConfigError(
            f"'{packed.name}' is a model of time series, which are not made in parts",
            hint="write one file: -o rows.csv",
        )
    if (where or balance) and not isinstance(fitted, Conditional):
        raise unable(packed.name)
    shares = None
    if balance and isinstance(fitted, Conditional):
        column, _, asked = balance.partition("=")
        if column in where:
            raise ConfigError(f"column {column!r} is held at a value, so it cannot be balanced", hint="leave one out")
        shares = column, counts(fitted.categories(column), asked, rows, column)
    return Work(packed, out, dict(where), shares, versions())


def _begin(work: Work, shards: Sequence[Shard], size: int, asked: Mapping[str, Any]) -> None:
    """Write the plan down, or see that the one that is there is the same.

    Raises:
        ConfigError: it is another, or there are parts without one.
    """
    _, schema = next(blocks(work, replace(shards[0], rows=1)))
    record = {
        "format": _FORMAT, "model": {"name": work.model.name, "digest": work.model.digest}, "seed": shards[0].seed,
        "rows": shards[0].total, "part rows": size, **asked, "made with": dict(work.made_with),
        "columns": {field.name: str(field.type) for field in schema},
    }  # fmt: skip
    there = work.out.names()
    if _PLAN not in there:
        if name_of(shards[0]) in there:
            raise ConfigError(f"{str(work.out)!r} holds parts without a plan", hint="choose an empty folder with -o")
        work.out.write(_PLAN, (json.dumps(record, indent=1, default=str) + "\n").encode())
        return
    try:
        before = json.loads(work.out.read(_PLAN))
    except ValueError:
        before = None
    now = json.loads(json.dumps(record, default=str))
    if before != now:
        known = before if isinstance(before, dict) else {}
        other = next((key for key in now if known.get(key) != now[key]), "format")
        raise ConfigError(
            f"{str(work.out)!r} holds parts of another plan ({_other(other, known.get(other), now.get(other))})",
            hint="give the options it was begun with, choose another folder with -o, or remove this one",
        )


def _other(what: str, before: Any, now: Any) -> str:  # noqa: ANN401 - plain values of two plans
    """The difference in a few words; values a column is held at are not shown."""
    shown = what in {"rows", "part rows", "seed", "format"}
    return f"{what}: {before} there, {now} asked for" if shown else f"its {what} is not the same"


def _there(out: Folder, shards: Sequence[Shard]) -> dict[str, str]:
    """Parts that are there, whole, and as they were written; their SHA-256."""
    from pyarrow import ArrowException, parquet

    names = out.names()
    lines = out.read(_SUMS).decode().splitlines() if _SUMS in names else []
    said = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    sums = {}
    for shard in shards:
        if (name := name_of(shard)) not in names:
            continue
        content = out.read(name)
        digest = hashlib.sha256(content).hexdigest()
        try:
            whole = parquet.read_metadata(io.BytesIO(content)).num_rows == shard.rows
        except (ArrowException, OSError):
            whole = False
        if whole and said.get(name, digest) == digest:
            sums[name] = digest
    return sums
