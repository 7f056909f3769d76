"""Many files as one table: the rows drawn depend on nothing but the seed, and what is known of the whole is true."""

from __future__ import annotations

import csv
import io
import math
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from synthkit.data import margins, stream, tally
from synthkit.data.io import read_frame, read_table
from synthkit.data.margins import balanced, error
from synthkit.data.reader import opened
from synthkit.data.reservoir import Reservoir, by_place, by_value
from synthkit.data.stream import draw, guess
from synthkit.errors import ConfigError, InputError, ReadError, SchemaError, UnknownName

SCHEMA = pa.schema([("n", pa.int64())])


def reservoir_of(parts: list[np.ndarray], size: int, seed: int, batch: int, order: list[int]) -> tuple[list[int], list]:
    kept = Reservoir(size, SCHEMA)
    for part in order:
        for start in range(0, len(parts[part]), batch):
            rows = parts[part][start : start + batch]
            some = pa.RecordBatch.from_arrays([pa.array(rows)], schema=SCHEMA)
            kept.add(some, by_place(seed, part, start, len(rows)), part, start)
    table, priority = kept.rows()
    return table.column("n").to_pylist(), priority.tolist()


@given(st.lists(st.integers(0, 60), min_size=1, max_size=5), st.integers(1, 40), st.integers(1, 50), st.data())
def test_the_rows_drawn_do_not_depend_on_batches_or_on_the_order_of_parts(
    lengths: list[int], size: int, batch: int, data: st.DataObject
) -> None:
    ends = np.cumsum([0, *lengths])
    parts = [np.arange(a, b) for a, b in pairwise(ends)]
    order = data.draw(st.permutations(range(len(parts))))
    plain = reservoir_of(parts, size, 3, 10_000, list(range(len(parts))))
    assert reservoir_of(parts, size, 3, batch, order) == plain
    assert len(plain[0]) == min(size, ends[-1]) and plain[0] == sorted(set(plain[0]))
    fewer = reservoir_of(parts, max(size // 2, 1), 3, batch, order)[0]
    assert set(fewer) <= set(plain[0])  # a smaller sample is a part of a larger one


def test_every_row_and_every_pair_of_neighbours_is_equally_likely() -> None:
    parts, size, runs = [np.arange(150), np.arange(150, 200)], 40, 3_000
    held = np.zeros((runs, 200), bool)
    for seed in range(runs):
        held[seed, reservoir_of(parts, size, seed, 64, [0, 1])[0]] = True
    share = size / 200
    once = (held.sum(0) - runs * share) / math.sqrt(runs * share * (1 - share))
    # the sum is fixed, so that squares are those of 199 free ones, a little inflated
    assert 0.001 < stats.chi2.sf((once**2).sum() * 199 / 200, 199) < 0.999
    both = share * (size - 1) / 199
    pairs = ((held[:, 1:] & held[:, :-1]).sum(0) - runs * both) / math.sqrt(runs * both * (1 - both))
    assert stats.norm.sf(abs(pairs.mean()) * math.sqrt(len(pairs))) > 0.001 and np.abs(pairs).max() < 4.5


def test_rows_of_one_entity_are_drawn_together() -> None:
    who = np.repeat(np.arange(300), 4)
    kept = Reservoir(100, SCHEMA)
    for start in range(0, 1200, 70):
        rows = pa.array(who[start : start + 70])
        kept.add(pa.RecordBatch.from_arrays([rows], schema=SCHEMA), by_value(5, rows), 0, start)
    found = pd.Series(kept.rows()[0].column("n").to_pylist()).value_counts()
    assert set(found) == {4} and len(found) == 25


cells = st.lists(st.one_of(st.none(), st.integers(-40, 40)), max_size=120)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(cells, min_size=1, max_size=4), st.sampled_from(["int", "float", "word", "code"]), st.booleans())
def test_tallies_of_parts_add_up_to_that_of_the_whole(
    monkeypatch: pytest.MonkeyPatch, parts: list[list], kind: str, backwards: bool
) -> None:
    monkeypatch.setattr(tally, "KEPT", 16)

    def of(values: list) -> pa.Array:
        if kind in ("int", "float"):
            return pa.array(values, pa.int64() if kind == "int" else pa.float64())
        words = pa.array([None if v is None else f"w{v}" for v in values], pa.string())
        return words.dictionary_encode() if kind == "code" else words

    both = [v for part in parts for v in part]
    whole = tally.tally(of(both))
    several = [tally.tally(of(part)) for part in (reversed(parts) if backwards else parts)]
    found = sum(several[1:], several[0])
    assert (found.rows, found.missing, found.words) == (whole.rows, whole.missing, whole.words)
    assert found.below == whole.below and found.counts.tolist() == whole.counts.tolist()
    truth = pd.Series([v for v in both if v is not None], dtype=object).map(lambda v: f"w{v}").value_counts()
    seen = [w if w.startswith("w") else f"w{float(w):.0f}".replace("-0", "0") for w in found.words]
    assert [truth[w] for w in seen] == found.counts.tolist()  # the counts of those kept are exact
    assert found.complete == (len(truth) <= 16) and len(found.words) == min(len(truth), 16)


def test_many_distinct_values_are_counted_to_a_percent_or_two() -> None:
    values = np.repeat(np.arange(120_000) * 7, 2)
    found = sum((tally.tally(pa.array(part)) for part in np.array_split(values, 5)), tally.tally(pa.array([7])))
    assert not found.complete and abs(found.distinct / 120_000 - 1) < 0.03
    assert found.repeated and set(found.counts.tolist()) <= {2, 3}


def frame(n: int = 600, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(n) + 1000,
            "age": rng.integers(18, 90, n),
            "pay": np.where(rng.random(n) < 0.1, np.nan, rng.normal(50, 9, n).round(2)),
            "job": rng.choice(["clerk", "cook", None], n, p=[0.5, 0.4, 0.1]),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "ok": rng.random(n) < 0.3,
        }
    )


