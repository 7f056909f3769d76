"""Weights under which single columns and pairs of columns have the law that they have in the data."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthkit.encode.columns import Levels, Strings
from synthkit.encode.encoder import Columns, Encoder, length
from synthkit.errors import ArtifactError

__all__ = ["FEW", "Calibration", "Grid", "Tallied", "enough"]

Located = tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]
"""Column -> (n,) the places of rows: in each column by itself, and in a pair."""

_FINE, _COARSE = 120, 12  # places of a column by itself, and in a pair
_LOOKED, _PAIRS = 2_000, 200  # pairs that are looked at, and those furthest off
_ROUNDS = 12  # by then shares agree to a few thousandths
_STEEPEST = 5.0  # factor in one round
FEW = 20
"""Real rows that a share stands for at least."""


@dataclass(frozen=True)
class Grid:
    """Places of the cells of a column.

    Args:
        cuts: of a number, ascending; missing cells have the last place. None for codes.
        codes: of a category, its place; None for numbers, and where each code is its own.
        size: how many.
    """

    cuts: np.ndarray | None
    codes: np.ndarray | None
    size: int

    @classmethod
    def learn(cls, array: np.ndarray, levels: int | None, most: int) -> Grid:
        """About `most` places, by quantiles or the most frequent of the codes, the others together.

        A number that more than one quantile falls on has a place of its own.

        Args:
            array: (n,) encoded cells.
            levels: codes there are; None for a number.
            most: places at most.
        """
        if levels is None:
            cuts = _cuts(array[np.isfinite(array)], most)
            return cls(cuts, None, len(cuts) + 2)
        if levels <= most:
            return cls(None, None, levels)
        often = np.argsort(-np.bincount(array, minlength=levels), kind="stable")[: most - 1]
        codes = np.full(levels, most - 1)
        codes[often] = np.arange(len(often))
        return cls(None, codes, most)

    def __call__(self, array: np.ndarray) -> np.ndarray:
        """(n,) places."""
        if self.cuts is None:
            return np.asarray(array if self.codes is None else self.codes[array])
        found = np.searchsorted(self.cuts, array, side="right")
        return np.where(np.isfinite(array), found, self.size - 1)


@dataclass(frozen=True)
class Tallied:
    """How often real rows have their places in one or two columns.

    Args:
        names: of the columns.
        cells: (places,) or (places * places,) -> the cell of the table; cells of few real rows are one.
        shares: of real rows, a cell.
    """

    names: tuple[str, ...]
    cells: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, names: Sequence[str], at: np.ndarray, size: int, least: int) -> Tallied:
        """The table of (n,) places of real rows, of `size`; what fewer than `least` rows hold is one cell."""
        counts = np.bincount(at, minlength=size)
        common = counts >= least
        cells = np.where(common, np.cumsum(common) - 1, common.sum())
        return cls(tuple(names), cells, np.append(counts[common], counts[~common].sum()) / max(len(at), 1))


@dataclass(frozen=True)
class Calibration:
    """What is known of single columns and pairs of columns of the real rows, to weight rows of a model by.

    The weights are those under which just these rows have the shares of the real ones in each column and, on a coarse
    grid, in the pairs that the model is furthest off in: among all such weights, those next to the ones it has anyway
    (iterative proportional fitting, Deming and Stephan 1940; calibration, Deville and Särndal 1992). They mend what the
    model gets wrong in these tables, and take out most of the chance in a draw.

    Args:
        fine: places of a column by itself.
        coarse: places of a column in a pair.
        tables: of pairs, and of columns, which come last: what is mended last is off least.
    """

    fine: Mapping[str, Grid]
    coarse: Mapping[str, Grid]
    tables: tuple[Tallied, ...]

    @classmethod
    def learn(
        cls, encoder: Encoder, real: Columns, made: Columns, rng: np.random.Generator, *, least: int
    ) -> Calibration:
        """Count real rows in the tables to follow.

        Args:
            encoder: of the rows.
            real: encoded rows whose laws are wanted.
            made: rows of the model, some thousand at least; cuts lie at numbers of these.
            rng: decides which pairs of a wide table are looked at.
            least: real rows that a share of its own stands for at least.
        """
        names = [name for name in encoder.codes if name in real and name in made]
        fine, coarse = ({name: _grid(encoder, name, made[name], most) for name in names} for most in (_FINE, _COARSE))
        found = cls(fine, coarse, ())
        theirs, own = found._located(real), found._located(made)
        alone = [found._tallied((name,), theirs, least) for name in names]
        weights = np.exp(cls(fine, coarse, tuple(alone)).raked(made, np.zeros(length(made))))
        pairs = list(itertools.combinations(names, 2))
        some = sorted(rng.permutation(len(pairs))[:_LOOKED])
        looked = [found._tallied(pairs[at], theirs, least) for at in some]
        off = [found._off(table, own, weights) for table in looked]
        worst = [looked[at] for at in np.argsort(-np.array(off), kind="stable")[:_PAIRS]]
        return cls(fine, coarse, (*worst, *alone))

    @classmethod
    def of(cls, encoder: Encoder, rows: Columns) -> Calibration:
        """The tables of single columns as they are in some encoded rows."""
        fine = {name: _grid(encoder, name, array, _FINE) for name, array in rows.items()}
        found = cls(fine, {}, ())
        located = found._located(rows)
        return cls(fine, {}, tuple(found._tallied((name,), located, 1) for name in rows))

    def raked(self, rows: Columns, logs: np.ndarray) -> np.ndarray:
        """(n,) log weights of encoded rows, next to `logs`, under which they have the shares as far as they can."""
        located = self._located(rows)
        cells = [(table, self._cells(table, located).astype(np.int16)) for table in self.tables]
        weights = np.exp(logs - logs.max(initial=-np.inf))
        for _ in range(_ROUNDS):
            for table, at in cells:
                weights /= weights.sum()
                now = np.bincount(at, weights, len(table.shares))
                ratio = np.divide(table.shares, now, out=np.ones_like(now), where=now > 0)
                weights *= ratio.clip(1 / _STEEPEST, _STEEPEST)[at]
        return np.asarray(np.log(weights.clip(min=np.finfo(float).tiny)))

    def _located(self, rows: Columns) -> Located:
        """The places of encoded rows."""
        alone, paired = ({name: grid(rows[name]) for name, grid in grids.items()} for grids in (self.fine, self.coarse))
        return alone, paired

    def _tallied(self, names: Sequence[str], real: Located, least: int) -> Tallied:
        return Tallied.of(names, self._places(names, real), self._size(names), least)

    def _size(self, names: Sequence[str]) -> int:
        grids = self.fine if len(names) == 1 else self.coarse
        return int(np.prod([grids[name].size for name in names]))

    def _places(self, names: Sequence[str], located: Located) -> np.ndarray:
        """(n,) where rows are in the table of some columns."""
        alone, paired = located
        if len(names) == 1:
            return alone[names[0]]
        one, other = (paired[name] for name in names)
        return np.asarray(one * self.coarse[names[1]].size + other)

    def _cells(self, table: Tallied, located: Located) -> np.ndarray:
        """(n,) the cell of each row in a table."""
        return np.asarray(table.cells[self._places(table.names, located)])

    def _off(self, table: Tallied, located: Located, weights: np.ndarray) -> float:
        """How far weighted rows are from the shares of a table: total variation."""
        now = np.bincount(self._cells(table, located), weights, len(table.shares))
        return float(np.abs(now / weights.sum() - table.shares).sum() / 2)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays, for a model's file."""
        plain: dict[str, Any] = {"tables": [list(table.names) for table in self.tables]}
        arrays: dict[str, np.ndarray] = {}
        for kind, grids in (("fine", self.fine), ("coarse", self.coarse)):
            plain[kind] = {name: grid.size for name, grid in grids.items()}
            for at, grid in enumerate(grids.values()):
                for key, part in (("cuts", grid.cuts), ("codes", grid.codes)):
                    arrays |= {} if part is None else {f"calibration.{kind}{at}.{key}": part}
        for key in ("cells", "shares"):
            parts = [getattr(table, key) for table in self.tables]
            arrays[f"calibration.{key}"] = np.concatenate([*parts, np.zeros(0, parts[0].dtype if parts else float)])
            arrays[f"calibration.{key}.sizes"] = np.array([len(part) for part in parts], np.int64)
        return plain, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Calibration:
        """Read what `to_state` gave.

        Raises:
            ArtifactError: the tables do not fit together.
        """
        try:
            fine, coarse = (
                {
                    name: Grid(
                        arrays.get(f"calibration.{kind}{at}.cuts"), arrays.get(f"calibration.{kind}{at}.codes"), size
                    )
                    for at, (name, size) in enumerate(plain[kind].items())
                }
                for kind in ("fine", "coarse")
            )
            ends = {key: np.cumsum(arrays[f"calibration.{key}.sizes"]) for key in ("cells", "shares")}
            parts = [np.split(arrays[f"calibration.{key}"], end)[:-1] for key, end in ends.items()]
            tables = [Tallied(tuple(n), *two) for n, *two in zip(plain["tables"], *parts, strict=True)]
            found = cls(fine, coarse, tuple(tables))
            whole = all(len(t.cells) == found._size(t.names) and t.cells.max() < len(t.shares) for t in tables)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"the calibration of the model cannot be read: {type(error).__name__}") from None
        if not whole:
            raise ArtifactError("the tables of the model's calibration do not fit its columns")
        return found


def _cuts(numbers: np.ndarray, most: int) -> np.ndarray:
    """Where places begin: at quantiles, and right after those that many rows share."""
    if not len(numbers):
        return np.zeros(0)
    shares = np.linspace(0, 1, most + 1)[1:-1]
    at, times = np.unique(np.quantile(numbers, shares, method="nearest"), return_counts=True)
    return np.union1d(at, np.nextafter(at[times > 1], np.inf, dtype=at.dtype))


def enough(rows: int) -> int:
    """Rows of a model that show how far it is off so many real ones."""
    return int(np.clip(rows, 10_000, 50_000))


def _grid(encoder: Encoder, name: str, array: np.ndarray, most: int) -> Grid:
    code = encoder.codes[name]
    return Grid.learn(array, code.size if isinstance(code, (Levels, Strings)) else None, most)
