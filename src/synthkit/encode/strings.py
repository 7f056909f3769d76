"""A law for strings that must look right and belong to nobody: keys, names, tickets, remarks.

A value is cut into pieces: runs of letters, runs of digits, single other characters. A piece that enough rows share
("Mr", "PC", a blank) is kept as it is; any other is remembered only as its shape (three digits; a capital and six small
letters). New strings walk a chain over pieces and shapes, and shapes are filled with random letters and digits, so
nothing that only a few rows hold can come out again. Whole values that occur in the data are refused by their keyed
hash.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from synthkit.data.schema import RARE

__all__ = ["StringLaw"]

_PIECES = re.compile(r"[^\W\d_]+|\d+|.", re.DOTALL)
_START, _END = "^", "$"
_POSITIONS = 8  # the chain knows how far into the string it is, up to here: short codes keep their layout
_LONGEST = 400  # pieces of one string; longer remarks are cut
_TRIES = 20  # walks before a string is made new by force
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"


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
        if self.first is not None:
            return [str(self.first + i) for i in range(n)]
        made: set[str] = set()
        out = []
        for _ in range(n):
            word = self._new(rng, made)
            made.add(word)
            out.append(word)
        return out

    def _new(self, rng: np.random.Generator, made: set[str]) -> str:
        word = ""
        for _ in range(_TRIES):
            word = self._walk(rng)
            if not self._known(word) and not (self.unique and word in made):
                return word
        while self._known(word) or (self.unique and word in made):
            word += str(rng.integers(10))  # the pattern has no room left: one digit longer is the least departure
        return word

    def _walk(self, rng: np.random.Generator) -> str:
        parts: list[str] = []
        symbol = _START
        for at in range(_LONGEST + 1):
            nexts, shares = self.chain.get(_state(at, symbol)) or ([_END], np.ones(1))
            symbol = nexts[min(int(np.searchsorted(shares, rng.random(), side="right")), len(nexts) - 1)]
            if symbol == _END:
                break
            parts.append(_fill(symbol, rng))
        return "".join(parts)

    def _known(self, word: str) -> bool:
        code = np.uint64(_hash(word, self.key))
        at = int(np.searchsorted(self.seen, code))
        return at < len(self.seen) and bool(self.seen[at] == code)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays."""
        chain = {state: [list(nexts), shares.tolist()] for state, (nexts, shares) in self.chain.items()}
        return {"chain": chain, "key": self.key, "unique": self.unique, "first": self.first}, {"seen": self.seen}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> StringLaw:
        """Read what `to_state` wrote."""
        chain = {state: (nexts, np.asarray(shares)) for state, (nexts, shares) in plain["chain"].items()}
        return cls(chain, plain["key"], arrays["seen"], plain["unique"], plain["first"])


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


def _fill(symbol: str, rng: np.random.Generator) -> str:
    kind, rest = symbol[0], symbol[1:]
    if kind == "=":
        return rest
    if kind in "90":
        digits = rng.integers(0, 10, int(rest))
        if kind == "9" and len(digits) > 1 and digits[0] == 0:
            digits[0] = rng.integers(1, 10)
        return "".join(map(str, digits))
    length, vowel = int(rest[1:]), bool(rng.random() < 0.4)
    letters = []
    for _ in range(length):
        pool = _VOWELS if vowel else _CONSONANTS
        letters.append(pool[int(rng.integers(len(pool)))])
        vowel = not vowel
    word = "".join(letters)
    return {"u": word.upper(), "l": word, "t": word.capitalize()}[rest[0]]


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
