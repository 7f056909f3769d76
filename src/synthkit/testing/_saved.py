"""Saved models: equal after loading, also in another process; refused when altered; never code."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from synthkit.errors import ArtifactError
from synthkit.models import artifact
from synthkit.testing._bench import Bench
from synthkit.testing._run import refused, require

__all__ = ["CHECKS"]

_ELSEWHERE = """
import json
import sys
from functools import partial, reduce
from importlib import import_module
from pathlib import Path
from synthkit.testing._bench import Bench
from synthkit.testing._tables import mixed
model = reduce(getattr, sys.argv[2].split("."), import_module(sys.argv[1]))
fresh = partial(model, **json.loads(sys.argv[4]))
print(Bench.draw(model.load(Path(sys.argv[3])), 60).digest(), Bench(fresh).through(mixed(120), 60).digest())
"""


@contextmanager
def _saved(bench: Bench) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "a" / "model"
        bench.model.save(home)
        yield home


def loaded_equals_saved(bench: Bench) -> None:
    """A loaded model gives the same rows as the one that was saved, and saves the same again."""
    with _saved(bench) as home:
        loaded = type(bench.model).load(home)
        require(
            bench.draw(loaded, 200).frame.equals(bench.draw(bench.model, 200).frame),
            "a loaded model gives other rows than the saved one",
        )
        loaded.save(home.parent / "again")
        again = type(bench.model).load(home.parent / "again")
        require(bench.draw(again, 50).frame.equals(bench.draw(loaded, 50).frame), "saved a second time it differs")


def same_rows_in_a_fresh_process(bench: Bench) -> None:
    """Another process, with another hash seed, loads the same rows and fits to the same rows."""
    kind = type(bench.model)
    require(
        "<locals>" not in kind.__qualname__ and kind.__module__ != "__main__",
        "another process cannot import the class: define it at the top of a module, or skip this check",
    )
    given = getattr(bench.make, "keywords", {})  # of a functools.partial
    here = bench.draw(bench.model, 60).digest(), bench.draw(bench.small, 60).digest()
    with _saved(bench) as home:
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", _ELSEWHERE, kind.__module__, kind.__qualname__, str(home), json.dumps(given)],
            env={**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )
    require(done.returncode == 0, f"the other process failed: {done.stderr.strip().splitlines()[-1:]}")
    there = tuple(done.stdout.split()[-2:])
    require(there[0] == here[0], "a model loaded in another process gives other rows")
    require(there[1] == here[1], "a model fitted in another process with the same seed gives other rows")


def altered_files_are_refused(bench: Bench) -> None:
    """A file that is missing, cut or changed by one bit is an ArtifactError, and so is an empty folder."""
    load = type(bench.model).load
    with _saved(bench) as home:
        parts = sorted(p.relative_to(home) for p in home.rglob("*") if p.is_file())
        for part in parts:
            for how, change in (("missing", None), ("cut in half", _halved), ("changed by one bit", _flipped)):
                copy = home.parent / "copy"
                shutil.copytree(home, copy)
                content = (copy / part).read_bytes()
                (copy / part).unlink()
                if change:
                    (copy / part).write_bytes(change(content))
                refused(lambda at=copy: load(at), ArtifactError, f"loading with '{part}' {how}")  # type: ignore[misc]
                shutil.rmtree(copy)
        (home.parent / "empty").mkdir()
        refused(lambda: load(home.parent / "empty"), ArtifactError, "loading from an empty folder")
        refused(lambda: load(home.parent / "nowhere"), ArtifactError, "loading from no folder")


def another_model_is_refused(bench: Bench) -> None:
    """The files of another model are an ArtifactError."""
    with tempfile.TemporaryDirectory() as folder:
        artifact.save(Path(folder), "another_model", {}, {"x": np.zeros(1)})
        refused(lambda: type(bench.model).load(Path(folder)), ArtifactError, "loading another model's files")


def files_hold_no_code(bench: Bench) -> None:
    """No part of a saved model is a pickle, and arrays hold numbers only."""
    with _saved(bench) as home:
        files = [p for p in home.rglob("*") if p.is_file()]
        require(files, "save wrote no file")
        for path in files:
            for name, content in _parts(path):
                require(not (content[:1] == b"\x80" and content[1:2] in b"\x02\x03\x04\x05"), f"'{name}' is a pickle")
                if name.endswith(".npy"):
                    np.load(io.BytesIO(content), allow_pickle=False)  # refuses arrays of objects


def private_files_hold_no_real_words(bench: Bench) -> None:
    """No key, no free text and no rare category of the real rows stands in a saved model."""
    frame = bench.table.frame
    words = [*frame["key"], *frame["remark"].dropna(), "abbess", "bishop", "consul", "druid"]
    with _saved(bench) as home:
        held = b"\n".join(content for path in home.rglob("*") if path.is_file() for _, content in _parts(path))
    found = sum(word.encode() in held for word in words)
    require(not found, f"{found} of {len(words)} real keys, remarks or rare categories stand in the saved files")


def _parts(path: Path) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)
    else:
        yield path.name, path.read_bytes()


def _halved(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flipped(content: bytes) -> bytes:
    """One bit of the last letter or digit, so that a change of blanks alone is not asked to be seen."""
    tail = range(max(len(content) - 4000, 0), len(content))
    at = max((i for i in tail if 48 <= content[i] < 123), default=0)
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


CHECKS = (
    loaded_equals_saved,
    same_rows_in_a_fresh_process,
    altered_files_are_refused,
    another_model_is_refused,
    files_hold_no_code,
    private_files_hold_no_real_words,
)
