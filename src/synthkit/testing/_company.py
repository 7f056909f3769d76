"""A model beside others: stopped on its way, in two threads, silent, without leftovers, on memory it may not write."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from synthkit.data.table import Table
from synthkit.models.base import Noted
from synthkit.testing._bench import Bench
from synthkit.testing._run import require
from synthkit.testing._tables import mixed

__all__ = ["CHECKS"]


class _Stop(Exception):
    """What a caller raises who has had enough."""


def a_fit_can_be_stopped(bench: Bench) -> None:
    """An exception from `progress` ends the fit at once and as it is; the model can be fitted again, as if fresh."""
    table = mixed(120)

    def stop(_stage: str, done: float, _note: str = "") -> None:
        if done > 0:
            raise _Stop

    model = bench.make()
    try:
        model.fit(table, rng=np.random.default_rng([1, 0]), progress=stop)
    except _Stop:
        pass
    else:
        require(False, "an exception from progress was swallowed")
    again = model.fit(table, rng=np.random.default_rng([1, 0]))
    same = bench.draw(again, 50).frame.equals(bench.draw(bench.small, 50).frame)
    require(same, "a model that was stopped and fitted again gives other rows than a fresh one")


def models_are_apart(bench: Bench) -> None:
    """A second model of the class, fitted on another table, does not touch the first."""
    before = bench.draw(bench.model, 40)
    bench.fit(mixed(90, seed=5))
    require(before.frame.equals(bench.draw(bench.model, 40).frame), "another model of the class changed this one")


def two_threads_at_once(bench: Bench) -> None:
    """Samples drawn in two threads at once are those drawn one after the other."""
    alone = [bench.draw(bench.model, 300, seed=seed) for seed in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda seed: bench.draw(bench.model, 300, seed=seed), (0, 1)))
    for one, other in zip(alone, together, strict=True):
        require(one.frame.equals(other.frame), "two samples at once disturb each other")


def says_nothing_and_leaves_no_files(bench: Bench) -> None:
    """Fit, sample, save and load print nothing, and write no file but into the folder that save was given."""
    before, home, out = Path.cwd(), tempfile.tempdir, io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder).resolve()
        (here / "tmp").mkdir()
        os.chdir(here)
        tempfile.tempdir = str(here / "tmp")
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                model = bench.fit(mixed(120))
                bench.draw(model, 20)
                model.save(here / "model")
                type(model).load(here / "model")
            left = [path.name for path in here.rglob("*") if path.is_file() and here / "model" not in path.parents]
        finally:
            os.chdir(before)
            tempfile.tempdir = home
    require(not out.getvalue(), f"it printed {out.getvalue()[:80]!r}")
    require(not left, f"it left {', '.join(left)}")


def read_only_rows(bench: Bench) -> None:
    """Rows in memory that must not be written to, as of a mapped file, are learned like any other."""
    table = mixed(120)
    frame = table.frame.copy()
    for name in frame:
        if isinstance(values := frame[name].to_numpy(), np.ndarray) and values.base is not None:
            values.setflags(write=False)
    one, two = (bench.draw(m, 30).frame for m in (bench.small, bench.fit(Table(frame, table.schema))))
    require(one.equals(two), "read-only rows give other rows")


def an_index_says_nothing(bench: Bench) -> None:
    """Labels of rows, repeated or out of order, change nothing."""
    table = mixed(120)
    odd = Table(table.frame.set_axis(np.arange(120)[::-1] // 2), table.schema)
    one, two = (bench.draw(m, 30).frame for m in (bench.small, bench.fit(odd)))
    require(one.equals(two), "the index of the frame changed the rows")


def notes_are_plain(bench: Bench) -> None:
    """What it notes is text, numbers and lists of them, and finite: a record has to hold it."""
    if not isinstance(bench.model, Noted):
        return
    notes = dict(bench.model.notes)
    try:
        kept = json.loads(json.dumps(notes, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"notes cannot be written down: {error}") from None
    require(set(kept) == set(notes), "names of notes have to be text")


CHECKS = (
    a_fit_can_be_stopped,
    models_are_apart,
    two_threads_at_once,
    says_nothing_and_leaves_no_files,
    read_only_rows,
    an_index_says_nothing,
    notes_are_plain,
)
