"""In by the door and out by the window: what goes in comes out to the letter, and bad input is refused kindly."""

import csv
import gzip
import io
import os
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from synthkit.data.io import MIN_ROWS, read_frame, read_table, to_table, write_table
from synthkit.data.schema import Column, Schema
from synthkit.errors import ConfigError, OutputError, ReadError, SchemaError, UnknownName

REAL = Path(os.environ.get("SYNTHKIT_DATA", Path(__file__).parents[3] / "shared" / "data"))
SETS = {
    "credit_data": ("table", "Status"),
    "titanic": ("table", "Survived"),
    "telco_churn": ("table", "churn"),
    "german_credit": ("table", "class"),
    "insurance": ("table", "charges"),
    "diamonds": ("table", "price"),
    "adult": ("train", "income"),
    "lending_club_10k": ("table", "interest_rate"),
}


def rows_of(path: Path) -> list[list[str]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.reader(io.StringIO(data.decode().removeprefix("\ufeff"), newline="")))


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", SETS)
def test_real_tables_come_back_to_the_letter(name: str, tmp_path: Path) -> None:
    part, target = SETS[name]
    source = REAL / name / f"{part}.csv.gz"
    if not source.exists():
        pytest.skip("the real tables are not here")
    table = read_table(source, target=target)
    write_table(table, tmp_path / "back.csv.gz")
    assert rows_of(tmp_path / "back.csv.gz") == rows_of(source)
    assert Schema.from_toml(table.schema.to_toml()) == table.schema
    again = read_table(source, schema=table.schema)
    assert again.schema == table.schema
    assert again.digest() == table.digest()


def test_a_holdout_is_read_with_the_schema_of_the_training_rows() -> None:
    if not (REAL / "adult" / "test.csv.gz").exists():
        pytest.skip("the real tables are not here")
    train = read_table(REAL / "adult" / "train.csv.gz", target="income")
    assert len(read_table(REAL / "adult" / "test.csv.gz", schema=train.schema)) == 16_281


cell = st.one_of(
    st.sampled_from(
        ["", "NA", "None", "nan", "00123", " ", "a,b", 'say "hi"', "two\nlines", "cr\rcr", "\r\n", "?", "#", "é", "1"]
    ),
    st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=("Cs",)), max_size=8),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.integers(1, 3), st.sampled_from([".csv", ".tsv", ".csv.gz"]))
def test_any_words_survive_writing_and_reading(tmp_path: Path, data: st.DataObject, width: int, suffix: str) -> None:
    names = [f"c{i}" for i in range(width)]
    rows = data.draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=2, max_size=12))
    frame = pd.DataFrame(rows, columns=names, dtype=object).replace("", None)
    schema = Schema(tuple(Column(n, "categorical") for n in names))
    table = to_table(frame, schema=schema)
    path = tmp_path / f"t{suffix}"
    write_table(table, path)
    back = read_table(path, schema=schema)
    assert_frame_equal(back.frame, table.frame)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(st.just(""), st.decimals(-(10**9), 10**9, places=3).map(str)), min_size=2, max_size=30),
    st.lists(st.one_of(st.just("NA"), st.integers(-(2**63) + 1, 2**63 - 1).map(str)), min_size=30, max_size=30),
)
def test_any_numbers_survive_reading_and_writing(tmp_path: Path, prices: list[str], counts: list[str]) -> None:
    path = write(
        tmp_path / "t.csv", "price,count\n" + "".join(f"{p},{c}\n" for p, c in zip(prices, counts, strict=False))
    )
    table = read_table(path, constant="keep")
    write_table(table, tmp_path / "back.csv")
    before, after = rows_of(path), rows_of(tmp_path / "back.csv")
    assert [r[1] for r in after] == [r[1] for r in before]
    if table.schema["price"].kind != "integer":
        assert [r[0] for r in after] == [r[0] for r in before]


def test_words_are_kept_as_they_are_in_the_file(tmp_path: Path) -> None:
    lines = ["zip,grade,note,when,pay"]
    lines += [
        f"{i % 30:05d},{'NA' if i % 3 else 'None'},{'' if i % 4 else 'x'},0{1 + i % 9}.02.2021,{i}.50"
        for i in range(60)
    ]
    path = write(tmp_path / "t.csv", "\ufeff" + "\n".join(lines) + "\n")
    table = read_table(path)
    assert {c.name: c.kind for c in table.schema}["grade"] == "boolean" or set(table.frame["grade"]) == {"NA", "None"}
    assert table.frame["zip"][1] == "00001"
    assert table.frame["note"].isna().sum() == 45
    write_table(table, tmp_path / "back.csv")
    assert rows_of(tmp_path / "back.csv") == [line.split(",") for line in lines]