def spread(whole: pd.DataFrame, folder: Path, suffix: str, cuts: tuple[int, ...] = (250, 251)) -> Path:
    folder.mkdir(exist_ok=True)
    ends = [0, *cuts, len(whole)]
    for at, (a, b) in enumerate(pairwise(ends)):
        save(whole.iloc[a:b], folder / f"part-{at}{suffix}")
    return folder


def save(rows: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        rows.to_parquet(path, index=False)
    elif path.suffix == ".feather":
        rows.reset_index(drop=True).to_feather(path)
    else:
        rows.to_csv(path, index=False)


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".csv", ".csv.gz"])
def test_a_folder_that_fits_is_the_table_of_one_file(tmp_path: Path, suffix: str) -> None:
    whole = frame()
    save(whole, tmp_path / f"whole{suffix}")
    folder = spread(whole, tmp_path / "parts", suffix)
    (folder / "_SUCCESS").write_text("")
    (folder / "notes.md").write_text("not a part")
    one = read_table(tmp_path / f"whole{suffix}", target="ok")
    for source in (folder, f"{folder}/*", f"file://{folder}/part-?{suffix}"):
        many = draw(source, target="ok")
        assert many.whole and len(many.parts) == 3
        assert many.table.schema == one.schema and many.table.digest() == one.digest()


words = st.one_of(
    st.sampled_from(["", "NA", "00123", " ", "a,b", 'say "hi"', "two\nlines", "\r\n", "#", "é", "1", "1.50"]),
    st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=("Cs",)), max_size=6),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.integers(1, 3))
def test_words_of_text_are_read_to_the_letter(tmp_path: Path, data: st.DataObject, width: int) -> None:
    rows = data.draw(st.lists(st.lists(words, min_size=width, max_size=width), min_size=2, max_size=6))
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([[f"c{i}" for i in range(width)], *rows])
    path = tmp_path / "a.csv"
    path.write_bytes(text.getvalue().encode())
    one, reader = read_frame(path), opened(path)
    many = reader.raw(pa.Table.from_batches([batch for _, _, batch in reader.batches(one.names)]))
    for a, b in zip(one.columns, many.columns, strict=True):
        assert list(a.words) == list(b.words) and a.codes.tolist() == b.codes.tolist()


