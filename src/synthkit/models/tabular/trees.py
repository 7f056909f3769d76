"""Sequential trees: the classical champion. One bag of trees a column, each given the columns before it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.data.table import Table
from synthkit.encode.columns import Levels, Numbers, Strings
from synthkit.encode.encoder import Encoder
from synthkit.errors import NotFitted
from synthkit.models import artifact
from synthkit.models._forest import Forest, Given, Growth, grow
from synthkit.models._given import categories_of, fixed_codes
from synthkit.models._screen import strongest
from synthkit.models.card import Card
from synthkit.progress import Progress, silent

__all__ = ["MODEL", "Trees"]

_POOL = 20_000  # rows drawn to learn another order of the columns from, when a condition asks for it


class Trees:
    """Sequential classification and regression trees, pruned on unseen rows and shrunk.

    The joint law is the product of one law a column, each given the columns before it: the target first, then columns
    with few values before columns with many. Numbers are given out blurred by a few ranks, categories that fewer than
    five rows hold are not given out, keys and free text are made new. Missing cells are a value like any other and so
    keep their pattern.

    Args:
        trees: trees in a column's bag; 8 for small tables and 3 for large ones if None.
        leaf: rows in a leaf at least before pruning, for categories; larger is more private.
        wide_leaf: the same for numbers.
        shrink: rows' worth of the parent in the law of a leaf.
        blur: ranks a number moves at most when it is given out.
        given: columns to put first, so that `sample_where` can fix them.

    References:
        Reiter (2005), Using CART to generate partially synthetic public use microdata.
        Nowok, Raab and Dibben (2016), synthpop. Quinlan (1987), Simplifying decision trees.
    """

    name: ClassVar[str] = "trees"
    card: ClassVar[Card] = Card(
        family="sequential trees",
        rung=30,
        summary="One bag of decision trees a column, given the columns before it; new rows draw from the leaves.",
        assumes="Rows are independent; each column can be told from a handful of splits on the columns before it.",
        fails_when="Columns are exact formulas of others (a total of parts), or smooth surfaces in many dimensions.",
        data_hunger="Useful from a few hundred rows; near the sampling floor from some ten thousand.",
        latency="About a million cells a second.",
        control="Any columns can be fixed (sample_where) by conditioning; same seed, same rows.",
        cost="Seconds on a laptop CPU.",
        licence="MIT (ours), on scikit-learn (BSD-3-Clause)",
        references=("Reiter 2005", "Nowok, Raab and Dibben 2016", "Quinlan 1987"),
    )

    def __init__(
        self,
        *,
        trees: int | None = None,
        leaf: int = 3,
        wide_leaf: int = 10,
        shrink: float = 2.0,
        blur: float = 3.0,
        given: Sequence[str] = (),
    ) -> None:
        self.growth = Growth(trees=trees, leaf=leaf, wide_leaf=wide_leaf, shrink=shrink)
        self.blur = blur
        self.given = tuple(given)
        self._encoder: Encoder | None = None
        self._laws: dict[str, tuple[tuple[str, ...], Forest]] = {}
        self._reordered: dict[tuple[str, ...], Trees] = {}

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Learn the table; columns are fitted side by side on all cores, and the result does not depend on how many.

        Raises:
            UnknownName: a column of `given` is not in the table.
        """
        learn, spread, *children = rng.spawn(2 + len(table.schema))
        encoder = Encoder.learn(table, learn)
        arrays = encoder.encode(table, spread)
        self._learn(encoder, arrays, children, progress)
        return self

    def _learn(
        self,
        encoder: Encoder,
        arrays: Mapping[str, np.ndarray],
        children: Sequence[np.random.Generator],
        progress: Progress,
    ) -> None:
        """Grow one law a column, from encoded rows."""
        order = _order(encoder, arrays, self.given)
        givens = {name: _given(encoder, name, arrays[name]) for name in order}
        told, done = Lock(), 0

        def one(at: int) -> tuple[str, tuple[tuple[str, ...], Forest]]:
            nonlocal done
            name = order[at]
            size = givens[name].size
            before = strongest(arrays[name], size, {b: givens[b] for b in order[:at]}, children[at])
            forest = grow(arrays[name], size, [givens[b] for b in before], self.growth, children[at])
            with told:  # one thread at a time, or progress could fall
                done += 1
                progress("fit", done / len(order))
            return name, (before, forest)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self._laws = dict(pool.map(one, range(len(order))))
        if not order:
            progress("fit", 1.0)
        self._encoder, self._reordered = encoder, {}

    def sample(self, n: int, *, rng: np.random.Generator) -> Table:
        """`n` new rows."""
        return self._sample(n, {}, rng)

    def sample_where(self, n: int, given: Mapping[str, Any | Sequence[Any]], *, rng: np.random.Generator) -> Table:
        """`n` rows that hold `given`, the rest drawn from its law given those values.

        Columns at the head of the order are conditioned on exactly. For any others the model draws rows from itself and
        learns them in an order that begins with the given columns (kept for the next call): no row is thrown away, so a
        rare condition costs no more than a common one.

        Args:
            n: rows.
            given: column -> one value for all rows, or `n` values; None is a missing cell.
            rng: draws the rows.

        Raises:
            UnknownName: no such column, or a category the model does not give out.
            ConfigError: an id or text column, a value of the wrong kind, or not `n` of them.
        """
        encoder = self._fitted()
        fixed = {name: fixed_codes(encoder, name, value, n) for name, value in given.items()}
        if set(list(self._laws)[: len(fixed)]) == set(fixed):
            return self._sample(n, fixed, rng)
        key = tuple(sorted(fixed))
        if key not in self._reordered:
            draw, *children = np.random.default_rng([len(self._laws), len(key)]).spawn(1 + len(encoder.codes))
            # The same encoder: its keys and texts are new to the real rows, and it knows every category and gap.
            turned = Trees(**asdict(self.growth), blur=0.0, given=key)
            turned._learn(encoder, self._draw(_POOL, {}, draw), children, silent)
            self._reordered[key] = turned
        return self._reordered[key].sample_where(n, given, rng=rng)

    def categories(self, column: str) -> tuple[str, ...]:
        """The categories of a column that it gives out, most frequent first."""
        return categories_of(self._fitted(), column)

    def _sample(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> Table:
        draws, words = rng.spawn(2)
        return self._fitted().decode(self._draw(n, fixed, draws), words, n)

    def _draw(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Encoded rows."""
        encoder = self._fitted()
        children = rng.spawn(len(self._laws))
        arrays: dict[str, np.ndarray] = {}
        for (name, (before, forest)), child in zip(self._laws.items(), children, strict=True):
            if name in fixed:
                arrays[name] = fixed[name]
                continue
            code = encoder.codes[name]
            values = forest.draw([_given(encoder, b, arrays[b]) for b in before], n, child)
            arrays[name] = code.blur(values, self.blur, child) if self.blur and isinstance(code, Numbers) else values
        return arrays

    @property
    def protected(self) -> dict[str, int]:
        """Rows whose category was too rare to give out, by column."""
        return self._fitted().protected

    def _fitted(self) -> Encoder:
        if self._encoder is None:
            raise NotFitted(self.name)
        return self._encoder

    def save(self, folder: Path) -> None:
        """Write the fitted model (JSON and arrays, no code)."""
        plain, arrays = self._fitted().to_state()
        for at, (_, forest) in enumerate(self._laws.values()):
            arrays |= {f"forest{at}.{key}": part for key, part in forest.arrays().items()}
        order = [[name, list(before)] for name, (before, _) in self._laws.items()]
        options = asdict(self.growth) | {"blur": self.blur, "given": list(self.given)}
        artifact.save(folder, self.name, {"encoder": plain, "order": order, "options": options}, arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        plain, arrays = artifact.load(folder, cls.name)
        model = cls(**plain["options"])
        model._encoder = Encoder.from_state(plain["encoder"], arrays)
        for at, (name, before) in enumerate(plain["order"]):
            prefix = f"forest{at}."
            parts = {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
            model._laws[name] = (tuple(before), Forest.from_arrays(parts))
        return model


def _order(encoder: Encoder, arrays: Mapping[str, np.ndarray], first: Sequence[str]) -> list[str]:
    """Given columns, the target if it has levels, then from few distinct values to many."""
    for name in first:
        _ = encoder.schema[name]
    target = encoder.schema.target
    heads = list(first)
    if target is not None and isinstance(encoder.codes[target], Levels) and target not in heads:
        heads.append(target)

    def late(name: str) -> tuple[bool, int]:
        code = encoder.codes[name]
        if isinstance(code, Numbers):
            return True, len(code.support)
        return False, int(arrays[name].max(initial=0))

    wordy = {n for n, code in encoder.codes.items() if isinstance(code, Strings) and not code.missing}
    return heads + sorted((n for n in encoder.codes if n not in heads and n not in wordy), key=late)


def _given(encoder: Encoder, name: str, array: np.ndarray) -> Given:
    """A column as others see it."""
    code = encoder.codes[name]
    return Given(code.rank(array), 0) if isinstance(code, Numbers) else Given(array, max(code.size, 1))  # type: ignore[attr-defined]


MODEL = Trees