@pytest.mark.parametrize(
    ("suffix", "sign"), [(".csv", ";"), (".txt", "|"), (".csv", "\t"), (".tsv", "\t"), (".csv", ",")]
)
def test_the_delimiter_is_found(tmp_path: Path, suffix: str, sign: str) -> None:
    path = write(tmp_path / f"t{suffix}", f"a{sign}b\n1{sign}x,y\n2{sign}z\n" if sign != "," else "a,b\n1,x;y\n2,z\n")
    assert read_frame(path).names == ("a", "b")


BAD = {
    "empty": ("t.csv", "", "is empty", "header"),
    "blank": ("t.csv", "\n\n \n", "is empty", "header"),
    "header_only": ("t.csv", "a,b\n", "holds a header and no rows", f"at least {MIN_ROWS}"),
    "one_row": ("t.csv", "a,b\n1,2\n", "holds 1 row", f"at least {MIN_ROWS}"),
    "double_names": ("t.csv", "a,b,a\n1,2,3\n4,5,6\n", "more than one column named 'a'", "name of its own"),
    "no_name": ("t.csv", ",b\n1,2\n4,5\n", "column 1 has no name", "header line"),
    "long_line": ("t.csv", 'a,b\n"x\ny",2\n1,2,3\n', "ragged: line 4 has 3 fields where the header has 2", "quotes"),
    "short_line": (
        "t.csv",
        "a,b\n1,2\n\n1\n3,4\n5\n",
        "ragged: line 4 has 1 field where the header has 2, and",
        "quotes",
    ),
    "open_quote": (
        "t.csv",
        'a,b\n1,2\n"1,2\n3,4\n',
        "opened in record 3 (the header is 1) is never closed",
        "close it",
    ),
    "encoding": ("t.csv", "a,b\n1,2\né,3\n".encode("latin-1"), "byte 8 (line 3)", "--encoding latin-1"),
    "utf16": ("t.csv", "a,b\n1,2\n3,4\n".encode("utf-16"), "UTF-16", "--encoding utf-16"),
    "rubbish": ("t.csv", b"PAR1\x00\x00\xff\xfe\x80", "does not hold text", "suffix"),
    "not_gzip": ("t.csv.gz", "a,b\n1,2\n", "not a whole gzip file", ".gz"),
    "not_parquet": ("t.parquet", "a,b\n1,2\n", "cannot be read as parquet", "suffix"),
    "not_feather": ("t.feather", "a,b\n1,2\n", "cannot be read as feather", "suffix"),
    "suffix": ("t.xlsx", "a,b\n", "what kind of file", ".csv"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_what_and_where_and_a_remedy(case: str, tmp_path: Path) -> None:
    name, content, message, hint = BAD[case]
    with pytest.raises(ReadError) as caught:
        read_table(write(tmp_path / name, content))
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "credit.csv", "a,b\n1,2\n3,4\n")
    with pytest.raises(ReadError, match=r"did you mean 'credit\.csv'"):
        read_table(tmp_path / "credti.csv")
    with pytest.raises(ReadError, match="no file"):
        read_table(tmp_path / "nowhere" / "credit.csv")
    with pytest.raises(ReadError, match="is a folder"):
        read_table(tmp_path)
    with pytest.raises(ReadError, match="no encoding 'klingon'"):
        read_table(tmp_path / "credit.csv", encoding="klingon")


def test_latin_1_is_read_when_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "a,b\né,2\nx,3\n".encode("latin-1"))
    assert read_table(path, encoding="latin-1").frame["a"].tolist() == ["é", "x"]


def test_columns_that_say_nothing_are_named_together(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "x,void,same one,y\n" + "".join(f"{i % 7},,1,{i % 3}\n" for i in range(20)))
    with pytest.raises(SchemaError) as caught:
        read_table(path)
    assert "column 'void' holds no value at all and column 'same one' holds one single value" in caught.value.message
    assert caught.value.hint == "leave them out with --drop void --drop 'same one', or keep them with --constant keep"
    assert read_table(path, constant="drop").schema.names == ("x", "y")
    assert read_table(path, drop=["void", "same one"]).schema.names == ("x", "y")
    kept = read_table(path, constant="keep")
    assert kept.schema.names == ("x", "void", "same one", "y")
    write_table(kept, tmp_path / "back.csv")
    assert rows_of(tmp_path / "back.csv") == rows_of(path)
    with pytest.raises(SchemaError, match="target 'same one' holds one class only"):
        read_table(path, target="same one", constant="drop")
    with pytest.raises(UnknownName, match="did you mean 'void'"):
        read_table(path, drop=["viod"])
    with pytest.raises(UnknownName, match="did you mean 'same one'"):
        read_table(path, target="same_one", drop=["void"])


