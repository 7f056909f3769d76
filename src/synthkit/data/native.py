"""Dataframes in memory: take their columns apart, and put columns back in the storage types they came in."""

# ruff: noqa: ANN401
# Dataframes of any library pass here, and what a cell holds is known at run time only.

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit.data.cells import Cells, Raw
from synthkit.data.dates import write_dates
from synthkit.data.numbers import write_integers, write_numbers
from synthkit.data.objects import PREFIX, again, label, true, whole
from synthkit.errors import InputError, SchemaError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from synthkit.data.schema import Column

__all__ = ["as_words", "check_names", "natural", "number_words", "raw_of", "raw_of_arrow", "restored"]

_REFUSED: Final = {
    "timedelta": "durations", "timedelta64": "durations", "period": "periods", "interval": "intervals",
    "complex": "complex numbers", "bytes": "bytes", "time": "times of day", "list": "lists", "dict": "mappings",
    "tuple": "tuples", "set": "sets", "ndarray": "arrays",
}  # fmt: skip
_REMEDY: Final = {
    "durations": "turn them into numbers, such as seconds",
    "periods": "turn them into dates with .dt.to_timestamp()",
    "intervals": "turn them into numbers or words",
    "complex numbers": "split them into a real and an imaginary column",
    "times of day": "turn them into numbers, such as minutes after midnight",
    "bytes": "decode them to text",
}
_ARROW_NAMES: Final = {"float": "float32", "halffloat": "float16"}  # "float" is a style of text files


def raw_of(data: Any) -> Raw:
    """Take a pandas, polars or pyarrow table apart (or any other that narwhals knows); it is not modified.

    Raises:
        InputError: not a dataframe.
        SchemaError: names that are not text or not unique, or cells of a type that is no column kind.
    """
    import narwhals as nw
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        check_names(list(data.columns))
        return Raw(tuple(_cells(str(n), data.iloc[:, i], None) for i, n in enumerate(data.columns)), len(data))
    try:
        frame = nw.from_native(data, eager_only=True)
    except TypeError:
        lazy = hasattr(data, "collect")
        raise InputError(
            f"a {type(data).__name__} is not a dataframe synthkit can read",
            hint="collect it first" if lazy else "pass a pandas, polars or pyarrow table, or the path of a file",
        ) from None
    return raw_of_arrow(frame.to_arrow(), {n: str(t) for n, t in frame.schema.items()})


def raw_of_arrow(table: Any, dtypes: dict[str, str] | None = None) -> Raw:
    """Take an arrow table apart; `dtypes` are the storage types to remember, arrow's own by default."""
    import pandas as pd
    import pyarrow as pa

    whole = {
        getattr(pa, f"{u}int{b}")(): getattr(pd, f"{u.upper()}Int{b}Dtype")()
        for u in ("", "u")
        for b in (8, 16, 32, 64)
    }
    nullable = {**whole, pa.bool_(): pd.BooleanDtype()}
    check_names(table.column_names)
    columns = []
    for field in table.schema:
        column = table.column(field.name)
        if pa.types.is_nested(field.type):
            raise _refused(field.name, "lists" if "list" in str(field.type) else "mappings")
        if pa.types.is_date(field.type):
            column = column.cast(pa.timestamp("ms" if pa.types.is_date64(field.type) else "s"))
        try:
            series = column.to_pandas(types_mapper=nullable.get)
        except KeyError:
            raise SchemaError(
                f"column {field.name!r} has a time zone that is not known here", hint="write its times in UTC"
            ) from None
        dtype = _ARROW_NAMES.get(str(field.type), str(field.type)) if dtypes is None else dtypes[field.name]
        columns.append(_cells(field.name, series, dtype))
    return Raw(tuple(columns), table.num_rows)


def check_names(names: list[Any]) -> None:
    """Refuse names of columns that are no text, or stand there twice."""
    if odd := [n for n in names if not isinstance(n, str) or not n.strip()]:
        raise SchemaError(
            "column names must be text, and these are not: " + ", ".join(map(repr, odd[:12])),
            hint="rename them: frame.columns = [str(c) for c in frame.columns]",
        )
    if twice := [n for n, times in Counter(names).items() if times > 1]:
        raise SchemaError(
            "more than one column is named " + ", ".join(map(repr, twice)), hint="give each column a name of its own"
        )


def _refused(name: str, what: str) -> SchemaError:
    remedy = _REMEDY.get(what, "flatten them into columns of their own")
    return SchemaError(
        f"column {name!r} holds {what}, which are no column kind", hint=f"{remedy}, or leave it out with drop="
    )


