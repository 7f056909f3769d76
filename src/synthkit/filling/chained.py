"""Chained equations: each column with gaps is guessed from all others, in turn, until all have been often enough."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from synthkit.data.table import Table
from synthkit.encode.columns import Levels, Numbers, Strings
from synthkit.encode.encoder import Encoder
from synthkit.errors import ConfigError
from synthkit.filling._columns import Level, Number
from synthkit.models._forest import Given
from synthkit.models._screen import strongest
from synthkit.progress import Progress, silent
from synthkit.rng import seed_of

__all__ = ["Chained"]

_MOST = 10_000  # rows a column is learned from
_WORDS = 12  # levels that are features of their own
_GROVE = 20  # trees at least: with fewer, some rows are in every tree, and none is left to weigh the forest by
_SETTLE = 3  # rounds of drawing from a fresh start, before guesses count
_COUNT = 3  # rounds after that whose guesses count


@dataclass
class Chained:
    """Multiple imputation by chained equations, with regressions and forests side by side.

    Gaps begin with cells of other rows. In each round every column with gaps is learned from the others, and its gaps
    are drawn anew: numbers by predictive mean matching, categories from a forest's probabilities. After the rounds of
    learning gaps begin afresh, and are only drawn. An expected number is the mean guess over several such beginnings,
    so that what is not known of the other cells of a row is averaged over, not guessed first.

    Args:
        trees: of a forest; none at 0.
        rounds: of learning.
        chains: beginnings that an expectation is the mean of.

    References:
        van Buuren and Groothuis-Oudshoorn (2011), mice: Multivariate Imputation by Chained Equations in R. Stekhoven
        and Bühlmann (2012), MissForest. Little (1988), Missing-data adjustments in large surveys. Breiman (1996),
        Stacked regressions.
    """

    trees: int = 50
    rounds: int = 3
    chains: int = 5

    def __post_init__(self) -> None:
        if self.trees and self.trees < _GROVE:
            raise ConfigError(f"{self.trees} trees make no forest", hint=f"ask for at least {_GROVE}, or for none: 0")
        if min(self.rounds, self.chains) < 1:
            raise ConfigError("rounds and chains have to be 1 or more", hint="leave them out for the usual ones")

    def fill(
        self,
        table: Table,
        *,
        expected: bool,
        rng: np.random.Generator,
        seconds: float = float("inf"),
        progress: Progress = silent,
    ) -> Table:
        """The table with no cell missing, but for keys and texts, and columns without a single filled cell.

        Args:
            table: rows with gaps; it is left as it is.
            expected: put in the expected number or the likeliest category, not a draw.
            rng: decides all chance.
            seconds: after which columns that wait for a forest have to do without one, and no round of learning begins.
            progress: told column by column.
        """
        start, keys, learn, draw = rng.spawn(4)
        sheet = _Sheet.of(table, start, keys)
        laws = self._learned(sheet, learn, seconds, progress)
        means: dict[str, np.ndarray] = {}
        for chain in range(self.chains if expected else 1):
            progress("fill", 0.8 + 0.2 * chain / self.chains)
            sheet.begin(draw)
            for turn in range(_SETTLE + (_COUNT if expected else 1)):
                for name, law in laws.items():
                    guess = law.guess(sheet.asked(name))
                    if expected and turn >= _SETTLE:
                        means[name] = means.get(name, 0.0) + guess / (_COUNT * self.chains)
                    sheet.put(name, law.draw(guess, draw))
        for name, mean in means.items():
            sheet.put(name, mean.argmax(1) if mean.ndim == 2 else mean)
        progress("fill", 1.0)
        return sheet.table(table)

    def _learned(
        self, sheet: _Sheet, rng: np.random.Generator, seconds: float, progress: Progress
    ) -> dict[str, Number | Level]:
        """What guesses each column, after rounds in which gaps are drawn by what is known so far."""
        until, laws = time.monotonic() + seconds, dict[str, Number | Level]()
        for turn in range(self.rounds):
            if turn and time.monotonic() > until:
                break
            for done, name in enumerate(sheet.order):
                progress("fill", 0.8 * (turn + done / len(sheet.order)) / self.rounds)
                trees = self.trees if time.monotonic() < until else 0
                laws[name] = sheet.learned(name, trees, laws.get(name), rng)
                sheet.put(name, laws[name].draw(laws[name].guess(sheet.asked(name)), rng))
        return laws


@dataclass
class _Sheet:
    """The columns as arrays and as features, both with their gaps filled as it stands.

    Args:
        encoder: of the columns.
        gaps: column -> (n,) which cells are missing, of those that can be filled.
        arrays: column -> (n,) codes of levels, or numbers as parts of their scale.
        scales: of the numbers, powers of 2 so that no digit is lost.
        usual: of the numbers, mean and standard deviation of the cells that are there.
        features: (n, f) of all columns.
        places: column -> where its features are.
        seen: column -> the features that it is guessed from.
    """

    encoder: Encoder
    gaps: Mapping[str, np.ndarray]
    arrays: dict[str, np.ndarray]
    scales: Mapping[str, float]
    usual: Mapping[str, tuple[float, float]]
    features: np.ndarray
    places: Mapping[str, np.ndarray]
    seen: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, start: np.random.Generator, keys: np.random.Generator) -> _Sheet:
        """Of a table."""
        encoder = Encoder.learn(table, keys, rare=1)
        arrays, gaps, places, at = encoder.encode(table, keys), dict[str, np.ndarray](), dict[str, np.ndarray](), 0
        scales, usual = dict[str, float](), dict[str, tuple[float, float]]()
        for name, code in encoder.codes.items():
            empty = table.frame[name].isna().to_numpy()
            if not isinstance(code, Strings) and empty.any() and not empty.all():
                gaps[name] = empty
            width = 0 if empty.all() else min(code.size, _WORDS) if isinstance(code, Levels) else 1
            places[name], at = np.arange(at, at + width), at + width
            if isinstance(code, Numbers) and width:
                scales[name] = 2.0 ** np.ceil(np.log2(np.abs(code.support).max(initial=0.0) or 1.0))
                arrays[name] = arrays[name] / scales[name]
                usual[name] = float(arrays[name][~empty].mean()), float(arrays[name][~empty].std()) or 1.0
        sheet = cls(encoder, gaps, arrays, scales, usual, np.zeros((len(table), at), np.float32), places)
        for name in places:
            sheet._show(name, ~gaps[name] if name in gaps else np.ones(len(table), bool))
        sheet.begin(start)
        return sheet

    def begin(self, rng: np.random.Generator) -> None:
        """Fill all gaps with cells of other rows."""
        for name, empty in self.gaps.items():
            self.put(name, rng.choice(self.arrays[name][~empty], int(empty.sum())))

    @property
    def order(self) -> list[str]:
        """Columns with gaps, those with the fewest first."""
        return sorted(self.gaps, key=lambda name: int(self.gaps[name].sum()))

    def learned(self, name: str, trees: int, before: object, rng: np.random.Generator) -> Number | Level:
        """What guesses a column, from the rows in which it is filled, as the others stand."""
        rows = np.flatnonzero(~self.gaps[name])
        if len(rows) > _MOST:
            rows = np.sort(rng.permutation(rows)[:_MOST])
        if name not in self.seen:
            self.seen[name] = self._telling(name, rows, rng)
        x, y, seed = self._features(rows, name), self.arrays[name][rows], seed_of(rng)
        if name in self.scales:
            known = before if isinstance(before, Number) else None
            return Number.learn(x, y, trees=trees, seed=seed, before=known)
        return Level.learn(x, y, trees=trees, seed=seed)

    def _telling(self, name: str, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Features of the columns that tell most about it; of all others where they are few."""
        levels = {n: code.size for n, code in self.encoder.codes.items() if isinstance(code, Levels)}
        others = {
            other: Given(self.arrays[other][rows].astype(np.float32 if other in self.scales else np.int32),
                         0 if other in self.scales else levels.get(other, 2))
            for other, places in self.places.items() if other != name and len(places)
        }  # fmt: skip
        kept = strongest(self.arrays[name][rows], levels.get(name, 0), others, rng)
        return np.concatenate([self.places[other] for other in kept] or [np.zeros(0, np.int64)]).astype(np.int64)

    def asked(self, name: str) -> np.ndarray:
        """Features of the rows in which it is missing."""
        return self._features(np.flatnonzero(self.gaps[name]), name)

    def _features(self, rows: np.ndarray, name: str) -> np.ndarray:
        return np.asarray(self.features[np.ix_(rows, self.seen[name])], float)

    def put(self, name: str, cells: np.ndarray) -> None:
        """Fill its gaps."""
        self.arrays[name][self.gaps[name]] = cells
        self._show(name, self.gaps[name])

    def _show(self, name: str, rows: np.ndarray) -> None:
        """Numbers in standard deviations; the commonest levels each as 0 or 1, the others as none of them."""
        places, cells = self.places[name], self.arrays[name][rows]
        if not len(places):
            return
        if isinstance(self.encoder.codes[name], Levels):
            self.features[np.ix_(rows, places)] = cells[:, None] == np.arange(len(places))
        elif name in self.scales:
            mean, spread = self.usual[name]
            self.features[rows, places[0]] = (cells - mean) / spread
        else:
            self.features[rows, places[0]] = cells

    def table(self, torn: Table) -> Table:
        """The rows with the gaps as they are filled now."""
        frame, steady = torn.frame.copy(), np.random.default_rng(0)
        for name, empty in self.gaps.items():
            cells = self.encoder.codes[name].decode(self.arrays[name] * self.scales.get(name, 1), steady)
            frame[name] = frame[name].where(~empty, cells.set_axis(frame.index)).astype(frame[name].dtype)
        return Table(frame, torn.schema)
