"""Laws one after the other: of what an entity begins with, and of the row that follows the rows so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthkit.models._forest import Given, Growth
from synthkit.models.series._sequence.formulas import Steady, steady
from synthkit.models.series._sequence.laws import Known, LevelLaw, NumberLaw, PlainLaw, atoms_of
from synthkit.models.series._sequence.layout import Layout, Row, Rows, Words
from synthkit.models.series._sequence.memory import Memory, Past
from synthkit.models.series._sequence.parts import State, nested, under
from synthkit.models.series._sequence.scores import Scores

__all__ = ["Chain", "Transitions", "begin", "following", "learn_head", "learn_steps"]

Law = LevelLaw | NumberLaw | PlainLaw | Steady
_KINDS: Mapping[str, Any] = {kind.__name__: kind for kind in (LevelLaw, NumberLaw, PlainLaw, Steady)}


@dataclass(frozen=True)
class Chain:
    """Laws by name, in the order in which they are drawn."""

    laws: Mapping[str, Law]

    def numbers(self) -> Iterator[tuple[str, NumberLaw]]:
        """The laws of numbers that are drawn."""
        return ((name, law) for name, law in self.laws.items() if isinstance(law, NumberLaw))

    def to_state(self) -> State:
        """Plain values and arrays."""
        plain: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        for at, (name, law) in enumerate(self.laws.items()):
            values, parts = ({"step": law.step, "pace": law.pace}, {}) if isinstance(law, Steady) else law.to_state()
            plain.append({"name": name, "kind": type(law).__name__, "values": values})
            arrays |= nested(f"law{at}", parts)
        return {"laws": plain}, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Chain:
        """Read what `to_state` gave."""
        laws: dict[str, Law] = {}
        for at, entry in enumerate(plain["laws"]):
            kind = _KINDS[entry["kind"]]
            laws[entry["name"]] = (
                kind(**entry["values"])
                if kind is Steady
                else kind.from_state(entry["values"], under(f"law{at}", arrays))
            )
        return cls(laws)


@dataclass(frozen=True)
class Transitions:
    """What every fitted series remembered after each of its rows, and the row that followed.

    Args:
        past: after each row of each series.
        whose: (N,) position of the series.
        last: (N,) whether no row followed.
        row: what followed; of series that ended, what they had before.
    """

    past: Past
    whose: np.ndarray
    last: np.ndarray
    row: Row

    @classmethod
    def of(cls, rows: Rows, memory: Memory) -> Transitions:
        """Walk through all series side by side."""
        who = np.arange(len(rows.start))
        past = memory.started(rows.at(0), rows.stamps[:, 0])
        pasts, owners, ends, nexts = [], [], [], []
        for t in range(1, int(rows.length.max()) + 1):
            last = rows.length[who] == t
            row = rows.at(min(t, rows.stamps.shape[1] - 1)).only(who)
            pasts.append(past)
            owners.append(who)
            ends.append(last)
            nexts.append(row)
            on = np.flatnonzero(~last)
            who = who[on]
            past = memory.after({key: part[on] for key, part in past.items()}, row.only(on))
        joined = {key: np.concatenate([p[key] for p in pasts]) for key in past}
        following = Row(*(np.concatenate([getattr(r, key) for r in nexts]) for key in Row.__dataclass_fields__))
        return cls(joined, np.concatenate(owners), np.concatenate(ends), following)

    def only(self, which: np.ndarray) -> Transitions:
        """Some of them."""
        past = {key: part[which] for key, part in self.past.items()}
        return Transitions(past, self.whose[which], self.last[which], self.row.only(which))


def learn_head(
    rows: Rows, layout: Layout, memory: Memory, static: Mapping[str, Scores], growth: Growth, rng: np.random.Generator
) -> Chain:
    """The law of static attributes, of where a series begins, and of its first row.

    Args:
        rows: of the fitted series; their values are those of modelled channels.
        layout: of the columns.
        memory: knows the channels' scores.
        static: scores of the static numbers.
        growth: of trees.
        rng: chooses rows of trees.
    """
    n = len(rows.start)
    known = Known({}, np.full(n, np.nan), np.zeros((n, 0)), np.arange(n), n)
    laws: dict[str, Law] = {}
    for name in sorted(rows.static, key=lambda name: _fine(layout, rows, name)):
        column, code = rows.static[name], layout.static[name]
        if isinstance(code, Words):
            laws[f"static:{name}"] = LevelLaw.learn(column, max(code.size, 1), known.givens, growth, rng)
            known = known.plus(f"static:{name}", Given(column, max(code.size, 1)))
        else:
            laws[f"static:{name}"] = NumberLaw.learn(
                column, known, (static[name], atoms_of(column, np.arange(n))), growth, rng
            )
            known = known.plus(f"static:{name}", Given(static[name].encode(column), 0))
    begins = rows.stamps[:, 0].astype(float)
    laws["place"] = PlainLaw.learn(begins, known, growth, rng)
    known = known.plus("place", Given(begins, 0))
    first = rows.at(0)
    for j, (name, size) in enumerate(memory.marks):
        laws[f"mark:{name}"] = LevelLaw.learn(first.marks[:, j], size, known.givens, growth, rng)
        known = known.plus(f"mark:{name}", Given(first.marks[:, j], size))
    every = np.repeat(np.arange(n), rows.length)
    inside = np.arange(rows.values.shape[1]) < rows.length[:, None]
    for c, (name, scores) in enumerate(zip(memory.channels, memory.scores, strict=True)):
        atoms = atoms_of(rows.values[inside][:, c], every)
        laws[f"now:{name}"] = NumberLaw.learn(first.values[:, c], known, (scores, atoms), growth, rng)
        known = known.plus(f"now:{name}", Given(scores.encode(first.values[:, c]), 0))
    return Chain(laws)


def begin(
    head: Chain, memory: Memory, static: Mapping[str, Scores], n: int, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], np.ndarray, Row]:
    """Static columns, first stamps (or positions) and first rows of `n` new entities."""
    known = Known({}, np.full(n, np.nan), np.zeros((n, 0)), np.zeros(n, int), 1)
    none = np.zeros((n, 0))
    columns: dict[str, np.ndarray] = {}
    marks, values = np.zeros((n, len(memory.marks)), np.int32), np.zeros((n, len(memory.channels)))
    sizes, places = dict(memory.marks), {name: c for c, name in enumerate(memory.channels)}
    order = [name for name, _ in memory.marks]
    for key, law in head.laws.items():
        kind, _, name = key.partition(":")
        if isinstance(law, NumberLaw):
            column = law.draw(known, none, rng)
            given = Given(law.scores.encode(column), 0)
        elif isinstance(law, LevelLaw):
            column = law.draw(known.givens, n, rng)
            given = Given(column, sizes[name] if kind == "mark" else _size(law, column))
        else:
            assert isinstance(law, PlainLaw)
            column = law.draw(known, rng)
            given = Given(column, 0)
        known = known.plus(key, given)
        if kind == "mark":
            marks[:, order.index(name)] = column
        elif kind == "now":
            values[:, places[name]] = column
        else:
            columns[name or kind] = column
    del static
    stamp = columns.pop("place")
    return columns, stamp, Row(values, marks, np.ones(n, bool), np.zeros(n))
