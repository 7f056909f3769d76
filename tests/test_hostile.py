"""Tables that break other tools: each comes back whole in its own types, or is refused with the column and a remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthkit.data.io import from_table, read_table, to_table, write_table
from synthkit.errors import InputError
from synthkit.models import registry
from synthkit.models.tabular.trees import Trees
from synthkit.rng import stream
from synthkit.testing import _abilities, _where, synthesizer_checks

N = 120
K = np.arange(N)
RNG = np.random.default_rng(0)
PLAIN = {"x": RNG.normal(size=N).round(3), "word": RNG.choice(["a", "b", "c"], N)}


def beside(name: str, cells: Any) -> pd.DataFrame:
    return pd.DataFrame({**PLAIN, name: cells})


def holed(cells: Any, every: int = 5) -> pd.Series:
    column = pd.Series(cells)
    return column.mask(pd.Series(K % every == 0))


WHOLE: dict[str, Callable[[], pd.DataFrame]] = {
    "constant number": lambda: beside("c", 2.5),
    "constant word": lambda: beside("c", "same"),
    "constant date": lambda: beside("c", pd.Timestamp("2024-02-29")),
    "no number at all": lambda: beside("c", np.nan),
    "no word at all": lambda: beside("c", pd.Series([None] * N, dtype=object)),
    "no date at all": lambda: beside("c", pd.Series(pd.NaT, index=range(N))),
    "two rows": lambda: pd.DataFrame({"x": [1.5, 2.25], "word": ["a", "b"]}),
    "one column": lambda: pd.DataFrame({"x": PLAIN["x"]}),
    "whole numbers with gaps, as floats": lambda: beside("c", holed(K % 7 * 1.0)),
    "nullable whole numbers": lambda: beside("c", holed(K % 7).astype("Int64")),
    "nullable booleans": lambda: beside("c", holed(K % 2 == 0).astype("boolean")),
    "booleans with gaps, as objects": lambda: beside("c", holed(K % 2 == 0).astype(object).where(K % 5 > 0, None)),
    "booleans": lambda: beside("c", K % 3 == 0),
    "one true cell among many": lambda: beside("c", K == 0),
    "pandas strings": lambda: beside("c", holed(np.take(["p", "q"], K % 2)).astype("string")),
    "arrow strings": lambda: beside("c", pd.Series(np.take(["p", "q"], K % 2)).astype("string[pyarrow]")),
    "arrow numbers": lambda: beside("c", pd.Series(K % 9).astype(pd.ArrowDtype(pa.int32()))),
    "empty words and missing ones": lambda: beside("c", np.take(np.array(["", "a", None], object), K % 3)),
    "words that look missing": lambda: beside("c", np.take(["NA", "nan", "None", "NULL", "n/a"], K % 5)),
    "words with spaces around": lambda: beside("c", np.take([" a", "a ", "a", "\ta"], K % 4)),
    "words with quotes, commas and newlines": lambda: beside("c", np.take(['a "b"', "c,d", "e\nf", "g\r\nh"], K % 4)),
    "words of other scripts": lambda: beside("c", np.take(["Zürich", "東京", "Ωμέγα", "عمان", "🙂"], K % 5)),
    "words that differ only in their accents' bytes": lambda: beside("c", np.take(["é", "e\u0301"], K % 2)),
    "words that are formulas or markup": lambda: beside("c", np.take(["=1+1", "@x", "<b>", "{{x}}"], K % 4)),
    "codes with leading zeros": lambda: beside("c", np.take(["00123", "00456", "01000"], K % 3)),
    "keys with leading zeros": lambda: beside("c", [f"{k:05d}" for k in K]),
    "keys of 25 digits": lambda: beside("c", [str(10**24 + int(k)) for k in K]),
    "phone numbers": lambda: beside("c", np.take(["+49301", "+49302"], K % 2)),
    "whole numbers of 19 digits": lambda: beside("c", 9_223_372_036_854_775_000 + K % 50),
    "unsigned whole numbers beyond int64": lambda: beside("c", (K % 5).astype("uint64") + np.uint64(2**63)),
    "small integer types": lambda: beside("c", (K % 100 - 50).astype("int8")),
    "half floats": lambda: beside("c", (K % 10 / 4).astype("float16")),
    "numbers near nothing": lambda: beside("c", PLAIN["x"] * 1e-300),
    "numbers near the largest": lambda: beside("c", PLAIN["x"] * 1e307),
    "numbers of both sizes": lambda: beside("c", np.where(K % 2, 1e300, 1e-300) * (1 + K % 9)),
    "minus nothing": lambda: beside("c", np.where(K % 2, -0.0, 0.5)),
    "whole numbers in objects": lambda: beside("c", holed(K % 7).astype(object).where(K % 5 > 0, None)),
    "floats in objects": lambda: beside("c", pd.Series(PLAIN["x"]).astype(object)),
    "times of day and dates, as objects": lambda: beside(
        "c", pd.Series([datetime.fromisoformat(f"2024-01-{1 + k % 28:02}T{k % 24:02}:00") for k in K], dtype=object)
    ),
    "decimals in objects": lambda: beside("c", [Decimal(int(k) % 9) / 4 for k in K]),
    "dates to the nanosecond in pandas": lambda: beside("c", pd.Timestamp("2024-01-01") + pd.to_timedelta(K, "D")),
    "dates in seconds": lambda: beside("c", (pd.Timestamp("2024-01-01") + pd.to_timedelta(K, "D")).astype("M8[s]")),
    "dates of the year 9999": lambda: beside("c", pd.Series([date(2020, 1, 1), date(9999, 12, 31)] * (N // 2))),
    "dates before 1700": lambda: beside("c", pd.Series([date(1066, 10, 14), date(1648, 10, 24)] * (N // 2))),
    "times with a zone": lambda: beside("c", pd.date_range("2024-03-30", periods=N, freq="h", tz="Europe/Berlin")),
    "times in UTC, as objects": lambda: beside(
        "c", pd.Series([datetime(2024, 1, 1 + int(k) % 28, tzinfo=UTC) for k in K], dtype=object)
    ),
    "dates with gaps": lambda: beside("c", holed(pd.Timestamp("2024-01-01") + pd.to_timedelta(K % 30, "D"))),
    "ordered categories, one of them unused": lambda: beside(
        "c", pd.Categorical(np.take(["lo", "hi"], K % 2), categories=["lo", "mid", "hi"], ordered=True)
    ),
    "categories of numbers": lambda: beside("c", pd.Categorical(K % 4)),
    "more categories than rows can show": lambda: beside("c", [f"c{k % 60}" for k in K]),
    "a name with a newline and a quote": lambda: beside('a "b"\n.c', K % 4),
    "names that differ in case": lambda: beside("Word", K % 4),
    "names used inside": lambda: beside("index", K % 4).assign(target=K % 3, __rare__=K % 2),
    "an index with repeated labels": lambda: beside("c", K % 4).set_axis(np.zeros(N, int)),
    "an index of several levels": lambda: beside("c", K % 4).set_index(pd.MultiIndex.from_arrays([K % 2, K])),
    "rows that are all the same": lambda: pd.DataFrame({"x": [1.5] * 40, "y": [2] * 40, "w": ["a"] * 40}),
    "columns that say the same": lambda: beside("c", PLAIN["x"]).assign(d=PLAIN["x"]),
    "three hundred columns": lambda: pd.DataFrame(RNG.normal(size=(60, 300))).add_prefix("n"),
    "sparse numbers": lambda: beside("c", pd.Series(np.where(K % 9, 0.0, 1.5)).astype("Sparse[float]")),
}  # fmt: skip

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no rows": (lambda: pd.DataFrame(PLAIN).head(0), "no rows"),
    "no columns": (lambda: pd.DataFrame(index=range(9)), "column"),
    "an infinite number": (lambda: beside("c", np.where(K == 3, np.inf, PLAIN["x"])), "'c' holds 1 infinite"),
    "minus infinity": (lambda: beside("c", np.where(K == 3, -np.inf, PLAIN["x"])), "'c' holds 1 infinite"),
    "durations": (lambda: beside("c", pd.to_timedelta(K, "h")), "'c' holds durations"),
    "periods": (lambda: beside("c", pd.period_range("2020-01", periods=N, freq="M")), "'c' holds periods"),
    "intervals": (lambda: beside("c", pd.cut(K, 4).astype(object)), "'c' holds intervals"),
    "complex numbers": (lambda: beside("c", PLAIN["x"] + 1j), "'c' holds complex"),
    "lists": (lambda: beside("c", pd.Series([[1, 2]] * N)), "'c' holds lists"),
    "mappings": (lambda: beside("c", pd.Series([{"a": 1}] * N)), "'c' holds mappings"),
    "arrays": (lambda: beside("c", pd.Series([np.zeros(2)] * N)), "'c' holds arrays"),
    "bytes": (lambda: beside("c", pd.Series([b"ab"] * N)), "'c' holds bytes"),
    "numbers among words": (lambda: beside("c", pd.Series([1, "one"] * (N // 2))), "'c' mixes values"),
    "dates among numbers": (lambda: beside("c", pd.Series([date(2024, 1, 1), 7] * (N // 2))), "'c' mixes values"),
    "a lone surrogate": (lambda: beside("c", np.take(["a", "\ud800"], K % 2)), "'c'"),
    "a column twice": (lambda: pd.concat([pd.DataFrame(PLAIN)] * 2, axis=1), "more than one column is named 'x'"),
    "a number as a name": (lambda: pd.DataFrame({**PLAIN, 0: K}), "names must be text"),
    "a name of spaces": (lambda: beside("  ", K), "names must be text"),
    "columns of two levels": (
        lambda: pd.DataFrame(np.eye(4), columns=pd.MultiIndex.from_product([["a", "b"], ["c", "d"]])),
        "names must be text",
    ),
    "a series": (lambda: pd.Series(K), "not a dataframe"),
    "an array": (lambda: np.eye(3), "not a dataframe"),
    "a list of rows": (lambda: [{"a": 1}], "not a dataframe"),
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_a_hostile_table_comes_through_whole(case, tmp_path):
    frame = WHOLE[case]()
    before = frame.copy(deep=True)
    table = to_table(frame, constant="keep")
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(from_table(table, like=frame), frame.reset_index(drop=True))
    for suffix in (".csv", ".parquet")[case == "empty words and missing ones" :]:  # which are the same in a text file
        write_table(table, tmp_path / f"real{suffix}")
        assert read_table(tmp_path / f"real{suffix}", schema=table.schema, constant="keep").digest() == table.digest()
    made = from_table(Trees().fit(table, rng=stream(0, "fit")).sample(400, rng=stream(0, "sample")), like=frame)
    assert made.shape == (400, frame.shape[1]) and list(made.columns) == list(frame.columns)
    assert [str(dtype) for dtype in made.dtypes] == [str(dtype) for dtype in frame.dtypes]
    for name in frame:
        real, new = frame[name].dropna(), made[name].dropna()
        assert {type(cell) for cell in new} <= {type(cell) for cell in real}, "cells of another type"
        assert abs(made[name].isna().mean() - frame[name].isna().mean()) < 0.1, "missing cells came or went"
        if table.schema[name].is_discrete:
            assert set(new) <= set(real), "categories were invented"
        elif table.schema[name].is_number and len(real):
            assert new.min() >= real.min() and new.max() <= real.max(), "numbers out of range"


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_table_is_refused_by_name_and_with_a_remedy(case):
    make, message = REFUSED[case]
    with pytest.raises(InputError) as caught:
        to_table(make(), constant="keep")
    assert message in caught.value.message
    assert caught.value.hint


def test_a_rare_category_is_nobody_s():
    """A word that one person of a thousand holds is not given out."""
    rows = np.random.default_rng(1)
    frame = pd.DataFrame({"job": np.where(np.arange(1000) == 7, "astronaut", "clerk"), "x": rows.normal(size=1000)})
    table = to_table(frame, constant="keep")
    made = Trees().fit(table, rng=stream(0, "fit")).sample(50_000, rng=stream(0, "sample"))
    assert "astronaut" not in set(made.frame["job"])


def test_the_page_on_reliability_counts_what_there_is(root):
    told = " ".join((root / "docs" / "reliability.md").read_text(encoding="utf-8").split())

    def said(words: str) -> int:
        return int(re.search(rf"(\d+) {words}", told)[1])

    assert (said("tables that break"), said("come through whole"), said("are refused")) == (
        len(WHOLE) + len(REFUSED), len(WHOLE), len(REFUSED),
    )  # fmt: skip
    counts = [len(synthesizer_checks(registry.get(name), slow=True)) for name in registry.names()]
    assert (said("checks for any model"), said("for one that can do more")) == (min(counts), max(counts))
    assert said("for conditions") == len(_where.CHECKS) and said("for filling cells") == len(_abilities.FILLINGS)
    assert said("for densities") == len(_abilities.DENSITIES) and said("for odd rows") == len(_abilities.ODDITIES)
