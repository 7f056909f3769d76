"""The law of one column given what is known about its row: levels by trees, numbers by a linear model and trees.

A number is drawn in two steps, since it often is no plain number. First what it is: missing, the same as the one
before, on the straight line through the last two, one of a few values that many share (0, 2,080 hours), or free. A free
number then has a score, which is

    linear model of what is known + effects of the entity + rest,

and the rest is drawn from trees, so that its shape and spread may depend on everything. Nothing is copied: a free
number is a sum of parts from different rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthkit.data.schema import RARE
from synthkit.encode.columns import Numbers
from synthkit.models._forest import Forest, Given, Growth
from synthkit.models._grow import grow
from synthkit.models._screen import strongest
from synthkit.models.series._sequence import mixed
from synthkit.models.series._sequence.design import Design
from synthkit.models.series._sequence.mixed import Mixed
from synthkit.models.series._sequence.parts import State, nested, under
from synthkit.models.series._sequence.scores import Scores

__all__ = ["Known", "LevelLaw", "NumberLaw", "PlainLaw", "atoms_of", "drawn"]

_FREE, _MISSING, _SAME, _LINE, _ATOMS = 0, 1, 2, 3, 4
_MOST_ATOMS = 30
_ATOM_SHARE = 0.02
_PEAK = 4.0  # times as many rows as the neighbouring values: 0.7 in a column of one decimal is no atom
_FEW_VALUES = 12  # a column with no more values is all atoms
_SAME_SHARE = 0.02  # of rows that repeat a value which is no atom
_BLUR = 0.1  # share of the spread of the rest that is noise of our own
_RANKS = 3.0  # that a gap or a start moves at most
_SEES = "fit"  # what the linear model says, as the trees see it


@dataclass(frozen=True)
class Known:
    """What is known about rows before a column of them is drawn.

    Args:
        givens: columns.
        last: (n,) the value before, NaN where there is none.
        ahead: (n,) where the straight line through the last two values goes, NaN where nothing follows lines.
        near: how far from it a value may lie, by rounding.
        basis: (n, q) columns of the effects of an entity; (n, 0) where an entity has one row.
        groups: (n,) 0..count-1, whose row it is.
        count: entities.
    """

    givens: Mapping[str, Given]
    last: np.ndarray
    basis: np.ndarray
    groups: np.ndarray
    count: int
    ahead: np.ndarray | None = None
    near: float = 0.0

    def only(self, rows: np.ndarray) -> Known:
        """Some of the rows."""
        givens = {name: Given(g.codes[rows], g.size) for name, g in self.givens.items()}
        ahead = None if self.ahead is None else self.ahead[rows]
        return replace(
            self, givens=givens, last=self.last[rows], basis=self.basis[rows], groups=self.groups[rows], ahead=ahead
        )

    def plus(self, name: str, given: Given) -> Known:
        """With one more column."""
        return replace(self, givens={**self.givens, name: given})


@dataclass(frozen=True)
class LevelLaw:
    """Codes 0..size-1 by a bag of trees.

    Args:
        before: names of what the trees see.
        forest: the trees.
    """

    before: tuple[str, ...]
    forest: Forest

    @classmethod
    def learn(
        cls, codes: np.ndarray, size: int, givens: Mapping[str, Given], growth: Growth, rng: np.random.Generator
    ) -> LevelLaw:
        """Grow the trees; `size` 0 stands for a column of plain numbers."""
        seen = {name: _seen(given) for name, given in givens.items()}
        before = strongest(codes, size, seen, rng)
        return cls(before, grow(codes, size, [seen[name] for name in before], growth, rng))

    def draw(self, givens: Mapping[str, Given], n: int, rng: np.random.Generator) -> np.ndarray:
        """One code for each of `n` rows."""
        return self.forest.draw([_seen(givens[name]) for name in self.before], n, rng)

    def to_state(self) -> State:
        """Plain values and arrays."""
        return {"before": list(self.before)}, self.forest.arrays()

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> LevelLaw:
        """Read what `to_state` gave."""
        return cls(tuple(plain["before"]), Forest.from_arrays(dict(arrays)))


@dataclass(frozen=True)
class NumberLaw:
    """A number: what it is, and where free its score.

    Args:
        scores: of the column.
        atoms: values that many entities share.
        form: the law of what the number is; None where all are free.
        design, linear: of the scores; None where no number is free.
        rest: the law of what the linear model leaves.
    """

    scores: Scores
    atoms: np.ndarray
    form: LevelLaw | None
    design: Design | None
    linear: Mixed | None
    rest: LevelLaw | None

    @classmethod
    def learn(
        cls,
        values: np.ndarray,
        known: Known,
        column: tuple[Scores, np.ndarray],
        growth: Growth,
        rng: np.random.Generator,
    ) -> NumberLaw:
        """Learn from (n,) values with NaN for missing; `column` is its scores and its atoms."""
        scores, atoms = column
        forms = _forms(values, known, atoms)
        form = None
        if (forms != _FREE).any():
            form = LevelLaw.learn(forms, _ATOMS + len(atoms), known.givens, growth, rng)
        free = np.flatnonzero(forms == _FREE)
        if len(free) == 0:
            return cls(scores, atoms, form, None, None, None)
        mine, target = known.only(free), scores.encode(values[free])
        design = Design.learn({n: g for n, g in mine.givens.items() if _linear(n)}, target)
        x = design.of(mine.givens, len(free))
        linear = mixed.learn(x, target, mine.groups, mine.count, mine.basis)
        effects = drawn(linear, rng)[mine.groups]
        said = x @ linear.beta + (mine.basis[:, : linear.effects] * effects).sum(1)
        left = target - said
        left *= linear.rest / max(float(np.sqrt(np.mean(left**2))), 1e-12)  # in-sample rests are too small
        rest = LevelLaw.learn(left, 0, mine.plus(_SEES, Given(said, 0)).givens, growth, rng)
        return cls(scores, atoms, form, design, linear, rest)

    def draw(self, known: Known, effects: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One value for each row, NaN for missing; `effects` are (n, q) of the rows' entities, with spare columns."""
        n = len(known.last)
        forms = self.form.draw(known.givens, n, rng) if self.form else np.full(n, _FREE)
        out = np.full(n, np.nan)
        atom = forms >= _ATOMS
        out[atom] = self.atoms[forms[atom] - _ATOMS]
        same = forms == _SAME
        out[same] = known.last[same]
        if known.ahead is not None:
            forms[(forms == _LINE) & np.isnan(known.ahead)] = _FREE  # after a single row there is no line yet
            line = forms == _LINE
            out[line] = self.scores.within(known.ahead[line])
        free = np.flatnonzero(forms == _FREE)
        if self.linear is None or self.design is None or self.rest is None or len(free) == 0:
            return out
        mine, q = known.only(free), self.linear.effects
        said = self.design.of(mine.givens, len(free)) @ self.linear.beta
        said += (mine.basis[:, :q] * effects[free, :q]).sum(1)
        left = self.rest.draw(mine.plus(_SEES, Given(said, 0)).givens, len(free), rng)
        noise = _BLUR * self.linear.rest * rng.standard_normal(len(free))
        out[free] = self.scores.decode(said + (left + noise) / np.sqrt(1 + _BLUR**2))
        return out

    def to_state(self) -> State:
        """Plain values and arrays."""
        plain: dict[str, Any] = {}
        arrays = {"atoms": self.atoms}
        for key in ("scores", "form", "design", "linear", "rest"):
            part = getattr(self, key)
            if part is not None:
                plain[key], found = part.to_state()
                arrays |= nested(key, found)
        return plain, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> NumberLaw:
        """Read what `to_state` gave."""
        kinds: dict[str, Any] = {
            "scores": Scores, "form": LevelLaw, "design": Design, "linear": Mixed, "rest": LevelLaw,
        }  # fmt: skip
        parts: dict[str, Any] = {
            key: kind.from_state(plain[key], under(key, arrays)) if key in plain else None
            for key, kind in kinds.items()
        }
        return cls(atoms=arrays["atoms"], **parts)


