"""Each kind is found for the right reason, and what cannot be typed is refused by name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit.data.cells import Cells
from synthkit.data.dates import candidates, read_dates, write_dates
from synthkit.data.infer import guess_column, infer_schema
from synthkit.data.numbers import read_numbers, resolution, write_numbers
from synthkit.data.schema import Column
from synthkit.errors import SchemaError, UnknownName


def guess(words: list[str], name: str = "c", **roles: bool) -> Column:
    return guess_column(Cells.of_words(name, np.array(words, object)), **roles)


def cycle(*words: str, n: int = 100) -> list[str]:
    return [words[i % len(words)] for i in range(n)]


I = [str(i) for i in range(100)]  # noqa: E741  # the hundred numbers most cases need


@pytest.mark.parametrize(
    ("words", "kind", "reason"),
    [
        (cycle("3", "1", "2"), "integer", "whole numbers, 3 distinct in 100 rows"),
        (cycle("3", "1", "2", ""), "integer", "whole numbers, 3 distinct in 75 filled rows, 25 rows are missing"),
        (cycle("1.0", "2.0", ""), "integer", "whole numbers, 2 distinct"),
        (cycle("1.0", "2"), "numeric", "numbers with up to 1 decimal, 2 distinct"),
        (cycle("1.25", "2"), "numeric", "numbers with up to 2 decimals"),
        (cycle("1e-7", "2.5"), "numeric", "numbers, 2 distinct"),
        (cycle("0", "1"), "boolean", "only 0 and 1, in 100 rows"),
        (cycle("0.0", "1.0", ""), "boolean", "only 0 and 1, in 67 filled rows, 33 rows are missing"),
        (cycle("Yes", "No"), "boolean", "each other's opposite"),
        (cycle("TRUE", "FALSE"), "boolean", "true or false"),
        (cycle("Yes", "No", "NA"), "categorical", "3 distinct in 100 rows"),
        (cycle("00123", "00456"), "categorical", "a code"),
        (cycle("+49301", "+49302"), "categorical", "a code"),
        (cycle("9" * 19, "8" * 20), "categorical", "a code"),
        (cycle("1,5", "2,5"), "categorical", "write them plain"),
        (cycle("red", "NA", ""), "categorical", "2 distinct in 67 filled rows"),
        ([f"user {i}" for i in range(100)], "text", "too personal"),
        ([f"t{i // 2} x" for i in range(600)], "text", "100 % of rows hold a value that fewer than 5 rows share"),
        ([f"t{i % 300} x" for i in range(6000)], "categorical", "300 distinct in 6,000 rows"),
        ([f"she said that on day {i % 50} all was quite well again" for i in range(600)], "text", "long text"),
        ([f"{i:05d}" for i in range(100)], "id", r"pattern `\d{5}`"),
        ([f"AB-{i:03d}" for i in range(100)], "id", r"pattern `AB-\d{3}`"),
        (I, "id", "in steady order"),
        (I[50:] + I[:50], "id", "without gaps"),
        ([str(i * 7919 % 10007) for i in range(1, 101)], "integer", "100 distinct in 100 rows"),
        ([f"{i}.5" for i in range(100)], "numeric", "100 distinct"),
        ([""] * 100, "categorical", "every cell is missing"),
    ],
)  # fmt: skip
def test_kind_and_reason(words: list[str], kind: str, reason: str) -> None:
    column = guess(words)
    assert (column.kind, reason in column.reason) == (kind, True), column


@pytest.mark.parametrize(
    ("words", "decimals", "dtype"),
    [
        (cycle("1.0", "22.0"), None, "float"),
        (cycle("1.0", "2.5", "3.25"), 2, "float"),
        (cycle("1", "2.5"), 1, "str"),
        (cycle("1.50", "2.25"), 2, "fixed"),
        (cycle("1e5", "2.25"), None, "str"),
    ],
)
def test_how_numbers_are_written(words: list[str], decimals: int | None, dtype: str) -> None:
    column = guess(words)
    assert (column.decimals, column.dtype) == (decimals, dtype)


def test_marks_of_missing_cells_among_numbers_are_listed_most_common_first() -> None:
    column = guess(cycle("1", "NA", "NA", "n/a", "2", "", "", ""))
    assert column.missing == ("", "NA", "n/a")
    assert column.nullable
    assert "75 rows are missing, written empty (36) or 'NA' (26) or 'n/a' (13); the first is used" in column.reason
    assert guess(cycle("1.5", " ", "7")).missing == (" ",)
    assert guess(cycle("2021-01-01", "NULL", "2021-01-02")).missing == ("NULL",)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("PassengerId", "id"), ("customer_ID", "id"), ("iban", "id"), ("paid", "integer"), ("fnlwgt", "integer")],
)
def test_a_name_may_promise_a_key(name: str, kind: str) -> None:
    assert guess([str(i * 7919 % 10007) for i in range(1, 101)], name).kind == kind


def test_years_in_a_row_are_no_key_and_a_key_has_no_holes() -> None:
    assert guess([str(y) for y in range(1900, 2000)], "year").kind == "integer"
    assert guess([*I, ""]).kind == "integer"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("%Y-%m-%d", "%Y-%m-%d"), ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"),
        ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%SZ"),
        ("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f"), ("%Y-%m-%dT%H:%M:%S+02:00", "%Y-%m-%dT%H:%M:%S+02:00"),
        ("%d/%m/%Y", "%d/%m/%Y"), ("%m/%d/%Y", "%m/%d/%Y"), ("%d.%m.%Y", "%d.%m.%Y"), ("%Y/%m/%d", "%Y/%m/%d"),
        ("%b-%Y", "%b-%Y"), ("%b %d, %Y", "%b %d, %Y"), ("%d-%b-%Y", "%d-%b-%Y"), ("%Y-%m", "%Y-%m"),
        ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"), ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M"),
    ],
)  # fmt: skip
def test_date_formats_are_found(shown: str, expected: str) -> None:
    days = pd.date_range("2019-01-03 04:05:06.789", periods=90, freq="37h")
    column = guess([d.strftime(shown) for d in days])
    assert (column.kind, column.format) == ("datetime", expected), column


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.datetimes(pd.Timestamp("1000-01-01"), pd.Timestamp("9999-12-31")), min_size=2, max_size=20, unique=True
    ),
    st.sampled_from(
        ["%Y-%m-%d", "%-m/%-d/%Y %-H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%3fZ", "%-d-%b-%Y", "%Y-%m"]
    ),
)
def test_dates_survive_reading_and_writing(moments: list[object], shown: str) -> None:
    words = write_dates(np.array(moments, "datetime64[us]"), shown)
    read = read_dates(words, shown)
    assert write_dates(read, shown) == words
    assert any(
        write_dates(read_dates(words, f), f) == words
        for f in candidates(words)
        if not np.isnat(read_dates(words, f)).any()
    )


def test_the_order_of_day_and_month_is_decided_by_the_data() -> None:
    assert guess(cycle("03/04/2021", "05/06/2021")).format == "%m/%d/%Y"
    assert "could be the other way round" in guess(cycle("03/04/2021", "05/06/2021")).reason
    assert guess(cycle("03/04/2021", "25/06/2021")).format == "%d/%m/%Y"
    ordered = [f"{d:02d}/{m:02d}/2021" for m in range(1, 13) for d in range(1, 13)]
    column = guess(ordered)
    assert column.format == "%d/%m/%Y"
    assert "keeps the rows in order" in column.reason


def test_compact_dates_need_a_name_that_says_so() -> None:
    words = [d.strftime("%Y%m%d") for d in pd.date_range("2019-01-03", periods=90, freq="37D")]
    assert guess(words, "order_date").format == "%Y%m%d"
    assert guess(words, "amount").kind != "datetime"
    assert guess([*words[:-1], "20999999"], "order_date").kind != "datetime"


def test_dates_with_mixed_offsets_stay_words() -> None:
    column = guess(cycle("2024-01-01T00:00:00+01:00", "2024-07-01T00:00:00+02:00"))
    assert column.kind == "categorical"
    assert "2 different UTC offsets" in column.reason


def refusal(words: list[str], name: str = "c", **roles: bool) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        guess(words, name, **roles)
    return caught.value


def test_what_cannot_be_typed_is_named_with_its_first_row_and_never_quoted() -> None:
    dates = refusal([*cycle("2021-01-01", "2021-01-02", n=95), "soon"], "signup")
    assert dates.message == (
        "column 'signup' looks like dates but 1 of 96 values do not parse as '%Y-%m-%d' (first at row 96)"
    )
    mixed = refusal([*I, "", "many", "few"], "amount")
    assert mixed.message == "column 'amount' looks like numbers but 2 of 102 values are not (first at row 102)"
    infinite = refusal(["1.5", "-inf", "2", "Infinity"], "rate")
    assert infinite.message == "column 'rate' holds 2 infinite values among numbers (first at row 2)"
    assert "neither dates nor numbers" in refusal(cycle("a", "b"), time=True).message
    assert all(error.hint for error in (dates, mixed, infinite))


def test_few_numbers_among_words_are_words() -> None:
    assert guess(cycle("1", "2", "3+")).kind == "categorical"
    assert guess([*cycle("1", "2", n=95), "many"]).kind == "categorical"


def test_roles_change_the_guess() -> None:
    few = cycle("1", "2", "3")
    assert guess(few, target=True).kind == "categorical"
    assert "classes of a target" in guess(few, target=True).reason
    assert guess(I, target=True).kind == "integer"
    assert guess(cycle("0", "1"), target=True).kind == "boolean"
    assert guess([f"name {i}" for i in range(100)], target=True).kind == "categorical"
    assert guess(few, entity=True).kind == "id"
    assert guess(I, time=True).kind == "integer"
    frame = pd.DataFrame({"Status": ["a", "b"], "age": [1, 2]})
    assert infer_schema(frame, target="Status").target == "Status"
    with pytest.raises(UnknownName, match="did you mean 'Status'"):
        infer_schema(frame, target="Staus")


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_any_float_survives_at_its_own_resolution(values: list[float]) -> None:
    words = [repr(v) for v in values]
    numbers = read_numbers(words)
    decimals, style = resolution(numbers, np.ones(len(words), np.int64), native=False)
    assert write_numbers(numbers.values, decimals, style) == words


def test_codes_with_a_letter_among_numbers_are_no_mistakes() -> None:
    codes = [*(f"{200 + i % 60}.0{i % 3}" for i in range(600)), *(f"V{10 + i % 7}" for i in range(40))]
    column = guess(codes)
    assert column.kind == "categorical"
    assert "a code" in column.reason


def test_a_lenient_guess_writes_down_what_a_strict_one_refuses() -> None:
    frame = pd.DataFrame({"amount": [*I, "", "many", "few"], "ok": range(103)})
    with pytest.raises(SchemaError, match="looks like numbers"):
        infer_schema(frame)
    column = infer_schema(frame, strict=False)["amount"]
    assert column.kind == "text"
    assert "check this: column 'amount' looks like numbers but 2 of 102" in column.reason
