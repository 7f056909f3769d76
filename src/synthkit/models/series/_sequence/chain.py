"""Laws one after the other: of what an entity begins with, and of the row that follows the rows so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
    rows: Rows,
    layout: Layout,
    memory: Memory,
    static: Mapping[str, Scores],
    *,
    growth: Growth,
    rng: np.random.Generator,
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


def _fine(layout: Layout, rows: Rows, name: str) -> int:
    """How many values a static column has: the coarse ones are drawn first."""
    code = layout.static[name]
    return code.size if isinstance(code, Words) else len(np.unique(rows.static[name]))


def learn_steps(
    moves: Transitions,
    memory: Memory,
    static: Mapping[str, Given],
    decimals: Sequence[int | None],
    *,
    growth: Growth,
    rng: np.random.Generator,
) -> Chain:
    """The laws of whether a series ends, and of the row that follows if it does not.

    Args:
        moves: of the fitted series.
        memory: what is known of the past.
        static: columns of the fitted series.
        decimals: digits after the point of each channel.
        growth: of trees.
        rng: chooses rows of trees.
    """
    count = int(moves.whose.max()) + 1
    fixed = {name: Given(g.codes[moves.whose], g.size) for name, g in static.items()}
    n = len(moves.whose)
    known = Known(memory.givens(moves.past, fixed), np.full(n, np.nan), memory.basis(moves.past), moves.whose, count)
    laws: dict[str, Law] = {"end": LevelLaw.learn(moves.last.astype(np.int32), 2, known.givens, growth, rng)}
    moves, known = moves.only(on := np.flatnonzero(~moves.last)), known.only(on)
    if memory.irregular:
        laws["gap"] = PlainLaw.learn(moves.row.gap, known, growth, rng)
        known = known.plus("gap", Given(np.log1p(moves.row.gap), 0))
    if not moves.row.present.all():
        laws["present"] = LevelLaw.learn(moves.row.present.astype(np.int32), 2, known.givens, growth, rng)
        moves, known = moves.only(on := np.flatnonzero(moves.row.present)), known.only(on)
    for j, (name, size) in enumerate(memory.marks):
        laws[f"mark:{name}"] = LevelLaw.learn(moves.row.marks[:, j], size, known.givens, growth, rng)
        known = known.plus(f"mark:{name}", Given(moves.row.marks[:, j], size))
    for c, (name, scores) in enumerate(zip(memory.channels, memory.scores, strict=True)):
        values, last = moves.row.values[:, c], moves.past["value"][:, c]
        rule = steady(last, values, moves.row.gap, decimals[c])
        atoms = atoms_of(values, moves.whose)
        here = replace(known, last=last, ahead=memory.ahead(moves.past, c), near=memory.lines[c])
        laws[f"now:{name}"] = rule or NumberLaw.learn(values, here, (scores, atoms), growth, rng)
        known = known.plus(f"now:{name}", Given(scores.encode(values), 0))
    return Chain(laws)


def following(
    steps: Chain,
    memory: Memory,
    past: Past,
    static: Mapping[str, Given],
    effects: Mapping[str, np.ndarray],
    *,
    rng: np.random.Generator,
) -> tuple[np.ndarray, Row]:
    """Whether each series has ended, and the row that follows where it has not (of the others it means nothing)."""
    n = len(past["t"])
    known = Known(memory.givens(past, static), np.full(n, np.nan), memory.basis(past), np.zeros(n, int), 1)
    ended = np.zeros(n, bool)
    gap, present = np.ones(n), np.ones(n, bool)
    marks, values = np.zeros((n, len(memory.marks)), np.int32), np.zeros((n, len(memory.channels)))
    sizes, at = dict(memory.marks), {name: c for c, name in enumerate(memory.channels)}
    order = [name for name, _ in memory.marks]
    for key, law in steps.laws.items():
        kind, _, name = key.partition(":")
        if kind == "now":
            last = past["value"][:, at[name]]
            if isinstance(law, NumberLaw):
                here = replace(known, last=last, ahead=memory.ahead(past, at[name]))
                column = law.draw(here, effects[name], rng)
            else:
                assert isinstance(law, Steady)
                column = memory.scores[at[name]].round(law.after(last, gap))
            values[:, at[name]] = column
            known = known.plus(key, Given(memory.scores[at[name]].encode(column), 0))
        elif isinstance(law, PlainLaw):
            gap = law.draw(known, rng)
            known = known.plus("gap", Given(np.log1p(gap), 0))
        else:
            assert isinstance(law, LevelLaw)
            codes = law.draw(known.givens, n, rng)
            if kind == "mark":
                marks[:, order.index(name)] = codes
                known = known.plus(key, Given(codes, sizes[name]))
            elif kind == "end":
                ended = codes == 1
            else:
                present = codes == 1
    values[~present] = np.nan
    return ended, Row(values, marks, present, gap)


def begin(
    head: Chain, memory: Memory, layout: Layout, n: int, rng: np.random.Generator
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
            given = Given(column, sizes[name]) if kind == "mark" else layout.given(name, column)
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
    stamp = columns.pop("place")
    return columns, stamp, Row(values, marks, np.ones(n, bool), np.zeros(n))