def kinds_of_columns(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "levels": pd.Categorical([f"l{i}" for i in rng.integers(0, 300, n)]),
            "ordered": pd.Categorical(rng.choice(["lo", "hi"], n), categories=["lo", "hi"], ordered=True),
            "exact": [Decimal(int(v)) / 100 for v in rng.integers(0, 9_999, n)],
            "zoned": pd.date_range("2024-01-01", periods=n, freq="h", tz="Europe/Berlin"),
            "date": [date(2024, 1, 1) + timedelta(int(i)) for i in rng.integers(0, 300, n)],
            "truth": pd.array(rng.choice([True, False, None], n), dtype="boolean"),
            "small": rng.integers(0, 200, n).astype("uint8"),
            "single": rng.normal(0, 1, n).round(2).astype("float32"),
            "beyond": rng.integers(2**60, 2**61, n),
            "gaps": pd.array(np.where(rng.random(n) < 0.1, None, rng.integers(0, 9, n)), dtype="Int64"),
            "text": [f"some long words {i} and more" for i in rng.integers(0, 2_000, n)],
            "numbers": [f"{v:.2f}" for v in rng.normal(0, 5, n)],
            "code": [f"AB-{i:06}" for i in range(n)],
            "days": [f"{2000 + i % 20}-0{1 + i % 9}-1{i % 9}" for i in range(n)],
        }
    )


@pytest.mark.parametrize("by", ["pandas", "polars"])
def test_columns_of_every_type_are_those_of_one_file(tmp_path: Path, by: str) -> None:
    whole, folder = kinds_of_columns(2_000), tmp_path / "p"
    folder.mkdir()
    for name, rows in (("whole.parquet", whole), ("p/0.parquet", whole[:700]), ("p/1.parquet", whole[700:])):
        if by == "pandas":
            rows.to_parquet(tmp_path / name, index=False)
        else:
            pl.from_pandas(rows).write_parquet(tmp_path / name)
    one, many, some = read_table(tmp_path / "whole.parquet"), draw(folder), draw(folder, most=300)
    assert many.table.schema == one.schema and many.table.digest() == one.digest()
    for a, b in zip(some.table.schema, one.schema, strict=True):
        assert (a.name, a.kind, a.dtype, a.format) == (b.name, b.kind, b.dtype, b.format)
    assert {m.name: m.counts.sum() for m in some.margins} == dict.fromkeys(
        [c.name for c in one.schema if c.name not in ("text", "code")], 2_000
    )
    frame = one.frame.astype(str).agg("|".join, axis=1)
    assert set(some.table.frame.astype(str).agg("|".join, axis=1)) <= set(frame)


def test_remote_files_are_read_by_their_url(tmp_path: Path) -> None:
    whole, files = frame(), fsspec.filesystem("memory")
    folder = spread(whole, tmp_path / "parts", ".parquet")
    for path in folder.iterdir():
        files.pipe(f"/bucket/{path.name}", path.read_bytes())
    files.pipe("/lone.csv", b"a,b\n1,x\n2,y\n3,x\n")
    assert draw("memory://bucket").table.digest() == draw(folder).table.digest()
    assert draw("memory://bucket/part-0*").rows == 250
    assert draw("memory://lone.csv").table.frame["a"].tolist() == [1, 2, 3]


# --- a sample, and what the rest of the rows say ---


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_what_only_other_rows_hold_is_known(tmp_path: Path, suffix: str) -> None:
    n = 4_000
    rng = np.random.default_rng(1)
    whole = pd.DataFrame(
        {
            "key": np.arange(n), "double": np.arange(n), "level": rng.integers(0, 2, n), "same": "a",
            "amount": rng.integers(0, 3_000, n).astype(float), "gap": rng.normal(0, 1, n).round(3),
        }
    )  # fmt: skip
    table = draw(spread(whole, tmp_path / "plain", suffix), most=200, constant="drop").table
    kinds = {c.name: (c.kind, c.nullable, c.decimals) for c in table.schema}
    assert kinds == {
        "key": ("id", False, None), "double": ("id", False, None), "level": ("boolean", False, None),
        "amount": ("integer", False, None), "gap": ("numeric", False, 3),
    }  # fmt: skip
    drawn = draw(tmp_path / "plain", most=200, constant="drop").table.frame["key"]
    odd = next(i for i in range(n - 1, 0, -1) if str(i) not in set(drawn))
    whole.loc[odd, ["double", "level", "same", "amount"]] = [5, 2, "b", 0.25]
    whole.loc[odd, "gap"] = np.nan
    table = draw(spread(whole, tmp_path / "odd", suffix), most=200).table
    found = {c.name: (c.kind, c.nullable, c.decimals) for c in table.schema}
    assert found["key"] == kinds["key"] and found["double"] == ("integer", False, None)  # no key after all
    assert found["level"][0] == "integer" and found["amount"] == ("numeric", False, 2)
    assert found["gap"] == ("numeric", True, 3) and set(table.frame["same"]) == {"a"}
    assert "from 200 of 4,000 rows" in table.schema["gap"].reason
    assert guess(tmp_path / "odd", {}, most=200)["amount"].kind == "numeric"


