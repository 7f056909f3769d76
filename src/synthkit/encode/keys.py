"""Keys without a register: every number has a word of its own, so parts made anywhere never hold the same key twice.

A pattern is the candidates of each character of a word. The rows of a plan are dealt out to patterns in turns, and a
row's place among the rows of its pattern, scrambled by a permutation of all words that fit it (a Feistel network over
whole numbers; Black and Rogaway 2002), says which of them it gets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["TURN", "Deal", "Pattern", "shuffled"]

TURN: Final = 4096
"""Rows of a turn, a power of two: so many patterns are drawn for a plan, and dealt out again in every turn."""

_MOST: Final = 2**62  # words of a pattern that are told apart; where there are more, their other characters are noise
_ROUNDS: Final = 8
_RETRIES: Final = 20  # words a row may be refused before another pattern is tried
_BLOCK: Final = 50_000  # words made at a time

Whole = NDArray[np.uint64]
Bad = Callable[[list[str]], NDArray[np.bool_]]


@dataclass(frozen=True)
class Pattern:
    """What each character of a word may be.

    Args:
        pools: the candidates of each character; a character that is always the same is its own only candidate.
        runs: where runs of letters that are made up begin and end.
    """

    pools: tuple[str, ...]
    runs: tuple[tuple[int, int], ...] = ()

    @cached_property
    def _free(self) -> tuple[list[int], list[int], int]:
        """Characters that the number of a word tells, those that are noise, and how many words the former make."""
        told, noise, size = [], [], 1
        for at, pool in enumerate(self.pools):
            if len(pool) > 1 and size * len(pool) <= _MOST:
                told.append(at)
                size *= len(pool)
            elif len(pool) > 1:
                noise.append(at)
        return told, noise, size

    @property
    def size(self) -> int:
        """Words that are told apart: all of them but for very long ones."""
        return self._free[2]

    def words(self, numbers: Whole, key: int) -> list[str]:
        """The words of numbers below `size`; two numbers never have the same."""
        if len(numbers) > _BLOCK:
            blocks = range(0, len(numbers), _BLOCK)
            return [word for start in blocks for word in self.words(numbers[start : start + _BLOCK], key)]
        told, noise, size = self._free
        left = shuffled(numbers, size, key)
        signs = np.empty((len(numbers), len(self.pools)), "<u4")
        for at, pool in enumerate(self.pools):
            if len(pool) == 1:
                signs[:, at] = ord(pool)
        for at in told:
            left, rest = np.divmod(left, np.uint64(len(self.pools[at])))
            signs[:, at] = _signs(self.pools[at])[rest]
        for at in noise:
            drawn = _mixed(numbers, key ^ (at + 1) << 32) % np.uint64(len(self.pools[at]))
            signs[:, at] = _signs(self.pools[at])[drawn]
        text, width = signs.tobytes().decode("utf-32-le", "surrogatepass"), len(self.pools)
        return [text[at : at + width] for at in range(0, width * len(numbers), width)] if width else [""] * len(numbers)

    def spells(self, words: list[str], kept: frozenset[str]) -> NDArray[np.bool_]:
        """In which words made-up letters are one of the pieces that are kept as they are elsewhere."""
        found = np.zeros(len(words), bool)
        for begin, end in self.runs:
            if any(len(piece) == end - begin for piece in kept):
                found |= np.array([word[begin:end] in kept for word in words], bool)
        return found


def _signs(pool: str) -> NDArray[np.uint32]:
    return np.array([ord(sign) for sign in pool], "<u4")


def shuffled(numbers: Whole, size: int, key: int) -> Whole:
    """A permutation of the whole numbers below `size`, up to 2**62 of them.

    >>> sorted(shuffled(np.arange(10, dtype=np.uint64), 10, 7).tolist())
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    high = np.uint64(max(math.isqrt(size), 1))
    low = np.uint64(-(-size // int(high)))  # a little more than `size` in all: whoever lands beyond walks on
    out = numbers.astype(np.uint64)
    going = np.arange(len(out))
    while len(going):
        left, right = np.divmod(out[going], low)
        for turn in range(0, _ROUNDS, 2):
            left = (left + _mixed(right, key + turn) % high) % high
            right = (right + _mixed(left, key + turn + 1) % low) % low
        out[going] = left * low + right
        going = going[out[going] >= np.uint64(size)]
    return out


def _mixed(values: Whole, key: int) -> Whole:
    """Bits that look random (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    with np.errstate(over="ignore"):
        mixed = values * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key * 0xD1342543DE82EF95 % 2**64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


@dataclass(frozen=True)
class Deal:
    """Which words the rows of a plan get, whoever makes them, and in which order.

    A row takes a word of its own pattern; while that one is refused, the next of the pattern that is nobody's first
    choice; then one of the roomiest pattern that is nobody's; and where there is none left, a word with more digits at
    its end than any other, which say the number of the row.

    No two patterns have a word in common. Runs of letters, and runs of digits, never meet in a pattern, for they never
    do in the data it was read off: so the pieces of a word are those of its pattern. They tell it, as letters that were
    made up are never those of a piece that is kept elsewhere: such words are refused.

    Args:
        turns: the pattern of each row of a turn.
        total: rows of the plan.
        digits: of the longest run of digits in any pattern.
        kept: pieces that patterns keep as they are.
        key: of the permutations.
    """

    turns: tuple[Pattern, ...]
    total: int
    digits: int
    kept: frozenset[str]
    key: int

    @cached_property
    def _dealt(self) -> tuple[list[Pattern], NDArray[np.int64], Whole, NDArray[np.uint64]]:
        """The patterns; which of them each row of a turn has; its place among those; and how many each turn has."""
        known = {pattern: at for at, pattern in enumerate(dict.fromkeys(self.turns))}
        which = np.array([known[pattern] for pattern in self.turns])
        many = np.zeros(len(known), np.uint64)
        places = np.empty(len(which), np.uint64)
        for at, one in enumerate(which):
            places[at] = many[one]
            many[one] += np.uint64(1)
        return list(known), which, places, many

    def words(self, first: int, rows: int, bad: Bad) -> list[str]:
        """Those of rows `first`, `first` + 1, ...; no other row of the plan gets any of them.

        Args:
            first: number of the first row.
            rows: how many.
            bad: which words are refused, whoever asks.
        """
        if not rows:
            return []
        patterns, which, places, many = self._dealt
        numbers = np.arange(first, first + rows, dtype=np.uint64)
        around, at = np.divmod(numbers, np.uint64(len(which)))
        if len(which) == TURN:  # else every turn would look the same
            at ^= _mixed(around, self.key) % np.uint64(TURN)
        own, ranks = which[at], around * many[which[at]] + places[at]
        out = np.full(rows, None, object)
        for one, each in _groups(own, np.arange(rows)):
            out[each] = self._tried(patterns[one], ranks[each], *self._own(one), bad)
        if len(left := _empty(out)):
            roomy = max(range(len(patterns)), key=lambda one: patterns[one].size)
            spare = numbers[left] + np.uint64(self._own(roomy)[1])
            out[left] = self._tried(patterns[roomy], spare, self.total, patterns[roomy].size, bad)
        for one, each in _groups(own, _empty(out)):
            words = patterns[one].words(ranks[each] % np.uint64(patterns[one].size), self.key)
            out[each] = self._numbered([word.rstrip("0123456789") for word in words], numbers[each].tolist(), bad)
        return list(out)

    def _own(self, one: int) -> tuple[int, int]:
        """Of a pattern: first choices, and where the words end that its own rows may try."""
        patterns, which, _, many = self._dealt
        firsts = -(-self.total // len(which)) * int(many[one])
        return firsts, firsts * max(1, min(_RETRIES, patterns[one].size // (2 * firsts)))

    def _tried(self, pattern: Pattern, ranks: Whole, step: int, end: int, bad: Bad) -> NDArray[np.object_]:
        """The first word at each rank, or `step` further on, that is not refused; None where there is none."""
        out = np.full(len(ranks), None, object)
        left, at, end = np.arange(len(ranks)), ranks, min(end, pattern.size)
        for _ in range(_RETRIES):
            inside = at < np.uint64(end)
            left, at = left[inside], at[inside]
            if not len(left):
                break
            words = pattern.words(at, self.key)
            refused = bad(words) | pattern.spells(words, self.kept)
            out[left] = [None if no else word for word, no in zip(words, refused.tolist(), strict=True)]
            left, at = left[refused], at[refused] + np.uint64(step)
        return out

    def _numbered(self, words: list[str], numbers: list[int], bad: Bad) -> list[str]:
        """The words with the numbers of their rows behind them: the last digits of no two rows are equal."""
        width = max(self.digits + 1, len(str(self.total - 1)))
        made = [f"{word}{number:0{width}}" for word, number in zip(words, numbers, strict=True)]
        for at in np.flatnonzero(bad(made)):
            longer = width
            while bad([made[at]])[0]:
                longer += 1
                made[at] = f"{words[at]}{numbers[at]:0{longer}}"
        return made


def _groups(own: NDArray[np.int64], rows: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """The rows of each pattern."""
    order = rows[np.argsort(own[rows], kind="stable")]
    for each in np.split(order, np.flatnonzero(np.diff(own[order])) + 1):
        if len(each):
            yield int(own[each[0]]), each


def _empty(cells: NDArray[np.object_]) -> NDArray[np.intp]:
    return np.flatnonzero([cell is None for cell in cells])
