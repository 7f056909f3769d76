"""Readers on files of any bytes: a table or one typed error, never anything else."""

from __future__ import annotations

import gzip
import io
import json
from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from synthkit import pipeline
from synthkit.config import PipelineConfig
from synthkit.data.io import read_table, to_table, write_table
from synthkit.data.schema import Schema
from synthkit.errors import SynthkitError
from synthkit.private.domain import Domain

FUZZ = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FRAME = pd.DataFrame({"n": [1, 2, 3, 4] * 5, "word": ["a", "b", "c, d", 'e"f'] * 5, "x": [0.5, 1.25, -3.0, 7.0] * 5})
ODD = ["", "0", "00", "1e400", "-1e999", "nan", "inf", "1,5", "2021-02-30", '"', "\x00", "\ufeff"]
CELLS = st.one_of(
    st.text(max_size=6), st.sampled_from(ODD),
    st.integers().map(str), st.floats().map(str), st.dates().map(str),
)  # fmt: skip


def read(path) -> None:
    try:
        table = read_table(path, constant="keep")
    except SynthkitError:
        return
    assert table.frame.shape == (len(table), len(table.schema))
    write_table(table, path.with_name("again.csv"))


@FUZZ
@given(content=st.binary(max_size=300))
@example(content=b"a,b\n1,2\n\xff\xfe3,4\n")
@example(content=b"\xff\xfea\x00,\x00b\x00")
@example(content=b"a\n" + b"1\n" * 9 + b'"')
def test_text_of_any_bytes(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    read(path)


@FUZZ
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=12), sign=st.sampled_from(",;\t|"))
def test_text_of_any_cells(tmp_path, rows, sign):
    path = tmp_path / "any.csv"
    path.write_text("\n".join(sign.join(row) for row in rows), encoding="utf-8", errors="replace")
    read(path)


def _packed(suffix: str) -> bytes:
    held = io.BytesIO()
    if suffix == ".csv.gz":
        return gzip.compress(FRAME.to_csv(index=False).encode(), mtime=0)
    (FRAME.to_parquet if suffix == ".parquet" else FRAME.to_feather)(held)
    return held.getvalue()


@pytest.mark.parametrize("suffix", [".csv.gz", ".parquet", ".feather"])
@FUZZ
@given(data=st.data())
def test_packed_files_with_damage_anywhere(tmp_path, suffix, data):
    content = bytearray(_packed(suffix))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    path = tmp_path / f"any{suffix}"
    path.write_bytes(bytes(content))
    read(path)


TOMLS = {
    "schema": (to_table(FRAME).schema.to_toml(), Schema.read),
    "pipeline": ('[data]\nsource = "a.csv"\n[ladder]\nmodels = ["trees"]\n[run]\nseed = 3\n', PipelineConfig.read),
    "domain": ('[[column]]\nname = "x"\nkind = "numeric"\nlow = 0\nhigh = 1\nbins = 4\n', Domain.read),
}  # fmt: skip
VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=4
)


@pytest.mark.parametrize("kind", TOMLS)
@FUZZ
@given(data=st.data())
def test_settings_with_damage_anywhere(tmp_path, kind, data):
    """Lines left out, and values of another type."""
    text, opened = TOMLS[kind]
    lines = text.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    if data.draw(st.booleans()) or "=" not in lines[at]:
        lines[at] = data.draw(st.text(max_size=8))
    else:
        lines[at] = f"{lines[at].partition('=')[0]}= {json.dumps(data.draw(VALUES))}"
    path = tmp_path / "any.toml"
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    with suppress(SynthkitError):
        opened(path)


OBJECTS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.dates(), st.datetimes(),
    st.binary(max_size=2), st.complex_numbers(), st.timedeltas(), st.decimals(),
)  # fmt: skip


@FUZZ
@given(frame=st.lists(st.lists(OBJECTS, min_size=2, max_size=6), min_size=1, max_size=3))
def test_frames_of_any_objects(frame):
    rows = min(map(len, frame))
    made = pd.DataFrame({f"c{at}": pd.Series(cells[:rows], dtype=object) for at, cells in enumerate(frame)})
    try:
        table = pipeline.read(made, constant="keep")
    except SynthkitError:
        return
    assert len(table) == rows
