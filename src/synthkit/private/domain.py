"""A public domain: what anybody may know about a table without having seen it, as a file that a person signs.

Nothing in it may come from the data. A minimum, a maximum or a list of categories read off the rows gives rare people
away whatever the noise (Ganev and others 2025), and is how most implementations failed that were ever audited.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from synthkit.data.schema import Schema
from synthkit.data.table import Table
from synthkit.errors import ConfigError, ReadError, SchemaError, UnknownName
from synthkit.private.attribute import Attribute

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.cells import Raw

__all__ = ["Domain", "Rows"]

_KEYS: Final = ("public", "target", "unit", "rows_per_unit", "data", "budget", "column")


@dataclass(frozen=True)
class Rows:
    """Real rows as cells of a domain. Only the curator, the split and the evaluation may hold them.

    Args:
        codes: (n, d) int32.
        units: (n,) whose row it is, as a place; a row is its own unit where the domain names none.
        places: (n,) of the rows in the file.
    """

    codes: NDArray[np.int32]
    units: NDArray[np.int64]
    places: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, kept: NDArray[np.bool_]) -> Rows:
        """Some rows."""
        return Rows(self.codes[kept], self.units[kept], self.places[kept])


@dataclass(frozen=True)
class Domain:
    """The columns that are made synthetic, and who is protected.

    Args:
        attributes: one a column; columns of the file that have none are never read.
        target: the column a model would predict, if any.
        unit: the column that says whose row it is; None if every row is somebody else's.
        bound: rows of one unit that count; further ones are left out.
        data: a name for the data, under which all their versions share a budget; "" for the file's content alone.
        epsilon, delta: the budget over all releases; None for what the first one asks for.
    """

    attributes: tuple[Attribute, ...]
    target: str | None = None
    unit: str | None = None
    bound: int = 1
    data: str = ""
    epsilon: float | None = None
    delta: float | None = None
    _doc: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        return tuple(one.name for one in self.attributes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many cells each column has."""
        return tuple(one.size for one in self.attributes)

    @property
    def schema(self) -> Schema:
        """Of the synthetic table: it says nothing that this file does not."""
        return Schema(tuple(one.column for one in self.attributes), target=self.target)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a domain file.

        Raises:
            ReadError: there is none.
            SchemaError: it is no domain, or not signed as public.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ReadError(
                f"cannot read the domain file {str(path)!r}: {why}", hint="draft one with `synthkit domain`"
            ) from None
        return cls.from_toml(text, origin=path.name)

    @classmethod
    def from_toml(cls, text: str, *, origin: str = "domain.toml") -> Self:
        """Read its text.

        Raises:
            SchemaError: not TOML, a key or column that is none, or not signed as public.
        """
        try:
            doc = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SchemaError(f"{origin} is not valid TOML: {error}") from None
        if unknown := set(doc) - set(_KEYS):
            raise SchemaError(f"{origin} has the unknown key {min(unknown)!r}", hint=f"known: {', '.join(_KEYS)}")
        if doc.get("public") is not True:
            raise SchemaError(
                f"{origin} is not signed as public knowledge",
                hint="check that nothing in it comes from the data, replace what does, then write public = true",
            )
        return cls.of(doc, origin=origin)

    @classmethod
    def of(cls, doc: Mapping[str, Any], *, origin: str = "the domain") -> Self:
        """From the plain values of a file, or of a saved model."""
        attributes = tuple(Attribute.of(row) for row in doc.get("column", []))
        names = [one.name for one in attributes]
        if not names:
            raise SchemaError(f"{origin} has no [[column]]", hint="write one for each column to be made")
        if len(set(names)) < len(names):
            raise SchemaError(f"a column stands in {origin} more than once")
        unit, target = doc.get("unit"), doc.get("target")
        unit = None if unit in (None, "row") else str(unit)
        if unit in names:
            raise SchemaError(
                f"column {unit!r} is the unit of {origin}, and cannot be made synthetic", hint="leave out"
            )
        if target is not None and target not in names:
            raise UnknownName("column", str(target), names)
        bound = doc.get("rows_per_unit", 1)
        if not isinstance(bound, int) or bound < 1 or (unit is None and bound > 1):
            raise SchemaError(f"rows_per_unit in {origin} has to be a whole number from 1 on, and needs a unit")
        budget = doc.get("budget", {})
        return cls(
            attributes, target, unit, bound, str(doc.get("data", "")), budget.get("epsilon"), budget.get("delta"), doc
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as the file has them; `of` reads them back."""
        found: dict[str, Any] = json.loads(json.dumps(self._doc, default=lambda moment: moment.isoformat()))
        return found

    def rows(self, raw: Raw) -> Rows:
        """The rows of a file as cells, at most `bound` of each unit (the first ones).

        Raises:
            ConfigError: the header lacks a column. Nothing in the rows raises anything.
        """
        for name in (*self.names, *([self.unit] if self.unit else [])):
            if name not in raw.names:
                raise ConfigError(
                    f"the file has no column {name!r}, which the domain names", hint=f"it has: {', '.join(raw.names)}"
                )
        codes = np.stack([one.encode(raw[one.name]) for one in self.attributes], axis=1)
        places = np.arange(len(codes))
        if self.unit is None:
            return Rows(codes, places, places)
        units = raw[self.unit].codes.astype(np.int64)
        lone = units < 0  # rows of nobody that is named are each somebody's
        units = np.where(lone, units.max(initial=-1) + 1 + np.cumsum(lone), units)
        return Rows(codes, units, places).take(_place_in(units) < self.bound)

    def table(self, codes: NDArray[Any], rng: np.random.Generator) -> Table:
        """Cells as a table."""
        import pandas as pd

        children = rng.spawn(len(self.attributes))
        parts = {
            one.name: one.decode(codes[:, at], child)
            for at, (one, child) in enumerate(zip(self.attributes, children, strict=True))
        }
        return Table(pd.DataFrame(parts, columns=list(self.names)), self.schema)

    def real(self, raw: Raw, rows: Rows) -> Table:
        """The rows that count as a table with their own numbers, for the internal evaluation alone."""
        import pandas as pd

        parts = {
            one.name: one.plain(raw[one.name], rows.codes[:, at], rows.places) for at, one in enumerate(self.attributes)
        }
        return Table(pd.DataFrame(parts, columns=list(self.names)), self.schema)


def _place_in(units: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) how many rows of the same unit came before."""
    order = np.argsort(units, kind="stable")
    ranked = units[order]
    first = np.searchsorted(ranked, ranked)
    place = np.empty(len(units), np.int64)
    place[order] = np.arange(len(units)) - first
    return place