@dataclass(frozen=True)
class PlainLaw:
    """A number without a scale of its own (a gap, a start): values of like rows by trees, blurred by a few ranks.

    Args:
        trees: draw a value of some row.
        support: blurs it, so that what few share is nobody's.
    """

    trees: LevelLaw
    support: Numbers

    @classmethod
    def learn(cls, values: np.ndarray, known: Known, growth: Growth, rng: np.random.Generator) -> PlainLaw:
        """Learn from (n,) values without NaN."""
        support, counts = np.unique(values, return_counts=True)
        whole = bool((support == np.round(support)).all())
        trees = LevelLaw.learn(values.astype(float), 0, known.givens, growth, rng)
        return cls(trees, Numbers(None, whole, None, support.astype(float), counts, 0.0))

    def draw(self, known: Known, rng: np.random.Generator) -> np.ndarray:
        """One value for each row."""
        return self.support.blur(self.trees.draw(known.givens, len(known.last), rng), _RANKS, rng)

    def to_state(self) -> State:
        """Plain values and arrays."""
        (trees, one), (support, two) = self.trees.to_state(), self.support.to_state()
        return {"trees": trees, "support": support}, nested("trees", one) | nested("support", two)

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> PlainLaw:
        """Read what `to_state` gave."""
        trees = LevelLaw.from_state(plain["trees"], under("trees", arrays))
        return cls(trees, Numbers.from_state(plain["support"], under("support", arrays)))


