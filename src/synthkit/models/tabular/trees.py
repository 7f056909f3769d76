"""Sequential trees: the classical champion. One bag of trees a column, each given the columns before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from synthkit.data.table import Table
from synthkit.encode.encoder import Encoder
from synthkit.errors import NotFitted
from synthkit.models import artifact
from synthkit.models._forest import Growth
from synthkit.models._guard import Guard
from synthkit.models.card import Card
from synthkit.models.tabular._drawn import Drawn
from synthkit.models.tabular._leaves import densities, far, learned, never_missing
from synthkit.models.tabular._odd import cells_of, unseen
from synthkit.models.tabular._sequential import Sequential
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from synthkit.data.schema import Schema

__all__ = ["MODEL", "Trees"]

_USUAL = 2_000  # rows drawn to know how likely cells usually are


class Trees(Drawn):
    """Sequential classification and regression trees, pruned on unseen rows and shrunk.

    The joint law is the product of one law a column, each given the columns before it: the target first, then columns
    with few values before columns with many. Numbers are given out blurred by a few ranks, categories that fewer than
    five rows hold are not given out, keys and free text are made new. Missing cells are a value like any other and so
    keep their pattern.

    Args:
        trees: trees in a column's bag; 8 for small tables, 3 for large or wide ones if None.
        leaf: rows in a leaf at least before pruning, for categories; larger is more private.
        wide_leaf: the same for numbers.
        shrink: rows' worth of the parent in the law of a leaf.
        blur: ranks a number moves at most when it is given out.
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.
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
        control="Any columns can be fixed (sample_where) by conditioning; log_density and surprise.",
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
        privacy: int | None = None,
        given: Sequence[str] = (),
    ) -> None:
        self.guard = Guard(privacy)
        self.growth = Growth(trees, self.guard.leaf(leaf), self.guard.leaf(wide_leaf), shrink)
        self.blur = self.guard.blur(blur)
        self.given = tuple(given)
        self._law: Sequential | None = None

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Learn the table; columns are fitted side by side on all cores, and the result does not depend on how many.

        Raises:
            UnknownName: a column of `given` is not in the table.
        """
        learn, spread, *children = rng.spawn(2 + len(table.schema))
        encoder = Encoder.learn(table, learn, rare=self.guard.rare)
        arrays = encoder.encode(table, spread)
        self._law = Sequential.learn(
            encoder, arrays, self.growth, blur=self.blur, rngs=children, first=self.given, progress=progress
        )
        return self

    @property
    def _encoder(self) -> Encoder:
        return self._fitted().encoder

    def _draw(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        return self._fitted().draw(n, fixed, rng)

    def _fitted(self) -> Sequential:
        if self._law is None:
            raise NotFitted(self.name)
        return self._law

    @property
    def schema(self) -> Schema:
        """Of the fitted table."""
        return self._encoder.schema

    def log_density(self, table: Table) -> np.ndarray:
        """(n,) log densities in nats, in the measure of `Density` and the order of drawing.

        Categories, missing cells and values that one row in 48 holds count by the chance with which they are drawn, but
        that the root of a tree gives every one a little. Other numbers are approximated: their law is taken as even
        within a stretch of a 24th of the rows, and the few ranks that a number moves when it is given out are left
        out. A cell that is missing in a column that never was is as likely as one in one more row than were learned,
        a category that was never seen as another that was drawn in its place.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        law = self._fitted()
        each = densities(law, cells_of(law.encoder, table))
        return np.asarray(np.where(never_missing(law, table), -np.log(learned(law) + 1), each).sum(1))

    def surprise(self, table: Table) -> tuple[np.ndarray, tuple[str, ...]]:
        """(n, c) nats by which cells are less likely, given the columns before them, than in the model's own rows.

        A number counts on the scale of its normal score, so that the extremes of a column are odd even where nothing
        else is. What was never seen (a category, a missing cell, a number beyond all others, the more the further it
        is) counts as one in as many rows as were learned, at least. The columns are in the order of drawing.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        law, names = self._fitted(), tuple(self._fitted().laws)
        own, arrays = law.draw(_USUAL, {}, np.random.default_rng(0)), cells_of(law.encoder, table)
        usual, each = (far(law, rows) - densities(law, rows) for rows in (own, arrays))
        odd = np.where(never_missing(law, table), 0.0, each) - usual.mean(0)
        return odd + unseen(law.encoder, names, table, learned(law)), names

    def save(self, folder: Path) -> None:
        """Write the fitted model (JSON and arrays, no code)."""
        plain, arrays = self._fitted().to_state()
        options = asdict(self.growth) | {"blur": self.blur, "privacy": self.guard.rows, "given": list(self.given)}
        artifact.save(folder, self.name, plain | {"options": options}, arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        plain, arrays = artifact.load(folder, cls.name)
        model = cls(**plain["options"])
        model._law = Sequential.from_state(plain, arrays, model.growth, blur=model.blur)
        return model


MODEL = Trees