def test_a_target_of_one_class_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "x,y\n" + "".join(f"{i},good\n" for i in range(20)))
    with pytest.raises(SchemaError, match="target 'y' holds one class only"):
        read_table(path, target="y")
    schema = read_table(path, constant="keep").schema
    with pytest.raises(SchemaError, match="target 'y' holds one class only"):
        read_table(path, schema=schema, target="y")
    assert len(read_table(path, schema=schema.with_roles(target="y"))) == 20  # a small holdout may hold one class
    with pytest.raises(ConfigError, match="constant='never'"):
        read_table(path, constant="never")


SCHEMA = Schema((Column("age", "integer"), Column("city", "categorical"), Column("day", "datetime", format="%Y-%m-%d")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age,city\n1,x\n2,y\n", "lack column 'day'"),
        ("age,city,day,extra\n1,x,2021-01-01,0\n2,y,2021-01-01,0\n", "have column 'extra' that the schema has not"),
        ("age,city,day\n1,x,2021-01-01\n2.5,y,2021-01-01\n", "column 'age' is integer in the schema but 1 of 2 values"),
        ("age,city,day\n1,x,2021-01-01\n2,y,01/02/2021\n", "values are not dates written '%Y-%m-%d' (first at row 2)"),
        ("age,city,day\ninf,x,2021-01-01\n2,y,2021-01-01\n", "holds 1 infinite values"),
    ],
)
def test_what_contradicts_a_schema_is_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        read_table(write(tmp_path / "t.csv", text), schema=SCHEMA)
    assert message in caught.value.message
    assert caught.value.hint


def test_a_schema_takes_new_words_and_new_missing_cells_in_any_column_order(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "day,city,age\n2021-01-01,new,NA\n,,-5\n")
    table = read_table(path, schema=SCHEMA)
    assert table.schema.names == SCHEMA.names
    assert [c.nullable for c in table.schema] == [True, True, True]
    assert table.frame["age"].isna().tolist() == [True, False]


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_binary_files_keep_types_and_say_that_they_are_synthetic(
    suffix: str, tmp_path: Path, mixed: pd.DataFrame
) -> None:
    table = to_table(mixed)
    path = tmp_path / f"t{suffix}"
    write_table(table, path, synthetic=True)
    schema = pa.parquet.read_schema(path) if suffix == ".parquet" else pa.ipc.open_file(path).schema
    assert schema.metadata[b"synthkit"] == b'{"synthetic": true}'
    back = read_table(path, schema=table.schema)
    assert back.digest() == table.digest()
    assert [c.kind for c in read_table(path).schema] == [c.kind for c in table.schema]


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    table = to_table(pd.DataFrame({"a": [1, 2]}))
    with pytest.raises(ConfigError, match="what kind of file to write"):
        write_table(table, tmp_path / "t.xlsx")
    write(tmp_path / "file", "")
    with pytest.raises(OutputError):
        write_table(table, tmp_path / "file" / "t.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_same_table_gives_the_same_bytes(tmp_path: Path, mixed: pd.DataFrame) -> None:
    table = to_table(mixed)
    for name in ("a.csv.gz", "b.csv.gz"):
        write_table(table, tmp_path / name)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


def test_a_parquet_file_comes_back_in_its_own_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "n": pa.array([1, None, 3, 1], pa.int16()),
            "x": pa.array([0.5, None, 1.25, 2], pa.float32()),
            "flag": [True, None, False, True],
            "day": pa.array([date(2021, 1, 1), None, date(2021, 1, 3), date(2021, 1, 3)], pa.date32()),
            "at": pa.array([1, 2, None, 4], pa.timestamp("ms", "Europe/Berlin")),
            "cat": pa.array(["a", None, "b", "a"]).dictionary_encode(),
            "bit": pa.array([0, 1, None, 0], pa.int64()),
            "word": ["x", "", None, "NA"],
        }
    )
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    write_table(read_table(tmp_path / "t.parquet"), tmp_path / "back.parquet")
    back = pa.parquet.read_table(tmp_path / "back.parquet")
    assert back.schema.equals(table.schema, check_metadata=False)
    assert back.to_pylist() == table.to_pylist()
