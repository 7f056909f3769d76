"""Hypothesis strategies: schemas, tables and dataframes as real files turn out to be, for laws of your own.

    from hypothesis import given
    from synthkit.testing.strategies import tables

    @given(tables())
    def test_my_model_keeps_the_schema(table): ...

They need the package hypothesis, which synthkit itself does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from synthkit.data.schema import KINDS, Column, Kind, Schema
from synthkit.data.table import Table
from synthkit.errors import MissingExtra
from synthkit.testing._tables import ODD_NAMES, ODD_WORDS, build

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy

__all__ = ["frames", "schemas", "tables"]

_EXACT: Final = 2**53
_DIGITS: Final = 10**8  # of decimals, without their point
_PAIRS: Final = (("yes", "no"), ("True", "False"), ("0", "1"), ("Y", "N"))
_FIRST, _LAST = datetime(1, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001  # wall clocks
_TYPES: Final = ("int64", "Int64", "float64", "bool", "boolean", "object", "string", "category", "datetime64[us]")


def schemas(*, max_columns: int = 6, kinds: Sequence[Kind] = KINDS) -> SearchStrategy[Schema]:  # type: ignore[assignment]
    """Schemas with odd names, kinds of these, and a target now and then.

    Raises:
        MissingExtra: hypothesis is not installed.

    >>> from hypothesis import find
    >>> len(find(schemas(), lambda schema: len(schema) > 1))
    2
    """
    st = _hypothesis()

    def of(names: Sequence[str], pick: DataObject) -> Schema:
        columns = tuple(_column(pick, st, name, kinds) for name in names)
        likely = [c.name for c in columns if c.is_modelled]
        return Schema(columns, target=pick.draw(st.sampled_from([None, *likely])))

    names = st.lists(_names(st), min_size=1, max_size=max_columns, unique=True)
    made: SearchStrategy[Schema] = st.builds(of, names, st.data())
    return made


def tables(
    schema: SearchStrategy[Schema] | None = None,
    *,
    min_rows: int = 2,
    max_rows: int = 25,
    empty_words: bool = False,
    dates: tuple[datetime, datetime] = (_FIRST, _LAST),
) -> SearchStrategy[Table]:
    """Tables of canonical cells: missing ones, point masses, odd words, numbers of many sizes, dates of any year.

    Args:
        schema: of the tables; `schemas()` by default.
        min_rows, max_rows: how many.
        empty_words: whether a word may be empty, which a text file cannot tell from a missing cell.
        dates: the first and the last.

    Raises:
        MissingExtra: hypothesis is not installed.
    """
    st = _hypothesis()

    def of(asked: Schema, rows: int, pick: DataObject) -> Table:
        cells = {c: pick.draw(_cells(st, c, rows, empty_words, dates)) for c in asked}
        return build(cells, target=asked.target)

    made: SearchStrategy[Table] = st.builds(of, schema or schemas(), st.integers(min_rows, max_rows), st.data())
    return made


def frames(*, min_rows: int = 2, max_rows: int = 25, max_columns: int = 5) -> SearchStrategy[pd.DataFrame]:
    """Pandas dataframes of the types that columns usually have, missing cells among them where the type allows.

    Raises:
        MissingExtra: hypothesis is not installed.
    """
    st = _hypothesis()

    def of(names: Sequence[str], rows: int, pick: DataObject) -> pd.DataFrame:
        types = [pick.draw(st.sampled_from(_TYPES)) for _ in names]
        return pd.DataFrame({n: _native(pick, st, dtype, rows) for n, dtype in zip(names, types, strict=True)})

    names = st.lists(_names(st), min_size=1, max_size=max_columns, unique=True)
    made: SearchStrategy[pd.DataFrame] = st.builds(of, names, st.integers(min_rows, max_rows), st.data())
    return made


def _hypothesis() -> Any:  # noqa: ANN401  # a module
    try:
        return import_module("hypothesis.strategies")
    except ModuleNotFoundError:
        raise MissingExtra("hypothesis", "dev") from None


def _names(st: Any) -> SearchStrategy[str]:  # noqa: ANN401  # a module
    plain = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
    named: SearchStrategy[str] = st.one_of(st.sampled_from(ODD_NAMES), plain).filter(str.strip)
    return named


def _column(pick: DataObject, st: Any, name: str, kinds: Sequence[Kind]) -> Column:  # noqa: ANN401  # a module
    kind = pick.draw(st.sampled_from(kinds))
    decimals = pick.draw(st.one_of(st.none(), st.integers(0, 6))) if kind == "numeric" else None
    return Column(name, kind, decimals=decimals)


def _cells(
    st: Any,  # noqa: ANN401  # a module
    column: Column,
    rows: int,
    empty_words: bool,
    dates: tuple[datetime, datetime],
) -> SearchStrategy[list[Any]]:
    """Cells of a column, some of them missing and some of them the same."""
    values = _values(st, column, empty_words, dates)
    if column.kind == "boolean":
        values = st.sampled_from(_PAIRS).flatmap(st.sampled_from) if rows < 2 else values
    one = values if column.kind == "id" else st.lists(values, min_size=1, max_size=6).flatmap(st.sampled_from)
    held: SearchStrategy[list[Any]] = st.lists(st.one_of(st.none(), one, values), min_size=rows, max_size=rows)
    return held


def _values(st: Any, column: Column, empty_words: bool, dates: tuple[datetime, datetime]) -> Any:  # noqa: ANN401
    match column.kind:
        case "integer":
            return st.integers(-_EXACT, _EXACT)
        case "numeric" if column.decimals is None:
            return st.floats(allow_nan=False, allow_infinity=False)
        case "numeric":
            return st.integers(-_DIGITS, _DIGITS).map(lambda whole: float(f"{whole}e-{column.decimals}"))
        case "datetime":
            return st.datetimes(*dates).map(lambda moment: np.datetime64(moment, "us"))
        case "boolean":
            return st.sampled_from(("yes", "no"))
    words = st.one_of(
        st.sampled_from([w for w in ODD_WORDS if "\x00" not in w]),
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=6),
    )
    return words if empty_words else words.filter(bool)


def _native(pick: DataObject, st: Any, dtype: str, rows: int) -> pd.Series[Any]:  # noqa: ANN401  # a module
    """A column in one of the storage types."""
    word = _values(st, Column("word", "text"), empty_words=True, dates=(_FIRST, _LAST))
    low = st.integers(-(2**62), 2**62)
    made: dict[str, Any] = {
        "int64": low, "Int64": low, "float64": st.floats(allow_infinity=False), "bool": st.booleans(),
        "boolean": st.booleans(), "object": word, "string": word, "category": word,
        "datetime64[us]": st.datetimes(_FIRST, _LAST).map(lambda moment: np.datetime64(moment, "us")),
    }  # fmt: skip
    gaps: Callable[[Any], Any] = (lambda s: s) if dtype in ("int64", "bool") else (lambda s: st.one_of(st.none(), s))
    cells = pick.draw(st.lists(gaps(made[dtype]), min_size=rows, max_size=rows))
    return pd.Series(cells, dtype=dtype)
