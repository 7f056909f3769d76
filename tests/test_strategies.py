"""Laws over any table: written and read again, encoded and decoded, taken from a dataframe and given back."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from synthkit.data.infer import infer_schema
from synthkit.data.io import from_table, read_table, to_table, write_table
from synthkit.data.schema import RARE, Schema
from synthkit.encode.encoder import Encoder
from synthkit.errors import MissingExtra
from synthkit.testing.strategies import frames, schemas, tables

LAW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
NEAR = (pd.Timestamp("1685-01-01").to_pydatetime(), pd.Timestamp("2254-12-01").to_pydatetime())


@LAW
@given(schema=schemas())
def test_schemas_survive_toml(schema):
    assert Schema.from_toml(schema.to_toml()) == schema


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz", ".parquet", ".feather"])
@LAW
@given(table=tables())
def test_what_is_written_is_read_again_to_the_last_cell(tmp_path, suffix, table):
    path = tmp_path / f"table{suffix}"
    write_table(table, path)
    assert read_table(path, schema=table.schema, constant="keep").digest() == table.digest()


@LAW
@given(table=tables(empty_words=True))
def test_parquet_tells_an_empty_word_from_none(tmp_path, table):
    write_table(table, tmp_path / "table.parquet")
    assert read_table(tmp_path / "table.parquet", schema=table.schema, constant="keep").digest() == table.digest()


@LAW
@given(table=tables(dates=NEAR, max_rows=40))
def test_decode_after_encode(table):
    """Numbers, dates and missing cells come back as they were, common words too, and no rare one does."""
    plain, arrays = Encoder.learn(table, np.random.default_rng(0)).to_state()
    encoder = Encoder.from_state(json.loads(json.dumps(plain)), arrays)
    back = encoder.decode(encoder.encode(table, np.random.default_rng(1)), np.random.default_rng(2), len(table))
    assert back.schema == table.schema
    for column in table.schema:
        before, after = table.frame[column.name], back.frame[column.name]
        assert (before.isna() == after.isna()).all()
        if column.is_number:
            assert after.equals(before)
        elif column.is_discrete:
            common = before.map(before.value_counts()) >= RARE
            assert (after[common] == before[common]).all()
            kept = column.kind == "boolean" or column.name == table.schema.target
            assert kept or not common.any() or set(after.dropna()) <= set(before[common])


@LAW
@given(frame=frames())
def test_a_dataframe_comes_back(frame):
    before = frame.copy(deep=True)
    table = to_table(frame, constant="keep")
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(from_table(table, like=frame), frame)
    assert infer_schema(frame).names == table.schema.names


def test_without_hypothesis_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis.strategies", None)
    for strategy in (schemas, tables, frames):
        with pytest.raises(MissingExtra, match="hypothesis"):
            strategy()