def drawn(linear: Mixed, rng: np.random.Generator) -> np.ndarray:
    """(count, q) effects of the fitted entities, each drawn from what its rows say about it."""
    if linear.effects == 0:
        return linear.centre
    root = np.linalg.cholesky(linear.doubt + 1e-12 * np.eye(linear.effects))
    return np.asarray(linear.centre + np.einsum("nij,nj->ni", root, rng.standard_normal(linear.centre.shape)))


def atoms_of(values: np.ndarray, entities: np.ndarray) -> np.ndarray:
    """The values that stand for something and not for a place on a scale, commonest first, in rising order.

    A value is one if `RARE` entities hold it and one row in fifty, and the values next to it are far less common or
    the column has few values at all.

    >>> rng = np.random.default_rng(0)
    >>> atoms_of(np.where(rng.random(900) < 0.3, 0.0, rng.normal(size=900)), np.arange(900))
    array([0.])
    """
    filled = np.isfinite(values)
    support, codes, counts = np.unique(values[filled], return_inverse=True, return_counts=True)
    if len(support) == 0:
        return support
    pairs = np.unique(np.column_stack([codes, entities[filled]]), axis=0)
    holders = np.bincount(pairs[:, 0], minlength=len(support))
    near = np.array(
        [np.median(np.r_[counts[max(at - 3, 0) : at], counts[at + 1 : at + 4], 1]) for at in range(len(support))]
    )
    peak = (counts >= _PEAK * near) | (len(support) <= _FEW_VALUES)
    atom = np.flatnonzero(peak & (holders >= RARE) & (counts >= _ATOM_SHARE * filled.sum()))
    kept: np.ndarray = np.sort(support[atom[np.argsort(-counts[atom], kind="stable")[:_MOST_ATOMS]]])
    return kept


def _forms(values: np.ndarray, known: Known, atoms: np.ndarray) -> np.ndarray:
    """What each number is."""
    last = known.last
    forms = np.full(len(values), _FREE, np.int32)
    forms[~np.isfinite(values)] = _MISSING
    if known.ahead is not None:
        forms[np.abs(values - known.ahead) <= known.near] = _LINE
    again = (values == last) & (forms != _LINE)  # a flat line is a line: whether one goes on is one question
    if len(atoms):
        place = np.searchsorted(atoms, values).clip(max=len(atoms) - 1)
        atom = atoms[place] == values
        forms[atom] = _ATOMS + place[atom]
        again &= ~atom
    if again.sum() > _SAME_SHARE * len(values):
        forms[again] = _SAME
    return forms


def _seen(given: Given) -> Given:
    """As trees see it: what is not known lies below everything."""
    return given if given.size else Given(np.nan_to_num(given.codes, nan=-1e6).astype(np.float32), 0)


def _linear(name: str) -> bool:
    """Whether the linear model may lean on it: running sums would double the effects of the entity."""
    return name.partition(":")[0] not in ("mean", "held", "moves", "gone", "until", "first mark", "lag2 mark")
