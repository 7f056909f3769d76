"""What an encoder keeps: both ways exact, or lost on purpose."""

from __future__ import annotations

import json
from collections.abc import Collection

import numpy as np

from synthkit.data.schema import Column
from synthkit.data.table import Table
from synthkit.encode.encoder import Encoder
from synthkit.testing._run import Named, named, require, run
from synthkit.testing._tables import build, mixed

__all__ = ["check_encoder", "encoder_checks"]

_EXACT = ("income", "ratio", "age", "children", "since", "paid", "seen", "status", "owner", "risk")


def _learned(kind: type[Encoder], table: Table) -> Encoder:
    return kind.learn(table, np.random.default_rng(0))


def _both_ways(encoder: Encoder, table: Table) -> Table:
    arrays = encoder.encode(table, np.random.default_rng(1))
    return encoder.decode(arrays, np.random.default_rng(2), len(table))


def both_ways_is_exact(kind: type[Encoder]) -> None:
    """Numbers, dates, common categories and missing cells come back as they were."""
    table = mixed()
    back = _both_ways(_learned(kind, table), table)
    require(back.schema == table.schema, "the schema changed")
    for name in _EXACT:
        require(back.frame[name].equals(table.frame[name]), f"column '{name}' does not come back as it was")
    for name in table.schema.names:
        same = (back.frame[name].isna() == table.frame[name].isna()).all()
        require(same, f"missing cells of column '{name}' moved")


def rare_categories_are_spread(kind: type[Encoder]) -> None:
    """A category that fewer than five rows hold comes back as a common one."""
    table = mixed()
    before, after = table.frame["job"], _both_ways(_learned(kind, table), table).frame["job"]
    common = before.isin(["nurse", "clerk", "farmer", "pilot"])
    require((after[common] == before[common]).all(), "common categories changed")
    rest = set(after[~common].dropna())
    require(rest <= {"nurse", "clerk", "farmer", "pilot"}, "a rare category came back")


def words_are_new(kind: type[Encoder]) -> None:
    """Keys and free text never come back."""
    table = mixed()
    back = _both_ways(_learned(kind, table), table).frame
    for name in ("key", "remark"):
        require(not back[name].dropna().isin(table.frame[name]).any(), f"a real value of column '{name}' came back")


def arrays_are_plain(kind: type[Encoder]) -> None:
    """One array a column: float64 for numbers, int32 codes within their range for the rest."""
    table = mixed()
    arrays = _learned(kind, table).encode(table, np.random.default_rng(1))
    require(tuple(arrays) == table.schema.names, "there is not one array a column, in order")
    for column in table.schema:
        want = np.float64 if column.is_number else np.int32
        require(arrays[column.name].dtype == want, f"column '{column.name}' is {arrays[column.name].dtype}")
        require(arrays[column.name].shape == (len(table),), f"column '{column.name}' has another length")
        if not column.is_number:
            require(arrays[column.name].min() >= 0, f"column '{column.name}' holds a negative code")


def table_is_untouched(kind: type[Encoder]) -> None:
    """Neither learning nor encoding changes the table."""
    table = mixed(100)
    before = table.digest()
    _both_ways(_learned(kind, table), table)
    require(table.digest() == before, "the table changed")


def same_seed_same_arrays(kind: type[Encoder]) -> None:
    """The same generators give the same arrays and the same cells."""
    table = mixed(200)
    one, two = (_both_ways(_learned(kind, table), table) for _ in range(2))
    require(one.frame.equals(two.frame), "a second run with the same seeds differs")


def state_is_plain(kind: type[Encoder]) -> None:
    """The state is JSON and arrays of numbers, and an encoder made from it is the same."""
    table = mixed()
    encoder = _learned(kind, table)
    plain, arrays = encoder.to_state()
    require(not any(a.dtype.hasobject for a in arrays.values()), "an array of the state holds objects")
    again = kind.from_state(json.loads(json.dumps(plain, allow_nan=False)), arrays)
    require(again.schema == encoder.schema, "the schema changed")
    require(_both_ways(again, table).frame.equals(_both_ways(encoder, table).frame), "made from its state it differs")


def other_rows_are_taken(kind: type[Encoder]) -> None:
    """Rows it was not learned from, with categories, numbers and gaps of their own, can be encoded."""
    encoder = _learned(kind, mixed(400))
    other = mixed(100, seed=5)
    frame = other.frame.assign(owner="maybe", job="astronaut", age=200)
    frame.loc[:9, "status"] = None  # never missing in the rows it was learned from
    back = _both_ways(encoder, Table(frame, other.schema)).frame
    require(set(back["owner"]) <= {"yes", "no"}, "an unknown word came back")
    require(back["status"].notna().all(), "a gap came back that the column did not have")


def columns_without_values(kind: type[Encoder]) -> None:
    """Columns without a single value, and tables of one row, come back as they were."""
    kinds = ("numeric", "integer", "categorical", "boolean", "datetime", "id", "text")
    empty = build({Column(k, k): [None] * 7 for k in kinds})  # type: ignore[arg-type]
    require(_both_ways(_learned(kind, empty), empty).frame.isna().all(axis=None), "values were invented")
    one = mixed(200).take(np.array([50]))
    back = _both_ways(_learned(kind, one), one)
    for name in _EXACT:
        require(back.frame[name].equals(one.frame[name]), f"the one row's '{name}' does not come back")


_CHECKS = (
    both_ways_is_exact,
    rare_categories_are_spread,
    words_are_new,
    arrays_are_plain,
    table_is_untouched,
    same_seed_same_arrays,
    state_is_plain,
    other_rows_are_taken,
    columns_without_values,
)


def encoder_checks(encoder_class: type[Encoder] = Encoder) -> tuple[Named, ...]:
    """The checks of an encoder as (name, callable) pairs."""
    return named(_CHECKS, encoder_class)


def check_encoder(encoder_class: type[Encoder] = Encoder, *, skip: Collection[str] = ()) -> None:
    """Check that an encoder keeps what it should and loses what it must.

    Raises:
        AssertionError: one line for each check that failed.

    >>> check_encoder()
    """
    run(encoder_class.__name__, encoder_checks(encoder_class), skip)
