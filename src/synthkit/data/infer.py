"""Guess what each column is, and say why in plain words.

Every rule looks at the distinct words of a column and their counts, never at one row at a time.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from synthkit.data.cells import Cells, Raw
from synthkit.data.dates import candidates, looks_dated, read_dates, write_dates, zones
from synthkit.data.keys import key_pattern, named_like_key, snake
from synthkit.data.numbers import CODE, FRACTION, INFINITE, MARK, OTHER, POINT_ZERO, SCIENTIFIC, WHOLE, resolution
from synthkit.data.parse import no_infinity
from synthkit.data.schema import RARE, Column, Kind, Schema
from synthkit.errors import SchemaError, UnknownName

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["guess_column", "infer_schema"]

_MOSTLY: Final = 0.9  # from this share on, the rest are taken for mistakes and not for another kind
_FEW: Final = 20  # distinct values that are few enough to be levels, whatever else they look like
_CLASSES: Final = 10  # distinct whole numbers in a target that are classes rather than amounts
_UNIQUE: Final = 20  # rows from which "all different" says something
_SMALL: Final = 200  # rows below which counts say little
_LONG: Final = 40  # mean characters of free text
_TIMES: Final = re.compile(r"(^|_)(year|yr|month|day|date|week|hour|time|quarter|period|age|timestamp)(_|$)")
_LETTERED: Final = re.compile(r"[A-Za-z]{1,3}-?[0-9][0-9.]*")
_COMPACT: Final = "%Y%m%d"
_YES_NO: Final = tuple(map(frozenset, (("yes", "no"), ("y", "n"), ("t", "f"), ("true", "false"))))
_COMMA: Final = re.compile(r"[€$£]? ?-?[0-9]{1,3}(?:[.,' ][0-9]{3})*(?:[.,][0-9]+)? ?[€$£%]?")


def infer_schema(
    data: object,
    *,
    target: str | None = None,
    time: str | None = None,
    entity: str | None = None,
    strict: bool = True,
) -> Schema:
    """The schema of a file read with `read_frame`, or of any dataframe, with a reason for each column.

    Args:
        data: a `Raw` or a dataframe (pandas, polars, pyarrow).
        target: a column that is to be predicted; few whole numbers in it are classes.
        time: the column that orders the rows.
        entity: the column that says whose row it is; it is treated as a key.
        strict: refuse a column that cannot be typed. If False it is taken as words and its reason says what is wrong,
            so that a schema file can be written for a person to correct.

    Raises:
        UnknownName: a role names a column that does not exist.
        SchemaError: a column cannot be typed: mixed, infinite, or dates with mistakes.
    """
    if not isinstance(data, Raw):
        from synthkit.data.native import raw_of

        data = raw_of(data)
    for name in (target, time, entity):
        if name is not None and name not in data.names:
            raise UnknownName("column", name, data.names)
    columns = []
    for cells in data.columns:
        name = cells.name
        try:
            column = guess_column(cells, target=name == target, time=name == time, entity=name == entity)
        except SchemaError as error:
            if strict:
                raise
            column = _words(cells, target=name == target)
            kind: Kind = "text" if column.kind == "id" else column.kind
            column = replace(column, kind=kind, reason=f"{column.reason}; check this: {error.message}")
        columns.append(column)
    return Schema(tuple(columns), target, time, entity)


def guess_column(cells: Cells, *, target: bool = False, time: bool = False, entity: bool = False) -> Column:
    """Kind and reason of one column.

    >>> import numpy as np
    >>> guess_column(Cells.of_words("age", np.array(["31", "44", "31", ""], object))).reason
    'whole numbers, 2 distinct in 3 filled rows, 1 row is missing'
    """
    if not len(cells.words):
        return _column(cells, "categorical", "every cell is missing")
    if entity:
        return _column(cells, "id", f"named as the entity, {len(cells.words):,} distinct {_filled(cells)}")
    if cells.source == "dates":
        return _column(cells, "datetime", f"stored as dates, {len(cells.words):,} distinct {_filled(cells)}")
    if cells.source == "levels":
        return _column(cells, "categorical", f"stored as a category, {len(cells.words):,} distinct {_filled(cells)}")
    found = _boolean(cells) or _date(cells, time=time) or _number(cells, target=target, time=time)
    if time and (found is None or found.kind not in ("datetime", "integer", "numeric")):
        if cells.source in ("text", "words") and len(offsets := zones(cells.words)) > 1:
            raise SchemaError(
                f"column {cells.name!r} is named as the time but holds {len(offsets):,} different offsets from UTC",
                hint="write all times in UTC, such as 2024-12-31T23:00:00Z",
            )
        raise SchemaError(
            f"column {cells.name!r} is named as the time but holds neither dates nor numbers",
            hint="name another column, or write the dates as 2024-12-31",
        )
    return found or _words(cells, target=target)


def _column(
    cells: Cells,
    kind: Kind,
    reason: str,
    *,
    gone: npt.NDArray[np.bool_] | None = None,
    decimals: int | None = None,
    format: str = "",  # noqa: A002  # its name everywhere
    dtype: str | None = None,
) -> Column:
    """The column, with what is missing in it counted and its marks listed, most common first."""
    marks: dict[str, int] = {"": cells.empty} if cells.empty else {}
    if gone is not None:
        marks |= {w: int(cells.counts[i]) for i, w in enumerate(cells.words) if gone[i]}
    order = sorted(marks, key=lambda m: -marks[m])
    total = sum(marks.values())
    if total:
        reason += f", {total:,} row{' is' if total == 1 else 's are'} missing"
    if order not in ([], [""]):
        said = [f"{m!r} ({marks[m]:,})" if m.strip() else f"empty ({marks[m]:,})" for m in order]
        reason += ", written " + " or ".join(said)
        reason += "; the first is used when writing" if len(order) > 1 else ""
    return Column(
        cells.name,
        kind,
        nullable=total > 0,
        reason=reason,
        missing=tuple(order) or ("",),
        decimals=decimals,
        format=format,
        dtype=cells.dtype if dtype is None else dtype,
    )


def _filled(cells: Cells, filled: int | None = None) -> str:
    filled = int(cells.counts.sum()) if filled is None else filled
    return f"in {filled:,} rows" if filled == len(cells) else f"in {filled:,} filled rows"


def _boolean(cells: Cells) -> Column | None:
    """Two words that are the opposite of each other, 0 and 1 among them."""
    words = set(cells.words)
    folded = frozenset(w.casefold() for w in words)
    if cells.source == "booleans" or (folded <= _YES_NO[3] and len(words) == len(folded)):
        return _column(cells, "boolean", f"true or false, {_filled(cells)}")
    if len(words) == 2 and folded in _YES_NO:
        return _column(cells, "boolean", f"2 distinct values that are each other's opposite, {_filled(cells)}")
    return None


def _number(cells: Cells, *, target: bool, time: bool) -> Column | None:
    numbers, counts = cells.numbers, cells.counts
    rows = np.bincount(numbers.form, weights=counts, minlength=INFINITE + 1).astype(int)
    plain = int(rows[WHOLE : SCIENTIFIC + 1].sum())
    wrong = int(rows[OTHER])
    if not plain or rows[CODE]:
        return None
    if not wrong:
        no_infinity(cells)
    elif plain < _MOSTLY * (plain + wrong) or int(numbers.plain.sum()) <= _FEW or _lettered(cells):
        return None
    else:
        _mixed(cells, plain + wrong)
    gone = numbers.form == MARK
    used = ~gone
    distinct = len(np.unique(numbers.values[used]))
    spread = f"{distinct:,} distinct {_filled(cells, plain)}"
    if not rows[FRACTION] and not rows[SCIENTIFIC] and not (rows[WHOLE] and rows[POINT_ZERO]):
        return _whole(cells, gone, spread, distinct=distinct, pointed=bool(rows[POINT_ZERO]), target=target, time=time)
    native = cells.source == "numbers"
    decimals, style = resolution(numbers, counts, native=native)
    said = "numbers" if decimals is None else f"numbers with up to {decimals} decimal{'s' * (decimals != 1)}"
    return _column(cells, "numeric", f"{said}, {spread}", gone=gone, decimals=decimals, dtype=_dtype(cells, style))


def _dtype(cells: Cells, style: str) -> str:
    """Style of writing goes with the storage type only where numbers are kept as words."""
    if cells.source == "text":
        return style
    return f"{cells.dtype}/{style}" if cells.source == "words" and style != "str" else cells.dtype


def _mixed(cells: Cells, filled: int) -> None:
    numbers = cells.numbers
    count, first = cells.rows_of((numbers.form == OTHER) | (numbers.form == INFINITE))
    raise SchemaError(
        f"column {cells.name!r} looks like numbers but {count:,} of {filled:,} values are not (first at row {first})",
        hint='correct these cells, set kind = "categorical" or "text" in schema.toml, or list a mark that means '
        "missing under `missing` there",
    )


def _lettered(cells: Cells) -> bool:
    """Whether what is no number is a code with a letter first, as V57 among diagnoses, and no slip of the pen."""
    others = [w for w, f in zip(cells.words, cells.numbers.form, strict=True) if f == OTHER]
    return len(others) >= RARE and all(_LETTERED.fullmatch(w) for w in others)


def _whole(
    cells: Cells, gone: npt.NDArray[np.bool_], spread: str, *, distinct: int, pointed: bool, target: bool, time: bool
) -> Column:
    values = cells.numbers.wholes[~gone]
    same_form = len(values) == distinct  # `0` and `-0`, or blanks around a number, are two words for one value
    if not time and distinct == 2 and same_form and set(values.tolist()) == {0, 1}:
        return _column(cells, "boolean", f"only 0 and 1, {spread.partition('distinct ')[2]}", gone=gone)
    filled = int(cells.counts[~gone].sum())
    if target and distinct <= _CLASSES and distinct * 2 <= filled:
        reason = f"whole numbers, {spread}: few enough to be the classes of a target"
        return _column(cells, "categorical", reason, gone=gone)
    if not (target or time) and distinct == filled and filled >= _UNIQUE and (why := _key_like(cells, gone)):
        pattern = key_pattern([w for w, g in zip(cells.words, gone, strict=True) if not g])
        return _column(
            cells, "id", f"a different whole number {_filled(cells, filled)} and {why}{_told(pattern)}", gone=gone
        )
    style = _dtype(cells, "float" if pointed else "str")
    return _column(cells, "integer", f"whole numbers, {spread}", gone=gone, dtype=style)


def _key_like(cells: Cells, gone: npt.NDArray[np.bool_]) -> str:
    """Why unique whole numbers are a key and not a measurement, or ""."""
    if named_like_key(cells.name):
        return "named like a key"
    if _TIMES.search(snake(cells.name)):
        return ""
    if cells.empty or gone.any():
        return ""  # a key has no holes
    values = cells.numbers.wholes  # in the order of their first row, which for unique values is the row order
    steps = np.diff(values)
    if bool((steps > 0).all() or (steps < 0).all()):
        return "in steady order"
    return "without gaps" if int(values.max()) - int(values.min()) == len(values) - 1 else ""


def _told(pattern: str | None) -> str:
    return f", pattern `{pattern}`" if pattern and len(pattern) <= 80 else ""


def _date(cells: Cells, *, time: bool) -> Column | None:
    """Dates in one format that reads every cell and writes it back to the letter."""
    if cells.source not in ("text", "words") and not (time and cells.source == "numbers"):
        return None
    gone = cells.numbers.form == MARK
    at = np.flatnonzero(~gone)
    words = [cells.words[i] for i in at.tolist()]
    counts = cells.counts[at]
    common = [words[i] for i in np.argsort(-counts, kind="stable")[:100].tolist()]
    formats = candidates(common, compact=time or looks_dated(snake(cells.name)))
    if not formats or len(zones(words)) > 1:
        return None
    read = {f: read_dates(words, f) for f in formats}
    fits = {f: counts[~np.isnat(v)].sum() / counts.sum() for f, v in read.items()}
    best = max(fits.values())
    if best < _MOSTLY:
        return None
    good = [f for f in formats if fits[f] == best]
    chosen, doubt = _between(good, cells, at, read) if len(good) > 1 else (good[0], "")
    if best < 1:
        if chosen.startswith(_COMPACT):
            return None  # numbers that are dates only by chance
        _broken_dates(cells, chosen, at[np.isnat(read[chosen])])
    if write_dates(read[chosen], chosen) != words or (chosen.startswith(_COMPACT) and not _recent(read[chosen], time)):
        return None
    spread = f"{len(words):,} distinct {_filled(cells, int(counts.sum()))}"
    return _column(cells, "datetime", f"dates written {chosen}{doubt}, {spread}", gone=gone, format=chosen)


def _between(
    formats: list[str], cells: Cells, at: npt.NDArray[np.int64], read: dict[str, npt.NDArray[np.datetime64]]
) -> tuple[str, str]:
    """Choose between day first and month first where both read every cell: the one that keeps the rows in order."""
    place = np.full(len(cells.words), -1)
    place[at] = np.arange(len(at))
    held = cells.codes[cells.codes >= 0]
    rows = place[held][place[held] >= 0]
    ordered = []
    for f in formats:
        steps = np.diff(read[f][rows].astype(np.int64))
        if bool((steps >= 0).all() or (steps <= 0).all()):
            ordered.append(f)
    if len(ordered) == 1:
        return ordered[0], " (the other order of day and month fits too, but only this one keeps the rows in order)"
    return formats[0], " (day and month could be the other way round: check this)"


def _broken_dates(cells: Cells, chosen: str, wrong: npt.NDArray[np.int64]) -> None:
    bad = np.zeros(len(cells.words), bool)
    bad[wrong] = True
    count, first = cells.rows_of(bad)
    raise SchemaError(
        f"column {cells.name!r} looks like dates but {count:,} of {len(cells):,} values do not parse as {chosen!r} "
        f"(first at row {first})",
        hint='correct these cells, or set kind = "text" in schema.toml',
    )


def _recent(dates: npt.NDArray[np.datetime64], time: bool) -> bool:
    """Whether digits without a sign between them may be dates; more of them in a column that is named as the time."""
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    low, high = (1600, 2200) if time else (1900, 2100)
    return bool(((years >= low) & (years <= high)).all())


def _words(cells: Cells, *, target: bool) -> Column:
    """Categories, keys or free text."""
    counts = cells.counts
    filled, distinct = int(counts.sum()), len(cells.words)
    spread = f"{distinct:,} distinct {_filled(cells)}"
    note = _note(cells)
    if target:
        return _column(cells, "categorical", f"named as the target, {spread}{note}")
    if distinct == filled >= _UNIQUE:
        return _all_different(cells, note)
    few = distinct <= _FEW and (filled < _SMALL or distinct * RARE <= filled)
    rare = int(counts[counts < RARE].sum())
    if not few and rare * 2 > filled:
        reason = f"{spread}, {_percent(rare, filled)} of rows hold a value that fewer than {RARE} rows share"
        return _column(cells, "text", f"{reason}: too personal to be a category{note}")
    if not few and _prose(cells):
        return _column(cells, "text", f"{spread}, long text of several words{note}")
    return _column(cells, "categorical", f"{spread}{note}")


def _all_different(cells: Cells, note: str) -> Column:
    pattern = key_pattern(cells.words)
    if pattern or (named_like_key(cells.name) and not any(" " in w for w in cells.words)):
        return _column(cells, "id", f"a different value {_filled(cells)}, like a key{_told(pattern)}{note}")
    return _column(cells, "text", f"a different value {_filled(cells)}: too personal to be a category{note}")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


def _prose(cells: Cells) -> bool:
    lengths = np.array([len(w) for w in cells.words])
    blanks = np.array([w.count(" ") for w in cells.words])
    return bool(np.average(lengths, weights=cells.counts) > _LONG and np.average(blanks, weights=cells.counts) >= 4)


def _note(cells: Cells) -> str:
    """What a reader should know when words look like numbers or dates and are not taken as such."""
    if cells.source not in ("text", "words"):
        return ""
    forms = cells.numbers.form
    if (forms == CODE).any() and not (forms == OTHER).any():
        return "; digits with leading zeros, a plus sign or too many for a number: a code"
    if (forms == FRACTION).any() and _lettered(cells):
        return "; numbers among words of a letter and digits: a code"
    if len(found := zones(cells.words)) > 1 and all(candidates([w]) for w in cells.words[:5]):
        return f"; dates with {len(found)} different UTC offsets are kept as words"
    held = [w for w, f in zip(cells.words, forms, strict=True) if f != MARK]
    if held and all(_COMMA.fullmatch(w) for w in held[:1000]) and any(c in w for w in held[:1000] for c in ",€$£%'"):
        return "; these look like numbers with a comma or a sign: write them plain (1234.5) to have them modelled so"
    return ""