def _cells(name: str, series: pd.Series[Any], dtype: str | None) -> Cells:
    import pandas as pd
    from pandas.api import types

    kept = str(series.dtype) if dtype is None else dtype
    if isinstance(series.dtype, pd.CategoricalDtype):
        return Cells.of_words(name, _text(series.astype(object)), source="levels", dtype=kept)
    if types.is_datetime64_any_dtype(series.dtype):
        return Cells.of_dates(name, _utc(series), kept)
    if isinstance(series.dtype, pd.SparseDtype):
        series = pd.Series(np.asarray(series), index=series.index)
    if types.is_bool_dtype(series.dtype) and not types.is_object_dtype(series.dtype):
        return Cells.of_words(name, _text(series.astype(object)), source="booleans", dtype=kept)
    if types.is_complex_dtype(series.dtype):
        raise _refused(name, "complex numbers")
    if types.is_numeric_dtype(series.dtype):
        return Cells.of_words(name, _number_words(series), source="numbers", dtype=kept)
    return _of_objects(name, series, kept)


def _utc(series: pd.Series[Any]) -> npt.NDArray[np.datetime64]:
    """Naive microseconds; times with a zone as UTC, because local times can be doubtful twice a year."""
    if getattr(series.dt, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    out: npt.NDArray[np.datetime64] = series.to_numpy(dtype="datetime64[us]")
    return out


def _moments(series: pd.Series[Any]) -> npt.NDArray[np.datetime64]:
    """Date and datetime objects of any year, as naive microseconds."""
    out = np.full(len(series), np.datetime64("NaT", "us"))
    at = np.flatnonzero(series.notna()).tolist()
    zoned = [getattr(series.iloc[i], "tzinfo", None) is not None for i in at]
    if any(zoned) and not all(zoned):
        raise SchemaError(
            f"column {str(series.name)!r} mixes times with and without a zone",
            hint="give all of them a zone, such as datetime.UTC, or none",
        )
    for i in at:
        value = series.iloc[i]
        if getattr(value, "tzinfo", None) is not None:
            value = value.astimezone(UTC).replace(tzinfo=None)
        out[i] = np.datetime64(value.isoformat(), "us")
    return out


def _text(series: pd.Series[Any]) -> npt.NDArray[Any]:
    """Object array of str, None where missing."""
    missing = series.isna().to_numpy()
    values = series.to_numpy(object)
    out = np.empty(len(values), object)
    out[~missing] = [str(v) for v in values[~missing]]
    _check_unicode(str(series.name), out, missing)
    return out


def _check_unicode(name: str, words: npt.NDArray[Any], missing: npt.NDArray[np.bool_]) -> None:
    """Refuse halves of surrogate pairs: no file can hold them."""
    try:
        "".join(words[~missing]).encode("utf-8")
    except UnicodeEncodeError:
        odd = [any("\ud800" <= sign <= "\udfff" for sign in word) for word in words[~missing]]
        first = int(np.flatnonzero(~missing)[odd][0]) + 1
        raise SchemaError(
            f"column {name!r} holds {sum(odd):,} cells with halves of surrogate pairs, which are no text "
            f"(first at row {first})",
            hint='decode the text again, such as word.encode("utf-16", "surrogatepass").decode("utf-16", "replace")',
        ) from None


def _number_words(series: pd.Series[Any]) -> npt.NDArray[Any]:
    """Numbers as their shortest text; each distinct number is written once."""
    import pandas as pd

    codes, uniques = pd.factorize(series)
    return np.array([*number_words(np.asarray(uniques), str(series.dtype)), None], object)[codes]


def number_words(values: npt.NDArray[Any], dtype: str) -> list[str]:
    """The shortest text of each number, in the precision of its type."""
    if dtype in ("float32", "float16"):
        return list(map(str, values))
    return [str(v) for v in values.tolist()]


def _of_objects(name: str, series: pd.Series[Any], kept: str) -> Cells:
    from pandas.api import types

    try:
        gone, inferred = series.isna().to_numpy(), types.infer_dtype(series, skipna=True)
    except ArithmeticError:  # a signalling NaN: no comparison with it is allowed, not even by pandas
        raise SchemaError(
            f"column {name!r} holds signalling NaNs of the decimal type", hint="replace them by None"
        ) from None
    kept = label(series, inferred, kept)
    if inferred in ("string", "empty"):
        return Cells.of_words(name, _text(series), source="words", dtype=kept)
    if inferred == "boolean":
        return Cells.of_words(name, _text(series), source="booleans", dtype=kept)
    if inferred in ("integer", "floating", "decimal", "mixed-integer-float"):
        return Cells.of_words(name, _text(series), source="numbers", dtype=kept)
    if inferred in ("date", "datetime", "datetime64"):
        return Cells.of_dates(name, _moments(series), kept)
    found = sorted({type(v).__name__ for v in series[~gone]})
    what = _REFUSED.get(inferred) or next((_REFUSED[t] for t in found if t in _REFUSED), None)
    if what:
        raise _refused(name, what)
    raise SchemaError(
        f"column {name!r} mixes values of the types {', '.join(found[:5])}",
        hint=f"make them one type, such as frame[{name!r}].astype(str)",
    )


def as_words(series: pd.Series[Any], column: Column, *, empty: str | None = None) -> list[Any]:
    """Canonical cells as text files write them; a missing cell as `empty`, or as the column's first mark."""
    gone = series.isna().to_numpy()
    style = column.style
    mark: Any = (column.missing[0] if column.missing else "") if empty is None else empty
    out = np.full(len(series), mark, object)
    held = series[~gone]
    if column.kind == "numeric":
        words: list[Any] = write_numbers(held.to_numpy(np.float64), column.decimals, style)
    elif column.kind == "integer":
        words = write_integers(held.to_numpy(np.int64), style)
    elif column.kind == "datetime":
        words = write_dates(held.to_numpy("datetime64[us]"), column.format, utc=bool(column.zone))
    else:
        words = held.tolist()
    out[~gone] = words
    return list(out)


def natural(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """A column in the plainest pandas type of its kind."""
    if column.kind == "integer":
        return series if series.isna().any() else series.astype("int64")
    if column.kind == "boolean":
        words = {w.casefold() for w in series.dropna().unique()}
        if words <= {"true", "false"}:
            return _truth(series, "boolean" if series.isna().any() else "bool")
        if words <= {"0", "1"}:
            return series.astype("Int64" if series.isna().any() else "int64")
    return series


def _truth(series: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    return series.map(lambda w: None if w is None else true(w)).astype(dtype)


def restored(series: pd.Series[Any], column: Column, dtype: Any = None) -> pd.Series[Any]:
    """A column in a pandas storage type (`column.dtype` by default); in its natural one where that cannot hold it."""
    from pandas.api import types

    objects = column.storage.startswith(PREFIX)
    named = column.storage if dtype is None or (objects and types.is_object_dtype(dtype)) else dtype
    if isinstance(named, str) and named == "str":
        return natural(series, column)
    try:
        if isinstance(named, str) and named.startswith(PREFIX):
            return again(series, as_words(series, column), named)
        return _stored(series, column, types.pandas_dtype(named))
    except (TypeError, ValueError, OverflowError):
        return natural(series, column)


def _stored(series: pd.Series[Any], column: Column, wanted: Any) -> pd.Series[Any]:
    import pandas as pd
    from pandas.api import types

    if isinstance(wanted, pd.CategoricalDtype):
        return _levels(series, wanted)
    if types.is_datetime64_any_dtype(wanted):
        return _zoned(series, wanted)
    if types.is_object_dtype(wanted) or types.is_string_dtype(wanted):
        return _as_object(series, column).astype(wanted)
    if column.kind == "datetime" and types.is_integer_dtype(wanted):  # 20241231
        return pd.Series([None if w == "" else int(w) for w in as_words(series, column, empty="")]).astype(wanted)
    if types.is_bool_dtype(wanted):
        return _truth(series, "boolean" if str(wanted) == "bool" and series.isna().any() else wanted)
    return _as_number(series, wanted)


def _levels(series: pd.Series[Any], wanted: Any) -> pd.Series[Any]:
    import pandas as pd

    known = [] if wanted.categories is None else list(wanted.categories)
    by_word = {str(c): c for c in known}
    new = sorted({w for w in series.dropna().unique() if w not in by_word})
    dtype = pd.CategoricalDtype([*known, *new], ordered=bool(wanted.ordered)) if new else wanted  # keeps its own type
    return series.map(lambda w: by_word.get(w, w), na_action="ignore").astype(dtype)


def _zoned(series: pd.Series[Any], wanted: Any) -> pd.Series[Any]:
    if getattr(wanted, "tz", None) is not None:
        series = series.dt.tz_localize("UTC")
    return series.astype(wanted)


def _as_object(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """Words as they were; numbers and dates as words too, if words is what they were."""
    import pandas as pd

    if not column.is_number:
        return series
    if column.kind == "datetime" and not column.format:
        days = series.dropna()
        return series.dt.date.where(series.notna(), None) if (days == days.dt.normalize()).all() else series
    mark = column.missing[0] if column.missing else ""
    words = as_words(series, column)
    gone = series.isna().to_numpy()
    return pd.Series([None if g and not mark else w for w, g in zip(words, gone, strict=True)], dtype=object)


def _as_number(series: pd.Series[Any], wanted: Any) -> pd.Series[Any]:
    import pandas as pd
    from pandas.api import types

    if series.dtype == object:  # codes and classes that were numbers at the door
        integers = types.is_integer_dtype(wanted)
        values = [None if v is None else whole(v) if integers else float(v) for v in series]
        if integers and not types.is_extension_array_dtype(wanted) and None in values:
            wanted = pd.UInt64Dtype() if types.is_unsigned_integer_dtype(wanted) else pd.Int64Dtype()
        return pd.Series(values, dtype=wanted)
    if types.is_integer_dtype(wanted) and not types.is_extension_array_dtype(wanted) and series.isna().any():
        return series.astype("Int64")
    if types.is_float_dtype(wanted) and series.isna().any() and not types.is_extension_array_dtype(wanted):
        return pd.Series(series.to_numpy(dtype=wanted, na_value=np.nan))
    return series.astype(wanted)