@pytest.mark.parametrize("odd", ["soon", "inf"])
def test_what_contradicts_the_guess_is_refused_by_part_and_place(tmp_path: Path, odd: str) -> None:
    n, rng = 30_000, np.random.default_rng(0)
    whole = pd.DataFrame({"x": rng.normal(0, 1, n).round(6).astype(str), "y": rng.integers(0, 9, n)})
    whole.loc[29_000, "x"] = odd
    folder = spread(whole, tmp_path / "p", ".csv", (10_000, 20_000))
    with pytest.raises(SchemaError, match=r"part 'part-2.csv': column 'x' [^\n]* \(first at row 9001\)") as told:
        draw(folder, most=500)
    assert odd not in str(told.value).replace("infinite", "")
    assert draw(folder, most=500, drop=["x"]).rows == n


def test_days_further_down_that_are_no_dates_are_refused(tmp_path: Path) -> None:
    days = pd.Series(pd.date_range("2020-01-01", periods=2_000).strftime("%Y-%m-%d"))
    days[1_900] = "2020-02-31"
    folder = spread(pd.DataFrame({"day": days, "y": range(2_000)}), tmp_path / "p", ".csv", (1_000,))
    with pytest.raises(SchemaError, match=r"part 'part-1.csv': column 'day' is datetime .*first at row 901\)"):
        draw(folder, most=100)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no file is in"),
        ({"a.md": "x"}, "no file of a kind that can be read"),
        ({"a.csv": "x,y\n1,2\n", "b.csv": "x,z\n1,2\n"}, r"part 'b.csv' lacks the column 'y' that part 'a.csv' has"),
        ({"a.csv": "x\n1\n", "b.csv": "x,z\n1,2\n"}, r"part 'b.csv' has a column 'z' that part 'a.csv' has not"),
        ({"a.csv": "x\n1\n", "b.parquet": ""}, r"more than one kind: text \('a.csv'\) and Parquet \('b.parquet'\)"),
        ({"year=24/a.csv": "x\n1\n"}, "column 'year' stands in names of folders"),
        ({"a.csv": "x,y\n1,2\n1,2,3\n"}, r"'a.csv' is ragged: line 3 has 3 fields where the header has 2"),
        ({"a.csv": "x,x\n1,2\n"}, "more than one column named 'x'"),
        ({"a.csv": ""}, "'a.csv' is empty"),
        ({"a.parquet": "PAR1 no"}, "'a.parquet' cannot be read as parquet"),
        ({"a.csv": "x,y\n1,2\n"}, "'p' holds 1 row"),
    ],
)
def test_folders_that_are_no_table_are_refused_kindly(tmp_path: Path, files: dict[str, str], message: str) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    with pytest.raises((ReadError, SchemaError), match=message):
        draw(folder)


