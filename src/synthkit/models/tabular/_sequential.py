"""The joint law as one bag of trees a column, each given the columns before it. Encoded rows in, encoded rows out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Self

import numpy as np

from synthkit.encode.columns import Levels, Numbers, Strings
from synthkit.encode.encoder import Encoder
from synthkit.models._forest import Forest, Given, Growth
from synthkit.models._grow import bag, grow
from synthkit.models._screen import strongest
from synthkit.progress import Progress, silent

__all__ = ["Sequential", "given"]

Arrays = dict[str, np.ndarray]

_POOL = 20_000  # rows drawn to learn another order of the columns from, when a condition asks for it


@dataclass(frozen=True)
class Sequential:
    """A fitted law.

    Args:
        encoder: of the columns.
        growth: how the trees were grown.
        laws: column -> the columns before it that its trees see, and the trees; in the order of drawing.
        blur: ranks a number moves at most when it is drawn.
    """

    encoder: Encoder
    growth: Growth
    laws: Mapping[str, tuple[tuple[str, ...], Forest]]
    blur: float
    _turned: dict[tuple[str, ...], Sequential] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def learn(
        cls,
        encoder: Encoder,
        arrays: Mapping[str, np.ndarray],
        growth: Growth,
        *,
        blur: float,
        rngs: Sequence[np.random.Generator],
        first: Sequence[str] = (),
        progress: Progress = silent,
    ) -> Self:
        """Grow one law a column, side by side on all cores; the result does not depend on how many there are.

        Args:
            encoder: of the columns.
            arrays: encoded rows.
            growth: how the trees are grown.
            blur: see above.
            rngs: one a column.
            first: columns to begin with; then comes the target if it has levels, then few values before many.
            progress: told column by column.

        Raises:
            UnknownName: a column of `first` is not in the table.
        """
        order = _order(encoder, arrays, first)
        givens = {name: given(encoder, name, arrays[name]) for name in order}
        told, done = Lock(), 0
        many = growth.trees or bag(len(next(iter(arrays.values()), ())), len(order))

        def one(at: int) -> tuple[str, tuple[tuple[str, ...], Forest]]:
            nonlocal done
            name = order[at]
            size = givens[name].size
            before = strongest(arrays[name], size, {b: givens[b] for b in order[:at]}, rngs[at])
            forest = grow(arrays[name], size, [givens[b] for b in before], replace(growth, trees=many), rngs[at])
            with told:  # one thread at a time, or progress could fall
                done += 1
                progress("fit", done / len(order))
            return name, (before, forest)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            laws = dict(pool.map(one, range(len(order))))
        if not order:
            progress("fit", 1.0)
        return cls(encoder, growth, laws, blur)

    def draw(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> Arrays:
        """`n` encoded rows, some columns fixed at `n` codes each.

        Columns at the head of the order are conditioned on exactly. For any others rows are drawn and learned in an
        order that begins with them (kept for the next call): none is thrown away, so a rare condition costs no more
        than a common one.
        """
        if set(list(self.laws)[: len(fixed)]) == set(fixed):
            return self._forward(n, fixed, rng)
        key = tuple(sorted(fixed))
        if key not in self._turned:
            draw, *rngs = np.random.default_rng([len(self.laws), len(key)]).spawn(1 + len(self.encoder.codes))
            # The same encoder: its keys and texts are new to the real rows, and it knows every category and gap.
            rows = self._forward(_POOL, {}, draw)
            self._turned[key] = Sequential.learn(self.encoder, rows, self.growth, blur=0.0, rngs=rngs, first=key)
        return self._turned[key].draw(n, fixed, rng)

    def _forward(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> Arrays:
        arrays: Arrays = {}
        for (name, (before, forest)), child in zip(self.laws.items(), rng.spawn(len(self.laws)), strict=True):
            if name in fixed:
                arrays[name] = fixed[name]
                continue
            code = self.encoder.codes[name]
            values = forest.draw([given(self.encoder, b, arrays[b]) for b in before], n, child)
            arrays[name] = code.blur(values, self.blur, child) if self.blur and isinstance(code, Numbers) else values
        return arrays

    def to_state(self) -> tuple[dict[str, Any], Arrays]:
        """Plain values and arrays, the encoder's among them."""
        plain, arrays = self.encoder.to_state()
        for at, (_, forest) in enumerate(self.laws.values()):
            arrays |= {f"forest{at}.{key}": part for key, part in forest.arrays().items()}
        return {"encoder": plain, "order": [[name, list(before)] for name, (before, _) in self.laws.items()]}, arrays

    @classmethod
    def from_state(
        cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray], growth: Growth, *, blur: float
    ) -> Self:
        """Read what `to_state` gave."""
        laws = {}
        for at, (name, before) in enumerate(plain["order"]):
            prefix = f"forest{at}."
            parts = {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
            laws[name] = (tuple(before), Forest.from_arrays(parts))
        return cls(Encoder.from_state(plain["encoder"], arrays), growth, laws, blur)


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


def given(encoder: Encoder, name: str, array: np.ndarray) -> Given:
    """A column as others see it."""
    code = encoder.codes[name]
    return Given(code.rank(array), 0) if isinstance(code, Numbers) else Given(array, max(code.size, 1))  # type: ignore[attr-defined]
