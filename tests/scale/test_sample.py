"""Rows in parts: the same bytes whoever makes them, kept when run again, keys unique over all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

import synthkit as sk
from synthkit.data import io as door
from synthkit.data.table import Table
from synthkit.errors import ConfigError, OutputError, UnknownName
from synthkit.files import digests
from synthkit.models import registry
from synthkit.models.base import Coding
from synthkit.scale import sample as room
from synthkit.scale.folder import Folder
from synthkit.scale.work import _opened

ROWS, PART = 5_000, 1_200


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 600
    frame = pd.DataFrame(
        {
            "key": [
                f"{a}-{k:06d}" for a, k in zip(rng.choice(["KL", "PS"], n), rng.permutation(10**6)[:n], strict=True)
            ],
            "number": np.arange(1, n + 1).astype(str),
            "note": ["seen " + "".join(rng.choice(list("abcdefgh"), 6)) for _ in range(n)],
            "size": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n).round(2)),
            "age": rng.integers(18, 90, n),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), "D"),
            "member": rng.random(n) < 0.3,
            "city": np.where(rng.random(n) < 0.1, None, rng.choice(["Bonn", "Ulm", "Trier"], n)),
            "grade": pd.Categorical(rng.choice(["low", "mid", "top"], n)),
        }
    )
    found = door.to_table(frame, target="city")
    assert [c.kind for c in found.schema][:3] == ["id", "id", "text"]
    return found


@pytest.fixture(scope="module")
def home(table, tmp_path_factory):
    """A folder with saved models of the table."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("marginals", "trees"):
        registry.get(name)().fit(table, rng=np.random.default_rng(0)).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def whole(home, tmp_path_factory):
    """All parts of trees as one process of ours makes them."""
    out = tmp_path_factory.mktemp("whole")
    done = sk.sample(home / "trees", rows=ROWS, out=out, part_rows=PART, workers=1, seed=3)
    assert (done.parts, done.kept, done.made, done.workers) == (5, 0, ROWS, 1)
    return out


def read(out: Path) -> pd.DataFrame:
    return pd.concat([parquet.read_table(path).to_pandas() for path in sorted(out.glob("part-*"))], ignore_index=True)


@pytest.mark.parametrize(
    ("engine", "workers", "where"),
    [
        ("local", 2, "{}"), ("local", 1, "file://{}"), ("dask", 2, "{}"),
        pytest.param("ray", 2, "{}", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_whoever_makes_them_the_parts_are_the_same(home, whole, tmp_path, engine, workers, where):
    out = tmp_path / "out"
    told = []
    sk.sample(
        str(home / "trees"), rows=ROWS, out=where.format(out), part_rows=PART, seed=3, engine=engine, workers=workers,
        progress=lambda stage, done, note="": told.append(done),
    )  # fmt: skip
    assert digests(out) == digests(whole)
    assert told == sorted(told) and told[-1] == 1.0
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=out, check=False).returncode == 0


def test_a_store_of_objects_holds_the_same(home, whole):
    sk.sample(home / "trees", rows=ROWS, out="memory://there/out", part_rows=PART, seed=3, workers=1)
    store = fsspec.filesystem("memory")
    assert {Path(name).name for name in store.ls("/there/out", detail=False)} == {path.name for path in whole.iterdir()}
    assert all(store.cat(f"/there/out/{path.name}") == path.read_bytes() for path in whole.iterdir())
    store.rm("/there/out/part-00002.parquet")
    again = sk.sample(home / "trees", rows=ROWS, out="memory://there/out", part_rows=PART, seed=3, workers=1)
    assert again.kept == 4 and store.cat("/there/out/part-00002.parquet") == (whole / "part-00002.parquet").read_bytes()
    with pytest.raises(ConfigError, match="lost with them"):
        sk.sample(home / "trees", rows=ROWS, out="memory://there/two", part_rows=PART, workers=2)


def test_a_part_says_that_it_is_synthetic_and_looks_as_a_table_of_its_own(home, whole, table, tmp_path):
    model = registry.opened(home / "trees")
    door.write_table(model.sample(50, rng=np.random.default_rng(0)), tmp_path / "x.parquet", synthetic=True)
    one, other = (parquet.read_schema(path) for path in (tmp_path / "x.parquet", whole / "part-00001.parquet"))
    assert one.equals(other, check_metadata=True)
    assert json.loads(other.metadata[b"synthkit"]) == {"synthetic": True}
    rows = read(whole)
    assert len(rows) == ROWS and set(rows.city.dropna()) == {"Bonn", "Ulm", "Trier"} and rows.city.isna().any()
    assert rows.member.dtype == bool and rows.age.dtype == np.int64 and rows.note.str.startswith("seen ").all()


def test_keys_are_unique_over_all_parts_and_none_is_real(whole, table):
    rows = read(whole)
    assert rows.key.is_unique and rows.key.str.fullmatch(r"(KL|PS)-\d{6}").all()
    assert not set(rows.key) & set(table.frame.key)
    assert rows.number.astype(int).tolist() == list(range(1201, 1201 + ROWS))


def test_run_again_it_makes_what_is_missing_or_damaged_alone(home, whole, tmp_path):
    out = tmp_path / "out"
    sk.sample(home / "trees", rows=ROWS, out=out, part_rows=PART, workers=1, seed=3)
    (out / "part-00003.parquet").unlink()
    damaged = bytearray((out / "part-00001.parquet").read_bytes())
    damaged[300] ^= 1
    (out / "part-00001.parquet").write_bytes(damaged)
    (out / "part-00000.parquet").write_bytes(damaged[:100])
    again = sk.sample(home / "trees", rows=ROWS, out=out, part_rows=PART, workers=1, seed=3)
    assert (again.kept, again.made) == (2, 3 * PART) and digests(out) == digests(whole)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows": ROWS + 1}, "rows: 5000 there, 5001 asked for"), ({"seed": 4}, "seed: 3 there"),
        ({"part_rows": 999}, "part rows: 1200 there"), ({"where": {"city": "Ulm"}}, "its where is not the same"),
        ({"model": "marginals"}, "its model is not the same"),
    ],
)  # fmt: skip
def test_another_plan_in_the_folder_is_refused(home, whole, change, words):
    before = digests(whole)
    asked = {"model": "trees", "rows": ROWS, "part_rows": PART, "seed": 3} | change
    with pytest.raises(ConfigError, match=words):
        sk.sample(home / asked.pop("model"), out=whole, workers=1, **asked)
    assert digests(whole) == before


