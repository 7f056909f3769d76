"""What each column is, and why we think so. A schema is frozen and round-trips through TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

import tomlkit

from synthkit.errors import ReadError, SchemaError, UnknownName

__all__ = ["RARE", "Column", "Kind", "Schema"]

Kind = Literal["numeric", "integer", "categorical", "boolean", "datetime", "id", "text"]
KINDS: tuple[str, ...] = get_args(Kind)
_STYLES = ("float", "fixed")
_ZONE: Final = re.compile(r"(?:tz=|time_zone=|datetime64\[\w+, )'?([^\]'),]+)")

RARE = 5
"""A value that fewer rows than this share may point at somebody: too personal to be repeated. Five is the smallest cell
that statistical offices commonly publish."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind, how it is written, and the reason for the guess.

    Args:
        name: as in the file.
        kind: numeric | integer | categorical | boolean | datetime | id | text.
        nullable: whether the data hold missing cells.
        reason: why this kind was chosen; "given" when a person chose it.
        missing: how a missing cell is written in text files, most common first; an empty cell is always missing.
        decimals: digits after the point that the column uses (numeric), or None when it has no visible resolution.
        format: strptime format (datetime in text files), or "" for native datetimes. Two marks go beyond strptime:
            `%-d` (any field) has no leading zero, `%3f` is milliseconds; `synthkit.data.dates` reads and writes them.
        dtype: the storage type at the door, given back at the window. Text files know three: "str", "float" (whole
            numbers are written `129.0`) and "fixed" (always as many decimals as `decimals` says). A native type that
            holds numbers as words has the style behind it: "object/fixed".
    """

    name: str
    kind: Kind
    nullable: bool = False
    reason: str = "given"
    missing: tuple[str, ...] = ("",)
    decimals: int | None = None
    format: str = ""
    dtype: str = "str"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SchemaError(
                f"column {self.name!r} has the unknown kind {self.kind!r}", hint=f"use one of {', '.join(KINDS)}"
            )

    @property
    def storage(self) -> str:
        """The storage type without the style of writing; "str" for text files."""
        if self.dtype in _STYLES:
            return "str"
        head, _, tail = self.dtype.rpartition("/")
        return head if tail in _STYLES else self.dtype

    @property
    def zone(self) -> str:
        """The time zone that the storage type names, or "": the values of such a column are UTC."""
        if self.storage.endswith(" in UTC"):
            return "UTC"
        found = _ZONE.search(self.storage)
        return found[1] if found and found[1] != "None" else ""

    @property
    def style(self) -> str:
        """How numbers are written as words: "str" (shortest), "float" (`129.0`) or "fixed" (`129.00`)."""
        tail = self.dtype.rpartition("/")[2]
        return tail if tail in _STYLES else "str"

    @property
    def is_number(self) -> bool:
        """Whether the column lives on the real line (numeric, integer, datetime)."""
        return self.kind in ("numeric", "integer", "datetime")

    @property
    def is_discrete(self) -> bool:
        """Whether the column takes one of a list of levels (categorical, boolean)."""
        return self.kind in ("categorical", "boolean")

    @property
    def is_modelled(self) -> bool:
        """Whether values are learned; of id and text only the missingness is, their values come from a pattern."""
        return self.kind not in ("id", "text")


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a table in order, and the roles some of them play.

    Args:
        columns: one `Column` each, in the order of the file.
        target: the column a model would predict, if any.
        time: the column that orders the rows, if any (then the table is a series or a panel).
        entity: the column that says whose row it is, if any.

    >>> s = Schema((Column("age", "integer"), Column("job", "categorical")), target="job")
    >>> s["age"].kind, s.names
    ('integer', ('age', 'job'))
    >>> Schema.from_toml(s.to_toml()) == s
    True
    """

    columns: tuple[Column, ...]
    target: str | None = None
    time: str | None = None
    entity: str | None = None
    _index: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {c.name: c for c in self.columns})
        if len(self._index) != len(self.columns):
            names = self.names
            twice = next(n for n in names if names.count(n) > 1)
            raise SchemaError(
                f"column {twice!r} stands in the schema more than once", hint="give each column one entry"
            )
        for role in ("target", "time", "entity"):
            name = getattr(self, role)
            if name is not None and name not in self._index:
                raise UnknownName("column", name, self.names)

    def __getitem__(self, name: str) -> Column:
        if name not in self._index:
            raise UnknownName("column", name, self.names)
        return self._index[name]

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)

    @property
    def modelled(self) -> tuple[Column, ...]:
        """The columns whose values are learned (not id, not text)."""
        return tuple(c for c in self.columns if c.is_modelled)

    def with_roles(self, **roles: str | None) -> Schema:
        """The same columns with other roles (`target=`, `time=`, `entity=`); None keeps the role as it is."""
        chosen: dict[str, Any] = {k: v for k, v in roles.items() if v is not None}
        return replace(self, **chosen)

    def without(self, names: set[str]) -> Schema:
        """The schema less some columns; a role played by one of them is dropped."""
        for name in names:
            _ = self[name]
        roles = {r: getattr(self, r) for r in ("target", "time", "entity")}
        return Schema(
            tuple(c for c in self.columns if c.name not in names),
            **{r: (None if n in names else n) for r, n in roles.items()},
        )

    def to_toml(self) -> str:
        """TOML text that a person can edit; `from_toml` gives the same schema back."""
        doc = tomlkit.document()
        doc.add(tomlkit.comment("synthkit schema. Edit a kind and pass the file back with --schema."))
        doc.add(tomlkit.comment("kinds: " + ", ".join(KINDS)))
        for role in ("target", "time", "entity"):
            if (name := getattr(self, role)) is not None:
                doc.add(role, name)
        table = tomlkit.aot()
        for column in self.columns:
            row = tomlkit.table()
            for f in fields(column):
                value = getattr(column, f.name)
                if f.name in ("name", "kind", "reason") or value != f.default:
                    row.add(f.name, list(value) if isinstance(value, tuple) else value)
            table.append(row)
        doc.add("column", table)
        return tomlkit.dumps(doc)

    @classmethod
    def from_toml(cls, text: str, *, origin: str = "schema.toml") -> Schema:
        """Read what `to_toml` wrote.

        Raises:
            SchemaError: not TOML, an unknown key, or an unknown kind.
        """
        try:
            doc = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SchemaError(
                f"{origin} is not valid TOML: {error}", hint="write a fresh one with `synthkit schema`"
            ) from None
        unknown = set(doc) - {"column", "target", "time", "entity"}
        if unknown:
            raise SchemaError(
                f"{origin} has the unknown key {min(unknown)!r}", hint="known: target, time, entity, [[column]]"
            )
        rows = doc.get("column", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise SchemaError(f"the columns of {origin} are no tables", hint="write [[column]] above each")
        for role in ("target", "time", "entity"):
            if not isinstance(doc.get(role, ""), str):
                raise SchemaError(f"{role} in {origin} is not the name of a column", hint=f'write {role} = "name"')
        columns = tuple(_column(row, origin) for row in rows)
        return cls(columns, doc.get("target"), doc.get("time"), doc.get("entity"))

    @classmethod
    def read(cls, path: str | Path) -> Schema:
        """Read a schema file."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise ReadError(f"cannot read the schema file {str(path)!r}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ReadError(f"the schema file {str(path)!r} is not UTF-8", hint="save it as UTF-8") from None
        return cls.from_toml(text, origin=Path(path).name)


_TYPES: Final[Mapping[str, tuple[type, ...]]] = {"nullable": (bool,), "missing": (list,), "decimals": (int,)}
_WORDS: Final = {"nullable": "true or false", "missing": "a list of words", "decimals": "a whole number"}
"""Keys of a column that are no words: their types, and what they are called."""


def _column(row: Mapping[str, Any], origin: str) -> Column:
    known = {f.name for f in fields(Column)}
    if "name" not in row or "kind" not in row:
        raise SchemaError(
            f"a [[column]] of {origin} lacks its name or its kind", hint="both are needed for each column"
        )
    if unknown := set(row) - known:
        raise SchemaError(
            f"column {row['name']!r} in {origin} has the unknown key {min(unknown)!r}",
            hint=f"known: {', '.join(sorted(known))}",
        )
    for key, value in row.items():
        kinds = _TYPES.get(key, (str,))
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise SchemaError(
                f"{key} of a [[column]] in {origin} is {value!r}",
                hint=f"it has to be {_WORDS.get(key, 'a word in quotes')}",
            )
    if not all(isinstance(mark, str) for mark in row.get("missing", ())):
        raise SchemaError(f"missing of a [[column]] in {origin} holds what is no word", hint="put each mark in quotes")
    values = dict(row)
    if "missing" in values:
        values["missing"] = tuple(values["missing"])
    return Column(**values)
