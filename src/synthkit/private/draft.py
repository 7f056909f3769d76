"""A draft of a domain file, to be made public knowledge by a person: it is written from the data, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import tomlkit

from synthkit.data.infer import infer_schema
from synthkit.private.attribute import BINS

if TYPE_CHECKING:
    from synthkit.data.cells import Cells, Raw
    from synthkit.data.schema import Column

__all__ = ["drafted"]

_MOST: Final = 200
"""Categories of a column that is drafted; one with more is left to the person."""
_HEAD: Final = """\
DRAFT, read off the data: not yet a domain, and not fit to be shared.
A domain holds what anybody may know without these rows: a code book, a form, the law. For each column:
  replace min, max and values by public ones (an age: 0 to 110), or delete the column: it is then never read;
  values that are not listed become "other" if you name one, and missing otherwise; numbers beyond the ends are cut.
Then write public = true, and put your name beside it."""


def drafted(raw: Raw, *, target: str | None = None, unit: str | None = None) -> str:
    """The text of a draft, which `Domain.read` refuses until a person has signed it.

    Args:
        raw: the data.
        target: the column a model would predict.
        unit: the column that says whose row it is.
    """
    schema = infer_schema(raw, target=target, entity=unit, strict=False)
    doc = tomlkit.document()
    for line in _HEAD.splitlines():
        doc.add(tomlkit.comment(line))
    doc.add("public", False)
    if target:
        doc.add("target", target)
    doc.add("unit", unit or "row")
    if unit:
        doc.add("rows_per_unit", 1)
    columns, left_out = tomlkit.aot(), []
    for column in schema:
        if column.name == unit:
            continue
        row = _drafted(raw[column.name], column)
        if row is None:
            left_out.append(column.name)
        else:
            columns.append(tomlkit.item(row))
    if left_out:
        doc.add(tomlkit.comment(f"left out, for they are keys, texts or of too many values: {', '.join(left_out)}"))
    doc.add("column", columns)
    return tomlkit.dumps(doc)


def _drafted(cells: Cells, column: Column) -> dict[str, Any] | None:
    row: dict[str, Any] = {"name": column.name, "kind": column.kind}
    if column.is_discrete:
        words = sorted(word for word in cells.words if word not in column.missing)
        return None if len(words) > _MOST else row | {"values": words, "missing": column.nullable}
    if not column.is_number:
        return None
    if column.kind == "datetime":
        return (
            row
            | {"min": "1900-01-01", "max": "2100-01-01", "format": column.format or "%Y-%m-%d", "bins": BINS}
            | {"missing": column.nullable}
        )
    values = cells.numbers.values
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    low, high = (0.0 if 0 < low < high / 2 else low), _up(high)
    ends: dict[str, Any] = (
        {"min": int(low), "max": int(high)} if column.kind == "integer" else {"min": low, "max": high}
    )
    ends |= {} if column.kind == "integer" and high - low <= 2 * BINS else {"bins": BINS}
    return (
        row
        | ends
        | ({"decimals": column.decimals} if column.decimals is not None and column.kind == "numeric" else {})
        | {"missing": column.nullable}
    )


def _up(value: float) -> float:
    """The next number of two digits.

    >>> _up(90.0), _up(1234.0), _up(-3.0)
    (90.0, 1300.0, -3.0)
    """
    if value <= 0:
        return value
    step = 10.0 ** (np.floor(np.log10(value)) - 1)
    return float(np.ceil(value / step) * step)