def test_parts_without_a_plan_and_workers_of_another_version_are_refused(home, tmp_path, monkeypatch):
    (tmp_path / "part-00000.parquet").write_bytes(b"mine")
    with pytest.raises(ConfigError, match="parts without a plan"):
        sk.sample(home / "trees", rows=10, out=tmp_path)
    monkeypatch.setattr(room, "versions", lambda: {**room.Work.__annotations__, "synthkit": "0.0.1"})
    with pytest.raises(ConfigError, match=r"a worker has synthkit .*, and the plan was begun with 0\.0\.1"):
        sk.sample(home / "trees", rows=10, out=tmp_path / "other", workers=1)


def test_shares_are_exact_over_all_parts_and_what_is_held_is_held(home, tmp_path):
    sk.sample(home / "trees", rows=1_001, out=tmp_path, part_rows=300, workers=1, where={"member": "True"},
              balance="city=Bonn:1,Ulm:3")  # fmt: skip
    rows = read(tmp_path)
    assert rows.city.value_counts().to_dict() == {"Ulm": 751, "Bonn": 250}
    assert rows.member.all() and rows.key.is_unique
    each = [parquet.read_table(path).to_pandas().city.eq("Bonn").mean() for path in tmp_path.glob("part-*")]
    assert max(each) < 0.4 and min(each) > 0.1  # shuffled over the parts
    for asked, error in (({"balance": "city=Rom:1"}, UnknownName), ({"where": {"towm": "x"}}, UnknownName),
                         ({"balance": "member", "where": {"member": "True"}}, ConfigError)):  # fmt: skip
        with pytest.raises(error):
            sk.sample(home / "trees", rows=9, out=tmp_path / "no", workers=1, **asked)
    assert not (tmp_path / "no").exists()
    with pytest.raises(ConfigError, match="'marginals' cannot hold columns"):
        sk.sample(home / "marginals", rows=9, out=tmp_path / "no", where={"city": "Ulm"})


@pytest.mark.parametrize("name", registry.names())
def test_every_model_of_ours_gives_codes_that_are_its_rows(name):
    assert issubclass(registry.get(name), Coding)


def test_a_model_without_codes_makes_parts_of_tables_without_keys(home, table, tmp_path, monkeypatch):
    class Plain:
        def __init__(self, columns):
            self.columns = columns

        def sample(self, n, *, rng):
            rows = table.subsample(n, rng)
            return rows if self.columns is None else Table(rows.frame[self.columns], self.schema)

        @property
        def schema(self):
            return table.schema.without(set(table.schema.names) - set(self.columns))

    monkeypatch.setattr(registry, "opened", lambda folder: Plain(["age", "city"]))
    _opened.cache_clear()
    sk.sample(home / "trees", rows=500, out=tmp_path / "a", part_rows=300, workers=1)
    assert read(tmp_path / "a").columns.tolist() == ["age", "city"]
    monkeypatch.setattr(registry, "opened", lambda folder: Plain(None))
    _opened.cache_clear()
    with pytest.raises(ConfigError, match="cannot make keys unique over parts: column 'key'"):
        sk.sample(home / "trees", rows=500, out=tmp_path / "b", workers=1)
    _opened.cache_clear()


def test_an_address_that_cannot_be_written_to_is_said_without_its_secret(home, tmp_path):
    with pytest.raises(ConfigError, match="needs a package") as caught:
        sk.sample(home / "trees", rows=9, out="abfs://me:secret@host/x", workers=1)
    assert "secret" not in str(caught.value)
    with pytest.raises(ConfigError, match="no address"):
        Folder.of("nothing://x").names()
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        sk.sample(home / "trees", rows=9, out=tmp_path / "file" / "out", workers=1)


def test_memory_stays_the_same_however_many_rows(home, tmp_path):
    code = """if True:
        import resource, sys
        import synthkit as sk
        for rows in (150_000, 900_000):
            sk.sample(sys.argv[1], rows=rows, out=f"{sys.argv[2]}/{rows}", part_rows=150_000, workers=1)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    """
    frame = pd.DataFrame({f"x{k}": np.random.default_rng(k).normal(size=400) for k in range(6)})
    registry.get("marginals")().fit(door.to_table(frame), rng=np.random.default_rng(0)).save(tmp_path / "model")
    words = [sys.executable, "-c", code, str(tmp_path / "model"), str(tmp_path)]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True, env={**os.environ, "MALLOC_ARENA_MAX": "1"}
    )
    few, many = map(int, done.stdout.split())
    assert many - few < 25, f"{few} MB for one part, {many} MB for six: the rows alone take 43 MB more"
