"""Rows of entities one after the other: for panels of mixed columns, of any lengths, with attributes and gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from synthkit.errors import ConfigError, NotFitted
from synthkit.models import artifact
from synthkit.models._forest import Given, Growth
from synthkit.models.base import Plan
from synthkit.models.card import Card
from synthkit.models.series._entities import labels
from synthkit.models.series._sequence.chain import Chain, Transitions, begin, following, learn_head, learn_steps
from synthkit.models.series._sequence.formulas import Formula, Steady, formulas, lines_of
from synthkit.models.series._sequence.layout import Layout, Row, Rows
from synthkit.models.series._sequence.memory import Memory
from synthkit.models.series._sequence.mixed import joint
from synthkit.models.series._sequence.parts import nested, under
from synthkit.models.series._sequence.scores import Scores
from synthkit.models.series._shell import shell_from_dict, shell_to_dict
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.panel import Panel, Series
    from synthkit.models.series._sequence.laws import NumberLaw

__all__ = ["MODEL", "Sequences"]

_FEWEST = 10
"""Entities below which there is no law of entities to learn."""
_LONGEST = 1.2
"""No made series is longer than the longest fitted one by more than this factor."""
_MOST_ROWS = 400
"""Rows of the longest series: beyond, each row of trees would cost more than a classical model of the whole."""


@dataclass(frozen=True)
class _Fitted:
    """What is learned.

    Args:
        shell: calendar, columns and schema.
        taken: labels of the fitted entities.
        layout: of marks and static columns.
        memory: what of the past is known at a row.
        computed: channels that follow from others.
        head, steps: the laws.
        longest: rows that a made series has at most.
    """

    shell: Panel
    taken: tuple[str, ...]
    layout: Layout
    memory: Memory
    computed: tuple[Formula, ...]
    head: Chain
    steps: Chain
    longest: int


class Sequences:
    """Attributes, a first row, and then row after row, each given what came before in the same entity.

    Levels come from trees. A number is drawn in two steps: whether it is missing, unchanged or one of a few round
    values; and, where it is free, as a linear mixed model with effects of the entity, with a rest from trees. When a
    series ends and how long the gap to the next row is are drawn like any other column.

    Args:
        trees: in each bag; chosen by the size of the panel if None.
        leaf: rows that a leaf needs at least.

    References:
        Laird and Ware (1982), Random-effects models for longitudinal data, Biometrics 38. Wooldridge (2005), Simple
        solutions to the initial conditions problem. Drechsler and Reiter (2011), An empirical evaluation of easily
        implemented, nonparametric methods for generating synthetic datasets, CSDA 55.
    """

    name: ClassVar[str] = "sequences"
    modes: ClassVar[frozenset[str]] = frozenset({"new-entity"})
    card: ClassVar[Card] = Card(
        family="sequential trees and mixed models",
        rung=65,
        summary="Attributes, a first row, then row after row given what came before, with effects of the entity.",
        assumes="Of the past, the last two rows matter, the first one, the mean, and how long a state has lasted.",
        fails_when="Long seasons, or patterns that take many rows to unfold; fewer than some fifty entities.",
        data_hunger="Fifty entities; better some hundreds.",
        latency="Some ten thousand rows a second.",
        control="New entities only.",
        cost="Seconds for some thousand rows, on one core.",
        licence="MIT",
        references=("Laird and Ware 1982", "Wooldridge 2005", "Drechsler and Reiter 2011"),
    )

    def __init__(self, *, trees: int | None = None, leaf: int = 3) -> None:
        self._options: dict[str, Any] = {"trees": trees, "leaf": leaf}
        self._fitted: _Fitted | None = None

    @classmethod
    def refuses(cls, panel: Panel) -> str:
        """Why this model does not suit the panel; "" where it does."""
        if len(panel.entities) < _FEWEST:
            return f"it needs {_FEWEST} entities, and here are {len(panel.entities)}"
        if max(len(s) for s in panel) > _MOST_ROWS:
            return f"it is made for series of up to {_MOST_ROWS} rows"
        if max(len(s) for s in panel) < 2:
            return "every series has a single row"
        if panel.roles.exog and not _shared(panel):
            return "known inputs differ between entities"
        return ""

    def fit(self, panel: Panel, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Learn the laws of attributes, first rows and following rows."""
        growth = Growth(trees=self._options["trees"], leaf=self._options["leaf"])
        first, second, third, fourth = rng.spawn(4)
        layout = Layout.learn(panel, first)
        rows = layout.rows(panel, second)
        digits = [panel.schema[name].decimals for name in panel.roles.values]
        computed = formulas(rows.values[rows.present], digits)
        drawn = [c for c in range(len(digits)) if c not in {f.target for f in computed}]
        rows = replace(rows, values=rows.values[:, :, drawn])
        memory = _memory(panel, layout, rows, drawn)
        numbers = [name for name, code in layout.static.items() if code is None]
        static = {name: Scores.of(panel.schema[name], rows.static[name]) for name in numbers}
        progress("fit", 0.1)
        head = learn_head(rows, layout, memory, static, growth=growth, rng=third)
        progress("fit", 0.3)
        givens = {name: layout.given(name, column) for name, column in rows.static.items()}
        moves = Transitions.of(rows, memory)
        steps = learn_steps(moves, memory, givens, [digits[c] for c in drawn], growth=growth, rng=fourth)
        longest = int(np.ceil(rows.length.max() * _LONGEST))
        self._fitted = _Fitted(panel.of([]), panel.entities, layout, memory, computed, head, steps, longest)
        progress("fit", 1.0)
        return self

    @property
    def notes(self) -> Mapping[str, Any]:
        """What the fit found."""
        if self._fitted is None:
            return {}
        fitted = self._fitted
        names = fitted.shell.roles.values
        effects = {name.partition(":")[2]: law.linear.effects for name, law in fitted.steps.numbers() if law.linear}
        timed = [key.partition(":")[2] for key, law in fitted.steps.laws.items() if isinstance(law, Steady)]
        found = {
            "computed from other columns": [names[f.target] for f in fitted.computed],
            "moves with time alone": timed,
            "effects of the entity": effects,
            "ends no later than": list(fitted.memory.bounds),
        }
        return {key: value for key, value in found.items() if value}

    def simulate(self, plan: Plan, *, rng: np.random.Generator) -> Panel:
        """New entities by the plan."""
        fitted = self._ready()
        if plan.mode not in self.modes:
            raise ConfigError(f"'{self.name}' cannot make {plan.mode} series", hint="ask for mode new-entity")
        if plan.paths < 1:
            raise ConfigError(f"{plan.paths} paths make no series", hint="ask for at least 1")
        if plan.horizon is not None:
            raise ConfigError("new entities have lengths of their own", hint="leave the horizon out")
        columns, rows = _walk(fitted, plan.paths, rng)
        statics = fitted.layout.statics(columns, plan.paths, rng)
        names = labels(fitted.taken, plan.paths)
        made = [_series(fitted, rows, at, name, statics[at]) for at, name in enumerate(names)]
        return fitted.shell.of(made)

    def _ready(self) -> _Fitted:
        if self._fitted is None:
            raise NotFitted(self.name)
        return self._fitted

    def save(self, folder: Path) -> None:
        """Write JSON and arrays."""
        fitted = self._ready()
        plain: dict[str, Any] = {
            "options": self._options,
            "shell": shell_to_dict(fitted.shell),
            "taken": list(fitted.taken),
            "computed": [f.to_dict() for f in fitted.computed],
            "longest": fitted.longest,
        }
        arrays: dict[str, np.ndarray] = {}
        for key in ("layout", "memory", "head", "steps"):
            plain[key], parts = getattr(fitted, key).to_state()
            arrays |= nested(key, parts)
        artifact.save(folder, self.name, plain, arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a saved model."""
        plain, arrays = artifact.load(folder, cls.name)
        model = cls(**plain["options"])
        kinds: dict[str, Any] = {"layout": Layout, "memory": Memory, "head": Chain, "steps": Chain}
        parts = {key: kind.from_state(plain[key], under(key, arrays)) for key, kind in kinds.items()}
        computed = tuple(Formula.from_dict(f) for f in plain["computed"])
        shell = shell_from_dict(plain["shell"])
        model._fitted = _Fitted(
            shell=shell, taken=tuple(plain["taken"]), computed=computed, longest=plain["longest"], **parts
        )
        return model


def _shared(panel: Panel) -> bool:
    """Whether all entities have the same known inputs at the same positions."""
    return panel.grid.regular and np.isfinite(_calendar(panel)[0]).all() and not _conflict(panel)


def _calendar(panel: Panel) -> tuple[np.ndarray, int]:
    """(positions, e) exogenous values from the first position of any series on, and that position."""
    begins = min((s.start for s in panel), default=0)
    table = np.full((max((s.stop for s in panel), default=0) - begins, len(panel.roles.exog)), np.nan)
    for s in panel:
        table[s.start - begins : s.stop - begins] = s.exog
    return table, begins


def _conflict(panel: Panel) -> bool:
    table, begins = _calendar(panel)
    return any(not np.array_equal(table[s.start - begins : s.stop - begins], s.exog) for s in panel)


def _memory(panel: Panel, layout: Layout, rows: Rows, drawn: list[int]) -> Memory:
    """What is known of the past, on this calendar and of these columns."""
    inside = np.arange(rows.stamps.shape[1]) < rows.length[:, None]
    since = (rows.stamps - rows.stamps[:, :1])[inside]
    last = rows.stamps[np.arange(len(rows.length)), rows.length - 1]
    numbers = [name for name, code in layout.static.items() if code is None]
    bounds = [n for n in numbers if not panel.grid.regular and np.all(rows.static[n] >= last)]
    calendar, begins = _calendar(panel) if panel.roles.exog else (np.zeros((0, 0)), 0)
    names = [panel.roles.values[c] for c in drawn]
    cells = [rows.values[:, :, at][rows.present] for at in range(len(names))]
    return Memory(
        channels=tuple(names),
        scores=tuple(Scores.of(panel.schema[name], column) for name, column in zip(names, cells, strict=True)),
        marks=tuple((name, max(words.size, 1)) for name, words in layout.marks.items()),
        seasons=panel.grid.seasons if panel.grid.regular else (),
        irregular=not panel.grid.regular,
        centre=float(since.mean()),
        scale=float(since.std()) or 1.0,
        bounds=tuple(bounds),
        calendar=calendar,
        begin=begins,
        holes=tuple(bool(np.isnan(column).any()) for column in cells),
        lines=tuple(lines_of(rows.values[:, :, at], panel.schema[name].decimals) for at, name in enumerate(names))
        if panel.grid.regular
        else (0.0,) * len(names),
    )


def _walk(fitted: _Fitted, n: int, rng: np.random.Generator) -> tuple[dict[str, np.ndarray], Rows]:
    """The static columns and all rows of `n` new entities, side by side."""
    memory = fitted.memory
    columns, stamp, row = begin(fitted.head, memory, fitted.layout, n, rng)
    effects = _effects([(name, law) for name, law in fitted.steps.numbers()], n, rng)
    static = {name: fitted.layout.given(name, column) for name, column in columns.items()}
    who, past = np.arange(n), memory.started(row, stamp)
    length = np.ones(n, int)
    kept = [_padded(row, stamp, who, n)]
    while len(who) and len(kept) < fitted.longest:
        fixed = {name: Given(g.codes[who], g.size) for name, g in static.items()}
        own = {name: part[who] for name, part in effects.items()}
        ended, row = following(fitted.steps, memory, past, fixed, own, rng=rng)
        on = np.flatnonzero(~ended)
        who, row = who[on], row.only(on)
        past = memory.after({key: part[on] for key, part in past.items()}, row)
        length[who] += 1
        kept.append(_padded(row, past["stamp"], who, n))
    values, marks, present, stamps = (np.stack(parts, axis=1) for parts in zip(*kept, strict=True))
    return columns, Rows(np.round(stamp).astype(int), length, values, marks, present, stamps)


def _padded(row: Row, stamp: np.ndarray, who: np.ndarray, n: int) -> tuple[np.ndarray, ...]:
    """Rows of some of `n` series at their places."""
    parts = (row.values, row.marks, row.present, stamp)
    blanks = (np.nan, 0, False, np.nan)
    found = []
    for part, blank in zip(parts, blanks, strict=True):
        whole = np.full((n, *part.shape[1:]), blank, dtype=part.dtype)
        whole[who] = part
        found.append(whole)
    return tuple(found)


def _effects(laws: list[tuple[str, NumberLaw]], n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """(n, q) effects of new entities on each channel, drawn together."""
    linear = [(name.partition(":")[2], law.linear) for name, law in laws]
    parts = [part for _, part in linear if part is not None]
    spread = joint(parts)
    values, vectors = np.linalg.eigh(spread) if len(spread) else (np.zeros(0), np.zeros((0, 0)))
    drawn = rng.standard_normal((n, len(spread))) @ (vectors * np.sqrt(np.maximum(values, 0))).T
    found, at = {}, 0
    for name, part in linear:
        q = 0 if part is None else part.effects
        found[name] = drawn[:, at : at + q]
        at += q
    return found


def _series(fitted: _Fitted, rows: Rows, at: int, name: str, static: Mapping[str, Any]) -> Series:
    """One entity with the channels that follow from others, its attributes and the calendar's inputs."""
    memory, roles = fitted.memory, fitted.shell.roles
    one = fitted.layout.series(rows, at, name, irregular=memory.irregular)
    values = np.full((len(one), len(roles.values)), np.nan)
    values[:, [roles.values.index(c) for c in memory.channels]] = one.values
    for formula in fitted.computed:
        values[:, formula.target] = _rounded(fitted, formula, values)
    exog = np.zeros((len(one), 0))
    if memory.calendar.shape[1]:
        exog = memory.calendar[np.clip(one.start - memory.begin + np.arange(len(one)), 0, len(memory.calendar) - 1)]
    return replace(one, values=values, exog=exog, static=dict(static))


def _rounded(fitted: _Fitted, formula: Formula, values: np.ndarray) -> np.ndarray:
    column = fitted.shell.schema[fitted.shell.roles.values[formula.target]]
    found = formula.of(values)
    if column.kind == "integer":
        return np.round(found)
    return found if column.decimals is None else np.round(found, column.decimals)


MODEL = Sequences
