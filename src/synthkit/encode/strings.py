"""A law for strings that must look right and belong to nobody: keys, names, tickets, remarks.

A value is cut into pieces: runs of letters, runs of digits, single other characters. A piece that enough rows share
("Mr", "PC", a blank) is kept as it is; any other is remembered only as its shape (three digits; a capital and six small
letters). New strings walk a chain over pieces and shapes, and shapes are filled with random letters and digits, so
nothing that only a few rows hold can come out again. Whole values that occur in the data are refused by their keyed
hash. Keys are told apart by the number of their row: see `synthkit.encode.keys`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.data.schema import RARE
from synthkit.encode.keys import TURN, Deal, Pattern

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["StringLaw", "Words"]

Words = Callable[[int, int], list[str]]
"""Number of the first row, and how many rows -> a word for each of them."""

_PIECES = re.compile(r"[^\W\d_]+|\d+|.", re.DOTALL)
_START, _END = "^", "$"
_POSITIONS = 8  # the chain knows how far into the string it is, up to here: short codes keep their layout
_LONGEST = 400  # pieces of one string; longer remarks are cut
_TRIES = 20  # further walks before a string is made new by force
_VOWELS, _CONSONANTS, _DIGITS = "aeiou", "bcdfghjklmnprstvwz", "0123456789"
_VOWEL = 0.4  # share of made-up words that begin with a vowel


@dataclass(frozen=True)
class StringLaw:
    """How strings of one column are made.

    Args:
        chain: state -> (next symbols, cumulative shares). A state is "position|symbol"; a symbol is "=piece" (kept as
            it is), "A" + a letter for its case + a length (letters), or "9" + a length (digits; "0" + a length when
            some begin with a zero).
        key: key of the hashes in `seen`.
        seen: sorted 64-bit keyed hashes of the values of the data; a string whose hash is here is never made.
        unique: whether no string may come twice.
        first: for keys that count upwards, the first number to hand out; None otherwise.
    """

    chain: Mapping[str, tuple[Sequence[str], np.ndarray]]
    key: str
    seen: np.ndarray
    unique: bool
    first: int | None

    @classmethod
    def learn(cls, values: Iterable[str], *, unique: bool, rng: np.random.Generator, rare: int = RARE) -> StringLaw:
        """Learn from the filled cells of a column.

        Args:
            values: the strings, one a row.
            unique: whether the column is a key.
            rng: draws the key of the hashes.
            rare: a piece is kept as it is only if at least so many rows hold it.
        """
        values = list(values)
        key = rng.bytes(16).hex()
        seen = np.unique(np.fromiter((_hash(v, key) for v in values), np.uint64, len(values)))
        cut = [_PIECES.findall(v)[:_LONGEST] for v in values]
        held = Counter(piece for pieces in cut for piece in set(pieces))
        zeros = any(p[0] == "0" and len(p) > 1 for pieces in cut for p in pieces)
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for pieces in cut:
            symbols = [_START, *(_symbol(p, held[p] >= rare, zeros) for p in pieces), _END]
            for at, (here, following) in enumerate(pairwise(symbols)):
                counts[_state(at, here)][following] += 1
        chain = {state: _shares(nexts) for state, nexts in sorted(counts.items())}
        return cls(chain, key, seen, unique, _next_number(values) if unique else None)

    def sample(self, n: int, rng: np.random.Generator) -> list[str]:
        """`n` strings, none of which is a value of the data, all different if the column is a key."""
        if self.unique:
            return self.keys(n, rng)(0, n)
        out = [_filled(self._walk(rng), rng) for _ in range(n)]
        again = np.flatnonzero(self._known(out))
        for _ in range(_TRIES):
            for at in again:
                out[at] = _filled(self._walk(rng), rng)
            again = again[self._known([out[at] for at in again])]
        for at in again:
            while self._known([out[at]])[0]:
                out[at] += str(rng.integers(10))  # no room left: one digit longer is the least departure
        return out

    def keys(self, total: int, rng: np.random.Generator) -> Words:
        """Keys of `total` rows, which may be made in any parts, anywhere.

        The keys of all rows are different and none is a value of the data, if `rng` is in the same state for all parts.
        They look as those of the data do while there is room for several times as many; then some have digits behind.
        """
        if self.first is not None:
            return partial(_counted, self.first)
        turns = tuple(_pattern(self._walk(rng), rng) for _ in range(min(total, TURN)))
        symbols = {symbol for nexts, _ in self.chain.values() for symbol in nexts}
        digits = max((int(symbol[1:]) for symbol in symbols if symbol[0] in "90"), default=0)
        kept = frozenset(symbol[1:] for symbol in symbols if symbol[0] == "=")
        return partial(Deal(turns, total, digits, kept, int(rng.integers(2**62))).words, bad=self._known)

    def _walk(self, rng: np.random.Generator) -> list[str]:
        """Symbols from the start to the end."""
        symbols: list[str] = []
        symbol = _START
        for at in range(_LONGEST + 1):
            nexts, shares = self.chain.get(_state(at, symbol)) or ([_END], np.ones(1))
            symbol = nexts[min(int(np.searchsorted(shares, rng.random(), side="right")), len(nexts) - 1)]
            if symbol == _END:
                break
            symbols.append(symbol)
        return symbols

    def _known(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Which are values of the data."""
        codes = np.fromiter((_hash(word, self.key) for word in words), np.uint64, len(words))
        at = np.searchsorted(self.seen, codes)
        return np.append(self.seen, np.uint64(0))[at] == codes if len(self.seen) else np.zeros(len(words), bool)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays."""
        chain = {state: [list(nexts), shares.tolist()] for state, (nexts, shares) in self.chain.items()}
        return {"chain": chain, "key": self.key, "unique": self.unique, "first": self.first}, {"seen": self.seen}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> StringLaw:
        """Read what `to_state` wrote."""
        chain = {state: (nexts, np.asarray(shares)) for state, (nexts, shares) in plain["chain"].items()}
        return cls(chain, plain["key"], arrays["seen"], plain["unique"], plain["first"])


def _counted(start: int, first: int, rows: int) -> list[str]:
    return [str(number) for number in range(start + first, start + first + rows)]


def _state(at: int, symbol: str) -> str:
    return f"{min(at, _POSITIONS)}|{symbol}"


def _shares(nexts: Counter[str]) -> tuple[list[str], np.ndarray]:
    symbols = sorted(nexts)
    weights = np.array([nexts[s] for s in symbols], float)
    return symbols, np.cumsum(weights / weights.sum())


def _symbol(piece: str, common: bool, zeros: bool) -> str:
    if piece.isdecimal():
        # A number is a shape even when common: its digits may be somebody's year of birth.
        return ("0" if zeros else "9") + str(len(piece))
    if common or (len(piece) == 1 and not piece.isalpha()):  # a run may begin with ½ or ² and hide a name behind it
        return "=" + piece
    case = "u" if piece.isupper() else "l" if piece.islower() else "t"
    return f"A{case}{len(piece)}"


def _filled(symbols: Iterable[str], rng: np.random.Generator) -> str:
    """A word of random letters and digits."""
    parts = []
    for symbol in symbols:
        if symbol[0] == "=":
            parts.append(symbol[1:])
        else:
            pools = _candidates(symbol, bool(rng.random() < _VOWEL))
            parts += [pool[int(at * len(pool))] for pool, at in zip(pools, rng.random(len(pools)), strict=True)]
    return "".join(parts)


def _pattern(symbols: Iterable[str], rng: np.random.Generator) -> Pattern:
    """All the words that a walk can be filled to, but for which letters are vowels."""
    pools: list[str] = []
    runs = []
    for symbol in symbols:
        if symbol[0] == "A":
            runs.append((len(pools), len(pools) + int(symbol[2:])))
        pools += symbol[1:] if symbol[0] == "=" else _candidates(symbol, bool(rng.random() < _VOWEL))
    return Pattern(tuple(pools), tuple(runs))


@lru_cache(maxsize=4096)
def _candidates(symbol: str, vowel: bool) -> tuple[str, ...]:
    """What each letter or digit of a shape may be; vowels and consonants take turns."""
    if symbol[0] in "90":
        length = int(symbol[1:])
        return ("123456789" if symbol[0] == "9" and length > 1 else _DIGITS, *[_DIGITS] * (length - 1))
    case, length = symbol[1], int(symbol[2:])
    pools = [_VOWELS if (at % 2 == 0) == vowel else _CONSONANTS for at in range(length)]
    return tuple(pool.upper() if case == "u" or (case == "t" and at == 0) else pool for at, pool in enumerate(pools))


def _next_number(values: Sequence[str]) -> int | None:
    """The number to go on from, if the values count upwards almost without gaps; None if they do not.

    As many numbers are left out as there are values: rows held back, which this law never saw, may bear the next ones.
    """
    if not values or not all(v.isascii() and v.isdecimal() and (v == "0" or v[0] != "0") for v in values):
        return None
    numbers = [int(v) for v in values]
    dense = max(numbers) - min(numbers) < 2 * len(numbers)
    return max(numbers) + 1 + len(numbers) if dense else None


def _hash(word: str, key: str) -> int:
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8, key=bytes.fromhex(key)).digest()
    return int.from_bytes(digest, "little")