def test_other_types_and_names_are_refused_kindly(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    spread(pd.DataFrame({"x": range(9), "y": 1.5}), folder, ".parquet", (4,))
    pd.DataFrame({"x": ["a"], "y": [2]}).to_parquet(folder / "part-2.parquet")  # y widens to decimals, x does not
    with pytest.raises(SchemaError, match=r"column 'x' is string in part 'part-2.parquet' and int64 in"):
        draw(folder)
    pd.DataFrame({"x": [2**60 + 1], "y": [2**60 + 1]}).to_parquet(folder / "part-2.parquet", index=False)
    with pytest.raises(SchemaError, match=r"column 'y' is int64 in part 'part-2.parquet', whose values do not all fit"):
        draw(folder)
    (folder / "part-2.parquet").unlink()
    with pytest.raises(UnknownName, match="no column 'z'"):
        draw(folder, target="z")
    with pytest.raises(ConfigError, match="1 rows cannot be learned from"):
        draw(folder, most=1)
    unread = {"s3://bucket/x": "pip install s3fs", "odd://x": "no address", "memory://no": "no file"}
    for address, message in unread.items():
        with pytest.raises(ReadError, match=message):
            draw(address)
    with pytest.raises(ReadError) as told:
        draw("odd://me:secret@host/x.csv?sig=abc")
    assert "secret" not in str(told.value) and "abc" not in str(told.value)


def test_entities_are_drawn_whole_and_too_large_ones_are_refused(tmp_path: Path) -> None:
    n = 3_000
    whole = pd.DataFrame({"who": [f"p{i % 500:04}" for i in range(n)], "x": np.arange(n) % 7})
    folder = spread(whole, tmp_path / "p", ".parquet")
    found = draw(folder, entity="who", most=600)
    assert found.by == "entity" and set(found.table.frame["who"].value_counts()) == {6}
    assert 500 < len(found.table) <= 600
    whole["who"] = "one"
    with pytest.raises(InputError, match="no 'who' has as few as 600 rows"):
        draw(spread(whole, tmp_path / "q", ".parquet"), entity="who", most=600)


# --- margins ---


def truth(whole: pd.DataFrame, rows: pd.DataFrame) -> float:
    """Mean distance of the columns' laws, by deciles and categories, worked out from all rows."""
    found = []
    for name in whole:
        if whole[name].dtype.kind in "ifM":
            cuts = np.unique(np.nanquantile(whole[name].to_numpy(float), np.linspace(0, 1, 11)[1:-1]))
            parts = [pd.Series(np.digitize(f[name].to_numpy(float), cuts)) for f in (whole, rows)]
        else:
            parts = [f[name].map(str) for f in (whole, rows)]
        one, two = (part.value_counts(normalize=True) for part in parts)
        found.append(one.sub(two, fill_value=0).abs().sum() / 2)
    return float(np.mean(found))


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_rows_chosen_follow_the_laws_of_all_rows_and_are_nobody_twice(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "KEPT", 400)  # so that `pay` and `id` are counted in the second pass
    whole = frame(40_000)
    drawn = draw(spread(whole, tmp_path / "p", suffix, (9_000, 30_000)), most=6_000)
    counts = {m.name: m.counts.sum() for m in drawn.margins}
    assert set(counts.values()) == {40_000} and set(counts) == {"age", "pay", "job", "day", "ok"}
    order = np.argsort(drawn.priority)
    start, chosen = order[:1_500], balanced(drawn.margins, order[:1_500], order[1_500:], np.random.default_rng(0))
    assert len(np.unique(chosen)) == 1_500
    assert error(drawn.margins, chosen) < error(drawn.margins, start) / 4
    named = {name: whole.iloc[drawn.table.frame["id"].astype(int).to_numpy()[at] - 1000] for name, at in
             (("start", start), ("chosen", chosen))}  # fmt: skip
    seen = whole.drop(columns="id")
    assert truth(seen, named["chosen"][seen.columns]) < truth(seen, named["start"][seen.columns]) / 2


def test_exchange_leaves_pairs_as_they_are() -> None:
    """What is not in the margins, here a correlation, is not moved by following them."""
    gaps = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=8_000)
        y = 0.7 * x + math.sqrt(1 - 0.49) * rng.normal(size=8_000)
        cut = stats.norm.ppf(np.linspace(0, 1, 21)[1:-1])
        both = [margins.Margin(n, np.searchsorted(cut, v), np.full(20, 1e5)) for n, v in (("x", x), ("y", y))]
        chosen = balanced(both, np.arange(2_000), np.arange(2_000, 8_000), rng)
        gaps.append(np.corrcoef(x[chosen], y[chosen])[0, 1] - 0.7)
    assert abs(np.mean(gaps)) < 3 * np.std(gaps) / math.sqrt(12) + 0.002 and np.std(gaps) < 0.02


def test_one_large_parquet_file_is_drawn_from_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame().to_parquet(tmp_path / "a.parquet", index=False)
    assert not stream.in_parts(tmp_path / "a.parquet")
    monkeypatch.setattr(stream, "HUGE", 500)
    assert stream.in_parts(tmp_path / "a.parquet") and not stream.in_parts(tmp_path / "no.parquet")
